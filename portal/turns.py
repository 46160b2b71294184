"""Who writes next: a fair queue in front of SQLite's one writer.

SQLite lets a second writer sleep and ask again, longer each time: under load most answers take 5 ms and some 200. Here
the threads of a process queue for a lock, and the first of each process for the turnstile: whoever holds `next` is the
only one who waits for `turn`, so no process gets two turns while another one waits. The kernel wakes the waiting, and
takes both back from a process that dies.
"""

import os
import threading

try:
    import fcntl
except ImportError:  # no such locks on this system: SQLite's own waiting is left
    fcntl = None  # type: ignore[assignment]

WAIT_SECONDS = 5.0


class Turns:
    """The queue in front of one database file. Raises OSError where its two files cannot stand beside it."""

    def __init__(self, database: str) -> None:
        self._threads = threading.Lock()
        self._files: list[int] = []
        for name in ("next", "turn"):
            self._files.append(os.open(f"{database}-{name}", os.O_RDWR | os.O_CREAT, 0o600))
        self._next, self._turn = self._files

    def __del__(self) -> None:
        for file in self._files:
            os.close(file)

    def take(self) -> bool:
        """Wait for the turn; False after WAIT_SECONDS, which only a writer that hangs can cause."""
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            return False
        if fcntl is not None:
            fcntl.flock(self._next, fcntl.LOCK_EX)
            fcntl.flock(self._turn, fcntl.LOCK_EX)
            fcntl.flock(self._next, fcntl.LOCK_UN)
        return True

    def give_back(self) -> None:
        """Let the next one write."""
        if fcntl is not None:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
        self._threads.release()
