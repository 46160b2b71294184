"""Many cards of one learner put on other days at once, each with its event in the log."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from portal.db import db
from portal.login import Me
from portal.quizzes.actions import log_values
from portal.quizzes.models import Card, CardState, LogRow
from portal.quizzes.queries import MEMORY, memory_of
from quizzes.ledger import Event, Kind, apply

_MOVE = (
    update(CardState)
    .where(CardState.learner_id == bindparam("of_learner"), CardState.card_id == bindparam("of_card"))
    .values({name: bindparam(name) for name in ("version", "due_on", "show_on")})
)


def move_cards(who: Me, days: Mapping[int, date], today: date, moment: datetime) -> int:
    """Put these cards, by id, on these days; their schedules stay. How many were moved.

    Three statements, however many cards. The rows are locked before they are read (SQLite has one writer anyway), so
    an answer that another device gives meanwhile is either seen here or finds its card moved on.
    """
    held = (
        select(CardState.card_id, Card.rev, *MEMORY)
        .join(Card, Card.id == CardState.card_id)
        .where(CardState.learner_id == who.id, CardState.card_id.in_(days), CardState.due_on.is_not(None))
        .order_by(CardState.card_id)
        .with_for_update(of=CardState)
    )
    states, rows = list[dict[str, Any]](), list[dict[str, Any]]()
    zone = {"zone": who.zone, "rollover_hour": who.rollover_hour}
    for card_id, rev, *state in db.session.execute(held):
        before = memory_of(state)
        event = Event(before.version, Kind.MOVE, today, moment, due_on=days[card_id])
        after = apply(before, event)
        moved = {"version": after.version, "due_on": after.due_on, "show_on": after.show_on}
        states.append({"of_learner": who.id, "of_card": card_id, **moved})
        rows.append(log_values(event, after, learner_id=who.id, card_id=card_id, rev=rev, **zone))
    if rows:
        connection = db.session.connection()
        connection.execute(_MOVE, states)
        connection.execute(insert(LogRow), rows)
    return len(rows)
