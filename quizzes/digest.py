"""What a learner's days add up to by hour, button and card age: the counts that pictures of progress are drawn from.

A day that is over never changes: answers are amended on their own day only. So its counts are worked out once, from
the few rows of the log that bear on it (`digest`), and can be proved at any time by a replay of everything (`recount`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from quizzes.ledger import Event, Kind, effective
from quizzes.sm2 import Grade

NOON = time(12, tzinfo=UTC)
MATURE_DAYS = 21  # as in Anki: from here on a card counts as mature


class About(StrEnum):
    """What a count is about; `mark` is the hour (0-23), 10 x Stage + grade, or the grade that was given before."""

    HOUR = "hour"
    GRADE = "grade"
    WORTH = "worth"


class Stage(IntEnum):
    """What an answer met: a new card, a due one, young or mature, or one that had its turn on that day already."""

    NEW = 0
    YOUNG = 1
    MATURE = 2
    REPEAT = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """How many answers, and how many of them were passes (hard or better)."""

    seen: int = 0
    passed: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.seen + other.seen, self.passed + other.passed)


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of one card's log: `hour` on the learner's clock, `interval_days` and `due_on` what came of it."""

    version: int
    kind: Kind
    day: date
    hour: int
    grade: int | None
    takes_back: int | None
    interval_days: int
    due_on: date | None


Mark = tuple[About, int]
Counts = dict[tuple[date, About, int], Seen]


def stage_of(due_on: date | None, interval_days: int, day: date) -> Stage:
    """What an answer on `day` meets, from what the card's memory was before it."""
    if due_on is None:
        return Stage.NEW
    if due_on > day:
        return Stage.REPEAT
    return Stage.MATURE if interval_days >= MATURE_DAYS else Stage.YOUNG


def recount(events: Sequence[Event], hours: Mapping[int, int]) -> Counts:
    """The counts of one card's whole chain, by replay. `hours`: the hour of each version's answer."""
    counts: Counts = {}
    moved: int | None = None
    for event, before, _ in effective(events):
        grade = int(event.grade or 0)
        stage = stage_of(before.due_on, before.schedule.interval_days, event.day)
        _count(counts, event.day, _marks(stage, grade, hours[event.version], moved), grade)
        if stage is not Stage.REPEAT:
            moved = grade
    return counts


def digest(rows: Sequence[Logged], after: date) -> Counts:
    """The counts of the days after `after`, from one card's latest rows (`is_enough` of them), oldest first."""
    if _has_moves(rows):
        whole = recount([_event(row) for row in rows], {row.version: row.hour for row in rows})
        return {key: seen for key, seen in whole.items() if key[0] > after}
    counts: Counts = {}
    for day in sorted({row.day for row in rows if row.kind is Kind.ANSWER and row.day > after}):
        before = _before(rows, day)
        due_on, interval_days = (None, 0) if before is None else (before.due_on, before.interval_days)
        stage = stage_of(due_on, interval_days, day)
        for hour, grade in _counting(rows, day):
            moved = None if due_on is None else _moved(rows, due_on - timedelta(days=interval_days))
            _count(counts, day, _marks(stage, grade, hour, moved), grade)
            stage = Stage.REPEAT  # a scheduled answer puts the card off until tomorrow at least
    return counts


def is_enough(rows: Sequence[Logged], after: date) -> bool:
    """Whether the rows reach back far enough: to the answer whose interval ended before the first day after `after`."""
    if rows[0].version == 0:
        return True
    if _has_moves(rows):  # where a card was moved, its day no longer says when its interval began
        return False
    first = next((row.day for row in rows if row.kind is Kind.ANSWER and row.day > after), None)
    before = None if first is None else _before(rows, first)
    if before is None:
        return first is None
    if before.due_on is None:
        return True
    began = before.due_on - timedelta(days=before.interval_days)
    return rows[0].day < began and _moved(rows, began) is not None


def _has_moves(rows: Sequence[Logged]) -> bool:
    return any(row.kind is Kind.MOVE for row in rows)


def _event(row: Logged) -> Event:
    """The row for a replay, which counts days: the moment within the day is all the same to it."""
    due_on = row.due_on if row.kind is Kind.MOVE else None
    at = datetime.combine(row.day, NOON)
    return Event(row.version, row.kind, row.day, at, row.grade, row.takes_back, due_on=due_on)


def _before(rows: Sequence[Logged], day: date) -> Logged | None:
    """The row before the first answer of a day, which says what the memory was."""
    first = next(place for place, row in enumerate(rows) if row.day == day and row.kind is Kind.ANSWER)
    return rows[first - 1] if first else None


def _counting(rows: Sequence[Logged], day: date) -> list[tuple[int, int]]:
    """(hour, grade) of the answers of a day that count: not those taken back, and with their last grade."""
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        if row.day != day:
            continue
        if row.kind is Kind.ANSWER and row.grade is not None:
            found[row.version] = (row.hour, row.grade)
        elif row.kind is Kind.REGRADE and row.grade is not None and row.takes_back in found:
            found[row.takes_back] = (found[row.takes_back][0], row.grade)
        elif row.kind is Kind.UNDO and row.takes_back is not None:
            found = {version: kept for version, kept in found.items() if version < row.takes_back}
    return list(found.values())


def _moved(rows: Sequence[Logged], day: date) -> int | None:
    """The grade that moved the schedule on a day: the first one that counts."""
    return next((grade for _, grade in _counting(rows, day)), None)


def _marks(stage: Stage, grade: int, hour: int, moved: int | None) -> Iterator[Mark]:
    yield About.GRADE, 10 * stage + grade
    if stage in (Stage.YOUNG, Stage.MATURE):
        yield About.HOUR, hour
        if moved is not None:
            yield About.WORTH, moved


def _count(counts: Counts, day: date, marks: Iterator[Mark], grade: int) -> None:
    one = Seen(1, int(grade >= Grade.HARD))
    for about, mark in marks:
        counts[day, about, mark] = counts.get((day, about, mark), Seen()) + one
