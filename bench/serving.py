"""Servers to measure: started under gunicorn as `make run` does it, watched through /proc, always stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.config import ROOT

HOST = "127.0.0.1"
START_SECONDS = 60.0


class NotMeasured(RuntimeError):
    """This machine cannot give a row's figure; the message says what it lacks."""


@dataclass(frozen=True)
class Server:
    """A running gunicorn: the process id of its master and where it listens."""

    pid: int
    port: int

    def tree(self) -> list[int]:
        """The master and its workers."""
        pids, found = [self.pid], []
        while pids:
            pid = pids.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                pids.extend(int(child) for child in task.read_text().split())
        return found

    def cpu_ns(self) -> int:
        """CPU time of every thread of the tree so far, in nanoseconds."""
        time.sleep(0.02)  # what a worker does after the last byte went out belongs to the request too
        total = 0
        for pid in self.tree():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
        return total

    def memory_kb(self) -> tuple[int, int]:
        """(PSS, RSS) of the workers, in KB."""
        pss = rss = 0
        for pid in self.tree()[1:]:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                pss += int(rest.split()[0]) if name == "Pss" else 0
                rss += int(rest.split()[0]) if name == "Rss" else 0
        return pss, rss


@contextmanager
def serving(app: str, environ: Mapping[str, str] | None = None, workers: int = 1) -> Iterator[Server]:
    """Serve `app` ("wsgi:app") until the block ends, with the command line of the Makefile's `run`."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"{HOST}:{port}", "--workers", str(workers)]
    command += ["--threads", "4", "--worker-tmp-dir", "/tmp", "--no-control-socket", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    try:
        _wait_until_open(process, port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int) -> None:
    """gunicorn listens before a worker runs: whoever connects waits for the first answer."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with {process.returncode} before it listened on {port}.")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"gunicorn did not listen on {port} within {START_SECONDS:.0f} s.")
