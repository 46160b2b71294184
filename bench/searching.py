"""Row 17: a journal of 5,000 entries, alone and among those of others; its list, its search, its preview."""

import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench.costs import HELLO, cpu_of
from bench.reviewing import Connection, Refused, Reply, Reviewer
from bench.seeding import NOON, Group, Instance, make_instance, this_day
from bench.serving import Server
from portal import create_app
from portal.db import DayNumber
from portal.journal.finding import entries_found
from portal.journal.queries import PAGE
from portal.journal.search import indexed, read_query, words_of

OWN, LENGTH, OTHERS = 5_000, 60, 400  # entries of mine, words of an entry, other learners
POOL = 2_000  # different texts of theirs
BATCH = 6  # requests of each sort in a round
BEGINNINGS, MIDDLES, ENDS = "b c d f g h k l m n p r s t v w".split(), "a e i o u ai".split(), "n r st l mp ck".split()
WORDS = [begin + middle + end for end in ENDS for middle in MIDDLES for begin in BEGINNINGS]  # the commonest first
WEIGHTS = list(accumulate(1 / (place + 1) for place in range(len(WORDS))))  # as in any language (Zipf)


@dataclass(frozen=True)
class Journals:
    """One learner's journal in two databases, and what is asked of it.

    `deep` is the number of the deep page; `searches` are queries, by what they are like.
    """

    alone: Instance
    among: Instance
    first_page: Sequence[str]
    deep_page: Sequence[str]
    deep: int
    searches: Mapping[str, Sequence[str]]


def make_journals(folder: Path, others: int) -> Journals:
    """Seed both databases by direct inserts; the words are made and indexed as the portal does it."""
    alone, among = (
        make_instance(folder / name, 150, [Group(range(1, learners + 1), 1, 0, 2, 2)])
        for name, learners in (("journal", 1), ("journals", 1 + OTHERS))
    )
    _write(alone, 0)
    _write(among, others)
    with closing(among.connect()) as connection:
        row = "SELECT day, id FROM journal_entries WHERE learner_id = 1 ORDER BY day DESC, id DESC LIMIT 1 OFFSET ?"
        deep = (OWN - 5 * PAGE) // PAGE
        day, entry_id = connection.execute(row, (deep * PAGE - 1,)).fetchone()
    date = DayNumber.read(day)
    assert date is not None
    kinds = {
        "common words": [WORDS[0], f"{WORDS[1]} {WORDS[4]}"],
        "rare words": [WORDS[150], f"{WORDS[3]} {WORDS[300]}"],
        "phrase, beginning, OR, without": [
            f'"{WORDS[0]} {WORDS[1]}"',
            f"{WORDS[40][:2]}*",
            f"{WORDS[80]} OR {WORDS[90]}",
            f"{WORDS[30]} -{WORDS[70]}",
        ],
    }
    return Journals(alone, among, ["/journal"], [f"/journal?before={date}.{entry_id}"], deep + 1, kinds)


def search_page(query: str) -> str:
    """Where a search is asked."""
    return f"/journal/search?{urlencode({'q': query})}"


def _texts(seed: int, count: int) -> list[list[str]]:
    chance = random.Random(seed)
    return [chance.choices(WORDS, cum_weights=WEIGHTS, k=LENGTH) for _ in range(count)]


def _write(instance: Instance, others: int) -> None:
    with closing(instance.connect()) as connection:
        connection.execute("BEGIN")
        _insert(connection, others)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _insert(connection: sqlite3.Connection, others: int) -> None:
    moment = f"{this_day()} {NOON}"
    for number, (learner, text, day) in enumerate(_journal(others), 1):
        body = " ".join(text)
        connection.execute(
            "INSERT INTO journal_entries (id, learner_id, token, version, day, body, written_at, changed_at)"
            " VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
            (number, learner, str(number), day, body, moment, moment),
        )
        words = indexed(learner, words_of(body))
        connection.execute("INSERT INTO journal_words (entry_id, words) VALUES (?, ?)", (number, words))


def _journal(others: int) -> Iterator[tuple[int, list[str], int | None]]:
    """(learner, words, day) of every entry as they were written: learner 1 every now and then between the others."""
    own, pool = _texts(1, OWN), _texts(2, POOL)
    between = others // OWN
    for place, text in enumerate(own):
        day = DayNumber.stored(this_day() - timedelta(days=(OWN - place) // 4))
        for one in range(between):
            number = place * between + one
            yield 2 + number % OTHERS, pool[number % POOL], day
        yield 1, text, day


@dataclass(frozen=True)
class Flatness:
    """Medians over the rounds: CPU of a request in ms here and there, and the ratio of the two in a round."""

    base_ms: float
    other_ms: float
    ratio: float


def flatness(base: Server, other: Server, asked: Sequence[str], asked_other: Sequence[str], rounds: int) -> Flatness:
    """Server CPU of learner 1's pages, interleaved in an order that is drawn."""
    chance = random.Random(17)
    paths = {"base": asked, "other": asked_other}
    servers = {"base": base, "other": other}
    people = {name: Reviewer(Connection(server.port), 1, {}) for name, server in servers.items()}
    requests = {name: [people[name].request("GET", path, is_page=True) for path in paths[name]] for name in paths}
    found = []
    for number in range(rounds + 1):
        cost: dict[str, float] = {}
        for name in chance.sample(["base", "other"], 2):
            cost[name], replies = cpu_of(servers[name], requests[name] * BATCH, people[name].send)
            _accept(replies)
        if number:  # the first one fills caches
            found.append((cost["base"] / 1e6, cost["other"] / 1e6, cost["other"] / cost["base"]))
    return Flatness(*(median(column) for column in zip(*found, strict=True)))


def queries_alone(journals: Journals, rounds: int) -> Flatness:
    """The same searches without a page around them, in this process: what the database and its driver take."""
    chance = random.Random(18)
    instances = {"base": journals.alone, "other": journals.among}
    apps = {name: create_app(environ=instance.environ) for name, instance in instances.items()}
    queries = [read_query(query) for kind in journals.searches.values() for query in kind]
    found = []
    for number in range(rounds + 1):
        cost: dict[str, float] = {}
        for name in chance.sample(["base", "other"], 2):
            with apps[name].app_context():
                began = time.thread_time_ns()
                for query in queries * BATCH:
                    entries_found(1, query, None)
                cost[name] = (time.thread_time_ns() - began) / len(queries) / BATCH
        if number:
            found.append((cost["base"] / 1e6, cost["other"] / 1e6, cost["other"] / cost["base"]))
    return Flatness(*(median(column) for column in zip(*found, strict=True)))


def _accept(replies: Sequence[Reply]) -> None:
    for reply in replies:
        if reply.status != 200 or 'class="title"' not in reply.body:
            raise Refused(f"{reply.status}: {reply.body[:300]}")


def preview_cost(hello: Server, portal: Server, rounds: int) -> Flatness:
    """Wall time of previews of 2,000 characters and of hellos, in turn; medians over all of them."""
    text = "## What I worked on\n\n- **joins** and `NULL`\n\n```sql\nSELECT 1\n```\n\n" + "A plain line of words. " * 40
    fields = {"body": (text * 2)[:2_000], "day": str(this_day()), "tags": "sql", "minutes": ""}
    fields |= {"entry_id": "0", "version": "0", "token": "x", "template": "daily"}
    writer, greeter = Reviewer(Connection(portal.port), 1, {}), Connection(hello.port)
    request = writer.request("POST", "/journal/preview", list(fields.items()))
    seconds: dict[str, list[float]] = {"hello": [], "preview": []}
    for _ in range(rounds * 30):
        for name, send, asked in (("hello", greeter.send, HELLO), ("preview", writer.send, request)):
            began = time.perf_counter()
            reply = send(asked)
            seconds[name].append(time.perf_counter() - began)
            if reply.status != 200:
                raise Refused(f"{reply.status}: {reply.body[:300]}")
    base_ms, other_ms = (1_000 * median(seconds[name]) for name in ("hello", "preview"))
    return Flatness(base_ms, other_ms, other_ms / base_ms)
