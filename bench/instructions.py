"""Row 2: instructions per call under callgrind. They repeat within half a percent, whatever else the machine does.

Run as `python -m bench.instructions hello|portal CALLS` under valgrind: everything up to the measured calls runs
without instrumentation, and only what happens inside one C function, `bisect_left`, is counted: nobody else calls it.
"""

import gc
import io
import os
import re
import shutil
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from flask import Flask

from bench.reviewing import Connection, Reply, Reviewer, Shown, decoded, other_grade, read_fragment
from bench.seeding import Instance, right_answers
from bench.serving import NotMeasured
from portal.config import ROOT

FUNCTION = "_bisect_bisect_left"
WARM_UP = 60  # half of the cards there are: what is drawn once for each card stands by then
STEPS = ("answer", "grade", "regrade")
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Raw:
    """What the application returned, before anybody decompresses it."""

    status: int
    headers: Iterable[tuple[str, str]]
    body: bytes

    def reply(self) -> Reply:
        """The same as a server would have sent it."""
        fields = "".join(f"\r\n{name}: {value}" for name, value in self.headers)
        lead = f"HTTP/1.1 {self.status}{fields}".encode()
        return Reply(self.status, decoded(lead, self.body), len(lead) + len(self.body))


Call = Callable[[], Raw]


def instructions(instance: Instance, folder: Path, calls: int) -> dict[str, dict[str, float]]:
    """By way of calling, the instructions per call of "hello" and of STEPS. Raises NotMeasured."""
    if shutil.which("callgrind_control") is None:
        raise NotMeasured("valgrind is not installed")
    found: dict[str, dict[str, float]] = {way: {} for way in WAYS}
    for name, process in [_start(name, instance, folder, calls) for name in ("hello", "portal")]:
        said, _ = process.communicate(timeout=600)
        parts = [(way, step) for way in WAYS for step in (["hello"] if name == "hello" else STEPS)]
        counts = [_counted(folder / f"{name}.{number}") for number in range(1, len(parts) + 1)]
        if process.returncode or None in counts:
            raise NotMeasured(f"{name}: {counts} {said.decode()[-500:]}")
        for (way, step), total in zip(parts, counts, strict=True):
            found[way][step] = (total or 0) / calls
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


def counted(calls: Sequence[Call]) -> list[Reply]:
    """Make the calls inside the one C function that callgrind counts; read the replies afterwards."""
    raw: list[Raw] = []

    def make_all(_: int) -> int:
        raw.extend(call() for call in calls)
        return 0

    gc.collect()  # or a collection that earlier calls made due falls to some runs and not to others
    bisect_left([0], 1, key=make_all)
    return [one.reply() for one in raw]


def instrument() -> None:
    """Switch callgrind's instrumentation on; busy waiting, because a sleeping process does not hear it."""
    control = ["callgrind_control", "-i", "on", str(os.getpid())]
    with subprocess.Popen(control, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            sum(range(10_000))


def _parts(request: bytes) -> tuple[str, str, list[tuple[str, str]], bytes]:
    """Method, target, header fields and body of a raw request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split()
    return method, target, [(name, value) for name, _, value in (line.partition(": ") for line in lines)], body


def raw_call(app: Flask, request: bytes) -> Call:
    """A WSGI call as a server makes it, ready to be made."""
    method, target, fields, body = _parts(request)
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": ""}
    environ |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http"}
    environ |= {"REMOTE_ADDR": "127.0.0.1"}
    for name, value in fields:
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value

    def make() -> Raw:
        started: list[Any] = []
        content: Any = app.wsgi_app(environ, lambda *given: started.extend(given[:2]))  # type: ignore[arg-type]
        body = b"".join(content)
        getattr(content, "close", bool)()
        return Raw(int(started[0][:3]), started[1], body)

    return make


def client_call(app: Flask, request: bytes) -> Call:
    """The same request through Flask's test client, which builds its environ within the call."""
    method, target, fields, body = _parts(request)
    client = app.test_client(use_cookies=False)

    def make() -> Raw:
        response = client.open(target, method=method, headers=fields, data=body)
        return Raw(response.status_code, response.headers.items(), response.get_data())

    return make


WAYS = {"raw WSGI call": raw_call, "through the test client": client_call}


class Direct(Connection):
    """A connection without a network: calls the application."""

    def __init__(self, app: Flask) -> None:
        super().__init__(0)
        self.app = app

    def send(self, request: bytes) -> Reply:
        """The application's own answer to a raw request."""
        return raw_call(self.app, request)().reply()


def _hello(calls: int) -> None:
    from bench.costs import HELLO
    from bench.hello import app

    prepared = []
    for way in WAYS.values():
        for _ in range(WARM_UP):
            way(app, HELLO)()
        prepared.append([way(app, HELLO) for _ in range(calls)])
    instrument()
    for batch in prepared:
        counted(batch)


def _portal(calls: int) -> None:
    from portal import create_app

    app = create_app()
    reviewer = Reviewer(Direct(app), 1, right_answers(Instance(Path(app.instance_path))))
    slugs = (f"bench-{number}" for number in count(1))
    prepared = []
    for way in WAYS.values():
        for number, one in enumerate(_answered(reviewer, islice(slugs, 2 * WARM_UP))):
            read_fragment(way(app, reviewer.grade_of(one, other_grade(one.grade) if number % 2 else None))().reply())
        answers = [way(app, reviewer.answer_of(reviewer.look(slug))) for slug in islice(slugs, calls)]
        later = _answered(reviewer, islice(slugs, calls))
        regrades = [way(app, reviewer.grade_of(one, other_grade(one.grade))) for one in later]
        prepared.append((way, answers, regrades))
    instrument()
    for way, answers, regrades in prepared:
        grades = [way(app, reviewer.grade_of(read_fragment(reply))) for reply in counted(answers)]
        for reply in (*counted(grades), *counted(regrades)):
            read_fragment(reply)


def _answered(reviewer: Reviewer, slugs: Iterable[str]) -> list[Shown]:
    return [read_fragment(reviewer.send(reviewer.answer_of(reviewer.look(slug)))) for slug in slugs]


if __name__ == "__main__":
    {"hello": _hello, "portal": _portal}[sys.argv[1]](int(sys.argv[2]))
