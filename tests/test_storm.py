"""Three server processes, eight devices of one learner, all answering at once: each card counts once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from factories import Person, log_of
from serving import Device, Nursery, Question, Server, learners, prepare, read_question

from portal.accounts import actions
from portal.db import db
from portal.login import now
from portal.quizzes.models import LogRow
from portal.quizzes.verifying import verify
from quizzes.ledger import Kind

DEVICES, ROUNDS = 8, 12
both_databases = pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)


@dataclass(frozen=True)
class Told:
    """What a device sent and what the server told it."""

    question: Question
    body: str
    status: int


@pytest.fixture
def server(empty_database: str, tmp_path: Path, nursery: Nursery) -> Iterator[Server]:
    """Three processes on a database with the real cards. No human is among these devices: no shortest time."""
    running = Server(prepare(empty_database, tmp_path), nursery, workers=3, MIN_ANSWER_MS="0")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        running.forget()


class Crowd:
    """Eight devices of one learner that send at the same moment."""

    def __init__(self, server: Server) -> None:
        (self.learner,) = learners(server, 1, new_per_day=200)
        with server.app.app_context():
            tokens = [actions.start_session(self.learner.id, f"device {n}", now()) for n in range(DEVICES)]
            db.session.commit()
        people = [Person(self.learner.id, self.learner.email, token) for token in tokens]
        self.devices = [Device(server, person) for person in people]
        self._gate, self._threads = Barrier(DEVICES), ThreadPoolExecutor(DEVICES)
        self.told: list[Told] = []

    def ask(self, how_many: int = DEVICES) -> list[Question]:
        """So many devices open today's page."""
        pages = self._threads.map(lambda device: device.get("/quizzes/today"), self.devices[:how_many])
        return [read_question(html) for _, html in pages]

    def answer(self, questions: list[Question], bodies: list[str]) -> list[int]:
        """Every device answers its question; the statuses."""
        statuses = self.send([question.path for question in questions], bodies)
        self.told += [Told(*one) for one in zip(questions, bodies, statuses, strict=True)]
        return statuses

    def send(self, paths: list[str], bodies: list[str]) -> list[int]:
        """Every device posts its body to its path; the statuses."""

        def post(device: Device, path: str, body: str) -> int:
            self._gate.wait(60)
            return device.post(path, body)[0]

        return list(self._threads.map(post, self.devices, paths, bodies))

    def leave(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()


@both_databases
def test_eight_devices_that_answer_at_once_leave_one_answer_for_each_card_shown(server: Server) -> None:
    crowd = Crowd(server)
    for round_ in range(ROUNDS):
        _answer_own_showings(crowd, round_)
        _send_one_answer_eight_times(crowd)
        _answer_one_showing_in_two_ways(crowd)
        _take_the_last_answer_back_eight_times(crowd, server)
    crowd.leave()
    rows = [row for row in log_of(server.app, crowd.learner) if row.kind == Kind.ANSWER]
    _compare(crowd.told, rows)
    with server.app.app_context():
        assert list(verify()) == []
    said = sorted({told.status for told in crowd.told})
    print(f"{len(crowd.told)} answers sent, {len(rows)} kept, statuses {said}, verify clean")


def _answer_own_showings(crowd: Crowd, round_: int) -> None:
    """Each device has a showing of its own of the same card: one wins."""
    questions = crowd.ask()
    bodies = [(question.first, question.second)[(n + round_) % 2] for n, question in enumerate(questions)]
    statuses = crowd.answer(questions, bodies)
    assert sorted(statuses) == [200] + [409] * (DEVICES - 1)


def _send_one_answer_eight_times(crowd: Crowd) -> None:
    """The same showing, the same answer: every device hears the one result."""
    (question,) = crowd.ask(1)
    assert crowd.answer([question] * DEVICES, [question.first] * DEVICES) == [200] * DEVICES


def _answer_one_showing_in_two_ways(crowd: Crowd) -> None:
    """The same showing, two different answers: one of them is kept, and whoever sent the other is told so."""
    (question,) = crowd.ask(1)
    statuses = crowd.answer([question] * DEVICES, [question.first, question.second] * (DEVICES // 2))
    assert set(zip(statuses[::2], statuses[1::2], strict=True)) in ({(200, 422)}, {(422, 200)})


def _take_the_last_answer_back_eight_times(crowd: Crowd, server: Server) -> None:
    """Undo from every device: it is taken back once."""
    last = log_of(server.app, crowd.learner)[-1]
    statuses = crowd.send([f"/quizzes/answers/{last.id}/undo"] * DEVICES, [""] * DEVICES)
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    later = [row for row in log_of(server.app, crowd.learner) if row.id > last.id]
    assert [(row.kind, row.card_id, row.takes_back) for row in later] == [(Kind.UNDO, last.card_id, last.version)]


def _compare(told: list[Told], rows: list[LogRow]) -> None:
    """One log row for each card and version that was answered, and each belongs to an answer that was accepted."""
    kept = {row.token: row for row in rows}
    assert len(kept) == len(rows), "a token stands in the log twice"
    assert len({(row.card_id, row.version) for row in rows}) == len(rows), "a card's version was answered twice"
    assert len({one.question.showing for one in told}) == len(rows), "a showing was answered and is not in the log"
    assert {one.status for one in told} <= {200, 409, 422}
    for one in told:
        assert (one.status in {200, 422}) == (one.question.nonce in kept), one
