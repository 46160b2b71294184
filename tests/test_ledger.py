"""The ledger of one card: state equals replay, amendments mean what they say, tallies add up."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizzes.ledger import (
    Event,
    Kind,
    LedgerError,
    Memory,
    Tally,
    amended,
    apply,
    effective,
    is_scheduled,
    replay,
    tally,
    tally_of,
)
from quizzes.sm2 import GradeError, Schedule, review

MONDAY = date(2026, 11, 23)
OF_THE_CARD = (Kind.REVISE, Kind.RETIRE, Kind.RESTORE)
AMENDMENTS = (Kind.REGRADE, Kind.UNDO)


def moment(day: date, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(minutes=minute)


def event(version: int, kind: Kind, after_days: int = 0, **more: int | bool | date | None) -> Event:
    day = MONDAY + timedelta(days=after_days)
    return Event(version, kind, day, moment(day, version))._replace(**more)  # type: ignore[arg-type]


def answer(version: int, grade: int, after_days: int = 0, **more: int | bool | None) -> Event:
    return event(version, Kind.ANSWER, after_days, grade=grade, **more)


def undo(version: int, takes_back: int, after_days: int = 0) -> Event:
    return event(version, Kind.UNDO, after_days, takes_back=takes_back)


def regrade(version: int, takes_back: int, grade: int, after_days: int = 0) -> Event:
    return event(version, Kind.REGRADE, after_days, takes_back=takes_back, grade=grade)


def as_if_at(memory: Memory, version: int) -> Memory:
    return memory._replace(version=version)


@st.composite
def chains(draw: st.DrawFn, longest: int = 14) -> list[Event]:
    """Any chain the portal may write: answers on cards that take them, amendments of answers that count."""
    events: list[Event] = []
    after_days = 0
    for version in range(draw(st.integers(0, longest))):
        after_days += draw(st.sampled_from([0, 0, 0, 1, 1, 3, 6, 20]))
        memory, counting = replay(events), [was.version for was, _, _ in effective(events)]
        kinds = [Kind.BURY, Kind.SUSPEND, Kind.RESUME, *OF_THE_CARD]
        if not memory.is_new:
            kinds += [Kind.MOVE] * 2
        if not memory.is_suspended and not memory.is_retired:
            kinds += [Kind.ANSWER] * 6
        if counting:
            kinds += [*AMENDMENTS] * 2
        kind = draw(st.sampled_from(kinds))
        new = event(version, kind, after_days)
        if kind in AMENDMENTS:
            new = new._replace(takes_back=draw(st.sampled_from(counting)))
        if kind in (Kind.ANSWER, Kind.REGRADE):
            new = new._replace(grade=draw(st.integers(0, 5)))
        if kind is Kind.MOVE:
            new = new._replace(due_on=MONDAY + timedelta(days=after_days + draw(st.integers(-3, 40))))
        if kind is Kind.ANSWER:
            is_right = draw(st.sampled_from([None, True, False]))
            new = new._replace(ms=draw(st.integers(0, 200_000)), is_right=is_right)
        events.append(new)
    return events


def rewritten(events: list[Event]) -> list[Event]:
    """The chain a learner would have left who made no amendment, by the words of the ledger's docstring."""
    kept: list[Event] = []
    for new in events:
        if new.kind not in AMENDMENTS:
            kept.append(new)
            continue
        at = next(i for i, was in enumerate(kept) if was.version == new.takes_back)
        if new.kind is Kind.REGRADE:
            later = [was for was in kept[at + 1 :] if was.kind is not Kind.MOVE]
            kept[at:] = [kept[at]._replace(grade=new.grade), *later]
        else:
            kept[at:] = [was for was in kept[at + 1 :] if was.kind in OF_THE_CARD]
    return [was._replace(version=version) for version, was in enumerate(kept)]


@settings(deadline=None)
@given(chains())
def test_state_kept_event_by_event_equals_the_replay_of_the_log(events: list[Event]) -> None:
    state = Memory()
    for length, new in enumerate(events, start=1):
        amends = new.kind in AMENDMENTS
        state = replay(events[:length]) if amends else apply(state, new)
        assert state == replay(events[:length])
        assert state.version == length


@settings(deadline=None)
@given(chains())
def test_a_chain_with_amendments_equals_the_chain_that_needed_none(events: list[Event]) -> None:
    state = Memory()
    for new in rewritten(events):
        state = apply(state, new)
    assert replay(events) == as_if_at(state, len(events))


@settings(deadline=None)
@given(chains())
def test_a_memory_never_contradicts_itself(events: list[Event]) -> None:
    memory = replay(events)
    assert (memory.again_on is None) == (memory.again_at is None)
    assert memory.again_on is None or not (memory.is_suspended or memory.is_retired)
    learnt = [memory.due_on, memory.first_on, memory.last_on, memory.last_grade]
    assert [value is None for value in learnt] == [memory.is_new] * 4
    assert (memory.reviews > 0) == (not memory.is_new)
    assert 0 <= memory.lapses < max(1, memory.reviews)
    if memory.due_on and memory.last_on and memory.first_on:
        if all(new.kind is not Kind.MOVE for new in events):
            assert memory.due_on == memory.last_on + timedelta(days=memory.schedule.interval_days)
        assert memory.first_on <= memory.last_on
    else:
        assert memory.schedule == Schedule()
        assert memory.changed_on is None


@settings(deadline=None)
@given(chains())
def test_show_on_is_the_first_day_on_which_the_card_may_be_shown(events: list[Event]) -> None:
    memory = replay(events)
    if memory.is_new or memory.is_suspended or memory.is_retired:
        assert memory.show_on is None
        return
    due_on = cast("date", memory.due_on)
    days = [MONDAY + timedelta(days=shift) for shift in range(400)]
    shown = [
        day
        for day in days
        if (day >= due_on or (memory.changed_on is not None and day >= memory.changed_on))
        and (memory.buried_on is None or day > memory.buried_on)
    ]
    assume(shown)
    assert memory.show_on == shown[0]


@settings(deadline=None)
@given(chains())
def test_the_answers_that_count_tell_the_same_story_as_the_memory(events: list[Event]) -> None:
    memory, counting = replay(events), effective(events)
    scheduled = [(was, before) for was, before, _ in counting if is_scheduled(before, was.day)]
    assert memory.reviews == len(scheduled)
    assert memory.last_on == (scheduled[-1][0].day if scheduled else None)
    assert memory.last_grade == (counting[-1][0].grade if counting else None)
    schedule = Schedule()
    for was, before in scheduled:
        assert before.schedule == schedule
        schedule = review(schedule, cast("int", was.grade))
    assert memory.schedule == schedule
    for was, before, after in counting:
        assert apply(before, was) == after


@settings(deadline=None)
@given(chains(), st.data(), st.integers(0, 5))
def test_regrading_equals_answering_with_that_grade_in_the_first_place(
    events: list[Event], data: st.DataObject, grade: int
) -> None:
    counting = effective(events)
    assume(counting)
    was = data.draw(st.sampled_from(counting))[0]
    regraded = [*events, regrade(len(events), was.version, grade)]
    first_place = [old._replace(grade=grade) if old.version == was.version else old for old in events]
    later = [new for new in events if new.kind is Kind.REGRADE and new.takes_back == was.version]
    assume(not later)
    assume(all(new.kind is not Kind.MOVE or new.version < was.version for new in events))  # a regrade drops those
    assert replay(regraded) == as_if_at(replay(first_place), len(regraded))
    assert tally(regraded) == tally(first_place)


@settings(deadline=None)
@given(chains(), st.integers(0, 5), st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_only_the_last_of_several_regrades_counts(events: list[Event], grade: int, others: list[int]) -> None:
    memory = replay(events)
    assume(not memory.is_suspended and not memory.is_retired)
    first = len(events)
    chain = [*events, answer(first, grade, 300)]
    for other in others:
        chain.append(regrade(len(chain), first, other, 300))
    wanted = apply(memory, answer(first, others[-1], 300))
    assert replay(chain) == as_if_at(wanted, len(chain))
    assert effective(chain)[-1][0].grade == others[-1]


@settings(deadline=None)
@given(chains(), st.integers(0, 5), st.integers(0, 5))
def test_undo_gives_the_memory_before_and_redo_the_memory_after(events: list[Event], grade: int, other: int) -> None:
    before = replay(events)
    assume(not before.is_suspended and not before.is_retired)
    at = len(events)
    chain = [*events, answer(at, grade, 300), regrade(at + 1, at, other, 300), undo(at + 2, at, 300)]
    assert replay(chain) == as_if_at(before, at + 3)
    redone = [*chain, answer(at, grade, 300)._replace(version=at + 3)]
    assert replay(redone) == as_if_at(replay(chain[: at + 1]), at + 4)


@settings(deadline=None)
@given(chains())
def test_every_answer_can_be_taken_back_one_after_the_other(events: list[Event]) -> None:
    chain = list(events)
    while counting := effective(chain):
        chain.append(undo(len(chain), counting[-1][0].version, 300))
    memory = replay(chain)
    assert memory.is_new
    assert memory.reviews == 0
    assert tally(chain) == {}


@settings(deadline=None)
@given(chains())
def test_the_differences_of_all_events_sum_up_to_the_tally(events: list[Event]) -> None:
    sums: dict[date, Tally] = {}
    for new in events:
        for day, change in amended(events[: new.version], new)[1].items():
            assert change != Tally()
            sums[day] = sums.get(day, Tally()) + change
    assert {day: total for day, total in sums.items() if total != Tally()} == tally(events)


@settings(deadline=None)
@given(chains())
def test_a_tally_counts_each_answer_once_and_never_below_zero(events: list[Event]) -> None:
    days = tally(events)
    counting = Counter(was.day for was, _, _ in effective(events))
    assert {day: total.answers for day, total in days.items()} == counting
    for total in days.values():
        assert total.fresh + total.reviews + total.drills == total.answers
        assert 0 <= total.lapses <= total.reviews
        assert 0 <= total.right <= total.answers
        assert 0 <= total.ms <= 60_000 * total.answers
    memory = replay(events)
    assert sum(total.fresh for total in days.values()) == (not memory.is_new)
    assert sum(total.fresh + total.reviews for total in days.values()) == memory.reviews
    assert sum(total.lapses for total in days.values()) == memory.lapses


def test_a_first_answer_below_good_is_scheduled_and_comes_again_today() -> None:
    memory = replay([answer(0, 2)])
    assert memory.due_on == memory.show_on == MONDAY + timedelta(days=1)
    assert (memory.again_on, memory.again_at) == (MONDAY, moment(MONDAY))
    assert memory.schedule == Schedule(ease=218, interval_days=1, repetitions=0)
    assert (memory.first_on, memory.last_on, memory.last_grade, memory.reviews) == (MONDAY, MONDAY, 2, 1)


def test_a_repeat_in_the_session_leaves_the_schedule_alone_until_it_reaches_good() -> None:
    first = [answer(0, 1)]
    still_hard = [*first, answer(1, 3)]
    known = [*still_hard, answer(2, 4)]
    assert {replay(chain).schedule for chain in (first, still_hard, known)} == {Schedule(196, 1, 0)}
    assert replay(still_hard).again_at == moment(MONDAY, 1)
    assert replay(known).again_on is None
    assert replay(known).reviews == 1
    assert tally(known)[MONDAY] == Tally(answers=3, fresh=1, drills=2, right=2)


def test_an_overdue_card_is_scheduled_from_the_day_of_the_answer() -> None:
    late = 40
    memory = replay([answer(0, 4), answer(1, 4, 1), answer(2, 4, late)])
    assert memory.schedule.interval_days == 15
    assert memory.due_on == MONDAY + timedelta(days=late + 15)


def test_a_lapse_is_a_failed_review_of_a_card_that_had_been_known() -> None:
    never_known = replay([answer(0, 0), answer(1, 0, 1)])
    known = replay([answer(0, 4), answer(1, 2, 1)])
    barely = replay([answer(0, 4), answer(1, 3, 1)])
    assert (never_known.lapses, known.lapses, barely.lapses) == (0, 1, 0)


def test_a_changed_card_is_shown_once_and_the_answer_is_a_drill_unless_it_was_due() -> None:
    chain = [answer(0, 4), answer(1, 4, 1), event(2, Kind.REVISE, 2)]
    changed = replay(chain)
    assert (changed.due_on, changed.show_on) == (MONDAY + timedelta(days=7), MONDAY + timedelta(days=2))
    seen = replay([*chain, answer(3, 2, 3)])
    assert seen.schedule == changed.schedule
    assert seen.show_on == seen.due_on == changed.due_on
    assert seen.again_on == MONDAY + timedelta(days=3)
    reviewed = replay([*chain, answer(3, 4, 7)])
    assert reviewed.reviews == 3


def test_a_card_changed_after_it_fell_due_stays_where_it_was_in_the_queue() -> None:
    memory = replay([answer(0, 4), event(1, Kind.REVISE, 9)])
    assert memory.show_on == MONDAY + timedelta(days=1)


def test_a_change_of_a_card_never_learnt_changes_nothing() -> None:
    memory = replay([event(0, Kind.REVISE)])
    assert memory == Memory(version=1)


def test_a_buried_card_comes_the_next_day_and_not_again_today() -> None:
    chain = [answer(0, 2), event(1, Kind.BURY, 1)]
    memory = replay(chain)
    assert memory.show_on == MONDAY + timedelta(days=2)
    assert memory.due_on == MONDAY + timedelta(days=1)
    assert memory.again_on is None
    assert replay([*chain, answer(2, 4, 2)]).buried_on is None


@pytest.mark.parametrize(
    ("aside", "back", "state"),
    [(Kind.SUSPEND, Kind.RESUME, "suspended"), (Kind.RETIRE, Kind.RESTORE, "retired")],
)
def test_a_card_put_aside_is_in_no_queue_takes_no_answer_and_comes_back_as_it_was(
    aside: Kind, back: Kind, state: str
) -> None:
    chain = [answer(0, 2), event(1, aside, 3)]
    memory = replay(chain)
    assert (memory.show_on, memory.again_on) == (None, None)
    with pytest.raises(LedgerError, match=f"event 2: a {state} card takes no answer"):
        apply(memory, answer(2, 4, 3))
    returned = replay([*chain, event(2, back, 4)])
    assert returned.show_on == returned.due_on == MONDAY + timedelta(days=1)
    assert returned.schedule == memory.schedule


def test_a_moved_card_comes_on_its_new_day_and_its_schedule_stays() -> None:
    chain = [answer(0, 4), answer(1, 4, 1), event(2, Kind.MOVE, 2, due_on=MONDAY + timedelta(days=12))]
    before, memory = replay(chain[:2]), replay(chain)
    assert memory.due_on == memory.show_on == MONDAY + timedelta(days=12)
    assert (memory.schedule, memory.last_on, memory.reviews) == (before.schedule, before.last_on, before.reviews)
    assert tally(chain) == tally(chain[:2])
    assert replay([*chain, answer(3, 4, 9)]).reviews == 2, "before its new day an answer is practice"
    assert replay([*chain, answer(3, 4, 12)]).due_on == MONDAY + timedelta(days=12 + 15)


def test_amending_an_answer_drops_the_moves_after_it() -> None:
    move = event(2, Kind.MOVE, 1, due_on=MONDAY + timedelta(days=30))
    chain = [answer(0, 4), answer(1, 4, 1), move]
    assert replay([*chain, regrade(3, 1, 1, 1)]).due_on == MONDAY + timedelta(days=2)
    assert replay([*chain, undo(3, 1, 1)]).due_on == MONDAY + timedelta(days=1)


def test_undo_takes_back_what_the_learner_did_after_the_answer() -> None:
    chain = [answer(0, 4), answer(1, 3, 1), answer(2, 4, 1), event(3, Kind.SUSPEND, 1), undo(4, 1, 1)]
    assert replay(chain) == as_if_at(replay(chain[:1]), 5)
    assert [was.version for was, _, _ in effective(chain)] == [0]


def test_undo_does_not_bring_back_a_card_its_deck_has_retired() -> None:
    chain = [answer(0, 4), event(1, Kind.RETIRE, 1), undo(2, 0, 1)]
    memory = replay(chain)
    assert memory.is_new
    assert memory.is_retired


def test_regrade_keeps_the_answers_that_came_after() -> None:
    chain = [answer(0, 2), answer(1, 3), answer(2, 4), regrade(3, 0, 0)]
    memory = replay(chain)
    assert memory.schedule == Schedule(170, 1, 0)
    assert (memory.again_on, memory.last_grade, memory.version) == (None, 4, 4)
    assert [was.grade for was, _, _ in effective(chain)] == [0, 3, 4]


def test_each_answer_that_counts_tells_the_memory_for_the_buttons_of_another_grade() -> None:
    chain = [answer(0, 4), answer(1, 4, 1), regrade(2, 1, 5, 1)]
    assert [before for _, before, _ in effective(chain)] == [Memory(), replay(chain[:1])]


def test_a_tally_knows_right_from_passed_and_caps_the_time() -> None:
    right_but_again = answer(0, 2, is_right=True, ms=5_000)
    wrong_but_good = answer(0, 4, is_right=False, ms=600_000)
    assert tally_of(Memory(), right_but_again) == Tally(answers=1, fresh=1, right=1, ms=5_000)
    assert tally_of(Memory(), wrong_but_good) == Tally(answers=1, fresh=1, right=0, ms=60_000)
    assert tally_of(Memory(), right_but_again) + wrong_tally() - wrong_tally() == Tally(1, 0, 1, 0, 0, 1, 5_000)


def wrong_tally() -> Tally:
    return tally_of(replay([answer(0, 4)]), answer(1, 1, 1, ms=90_000))


def test_a_failed_review_tallies_as_review_and_lapse() -> None:
    assert wrong_tally() == Tally(answers=1, reviews=1, lapses=1, ms=60_000)


def test_a_difference_names_only_the_days_that_change() -> None:
    chain = [answer(0, 4), answer(1, 4, 1)]
    tuesday = MONDAY + timedelta(days=1)
    assert amended(chain, event(2, Kind.BURY, 1))[1] == {}
    assert amended(chain, regrade(2, 1, 2, 1))[1] == {tuesday: Tally(lapses=1, right=-1)}
    taken_back = Tally(answers=-1, reviews=-1, right=-1)
    assert amended(chain, undo(2, 1, 1))[1] == {tuesday: taken_back}


def broken_chains() -> dict[str, tuple[Callable[[], object], str]]:
    good = answer(0, 4)
    plain = event(1, Kind.BURY)
    return {
        "does not begin at 0": (lambda: replay([answer(1, 4)]), "event 1 does not follow memory version 0"),
        "a version twice": (lambda: replay([good, good]), "event 0 does not follow memory version 1"),
        "a gap": (lambda: replay([good, answer(2, 4)]), "event 2 does not follow"),
        "apply to another version": (lambda: apply(Memory(), plain), "event 1 does not follow"),
        "answer without grade": (lambda: replay([event(0, Kind.ANSWER)]), "event 0: answer with grade None"),
        "bury with grade": (lambda: replay([good, plain._replace(grade=3)]), "event 1: bury with grade 3"),
        "move of a new card": (
            lambda: replay([event(0, Kind.MOVE, due_on=MONDAY)]),
            "event 0: a card that was never learnt has no day to move",
        ),
        "move nowhere": (lambda: replay([good, event(1, Kind.MOVE)]), "event 1: move with due_on None"),
        "bury to a day": (lambda: replay([good, event(1, Kind.BURY, due_on=MONDAY)]), "event 1: bury with due_on"),
        "undo of nothing": (lambda: replay([good, event(1, Kind.UNDO)]), "undo with takes_back None"),
        "answer taking back": (lambda: replay([good._replace(takes_back=0)]), "answer with takes_back 0"),
        "undo of a bury": (lambda: replay([good, plain, undo(2, 1)]), "version 1 is no answer that counts"),
        "undo of the future": (lambda: replay([good, undo(1, 1)]), "version 1 is no answer that counts"),
        "undo twice": (lambda: replay([good, undo(1, 0), undo(2, 0)]), "version 0 is no answer that counts"),
        "regrade after undo": (
            lambda: replay([good, undo(1, 0), regrade(2, 0, 3)]),
            "version 0 is no answer",
        ),
        "undo of a regrade": (lambda: replay([good, regrade(1, 0, 3), undo(2, 1)]), "version 1 is no answer"),
        "apply an undo": (lambda: apply(replay([good]), undo(1, 0)), "undo needs the whole chain"),
        "apply a regrade": (lambda: apply(replay([good]), regrade(1, 0, 3)), "regrade needs the whole chain"),
        "time below zero": (lambda: replay([good._replace(ms=-1)]), "event 0: an answer cannot take -1 ms"),
        "tally without grade": (lambda: tally_of(Memory(), event(0, Kind.ANSWER)), "grade None is no answer"),
        "tally of a bury": (lambda: tally_of(Memory(), plain), "event 1: bury with grade None is no answer"),
    }


@pytest.mark.parametrize(("act", "says"), broken_chains().values(), ids=broken_chains())
def test_a_chain_that_cannot_be_is_refused_by_name(act: Callable[[], object], says: str) -> None:
    with pytest.raises(LedgerError) as refused:
        act()
    assert says in str(refused.value)


@pytest.mark.parametrize("broken", [answer(0, 6), answer(0, -1)])
def test_a_grade_outside_0_to_5_is_refused(broken: Event) -> None:
    with pytest.raises(GradeError):
        replay([broken])
    with pytest.raises(GradeError):
        apply(Memory(), broken)
