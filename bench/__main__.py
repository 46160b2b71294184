"""make bench: how far the portal is from Flask's hello world, as one table."""

import argparse
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.rows import FULL, QUICK, ROWS, Bench, Row, Scale
from bench.serving import NotMeasured


def lines_of(row: Row, bench: Bench) -> list[str]:
    """A row of goals as lines of the table."""
    head = (row.number, row.goal, row.must, row.reach)
    try:
        found = [(said, "met" if is_met else "MISSED") for said, is_met in row.measure(bench)]
    except NotMeasured as problem:
        found = [(f"not measured: {problem}", "?")]
    return [f"| {' | '.join((*head, *cells))} |" for cells in found]


def print_table(rows: Sequence[Row], scale: Scale) -> None:
    """Measure row after row; each is printed when it is known."""
    print("| # | goal | must | reach | seen | |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), scale)
        for row in rows:
            print("\n".join(lines_of(row, bench)), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, small tables")
    parser.add_argument("--rows", nargs="+", choices=sorted({row.number for row in ROWS}, key=int), help="only these")
    chosen = parser.parse_args()
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    rows = [row for row in ROWS if not chosen.rows or row.number in chosen.rows]
    print_table(rows, QUICK if chosen.quick else FULL)
    cores = len(os.sched_getaffinity(0))
    print(f"\n{cores} cores, {platform.machine()}, Python {platform.python_version()}; load average before: {load}.")


if __name__ == "__main__":
    main()
