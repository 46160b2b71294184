"""What followed a message: days with answers in the week after it, beside the week before."""

from datetime import date, timedelta

import pytest

from quizzes.outcomes import Outcome, outcome

SENT_ON = date(2026, 11, 10)


def days(*after: int) -> set[date]:
    """Days so many days after the message; negative ones before."""
    return {SENT_ON + timedelta(days=number) for number in after}


@pytest.mark.parametrize(
    ("passed", "reviewed", "said"),
    [
        (20, days(1, 2, 4, 7), "answered on 4 of the next 7 days; before: 0 of 7"),
        (8, days(-7, -1, 0, 8), "answered on 0 of the next 7 days; before: 2 of 7"),
        (7, days(-8, 6, 7), "answered on 1 of the 6 days since; before: 0 of 7; the week is not over"),
        (2, days(-3, 1), "answered on the day after; before: 1 of 7; the week is not over"),
        (1, days(-1, 1), "no day has passed since; 1 of the 7 days before had answers"),
        (0, days(0), "no day has passed since; 0 of the 7 days before had answers"),
    ],
)
def test_days_are_counted_and_said(passed: int, reviewed: set[date], said: str) -> None:
    assert outcome(SENT_ON, SENT_ON + timedelta(days=passed), reviewed).words == said


def test_whoever_is_a_day_behind_the_mentor_breaks_nothing() -> None:
    assert outcome(SENT_ON, SENT_ON - timedelta(days=1), days(1)) == Outcome(0, 0, 0)
