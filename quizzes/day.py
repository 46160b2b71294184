"""The learner's day: from a moment to the date it counts for.

A day D begins when the learner's clock shows D at the rollover hour: for the first time if it does so
twice, and by the offset before the jump if it never does (PEP 495, fold=0). The learner is in the latest
day that has begun, which can only grow as time does: neither an hour shown twice nor a date left out
(Samoa, 30 December 2011) brings back a day that was over.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class DayError(ValueError):
    """A moment or a rollover hour that belongs to no day."""


class ZoneError(DayError):
    """A time zone nobody knows."""


def day_of(moment: datetime, zone: str, rollover_hour: int) -> date:
    """The learner's day at `moment` (aware) in an IANA `zone`, days beginning at `rollover_hour` (0-23).

    Never earlier for a later moment. Raises ZoneError for an unknown zone, DayError for a naive moment or an
    hour outside 0-23.
    """
    if moment.tzinfo is None:
        raise DayError(f"moment {moment.isoformat()} has no time zone: give an aware datetime")
    return _day_of(moment.astimezone(UTC), zone, rollover_hour)


def never_earlier(day: date, last_day: date | None) -> date:
    """The later of both: whoever flies west after an answer stays in the day of that answer."""
    return day if last_day is None else max(day, last_day)


@lru_cache(maxsize=64)  # a request asks of its moment several times; only in UTC are equal moments the same
def _day_of(moment: datetime, zone: str, rollover_hour: int) -> date:
    # One day ahead of the clock: a clock set back over midnight shows a date that is already over.
    day = moment.astimezone(_zone(zone)).date() + ONE_DAY
    while _starts(day, zone, rollover_hour) > moment:
        day -= ONE_DAY
    return day


@lru_cache(maxsize=4096)
def _starts(day: date, zone: str, rollover_hour: int) -> datetime:
    if not 0 <= rollover_hour <= 23:
        raise DayError(f"rollover hour {rollover_hour}: an hour from 0 to 23 is needed")
    return datetime.combine(day, time(rollover_hour), _zone(zone)).astimezone(UTC)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the zone database ("America") is an OSError
        raise ZoneError(f"time zone {name!r} is unknown: give a name like Europe/Berlin") from None
