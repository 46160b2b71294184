"""Remembers how a card's programs ended, so that only what can end differently runs again.

What is kept is a run, not a verdict: the text of a program, and everything installed that could bear on it, lead to
what it printed. The card is judged anew each time, so an edited key, an edited engine or an edited rule is seen at
once, and an edited program simply has another text.
"""

import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from hashlib import blake2s
from importlib.metadata import distributions
from pathlib import Path
from shutil import which
from sqlite3 import sqlite_version
from tempfile import NamedTemporaryFile

FOLDER = ".proofs"


class Runs:
    """The runs of one card: those of last time, in a file of their own, and those of this time.

    Safe under several processes: a file is replaced as a whole, and whoever comes later knows as much.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._read()
        self._met: dict[str, list[str]] = {}

    def recall(self, key: str, run: Callable[[], list[str]]) -> list[str]:
        """What a run gave: from memory, or else by running it."""
        if key not in self._met:
            self._met[key] = self._known.get(key) or run()
        return self._met[key]

    @property
    def is_from_memory(self) -> bool:
        """Whether anything was recalled instead of run."""
        return any(key in self._known for key in self._met)

    def forget(self) -> None:
        """Run everything again from here on."""
        self._known, self._met = {}, {}

    def keep(self) -> None:
        """Write down what was met this time, and nothing else. A folder that takes no file is no reason to fail."""
        if self._met.items() == self._known.items():
            return
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            with NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="utf-8") as file:
                json.dump(self._met, file, ensure_ascii=False)
            Path(file.name).replace(self._path)

    def _read(self) -> dict[str, list[str]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


_RUNS: ContextVar[Runs | None] = ContextVar("runs", default=None)


@contextmanager
def remembering(runs: Runs | None) -> Iterator[None]:
    """Let `recalled` ask these runs, in this thread."""
    token = _RUNS.set(runs)
    try:
        yield
    finally:
        _RUNS.reset(token)


def recalled(given: tuple[str, ...], run: Callable[[], list[str]]) -> list[str]:
    """What `run` gives, remembered where somebody remembers.

    `given` is everything the run hangs on: the whole program, with what it reads; versions are added here. A run
    that raises is not remembered.
    """
    runs = _RUNS.get()
    if runs is None:
        return run()
    return runs.recall(blake2s(json.dumps([surroundings(), *given]).encode()).hexdigest(), run)


@cache
def surroundings() -> str:
    """What is installed: Python, SQLite, git and every package, as a digest."""
    packages = sorted({f"{found.name}=={found.version}" for found in distributions()})
    about = [sys.version, platform.machine(), sqlite_version, git_version(), *packages]
    return blake2s(json.dumps(about).encode()).hexdigest()


@cache
def git_version() -> str:
    """git's own word, "2.39.5"; "" where there is none."""
    git = which("git")
    if git is None:
        return ""
    said = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return said.removeprefix("git version").strip()
