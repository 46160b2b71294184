"""The one connection of a request: when it reads, when it writes, and when what it wrote is on the disk."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from flask.globals import _cv_app, _cv_request  # what the proxies ask, at a fifth of their price
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from portal.turns import Turns

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_turns = lru_cache(maxsize=16)(Turns)
_wait_for_disk = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class Log:
    """SQLite's write-ahead log, held open from the first wait on: while its connection is open, it is the same file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._files: list[int] = []  # one; two, where two threads were first

    def __del__(self) -> None:
        for file in self._files:
            os.close(file)

    def wait_for_disk(self) -> None:
        """Until everything that is in it by now is on the disk. Raises OSError."""
        if not self._files:
            self._files.append(os.open(self.path, os.O_RDONLY))
        _wait_for_disk(self._files[0])


class Cable(NamedTuple):
    """An open connection: SQLAlchemy's, the driver's own, and the log of SQLite whose way to the disk is ours to wait
    for (None where the database waits itself)."""

    pooled: PoolProxiedConnection
    raw: Any
    log: Log | None


# SQLite's, between two requests: through SQLAlchemy's pool and back costs as much as two statements of an answer.
_idle: WeakKeyDictionary[Engine, list[Cable]] = WeakKeyDictionary()
MOST_IDLE = 4  # as many as gunicorn has threads


def keep_idle(engine: Engine) -> None:
    """Keep connections of SQLite open between two requests, until the engine is disposed of."""
    _idle[engine] = []
    event.listen(engine, "engine_disposed", _drop_idle)


def _drop_idle(engine: Engine) -> None:
    while idle := _idle[engine]:
        idle.pop().pooled.invalidate()


def _connected(engine: Engine) -> Cable:
    idle = _idle.get(engine)
    if idle:
        with suppress(IndexError):  # another thread was faster
            return idle.pop()
    pooled = engine.raw_connection()
    cable = Cable(pooled, pooled.dbapi_connection, pooled.info.get("log"))
    if cable.log is not None:
        cable.raw.execute("PRAGMA synchronous=NORMAL")  # until it goes back into the pool: _wait_again
    return cable


class Line:
    """The one connection of an application context, in a transaction.

    Prepared statements run on `raw`, the driver's own connection. SQLAlchemy's session joins the same transaction when
    something needs it: `core` wraps the connection then, which costs more than a short statement.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.dialect = engine, engine.dialect
        try:
            self.cable = _connected(engine)
        except self.dialect.loaded_dbapi.Error as error:
            raise self.raised("connect", error) from error
        self.raw: Any = self.cable.raw
        self._core: Connection | None = None
        self._turns: Turns | None = None
        self._reads = only_reads()
        self._owes_disk = False
        if self.dialect.name == "sqlite":
            self._begin(is_writing=not self._reads)
            self._owes_disk = self.cable.log is not None and not _is_safe()

    def _begin(self, *, is_writing: bool) -> None:
        kind = "BEGIN IMMEDIATE" if is_writing else "BEGIN"
        try:
            # A command may write for minutes: nobody queues behind it.
            if is_writing and _cv_request.get(None) is not None:
                self._take_turn()
            self.raw.execute(kind)
        except self.dialect.loaded_dbapi.Error as error:
            self.close()
            raise self.raised(kind, error) from error

    def _take_turn(self) -> None:
        try:
            turns = _turns(str(self.engine.url.database))
        except OSError:  # nothing can be written beside the database: SQLite's own waiting is left, and its own words
            return
        if not turns.take():
            raise self.dialect.loaded_dbapi.OperationalError("database is locked: no turn to write")
        self._turns = turns

    def _give_back_turn(self) -> None:
        if self._turns is not None:
            self._turns.give_back()
            self._turns = None

    @property
    def core(self) -> Connection:
        """The same connection for the session, with the transaction that runs already."""
        if self._core is None:
            self._core = Connection(self.engine, connection=self.cable.pooled)
            self._core.begin()
        return self._core

    def commit(self) -> None:
        """Keep what was done, on the disk."""
        try:
            self.raw.commit()
        except self.dialect.loaded_dbapi.Error as error:
            raise self.raised("COMMIT", error) from error
        self._give_back_turn()
        self._settle()

    def _settle(self) -> None:
        """Wait until everything that is committed is on the disk, in nobody's way."""
        self._owes_disk = False
        if self.cable.log is None:
            return
        try:
            self.cable.log.wait_for_disk()
        except FileNotFoundError:  # nothing was written yet, or the last connection of all has brought it home
            return
        except OSError as problem:
            error = self.dialect.loaded_dbapi.OperationalError(f"disk I/O error: {problem.strerror}")
            raise self.raised("COMMIT", error) from problem

    def write_on(self) -> None:
        """Wait for the turn to write, on the same connection."""
        self._reads = False
        if self.dialect.name == "sqlite":
            self.raw.rollback()
            self._give_back_turn()
            self._begin(is_writing=True)

    def read_on(self) -> None:
        """After `commit`: the next statements see one state of the database, and hold nobody up."""
        self._reads = True
        if self.dialect.name == "sqlite":
            self._begin(is_writing=False)

    def end_reading(self) -> None:
        """Of a request that only read, by COMMIT: at a ROLLBACK psycopg forgets all that it has prepared."""
        if self._reads and self.dialect.name == "postgresql":
            with suppress(self.dialect.loaded_dbapi.Error):
                self.raw.commit()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back.

        A form that only read may say of somebody's commit that it is kept: not before it is on the disk.
        """
        try:
            self.end_reading()
            self._let_go()
        finally:
            self._give_back_turn()
        if self._owes_disk:
            self._settle()

    def _let_go(self) -> None:
        idle = _idle.get(self.engine)
        if self._core is not None or idle is None or len(idle) >= MOST_IDLE:
            (self._core or self.cable.pooled).close()
            return
        try:
            self.raw.rollback()
        except self.dialect.loaded_dbapi.Error:
            self.cable.pooled.invalidate()
        else:
            idle.append(self.cable)

    def invalidate(self) -> None:
        """Throw the connection away: nobody can say what state it is in."""
        self.cable.pooled.invalidate()
        self._give_back_turn()

    def raised(self, sql: str, error: Exception) -> DBAPIError:
        """A driver's error as SQLAlchemy's; parameters stay out of it, they may be private."""
        base = self.dialect.loaded_dbapi.Error
        found = DBAPIError.instance(sql, None, error, base, dialect=self.dialect, hide_parameters=True)
        assert isinstance(found, DBAPIError), "made from a driver's error"
        return found


def only_reads() -> bool:
    """Whether this request writes nothing, or nothing yet."""
    context = _cv_request.get(None)
    if context is None or "is_writing" in _cv_app.get().g:
        return False
    asked = context.request
    if asked.method in SAFE_METHODS:
        return True
    return getattr(context.app.view_functions.get(asked.endpoint or ""), "reads_first", False)


def _is_safe() -> bool:
    """Whether nothing is being acknowledged: a page is read, or a command runs."""
    context = _cv_request.get(None)
    return context is None or context.request.method in SAFE_METHODS


def reads_first(view: View) -> View:
    """Mark a POST view that reads first: it queues for the one writer only from `start_writing` on, or never."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view
