"""The nine months that the demonstration tells: who learns when, with a slump, a break, a come-back, busy last days."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from quizzes.simulating import Habit, Spell

LENGTH = 274  # days: nine months
ZONE, ROLLOVER_HOUR = "Europe/Berlin", 4
SHARE_LEARNT = 0.4  # of the bank, so that the roadmap still has steps ahead


@dataclass(frozen=True, slots=True)
class Year:
    """Ada's time: from `first` to the day before `until`, on which her cards wait to be answered."""

    first: date
    until: date
    slump: Spell
    flu: Spell
    summer: Spell
    busy: Spell

    @property
    def last(self) -> date:
        """The last day with anything in it."""
        return self.until - timedelta(days=1)


def year_until(until: date) -> Year:
    """The nine months up to a day. The break is in August where August lies in the middle of them."""
    first = until - timedelta(days=LENGTH)
    away = next((day for day in _days(first, 60, LENGTH - 60) if (day.month, day.weekday()) == (8, 5)), first)
    if away == first:
        away = first + timedelta(days=150)
    return Year(
        first=first,
        until=until,
        slump=Spell(first + timedelta(days=76), first + timedelta(days=97), 0.3),
        flu=Spell(until - timedelta(days=51), until - timedelta(days=46)),
        summer=Spell(away, away + timedelta(days=14)),
        busy=Spell(until - timedelta(days=3), until - timedelta(days=1), 0.4),
    )


def _days(first: date, start: int, end: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(start, end)]


def adas_habit(year: Year, cards: int) -> Habit:
    """Ada: on most days, at a pace that leaves more than half of the bank; she forgets a bit faster than SM-2 hopes."""
    pace = SHARE_LEARNT * cards / (0.62 * LENGTH)  # new cards on a day of study; 0.62 of the days are such
    return Habit(
        weekdays=(0.85, 0.8, 0.85, 0.75, 0.55, 0.6, 0.7),
        minutes=35,
        new_per_day=ceil(pace),
        eagerness=pace / ceil(pace),
        spells=(year.slump, year.flu, year.summer, year.busy),
        strength=0.7,
        growth=0.04,
        unevenness=0.5,
        first_right=0.45,
        zone=ZONE,
        rollover_hour=ROLLOVER_HOUR,
    )


def bobs_habit() -> Habit:
    """Bob: began the other week, in the evenings."""
    return Habit(
        weekdays=(0.7, 0.5, 0.7, 0.5, 0.2, 0.4, 0.6),
        minutes=15,
        new_per_day=5,
        hours={18: 2, 21: 5, 22: 4},
        zone=ZONE,
        rollover_hour=ROLLOVER_HOUR,
    )
