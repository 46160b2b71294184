"""From numbers to shapes: nothing is drawn outside of its picture, and what is drawn is as long as its number."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.progress.periods import PERIODS, span_of
from portal.progress.pictures import (
    HEIGHT,
    LEVELS,
    SIZES,
    WEEKS,
    Series,
    bars,
    calendar,
    columns,
    first_of_calendar,
    level_of,
    top_of,
)

TODAY = date(2026, 11, 22)
COLUMN = re.compile(r"M(\S+) (\S+)v-(\S+)h8v(\S+)z")
SQUARE = re.compile(r"M(\S+) (\S+)h(\d+)v(\d+)h-(\d+)z")
COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=40)


def heights(path: str) -> list[float]:
    """How tall the columns of a path are."""
    return [float(height) for _, _, height, _ in COLUMN.findall(path)]


@given(COUNTS, st.integers(0, 9))
def test_columns_stand_inside_of_the_picture_and_are_as_tall_as_their_numbers(values: list[int], more: int) -> None:
    others = [value * more for value in values]
    drawn = columns([Series("a", "full", values), Series("b", "open", others)], ("then", "now"))
    top = int(drawn.scale[0].replace(",", ""))
    assert top >= max(a + b for a, b in zip(values, others, strict=True))
    for (_, path), numbers in zip(drawn.paths, (values, others), strict=True):
        shown = [number for number in numbers if number]
        assert heights(path) == pytest.approx([HEIGHT * number / top for number in shown], rel=1e-2)
        for left, bottom, height, _ in COLUMN.findall(path):
            assert 0 < float(left) < drawn.width - 8
            assert -0.2 <= float(bottom) - float(height) <= float(bottom) <= HEIGHT


@given(st.integers(0, 10_000_000))
def test_a_scale_ends_with_a_round_number_that_is_not_below_the_highest(most: int) -> None:
    top = top_of(most)
    assert most <= top <= max(2, 2.5 * most)
    assert top % 2 == 0
    assert str(top).rstrip("0") in {"1", "2", "4", "6"}


def test_one_series_needs_no_legend_and_two_are_stacked() -> None:
    assert columns([Series("minutes", "full", [1, 2])], ("a", "b")).legend == ()
    drawn = columns([Series("known", "full", [6]), Series("not known", "open", [4])], ("a", "b"))
    assert drawn.legend == (("full", "known"), ("open", "not known"))
    assert drawn.paths == (("full", "M1 100v-60h8v60z"), ("open", "M1 40v-40h8v40z"))


def test_bars_are_as_long_as_their_values() -> None:
    drawn = bars("Topic", ("Cards",), [("a", 2, ("2",)), ("b", 4, ("4",)), ("c", 0, ("0",))])
    assert [bar.length for bar in drawn.bars] == [50, 100, 0]
    assert [bar.length for bar in bars("Topic", (), [("a", 0.5, ()), ("b", 0.25, ())], 1).bars] == [50, 25]
    assert bars("Topic", (), [("a", 0, ())]).bars[0].length == 0


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_calendar_has_a_square_for_every_day_of_a_year_and_none_for_days_to_come(last: date) -> None:
    drawn = calendar({}, last)
    squares = [square for part in drawn.parts for _, path in part.paths for square in SQUARE.findall(path)]
    first = first_of_calendar(last)
    assert first.weekday() == 0
    assert len(squares) == (last - first).days + 1
    assert 2 * WEEKS - 1 < len(squares) / 7 <= 2 * WEEKS
    for left, top, size, _, _ in squares:
        assert 0 <= float(left) <= drawn.width - int(size)
        assert 13 <= float(top) <= drawn.height - int(size)


def test_a_day_with_more_answers_has_a_larger_square() -> None:
    assert [level_of(answers) for answers in (0, 1, 9, 10, 25, 49, 50, 999)] == [0, 1, 1, 2, 3, 3, 4, 4]
    assert list(SIZES) == sorted(SIZES)
    assert len(SIZES) == len(LEVELS) + 1
    drawn = calendar({TODAY: 60, TODAY - timedelta(days=1): 3}, TODAY)
    assert [level for level, _ in drawn.parts[1].paths] == [0, 1, 4]


@pytest.mark.parametrize("name", PERIODS)
@pytest.mark.parametrize("days", [0, 1, 6, 7, 40, 181, 182, 183, 400, 4000])
def test_a_span_ends_today_and_all_of_it_begins_before_the_first_answer(name: str, days: int) -> None:
    span = span_of(name, TODAY, TODAY - timedelta(days=days))
    assert span.piece(span.count - 1)[1] == TODAY
    assert span.piece(0)[0] == span.first
    assert (TODAY - span.first).days + 1 == span.days
    assert 1 <= span.count <= 30
    if name == "all":
        assert span.first <= TODAY - timedelta(days=days)
        assert span.days < 1.6 * days + 14


def test_pieces_are_named_by_their_days() -> None:
    assert span_of("month", TODAY, None).label(29) == "22 Nov 2026"
    assert span_of("quarter", TODAY, None).label(12) == "16 Nov to 22 Nov 2026"
