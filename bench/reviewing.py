"""A learner's browser without the browser: raw keep-alive sockets, htmx headers, answers read from the fragments."""

import gzip
import re
import socket
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

import brotli
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from bench.seeding import SECRET, token_of
from bench.serving import HOST

ENCODINGS = "gzip, deflate, br, zstd"  # what Chromium sends
IDLE_SECONDS = 1.0
WAITED_MS = "0"  # nobody here looks at the feedback; more than has passed would be refused as too fast
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_ENCODING = re.compile(rb"\r\ncontent-encoding: (\w+)", re.IGNORECASE)
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_SEND = re.compile(r'<form id="ask" method="\w+" action="([^"]+)"')
_CHOSEN = re.compile(r'name="grade" value="(\d)"[^>]* autofocus')
_KIND = re.compile(r'data-kind="(\w+)"')
_BEHIND = '<template id="next">'
_NEXT = re.compile(rf"{_BEHIND}(.*)</template>", re.DOTALL)

Sheets = dict[str, tuple[str, list[str]]]


class Refused(RuntimeError):
    """The server did not answer 200."""


@dataclass(frozen=True)
class Reply:
    """What came back; `body` is decoded, `wire` counts the bytes of the whole response."""

    status: int
    body: str
    wire: int


class Connection:
    """One keep-alive connection. It never stays open longer than gunicorn does (2 s)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.used_at = 0.0

    def close(self) -> None:
        """Hang up."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send(self, request: bytes) -> Reply:
        """Send a request and read its reply."""
        if self.socket is None or time.monotonic() - self.used_at > IDLE_SECONDS:
            self.close()
            self.socket = socket.create_connection((HOST, self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        head, body = self._read(self.socket)
        self.used_at = time.monotonic()
        return Reply(int(head[9:12]), decoded(head, body), len(head) + 4 + len(body))

    @staticmethod
    def _read(stream: socket.socket) -> tuple[bytes, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(stream)
        head, _, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        wanted = int(length.group(1)) if length else 0
        while len(body) < wanted:
            body += _some(stream)
        return head, body


def _some(stream: socket.socket) -> bytes:
    if not (received := stream.recv(65_536)):
        raise ConnectionError("the server hung up in the middle of a reply")
    return received


def decoded(head: bytes, body: bytes) -> str:
    """A reply's text, decompressed as its head says."""
    encoding = _ENCODING.search(head)
    match encoding.group(1) if encoding else b"":
        case b"br":
            body = brotli.decompress(body)
        case b"gzip":
            body = gzip.decompress(body)
    return body.decode()


def cookie_of(learner: int) -> str:
    """The session cookie of a seeded learner, as Flask signs it."""
    app = Flask("portal")
    app.secret_key = SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": token_of(learner), "_fresh": True, "csrf_token": "c" * 40}))


@dataclass
class Shown:
    """A fragment in front of the learner: its state, where its form goes, and the token in it.

    `following` is the card that came along with a feedback: taking the proposed grade shows it without a request.
    """

    kind: str
    url: str
    token: str
    grade: str
    following: "Shown | None" = None

    @property
    def slug(self) -> str:
        """The card of a question."""
        return self.url.split("/")[3]

    @property
    def takes_answer(self) -> bool:
        """Whether its form keeps an answer: each card has one such step, whatever else it needs."""
        return self.url.endswith("/answer")


def read_fragment(reply: Reply) -> Shown:
    """What a learner sees. Raises Refused for anything but a review."""
    if reply.status != 200:
        raise Refused(f"{reply.status}: {reply.body[:300]}")
    return shown_in(reply.body)


def next_in(reply: Reply) -> Shown:
    """What a learner does something about next: the card behind the feedback, or what they see. Raises Refused."""
    _, _, behind = reply.body.partition(_BEHIND) if reply.status == 200 else ("", "", "")
    return shown_in(behind) if behind else read_fragment(reply)


def shown_in(html: str) -> Shown:
    """The review in a page or fragment. Raises Refused where there is none."""
    behind = _NEXT.search(html)
    seen = _NEXT.sub("", html)
    kind, token, url, chosen = (found.search(seen) for found in (_KIND, _TOKEN, _SEND, _CHOSEN))
    if kind is None or token is None:
        raise Refused(f"no review: {seen[:300]}")
    address, grade = unescape(url.group(1)) if url else "", chosen.group(1) if chosen else "4"
    return Shown(kind.group(1), address, token.group(1), grade, shown_in(behind.group(1)) if behind else None)


def other_grade(grade: str) -> str:
    """Another grade than this one."""
    return "3" if grade == "4" else "4"


class Reviewer:
    """A learner at the daily review. Four of five answers are right; requests are made before they are timed."""

    def __init__(self, connection: Connection, learner: int, sheets: Sheets) -> None:
        self.connection = connection
        self.sheets = sheets
        self.cookie = cookie_of(learner)
        self.count = 0
        page = self.connection.send(self.request("GET", "/quizzes/today", is_page=True))
        csrf = _CSRF.search(page.body)
        if page.status != 200 or csrf is None:
            raise Refused(f"{page.status}: {page.body[:300]}")
        self.csrf = csrf.group(1)

    def request(
        self, method: str, url: str, fields: list[tuple[str, str]] | None = None, is_page: bool = False
    ) -> bytes:
        """A request of this learner, ready to be sent: htmx asks for a fragment, `is_page` for a whole page."""
        body = urlencode(fields or []).encode()
        lines = [
            f"{method} {url} HTTP/1.1",
            f"Host: {HOST}:{self.connection.port}",
            f"Accept: {'text/html' if is_page else '*/*'}",
            f"Accept-Encoding: {ENCODINGS}",
            f"Cookie: session={self.cookie}",
        ]
        if not is_page:
            lines += ["HX-Request: true", "HX-Request-Type: partial"]
        if method == "POST":
            lines += [
                f"Origin: http://{HOST}:{self.connection.port}",
                f"X-CSRFToken: {self.csrf}",
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join((*lines, "", "")).encode() + body

    def look(self, slug: str | None = None) -> Shown:
        """The next card, or this one."""
        url = "/quizzes/today" if slug is None else f"/quizzes/today?card={slug}"
        return read_fragment(self.connection.send(self.request("GET", url)))

    def answer_of(self, shown: Shown) -> bytes:
        """The request that answers a question, as it is sent for one that came along with a feedback."""
        self.count += 1
        ask, right = self.sheets[shown.slug]
        given = right if self.count % 5 else ["0"]
        fields = [("token", shown.token), ("waited", WAITED_MS)]
        if ask in ("choice", "multi", "order") and not self.count % 5:
            fields.append(("blank", "1"))
        else:
            fields += [("answer", text) for text in given]
        return self.request("POST", shown.url, fields)

    def grade_of(self, shown: Shown, grade: str | None = None) -> bytes:
        """The request that takes another grade, or the proposed one where no card came along with the feedback."""
        fields = [("token", shown.token), ("grade", grade or shown.grade)]
        return self.request("POST", shown.url, fields)

    def reveal_of(self, shown: Shown) -> bytes:
        """The request that shows the answer of a self card."""
        fields = {"token": shown.token, "waited": WAITED_MS}
        return self.request("GET", f"{shown.url}?{urlencode(fields)}")

    def send(self, request: bytes) -> Reply:
        """Send a request made before."""
        return self.connection.send(request)

    def next_request(self, shown: Shown) -> bytes:
        """What this learner does next: answer, show the answer, or take the proposed grade and go on."""
        if shown.kind != "question":
            return self.grade_of(shown)
        return self.answer_of(shown) if shown.takes_answer else self.reveal_of(shown)


@dataclass(frozen=True)
class Turn:
    """One request of a review: how long it took, whether it kept an answer, and what was wrong with the reply."""

    seconds: float
    kept_answer: bool
    refusal: str = ""


class Learners:
    """Learners who share one connection and take turns: every request is another one's."""

    def __init__(self, connection: Connection, learners: Iterable[int], sheets: Sheets) -> None:
        reviewers = [Reviewer(connection, learner, sheets) for learner in learners]
        self.waiting = deque((reviewer, reviewer.look()) for reviewer in reviewers)

    def turn(self) -> Turn:
        """The next request of the next learner, who takes proposed grades without one where the next card came along.

        Who is refused or has nothing due leaves. Raises Refused when all left.
        """
        while self.waiting and self.waiting[0][1].kind == "done":
            self.waiting.popleft()
        if not self.waiting:
            raise Refused("nobody has a card left")
        reviewer, shown = self.waiting.popleft()
        request = reviewer.next_request(shown)
        began = time.perf_counter()
        reply = reviewer.send(request)
        seconds = time.perf_counter() - began
        try:
            following = next_in(reply)
        except Refused as problem:
            return Turn(seconds, shown.takes_answer, str(problem))
        self.waiting.append((reviewer, following))
        return Turn(seconds, shown.takes_answer)
