"""Predicted recall: a chance that falls with time and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.recall import recall

days = st.integers(0, 40_000)


def test_nine_in_ten_are_known_on_the_day_a_card_is_due() -> None:
    assert recall(1, 1) == recall(16, 16) == pytest.approx(0.9)


def test_a_card_just_reviewed_is_known_and_twice_the_interval_squares_the_chance() -> None:
    assert recall(6, 0) == 1.0
    assert recall(6, 12) == pytest.approx(0.81)


@given(days)
def test_a_card_never_learnt_is_not_known(elapsed: int) -> None:
    assert recall(0, elapsed) == 0.0


@given(st.integers(1, 40_000), st.integers(-10, 10**9))
def test_recall_is_a_chance_whatever_the_calendar_says(interval: int, elapsed: int) -> None:
    assert 0.0 <= recall(interval, elapsed) <= 1.0


@given(st.integers(1, 40_000), days, days)
def test_waiting_longer_never_helps(interval: int, one: int, other: int) -> None:
    assert recall(interval, max(one, other)) <= recall(interval, min(one, other))


@given(st.integers(1, 40_000), st.integers(1, 40_000), days)
def test_a_longer_interval_is_forgotten_later(one: int, other: int, elapsed: int) -> None:
    assert recall(max(one, other), elapsed) >= recall(min(one, other), elapsed)
