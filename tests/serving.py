"""A real gunicorn with a database of its own, for tests that need processes: browsers, storms and kills."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from browser import Page
from conftest import make_app
from factories import Person, add_person, stock
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.config import ROOT
from portal.db import db

NO_ANSWER = (OSError, http.client.HTTPException)
READY_WITHIN = 60.0  # seconds; far more than a start takes, even with every core busy


def prepare(url: str, folder: Path) -> Flask:
    """Migrate the database at `url`, load the real cards, and give an application that looks at it."""
    app = make_app(url, folder)
    stock(app, folder)
    return app


class Forked:
    """A process of the nursery, as much of `Popen` as a server needs; nobody's child, so its end has no code."""

    def __init__(self, number: int) -> None:
        self.pid = number

    def poll(self) -> int | None:
        """None while it lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, timeout: float) -> None:
        """Until it is gone; `TimeoutError` after so many seconds."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {self.pid} still lives")
            time.sleep(0.002)

    def send_signal(self, how: signal.Signals) -> None:
        """As `kill`."""
        os.kill(self.pid, how)


class Nursery:
    """What `nursery.py` does, in a process beside this one that has threads and databases open.

    `compiled`: the folder in which templates are kept as the programs they become.
    """

    def __init__(self, compiled: Path) -> None:
        command = [sys.executable, str(Path(__file__).with_name("nursery.py")), str(compiled)]
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        self._python = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def fork(self, argv: list[str], environ: dict[str, str], log: Path) -> Forked:
        """A gunicorn that begins now."""
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        print(json.dumps({"argv": argv, "environ": environ, "log": str(log)}), file=self._python.stdin, flush=True)
        return Forked(int(self._python.stdout.readline()))

    def close(self) -> None:
        """Nobody asks any more."""
        self._python.communicate(timeout=20)


class Watched:
    """Starts a gunicorn under a command that runs it and looks on, in place of a nursery."""

    def __init__(self, watcher: Sequence[str]) -> None:
        self._watcher = watcher

    def fork(self, argv: list[str], environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        """A gunicorn that begins now."""
        command = [*self._watcher, sys.executable, "-m", *argv]
        with log.open("ab") as said:
            return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said, start_new_session=True)


class Server:
    """Gunicorn as `make run` starts it, on a port of its own.

    `app` is an application of this test process on the same database and secrets: it adds people before, and reads
    what the server wrote. `settings` become the server's environment; nothing of ours is inherited.
    """

    def __init__(self, app: Flask, nursery: Nursery | Watched, workers: int = 2, **settings: str) -> None:
        self.app, self.workers = app, workers
        self.folder, self.port = Path(app.instance_path), _free_port()
        self.log = self.folder / "gunicorn.log"
        database = app.config["SQLALCHEMY_DATABASE_URI"]
        self.environ = {
            "PATH": os.environ["PATH"],
            "INSTANCE": str(self.folder),
            "DATABASE_URL": database,
            "BCRYPT_COST": "4",
            **settings,
        }
        self.nursery = nursery
        self._process: Forked | subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start, wait for /readyz, and give the seconds that took."""
        began = time.monotonic()
        argv = ["gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}", "--workers", str(self.workers)]
        argv += ["--threads", "4", "--worker-tmp-dir", "/tmp", "--log-level", "warning", "--no-control-socket"]
        argv += ["--preload"]  # imported once, not by each worker
        self._process = self.nursery.fork(argv, self.environ, self.log)
        while not self._is_ready():
            assert self._process.poll() is None, f"gunicorn ended at once:\n{self.said()}"
            assert time.monotonic() - began < READY_WITHIN, f"not ready:\n{self.said()}"
            time.sleep(0.02)
        return time.monotonic() - began

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-4000:]

    def stop(self) -> None:
        """End it the polite way; requests that run are answered."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 for the master and all its workers at once, as if the power went."""
        self._end(signal.SIGKILL)
        with suppress(OSError):  # the workers die a moment after the master, and hold the port until then
            for _ in range(500):
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                time.sleep(0.01)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, how) if how is signal.SIGKILL else self._process.send_signal(how)
        try:
            self._process.wait(20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def _is_ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            status, _ = Device(self, None, timeout=5).get("/readyz")
            return status == 200
        return False

    def cookie_of(self, person: Person) -> str:
        """The session cookie of somebody who signed in."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"_user_id": person.token, "csrf_token": "0" * 40}))

    def csrf_token(self) -> str:
        """A CSRF token that goes with `cookie_of`."""
        return str(URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps("0" * 40))

    def forget(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.engine.dispose()


class Device:
    """One signed-in device on a connection of its own, without a browser's patience: raw HTTP, nothing repeated."""

    def __init__(self, server: Server, person: Person | None, timeout: float = 30) -> None:
        self._wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
        self._headers = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        if person is not None:
            self._headers |= {"Cookie": f"session={server.cookie_of(person)}", "X-CSRFToken": server.csrf_token()}

    def get(self, path: str) -> tuple[int, str]:
        """(status, body) of a page."""
        return self._send("GET", path, None)

    def post(self, path: str, body: str) -> tuple[int, str]:
        """(status, body) of a form that was sent; OSError or HTTPException when no whole answer came."""
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        try:
            self._wire.request(method, path, body, self._headers)
            response = self._wire.getresponse()
            return response.status, response.read().decode()
        finally:
            self._wire.close()


@dataclass(frozen=True)
class Question:
    """A question of the review as it came over the wire: where its answer goes, and two different answers to it."""

    path: str
    token: str
    card: str
    first: str
    second: str

    @property
    def nonce(self) -> str:
        """What names this showing in the log."""
        return self.token.partition(".")[0]

    @property
    def showing(self) -> tuple[str, str]:
        """(card, version) that was shown."""
        return self.card, self.token.split(".")[2]


def read_question(html: str) -> Question:
    """The question on a page or fragment of today."""
    page = Page(html)
    assert page.find("section", id="review")[0].get("data-kind") == "question", html[:300]
    form = next(form for form in page.find("form", id="ask"))
    action = form.get("action") or ""
    path, is_self = action.replace("/reveal", "/answer"), "/reveal" in action
    token = next(field for field in page.find("input", name="token") if form in field.parents).get("value") or ""
    options = [field.get("value") or "42" for field in page.find("input", name="answer")]
    answer = options[0] if options else "SELECT+1"  # a query or a pattern stands in a text area
    first, second = ("grade=2", "grade=4") if is_self else ("blank=1", f"answer={answer}")
    sent = f"token={token}&"
    return Question(path, token, path.split("/")[-2], sent + first, sent + second)


class Client:
    """A learner's device that answers card after card, and keeps what it could not get through."""

    def __init__(self, server: Server, person: Person) -> None:
        self.person, self._server, self._device = person, server, Device(server, person)
        self.acknowledged: list[str] = []
        self.pending: Question | None = None

    def work(self, until: Event) -> None:
        """Answer until the server goes away or the time is over."""
        try:
            while not until.is_set():
                self.ask()
                self.send()
        except NO_ANSWER:
            return

    def ask(self) -> Question:
        """The question that is next; it waits for `send`."""
        self.pending = read_question(self._device.get("/quizzes/today")[1])
        return self.pending

    def send(self) -> None:
        """Send the answer that waits, if there is one. Only a whole 200 counts as acknowledged."""
        if self.pending is None:
            return
        status, page = self._device.post(self.pending.path, self.pending.first)
        is_whole = page.lstrip().startswith('<section id="review"') and page.rstrip().endswith("</section>")
        assert (status, is_whole) == (200, True), f"{page[:300]}\n{self._server.said()}"
        self.acknowledged.append(self.pending.nonce)
        self.pending = None


def learners(server: Server, count: int, **profile: Any) -> list[Person]:
    """People with a session each."""
    return [
        add_person(server.app, f"learner{number}@example.org", f"Learner {number}", **profile)
        for number in range(count)
    ]


def _free_port() -> int:
    """A port nobody listens on, below those the system gives to outgoing connections: it stays free over restarts."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
