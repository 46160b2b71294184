"""Runs a learner's query or pattern in a locked child process of its own (child.py)."""

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import Any

_PROGRAM = Path(__file__).with_name("child.py")
MOST_ANSWER = 2_000_000  # bytes
HARD_SECONDS = 2  # of CPU, by the kernel, whatever a request says


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may use: characters of the query, SQLite's steps, rows and bytes over all datasets,
    seconds of CPU, and seconds by the clock on the wall until its child is killed."""

    characters: int = 2_000
    steps: int = 8_000_000
    rows: int = 2_000
    bytes: int = 200_000
    cpu_seconds: float = 0.7
    wall_seconds: float = 5.0


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing came of it. `reason` is one of: long, text, empty, read-only, forbidden, statements, placeholders,
    syntax (with what SQLite or re said as `detail`), steps, time, memory, rows, bytes."""

    reason: str
    detail: str = ""


class Box:
    """Starts children, and keeps one ready: a child that waits costs the next learner nothing.

    A child answers one request and is thrown away, whatever it answered. Threads may share a box; it does not limit how
    many children work at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._spare: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], limits: Limits = LIMITS) -> dict[str, Any]:
        """The child's answer to a request (child.py), or {"refused": "time", ...} for one that did not live to give it.

        Raises OSError when no child can be started.
        """
        if len(request.get("query", request.get("pattern", ""))) > limits.characters:
            return {"refused": "long", "detail": ""}
        written = json.dumps({**request, "limits": asdict(limits)}).encode()
        child = self._take()
        timer = Timer(limits.wall_seconds, child.kill)
        timer.start()
        try:
            said = _talk(child, written)
        finally:
            timer.cancel()
            _end(child)
        return _read(said)

    def prepare(self) -> None:
        """Have a child ready for the next request."""
        with self._lock:
            if self._spare is None or self._spare.poll() is not None:
                self._drop()
                self._spare = _start()

    def close(self) -> None:
        """End the child that waits."""
        with self._lock:
            self._drop()

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._spare is not None and self._spare.poll() is None:
                child, self._spare = self._spare, None
                return child
            self._drop()  # nobody came for a long time, and it left
        return _start()

    def _drop(self) -> None:
        if self._spare is not None:
            _end(self._spare)
            self._spare = None


def _start() -> subprocess.Popen[bytes]:
    folder = tempfile.mkdtemp(prefix="box-")  # the child removes it before it does anything else
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM), str(HARD_SECONDS), folder]
    return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"TZ": "UTC"},
        start_new_session=True,
    )


def _talk(child: subprocess.Popen[bytes], written: bytes) -> bytes:
    assert child.stdin is not None, "started with pipes"
    assert child.stdout is not None, "started with pipes"
    with suppress(BrokenPipeError):
        child.stdin.write(written)
        child.stdin.close()
    return child.stdout.read(MOST_ANSWER + 1)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    with suppress(OSError):  # it had no time to remove its folder
        Path(list(child.args)[-1]).rmdir()  # type: ignore[arg-type]
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _read(said: bytes) -> dict[str, Any]:
    """What the child wrote; a child without a word was ended by one of its limits."""
    if len(said) > MOST_ANSWER:
        return {"refused": "bytes", "detail": ""}
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"refused": "time", "detail": ""}
