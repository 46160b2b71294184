"""When a card comes back: SM-2 in integers.

The reading is the program SuperMemo World published with the algorithm (in Delphi, beside the article at
https://super-memory.com/english/ol/sm2.htm): intervals of 1 and 6 days, then the last interval times the
ease *before* this grade, rounded half to even as Pascal's `round` does; the ease moves on *every* grade; a
grade below 3 starts the card again. Others differ: the article's text leaves the ease alone when an answer
fails and rounds up, and many ports multiply by the ease *after* the grade. We follow the program, because
it is the one form that ran and that leaves nothing open. Ease is kept in hundredths and never as a float,
so 6 x 2.8 x ... gives the same day on every machine and a replay of the log equals the stored state.
"""

from enum import IntEnum
from typing import NamedTuple

CAP_DAYS = 36_500
EASE_FLOOR = 130


class GradeError(ValueError):
    """A grade that is not one of 0 to 5."""


class Grade(IntEnum):
    """How well a card was known: 3 and better is a pass, 4 and better needs no repeat in the session."""

    BLACKOUT = 0
    WRONG = 1
    AGAIN = 2
    HARD = 3
    GOOD = 4
    EASY = 5

    @property
    def label(self) -> str:
        """The word on the button: "blackout", "wrong", "again", "hard", "good" or "easy"."""
        return self.name.lower()


_GRADES = {int(grade): grade for grade in Grade}  # a replay asks three times an answer, and Grade(5) is slow


class Schedule(NamedTuple):
    """What SM-2 remembers of a card: `ease` is the E-Factor in hundredths, `repetitions` the passes in a
    row."""

    ease: int = 250
    interval_days: int = 0
    repetitions: int = 0


def grade_of(value: int) -> Grade:
    """The grade a number from 0 to 5 stands for; GradeError for anything else."""
    try:
        return _GRADES[value]
    except (KeyError, TypeError):
        raise GradeError(f"grade {value!r}: a grade is a whole number from 0 to 5") from None


def review(schedule: Schedule, grade: int, cap_days: int | None = CAP_DAYS) -> Schedule:
    """The schedule after an answer of this grade.

    `cap_days` bounds the interval (1 or more; None leaves it free). Raises GradeError for a grade outside
    0-5.
    """
    grade = grade_of(grade)
    interval, repetitions = 1, 0
    if grade >= Grade.HARD:
        interval, repetitions = _interval_after_pass(schedule), schedule.repetitions + 1
    if cap_days is not None:
        interval = min(interval, cap_days)
    return Schedule(_ease_after(schedule.ease, grade), interval, repetitions)


def _interval_after_pass(schedule: Schedule) -> int:
    if schedule.repetitions == 0:
        return 1
    if schedule.repetitions == 1:
        return 6
    return _rounded_hundredths(schedule.interval_days * schedule.ease)


def _rounded_hundredths(value: int) -> int:
    whole, rest = divmod(value, 100)
    return whole + 1 if rest > 50 or (rest == 50 and whole % 2) else whole


def _ease_after(ease: int, grade: Grade) -> int:
    short = Grade.EASY - grade
    return max(EASE_FLOOR, ease + 10 - short * (8 + 2 * short))
