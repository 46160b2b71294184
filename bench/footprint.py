"""Row 15: how long the portal takes to give its first answer, and how much memory its worker keeps."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.costs import HELLO
from bench.reviewing import Connection, Learners, Refused, Reviewer, Sheets
from bench.seeding import Instance
from bench.serving import Server, serving

BARE, PORTAL = "bench.bare:app", "wsgi:app"
WARM_UP = 500


@dataclass(frozen=True)
class Starts:
    """Medians over the rounds: seconds until the first answer, and their ratio."""

    portal: float
    bare: float
    ratio: float


def starts(instance: Instance, rounds: int) -> Starts:
    """From starting gunicorn with one worker to the first 200: the review page against the bare app's hello."""
    chance = random.Random(15)
    kinds: dict[str, Callable[[Server], object]] = {
        BARE: _greet,
        PORTAL: lambda server: Reviewer(Connection(server.port), 1, {}),
    }
    for app, first in kinds.items():
        _start(app, instance, first)
    found = []
    for _ in range(rounds):
        took = {app: _start(app, instance, kinds[app]) for app in chance.sample(list(kinds), 2)}
        found.append((took[PORTAL], took[BARE], took[PORTAL] / took[BARE]))
    return Starts(*(median(column) for column in zip(*found, strict=True)))


def _start(app: str, instance: Instance, first: Callable[[Server], object]) -> float:
    began = time.perf_counter()
    with serving(app, instance.environ) as server:
        first(server)
        return time.perf_counter() - began


def _greet(server: Server) -> None:
    connection = Connection(server.port)
    if (reply := connection.send(HELLO)).status != 200:
        raise Refused(f"the bare app answered {reply.status}")
    connection.close()


@dataclass(frozen=True)
class Memory:
    """The portal's worker in bare workers, its own MB, and by what part it grew: in all, and in the second half."""

    pss: float
    rss: float
    pss_mb: float
    rss_mb: float
    growth: float
    later_growth: float


def memory(instance: Instance, learners: range, sheets: Sheets, requests: int) -> Memory:
    """One worker each, warm; then so many steps of reviews. Growth is the RSS's: PSS moves with what others share."""
    with serving(BARE, instance.environ) as bare, serving(PORTAL, instance.environ) as portal:
        greeted = Connection(bare.port)
        for _ in range(WARM_UP):
            greeted.send(HELLO)
        crowd = Learners(Connection(portal.port), learners, sheets)
        _review(crowd, WARM_UP)
        bare_pss, bare_rss = bare.memory_kb()
        pss, rss = portal.memory_kb()
        _review(crowd, requests // 2)
        halfway = portal.memory_kb()[1]
        _review(crowd, requests - requests // 2)
        last = portal.memory_kb()[1]
    grown = last / rss - 1, (last - halfway) / rss
    return Memory(pss / bare_pss, rss / bare_rss, pss / 1024, rss / 1024, *grown)


def _review(crowd: Learners, requests: int) -> None:
    for _ in range(requests):
        if refusal := crowd.turn().refusal:
            raise Refused(refusal)
