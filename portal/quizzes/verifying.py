"""state == replay(log): compare what is stored with what the log adds up to, and make it anew from the log."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, insert, select

from portal.db import db
from portal.quizzes.actions import state_values
from portal.quizzes.models import CardState, LogRow, ReviewDay
from portal.quizzes.queries import MEMORY, event_from, memory_of
from quizzes.ledger import LedgerError, Memory, Tally, replay, tally

_TALLY = ("answers", "reviews", "fresh", "drills", "lapses", "right", "ms")


def verify() -> Iterator[str]:
    """Every difference between the stored state and the log, as a sentence. Reads only; one learner at a time."""
    for learner_id in _learners():
        memories, days, broken = _replayed(learner_id)
        yield from broken
        stored = _stored_memories(learner_id)
        for card_id in sorted(memories.keys() | stored.keys()):
            yield from _state_differences(learner_id, card_id, memories.get(card_id), stored.get(card_id))
        stored_days = _stored_days(learner_id)
        for day in sorted(days.keys() | stored_days.keys()):
            if days.get(day, Tally()) != stored_days.get(day, Tally()):
                yield f"learner {learner_id}, {day}: the day is {stored_days.get(day)}, the log gives {days.get(day)}"


def rebuild() -> int:
    """Make states and days from the log; the number of card states written. Commits nothing."""
    written = 0
    for learner_id in _learners():
        memories, days, broken = _replayed(learner_id)
        if broken:
            raise LedgerError(broken[0])
        db.session.execute(delete(CardState).where(CardState.learner_id == learner_id))
        db.session.execute(delete(ReviewDay).where(ReviewDay.learner_id == learner_id))
        states = [
            {"learner_id": learner_id, "card_id": card_id, **state_values(memory)}
            for card_id, memory in memories.items()
        ]
        if states:
            db.session.execute(insert(CardState), states)
        rows = [{"learner_id": learner_id, "day": day, **_columns(total)} for day, total in days.items()]
        if rows:
            db.session.execute(insert(ReviewDay), rows)
        written += len(states)
    return written


def count_log() -> int:
    """How many rows the log has."""
    return db.session.execute(select(func.count()).select_from(LogRow)).scalar_one()


def _learners() -> Sequence[int]:
    logged, stored = select(LogRow.learner_id), select(CardState.learner_id)
    return db.session.scalars(logged.union(stored, select(ReviewDay.learner_id))).all()


def _replayed(learner_id: int) -> tuple[dict[int, Memory], dict[date, Tally], list[str]]:
    memories: dict[int, Memory] = {}
    days: dict[date, Tally] = {}
    broken: list[str] = []
    for card_id, rows in groupby(_events(learner_id), key=lambda row: row.card_id):
        events = [event_from(*row[1:]) for row in rows]
        try:
            memories[card_id] = replay(events)
        except LedgerError as problem:
            broken.append(f"learner {learner_id}, card {card_id}: the log cannot be replayed: {problem}")
            continue
        for day, total in tally(events).items():
            days[day] = days.get(day, Tally()) + total
    return memories, days, broken


def _events(learner_id: int) -> Sequence[Any]:
    columns = (
        LogRow.card_id,
        LogRow.version,
        LogRow.kind,
        LogRow.day,
        LogRow.at,
        LogRow.grade,
        LogRow.takes_back,
        LogRow.ms,
        LogRow.is_right,
        LogRow.due_on,
    )
    statement = select(*columns).where(LogRow.learner_id == learner_id)
    return db.session.execute(statement.order_by(LogRow.card_id, LogRow.version)).all()


def _stored_memories(learner_id: int) -> dict[int, tuple[Memory, date | None]]:
    statement = select(CardState.card_id, CardState.show_on, *MEMORY).where(CardState.learner_id == learner_id)
    return {row[0]: (memory_of(row[2:]), row[1]) for row in db.session.execute(statement)}


def _stored_days(learner_id: int) -> dict[date, Tally]:
    rows = db.session.scalars(select(ReviewDay).where(ReviewDay.learner_id == learner_id))
    return {row.day: Tally(*(getattr(row, name) for name in _TALLY)) for row in rows}


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
