"""What happened to cards, read from the log: as rows, as the engine's events, the latest answer of a day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from portal.db import db
from portal.quizzes.models import Card, LogRow
from portal.quizzes.queries import ONE
from portal.statements import Prepared
from quizzes.ledger import Event, Kind

EVENT = (  # in the order of event_from
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
_EVENTS = Prepared(
    select(*EVENT)
    .where(LogRow.learner_id == bindparam("learner"), LogRow.card_id == bindparam("card"))
    .order_by(LogRow.version)
)
_newer = aliased(LogRow)
_IS_UNDONE = (
    select(_newer.id)
    .where(
        _newer.learner_id == LogRow.learner_id,
        _newer.card_id == LogRow.card_id,
        _newer.kind == Kind.UNDO.value,
        _newer.version > LogRow.version,
        _newer.takes_back <= LogRow.version,
    )
    .exists()
)
_LAST_ANSWER = Prepared(
    select(LogRow.id, Card.slug)
    .join(Card, Card.id == LogRow.card_id)
    .where(LogRow.learner_id == bindparam("learner"), LogRow.day == bindparam("day", type_=LogRow.day.type))
    .where(LogRow.kind == Kind.ANSWER.value, ~_IS_UNDONE)
    .order_by(LogRow.id.desc())
    .limit(ONE)
)


def log_of(learner_id: int, card_id: int) -> Sequence[LogRow]:
    """Everything that happened between a learner and a card, oldest first."""
    is_theirs = (LogRow.learner_id == learner_id, LogRow.card_id == card_id)
    return db.session.scalars(select(LogRow).where(*is_theirs).order_by(LogRow.version)).all()


def events_of(learner_id: int, card_id: int) -> list[Event]:
    """The same as the engine's events, without the objects of `log_of`: a changed grade replays them at once."""
    return [event_from(*row) for row in _EVENTS.all({"learner": learner_id, "card": card_id})]


def event_of(row: LogRow) -> Event:
    """The engine's event behind a log row."""
    shown = (row.day, row.at, row.grade, row.takes_back, row.ms, row.is_right)
    return event_from(row.version, row.kind, *shown, row.due_on)


def event_from(version: int, kind: str, *rest: Any) -> Event:
    """An event from the columns of the log; the last is the day that came of it, which only MOVE names itself."""
    day, at, grade, takes_back, ms, is_right, due_on = rest
    is_move = kind == Kind.MOVE
    return Event(version, Kind(kind), day, at, grade, takes_back, ms, is_right, due_on if is_move else None)


def last_answer(learner_id: int, day: date) -> tuple[int, str] | None:
    """(answer id, card slug) of the latest answer of a day that was not taken back."""
    row = _LAST_ANSWER.first({"learner": learner_id, "day": day})
    return None if row is None else (row[0], row[1])


def topics_on(learner_id: int, day: date) -> list[str]:
    """The titles of the topics a learner answered cards of on a day, in roadmap order."""
    statement = (
        select(Card.topic_title)
        .join(LogRow, LogRow.card_id == Card.id)
        .where(LogRow.learner_id == learner_id, LogRow.day == day, LogRow.kind == Kind.ANSWER)
        .group_by(Card.topic_title)
        .order_by(func.min(Card.position))
    )
    return list(db.session.scalars(statement))
