"""A learner's work laid on a calendar: topics in their order, projects at weekends, review time first, breaks free.

The rules, in the order in which they win:

- A day never holds more than its minutes; a day of a break holds nothing.
- Review time is set aside first (`Pace.review`), then comes the work.
- Topics come in their order. A project waits for what it needs.
- On a weekend day with an hour or more, projects go first, the first deployment before all others. Whoever has no
  such weekends builds a step's projects before the next step begins; the others may be one step behind.
- A rest of a day that is too short to begin something stays free.

Pure and deterministic: the same arguments give the same calendar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from quizzes.pacing import Load, Pace

ONE_DAY = timedelta(days=1)
HORIZON = 3_653  # days: what has no end in ten years is told so
SHORTEST = 15  # minutes: nobody begins something new for less


class PlanningError(ValueError):
    """A curriculum that cannot be laid out: an item needs one that is not there or comes later."""


class Kind(StrEnum):
    """What a block of time is for."""

    TOPIC = "topic"
    PROJECT = "project"
    REVIEW = "review"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Item:
    """Something to learn or to build, in `minutes`. `cards` are learnt with it, `needs` are ids of earlier items.

    `is_early`: goes before every other project as soon as it can.
    """

    id: str
    kind: Kind
    step: int
    minutes: int
    needs: tuple[str, ...] = ()
    cards: int = 0
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Some minutes of a day. `item` is an id, "" for review and spare time."""

    day: date
    kind: Kind
    item: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """What lies ahead: blocks by day, each item's first and last day, and the day the last one ends.

    `ends_on` None: something is left after ten years (or there are no hours at all).
    """

    blocks: tuple[Block, ...]
    spans: Mapping[str, tuple[date, date]]
    ends_on: date | None

    def of(self, day: date) -> list[Block]:
        """The blocks of a day."""
        return [block for block in self.blocks if block.day == day]


@dataclass(slots=True)
class Course:
    """The items that are still open, and which of them comes next. Items leave in `finish`."""

    items: Sequence[Item]
    pace: Pace
    topics: list[Item] = field(init=False)
    projects: list[Item] = field(init=False)
    _open: set[str] = field(init=False)

    def __post_init__(self) -> None:
        """Topics in their order; projects in theirs, the early ones first."""
        check(self.items)
        self.topics = [item for item in self.items if item.kind is Kind.TOPIC]
        projects = [item for item in self.items if item.kind is not Kind.TOPIC]
        self.projects = sorted(projects, key=lambda item: not item.is_early)
        self._open = {item.id for item in self.items}

    def finish(self, item: Item) -> None:
        """This one is done."""
        if item.id in self._open:
            self._open.remove(item.id)
            (self.topics if item.kind is Kind.TOPIC else self.projects).remove(item)

    def next(self, day: date) -> Item | None:
        """What to work on that day, or None when everything is done."""
        topic = self.topics[0] if self.topics else None
        project = next((item for item in self.projects if self._open.isdisjoint(item.needs)), None)
        if topic is None or project is None:
            return topic or project
        is_first = self.pace.is_for_projects(day) or (project.is_early and not self.pace.has_weekends)
        return project if is_first or self._is_behind(topic) else topic

    def _is_behind(self, topic: Item) -> bool:
        """Whether a project must be built before this topic begins."""
        slack = 2 if self.pace.has_weekends else 1
        return any(item.step <= topic.step - slack and self._open.isdisjoint(item.needs) for item in self.projects)


def check(items: Sequence[Item]) -> None:
    """Raise PlanningError unless each item needs only earlier ones, and no id stands twice."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen or not seen.issuperset(item.needs):
            raise PlanningError(f"{item.id} stands twice" if item.id in seen else f"{item.id} needs what comes later")
        seen.add(item.id)


def lay(
    items: Sequence[Item], left: Mapping[str, int], pace: Pace, load: Load, first: date, spent: int = 0
) -> Calendar:
    """Lay what is left on the days from `first` on.

    `left` holds the minutes of the items that are not done; what is not in it is done. `spent` minutes of the first
    day are over already. `load` is changed: topics that end bring their cards.
    """
    course = Course(items, pace)
    for item in items:
        if not left.get(item.id):
            course.finish(item)
    rest, blocks = dict(left), list[Block]()
    spans: dict[str, tuple[date, date]] = {}
    for day in _days(first):
        if course.next(day) is None:
            break
        for block, is_end in _day(course, rest, pace, load, day, spent if day == first else 0):
            blocks.append(block)
            if block.item:
                spans[block.item] = spans.get(block.item, (day, day))[0], day
            if is_end is not None:
                course.finish(is_end)
                load.learn(is_end.cards, day)
    is_whole = course.next(first) is None
    return Calendar(tuple(blocks), spans, max((end for _, end in spans.values()), default=first) if is_whole else None)


def _days(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(HORIZON))


def _day(
    course: Course, rest: dict[str, int], pace: Pace, load: Load, day: date, spent: int
) -> Iterator[tuple[Block, Item | None]]:
    """The blocks of one day, each with the item that ends in it."""
    room = pace.on(day)
    review = load.review(day, room)
    room = max(0, room - max(spent, 0))
    if review := min(review, room):
        yield Block(day, Kind.REVIEW, "", review), None
    room -= review
    has_begun = False
    while room and (item := course.next(day)) is not None:
        if has_begun and room < min(SHORTEST, rest[item.id]):
            yield Block(day, Kind.SPARE, "", room), None
            return
        minutes = min(room, rest[item.id])
        rest[item.id] -= minutes
        room -= minutes
        has_begun = True
        yield Block(day, item.kind, item.id, minutes), None if rest[item.id] else item


@dataclass(frozen=True, slots=True)
class Move:
    """A group of items (number 0: everything) that ends on another day than before; None: not within ten years."""

    group: int
    before: date | None
    after: date | None


def moved(before: Calendar, after: Calendar, items: Sequence[Item]) -> list[Move]:
    """Which steps end on another day, in their order, and last everything."""
    ends = [(step, _end(before, items, step), _end(after, items, step)) for step in sorted({one.step for one in items})]
    moves = [Move(step, was, now) for step, was, now in ends if was and now and was != now]
    is_moved = before.ends_on != after.ends_on
    return [*moves, Move(0, before.ends_on, after.ends_on)] if is_moved else moves


def _end(calendar: Calendar, items: Sequence[Item], step: int) -> date | None:
    ends = [calendar.spans[item.id][1] for item in items if item.step == step and item.id in calendar.spans]
    return max(ends, default=None)
