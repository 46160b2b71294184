"""What keeps standings in step: one round of refreshing, as a command or again and again beside the requests.

Every worker has a thread, and one of them works: whoever holds the lease, a lock that ends with its holder (a file lock
beside SQLite's database, an advisory lock of PostgreSQL), so nothing has to run out first. Before each batch it rests
as long as the last one took. A batch reads without a lock, and queues like a request for the moment in which it writes.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from time import monotonic
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.db import commit, db, start_writing
from portal.login import now
from portal.mentoring import refreshing
from portal.mentoring.refreshing import FIRST_DAY, REFRESHING, Late
from portal.quizzes import counting
from quizzes.items import Spread, note_beliefs

try:
    import fcntl
except ImportError:  # no such locks on this system: every worker refreshes, and what they write is the same
    fcntl = None  # type: ignore[assignment]

EVERY_SECONDS = 20.0
BATCH = 50  # learners: their writing holds the turn for some 20 ms
logger = logging.getLogger(__name__)


def refresh(is_whole: bool = False, of_all: bool = False, go_on: Callable[[], bool] = lambda: True) -> int:
    """One round: how many learners were refreshed. `is_whole`: the days of every cohort are added up anew.

    `of_all`: every standing is written anew, whether it is behind or not.

    Works in transactions of its own and commits them; `go_on` is asked before each batch. What is left undone is still
    behind, and comes in the next round.
    """
    app, refreshed = current_app._get_current_object(), 0  # type: ignore[attr-defined]
    with _reading(app):
        gone, late = refreshing.former(), refreshing.behind(now(), of_all)
        whole = refreshing.cohort_ids() if is_whole else []
    if gone:
        with _reading(app):
            start_writing()
            refreshing.forget(gone)
            commit()
    for some in _batches(late):
        if not go_on():
            break
        _refresh_some(app, some)
        refreshed += len({one.learner_id for one in some})
    since = refreshing.days_to_write(late, gone) | dict.fromkeys(whole, FIRST_DAY)
    for cohort_id, first in sorted(since.items()):
        with _reading(app):
            rows = refreshing.days_of(cohort_id, first)
            start_writing()
            refreshing.write_days(cohort_id, first, rows)
            commit()
    return refreshed


def count_bank_if_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Count the bank anew where that is due: how many cards were counted."""
    with _reading(current_app._get_current_object()):  # type: ignore[attr-defined]
        is_due = counting.is_due(now())
    return count_bank(go_on) if is_due else 0


def count_bank(go_on: Callable[[], bool] = lambda: True) -> int:
    """Count the first answers to all cards anew, a deck at a time: how many cards were counted.

    Works in transactions of its own and commits them; `go_on` is asked before each deck. What is stopped is still due.
    """
    app, cards, spreads = current_app._get_current_object(), 0, dict[str, Spread]()  # type: ignore[attr-defined]
    with _reading(app):
        deck_ids = counting.deck_ids()
    for deck_id in deck_ids:
        if not go_on():
            return cards
        with _reading(app):
            counted = counting.count_deck(deck_id, now())
            start_writing()
            counting.keep(counted)
            commit()
        note_beliefs(spreads, counted.attempts, counted.able)
        cards += len(counted.rows)
    with _reading(app):
        start_writing()
        counting.keep_beliefs(spreads)
        commit()
    return cards


def _batches(late: Sequence[Late]) -> Iterator[list[Late]]:
    """Learners of one day together, each with all their cohorts."""
    for _, of_day in groupby(late, key=lambda one: one.day):
        batch: list[Late] = []
        for _, of_learner in groupby(of_day, key=lambda one: one.learner_id):
            batch += of_learner
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def _refresh_some(app: Flask, some: Sequence[Late]) -> None:
    with _reading(app):
        batch = refreshing.look_at(some, now())
        start_writing()
        refreshing.write(batch)
        commit()


@contextmanager
def _reading(app: Flask) -> Iterator[None]:
    """A context like a GET request's: it reads without a lock, and `start_writing` queues for the turn to write."""
    with app.app_context(), app.test_request_context("/"):
        yield


class Lease(Protocol):
    """What only one worker holds."""

    def is_held(self) -> bool:
        """Whether we hold it; takes it if it is free. Never waits."""

    def give_up(self) -> None:
        """Let somebody else have it."""


class FileLease:
    """A lock on a file beside the database; the kernel takes it back from a worker that dies."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def is_held(self) -> bool:
        """Whether we hold it; takes it if it is free."""
        if self._file is None:
            self._file = self._locked()
        return self._file is not None

    def _locked(self) -> int | None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file

    def give_up(self) -> None:
        """Let somebody else have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class PostgresLease:
    """An advisory lock of a connection that is kept for it; the server takes it back when the connection ends."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._connection: Any = None

    def is_held(self) -> bool:
        """Whether we hold it; takes it if it is free. A connection that broke has lost it."""
        try:
            if self._connection is not None:
                self._connection.execute(select(1))
                return True
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.execute(select(func.pg_try_advisory_lock(*REFRESHING))).scalar_one():
                self._connection = connection
                return True
            connection.close()
        except SQLAlchemyError:
            self._connection = None
        return False

    def give_up(self) -> None:
        """Let somebody else have it: the connection itself ends, for a pool would keep the lock with it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class Refresher:
    """A thread beside the requests of a worker that refreshes whoever is behind. It does nothing before `start`."""

    def __init__(self, app: Flask, every_seconds: float = EVERY_SECONDS) -> None:
        self._app, self._every = app, every_seconds
        self._is_over = threading.Event()
        self._since = monotonic()  # when this piece of work began
        self._thread: threading.Thread | None = None
        self.is_working = False  # whether this one holds the lease

    def start(self) -> None:
        """Begin, in a thread that ends with its worker."""
        self._is_over.clear()
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch under way, and give the lease back."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(timeout=2)  # what it writes is whole or not there: nobody has to wait for it
            self._thread = None

    def _run(self) -> None:
        with self._app.app_context():
            engine = db.engine
        lease: Lease = FileLease(f"{engine.url.database}-refresher")
        if engine.dialect.name == "postgresql":
            lease = PostgresLease(engine)
        is_whole = True  # a worker before us may have died between the standings and the days
        rest = min(1.0, self._every)
        while not self._is_over.wait(rest):
            self._since = monotonic()
            self.is_working = lease.is_held()
            is_whole = not (self.is_working and self._round(is_whole))
            rest = max(self._every, monotonic() - self._since)
        lease.give_up()
        self.is_working = False

    def _round(self, is_whole: bool) -> bool:
        """Whether it came to its end. A database that is away, or full, is tried again later."""
        try:
            with self._app.app_context():
                refresh(is_whole, go_on=self._goes_on)
                count_bank_if_due(self._goes_on)
        except SQLAlchemyError as problem:
            logger.warning("Standings are not refreshed: %s", problem)
            return False
        except Exception:  # a thread that ends says nothing: better to say it again every round
            logger.exception("Standings are not refreshed")
            return False
        return True

    def _goes_on(self) -> bool:
        """Rest as long as the last piece of work took, for answers want the processor too; False when it is over."""
        is_over = self._is_over.wait(monotonic() - self._since)
        self._since = monotonic()
        return not is_over
