"""Row 2: instructions per WSGI call under callgrind. They repeat within half a percent, whatever else the machine does.

Run as `python -m bench.instructions hello|portal CALLS OUT` under valgrind: everything up to the measured calls runs
without instrumentation, and only what happens inside one C function, `bisect_left`, is counted: nobody else calls it.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.reviewing import Connection, Reply, Reviewer, Shown, decoded, other_grade, read_fragment
from bench.seeding import Instance, right_answers
from portal.config import ROOT

FUNCTION = "_bisect_bisect_left"
WARM_UP = 10
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class NotCounted(RuntimeError):
    """Callgrind gave no figure."""


def instructions(instance: Instance, folder: Path, calls: int) -> dict[str, float]:
    """Instructions per call of "hello", "answer", "grade" and "regrade". Raises NotCounted."""
    if shutil.which("callgrind_control") is None:
        raise NotCounted("valgrind is not installed")
    started = [_start(name, instance, folder, calls) for name in ("hello", "portal")]
    found: dict[str, float] = {}
    for name, process in started:
        said, _ = process.communicate(timeout=600)
        parts = ["hello"] if name == "hello" else ["answer", "grade", "regrade"]
        counts = [_counted(folder / f"{name}.{number}") for number in range(1, len(parts) + 1)]
        if process.returncode or None in counts:
            raise NotCounted(f"{name}: {counts} {said.decode()[-500:]}")
        found |= {part: (count or 0) / calls for part, count in zip(parts, counts, strict=True)}
    return found


def _start(name: str, instance: Instance, folder: Path, calls: int) -> tuple[str, "subprocess.Popen[bytes]"]:
    out = folder / name
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no"]
    command += [f"--toggle-collect={FUNCTION}", f"--dump-after={FUNCTION}", f"--callgrind-out-file={out}"]
    command += [sys.executable, "-m", "bench.instructions", name, str(calls)]
    environ = instance.environ | {"PYTHONHASHSEED": "0"}
    return name, subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _counted(path: Path) -> int | None:
    found = _TOTAL.search(path.read_text()) if path.exists() else None
    return int(found.group(1)) if found else None


def counted(run: Callable[[], object]) -> None:
    """Run once, inside the one C function that callgrind counts."""
    bisect_left([0], 1, key=lambda _: (run() and 0) or 0)


def instrument() -> None:
    """Switch callgrind's instrumentation on; busy waiting, because a sleeping process does not hear it."""
    control = ["callgrind_control", "-i", "on", str(os.getpid())]
    with subprocess.Popen(control, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            sum(range(10_000))


def call(app: Wsgi, request: bytes) -> Reply:
    """A WSGI call as a server makes it."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split()
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": ""}
    environ |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http"}
    environ |= {"REMOTE_ADDR": "127.0.0.1"}
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    started: list[Any] = []
    content = app(environ, lambda *given: started.extend(given[:2]))
    text = b"".join(content)
    getattr(content, "close", bool)()
    fields = "".join(f"\r\n{name}: {value}" for name, value in started[1])
    lead = f"HTTP/1.1 {started[0]}{fields}".encode()
    return Reply(int(started[0][:3]), decoded(lead, text), len(lead) + len(text))


class Direct(Connection):
    """A connection without a network: calls the application."""

    def __init__(self, app: Wsgi) -> None:
        super().__init__(0)
        self.app = app

    def send(self, request: bytes) -> Reply:
        """The application's own answer to a raw request."""
        return call(self.app, request)


def _run_all(app: Wsgi, requests: Sequence[bytes]) -> list[Reply]:
    return [call(app, request) for request in requests]


def _hello(calls: int) -> None:
    from bench.costs import HELLO
    from bench.hello import app

    _run_all(app.wsgi_app, [HELLO] * WARM_UP)
    instrument()
    counted(lambda: _run_all(app.wsgi_app, [HELLO] * calls))


def _portal(calls: int) -> None:
    from portal import create_app

    app = create_app()
    reviewer = Reviewer(Direct(app.wsgi_app), 1, right_answers(Instance(Path(app.instance_path))))
    slugs = [f"bench-{number}" for number in range(1, 2 * (calls + WARM_UP) + 1)]
    shown = _answered(reviewer, slugs[: 2 * WARM_UP])
    for number, one in enumerate(shown):
        read_fragment(reviewer.send(reviewer.grade_of(one, other_grade(one.grade) if number % 2 else None)))
    later = _answered(reviewer, slugs[2 * WARM_UP + calls :])
    answers = [reviewer.answer_of(reviewer.look(slug)) for slug in slugs[2 * WARM_UP : 2 * WARM_UP + calls]]
    regrades = [reviewer.grade_of(one, other_grade(one.grade)) for one in later]
    replies: list[Reply] = []
    instrument()
    counted(lambda: replies.extend(_run_all(app.wsgi_app, answers)))
    grades = [reviewer.grade_of(read_fragment(reply)) for reply in replies]
    for requests in (grades, regrades):
        counted(lambda requests=requests: replies.extend(_run_all(app.wsgi_app, requests)))  # type: ignore[misc]
    for reply in replies:
        read_fragment(reply)


def _answered(reviewer: Reviewer, slugs: Sequence[str]) -> list[Shown]:
    return [read_fragment(reviewer.send(reviewer.answer_of(reviewer.look(slug)))) for slug in slugs]


if __name__ == "__main__":
    {"hello": _hello, "portal": _portal}[sys.argv[1]](int(sys.argv[2]))
