"""What a task costs the learners it is meant for, reckoned before it is sent from each learner's own times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from portal.assignments import queries
from portal.assignments.queries import Member
from quizzes.forecast import Pace, forecast
from quizzes.tasks import Seen

MEASURED = timedelta(days=28)  # a learner's pace is that of the last four weeks


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task costs one learner: `fresh` new cards, `minutes` a day for `days` days.

    `room` is how many new cards their days take until it is due.
    """

    learner_id: int
    name: str
    fresh: int
    minutes: float
    days: int
    room: int

    @property
    def is_short(self) -> bool:
        """Whether not all new cards find room until the day it is due."""
        return self.room < self.fresh


def costs(
    cohort_id: int, members: Sequence[Member], cards: Sequence[int], minutes: int, due_on: date, moment: datetime
) -> list[Cost]:
    """What these cards, or work of so many minutes, cost each of these members; the dearest first."""
    learners = queries.cohort_now(cohort_id)
    seen = queries.seen(learners, cards)
    paces, unknown = queries.paces(learners, (moment - MEASURED).date()), Pace()
    found = [
        _cost(one, cards, seen.get(one.id, {}), paces.get(one.id, unknown), minutes, due_on, moment) for one in members
    ]
    return sorted(found, key=lambda one: (-one.minutes, one.name, one.learner_id))


def _cost(
    who: Member,
    cards: Sequence[int],
    seen: Mapping[int, Seen],
    pace: Pace,
    minutes: int,
    due_on: date,
    moment: datetime,
) -> Cost:
    """New cards alone cost something: the others come back whether somebody asks for them or not."""
    today = who.day(moment)
    days = max(1, (due_on - today).days + 1)
    fresh = sum(card not in seen for card in cards)
    spent = minutes + _minutes_of(fresh, who.new_per_day, pace, days)
    return Cost(who.id, who.name, fresh, spent / days, days, who.new_per_day * days)


@lru_cache(maxsize=1024)
def _minutes_of(fresh: int, new_per_day: int, pace: Pace, days: int) -> float:
    """What so many new cards and their repeats take in so many days; the same for whoever works alike."""
    return sum(load.minutes for load in forecast((), fresh, new_per_day, pace, date.min, days))


def usual(found: Sequence[Cost]) -> float:
    """The minutes a day of one learner, on average."""
    return sum(one.minutes for one in found) / (len(found) or 1)
