"""A learner's browser without the browser: raw keep-alive sockets, htmx headers, answers read from the fragments."""

import gzip
import re
import socket
import time
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

import brotli  # type: ignore[import-untyped]
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from bench.seeding import SECRET, token_of
from bench.serving import HOST

ENCODINGS = "gzip, deflate, br, zstd"  # what Chromium sends
IDLE_SECONDS = 1.0
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_ENCODING = re.compile(rb"\r\ncontent-encoding: (\w+)", re.IGNORECASE)
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_SEND = re.compile(r'<form id="ask" method="\w+" action="([^"]+)"')
_CHOSEN = re.compile(r'name="grade" value="(\d)"[^>]* autofocus')
_KIND = re.compile(r'data-kind="(\w+)"')

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
    """A fragment in front of the learner: its state, where its form goes, and the token in it."""

    kind: str
    url: str
    token: str
    grade: str


def read_fragment(reply: Reply) -> Shown:
    """What a learner sees. Raises Refused for anything but a review."""
    if reply.status != 200:
        raise Refused(f"{reply.status}: {reply.body[:300]}")
    kind, token, url = (found.search(reply.body) for found in (_KIND, _TOKEN, _SEND))
    if kind is None or token is None:
        raise Refused(f"no review: {reply.body[:300]}")
    chosen = _CHOSEN.search(reply.body)
    address = unescape(url.group(1)) if url else ""
    return Shown(kind.group(1), address, token.group(1), chosen.group(1) if chosen else "4")


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
        page = self.connection.send(self._request("GET", "/quizzes/today", is_page=True))
        csrf = _CSRF.search(page.body)
        if page.status != 200 or csrf is None:
            raise Refused(f"{page.status}: {page.body[:300]}")
        self.csrf = csrf.group(1)

    def _request(
        self, method: str, url: str, fields: list[tuple[str, str]] | None = None, is_page: bool = False
    ) -> bytes:
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
        return read_fragment(self.connection.send(self._request("GET", url)))

    def answer_of(self, shown: Shown) -> bytes:
        """The request that answers a question."""
        self.count += 1
        ask, right = self.sheets[shown.url.split("/")[3]]
        given = right if self.count % 5 else ["0"]
        fields = [("token", shown.token)]
        if ask in ("choice", "multi") and not self.count % 5:
            fields.append(("blank", "1"))
        else:
            fields += [("answer", text) for text in given]
        return self._request("POST", shown.url, fields)

    def grade_of(self, shown: Shown, grade: str | None = None) -> bytes:
        """The request that takes the proposed grade, or another one."""
        fields = [("token", shown.token), ("grade", grade or shown.grade)]
        return self._request("POST", shown.url, fields)

    def reveal_of(self, shown: Shown) -> bytes:
        """The request that shows the answer of a self card."""
        return self._request("GET", f"{shown.url}?{urlencode({'token': shown.token})}")

    def send(self, request: bytes) -> Reply:
        """Send a request made before."""
        return self.connection.send(request)
