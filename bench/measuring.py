"""Row 19: the bank in numbers with the first answers of 1,000 learners against those of 100."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.costs import cpu_of
from bench.reviewing import Connection, Refused, Reviewer
from bench.seeding import Group, Instance, make_instance
from bench.serving import Server
from portal.config import ROOT
from quizzes.cards import Ask
from quizzes.sheets import Sheet

FEW, MANY, CARDS = 100, 1_000, 200
BATCH = 6
PAGES = {
    "decks": "/quizzes/bank",
    "cards of a deck": "/quizzes/bank/decks/big-o",
    "misconceptions": "/quizzes/bank/misconceptions",
}


@dataclass(frozen=True)
class Counting:
    """CPU in µs a first answer while the bank is counted, by many and by few learners, and the ratio of the two."""

    many: float
    few: float
    ratio: float


def make_banks(folder: Path) -> dict[str, Instance]:
    """The same bank answered by "many" and by "few": CARDS first answers a learner, of which they know 30 to 90%."""
    sizes = {"many": MANY, "few": FEW}
    made = {
        name: make_instance(folder / f"bank-{name}", 0, [Group(range(1, size + 1), CARDS, 0, 2, 2)])
        for name, size in sizes.items()
    }
    for instance in made.values():
        with closing(instance.connect()) as connection:
            _answer_by_chance(connection)
    return made


def _answer_by_chance(connection: sqlite3.Connection) -> None:
    """Give every first answer a key or a wrong option, by learner and card; the first learner becomes a mentor."""
    connection.execute("BEGIN")
    connection.execute("DROP TRIGGER review_log_is_append_only")
    connection.execute("CREATE TEMP TABLE picks (card, place, given, beliefs, wrongs, PRIMARY KEY (card, place))")
    for card, text in connection.execute("SELECT id, sheet FROM cards ORDER BY id LIMIT ?", (CARDS,)).fetchall():
        connection.executemany("INSERT INTO picks VALUES (?, ?, ?, ?, ?)", _picks(card, Sheet.from_json(text)))
    connection.execute(
        "UPDATE review_log SET is_right = (learner_id * 7919 + card_id * 104729) % 100 < 30 + learner_id % 61"
        " WHERE version = 0"
    )
    connection.execute(
        "UPDATE review_log SET given = picks.given, misconceptions = picks.beliefs FROM picks WHERE version = 0"
        " AND picks.card = card_id AND picks.place = iif(is_right, 0, 1 + (learner_id * 31 + card_id) % picks.wrongs)"
    )
    connection.execute("UPDATE users SET role = 'mentor' WHERE id = 1")
    connection.execute("COMMIT")


def _picks(card: int, sheet: Sheet) -> list[tuple[object, ...]]:
    """What can be answered: the key at place 0, wrong options from 1 on."""
    is_picked = sheet.ask in {Ask.CHOICE, Ask.MULTI}
    right = [one for one in sheet.options if one.is_right]
    wrong = [one for one in sheet.options if not one.is_right]
    keys = [one.key if is_picked else one.text for one in (right if sheet.ask is Ask.MULTI else right[:1])]
    rows: list[tuple[object, ...]] = [(card, 0, json.dumps(keys), None, len(wrong) or 1)]
    for place, one in enumerate(wrong, 1):
        given = json.dumps([one.key if is_picked else one.text])
        rows.append((card, place, given, one.misconception or None, len(wrong)))
    return rows


def counting_cost(banks: Mapping[str, Instance], rounds: int) -> Counting:
    """Count both banks in turn, each in a process of its own that says what the counting took."""
    chance, found = random.Random(19), []
    answers = {"many": MANY * CARDS, "few": FEW * CARDS}
    for _ in range(rounds):
        cost = {name: _count(banks[name]) * 1e6 / answers[name] for name in chance.sample(list(banks), 2)}
        found.append((cost["many"], cost["few"], cost["many"] / cost["few"]))
    return Counting(*(median(column) for column in zip(*found, strict=True)))


def _count(instance: Instance) -> float:
    command = [sys.executable, "-m", "bench.measuring"]
    done = subprocess.run(command, cwd=ROOT, env=instance.environ, check=True, capture_output=True, timeout=600)
    return float(done.stdout)


def _seconds_of_counting() -> float:
    from portal import create_app
    from portal.mentoring import refresher

    app = create_app()
    with app.app_context():
        began = time.process_time()
        if not refresher.count_bank():
            raise Refused("there is nothing to count")
        return time.process_time() - began


def page_ratios(servers: Mapping[str, Server], rounds: int) -> dict[str, tuple[float, float]]:
    """By page: server CPU with many learners against few, interleaved, and ms of CPU with many. Count before."""
    chance = random.Random(20)
    people = {name: Reviewer(Connection(server.port), 1, {}) for name, server in servers.items()}
    found: dict[str, list[tuple[float, float]]] = {page: [] for page in PAGES}
    for number in range(rounds + 1):
        for page, path in PAGES.items():
            cost: dict[str, float] = {}
            for name in chance.sample(list(servers), 2):
                requests = [people[name].request("GET", path, is_page=True)] * BATCH
                cost[name], replies = cpu_of(servers[name], requests, people[name].send)
                if any(reply.status != 200 or "not counted yet" in reply.body for reply in replies):
                    raise Refused(f"{path}: {replies[0].status}")
            if number:  # the first round warms up
                found[page].append((cost["many"] / cost["few"], cost["many"] / 1e6))
    return {page: (median(r for r, _ in rows), median(ms for _, ms in rows)) for page, rows in found.items()}


if __name__ == "__main__":
    print(_seconds_of_counting())
