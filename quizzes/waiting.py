"""How long something waits and how long answers took, as people say it."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
_SHORT = "less than a minute"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: "less than a minute", "20 minutes", "5 hours", "2 days"."""
    unit = _unit(length)
    return _said(length // _UNITS[unit], unit) if unit else _SHORT


def roughly(length: timedelta) -> str:
    """The same rounded to the nearest: "about 2 days" for 44 hours."""
    unit = _unit(length)
    return f"about {_said(round(length / _UNITS[unit]), unit)}" if unit else _SHORT


def _unit(length: timedelta) -> str:
    return next((name for name, unit in _UNITS.items() if length >= unit), "")


def _said(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def usual(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median of how long answers took; None where there were none."""
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None
