"""The queue of writers: one at a time, nobody passed over, and nothing stays taken when a process dies."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import make_app
from sqlalchemy import text

from portal import turns
from portal.db import commit, db
from portal.turns import Turns

Process = multiprocessing.get_context("fork").Process


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The file the turns are about; it need not be there."""
    return str(tmp_path / "portal.db")


@pytest.fixture
def holder(database: str) -> Iterator[multiprocessing.process.BaseProcess]:
    """Another process that took the turn and keeps it."""
    process = Process(target=_take_and_sleep, args=(database,))
    process.start()
    mark = Path(f"{database}.taken")
    while not mark.exists():
        time.sleep(0.005)
    yield process
    process.kill()
    process.join()


def _take_and_sleep(database: str) -> None:
    queue = Turns(database)
    assert queue.take()
    Path(f"{database}.taken").touch()
    time.sleep(60)


def test_one_thread_at_a_time_has_the_turn(database: str) -> None:
    queue, inside, most = Turns(database), [], []

    def write(number: int) -> None:
        assert queue.take()
        inside.append(number)
        most.append(len(inside))
        time.sleep(0.001)
        inside.remove(number)
        queue.give_back()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(64)))
    assert set(most) == {1}
    assert len(most) == 64


def test_a_thread_that_gets_no_turn_says_so(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
    queue = Turns(database)
    assert queue.take()
    assert not queue.take()
    queue.give_back()
    assert queue.take()


def test_a_process_that_dies_gives_its_turn_back(database: str, holder: multiprocessing.process.BaseProcess) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Turns(database).take)
        time.sleep(0.1)
        assert not waiting.done()
        os.kill(holder.pid or 0, signal.SIGKILL)
        assert waiting.result(timeout=5)


def test_no_process_has_two_turns_while_another_waits(database: str) -> None:
    log, waits = Path(f"{database}.log"), Path(f"{database}.waits")
    greedy = Process(target=_take_twice, args=(database, waits, log))
    greedy.start()
    while not Path(f"{database}.taken").exists():
        time.sleep(0.005)
    queue = Turns(database)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_write, queue, log, "waited")
        time.sleep(0.1)  # the thread stands in the queue by then
        waits.touch()
        waiting.result(timeout=5)
    greedy.join(5)
    assert log.read_text().split() == ["first", "waited", "again"]


def _take_twice(database: str, waits: Path, log: Path) -> None:
    queue = Turns(database)
    assert queue.take()
    Path(f"{database}.taken").touch()
    while not waits.exists():
        time.sleep(0.005)
    with log.open("a") as file:
        file.write("first ")
    queue.give_back()
    _write(queue, log, "again")  # at once: whoever waits has not even woken up


def _write(queue: Turns, log: Path, word: str) -> None:
    assert queue.take()
    with log.open("a") as file:
        file.write(f"{word} ")
    queue.give_back()


def test_where_the_queue_cannot_be_made_sqlites_own_waiting_is_left(database: str, tmp_path: Path) -> None:
    Path(f"{database}-turn").mkdir()
    app = make_app(f"sqlite:///{database}", tmp_path)
    with app.test_request_context(method="POST"):
        db.session.execute(text("CREATE TABLE written (day INTEGER)"))
        commit()
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM written")) == 0
        db.engine.dispose()
