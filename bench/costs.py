"""Rows 1 and 5: server CPU and latency of the steps of a review, against hello and against a small database."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.reviewing import Connection, Reply, Reviewer, Sheets, other_grade, read_fragment
from bench.seeding import Instance, reset
from bench.serving import HOST, Server

HELLO = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n\r\n".encode()
BATCH = 20


@dataclass
class Steps:
    """What one round of one learner cost, per request: CPU in ns, latencies in seconds."""

    answer: float
    grade: float
    regrade: float
    answer_seconds: list[float] = field(default_factory=list)
    grade_seconds: list[float] = field(default_factory=list)


def cpu_of(
    server: Server, requests: Sequence[bytes], send: Callable[[bytes], Reply]
) -> tuple[float, list[float], list[Reply]]:
    """CPU in ns per request of the server, each request's seconds, and the replies."""
    seconds, replies = [], []
    before = server.cpu_ns()
    for request in requests:
        began = time.perf_counter()
        replies.append(send(request))
        seconds.append(time.perf_counter() - began)
    return (server.cpu_ns() - before) / len(requests), seconds, replies


def hello_cost(server: Server, count: int) -> tuple[float, list[float]]:
    """CPU in ns of one hello, and the seconds of each."""
    connection = Connection(server.port)
    for _ in range(20):
        connection.send(HELLO)
    cost, seconds, _ = cpu_of(server, [HELLO] * count, connection.send)
    connection.close()
    return cost, seconds


def review_cost(server: Server, instance: Instance, reviewer: Reviewer, slugs: Sequence[str]) -> Steps:
    """Answer and grade these due cards in batches, so that each step's CPU can be told apart; then take it all back.

    Every fourth batch chooses another grade than the proposed one: that is the `regrade`.
    """
    sums: dict[str, list[float]] = {"answer": [], "grade": [], "regrade": []}
    seconds: dict[str, list[float]] = {"answer": [], "grade": [], "regrade": []}
    batches = [slugs[start : start + BATCH] for start in range(0, len(slugs), BATCH)]
    for number, batch in enumerate(batches):
        requests = [reviewer.answer_of(reviewer.look(slug)) for slug in batch]
        cost, took, replies = cpu_of(server, requests, reviewer.send)
        shown = [read_fragment(reply) for reply in replies]
        sums["answer"].append(cost)
        seconds["answer"] += took
        name = "regrade" if number % 4 == 3 else "grade"
        grades = [reviewer.grade_of(one, other_grade(one.grade) if name == "regrade" else None) for one in shown]
        cost, took, replies = cpu_of(server, grades, reviewer.send)
        for reply in replies:
            read_fragment(reply)
        sums[name].append(cost)
        seconds[name] += took
    reset(instance)
    means = {name: sum(costs) / max(1, len(costs)) for name, costs in sums.items()}
    return Steps(**means, answer_seconds=seconds["answer"], grade_seconds=seconds["grade"])


@dataclass(frozen=True)
class Ratios:
    """Medians over the rounds, each against hello in the same round."""

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
                unit = hello_cost(hello, 200)[0]
            else:
                steps[name] = review_cost(portal, instance, reviewers[name], slugs)
        for name, one in steps.items():
            both = (one.answer + one.grade) / unit
            rows[name].append((one.answer / unit, one.grade / unit, both, one.regrade / unit, unit / 1_000))
    return {name: Ratios(*(median(column) for column in zip(*found, strict=True))) for name, found in rows.items()}
