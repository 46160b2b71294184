"""How steadily somebody studies: the share of planned days that were kept, and the streak, with freezes that protect.

A planned day is kept when a good part of its minutes was studied (`needed`). Free days and breaks count neither way,
and today counts only once it is kept. Every EARNED_EVERY kept days earn a freeze, and at most MOST_FREEZES are held. A
planned day that was not kept spends one: the streak goes on, and the day does not count for it. Without a freeze the
streak begins anew, and so does the counting towards the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WINDOW = 28  # days
LEAST = 10  # minutes
EARNED_EVERY = 7
MOST_FREEZES = 2


class Day(StrEnum):
    """What became of a day."""

    KEPT = "kept"
    FROZEN = "frozen"
    OPEN = "open"
    FREE = "free"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class DayKept:
    """A day of the last four weeks: minutes planned and studied, and what became of it (`AHEAD`: it is not over)."""

    day: date
    planned: int
    studied: int
    state: Day


@dataclass(frozen=True, slots=True)
class Habit:
    """Four weeks, oldest day first, and where they lead to. `studied` counts days with any minutes."""

    days: tuple[DayKept, ...]
    streak: int
    freezes: int

    @property
    def kept(self) -> int:
        """Planned days that were kept."""
        return sum(one.state is Day.KEPT for one in self.days)

    @property
    def planned(self) -> int:
        """Planned days that are over, and today if it is kept already."""
        return sum(one.state in {Day.KEPT, Day.FROZEN, Day.OPEN} for one in self.days)

    @property
    def consistency(self) -> float | None:
        """The share of planned days that were kept, 0 to 1; None where none was planned. Freezes do not count."""
        return self.kept / self.planned if self.planned else None

    @property
    def studied(self) -> int:
        """Days with any minutes, planned or not."""
        return sum(one.studied > 0 for one in self.days)

    @property
    def frozen(self) -> tuple[date, ...]:
        """Days that a freeze protected."""
        return tuple(one.day for one in self.days if one.state is Day.FROZEN)


def needed(planned: int) -> int:
    """The minutes that keep a planned day: a third of the plan, ten at least, and never more than was planned."""
    return min(planned, max(LEAST, -(-planned // 3)))


def habit(planned: Mapping[date, int], studied: Mapping[date, int], today: date) -> Habit:
    """The habit of whoever planned and studied these minutes; the streak reaches back as far as the plan given."""
    run, credit, states = 0, 0, {}
    for day in sorted(one for one, minutes in planned.items() if minutes > 0 and one <= today):
        if studied.get(day, 0) >= needed(planned[day]):
            run, credit, states[day] = run + 1, min(credit + 1, MOST_FREEZES * EARNED_EVERY), Day.KEPT
        elif day == today:
            states[day] = Day.AHEAD
        elif credit >= EARNED_EVERY:
            credit, states[day] = credit - EARNED_EVERY, Day.FROZEN
        else:
            run, credit, states[day] = 0, 0, Day.OPEN
    window = [today - timedelta(days=before) for before in range(WINDOW - 1, -1, -1)]
    days = tuple(DayKept(day, planned.get(day, 0), studied.get(day, 0), states.get(day, Day.FREE)) for day in window)
    return Habit(days, run, credit // EARNED_EVERY)
