"""make bench: how far the portal is from Flask's hello world, as one table."""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.costs import Ratios, against_hello
from bench.instructions import NotCounted, instructions
from bench.seeding import Group, Instance, make_instance, right_answers
from bench.serving import serving
from bench.transaction import rollup_ratios

DUE = 100
SLUGS = [f"bench-{number}" for number in range(1, DUE + 1)]


@dataclass(frozen=True)
class Line:
    """A row of the table; `is_met` None: not measured."""

    number: str
    goal: str
    must: str
    reach: str
    seen: str
    is_met: bool | None = None


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    sizes: tuple[int, ...]
    rounds: int
    calls: int


FULL = Scale(sizes=(1_000, 10_000, 100_000), rounds=9, calls=20)
QUICK = Scale(sizes=(1_000,), rounds=5, calls=8)


def cpu_lines(folder: Path, scale: Scale) -> list[Line]:
    """Row 1: CPU of the steps, for learners with ever more cards and a log of a million rows."""
    groups = [Group(range(place, place + 1), size, DUE) for place, size in enumerate(scale.sizes, 1)]
    instance = make_instance(folder / "sizes", max(scale.sizes) + 500, groups)
    names = {f"{size:,} card states": place for place, size in enumerate(scale.sizes, 1)}
    with ExitStack() as servers:
        hello = servers.enter_context(serving("bench.hello:app"))
        portal = servers.enter_context(serving("wsgi:app", instance.environ))
        found = against_hello(hello, portal, instance, names, SLUGS, right_answers(instance), scale.rounds)
    return [_cpu_line(name, ratios) for name, ratios in found.items()]


def _cpu_line(name: str, found: Ratios) -> Line:
    seen = (
        f"answer {found.answer:.1f}, next {found.grade:.1f}, both {found.both:.1f}; another grade {found.regrade:.1f}"
    )
    is_met = found.answer <= 4.5 and found.both <= 6.0
    return Line("1", f"CPU of an answer in hellos, {name}", "4.5; both 6.0", "3.0; both 4.5", seen, is_met)


def instruction_line(instance: Instance, folder: Path, scale: Scale) -> Line:
    """Row 2: the same in instructions."""
    goal, must, reach = "instructions of an answer, in hellos", "5.5", "4.0"
    try:
        found = instructions(instance, folder, scale.calls)
    except NotCounted as problem:
        return Line("2", goal, must, reach, f"not counted: {problem}")
    ratios = {name: count / found["hello"] for name, count in found.items() if name != "hello"}
    seen = ", ".join(f"{name} {ratio:.1f}" for name, ratio in ratios.items())
    return Line("2", goal, must, reach, f"{seen} (hello {found['hello'] / 1000:.0f} k)", ratios["answer"] <= 5.5)


def rollup_line(instance: Instance, scale: Scale) -> Line:
    """Row 6: what the day's totals cost."""
    found = rollup_ratios(instance, scale.rounds)
    seen = f"CPU {found['cpu']:.2f}, wall {found['wall']:.2f}"
    return Line("6", "answer transaction with totals against without", "1.8", "1.4", seen, found["cpu"] <= 1.8)


def table(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    rows = ["| # | goal | must | reach | seen | |", "|---|---|---|---|---|---|"]
    marks = {True: "met", False: "MISSED", None: "?"}
    for line in lines:
        cells = (line.number, line.goal, line.must, line.reach, line.seen, marks[line.is_met])
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes: fewer rounds, small tables")
    scale = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        small = make_instance(folder / "small", 2_000, [Group(range(1, 2), 1_000, 2 * DUE)])
        lines = cpu_lines(folder, scale)
        lines.append(instruction_line(small, folder, scale))
        lines.append(rollup_line(small, scale))
    print(table(lines))


if __name__ == "__main__":
    main()
