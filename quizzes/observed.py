"""What is known of one learner today, as the rules of need and praise ask it: silence, rhythm, a usual day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from quizzes.pacing import Break

KNOWN_DAYS = 56  # how far back `reviewed` reaches, the day itself included
RHYTHM_DAYS = 28  # what a rhythm is read from, up to the last review
RHYTHM_LEAST = 14  # days of history before there is a rhythm
REVIEWED_LEAST = 4  # days of review before there is a rhythm or a usual day
BELIEF_DAYS = 28  # how long a wrong answer counts as what somebody believes
RECENT_DAYS = 14  # what `was`, `misses` and `tries` of a topic speak of
PLAN_DAYS = 28  # what the minutes of the plan speak of, today left out
LEECH_LAPSES = 8  # as in Anki


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a learner: `started` of its `cards` were learnt.

    `now` and `was` (14 days ago) are predicted recall, 0 to 1, the mean over the cards that were learnt at that time;
    `was` is None where none was. `tries` are scheduled reviews of known cards in the last 14 days,
    neither first answers nor drills; `misses` those that failed.
    """

    id: str
    title: str
    cards: int
    started: int
    now: float
    was: float | None = None
    misses: int = 0
    tries: int = 0


@dataclass(frozen=True)
class Facts:
    """One learner on one of their days.

    `reviewed`: answers that count of each day that has any, of the last KNOWN_DAYS. `first_on` and `last_on` are the
    first and the latest day with an answer, `back_on` the latest return from a pause (quizzes.comeback). `breaks` of
    the plan touch the known days. `planned_minutes` and `studied_minutes` are those of the last PLAN_DAYS before
    today, both 0 without a plan. `due`: cards that wait. `leeches`: cards with LEECH_LAPSES lapses or more.
    """

    today: date
    joined_on: date
    first_on: date | None = None
    last_on: date | None = None
    back_on: date | None = None
    reviewed: Mapping[date, int] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    planned_minutes: int = 0
    studied_minutes: int = 0
    due: int = 0
    leeches: int = 0
    topics: tuple[Topic, ...] = ()

    @property
    def away_until(self) -> date | None:
        """The last day of the break that today is in; None: today is in none."""
        return max((one.last for one in self.breaks if self.today in one), default=None)

    @cached_property
    def silence(self) -> int | None:
        """Days since the last review, days of breaks left out; None before the first one."""
        return None if self.last_on is None else self._days_between(self.last_on, self.today)

    @cached_property
    def rhythm(self) -> float | None:
        """Days of review a week, up to the last one; None while too little is known."""
        if self.last_on is None or self.first_on is None:
            return None
        before = max(self.first_on, self.last_on - timedelta(days=RHYTHM_DAYS - 1)) - timedelta(days=1)
        known = self._days_between(before, self.last_on)
        days = len(self._usual)
        return None if known < RHYTHM_LEAST or days < REVIEWED_LEAST else min(7.0, 7 * days / known)

    @cached_property
    def usual_day(self) -> int | None:
        """Answers of a usual day of review (the median); None while too little is known."""
        return round(median(self._usual)) if len(self._usual) >= REVIEWED_LEAST else None

    @cached_property
    def _usual(self) -> list[int]:
        if self.last_on is None:
            return []
        first = self.last_on - timedelta(days=RHYTHM_DAYS - 1)
        return [count for day, count in self.reviewed.items() if first <= day <= self.last_on and count > 0]

    def counts(self, last: date, days: int = 7) -> list[int]:
        """Answers of each of the `days` up to `last`, the latest first."""
        return [self.reviewed.get(last - timedelta(days=back), 0) for back in range(days)]

    def _days_between(self, before: date, last: date) -> int:
        """Days after `before` up to `last` that are in no break."""
        whole = max(0, (last - before).days)
        if not self.breaks:
            return whole
        days = (before + timedelta(days=number) for number in range(1, min(whole, 10 * KNOWN_DAYS) + 1))
        return sum(not any(day in one for one in self.breaks) for day in days)
