"""The queue of writers: one at a time, nobody passed over, and nothing stays taken when a process dies."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal import turns
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
    log = Path(f"{database}.log")
    processes = [Process(target=_write_often, args=(database, name, log)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    written = log.read_text()
    assert (written.count("a"), written.count("b")) == (200, 200)
    together = written[written.index("ab" if written[0] == "a" else "ba") : min(map(written.rindex, "ab"))]
    longest = max(len(run) for name in "ab" for run in together.split({"a": "b", "b": "a"}[name]))
    assert longest <= 8, f"{longest} turns in a row; half of the time they should alternate: {together}"


def _write_often(database: str, name: str, log: Path) -> None:
    queue = Turns(database)

    def write(_: int) -> None:
        assert queue.take()
        with log.open("a") as file:
            file.write(name)
        time.sleep(0.0005)
        queue.give_back()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(200)))
