"""The database: base class, column types, constraint names and how SQLite and PostgreSQL are tuned."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

from flask import Flask, g
from flask.globals import _cv_app  # what the proxies ask, at a fifth of their price
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import DateTime, Dialect, Integer, MetaData, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

from portal.lines import Line, Log, keep_idle, only_reads

try:
    import pysqlite3
except ImportError:  # no wheel for this platform: Python's own SQLite, in the journal mode that is safe for it
    pysqlite3 = None

WAL_RESET_BUG_UNTIL = (3, 51, 2)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database, whatever the database thinks of zones."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; a moment needs one.")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @staticmethod
    def written(value: datetime | None) -> str | None:
        """What SQLite keeps, as SQLAlchemy's own type writes it. Raises ValueError without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; a moment needs one.")
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:-6]

    @staticmethod
    def read(value: str | None) -> datetime | None:
        """A moment out of what SQLite keeps."""
        return None if value is None else datetime.fromisoformat(f"{value}+00:00")


class DayNumber(TypeDecorator[date]):
    """A learner's day: a date in Python, days since 1970-01-01 in the database.

    Day arithmetic (how overdue is this card?) is then plain subtraction on SQLite and PostgreSQL alike.
    """

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> int | None:
        return self.stored(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> date | None:
        return self.read(value)

    @staticmethod
    def stored(value: date | None) -> int | None:
        """What the database keeps."""
        return None if value is None else value.toordinal() - EPOCH_ORDINAL

    @staticmethod
    def read(value: int | None) -> date | None:
        """What Python works with."""
        return None if value is None else date.fromordinal(value + EPOCH_ORDINAL)


class Base(DeclarativeBase):
    """Every table's base class. Names every constraint, so that a migration can drop it again."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime(), date: DayNumber()},
    )


class LineSession(Session):
    """The session on the context's one connection, which prepared statements share with it.

    Whatever began the transaction, `commit` and `rollback` end it and give the connection back.
    """

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        """The one connection there is."""
        return line().core

    def commit(self) -> None:
        """Keep what was done, through the session or beside it."""
        if self.in_transaction():
            super().commit()
        if (open_line := g.get("line")) is not None:
            open_line.commit()
        hang_up()

    def rollback(self) -> None:
        """Take back what was done, through the session or beside it."""
        if self.in_transaction():
            super().rollback()
        hang_up()

    def invalidate(self) -> None:
        """Throw the connection away."""
        super().invalidate()
        if (open_line := g.pop("line", None)) is not None:
            open_line.invalidate()

    def close(self) -> None:
        """Forget everything and give the connection back."""
        if (open_line := g.get("line")) is not None:
            open_line.end_reading()
        super().close()
        hang_up()


def line() -> Line:
    """The connection of this application context. Asking the session for one costs four times more."""
    context = _cv_app.get().g
    found: Line | None = context.__dict__.get("line")
    if found is None:
        found = context.line = Line(db.engine)
    return found


def commit() -> None:
    """Keep what was done. Wakes no session where only prepared statements wrote."""
    if db.session.registry.has():
        db.session.commit()
    elif (open_line := g.get("line")) is not None:
        open_line.commit()
        hang_up()


def commit_and_read_on() -> None:
    """Keep what prepared statements wrote, and let others write while this request still reads for its answer.

    Not for what the session still holds back: that is for `commit`.
    """
    open_line = line()
    open_line.commit()
    open_line.read_on()


def hang_up(_problem: BaseException | None = None) -> None:
    """Give the connection back; what was not committed is rolled back."""
    if (open_line := _cv_app.get().g.pop("line", None)) is not None:
        open_line.close()


def bring_log_home() -> None:
    """Empty SQLite's log into the database, so that what was deleted is in neither.

    While somebody reads for longer than the time-out, it stays in the log until that is written over.
    """
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


db = SQLAlchemy(model_class=Base, session_options={"class_": LineSession, "join_transaction_mode": "control_fully"})
migrate = Migrate(render_as_batch=True)


def sqlite_module() -> ModuleType:
    """The SQLite driver in use: the newer wheel where it is there, else Python's own."""
    return pysqlite3 if pysqlite3 is not None else sqlite3


# The driver asks each None and bool whether it has another form for SQLite, by two exceptions a value: say so at once.
sqlite_module().register_adapter(type(None), {}.get)  # None for None, without a call of Python
sqlite_module().register_adapter(bool, int)


def journal_mode(version: tuple[int, ...]) -> tuple[str, str]:
    """(journal_mode, synchronous) that lose no acknowledged answer on this SQLite version.

    SQLite up to 3.51.2 can corrupt a WAL file that several workers write (sqlite.org, "WAL-reset bug"),
    so those versions keep the rollback journal. FULL and EXTRA make a commit wait for the disk; with a WAL a `Line`
    waits itself, when the next one may write already.
    """
    return ("DELETE", "EXTRA") if version <= WAL_RESET_BUG_UNTIL else ("WAL", "FULL")


def engine_options(url: str) -> dict[str, Any]:
    """Options of create_engine for this address: driver, pool, time-outs in seconds."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"module": sqlite_module(), "connect_args": {"timeout": 5.0, "check_same_thread": False}}
    options = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    connect = {"connect_timeout": 3, "options": options}
    return {
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 5,
        "connect_args": connect,
    }


def init_database(app: Flask) -> None:
    """Attach the database to the app. Opens no connection: a worker boots while the database is down."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url) | app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
    app.teardown_appcontext(hang_up)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(app.config["MIGRATIONS"]))
    if make_url(url).get_backend_name() == "sqlite":
        with app.app_context():
            tune_sqlite(db.engine)


def tune_sqlite(engine: Engine) -> None:
    """Make each SQLite connection safe and each writing transaction take its lock at the start."""
    keep_idle(engine)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _wait_again)


def _wait_again(connection: Any, record: Any) -> None:
    """Who takes it next may be no Line: a migration, say."""
    if connection is not None and "log" in record.info:
        connection.execute("PRAGMA synchronous=FULL")


def _set_pragmas(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own: _begin does
    mode, synchronous = journal_mode(sqlite_module().sqlite_version_info)
    for pragma in (
        f"journal_mode={mode}",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "secure_delete=ON",
        "cache_size=-16000",
        "wal_autocheckpoint=4000",  # pages of 4 KB: those written again and again are copied back less often
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":  # some file systems cannot
        (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()  # where a link leads to
        record.info["log"] = Log(f"{path}-wal")


def _begin(connection: Connection) -> None:
    """A deferred BEGIN that later writes fails with "database is locked" under load: say IMMEDIATE first."""
    if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN" if only_reads() else "BEGIN IMMEDIATE")


def start_writing() -> None:
    """From here on this request writes. What was read before may have changed: read it again, or write by version."""
    _cv_app.get().g.is_writing = True
    if db.session.registry.has():
        db.session.rollback()
    else:
        line().write_on()


def after_bulk(tables: str = "") -> None:
    """Tell the planner of PostgreSQL how many rows these tables (or all) have now; SQLite needs no telling.

    Autovacuum does it within minutes; until then a join can take a thousand times as long (its manual, 14.4.8).
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"ANALYZE {tables}"))
