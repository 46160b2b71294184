"""What somebody carried away, brought into an account elsewhere: own cards, answers and, out of them, the schedule.

A log is a claim about what somebody knows, so an operator brings it, never the learner. Nothing here commits.
"""

import json
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from portal.accounts.models import User
from portal.belongings.archive import FORMAT
from portal.db import DayNumber, UTCDateTime, db
from portal.quizzes.calling import OPEN_DESK, call_cards
from portal.quizzes.making import Written, make_card
from portal.quizzes.models import Card, Desk, LogRow
from portal.quizzes.verifying import rebuild_of
from quizzes.ledger import Kind

MOST_BYTES = 500_000_000
HEAVY = f"all.json is larger than {MOST_BYTES // 1_000_000} MB."
STRANGE = "This is no archive that the portal wrote, or it was changed since"
SETTINGS = ("zone", "rollover_hour", "new_per_day", "has_full_scale")
NOT_TAKEN = {"id", "learner_id", "card_id", "token"}
Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


class NotOurs(ValueError):
    """The file is not an archive of a portal like this one; the message says why."""


class HasAnswers(ValueError):
    """The account has answers of its own, and two logs do not make one."""


@dataclass(frozen=True, slots=True)
class Brought:
    """How many events of the log came, about how many cards, and how many events are of cards that are not here."""

    events: int
    cards: int
    left_out: int


def read(file: IO[bytes]) -> Tables:
    """The tables of an archive. Raises NotOurs."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo("all.json").file_size > MOST_BYTES:
                raise NotOurs(HEAVY)
            whole = json.loads(archive.read("all.json"))
        found, tables = whole["format"], whole["tables"]
    except (zipfile.BadZipFile, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise NotOurs(f"{STRANGE}: {problem}.") from None
    if found != FORMAT:
        raise NotOurs(f"The archive has format {found}, and this portal reads {FORMAT}. Bring both up to date first.")
    return tables  # type: ignore[no-any-return]


def bring(user_id: int, tables: Tables, moment: datetime) -> Brought:
    """Bring settings, own cards, answers, calls and choices into an account without answers.

    Raises HasAnswers, NotOurs, and LedgerError for a log that cannot be replayed.
    """
    if db.session.execute(select(exists().where(LogRow.learner_id == user_id))).scalar_one():
        raise HasAnswers("This account has answers already. Bring the archive into a new one.")
    try:
        ids = _roadmap() | _own_cards(user_id, tables["own_cards"], moment)
        settings = {name: tables["users"][0][name] for name in SETTINGS}
        log = [_log_row(user_id, ids[row["card"]], row) for row in tables["review_log"] if row["card"] in ids]
        called = [ids[row["card"]] for row in tables["calls"] if row["card"] in ids]
        desk: Row = tables["desks"][0] if tables["desks"] else {"choices": 0, "back_on": None}
        choices, back_on = int(desk["choices"]), _value(Desk.back_on.type, desk["back_on"])
        db.session.execute(update(User).where(User.id == user_id).values(**settings))
        if log:
            db.session.execute(insert(LogRow), log)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as problem:
        raise NotOurs(f"{STRANGE}: {problem!r}.") from None
    except SQLAlchemyError as problem:
        raise NotOurs(f"{STRANGE}: the database refuses its rows ({getattr(problem, 'orig', problem)}).") from None
    cards = rebuild_of(user_id)
    call_cards(user_id, called, moment)
    db.session.execute(OPEN_DESK, {"learner": user_id})
    last_on = max((row["day"] for row in log if row["kind"] == Kind.ANSWER.value), default=None)
    left = {"last_on": last_on, "back_on": back_on, "choices": choices, "frontier": 0}
    db.session.execute(update(Desk).where(Desk.learner_id == user_id).values(**left))
    return Brought(len(log), cards, len(tables["review_log"]) - len(log))


def _roadmap() -> dict[str, int]:
    """The cards everybody has, by slug: a class card of the same name is another card here."""
    rows = db.session.execute(select(Card.slug, Card.id).where(Card.owner_id.is_(None), Card.slug.not_like("class-%")))
    return {row.slug: row.id for row in rows}


def _own_cards(user_id: int, rows: Sequence[Row], moment: datetime) -> dict[str, int]:
    """Make a person's own cards anew; their ids by the slugs they had."""
    made = {}
    for row in rows:
        written = Written(row["front"], row["back"], tuple(row["accept"].splitlines()), row["is_plain"])
        slug = make_card(user_id, secrets.token_urlsafe(9), None, written, moment)
        made[row["card"]] = db.session.execute(select(Card.id).where(Card.slug == slug)).scalar_one()
    return made


def _log_row(user_id: int, card_id: int, row: Row) -> dict[str, Any]:
    columns = [column for column in LogRow.__table__.columns if column.name not in NOT_TAKEN]
    taken = {column.name: _value(column.type, row[column.name]) for column in columns}
    return taken | {"learner_id": user_id, "card_id": card_id}


def _value(type_: Any, value: Any) -> Any:
    """What was written as text by holdings.plain."""
    if value is None or not isinstance(type_, (DayNumber, UTCDateTime)):
        return value
    return date.fromisoformat(value) if isinstance(type_, DayNumber) else datetime.fromisoformat(value)
