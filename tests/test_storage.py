"""What the databases promise: tuned connections, no lost update, moments and days as they were, the doctor's word."""

import errno
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Event

import pytest
from browser import Browser
from conftest import hurry_sqlite, make_app
from factories import Person, add_person, everything
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

import portal.lines
from portal.accounts.models import Session, User
from portal.db import commit, commit_and_read_on, db, journal_mode, line, sqlite_module, start_writing
from portal.quizzes.models import Desk, ReviewDay
from portal.statements import Prepared


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Flask]:
    """An application with a SQLite file of its own."""
    app = make_app(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def someone(app: Flask) -> Person:
    """Alice's account."""
    return add_person(app, "alice@example.org", "Alice")


# ---- SQLite

WITH_A_LOG = pytest.mark.skipif(
    journal_mode(sqlite_module().sqlite_version_info)[0] != "WAL", reason="this SQLite keeps no log to wait for"
)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ((3, 7, 0), ("DELETE", "EXTRA")),
        ((3, 40, 1), ("DELETE", "EXTRA")),
        ((3, 51, 2), ("DELETE", "EXTRA")),
        ((3, 51, 3), ("WAL", "FULL")),
        ((3, 53, 4), ("WAL", "FULL")),
        ((4, 0, 0), ("WAL", "FULL")),
    ],
)
def test_a_sqlite_with_the_wal_bug_keeps_the_old_journal(version: tuple[int, ...], wanted: tuple[str, str]) -> None:
    assert journal_mode(version) == wanted


def test_every_sqlite_connection_is_tuned(on_sqlite: Flask) -> None:
    mode, synchronous = journal_mode(sqlite_module().sqlite_version_info)
    wanted = {
        "journal_mode": mode.lower(),
        "synchronous": {"FULL": 2, "EXTRA": 3}[synchronous],
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "secure_delete": 1,
    }
    with on_sqlite.app_context():
        connections = [db.engine.connect() for _ in range(3)]
        for connection in connections:
            with connection:
                found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
                assert found == wanted


def test_a_form_that_writes_and_starts_over_waits_for_nobody(on_sqlite: Flask) -> None:
    alice = add_person(on_sqlite, "alice@example.org", "Alice")
    with on_sqlite.test_request_context(method="POST"):
        count = Prepared(update(User).values(new_per_day=7))
        assert count.count({}) == 1
        start_writing()
        assert db.session.get_one(User, alice.id).new_per_day != 7, "what was written before is taken back"
        db.session.execute(update(User).values(zone="UTC"))
        assert count.count({}) == 1
        commit_and_read_on()
        assert db.session.get_one(User, alice.id).new_per_day == 7
    with on_sqlite.app_context():
        assert db.session.get_one(User, alice.id).zone == "UTC", "session and statements shared a transaction"


def test_who_still_reads_after_the_commit_holds_nobody_up(on_sqlite: Flask) -> None:
    add_person(on_sqlite, "alice@example.org", "Alice")
    with on_sqlite.test_request_context(method="POST"):
        assert Prepared(update(User).values(new_per_day=7)).count({}) == 1
        commit_and_read_on()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_write_once, on_sqlite).result(timeout=2) == 1
        assert Prepared(select(User.new_per_day)).first({}) == (8,)


def _write_once(app: Flask) -> int:
    with app.test_request_context(method="POST"):
        changed = Prepared(update(User).values(new_per_day=8)).count({})
        commit()
    return changed


@pytest.fixture
def on_disk(on_sqlite: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What somebody else could write (rows) while a form waited for the disk, a number for each wait."""
    waits: list[int | None] = []
    wait = portal.lines._wait_for_disk

    def wait_and_write(file: int) -> None:
        waits.append(None)
        if len(waits) == 1:
            with ThreadPoolExecutor(1) as pool:
                waits[0] = pool.submit(_write_once, on_sqlite).result(timeout=2)
        wait(file)

    monkeypatch.setattr(portal.lines, "_wait_for_disk", wait_and_write)
    return waits


@WITH_A_LOG
def test_what_is_acknowledged_is_on_the_disk_and_nobody_waits_meanwhile(
    on_sqlite: Flask, on_disk: list[int | None]
) -> None:
    alice = add_person(on_sqlite, "alice@example.org", "Alice")
    on_disk.clear()
    with on_sqlite.test_request_context(method="POST"):
        Prepared(update(User).values(new_per_day=7)).count({})
        assert on_disk == [], "nothing is committed yet"
        commit()
    assert on_disk[0] == 1, "the next one wrote before this one was on the disk"
    with on_sqlite.test_request_context(method="POST"):
        assert db.session.get_one(User, alice.id).new_per_day == 8
    assert len(on_disk) == 3, "a form that only read may speak of what is not on the disk yet: it waits too"
    with on_sqlite.test_request_context(method="GET"):
        assert db.session.get_one(User, alice.id).new_per_day == 8
    assert len(on_disk) == 3, "a page acknowledges nothing"


@WITH_A_LOG
def test_the_log_is_found_where_a_link_leads(on_sqlite: Flask, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "portal.db")
    app = make_app(f"sqlite:///{link}", link.parent)
    with app.app_context():
        log = line().cable.log
        db.session.remove()
        db.engine.dispose()
    assert log is not None
    assert log.path == str(tmp_path / "portal.db-wal")


@WITH_A_LOG
def test_a_disk_that_fails_is_no_acknowledgement(on_sqlite: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Browser(on_sqlite).signed_in(add_person(on_sqlite, "alice@example.org", "Alice"))
    mine = {"name": "Alix", "zone": "UTC", "rollover_hour": "4", "new_per_day": "7"}

    def fail(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as failing:
        failing.setattr(portal.lines, "_wait_for_disk", fail)
        alice.post("/me", mine, status=503)
        with pytest.raises(OperationalError, match="disk I/O error"):
            alice.post("/me", {}, status=422)
    alice.post("/me", mine, status=303)


def test_two_forms_that_read_and_then_write_lose_nothing(on_sqlite: Flask) -> None:
    alice = add_person(on_sqlite, "alice@example.org", "Alice", new_per_day=0)

    def count_up(_: int) -> None:
        with on_sqlite.test_request_context(method="POST"):
            seen = db.session.execute(text("SELECT new_per_day FROM users")).scalar_one()
            db.session.execute(text("UPDATE users SET new_per_day = :next"), {"next": seen + 1})
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(100)))
    with on_sqlite.app_context():
        assert db.session.get_one(User, alice.id).new_per_day == 100


def test_a_page_opens_while_somebody_writes(on_sqlite: Flask) -> None:
    alice = Browser(on_sqlite).signed_in(add_person(on_sqlite, "alice@example.org", "Alice"))
    is_writing, may_end = Event(), Event()

    def write_slowly() -> None:
        with on_sqlite.test_request_context(method="POST"):
            db.session.execute(text("UPDATE users SET name = 'Alix'"))
            is_writing.set()
            may_end.wait(10)
            db.session.commit()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_slowly)
        assert is_writing.wait(10)
        assert "Your day, Alice" in alice.get("/me").said
        may_end.set()
        writing.result()
    assert "Your day, Alix" in alice.get("/me").said


def test_what_was_erased_is_not_left_in_the_file(on_sqlite: Flask, tmp_path: Path) -> None:
    add_person(on_sqlite, "zebedee@example.org", "Zebedee")
    with on_sqlite.app_context():
        db.session.execute(db.delete(User))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    assert not [path for path in tmp_path.glob("portal.db*") if b"zebedee" in path.read_bytes().lower()]


# ---- PostgreSQL


def test_no_statement_of_postgresql_runs_for_ever(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert db.session.execute(text("PRAGMA busy_timeout")).scalar() == 5000
            return
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
        found = [db.session.execute(text(f"SHOW {name}")).scalar() for name in names]
    assert found == ["15s", "5s", "30s", "on"]


# ---- Both


def test_a_row_that_names_nobody_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(db.insert(Desk).values(learner_id=999_999, frontier=0))


def test_an_erased_person_leaves_no_row(app: Flask) -> None:
    before = everything(app)
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice"))
    alice.get("/quizzes/today")
    alice.send_form("/bury")
    alice.send_form("/answer", blank="1")
    slug = alice.page.card
    alice.post(f"/quizzes/cards/{slug}/report", {"reason": "key", "text": "No."}, status=303)
    assert sum(map(len, everything(app).values())) > sum(map(len, before.values())) + 6
    with app.app_context():
        db.session.execute(db.delete(User))
        db.session.commit()
    assert everything(app) == before


def test_a_moment_comes_back_as_it_was_whatever_its_zone(app: Flask, someone: Person) -> None:
    tokyo = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=9)))
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=tokyo))
        db.session.commit()
        found = db.session.scalars(db.select(Session.seen_at)).one()
    assert found == tokyo
    assert found.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(app: Flask, someone: Person) -> None:
    with app.app_context(), pytest.raises(StatementError, match="a moment needs one"):
        db.session.execute(update(Session).values(seen_at=datetime(2026, 3, 1)))


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(1970, 1, 1), date(2026, 11, 22), date(9999, 12, 31)])
def test_a_day_comes_back_as_it_was(app: Flask, someone: Person, day: date) -> None:
    counts = dict.fromkeys(("answers", "reviews", "fresh", "drills", "lapses", "right", "ms"), 0)
    with app.app_context():
        db.session.add(ReviewDay(learner_id=someone.id, day=day, **counts))
        db.session.commit()
        assert db.session.scalars(db.select(ReviewDay.day)).one() == day


# ---- The doctor


@pytest.fixture
def patient(app: Flask) -> Iterator[Flask]:
    """The application without the hurry of the tests: its SQLite waits for the disk, as it does for everybody else."""
    with app.app_context():
        engine = db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        event.remove(engine, "connect", hurry_sqlite)
    engine.dispose()
    yield app
    if is_sqlite:
        event.listen(engine, "connect", hurry_sqlite)
    engine.dispose()


SOUND = {"BCRYPT_COST": 12, "MIN_ANSWER_MS": 250, "SECRET_KEY": "s" * 32, "PASSWORD_PEPPER": "p" * 32}


def test_the_doctor_finds_a_sound_installation_sound(patient: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SOUND.items():
        monkeypatch.setitem(patient.config, name, value)
    result = patient.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 0, result.output
    assert "BAD" not in result.output
    assert "The schema is the one this code needs" in result.output
    with patient.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
    mode, synchronous = journal_mode(sqlite_module().sqlite_version_info)
    wanted = f"(wanted: {mode}, {synchronous})" if is_sqlite else "synchronous_commit=on"
    assert wanted in result.output


@pytest.mark.parametrize(
    ("name", "value"), [("BCRYPT_COST", 4), ("MIN_ANSWER_MS", 0), ("SECRET_KEY", "dev"), ("PASSWORD_PEPPER", "short")]
)
def test_the_doctor_names_a_dangerous_setting(
    patient: Flask, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    for sound, good in (SOUND | {name: value}).items():
        monkeypatch.setitem(patient.config, sound, good)
    result = patient.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    (bad,) = [line for line in result.output.splitlines() if line.startswith("BAD")]
    assert name in bad


def test_the_doctor_sees_a_database_that_is_away(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'removed' / 'portal.db'}", tmp_path, **SOUND)
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "BAD  The database cannot be reached" in result.output


def test_the_doctor_sees_weak_durability(on_sqlite: Flask) -> None:
    with on_sqlite.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", hurry_sqlite)
    result = on_sqlite.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "BAD  journal_mode=" in result.output


@pytest.mark.parametrize("database_app", ["postgresql"], indirect=True)
def test_pages_that_only_read_keep_what_was_prepared_for_the_next_one(alice: Browser) -> None:
    for _ in range(7):
        alice.get("/journal")
    with alice.app.app_context():
        prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%journal_entries%'")
        assert db.session.scalar(prepared) > 0
