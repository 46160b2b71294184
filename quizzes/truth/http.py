"""Proves cards about HTTP: sends their raw requests to a small reference app, in a process of its own."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from quizzes.cards import Ask, Card, Fence
from quizzes.truth.claims import (
    Claim,
    Finding,
    ProofError,
    claims_with_accepted,
    code_of,
    complain,
    judge,
    judge_each,
    refuse_idle_fences,
)
from quizzes.truth.python import run_program
from quizzes.truth.registry import statuses
from quizzes.truth.running import RunError

USAGE = '"http APP status", "statuses", "header NAME", "body", "each STATUS" or "each answer"'
_REQUEST = re.compile(r"([A-Z]+) (\*|/[!-~]*) HTTP/1\.1")
_ANSWER = re.compile(r"HTTP/1\.1 ([1-5][0-9]{2}) (\S.*)")
_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+): (\S(?:.*\S)?)")

# Runs each conversation with an app of its own, as a WSGI server would call it.
RUNNER = """
import json
from io import BytesIO
from urllib.parse import unquote_to_bytes
from werkzeug.test import run_wsgi_app
def send(app, method, target, headers, body):
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
        "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body.encode()),
        "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    chunks, status, answered = run_wsgi_app(app, environ, buffered=True)
    return status[:3], list(answered), b"".join(chunks).decode()
def talk(requests):
    names = {"__name__": "reference"}
    exec(compile(APP, "app.py", "exec"), names)
    return [send(names["app"], *request) for request in requests]
print(json.dumps([talk(requests) for requests in json.loads(TALKS)]))
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as a card shows it: `start` is (method, target) or (status, phrase)."""

    is_answer: bool
    start: tuple[str, str]
    headers: tuple[tuple[str, str], ...]
    body: str
    line: int

    def value(self, name: str) -> str:
        """Return the values of a header, joined as HTTP allows; "none" when it is not there."""
        return ", ".join(value for key, value in self.headers if key.casefold() == name.casefold()) or "none"


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:
    """Prove a card whose check is `http APP status|statuses|header|body|each ...`; apps are in `folder`/apps."""
    refuse_idle_fences(card, "http", frozenset({"setup", "hidden", "wrong"}))
    match card.check[1:]:
        case (app, "status" | "statuses" | "body") | (app, "header", _):
            return _prove_value(card, _Server(card, folder, app, limit_seconds))
        case (app, "each", wanted) if wanted == "answer" or wanted.isdecimal():
            return _prove_each(card, _Server(card, folder, app, limit_seconds), wanted)
    raise ProofError(card.line, f"http wants {USAGE}")


def read_message(text: str, line: int) -> Message:
    """Read a request or an answer: start line, header lines, an empty line, body; `line` is where it begins.

    A request gets a Host, and a Content-Length where it has a body, as every client adds them. Raises ProofError
    with the line that is not HTTP.
    """
    head, _, body = text.removesuffix("\n").partition("\n\n")
    first, *rest = head.split("\n")
    request, answer = _REQUEST.fullmatch(first), _ANSWER.fullmatch(first)
    found = request or answer
    if not found:
        raise ProofError(line, f'"{first}" is neither "METHOD /path HTTP/1.1" nor "HTTP/1.1 404 Not Found"')
    if answer and statuses().get(int(answer[1]), {}).get("phrase") != answer[2]:
        raise ProofError(line, f'the registry knows no status "{answer[1]} {answer[2]}"')
    headers = tuple(_read_header(header, line + number) for number, header in enumerate(rest, 1))
    message = Message(not request, (found[1], found[2]), headers, body, line)
    return message if answer else _completed(message)


def _read_header(text: str, line: int) -> tuple[str, str]:
    found = _HEADER.fullmatch(text)
    if not found:
        raise ProofError(line, f'"{text}" is no header: write "Name: value"')
    return found[1], found[2]


def _completed(message: Message) -> Message:
    length = str(len(message.body.encode()))
    added = [] if message.value("Host") != "none" else [("Host", "shop.example")]
    if message.value("Content-Length") not in {"none", length}:
        raise ProofError(message.line, f"Content-Length is wrong: the body has {length} bytes")
    if message.body and message.value("Content-Length") == message.value("Transfer-Encoding") == "none":
        added.append(("Content-Length", length))
    return Message(False, message.start, (*added, *message.headers), message.body, message.line)


@dataclass(frozen=True, slots=True)
class _Server:
    """The reference app of one card, and how long a run with it may take."""

    card: Card
    folder: Path
    app: str
    limit_seconds: float

    def answer(self, talks: Sequence[Sequence[Message]]) -> list[list[Message]]:
        """Return the answers to the requests of each conversation, each held with an app that knows no other."""
        told = [[(*m.start, m.headers, m.body) for m in talk if not m.is_answer] for talk in talks]
        program = f"import sys\nAPP = {self._source()!r}\nTALKS = {json.dumps(told)!r}\n{RUNNER}"
        try:
            run = run_program(program, self.limit_seconds)
        except RunError as error:
            raise ProofError(self.card.line, str(error)) from error
        if run.exception:
            raise ProofError(self.card.line, f"the app fails with {run.exception}: {run.message}")
        return [[_heard(*answer) for answer in talk] for talk in json.loads(run.stdout)]

    def _source(self) -> str:
        known = {path.stem: path for path in sorted((self.folder / "apps").glob("*.py"))}
        if self.app not in known:
            raise ProofError(self.card.line, f'there is no app "{self.app}"; known are {", ".join(known) or "none"}')
        return known[self.app].read_text(encoding="utf-8")


def _heard(status: str, headers: list[tuple[str, str]], body: str) -> Message:
    return Message(True, (status, ""), tuple((name, value) for name, value in headers), body.strip(), 0)


def _prove_value(card: Card, server: _Server) -> Finding:
    setup, asked = _messages(card, "setup"), [*_messages(card, ""), *_messages(card, "hidden")]
    wrong = code_of(card, "http", "wrong")
    last = _last_request(card, asked)
    talk = [*setup, *asked]
    stand_ins = [[*setup, *asked[:last], read_message(fence.code, fence.line + 1)] for fence in wrong]
    first, again, *others = server.answer([talk, talk, *stand_ins])
    count = sum(not message.is_answer for message in asked)
    if _result(card, again, count) != _result(card, first, count):
        raise ProofError(card.line, "the app gives something else on each run")
    computed = _result(card, first, count)
    runs = [(fence, _result(card, answers, count)) for fence, answers in zip(wrong, others, strict=True)]
    complaints = judge(card, computed, runs, "the app", _bare)
    return Finding(computed, (*_false_answers(card, talk, first), *complaints))


def _result(card: Card, answers: list[Message], count: int) -> str:
    match card.check[2:]:
        case ("statuses",):
            return " ".join(answer.start[0] for answer in answers[-count:])
        case ("header", name):
            return answers[-1].value(name)
        case ("body",):
            return answers[-1].body or "empty"
    return answers[-1].start[0]


def _bare(text: str) -> str:
    """Return "404" for "404 Not Found": a status with its own phrase says no more than its number."""
    code, _, phrase = text.partition(" ")
    row = statuses().get(int(code)) if re.fullmatch(r"[1-5][0-9]{2}", code) else None
    return code if row and row["phrase"] == phrase else text


def _prove_each(card: Card, server: _Server, wanted: str) -> Finding:
    claims = claims_with_accepted(card)
    talks = [_talk_with(card, claim) for claim in claims]
    met = [_is_met(card, talk, answers, wanted) for talk, answers in zip(talks, server.answer(talks), strict=True)]
    return judge_each(card, list(zip(claims, met, strict=True)), f"give {wanted}")


def _is_met(card: Card, talk: list[Message], answers: list[Message], wanted: str) -> bool:
    if wanted != "answer":
        return answers[-1].start[0] == wanted
    if not talk[-1].is_answer:
        raise ProofError(card.line, "each answer wants a shown answer after the request")
    return not _false_answers(card, talk, answers)


def _talk_with(card: Card, claim: Claim) -> list[Message]:
    """Return the conversation with an option in the gap, as one header more, or as the request itself."""
    shown = _messages(card, "", claim.text) + _messages(card, "hidden", claim.text)
    requests = [message for message in shown if not message.is_answer]
    if not requests:
        shown = [read_message(f"{claim.text} HTTP/1.1", claim.line), *shown]
    elif card.ask is not Ask.CLOZE:
        last = shown.index(requests[-1])
        headers = (*shown[last].headers, _read_header(claim.text, claim.line))
        shown[last] = Message(False, shown[last].start, headers, shown[last].body, shown[last].line)
    return _messages(card, "setup") + shown


def _messages(card: Card, role: str, answer: str | None = None) -> list[Message]:
    return [_read(fence) for fence in code_of(card, "http", role, answer)]


def _read(fence: Fence) -> Message:
    return read_message(fence.code, fence.line + 1)


def _last_request(card: Card, asked: list[Message]) -> int:
    """Return the index of the request that is asked about."""
    found = [index for index, message in enumerate(asked) if not message.is_answer]
    if not found or asked[0].is_answer:
        raise ProofError(card.line, "there is no request to send: the first http fence is one")
    return found[-1]


def _false_answers(card: Card, talk: Sequence[Message], answers: Sequence[Message]) -> list[str]:
    """Name every shown answer that did not come back so: its status, its body and the headers it shows."""
    heard = iter(answers)
    pairs = [(message, next(heard) if not message.is_answer else None) for message in talk]
    return [
        complain(card, shown.line, f'the app gives "{answer.start[0]}", {dict(answer.headers)}, "{answer.body}" here')
        for (_, answer), (shown, _) in pairwise(pairs)
        if answer and shown.is_answer and not _is_shown(shown, answer)
    ]


def _is_shown(shown: Message, answer: Message) -> bool:
    headers = all(answer.value(name) == value for name, value in shown.headers)
    return headers and (shown.start[0], shown.body.strip()) == (answer.start[0], answer.body)
