"""One card of one learner as a chain of events, and the memory those events add up to: state == replay(log).

Events are only ever added. An amendment (REGRADE, UNDO) names the answer it acts on by that answer's
version and leaves it in the chain; what counts is worked out again from the chain:

- REGRADE gives one answer another grade and plays again what came after it, as if the learner had chosen
  that grade in the first place.
- UNDO takes the answer back and, with it, what the learner did to this card after it. What happened to the
  card itself since then (its text changed, it was retired or restored) stays true.

MOVE puts a learnt card off or brings it forward to another day and leaves its schedule alone. An amendment
drops the moves after the answer it acts on: the day they moved the card away from is not its day any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from quizzes.sm2 import Grade, Schedule, grade_of, review

NEVER_LEARNT = Schedule()
MS_CAP = 60_000  # beyond a minute the clock measures the desk, not the memory


class LedgerError(ValueError):
    """A chain that cannot be: a version is missing, a grade stands where none belongs, ..."""


class Kind(StrEnum):
    """What happened to the card."""

    ANSWER = "answer"
    REGRADE = "regrade"
    UNDO = "undo"
    BURY = "bury"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVISE = "revise"
    RETIRE = "retire"
    RESTORE = "restore"
    MOVE = "move"


_OF_THE_CARD = frozenset({Kind.REVISE, Kind.RETIRE, Kind.RESTORE})
_GRADED = frozenset({Kind.ANSWER, Kind.REGRADE})
_AMENDMENTS = frozenset({Kind.REGRADE, Kind.UNDO})


class Event(NamedTuple):
    """One row of the log: `version` is that of the memory it acts on, the memory after it has one more.

    `day` is the learner's day, `at` the moment. ANSWER and REGRADE carry a `grade` (0-5); REGRADE and UNDO
    name in `takes_back` the version of the ANSWER they act on. `ms` is the time the answer took; `is_right`
    is None where only the learner can tell. MOVE carries `due_on`, the card's new day.
    """

    version: int
    kind: Kind
    day: date
    at: datetime
    grade: int | None = None
    takes_back: int | None = None
    ms: int = 0
    is_right: bool | None = None
    due_on: date | None = None


class Memory(NamedTuple):
    """What is known of one card of one learner after `version` events.

    `due_on` None: never learnt. `again_on`/`again_at`: the card comes again in the session of that day,
    waiting since that moment (both None, or both set; never on a card put aside). `buried_on`: hidden for
    that day. `changed_on`: its text changed then, show it once. `last_on`: the day of the last scheduled
    review; `last_grade`: of the last answer of any sort; `reviews` and `lapses` count scheduled reviews.
    """

    version: int = 0
    schedule: Schedule = NEVER_LEARNT
    due_on: date | None = None
    again_on: date | None = None
    again_at: datetime | None = None
    buried_on: date | None = None
    is_suspended: bool = False
    is_retired: bool = False
    changed_on: date | None = None
    first_on: date | None = None
    last_on: date | None = None
    last_grade: int | None = None
    reviews: int = 0
    lapses: int = 0

    @property
    def is_new(self) -> bool:
        """Whether the card was never learnt."""
        return self.due_on is None

    @property
    def show_on(self) -> date | None:
        """The first day the card stands in the due queue; None if never learnt, suspended or retired."""
        if self.due_on is None or self.is_suspended or self.is_retired:
            return None
        wanted = self.due_on if self.changed_on is None else min(self.due_on, self.changed_on)
        return wanted if self.buried_on is None else max(wanted, self.buried_on + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of answers.

    `answers` = `fresh` (first ever) + `reviews` (scheduled, later) + `drills` (the rest). `lapses` are
    failed reviews of cards that had been known, `right` the right answers, `ms` the time spent with each
    answer capped at MS_CAP. Tallies add and subtract.
    """

    answers: int = 0
    reviews: int = 0
    fresh: int = 0
    drills: int = 0
    lapses: int = 0
    right: int = 0
    ms: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return self._with(other, 1)

    def __sub__(self, other: "Tally") -> "Tally":
        return self._with(other, -1)

    def _with(self, other: "Tally", sign: int) -> "Tally":
        return Tally(
            self.answers + sign * other.answers,
            self.reviews + sign * other.reviews,
            self.fresh + sign * other.fresh,
            self.drills + sign * other.drills,
            self.lapses + sign * other.lapses,
            self.right + sign * other.right,
            self.ms + sign * other.ms,
        )


def is_scheduled(before: Memory, day: date) -> bool:
    """Whether an answer on `day` moves the schedule: the card is new or due. Otherwise it is a drill."""
    return before.due_on is None or before.due_on <= day


def apply(before: Memory, event: Event) -> Memory:
    """The memory after one event of any kind but REGRADE and UNDO, which need the whole chain (`replay`).

    Raises LedgerError for an event that does not fit, GradeError for a grade outside 0-5.
    """
    _check(event)
    if event.version != before.version:
        raise LedgerError(f"event {event.version} does not follow memory version {before.version}")
    if event.kind == Kind.ANSWER:
        return _answered(before, event)
    return _put(before, event)


def replay(events: Sequence[Event]) -> Memory:
    """The memory a whole chain adds up to. Raises as `apply`; versions must run from 0 without a gap."""
    return _Chain(events).memory


def effective(events: Sequence[Event]) -> list[tuple[Event, Memory, Memory]]:
    """The answers that count, oldest first, each with the memory before and after it.

    Answers taken back are left out; an event regraded later carries its latest grade.
    """
    return [(step.event, step.before, step.after) for step in _Chain(events).steps if step.event.kind == Kind.ANSWER]


def tally_of(before: Memory, event: Event) -> Tally:
    """What one ANSWER on the memory `before` it counts for."""
    grade = _grade(event)
    is_fresh = before.is_new
    is_review = not is_fresh and is_scheduled(before, event.day)
    return Tally(
        answers=1,
        reviews=int(is_review),
        fresh=int(is_fresh),
        drills=int(not is_fresh and not is_review),
        lapses=int(_is_lapse(before, event.day, grade)),
        right=int(grade >= Grade.HARD if event.is_right is None else event.is_right),
        ms=min(event.ms, MS_CAP),
    )


def tally(events: Sequence[Event]) -> dict[date, Tally]:
    """What the answers that count add up to, for each learner's day that has any."""
    return _tally(_Chain(events).steps)


def amended(events: Sequence[Event], new_event: Event) -> tuple[Memory, dict[date, Tally]]:
    """The memory after one more event, and what it adds to the tally of each day.

    Only days that change; numbers may be negative. Raises as `replay`.
    """
    chain = _Chain(events)
    before = chain.steps.copy()
    chain.add(new_event)
    same = sum(1 for one, other in zip(before, chain.steps, strict=False) if one is other)
    then, now = _tally(before[same:]), _tally(chain.steps[same:])
    changes = {day: now.get(day, Tally()) - then.get(day, Tally()) for day in sorted({*then, *now})}
    return chain.memory, {day: change for day, change in changes.items() if change != Tally()}


def _tally(steps: Iterable["_Step"]) -> dict[date, Tally]:
    days: dict[date, Tally] = {}
    for step in steps:
        if step.event.kind == Kind.ANSWER:
            day = step.event.day
            days[day] = days.get(day, Tally()) + tally_of(step.before, step.event)
    return days


@dataclass(frozen=True, slots=True)
class _Step:
    event: Event
    before: Memory
    after: Memory


class _Chain:
    """A chain read up to its end: the steps that count, in order, and the memory after them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.steps: list[_Step] = []
        self.memory = Memory()
        for event in events:
            self.add(event)

    def place(self, version: int | None) -> int:
        """Where in `steps` the answer with this version stands."""
        for index in range(len(self.steps) - 1, -1, -1):
            event = self.steps[index].event
            if event.version == version and event.kind == Kind.ANSWER:
                return index
        raise LedgerError(f"version {version} is no answer that counts")

    def add(self, event: Event) -> None:
        """One more event."""
        _check(event)
        if event.version != self.memory.version:
            raise LedgerError(f"event {event.version} does not follow memory version {self.memory.version}")
        if event.kind in _AMENDMENTS:
            self._amend(event)
        else:
            self._step(event)

    def _amend(self, event: Event) -> None:
        index = self.place(event.takes_back)
        target, rest = self.steps[index], [step.event for step in self.steps[index + 1 :]]
        if event.kind == Kind.REGRADE:
            rest = [target.event._replace(grade=event.grade), *(one for one in rest if one.kind != Kind.MOVE)]
        else:
            rest = [later for later in rest if later.kind in _OF_THE_CARD]
        del self.steps[index:]
        self.memory = target.before
        for later in rest:
            self._step(later)
        self.memory = self.memory._replace(version=event.version + 1)

    def _step(self, event: Event) -> None:
        # An amendment leaves gaps between the versions that count: each step is told its own.
        before = self.memory
        if before.version != event.version:
            before = before._replace(version=event.version)
        self.memory = apply(before, event)
        self.steps.append(_Step(event, before, self.memory))


def _check(event: Event) -> None:
    if (event.grade is not None) != (event.kind in _GRADED):
        raise LedgerError(f"event {event.version}: {event.kind} with grade {event.grade}")
    if (event.takes_back is not None) != (event.kind in _AMENDMENTS):
        raise LedgerError(f"event {event.version}: {event.kind} with takes_back {event.takes_back}")
    if (event.due_on is not None) != (event.kind == Kind.MOVE):
        raise LedgerError(f"event {event.version}: {event.kind} with due_on {event.due_on}")
    if event.ms < 0:
        raise LedgerError(f"event {event.version}: an answer cannot take {event.ms} ms")
    if event.grade is not None:
        grade_of(event.grade)


def _grade(event: Event) -> Grade:
    if event.kind != Kind.ANSWER or event.grade is None:
        raise LedgerError(f"event {event.version}: {event.kind} with grade {event.grade} is no answer")
    return grade_of(event.grade)


def _is_lapse(before: Memory, day: date, grade: Grade) -> bool:
    return is_scheduled(before, day) and grade < Grade.HARD and before.schedule.repetitions > 0


def _answered(before: Memory, event: Event) -> Memory:
    if before.is_suspended or before.is_retired:
        state = "suspended" if before.is_suspended else "retired"
        raise LedgerError(f"event {event.version}: a {state} card takes no answer")
    grade = _grade(event)
    comes_again = grade < Grade.GOOD
    is_review = is_scheduled(before, event.day)
    schedule = review(before.schedule, grade) if is_review else before.schedule
    return Memory(
        version=event.version + 1,
        schedule=schedule,
        due_on=event.day + timedelta(days=schedule.interval_days) if is_review else before.due_on,
        again_on=event.day if comes_again else None,
        again_at=event.at if comes_again else None,
        first_on=before.first_on or event.day,
        last_on=event.day if is_review else before.last_on,
        last_grade=int(grade),
        reviews=before.reviews + is_review,
        lapses=before.lapses + _is_lapse(before, event.day, grade),
    )


def _put(before: Memory, event: Event) -> Memory:
    after = before._replace(version=event.version + 1)
    match event.kind:
        case Kind.BURY:
            return after._replace(buried_on=event.day, again_on=None, again_at=None)
        case Kind.SUSPEND:
            return after._replace(is_suspended=True, again_on=None, again_at=None)
        case Kind.RESUME:
            return after._replace(is_suspended=False)
        case Kind.REVISE:
            return after if before.is_new else after._replace(changed_on=event.day)
        case Kind.RETIRE:
            return after._replace(is_retired=True, again_on=None, again_at=None)
        case Kind.RESTORE:
            return after._replace(is_retired=False)
        case Kind.MOVE if before.is_new:
            raise LedgerError(f"event {event.version}: a card that was never learnt has no day to move")
        case Kind.MOVE:
            return after._replace(due_on=event.due_on)
        case _:
            raise LedgerError(f"event {event.version}: {event.kind} needs the whole chain, use replay")
