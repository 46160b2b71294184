"""Cards of a break spread over the days around it: all of them, on no day of a break, and no day a mountain."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.pacing import Break, Pace
from quizzes.smoothing import _height, around, smooth

TODAY = date(2027, 1, 4)
DAILY = Pace((60,) * 7)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


@st.composite
def breaks(draw: st.DrawFn) -> Break:
    first = draw(st.integers(0, 60))
    return Break(day(first), day(first + draw(st.integers(0, 40))))


@settings(deadline=None)
@given(breaks(), st.lists(breaks(), max_size=3), st.lists(st.sampled_from([0, 30]), min_size=7, max_size=7), st.data())
def test_every_card_finds_a_day_and_no_day_is_higher_than_it_must_be(
    gone: Break, others: list[Break], week: list[int], some: st.DataObject
) -> None:
    pace = Pace(tuple(week), tuple(others))
    before, after = around(gone, pace, TODAY)
    length = (gone.last - gone.first).days
    due = {card: gone.first + timedelta(days=some.draw(st.integers(0, length))) for card in range(40)}
    counts = {one: some.draw(st.integers(0, 30)) for one in (*before, *after)}
    moves = smooth(due, counts, before, after)
    assert moves.keys() == due.keys()
    for one in moves.values():
        assert one > TODAY
        assert one not in gone
        assert not any(one in other for other in others)
        assert pace.minutes[one.weekday()] or not any(week)
    then = {one: counts[one] + list(moves.values()).count(one) for one in counts}
    height = _height(len(due), list(counts.values()))
    assert all(then[one] <= max(height, counts[one]) for one in then)
    assert sum(max(0, height - 1 - count) for count in counts.values()) < len(due), "a lower one holds them not"
    ordered = [moves[card] for card in sorted(due, key=lambda card: (due[card], card))]
    assert ordered == sorted(ordered), "who was due first still comes first"


def test_a_break_that_begins_tomorrow_has_no_days_before_it() -> None:
    before, after = around(Break(day(1), day(3)), DAILY, TODAY)
    assert before == []
    assert after == [day(number) for number in range(4, 11)]
    assert around(Break(day(0), day(3)), DAILY, TODAY)[0] == []


def test_ten_cards_of_a_week_go_evenly_before_and_after() -> None:
    due = {card: day(10 + card % 7) for card in range(14)}
    moves = smooth(due, {}, *around(Break(day(10), day(16)), DAILY, TODAY))
    assert sorted(moves.values()) == [day(number) for number in (*range(3, 10), *range(17, 24))]


def test_days_that_are_full_already_take_nothing() -> None:
    full = dict.fromkeys((day(number) for number in range(3, 10)), 50)
    due = dict.fromkeys(range(7), day(12))
    moves = smooth(due, full, *around(Break(day(10), day(16)), DAILY, TODAY))
    assert min(moves.values()) > day(16)


def test_two_breaks_in_a_row_leave_the_days_between_and_after() -> None:
    pace = Pace((60,) * 7, (Break(day(17), day(60)),))
    _, after = around(Break(day(10), day(16)), pace, TODAY)
    assert after[0] == day(61)
