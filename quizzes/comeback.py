"""Coming back after a pause: a small first sitting, and what piled up spread over two weeks.

Nothing of it is stored but the day of the return. The goal of a day follows from what waits and what is done, which
every page knows anyway: ten on the first day, then what waits shared out among the days that are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

PAUSE_DAYS = 7
SITTING = 10  # cards
SPREAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Spread:
    """How a backlog of `waiting` cards goes down: `least` to `most` a day, and on `last` the rest is reviewed."""

    waiting: int
    least: int
    most: int
    last: date


def is_pause(last_on: date | None, day: date) -> bool:
    """Whether somebody who last answered on `last_on` comes back on `day`."""
    return last_on is not None and (day - last_on).days >= PAUSE_DAYS


def goal(due: int, done: int, back_on: date | None, day: date, is_going_on: bool = False) -> int | None:
    """How many reviews are enough for today; None when all that is due is (nobody comes back, or little waits).

    `due` cards wait and `done` were reviewed today. A goal that is reached and gone beyond becomes one of ten more;
    `is_going_on` asks for those ten.
    """
    index = SPREAD_DAYS if back_on is None else (day - back_on).days
    total = due + done
    if not 0 <= index < SPREAD_DAYS or total <= (first := _portion(total, index)):
        return None
    more = max(0, ceil((done - first) / SITTING)) * SITTING
    wanted = first + more + (SITTING if is_going_on and done == first + more else 0)
    return min(total, wanted)


def _portion(total: int, index: int) -> int:
    """What is reviewed of `total` on this day of the return, 0 being the first."""
    return SITTING if index == 0 else max(SITTING, ceil(total / (SPREAD_DAYS - index)))


def spread(waiting: int, arriving: Sequence[int], back_on: date, day: date) -> Spread:
    """How `waiting` cards and those `arriving` (tomorrow, the day after, ...) go down from tomorrow on."""
    portions: list[int] = []
    left, index = waiting, (day - back_on).days
    while True:
        index += 1
        left += arriving[len(portions)] if len(portions) < len(arriving) else 0
        portion = _portion(left, min(index, SPREAD_DAYS - 1))
        portions.append(min(left, portion))
        if left <= portion:
            break
        left -= portion
    usual = portions[:-1] or portions
    return Spread(waiting, min(usual), max(usual), day + timedelta(days=len(portions)))
