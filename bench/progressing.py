"""Row 8: what the page of progress costs after a million reviews, against ten thousand."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.costs import cpu_of
from bench.reviewing import ENCODINGS, Connection, Refused, Reply, Reviewer, Sheets, cookie_of, read_fragment
from bench.seeding import Group
from bench.serving import HOST, Server

CARDS, DUE, ANSWERED = 870, 100, 30
# The same cards, answered on as many of the last days; one of them has been doing so for decades.
LEARNERS = {"10 k": (1, 12), "1 M": (2, 1_150)}  # learner, reviews a card
GROUPS = [Group(range(learner, learner + 1), CARDS, DUE, each, each) for learner, each in LEARNERS.values()]
PATHS = {"13 weeks": "/progress", "52 weeks": "/progress?period=year", "all": "/progress?period=all"}
BATCH = 5


@dataclass(frozen=True)
class Pages:
    """Medians over the rounds for one period: the learner with the long log against the other, and the latter's ms."""

    cpu: float
    wall: float
    ms: float
    kb: float


def pages(server: Server, sheets: Sheets, rounds: int) -> dict[str, Pages]:
    """The page for each period, both learners interleaved in a new order every round, with answers of today."""
    connection, chance = Connection(server.port), random.Random(8)
    for learner, _ in LEARNERS.values():
        reviewer = Reviewer(connection, learner, sheets)
        for _ in range(ANSWERED):
            read_fragment(connection.send(reviewer.answer_of(reviewer.look())))
    found: dict[str, list[tuple[float, float, float, float]]] = {period: [] for period in PATHS}
    for number in range(rounds + 1):
        for period, path in PATHS.items():
            requests = {name: [_get(path, learner)] * BATCH for name, (learner, _) in LEARNERS.items()}
            costs = {name: _cost(server, requests[name], connection) for name in chance.sample(list(LEARNERS), 2)}
            if number:  # the first round warms up
                few, many = costs["10 k"], costs["1 M"]
                found[period].append((many[0] / few[0], many[1] / few[1], few[1], few[2]))
    return {period: Pages(*(median(column) for column in zip(*rows, strict=True))) for period, rows in found.items()}


def _get(path: str, learner: int) -> bytes:
    cookie = f"Cookie: session={cookie_of(learner)}"
    return "\r\n".join(
        (f"GET {path} HTTP/1.1", f"Host: {HOST}", f"Accept-Encoding: {ENCODINGS}", cookie, "", "")
    ).encode()


def _cost(server: Server, requests: Sequence[bytes], connection: Connection) -> tuple[float, float, float]:
    """CPU in ns and wall time in ms of a page, and its size in KB."""
    began = time.perf_counter()
    cpu, replies = cpu_of(server, requests, connection.send)
    wall = 1_000 * (time.perf_counter() - began) / len(requests)
    _check(replies)
    return cpu, wall, replies[0].wire / 1_024


def _check(replies: Sequence[Reply]) -> None:
    if any(reply.status != 200 or 'id="kept"' not in reply.body for reply in replies):
        raise Refused(f"{replies[0].status}: {replies[0].body[:200]}")
