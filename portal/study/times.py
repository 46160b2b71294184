"""Minutes put together for people: by day, week or month, each span a row with its bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

PERIODS = {"week": "The last seven days", "month": "The last four weeks", "all": "From the beginning"}
DAYS = {"week": 7, "month": 28}
MOST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Some days from `first` on, and the minutes studied in them."""

    first: date
    label: str
    minutes: int


def begins(period: str, today: date) -> date:
    """The first day of a period (a key of PERIODS) that ends today."""
    return today - timedelta(days=DAYS[period] - 1) if period in DAYS else date(1970, 1, 1)


def spans(period: str, today: date, minutes: Mapping[date, int]) -> list[Span]:
    """The rows of a period, the latest first: seven days, four weeks, or the months with any minutes (at most 12)."""
    if period == "all":
        return _months(minutes)
    length = 1 if period == "week" else 7
    firsts = [today - timedelta(days=length * (turn + 1) - 1) for turn in range(DAYS[period] // length)]
    return [Span(first, _label(first, length), _sum(minutes, first, length)) for first in firsts]


def _sum(minutes: Mapping[date, int], first: date, length: int) -> int:
    return sum(minutes.get(first + timedelta(days=more), 0) for more in range(length))


def _label(first: date, length: int) -> str:
    if length == 1:
        return f"{first:%A}"
    last = first + timedelta(days=length - 1)
    return f"{first.day} {first:%b} to {last.day} {last:%b}"


def _months(minutes: Mapping[date, int]) -> list[Span]:
    found: dict[date, int] = {}
    for day, spent in minutes.items():
        found[day.replace(day=1)] = found.get(day.replace(day=1), 0) + spent
    return [Span(first, f"{first:%B %Y}", found[first]) for first in sorted(found, reverse=True)[:MOST_MONTHS]]
