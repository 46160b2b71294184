"""Databases to measure on: learners whose card states are exactly what their logs add up to."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from portal.config import ROOT
from portal.db import DayNumber, sqlite_module
from portal.login import token_digest
from portal.quizzes.actions import log_values, state_values
from portal.quizzes.digests import hour_of
from quizzes.cards import Ask
from quizzes.day import day_of
from quizzes.digest import Counts, Seen, recount
from quizzes.ledger import Event, Kind, Memory, apply
from quizzes.sheets import Sheet

SECRET = "the bench signs its own sessions, nobody else's"
GRADES = (4, 4, 4, 1, 4, 4, 3, 4, 4)  # with a lapse and a hard one; the last is good, so nothing comes again today
START = date(2010, 1, 1)
NOON = "12:00:00.000000"
ZONE, ROLLOVER_HOUR = "Europe/Berlin", 4
STATE = ("card_id", *state_values(Memory()))
LOG: tuple[str, ...] = (
    "card_id",
    "version",
    "kind",
    "rev",
    "grade",
    "proposed",
    "given",
    "is_right",
    "ms",
    "at",
    "day",
)
LOG += ("zone", "rollover_hour", "ease", "interval_days", "due_on")


@dataclass(frozen=True)
class Group:
    """Learners who are alike: `cards` states each, the first `due` synthetic ones due today.

    A due card was answered `reviews_due` times, another one `reviews_later` times (2 or more: one review
    brings a card back the next day).
    """

    learners: range
    cards: int
    due: int
    reviews_due: int = 9
    reviews_later: int = 9


@dataclass(frozen=True)
class Instance:
    """A portal of its own: the folder with its database, and the environment that names it."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "portal.db"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a server or a command of this instance."""
        own = {"INSTANCE": str(self.folder), "SECRET_KEY": SECRET, "BCRYPT_COST": "4", "MIN_ANSWER_MS": "0"}
        unwanted = {"DATABASE_URL", "TLS", "PYTHONDONTWRITEBYTECODE"}  # the last would compile at every start
        kept = {name: value for name, value in os.environ.items() if name not in unwanted}
        return kept | own | {"FLASK_APP": "wsgi", "PASSWORD_PEPPER": SECRET, "TRUSTED_PROXIES": "0"}

    def connect(self) -> sqlite3.Connection:
        """A connection that writes without waiting for the disk: only for seeding and resetting."""
        connection: sqlite3.Connection = sqlite_module().connect(self.database, isolation_level=None, timeout=30)
        for pragma in ("synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def token_of(learner: int) -> str:
    """The session token of a seeded learner."""
    return f"bench-{learner}"


def make_instance(folder: Path, cards: int, groups: Sequence[Group]) -> Instance:
    """Migrate, load the decks, add synthetic cards until there are `cards`, or all that are due, and seed learners."""
    folder.mkdir(parents=True)
    instance = Instance(folder)
    for words in (("db", "upgrade"), ("decks", "load")):
        command = [sys.executable, "-m", "flask", *words]
        subprocess.run(command, cwd=ROOT, env=instance.environ, check=True, capture_output=True)
    seed(instance, cards, groups)
    return instance


def seed(instance: Instance, cards: int, groups: Sequence[Group]) -> None:
    """The cards and learners of `make_instance`, in a database that has the decks and nobody."""
    with closing(instance.connect()) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        real = _add_cards(connection, cards, max(group.due for group in groups))
        for group in groups:
            _add_learners(connection, group.learners)
            _add_reviews(connection, group, real)
        connection.execute("COMMIT")
        _keep_copy(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _add_cards(connection: sqlite3.Connection, wanted: int, least: int) -> int:
    """Copies of the objective cards behind the real ones, `least` or more; the number of real ones."""
    columns = "id, slug, deck_id, topic, topic_title, position, rev, is_active, sheet"
    rows = connection.execute(f"SELECT {columns} FROM cards ORDER BY position").fetchall()
    sheets = [Sheet.from_json(row[8]) for row in rows]
    models = [(row, sheet) for row, sheet in zip(rows, sheets, strict=True) if sheet.ask is not Ask.SELF]
    top = max(row[0] for row in rows)
    marks = "?, ?, ?, ?, ?, ?, ?, ?, ?"
    for n in range(1, max(least, wanted - len(rows)) + 1):
        row, sheet = models[n % len(models)]
        text = row[8].replace(f'"id":"{sheet.id}"', f'"id":"bench-{n}"', 1)
        values = (top + n, f"bench-{n}", *row[2:5], len(rows) + n, row[6], 1, text)
        connection.execute(f"INSERT INTO cards ({columns}) VALUES ({marks})", values)
    return len(rows)


def _add_learners(connection: sqlite3.Connection, learners: range) -> None:
    moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.000000}"
    connection.executemany(
        "INSERT INTO users (id, email, name, password_hash, role, zone, rollover_hour, new_per_day, has_full_scale,"
        " created_at) VALUES (?, ?, 'Learner', '', 'learner', ?, ?, 10, 0, ?)",
        ((learner, f"learner-{learner}@example.org", ZONE, ROLLOVER_HOUR, moment) for learner in learners),
    )
    connection.executemany(
        "INSERT INTO sessions (token_digest, user_id, device, started_at, seen_at) VALUES (?, ?, 'bench', ?, ?)",
        ((token_digest(token_of(learner)), learner, moment, moment) for learner in learners),
    )


@cache
def _history(reviews: int) -> tuple[list[Event], list[Memory]]:
    """A card learnt on START and reviewed on the day it was due each time."""
    events, memories, memory, day = [], [], Memory(), START
    for version in range(reviews):
        grade = GRADES[(version - reviews) % len(GRADES)]
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        event = Event(version, Kind.ANSWER, day, at, grade, None, 8_000, grade > 2)
        memory = apply(memory, event)._replace(again_on=None, again_at=None)
        events.append(event)
        memories.append(memory)
        day = memory.due_on or day
    return events, memories


def _add_reviews(connection: sqlite3.Connection, group: Group, real: int) -> None:
    """One learner's rows, made in Python, then copied to every learner of the group inside SQLite."""
    states, log = [], []
    today, alike = this_day(), Counter[tuple[int, date]]()
    interval_days = _history(group.reviews_later)[1][-1].schedule.interval_days
    due = range(real + 1, real + group.due + 1)
    others = [card for card in range(1, group.cards + 1) if card not in due][: group.cards - group.due]
    for card in (*others, *due):
        is_due = card in due
        days = -(card % 3) if is_due else 2 + card % max(1, interval_days - 3)
        reviews = group.reviews_due if is_due else group.reviews_later
        alike[reviews, today + timedelta(days=days)] += 1
        state, rows = _rows(reviews, today + timedelta(days=days))
        states.append((card, *state))
        log.extend([(card, *row) for row in rows])
    _copy_to_learners(connection, "card_states", STATE, states, group.learners)
    _copy_to_learners(connection, "review_log", LOG, log, group.learners)
    _add_counts(connection, alike, group.learners)
    frontier = next(number for number, card in enumerate((*sorted((*others, *due)), None)) if card != number + 1)
    _add_days(connection, group.learners, frontier)


def _add_days(connection: sqlite3.Connection, learners: range, frontier: int) -> None:
    """What the log adds up to by day, where each card was answered once on the day it was due.

    Everybody was here yesterday: who comes back after a pause is sent home after ten cards (quizzes.comeback).
    """
    connection.execute(
        "INSERT INTO review_days SELECT learner_id, day, count(*), sum(version > 0), sum(version = 0), 0,"
        " sum(grade < 3), sum(is_right), sum(ms) FROM review_log WHERE learner_id BETWEEN ? AND ? GROUP BY 1, 2",
        (learners[0], learners[-1]),
    )
    connection.execute(
        "INSERT INTO desks (learner_id, last_on, frontier) SELECT id, ?, ? FROM users WHERE id BETWEEN ? AND ?",
        (_stored(this_day() - timedelta(days=1)), frontier, learners[0], learners[-1]),
    )


def _add_counts(connection: sqlite3.Connection, alike: Counter[tuple[int, date]], learners: range) -> None:
    """The counts of every day: so many cards with this number of reviews that come back on this day."""
    total: Counts = {}
    for (reviews, due_on), cards in alike.items():
        events, memories = _history(reviews)
        shift = due_on - (memories[-1].due_on or due_on)
        hours = {event.version: hour_of(event.at + shift, ZONE) for event in events}
        moved = [event._replace(day=event.day + shift, at=event.at + shift) for event in events]
        for key, one in recount(moved, hours).items():
            was = total.get(key, Seen())
            total[key] = Seen(was.seen + cards * one.seen, was.passed + cards * one.passed)
    rows = [(_stored(day), about, mark, one.seen, one.passed) for (day, about, mark), one in sorted(total.items())]
    _copy_to_learners(connection, "day_counts", ("day", "about", "mark", "seen", "passed"), rows, learners)


@cache
def _rows(reviews: int, due_on: date) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """What STATE and LOG name, after the card, for a card that comes back on `due_on`: its state and its log."""
    events, memories = _history(reviews)
    last = memories[-1]
    shift = due_on - (last.due_on or due_on)
    moved = {name: value + shift for name in ("due_on", "first_on", "last_on") if (value := getattr(last, name))}
    log = []
    for event, memory in zip(events, memories, strict=True):
        row = log_values(event, memory, rev=1, zone=ZONE, rollover_hour=ROLLOVER_HOUR, proposed=event.grade)
        row |= {"given": '["a1b2c3"]', "is_right": event.is_right, "grade": event.grade}
        row |= {"day": event.day + shift, "at": event.at + shift, "due_on": (memory.due_on or due_on) + shift}
        log.append(tuple(_stored(row[name]) for name in LOG[1:]))
    state = state_values(last._replace(**moved))
    return tuple(_stored(state[name]) for name in STATE[1:]), log


def _stored(value: Any) -> Any:
    """A value as SQLite keeps it for the portal's column types."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d} {NOON}"
    return DayNumber.stored(value) if isinstance(value, date) else value


def _copy_to_learners(
    connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]], learners: range
) -> None:
    columns = ", ".join(names)
    connection.execute(f"CREATE TEMP TABLE one AS SELECT {columns} FROM {table} WHERE 0")
    connection.executemany(f"INSERT INTO one VALUES ({', '.join('?' for _ in names)})", rows)
    connection.execute(
        f"INSERT INTO {table} (learner_id, {columns}) SELECT users.id, one.* FROM users CROSS JOIN one"
        " WHERE users.id BETWEEN ? AND ? ORDER BY users.id, one.rowid",
        (learners[0], learners[-1]),
    )
    connection.execute("DROP TABLE one")


def _keep_copy(connection: sqlite3.Connection) -> None:
    """Remember where everybody stands, for `reset`."""
    connection.execute("CREATE TABLE bench_desks AS SELECT * FROM desks")
    connection.execute(
        "CREATE TABLE bench_states AS SELECT * FROM card_states WHERE show_on <= ?", (_stored(this_day()),)
    )
    connection.execute("CREATE UNIQUE INDEX ix_bench_states ON bench_states (learner_id, card_id)")
    connection.execute("CREATE TABLE bench_log AS SELECT max(id) AS id FROM review_log")


def this_day() -> date:
    """Today, as the seeded learners count it."""
    return day_of(datetime.now(UTC), ZONE, ROLLOVER_HOUR)


def reset(instance: Instance) -> None:
    """Take back every answer that was given since seeding."""
    with closing(instance.connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        since = connection.execute("SELECT id FROM bench_log").fetchone()[0]
        touched = "SELECT DISTINCT learner_id, card_id FROM review_log WHERE id > ?"
        connection.execute(f"DELETE FROM card_states WHERE (learner_id, card_id) IN ({touched})", (since,))
        connection.execute(
            f"INSERT INTO card_states SELECT * FROM bench_states WHERE (learner_id, card_id) IN ({touched})", (since,)
        )
        connection.execute("DELETE FROM review_days WHERE day >= ?", (_stored(this_day()),))
        connection.execute("DELETE FROM review_log WHERE id > ?", (since,))
        connection.execute("DELETE FROM desks")
        connection.execute("INSERT INTO desks SELECT * FROM bench_desks")
        connection.execute("COMMIT")


def right_answers(instance: Instance) -> dict[str, tuple[str, list[str]]]:
    """By a card's slug: how it asks, and what to send to be right."""
    with closing(instance.connect()) as connection:
        rows: Iterator[tuple[str, str]] = connection.execute("SELECT slug, sheet FROM cards")
        return {slug: _right(json.loads(sheet)) for slug, sheet in rows}


def _right(sheet: dict[str, Any]) -> tuple[str, list[str]]:
    is_picked = sheet["ask"] in ("choice", "multi")
    right = [option[0 if is_picked else 1] for option in sheet["options"] if option[3]]
    if sheet["ask"] == "order":
        lines = [option[0] for option in sheet["options"] if option[3]]
        return "order", [f"{key}:{place}" for place, key in enumerate(lines, 1)]
    return sheet["ask"], right if is_picked else right[:1]
