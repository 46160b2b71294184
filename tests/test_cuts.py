"""The power goes while people answer: whatever the disk kept, it is a whole database with every acknowledged answer.

`kill -9` (test_faults) says nothing about the disk: the kernel keeps what a process wrote before it died. Here a real
server runs under strace, and the disk is played from the trace (`cutting.py` says what it may do). Times are lines.
"""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import make_app
from cutting import Disk, Image
from flask import Flask
from serving import Client, Device, Server, Watched, learners, prepare
from tracing import NEVER, read_tape, tracer, wait_for, why_not

from portal.db import db, sqlite_module
from portal.quizzes.verifying import verify

pytestmark = pytest.mark.slow
LEARNERS, ANSWERS = 6, 150  # each; about 370 answers fill the log, then it is copied and begins anew
AFTER_ANSWERS, ANYWHERE, WHILE_COPYING = 220, 100, 80  # cuts
VERIFIED = 8  # of so many cuts one is verified, which takes longer than all the rest
ENOUGH = 500  # answers lost, or disks broken: more say no more
SEED = 20_261_123


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A server on a database of its own, hundreds of answers by several people at once, and all that was written."""
    folder = tmp_path_factory.mktemp("cuts")
    if reason := why_not(folder):
        pytest.skip(f"No power cut can be played: {reason}")
    database, trace = folder / "portal.db", folder / "trace"
    server = Server(prepare(f"sqlite:///{database}", folder), Watched(tracer(trace)), MIN_ANSWER_MS="0")
    clients = [Client(server, person) for person in learners(server, LEARNERS, new_per_day=200)]
    server.forget()
    begun_with = database.read_bytes()
    try:
        server.start()
        with ThreadPoolExecutor(LEARNERS) as threads:
            list(threads.map(_answer_many, [server] * LEARNERS, clients))
        with closing(sqlite_module().connect(database)) as somebody:  # the last one to leave removes the log: not yet
            somebody.execute("SELECT max(id) FROM review_log").fetchall()
            server.stop()
            wait_for(trace)
            tape = read_tape(trace, database)
            made = Disk(begun_with, database, tape, tape.syncs)
            _compare(made, {token for client in clients for token in client.acknowledged})
    finally:
        server.stop()
    trace.unlink()
    yield made
    shutil.rmtree(folder)


def _compare(disk: Disk, told: set[str]) -> None:
    """The trace knows every answer and every byte."""
    assert disk.tape.made != NEVER, "there is no log (portal.db.journal_mode), and the model knows nothing else"
    assert told == {token for _, token in disk.tape.acknowledged} == disk.tape.sent, "the trace missed an answer"
    is_whole = disk.written() == (disk.database.read_bytes(), disk.log.read_bytes())
    assert is_whole, "the trace missed a write"


def _answer_many(server: Server, client: Client) -> None:
    """Each third answer is sent twice at once: what is told to the second one, too, has to be on the disk."""
    other = Device(server, client.person)
    with ThreadPoolExecutor(1) as beside:
        for number in range(ANSWERS):
            question = client.ask()
            again = beside.submit(other.post, question.path, question.first) if number % 3 == 0 else None
            client.send()
            assert again is None or again.result()[0] == 200


class Opener:
    """Lays images down where an application finds them, looks at them with the portal's own driver, and counts."""

    def __init__(self, folder: Path, sent: set[str]) -> None:
        self._database, self._driver, self._sent = folder / "found.db", sqlite_module(), sent
        self._app: Flask = make_app(f"sqlite:///{self._database}", folder)
        self.opened: Counter[tuple[str, str]] = Counter()
        self.broken: list[str] = []
        self.invented = 0

    def open(self, image: Image, wanted: set[str]) -> set[str]:
        """Open it as after the cut; those of the wanted answers that are not there exactly once."""
        image.lay(self._database)
        self.opened[image.how] += 1
        wire = self._driver.connect(str(self._database))
        try:
            wire.execute("PRAGMA synchronous=OFF")  # nobody pulls the plug of this one
            said = [row[0] for row in wire.execute("PRAGMA integrity_check")]
            kept = Counter(row[0] for row in wire.execute("SELECT token FROM review_log WHERE token IS NOT NULL"))
        except self._driver.DatabaseError as problem:
            said, kept = [str(problem)], Counter()
        finally:
            wire.close()
        if said != ["ok"]:
            self.broken.append(f"{image.how}: {said[0]}")
        self.invented += len(kept.keys() - self._sent)
        return {token for token in wanted if kept[token] != 1}

    def verify(self, image: Image) -> list[str]:
        """What `flask reviews verify` says of it."""
        image.lay(self._database)
        with self._app.app_context():
            said = list(verify())
            db.session.remove()
            db.engine.dispose()
        return said


@pytest.fixture
def opener(disk: Disk, tmp_path: Path) -> Opener:
    """Where images of this disk are opened."""
    return Opener(tmp_path, disk.tape.sent)


def test_a_power_cut_loses_no_acknowledged_answer_and_leaves_the_database_whole(disk: Disk, opener: Opener) -> None:
    chance, promised, unverified = random.Random(SEED), 0, list[str]()
    cuts, lost = _draw_cuts(disk, chance), list[str]()
    for number, cut in enumerate(cuts, 1):
        acknowledged, images = disk.acknowledged(cut), list(disk.images(cut, chance))
        for image in images:
            lost += sorted(opener.open(image, acknowledged))
            promised += len(acknowledged)
        if number % VERIFIED == 0:
            unverified += opener.verify(chance.choice(images))
        if len(lost) + len(opener.broken) > ENOUGH:
            break
    times = Counter(token for _, token in disk.tape.acknowledged)
    print(
        f"{len(disk.tape.sent)} acknowledged answers, the log copied {len(_copying(disk))} times; {number} power"
        f" cuts, {sum(opener.opened.values())} disks opened after them: {len(lost)} of {promised} answers lost"
        f" ({sum(times[token] > 1 for token in lost)} of those sent twice at once), {len(opener.broken)} disks broken"
    )
    assert (lost[:9], opener.broken[:9], opener.invented, unverified[:9]) == ([], [], 0, [])
    assert len(opener.opened) >= 6, f"the disk had too little choice to say anything: {opener.opened}"


def test_had_nobody_waited_for_the_disk_answers_would_be_lost(disk: Disk, opener: Opener) -> None:
    """The control: the same run, with the syncs alone that keep a database whole (synchronous=NORMAL, no own sync)."""
    chance, careless = random.Random(SEED), disk.without_syncs_of_commits()
    cuts = chance.sample([moment for moment, _ in disk.tape.acknowledged], 100)
    promised = [careless.acknowledged(cut) for cut in cuts]
    lost = [len(opener.open(next(careless.images(cut, chance)), one)) for cut, one in zip(cuts, promised, strict=True)]
    cut_short = sum(one > 0 for one in lost)
    print(
        f"without the syncs of commits: {sum(lost)} of {sum(map(len, promised))} answers lost after {len(cuts)} cuts,"
        f" {max(lost)} at the worst, some after {cut_short} of them; {len(opener.broken)} broken"
    )
    assert cut_short > 0.9 * len(cuts), "what looks for lost answers does not find them"
    assert opener.broken == []


def test_had_nobody_ever_waited_databases_would_break(disk: Disk, opener: Opener) -> None:
    """The other control: what looks for broken databases finds them."""
    chance, never = random.Random(SEED), replace(disk, syncs={})
    for _, synced in _copying(disk):
        for image in never.images(chance.randint(synced, disk.tape.acknowledged[-1][0]), chance):
            opener.open(image, set())
    print(f"without any sync: {len(opener.broken)} of {sum(opener.opened.values())} disks broken")
    assert opener.broken


def _draw_cuts(disk: Disk, chance: random.Random) -> list[int]:
    """Moments at which the power goes: when an answer is about to go out, anywhere, and while the log is copied."""
    answered = [moment for moment, _ in disk.tape.acknowledged]
    first, last = answered[0], answered[-1]
    strange = [name for moment, name in disk.tape.strange if first <= moment <= last]
    assert strange == [], "outside the model of the disk"
    spans = _copying(disk)
    assert spans, "the log was never copied into the database: more answers are needed"
    copying = [moment for begun, synced in spans for moment in range(begun, synced)]
    drawn = chance.sample(answered, AFTER_ANSWERS) + chance.choices(copying, k=WHILE_COPYING)
    return [*drawn, *(chance.randint(first, last) for _ in range(ANYWHERE))]


def _copying(disk: Disk) -> list[tuple[int, int]]:
    """When the log was copied while people answered, as `Disk.copying`."""
    return [span for span in disk.copying() if span[1] < disk.tape.acknowledged[-1][0]]
