"""Rows 7 and 13: a mentor's pages over cohorts of 10 to 10,000 learners with 300 cards and 600 reviews each."""

import random
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.costs import cpu_of
from bench.reviewing import ENCODINGS, Connection, Refused, Reply, cookie_of
from bench.seeding import NOON, Group, Instance, make_instance, this_day, token_of
from bench.serving import HOST, Server
from portal.config import ROOT
from portal.db import EPOCH_ORDINAL
from portal.login import token_digest
from portal.mentoring.everyone import COLUMNS
from portal.roadmap import content

KINDS = 20  # learners of one kind have the same cards in the same state
CARDS, TOPICS = 300, 60
FEW = 100
BATCH = 4
_TAG = re.compile(r"<[a-z]")


@dataclass(frozen=True)
class School:
    """A portal with a mentor of one cohort for each size; cohorts are numbered from 1 in the order of `sizes`."""

    instance: Instance
    sizes: Sequence[int]
    mentor: int

    def page(self, size: int, path: str = "") -> bytes:
        """The mentor's request for a page of the cohort of this size."""
        head = (f"GET /cohorts/{self.sizes.index(size) + 1}{path} HTTP/1.1", f"Host: {HOST}")
        return "\r\n".join(
            (*head, f"Accept-Encoding: {ENCODINGS}", f"Cookie: session={cookie_of(self.mentor)}", "", "")
        ).encode()


@dataclass(frozen=True)
class Page:
    """A page as it was served: server CPU in ms, round trip in ms, KB on the wire, elements in it."""

    cpu_ms: float
    ms: float
    kb: float
    elements: int


def make_school(folder: Path, most: int) -> School:
    """Seed the learners, let the portal refresh one of each kind, and copy what it wrote to those who are alike.

    Raises Refused where the portal then still finds somebody behind.
    """
    sizes = [size for size in (10, FEW, 1_000, 10_000) if size <= most]
    groups = [_kind(number, sizes[-1] // KINDS) for number in range(KINDS)]
    school = School(make_instance(folder, CARDS + 50, groups), sizes, sizes[-1] + 1)
    with closing(school.instance.connect()) as connection:
        _name_topics(connection)
        _add_cohorts(connection, school)
    _refresh(school.instance)
    with closing(school.instance.connect()) as connection:
        _copy_standings(connection, school)
    if (said := _refresh(school.instance)) != "0 learners refreshed.":
        raise Refused(f"after copying: {said}")
    return school


def _kind(number: int, each: int) -> Group:
    """Learners of one kind: how many cards are due and how often those were answered differs."""
    return Group(range(1 + number * each, 1 + (number + 1) * each), CARDS, 5 + 3 * number, 2 + number % 3, 2)


def _name_topics(connection: sqlite3.Connection) -> None:
    """Spread the cards over 60 topics, and give everybody a name of their own."""
    connection.execute("BEGIN")
    names = content.topic_ids()[:TOPICS]
    for place, name in enumerate(names):
        title = content.topic_title(name)
        connection.execute(
            "UPDATE cards SET topic = ?, topic_title = ? WHERE position % ? = ?", (name, title, TOPICS, place)
        )
    connection.execute("UPDATE users SET name = 'Learner ' || ((id * 7919) % 100003)")
    connection.execute("COMMIT")


def _add_cohorts(connection: sqlite3.Connection, school: School) -> None:
    """The mentor, and the cohorts; only one learner of each kind is in the largest one yet."""
    moment = f"{this_day()} {NOON}"
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO users (id, email, name, password_hash, role, zone, rollover_hour, new_per_day, has_full_scale,"
        " created_at) VALUES (?, 'mentor@example.org', 'Mentor', '', 'mentor', 'Europe/Berlin', 4, 10, 0, ?)",
        (school.mentor, moment),
    )
    connection.execute(
        "INSERT INTO sessions (token_digest, user_id, device, started_at, seen_at) VALUES (?, ?, 'bench', ?, ?)",
        (token_digest(token_of(school.mentor)), school.mentor, moment, moment),
    )
    for number, size in enumerate(school.sizes, 1):
        connection.execute(
            "INSERT INTO cohorts (id, name, about, rules, rules_version, created_at) VALUES (?, ?, '', '{}', 1, ?)",
            (number, f"Of {size:,}", moment),
        )
        connection.execute(
            "INSERT INTO cohort_mentors (cohort_id, mentor_id, began_at) VALUES (?, ?, ?)",
            (number, school.mentor, moment),
        )
    _add_members(connection, len(school.sizes), school.sizes[-1] // KINDS)
    connection.execute("COMMIT")


def _add_members(connection: sqlite3.Connection, cohort: int, step: int) -> None:
    """Every learner whose number `step` divides, in the cohort since 200 days."""
    connection.execute(
        "INSERT INTO memberships (cohort_id, learner_id, starts_on, began_at)"
        " SELECT ?, id, ?, ? FROM users WHERE id % ? = 0 AND role = 'learner' AND NOT EXISTS"
        " (SELECT 1 FROM memberships WHERE cohort_id = ? AND learner_id = users.id)",
        (cohort, _first_day(), f"{this_day()} {NOON}", step, cohort),
    )


def _first_day() -> int:
    return this_day().toordinal() - EPOCH_ORDINAL - 200


def _refresh(instance: Instance) -> str:
    command = [sys.executable, "-m", "flask", "cohorts", "refresh"]
    done = subprocess.run(command, cwd=ROOT, env=instance.environ, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _copy_standings(connection: sqlite3.Connection, school: School) -> None:
    """What was refreshed of one of each kind, for all: everything but names and the newest row of the log is alike."""
    last, last_size = len(school.sizes), school.sizes[-1]
    each = last_size // KINDS
    columns = [row[1] for row in connection.execute("PRAGMA table_info(standings)")]
    kept = [name for name in columns if name not in ("cohort_id", "learner_id", "name", "seen")]
    connection.execute("BEGIN")
    connection.execute("CREATE TEMP TABLE newest AS SELECT learner_id, max(id) AS id FROM review_log GROUP BY 1")
    connection.execute("CREATE UNIQUE INDEX temp.ix_newest ON newest (learner_id)")
    alike = "model.learner_id = ((users.id - 1) / ? + 1) * ?"
    for cohort, size in enumerate(school.sizes, 1):
        _add_members(connection, cohort, last_size // size)
        connection.execute(
            f"INSERT OR IGNORE INTO standings (cohort_id, learner_id, name, seen, {', '.join(kept)})"
            f" SELECT ?, users.id, users.name, newest.id, {', '.join(f'model.{name}' for name in kept)}"
            " FROM memberships JOIN users ON users.id = memberships.learner_id JOIN newest USING (learner_id)"
            f" JOIN standings AS model ON model.cohort_id = ? AND {alike} WHERE memberships.cohort_id = ?",
            (cohort, last, each, each, cohort),
        )
        connection.execute(
            "INSERT OR IGNORE INTO cohort_days (cohort_id, day, members, active, answers, right_answers, ms)"
            " SELECT ?, day, ?, count(*), sum(answers), sum(right_answers), sum(ms) FROM review_days JOIN memberships"
            " USING (learner_id) WHERE cohort_id = ? AND day >= ? AND answers > 0 GROUP BY day",
            (cohort, size, cohort, _first_day()),
        )
    for table in ("topic_standings", "beliefs"):
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "learner_id"]
        connection.execute(
            f"INSERT OR IGNORE INTO {table} (learner_id, {', '.join(names)})"
            f" SELECT users.id, {', '.join(f'model.{name}' for name in names)} FROM users JOIN {table} AS model"
            f" ON {alike}",
            (each, each),
        )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def table_pages(server: Server, school: School, rounds: int) -> dict[str, float]:
    """By column: CPU of the page sorted by it in the largest cohort, against the cohort of FEW, interleaved."""
    connection, chance, largest = Connection(server.port), random.Random(7), school.sizes[-1]
    found: dict[str, list[float]] = {column.name: [] for column in COLUMNS}
    for number in range(rounds + 1):
        for column in COLUMNS:
            cost = {}
            for size in chance.sample([FEW, largest], 2):
                requests = [school.page(size, f"?sort={sign}{column.name}") for sign in ("", "-")] * BATCH
                cost[size], replies = cpu_of(server, requests, connection.send)
                _check(replies)
            if number:  # the first round warms up
                found[column.name].append(cost[largest] / cost[FEW])
    return {name: median(ratios) for name, ratios in found.items()}


def page(server: Server, request: bytes, rounds: int) -> Page:
    """What one page costs, weighs and holds."""
    connection, costs, times = Connection(server.port), [], []
    for number in range(rounds + 1):
        began = time.perf_counter()
        cpu, replies = cpu_of(server, [request] * BATCH, connection.send)
        _check(replies)
        if number:
            costs.append(cpu / 1e6)
            times.append(1_000 * (time.perf_counter() - began) / BATCH)
    return Page(median(costs), median(times), replies[0].wire / 1_024, len(_TAG.findall(replies[0].body)))


def file_growth(server: Server, school: School) -> dict[int, float]:
    """By size: how many MB the workers' memory grew while they wrote everybody into a CSV file; the smallest first."""
    grown = {}
    for number, size in [(1, school.sizes[0]), *enumerate(school.sizes, 1)]:  # the first one fills what a worker keeps
        before = server.memory_kb()[1]
        cookie = {"Cookie": f"session={cookie_of(school.mentor)}"}
        asked = urllib.request.Request(f"http://{HOST}:{server.port}/cohorts/{number}/members.csv", headers=cookie)
        with urllib.request.urlopen(asked, timeout=120) as reply:
            lines = sum(piece.count(b"\n") for piece in iter(lambda: reply.read(65_536), b""))
        if lines != size + 1:
            raise Refused(f"{lines} lines for {size} learners")
        grown[size] = (server.memory_kb()[1] - before) / 1_024
    return grown


def _check(replies: Sequence[Reply]) -> None:
    if any(reply.status != 200 for reply in replies):
        raise Refused(f"{replies[0].status}: {replies[0].body[:200]}")


def said(pages: Mapping[int, Page]) -> str:
    """Pages of cohorts of several sizes in words."""
    return ", ".join(
        f"{size:,}: {one.cpu_ms:.1f} ms CPU, {one.ms:.0f} ms, {one.kb:.1f} KB" for size, one in pages.items()
    )
