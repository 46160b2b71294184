"""Rows 3 and 4: many connections at once, each a process of its own that sends as soon as it has its reply."""

import multiprocessing
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from statistics import median, quantiles
from threading import BrokenBarrierError
from typing import Protocol

from bench.costs import HELLO
from bench.reviewing import Connection, Learners, Refused, Sheets, Turn
from bench.seeding import Instance, reset
from bench.serving import Server

CONNECTIONS = 8
PREPARE_SECONDS = 120.0
_fork = multiprocessing.get_context("fork")  # the clients need no second import of Flask


class Client(Protocol):
    """Somebody at a connection of their own."""

    def prepare(self) -> None:
        """All that is not measured."""

    def turn(self) -> Turn:
        """Send one request and read its reply."""


class Greeter:
    """Asks for hello."""

    def __init__(self, server: Server) -> None:
        self.connection = Connection(server.port)

    def prepare(self) -> None:
        """Warm up."""
        for _ in range(20):
            self.turn()

    def turn(self) -> Turn:
        """One hello."""
        began = time.perf_counter()
        reply = self.connection.send(HELLO)
        return Turn(time.perf_counter() - began, False, "" if reply.status == 200 else f"{reply.status}")


class Learner:
    """Answers the cards that are due, each of which came with the feedback on the one before."""

    def __init__(self, server: Server, learners: range, sheets: Sheets) -> None:
        self.connection, self.learners, self.sheets = Connection(server.port), learners, sheets

    def prepare(self) -> None:
        """Open the first cards."""
        self.crowd = Learners(self.connection, self.learners, self.sheets)

    def turn(self) -> Turn:
        """One request: an answer, as a rule."""
        return self.crowd.turn()


@dataclass
class Seen:
    """What clients saw: requests and answers per second, seconds of each answer, refusals, CPU seconds of their own."""

    requests: float = 0.0
    cards: float = 0.0
    answers: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    cpu: float = 0.0

    def __iadd__(self, other: "Seen") -> "Seen":
        self.requests += other.requests
        self.cards += other.cards
        self.cpu += other.cpu
        self.answers += other.answers
        self.refusals += other.refusals
        return self

    @property
    def spread(self) -> float:
        """p99 / p50 of the answers."""
        return quantiles(self.answers, n=100, method="inclusive")[98] / median(self.answers)


def all_at_once(clients: Sequence[Client], seconds: float) -> Seen:
    """Let these clients, each in its own process, send one request after the other for so long."""
    start = _fork.Barrier(len(clients))
    pipes, started = [], []
    for client in clients:
        ours, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_run, args=(client, start, seconds, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        started.append(process)
    seen = Seen()
    for pipe, process in zip(pipes, started, strict=True):
        seen += pipe.recv()
        process.join()
    return seen


def _run(client: Client, start: Barrier, seconds: float, pipe: Pipe) -> None:
    try:
        client.prepare()
        start.wait(PREPARE_SECONDS)
        pipe.send(_looped(client, seconds))
    except (OSError, Refused, BrokenBarrierError) as problem:
        start.abort()
        pipe.send(Seen(refusals=[f"never began: {problem!r}"]))


def _looped(client: Client, seconds: float) -> Seen:
    turns: list[Turn] = []
    refusals: list[str] = []
    began, cpu = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        try:
            turns.append(client.turn())
        except (OSError, Refused) as problem:
            refusals.append(repr(problem))
            break
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    answers = [turn.seconds for turn in turns if turn.kept_answer]
    refusals += [turn.refusal for turn in turns if turn.refusal]
    return Seen(len(turns) / took, len(answers) / took, answers, refusals, cpu)


def learners_at(server: Server, connections: int, learners: range, sheets: Sheets) -> list[Client]:
    """Clients of the portal: each connection has its own share of the learners."""
    return [Learner(server, learners[number::connections], sheets) for number in range(connections)]


@dataclass(frozen=True)
class Share:
    """Medians over the rounds: the portal's requests and cards per second in hello's requests per second, and the
    part of all CPU that the clients took."""

    requests: float
    cards: float
    hello_clients: float
    portal_clients: float
    refusals: list[str]


def throughput_share(
    hello: Server, portal: Server, instance: Instance, learners: range, sheets: Sheets, rounds: int, seconds: float
) -> Share:
    """Row 3: both servers in turn, in a new order every round."""
    chance = random.Random(3)
    found: list[tuple[float, float, float, float]] = []
    refusals: list[str] = []
    crowds: dict[str, tuple[Server, Sequence[Client]]] = {
        "hello": (hello, [Greeter(hello) for _ in range(CONNECTIONS)]),
        "portal": (portal, learners_at(portal, CONNECTIONS, learners, sheets)),
    }
    for _ in range(rounds):
        seen, parts = {}, {}
        for name in chance.sample(list(crowds), 2):
            server, clients = crowds[name]
            before = server.cpu_ns()
            seen[name] = all_at_once(clients, seconds)
            own = (server.cpu_ns() - before) / 1e9
            parts[name] = seen[name].cpu / (seen[name].cpu + own)
        reset(instance)
        unit = seen["hello"].requests
        refusals += seen["hello"].refusals + seen["portal"].refusals
        found.append((seen["portal"].requests / unit, seen["portal"].cards / unit, parts["hello"], parts["portal"]))
    requests, cards, hello_clients, portal_clients = (median(column) for column in zip(*found, strict=True))
    return Share(requests, cards, hello_clients, portal_clients, refusals)


def crowding(
    portals: Mapping[int, Server], instance: Instance, learners: range, sheets: Sheets, rounds: int, seconds: float
) -> dict[tuple[int, int], Seen]:
    """Row 4: by (connections, workers) what was seen over all rounds; `portals` by their workers, in turn."""
    chance = random.Random(4)
    seen = {(connections, workers): Seen() for connections in (CONNECTIONS, 4 * CONNECTIONS) for workers in portals}
    for _ in range(rounds):
        for connections, workers in chance.sample(list(seen), len(seen)):
            clients = learners_at(portals[workers], connections, learners, sheets)
            seen[connections, workers] += all_at_once(clients, seconds)
            reset(instance)
    return seen
