"""The order of a day: everything is served once, new cards are spread evenly, repeats come when ready."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from quizzes.picking import Counts, Queue, next_queue

small = st.integers(0, 40)


def serve(due: int, fresh: int, failures: Collection[int] = ()) -> list[Queue]:
    """A whole day: the cards whose place is in `failures` come again; repeats are ready two cards later."""
    counts = Counts(due, fresh, 0, 0, 0)
    waiting: list[int] = []
    served: list[Queue] = []
    while queue := next_queue(counts, again_is_ready=bool(waiting) and waiting[0] + 2 <= len(served)):
        if queue is Queue.AGAIN:
            waiting.pop(0)
        elif len(served) in failures:
            waiting.append(len(served))
        counts = after(counts, queue, len(waiting))
        served.append(queue)
        assert len(served) <= 2 * (due + fresh), "the day never ends"
    return served


def after(counts: Counts, queue: Queue, again: int) -> Counts:
    is_due, is_fresh = queue is Queue.DUE, queue is Queue.FRESH
    return Counts(
        due=counts.due - is_due,
        fresh=counts.fresh - is_fresh,
        again=again,
        reviews_done=counts.reviews_done + is_due,
        fresh_done=counts.fresh_done + is_fresh,
    )


@given(small, small, st.sets(st.integers(0, 80)))
def test_a_day_serves_every_card_once_and_every_repeat(due: int, fresh: int, failures: set[int]) -> None:
    served = serve(due, fresh, failures)
    assert served.count(Queue.DUE) == due
    assert served.count(Queue.FRESH) == fresh
    firsts = [place for place, queue in enumerate(served) if queue is not Queue.AGAIN]
    assert served.count(Queue.AGAIN) == len(failures.intersection(firsts))


@given(small, small)
def test_new_cards_are_never_more_than_one_card_off_their_even_share(due: int, fresh: int) -> None:
    served = serve(due, fresh)
    for length in range(1, len(served) + 1):
        share = length * fresh / (due + fresh)
        assert abs(served[:length].count(Queue.FRESH) - share) < 1


def test_one_new_card_stands_in_the_middle_of_the_reviews() -> None:
    assert serve(4, 1) == [Queue.DUE, Queue.DUE, Queue.FRESH, Queue.DUE, Queue.DUE]


def test_reviews_go_first_on_a_tie() -> None:
    assert serve(2, 2) == [Queue.DUE, Queue.FRESH, Queue.DUE, Queue.FRESH]


@given(small, small, st.integers(1, 40), small, small)
def test_a_repeat_that_is_ready_goes_before_everything(
    due: int, fresh: int, again: int, reviews_done: int, fresh_done: int
) -> None:
    counts = Counts(due, fresh, again, reviews_done, fresh_done)
    assert next_queue(counts, again_is_ready=True) is Queue.AGAIN
    is_last = due == fresh == 0
    assert (next_queue(counts, again_is_ready=False) is Queue.AGAIN) == is_last


@given(small, small, small, small)
def test_no_queue_is_named_that_has_no_card(due: int, fresh: int, reviews_done: int, fresh_done: int) -> None:
    queue = next_queue(Counts(due, fresh, 0, reviews_done, fresh_done), again_is_ready=True)
    assert queue is not Queue.AGAIN
    assert queue is not Queue.DUE or due > 0
    assert queue is not Queue.FRESH or fresh > 0
    assert (queue is None) == (due == fresh == 0)
