"""Rows 1 and 5: server CPU of the steps of a review against hello, and their latency against a small database."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.reviewing import Connection, Reply, Reviewer, Sheets, other_grade, read_fragment
from bench.seeding import Instance, reset
from bench.serving import HOST, Server

HELLO = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n\r\n".encode()
BATCH = 20


@dataclass
class Steps:
    """What one round of one learner cost: CPU in ns per request.

    `answer` brings the feedback with the next card in it, and is all a card needs; `grade` is the proposed grade as a
    request of its own, `regrade` another grade.
    """

    answer: float
    grade: float
    regrade: float


def cpu_of(server: Server, requests: Sequence[bytes], send: Callable[[bytes], Reply]) -> tuple[float, list[Reply]]:
    """CPU in ns per request of the server, and the replies."""
    before = server.cpu_ns()
    replies = [send(request) for request in requests]
    return (server.cpu_ns() - before) / len(requests), replies


def hello_cost(server: Server, count: int) -> float:
    """CPU in ns of one hello."""
    connection = Connection(server.port)
    for _ in range(20):
        connection.send(HELLO)
    cost, _ = cpu_of(server, [HELLO] * count, connection.send)
    connection.close()
    return cost


def review_cost(server: Server, instance: Instance, reviewer: Reviewer, slugs: Sequence[str]) -> Steps:
    """Answer and grade these due cards in batches, so that each step's CPU can be told apart; then take it all back.

    Every batch is graded by requests, though a browser sends none for a proposed grade; every fourth by another grade.
    """
    sums: dict[str, list[float]] = {"answer": [], "grade": [], "regrade": []}
    batches = [slugs[start : start + BATCH] for start in range(0, len(slugs), BATCH)]
    for number, batch in enumerate(batches):
        requests = [reviewer.answer_of(reviewer.look(slug)) for slug in batch]
        cost, replies = cpu_of(server, requests, reviewer.send)
        shown = [read_fragment(reply) for reply in replies]
        sums["answer"].append(cost)
        name = "regrade" if number % 4 == 3 else "grade"
        grades = [reviewer.grade_of(one, other_grade(one.grade) if name == "regrade" else None) for one in shown]
        cost, replies = cpu_of(server, grades, reviewer.send)
        for reply in replies:
            read_fragment(reply)
        sums[name].append(cost)
    reset(instance)
    return Steps(**{name: sum(costs) / max(1, len(costs)) for name, costs in sums.items()})


@dataclass(frozen=True)
class Ratios:
    """Medians over the rounds, each against hello in the same round; `both` is `answer` and `grade`."""

    answer: float
    grade: float
    both: float
    regrade: float
    hello_us: float


def against_hello(
    hello: Server,
    portal: Server,
    instance: Instance,
    learners: dict[str, int],
    slugs: Sequence[str],
    sheets: Sheets,
    rounds: int,
) -> dict[str, Ratios]:
    """Row 1 for each of `learners` (a name and an id): interleaved with hello, in a new order every round."""
    chance = random.Random(1)
    rows: dict[str, list[tuple[float, float, float, float, float]]] = {name: [] for name in learners}
    reviewers = {name: Reviewer(Connection(portal.port), learner, sheets) for name, learner in learners.items()}
    for name in learners:
        review_cost(portal, instance, reviewers[name], slugs[:BATCH])
    for _ in range(rounds):
        order = [*learners, "hello"]
        chance.shuffle(order)
        steps: dict[str, Steps] = {}
        unit = 0.0
        for name in order:
            if name == "hello":
                unit = hello_cost(hello, 200)
            else:
                steps[name] = review_cost(portal, instance, reviewers[name], slugs)
        for name, one in steps.items():
            both = (one.answer + one.grade) / unit
            rows[name].append((one.answer / unit, one.grade / unit, both, one.regrade / unit, unit / 1_000))
    return {name: Ratios(*(median(column) for column in zip(*found, strict=True))) for name, found in rows.items()}


@dataclass(frozen=True)
class Growth:
    """Medians over the rounds: p50 of an answer in ms with many and with few learners, and their ratio."""

    many: float
    few: float
    ratio: float


def against_few(
    servers: Mapping[str, Server], learners: Mapping[str, Sequence[int]], sheets: Sheets, rounds: int
) -> Growth:
    """Row 5: answers at the servers "many" and "few", in pairs whose order is drawn; one round is a card a learner."""
    chance = random.Random(5)
    pairs: list[dict[str, Reviewer]] = []
    connections = {name: Connection(server.port) for name, server in servers.items()}
    for many, few in zip(learners["many"], learners["few"], strict=True):
        both = {"many": many, "few": few}
        pairs.append({name: Reviewer(connections[name], learner, sheets) for name, learner in both.items()})
    _answer_in_pairs(pairs, chance)
    found = []
    for _ in range(rounds):
        seconds = _answer_in_pairs(pairs, chance)
        many_ms, few_ms = (1_000 * median(seconds[name]) for name in ("many", "few"))
        found.append((many_ms, few_ms, many_ms / few_ms))
    return Growth(*(median(column) for column in zip(*found, strict=True)))


def _answer_in_pairs(pairs: Sequence[dict[str, Reviewer]], chance: random.Random) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {"many": [], "few": []}
    for pair in pairs:
        for name in chance.sample(list(pair), 2):
            request = pair[name].answer_of(pair[name].look())
            began = time.perf_counter()
            reply = pair[name].send(request)
            seconds[name].append(time.perf_counter() - began)
            read_fragment(reply)
    return seconds
