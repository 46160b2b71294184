"""state == replay(log): compare what is stored with what the log adds up to, and make it anew from the log."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from portal.db import db
from portal.quizzes.actions import state_values
from portal.quizzes.digests import hour_of, rows_of
from portal.quizzes.history import EVENT, event_from
from portal.quizzes.models import CardState, DayCount, LogRow, ReviewDay
from portal.quizzes.queries import MEMORY, memory_of
from quizzes.digest import About, Counts, Seen, recount
from quizzes.ledger import Kind, LedgerError, Memory, Tally, replay, tally

_TALLY = ("answers", "reviews", "fresh", "drills", "lapses", "right", "ms")


class Replayed(NamedTuple):
    """What a learner's log adds up to; `last_on` is the last day with an answer, `broken` what cannot be replayed."""

    memories: dict[int, Memory]
    days: dict[date, Tally]
    counts: Counts
    last_on: date
    broken: list[str]


def verify() -> Iterator[str]:
    """Every difference between the stored state and the log, as a sentence. Reads only; one learner at a time."""
    for learner_id in _learners():
        memories, days, counts, _, broken = _replayed(learner_id)
        yield from broken
        stored = _stored_memories(learner_id)
        for card_id in sorted(memories.keys() | stored.keys()):
            yield from _state_differences(learner_id, card_id, memories.get(card_id), stored.get(card_id))
        stored_days = _stored_days(learner_id)
        for day in sorted(days.keys() | stored_days.keys()):
            if days.get(day, Tally()) != stored_days.get(day, Tally()):
                yield f"learner {learner_id}, {day}: the day is {stored_days.get(day)}, the log gives {days.get(day)}"
        yield from _count_differences(learner_id, counts, _stored_counts(learner_id))


def rebuild() -> int:
    """Make states and days from the log; the number of card states written. Commits nothing. Raises LedgerError."""
    return sum(map(rebuild_of, _learners()))


def rebuild_of(learner_id: int) -> int:
    """The same of one learner."""
    memories, days, counts, last_on, broken = _replayed(learner_id)
    if broken:
        raise LedgerError(broken[0])
    for table in (CardState, ReviewDay, DayCount):
        db.session.execute(delete(table).where(table.learner_id == learner_id))
    states = [
        {"learner_id": learner_id, "card_id": card_id, **state_values(memory)} for card_id, memory in memories.items()
    ]
    if states:
        db.session.execute(insert(CardState), states)
    rows = [{"learner_id": learner_id, "day": day, **_columns(total)} for day, total in days.items()]
    if rows:
        db.session.execute(insert(ReviewDay), rows)
    over = {key: one for key, one in counts.items() if key[0] < last_on}
    if digested := list(rows_of(learner_id, over)):
        db.session.execute(insert(DayCount), digested)
    return len(states)


def count_log() -> int:
    """How many rows the log has."""
    return db.session.execute(select(func.count()).select_from(LogRow)).scalar_one()


def _learners() -> Sequence[int]:
    logged, stored = select(LogRow.learner_id), select(CardState.learner_id)
    return db.session.scalars(logged.union(stored, select(ReviewDay.learner_id), select(DayCount.learner_id))).all()


def _replayed(learner_id: int) -> Replayed:
    memories: dict[int, Memory] = {}
    days: dict[date, Tally] = {}
    counts: Counts = {}
    broken: list[str] = []
    last_on = date.min
    for card_id, found in groupby(_events(learner_id), key=lambda row: row.card_id):
        rows = list(found)
        events = [event_from(*row[1:-1]) for row in rows]
        last_on = max([last_on, *(event.day for event in events if event.kind is Kind.ANSWER)])
        try:
            memories[card_id] = replay(events)
        except LedgerError as problem:
            broken.append(f"learner {learner_id}, card {card_id}: the log cannot be replayed: {problem}")
            continue
        for day, total in tally(events).items():
            days[day] = days.get(day, Tally()) + total
        for key, one in recount(events, {row.version: hour_of(row.at, row.zone) for row in rows}).items():
            counts[key] = counts.get(key, Seen()) + one
    return Replayed(memories, days, counts, last_on, broken)


def _events(learner_id: int) -> Sequence[Any]:
    columns = (LogRow.card_id, *EVENT, LogRow.zone)
    statement = select(*columns).where(LogRow.learner_id == learner_id)
    return db.session.execute(statement.order_by(LogRow.card_id, LogRow.version)).all()


def _stored_memories(learner_id: int) -> dict[int, tuple[Memory, date | None]]:
    statement = select(CardState.card_id, CardState.show_on, *MEMORY).where(CardState.learner_id == learner_id)
    return {row[0]: (memory_of(row[2:]), row[1]) for row in db.session.execute(statement)}


def _stored_days(learner_id: int) -> dict[date, Tally]:
    rows = db.session.scalars(select(ReviewDay).where(ReviewDay.learner_id == learner_id))
    return {row.day: Tally(*(getattr(row, name) for name in _TALLY)) for row in rows}


def _stored_counts(learner_id: int) -> Counts:
    rows = db.session.scalars(select(DayCount).where(DayCount.learner_id == learner_id))
    return {(row.day, About(row.about), row.mark): Seen(row.seen, row.passed) for row in rows}


def _count_differences(learner_id: int, counts: Counts, stored: Counts) -> Iterator[str]:
    """Days behind the last one that is stored are read from the log until the next answer: they are not missing."""
    until = max((day for day, _, _ in stored), default=date.min)
    expected = {key: one for key, one in counts.items() if key[0] <= until}
    for day in sorted({key[0] for key in expected.keys() | stored.keys() if expected.get(key) != stored.get(key)}):
        yield f"learner {learner_id}, {day}: the counts of the day differ from the log"


def _columns(total: Tally) -> dict[str, int]:
    return {name: getattr(total, name) for name in _TALLY}


def _state_differences(
    learner_id: int, card_id: int, replayed: Memory | None, stored: tuple[Memory, date | None] | None
) -> Iterator[str]:
    name = f"learner {learner_id}, card {card_id}"
    if replayed is None or stored is None:
        yield f"{name}: {'the log knows nothing of this state' if replayed is None else 'the state is missing'}"
        return
    memory, show_on = stored
    if memory != replayed:
        fields = [key for key in Memory._fields if getattr(memory, key) != getattr(replayed, key)]
        yield f"{name}: {', '.join(fields)} differ from the log"
    if show_on != replayed.show_on:
        yield f"{name}: shown on {show_on}, the log gives {replayed.show_on}"
