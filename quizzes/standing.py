"""What is left of a curriculum, by evidence first and by time spent second.

Evidence ends an item (its cards were learnt, somebody wrote down what they built); time never does. Minutes studied
beyond reviews count towards what the plan would have had them for, but `WAITING` of an item stays until its evidence
is there. So nothing is done by sitting in front of it, and nobody who works for a month on a project sees the end of
their plan move away by a month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from quizzes.pacing import Pace
from quizzes.planning import Course, Item

WAITING = 5  # a fifth of an item


@dataclass(frozen=True, slots=True)
class Standing:
    """Minutes left of each item that is not done, and the ids of those that only wait for their evidence."""

    left: Mapping[str, int]
    waiting: tuple[str, ...]


def standing(
    items: Sequence[Item],
    pace: Pace,
    worked: Mapping[date, int],
    done: Mapping[str, date],
    shares: Mapping[str, float],
) -> Standing:
    """What is left after these days.

    `worked`: minutes of each past day that went into learning and building, not into reviews. `done`: since when
    there is evidence. `shares`: how much of an item has evidence, 0 to 1, for those that are done in parts (cards).
    """
    course = Course(items, pace)
    rest = {item.id: item.minutes - (0 if item.id in done else _kept(item)) for item in items}
    ending: dict[date, list[Item]] = {}
    for item in items:
        if item.id in done:
            ending.setdefault(done[item.id], []).append(item)
    for day in sorted({*worked, *ending}):
        _spend(course, rest, day, worked.get(day, 0))
        for item in ending.get(day, ()):
            course.finish(item)
    open_items = [item for item in items if item.id not in done]
    left = {item.id: _left(item, rest[item.id] + _kept(item), shares.get(item.id, 0.0)) for item in open_items}
    return Standing(left, tuple(item.id for item in open_items if not rest[item.id]))


def _spend(course: Course, rest: dict[str, int], day: date, minutes: int) -> None:
    while minutes > 0 and (item := course.next(day)) is not None:
        spent = min(minutes, rest[item.id])
        rest[item.id] -= spent
        minutes -= spent
        if not rest[item.id]:
            course.finish(item)


def _kept(item: Item) -> int:
    return -(-item.minutes // WAITING)


def _left(item: Item, by_time: int, share: float) -> int:
    """The less of both, but never nothing: that would be evidence."""
    return max(1, min(by_time, round(item.minutes * (1 - share))))
