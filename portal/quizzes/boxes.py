"""Whose turn it is to run what a learner wrote: so many locked children at once on this machine, the rest wait.

Each child at work holds one of the files `box-1`, `box-2` ... beside the database of this installation, so the number
holds over all workers; the kernel gives back what a worker that dies held. The threads of a worker queue for a lock.
"""

import atexit
import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from flask import current_app

from quizzes.box import Box, Limits

try:
    import fcntl
except ImportError:  # no such locks on this system: nothing but the queue of each worker counts
    fcntl = None  # type: ignore[assignment]

WAIT_SECONDS = 4.0
LOOK_SECONDS = 0.005


class NoTurn(RuntimeError):
    """Nothing was run: all boxes are busy, or the machine gives no process."""


class Boxes:
    """`count` boxes in `folder`, or one for each core where it is 0.

    One child waits ready from the first request on; it leaves when nobody comes.
    """

    def __init__(self, folder: Path, count: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._folder, self._count, self._wait_seconds = folder, count or os.cpu_count() or 1, wait_seconds
        self._box = Box()
        self._queue = Lock()
        atexit.register(self._box.close)

    def ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
        """What a box says (quizzes.box). Raises NoTurn."""
        turn = self._take()
        try:
            return self._box.ask(request, limits)
        except OSError as problem:
            raise NoTurn from problem
        finally:
            os.close(turn)
            Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        with suppress(OSError):  # without a child that waits, the next one starts when it is asked for
            self._box.prepare()

    def _take(self) -> int:
        """An open file, locked, which is the turn; closing it gives it back."""
        until = time.monotonic() + self._wait_seconds
        if not self._queue.acquire(timeout=self._wait_seconds):
            raise NoTurn
        try:
            while (turn := self._free()) is None:
                if time.monotonic() > until:
                    raise NoTurn
                time.sleep(LOOK_SECONDS)
            return turn
        finally:
            self._queue.release()

    def _free(self) -> int | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, self._count + 1):
            turn = os.open(self._folder / f"box-{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if fcntl is not None:
                    fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(turn)
            else:
                return turn
        return None


def boxes() -> Boxes:
    """The boxes of this application."""
    found: Boxes = current_app.extensions["boxes"]
    return found
