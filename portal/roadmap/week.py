"""The week on the front page: minutes studied and minutes planned, Monday to Sunday."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

TALLEST = 100  # units of the picture


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day of the week: `height` of what was studied and `mark` of what is planned, out of TALLEST."""

    day: date
    minutes: int
    planned: int
    height: int
    mark: int
    is_today: bool
    is_ahead: bool

    @property
    def words(self) -> str:
        """ "Monday: 45 of 60 minutes"."""
        done = "" if self.is_ahead else f"{self.minutes}"
        if not self.planned:
            return f"{self.day:%A}: " + (f"{done} minutes" if done else "free")
        return f"{self.day:%A}: " + (f"{done} of {self.planned} minutes" if done else f"{self.planned} minutes planned")


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days and what they add up to, in minutes. `planned` 0: there is no plan, or a free week."""

    days: tuple[WeekDay, ...]
    minutes: int
    planned: int


def first_day(today: date) -> date:
    """The Monday of this week."""
    return today - timedelta(days=today.weekday())


def week_of(today: date, minutes: Mapping[date, int], planned: Mapping[date, int]) -> Week:
    """The week of `today`, from minutes by day; days that are missing have none."""
    days = [first_day(today) + timedelta(days=number) for number in range(7)]
    most = max(1, *(minutes.get(day, 0) for day in days), *(planned.get(day, 0) for day in days))
    shown = tuple(
        WeekDay(
            day,
            minutes.get(day, 0),
            planned.get(day, 0),
            round(TALLEST * minutes.get(day, 0) / most),
            round(TALLEST * planned.get(day, 0) / most),
            day == today,
            day > today,
        )
        for day in days
    )
    return Week(shown, sum(day.minutes for day in shown), sum(day.planned for day in shown))
