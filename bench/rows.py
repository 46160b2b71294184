"""The rows of the table: each goal of the portal's speed, and how its figure is made."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.boxes import waits
from bench.browsing import CARDS, Traffic, traffic
from bench.costs import against_few, against_hello
from bench.crowds import CONNECTIONS, crowding, throughput_share
from bench.footprint import memory, starts
from bench.instructions import instructions
from bench.measuring import FEW as LEAST
from bench.measuring import MANY, counting_cost, make_banks, page_ratios
from bench.mentoring import FEW as SMALL
from bench.mentoring import School, file_growth, make_school, page, said, table_pages
from bench.progressing import CARDS as KNOWN
from bench.progressing import GROUPS, pages
from bench.reviewing import Sheets
from bench.searching import Journals, flatness, make_journals, preview_cost, queries_alone, search_page
from bench.seeding import Group, Instance, make_instance, reset, right_answers
from bench.serving import NotMeasured, serving
from bench.transaction import rollup_ratios

DUE = 100
SLUGS = [f"bench-{number}" for number in range(1, DUE + 1)]
LEARNERS = range(1, 129)  # enough cards for the longest round of the row with the most connections
FEW = 100
PAIRS = 60
Found = list[tuple[str, bool]]


@dataclass(frozen=True)
class Scale:
    """How much is measured: `seconds` a round of many connections, `learners`, `requests`, `entries` and `queries` at
    most."""

    sizes: tuple[int, ...]
    rounds: int
    calls: int
    seconds: float
    learners: int
    requests: int
    entries: int
    queries: int = 100


FULL = Scale((1_000, 10_000, 100_000), 9, calls=20, seconds=4.0, learners=10_000, requests=10_000, entries=200_000)
QUICK = Scale((1_000,), 5, calls=8, seconds=1.5, learners=1_000, requests=1_000, entries=20_000, queries=40)


@dataclass(frozen=True)
class Bench:
    """One run: a folder for its databases, which are made when a row asks for them first."""

    folder: Path
    scale: Scale

    @cached_property
    def alone(self) -> Instance:
        """One learner with 1,000 card states, for the rows without a server."""
        return make_instance(self.folder / "alone", 2_000, [Group(range(1, 2), 1_000, 4 * DUE)])

    @cached_property
    def group(self) -> Instance:
        """LEARNERS with 300 card states each."""
        return make_instance(self.folder / "group", 500, [Group(LEARNERS, 300, DUE)])

    @cached_property
    def sheets(self) -> Sheets:
        """The right answers of `group`."""
        return right_answers(self.group)

    @cached_property
    def journals(self) -> Journals:
        """A journal of 5,000 entries alone, and the same one among those of others."""
        return make_journals(self.folder, self.scale.entries)

    @cached_property
    def school(self) -> School:
        """Cohorts of 10, 100, 1,000 and (in the full run) 10,000 learners with one mentor."""
        return make_school(self.folder / "school", self.scale.learners)

    @cached_property
    def traffic(self) -> Traffic:
        """What rows 11 and 12 read. Raises NotMeasured."""
        reset(self.group)
        with serving("wsgi:app", self.group.environ) as portal:
            return traffic(portal, 1, self.sheets)


@dataclass(frozen=True)
class Row:
    """A goal; `measure` gives what was seen and whether it keeps to `must`, once or more often. Raises NotMeasured."""

    number: str
    goal: str
    must: str
    reach: str
    measure: Callable[[Bench], Found]


def cpu(bench: Bench) -> Found:
    """Row 1: learners with ever more cards, and a log of a million rows."""
    scale = bench.scale
    groups = [Group(range(place, place + 1), size, DUE) for place, size in enumerate(scale.sizes, 1)]
    instance = make_instance(bench.folder / "sizes", max(scale.sizes) + 500, groups)
    names = {f"{size:,} card states": place for place, size in enumerate(scale.sizes, 1)}
    with ExitStack() as servers:
        hello = servers.enter_context(serving("bench.hello:app"))
        portal = servers.enter_context(serving("wsgi:app", instance.environ))
        found = against_hello(hello, portal, instance, names, SLUGS, right_answers(instance), scale.rounds)
    return [
        (
            f"{name}: {one.answer:.1f}; as two requests, answer and grade, {one.both:.1f} (must 6.0, reach 4.5); "
            f"another grade {one.regrade:.1f} more",
            one.answer <= 4.5,
        )
        for name, one in found.items()
    ]


def instruction_count(bench: Bench) -> Found:
    """Row 2, read in two ways."""
    lines = []
    for way, counts in instructions(bench.alone, bench.folder, bench.scale.calls).items():
        unit = counts.pop("hello")
        ratios = {step: total / unit for step, total in counts.items()}
        answer, both, other = ratios["answer"], ratios["answer"] + ratios["grade"], ratios["regrade"]
        said = f"{answer:.1f}; as two requests, answer and grade, {both:.1f}; another grade {other:.1f} more"
        lines.append((f"{way}: {said} (hello {unit / 1000:.0f} k)", answer <= 5.5))
    return lines


def throughput(bench: Bench) -> Found:
    """Row 3."""
    scale = bench.scale
    with serving("bench.hello:app", workers=2) as hello, serving("wsgi:app", bench.group.environ, 2) as portal:
        found = throughput_share(hello, portal, bench.group, LEARNERS, bench.sheets, scale.rounds, scale.seconds)
    said = (
        f"requests {found.requests:.2f}, cards {found.cards:.2f}; "
        f"clients took {found.hello_clients:.0%} of the CPU at hello, {found.portal_clients:.0%} at the portal"
    )
    return [(said + _refused(found.refusals), found.requests >= 0.25 and not found.refusals)]


def crowd(bench: Bench) -> Found:
    """Row 4."""
    environ, rounds = bench.group.environ, max(1, bench.scale.rounds // 3)
    with serving("wsgi:app", environ, 1) as one, serving("wsgi:app", environ, 2) as two:
        found = crowding({1: one, 2: two}, bench.group, LEARNERS, bench.sheets, rounds, bench.scale.seconds)
    lines = []
    for (connections, workers), seen in found.items():
        is_met = not seen.refusals and (connections > CONNECTIONS or seen.spread <= 6)
        said = f"{connections} connections, {workers} worker{'s' if workers > 1 else ''}: {seen.spread:.1f}"
        lines.append((f"{said} over {len(seen.answers):,} answers" + (_refused(seen.refusals) or ", no error"), is_met))
    return lines


def _refused(refusals: Sequence[str]) -> str:
    return f"; {len(refusals)} errors, the first: {refusals[0][:120]}" if refusals else ""


def growth(bench: Bench) -> Found:
    """Row 5."""
    count = bench.scale.learners
    if shutil.disk_usage(bench.folder).free < count * 500_000:
        raise NotMeasured(f"{count:,} learners need {count / 2_000:.1f} GB on the disk of {bench.folder}")
    sizes = {"many": count, "few": FEW}
    made = {
        name: make_instance(bench.folder / name, 500, [Group(range(1, size + 1), 300, DUE, 1, 2)])
        for name, size in sizes.items()
    }
    picked = {name: [1 + place * size // PAIRS for place in range(PAIRS)] for name, size in sizes.items()}
    with serving("wsgi:app", made["many"].environ) as many, serving("wsgi:app", made["few"].environ) as few:
        servers = {"many": many, "few": few}
        found = against_few(servers, picked, right_answers(made["few"]), bench.scale.rounds)
    shutil.rmtree(made["many"].folder)
    said = f"{count:,} learners, {count * 500:,} reviews: {found.ratio:.2f} ({found.many:.1f} ms, {found.few:.1f} ms)"
    return [(said, found.ratio <= 1.15)]


def rollups(bench: Bench) -> Found:
    """Row 6."""
    found = rollup_ratios(bench.alone, bench.scale.rounds)
    return [(f"CPU {found['cpu']:.2f}, wall {found['wall']:.2f}", found["cpu"] <= 1.8)]


def progress_page(bench: Bench) -> Found:
    """Row 8: the period that is shown first decides; the others are told."""
    instance = make_instance(bench.folder / "progress", KNOWN + 500, GROUPS)
    with serving("wsgi:app", instance.environ) as portal:
        found = pages(portal, right_answers(instance), bench.scale.rounds)
    said = [
        f"{period}: CPU {seen.cpu:.2f}, wall {seen.wall:.2f} ({seen.ms:.0f} ms, {seen.kb:.0f} KB)"
        for period, seen in found.items()
    ]
    first = next(iter(found.values()))
    longer = "; not judged, for there are more days with answers to show: " + ", ".join(said[1:])
    return [(said[0] + longer, max(first.cpu, first.wall) <= 1.2)]


def cohort_table(bench: Bench) -> Found:
    """Row 7: every column decides; what the page takes at each size is told."""
    school = bench.school
    with serving("wsgi:app", school.instance.environ) as portal:
        found = table_pages(portal, school, bench.scale.rounds)
        each = {size: page(portal, school.page(size), bench.scale.rounds) for size in school.sizes}
    columns = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
    largest = each[school.sizes[-1]]
    return [
        (f"{columns} ({school.sizes[-1]:,} against {SMALL})", max(found.values()) <= 1.5),
        (f"the page at {said(each)}; totals with all else below 100 ms", largest.ms <= 100),
    ]


def heat_map(bench: Bench) -> Found:
    """Row 7, 200 learners by 60 topics on one page."""
    school = bench.school
    with serving("wsgi:app", school.instance.environ) as portal:
        each = {size: page(portal, school.page(size, "/heat"), bench.scale.rounds) for size in school.sizes[1:]}
    decisive = each[1_000]  # its first page holds 200
    return [(said(each), decisive.ms <= 300 and decisive.kb <= 150)]


def members_file(bench: Bench) -> Found:
    """Row 7, the table as a file: what stays in memory of everybody."""
    with serving("wsgi:app", bench.school.instance.environ) as portal:
        found = file_growth(portal, bench.school)
    told = ", ".join(f"{size:,}: {grown:+.1f} MB" for size, grown in found.items())
    return [(told, list(found.values())[-1] <= 5)]


def cohort_weight(bench: Bench) -> Found:
    """Row 13."""
    with serving("wsgi:app", bench.school.instance.environ) as portal:
        seen = page(portal, bench.school.page(1_000), 1)
    return [(f"{seen.kb:.1f} KB, {seen.elements:,} elements", seen.kb <= 60 and seen.elements <= 1_500)]


def first_page(bench: Bench) -> Found:
    """Row 11."""
    seen = bench.traffic.first
    return [(f"{seen.requests:.0f} requests, {seen.kb:.1f} KB", seen.requests <= 6 and seen.kb <= 40)]


def later_cards(bench: Bench) -> Found:
    """Row 12."""
    seen = bench.traffic.card
    said = f"{seen.requests:.1f} requests, {seen.kb:.2f} KB, mean of {CARDS} cards"
    return [(said, seen.requests <= 2 and seen.kb <= 4)]


def cold_start(bench: Bench) -> Found:
    """Row 15, time."""
    reset(bench.group)
    found = starts(bench.group, bench.scale.rounds)
    return [(f"{found.ratio:.2f} ({found.portal:.2f} s, {found.bare:.2f} s)", found.ratio <= 2)]


def worker_memory(bench: Bench) -> Found:
    """Row 15, memory."""
    reset(bench.group)
    found = memory(bench.group, LEARNERS, bench.sheets, bench.scale.requests)
    said = f"PSS {found.pss:.2f} ({found.pss_mb:.0f} MB), RSS {found.rss:.2f} ({found.rss_mb:.0f} MB)"
    grown = (
        f"RSS {found.growth:+.1%} over {bench.scale.requests:,} requests, {found.later_growth:+.1%} in their later half"
    )
    return [(f"{said}; {grown}", max(found.pss, found.rss) <= 1.4)]


def deep_page(bench: Bench) -> Found:
    """Row 17, paging."""
    with serving("wsgi:app", bench.journals.among.environ) as portal:
        found = flatness(portal, portal, bench.journals.first_page, bench.journals.deep_page, bench.scale.rounds)
    said = f"{found.ratio:.2f} ({found.other_ms:.1f} ms, {found.base_ms:.1f} ms), page {bench.journals.deep}"
    return [(said, found.ratio <= 1.2)]


def own_search(bench: Bench) -> Found:
    """Row 17, search."""
    journals = bench.journals
    with serving("wsgi:app", journals.alone.environ) as alone, serving("wsgi:app", journals.among.environ) as among:
        lines = []
        for name, queries in journals.searches.items():
            paths = [search_page(query) for query in queries]
            found = flatness(alone, among, paths, paths, bench.scale.rounds)
            said = f"{name}: {found.ratio:.2f} ({found.other_ms:.1f} ms, {found.base_ms:.1f} ms)"
            lines.append((f"{said} among {bench.scale.entries:,}", found.ratio <= 1.3))
    found = queries_alone(journals, bench.scale.rounds)
    said = f"the queries without their pages: {found.ratio:.2f} ({found.other_ms:.2f} ms, {found.base_ms:.2f} ms)"
    return [*lines, (said, found.ratio <= 1.3)]


def preview(bench: Bench) -> Found:
    """The journal's preview, which is shown while somebody types."""
    with serving("bench.hello:app") as hello, serving("wsgi:app", bench.journals.alone.environ) as portal:
        found = preview_cost(hello, portal, bench.scale.rounds)
    return [(f"p50 {found.other_ms:.1f} ms, {found.ratio:.1f} hellos of {found.base_ms:.2f} ms", True)]


def written_query(bench: Bench) -> Found:
    """Row 18."""
    found = waits(bench.folder / "boxes", bench.scale.queries)
    return [
        (f"child {name}: p50 {seen.p50:.0f} ms, p95 {seen.p95:.0f} ms", name != "ready" or seen.p95 < 60)
        for name, seen in found.items()
    ]


def item_statistics(bench: Bench) -> Found:
    """Row 19: counting, then the pages that read what was counted."""
    banks = make_banks(bench.folder)
    counted = counting_cost(banks, max(1, bench.scale.rounds // 3))
    with ExitStack() as servers:
        open_ = {name: servers.enter_context(serving("wsgi:app", bank.environ)) for name, bank in banks.items()}
        found = page_ratios(open_, bench.scale.rounds)
    pages = ", ".join(f"{page} {ratio:.2f} ({ms:.1f} ms)" for page, (ratio, ms) in found.items())
    told = f"{counted.ratio:.2f} ({counted.many:.0f} µs, {counted.few:.0f} µs)"
    return [
        (f"counting, CPU a first answer: {told}", counted.ratio <= 1.2),
        (f"pages, CPU: {pages}", max(ratio for ratio, _ in found.values()) <= 1.2),
    ]


ROWS = (
    Row("1", "CPU of a card (the answer, with the next card in it) in hellos", "4.5", "3.0", cpu),
    Row("2", "instructions of the same in hellos", "5.5", "4.0", instruction_count),
    Row("3", f"throughput of the same in hello's requests, {CONNECTIONS} connections", "0.25", "0.40", throughput),
    Row("4", "p99/p50 of an answer; 8 and 32 connections without an error", "6", "3", crowd),
    Row("5", f"p50 of an answer with many learners against {FEW}", "1.15", "1.05", growth),
    Row("6", "answer transaction with totals against without", "1.8", "1.4", rollups),
    Row("7", "cohort page, 50 rows by each column, totals and trend, against 100 members", "1.5", "1.1", cohort_table),
    Row("7", "heat map of 200 learners by 60 topics", "300 ms, 150 KB", "-", heat_map),
    Row("7", "worker memory after everybody's row as CSV", "flat: 5 MB", "-", members_file),
    Row("8", "progress page at 1 M reviews against 10 k, 870 cards each", "1.2", "1.05", progress_page),
    Row("11", "review page in Chromium, empty cache", "6 requests, 40 KB", "4 requests, 26 KB", first_page),
    Row("12", "each card after the first in Chromium", "2 requests, 4 KB", "2 requests, 2.5 KB", later_cards),
    Row("13", "cohort page at 1,000 learners", "60 KB, 1,500 elements", "35 KB", cohort_weight),
    Row("15", "cold start to the first answer against a bare app", "2", "1.4", cold_start),
    Row("15", "worker memory against a bare app; growth", "1.4", "1.2; growth 3%", worker_memory),
    Row("17", "journal: CPU of a deep page by keyset against the first", "1.2", "1.05", deep_page),
    Row("17", "journal: CPU of a search in 5,000 entries among others' against alone", "1.3", "1.1", own_search),
    Row("17", "journal: round trip of a preview of 2,000 characters", "-", "-", preview),
    Row("18", "a written query on all datasets of its card, in a box: p95", "60 ms", "30 ms", written_query),
    Row("19", f"the bank in numbers: {MANY:,} learners' first answers against {LEAST}", "1.2", "1.05", item_statistics),
)
