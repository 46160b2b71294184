"""From numbers to shapes: columns, bars and a calendar as paths of an SVG, each with its table.

Lengths are in the units of a picture's own viewBox, which the page stretches to the width there is. A picture that is
stretched holds no text: what stands beside it is HTML, as large as the rest of the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log10
from typing import Literal

Sign = Literal["full", "half", "open", "late"]
HEIGHT = 100.0
SLOT, COLUMN = 10.0, 8.0
CELL = 13
WEEKS = 26  # in one part of a calendar: two of them stand side by side, or one above the other on a phone
LEVELS = (1, 10, 25, 50)  # answers of a day: where each level begins
SIZES = (2, 5, 7, 9, 11)  # sides of a day's square, by level: not colour alone
_STEPS = (1, 2, 4, 6, 10)


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a picture; the first cell of a row names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One sort of thing in every column, from below; `sign` says how it is filled."""

    name: str
    sign: Sign
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns side by side. `scale` is what stands at the top and in the middle; `axis` goes below, evenly if so."""

    width: float
    paths: tuple[tuple[str, str], ...]
    scale: tuple[str, str]
    axis: tuple[str, ...]
    is_even: bool
    legend: tuple[tuple[str, str], ...]
    kind: str = "columns"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row with a bar: `length` 0 to 100, `cells` the numbers beside it; `topic` is where its name leads, or ""."""

    name: str
    length: float
    cells: tuple[str, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Rows with bars and numbers: picture and table in one. `head` names the columns behind the bar.

    `folded` are rows that are shown on request.
    """

    of: str
    head: tuple[str, ...]
    bars: tuple[Bar, ...]
    folded: tuple[Bar, ...] = ()
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Part:
    """Half a calendar: `paths` by level, `months` (x, name)."""

    paths: tuple[tuple[int, str], ...]
    months: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A square for each day, larger and darker with more answers."""

    parts: tuple[Part, ...]
    width: int = WEEKS * CELL
    height: int = 8 * CELL + 2
    legend: tuple[tuple[int, int, str], ...] = ()
    kind: str = "calendar"


@dataclass(frozen=True, slots=True)
class Picture:
    """One question and the sentence that answers it, above the picture that shows it. No picture: too few numbers."""

    id: str
    question: str
    sentence: str
    drawn: Columns | Bars | Calendar | None = None
    table: Table | None = None
    remark: str = ""


def top_of(most: float) -> int:
    """The round number a scale ends with: the smallest of 2, 4, 6, 10, 20, 40 ... that is not below `most`."""
    ten: int = 10 ** int(log10(max(most, 1)))
    return next(step * ten for step in _STEPS if step * ten >= max(2, most))


def columns(series: Sequence[Series], axis: Sequence[str], *, is_even: bool = False, unit: str = "") -> Columns:
    """Columns of as many slots as the series have values, stacked in their order."""
    heights = [sum(column) for column in zip(*(one.values for one in series), strict=True)]
    top = top_of(max(heights, default=0))
    below = [0.0] * len(heights)
    paths = []
    for one in series:
        parts = []
        for place, value in enumerate(one.values):
            if value > 0:
                parts.append(_column(place, below[place] / top, value / top))
                below[place] += value
        paths.append((one.sign, "".join(parts)))
    legend = tuple((one.sign, one.name) for one in series if len(series) > 1)
    scale = (f"{top:,}{unit}", f"{top // 2:,}{unit}")
    return Columns(SLOT * len(heights), tuple(paths), scale, tuple(axis), is_even, legend)


def _column(place: int, below: float, share: float) -> str:
    left = SLOT * place + (SLOT - COLUMN) / 2
    bottom, height = HEIGHT * (1 - below), HEIGHT * share
    return f"M{left:g} {bottom:.4g}v-{height:.4g}h{COLUMN:g}v{height:.4g}z"


def bars(of: str, head: Sequence[str], rows: Sequence[tuple[str, float, Sequence[str]]], most: float = 0) -> Bars:
    """Bars of (name, value, cells), as long as their values; `most` is a whole bar (0: the longest one)."""
    whole = most or max((value for _, value, _ in rows), default=0) or 1
    found = [Bar(name, round(min(100.0, 100 * value / whole), 1), tuple(cells)) for name, value, cells in rows]
    return Bars(of, tuple(head), tuple(found))


def level_of(answers: int) -> int:
    """0 for none, up to 4 for fifty and more."""
    return sum(answers >= least for least in LEVELS)


def first_of_calendar(last: date) -> date:
    """The Monday a calendar that ends with the week of `last` begins on."""
    return last - timedelta(days=last.weekday() + 7 * (2 * WEEKS - 1))


def calendar(answers: Mapping[date, int], last: date) -> Calendar:
    """Two times 26 weeks, the last one that of `last`; days to come are left out."""
    first = first_of_calendar(last)
    parts = tuple(_part(answers, first + timedelta(weeks=WEEKS * half), last) for half in range(2))
    names = ("none", "1 to 9", "10 to 24", "25 to 49", "50 or more")
    return Calendar(parts, legend=tuple((level, SIZES[level], names[level]) for level in range(len(SIZES))))


def _part(answers: Mapping[date, int], first: date, last: date) -> Part:
    paths: dict[int, list[str]] = {level: [] for level in range(len(SIZES))}
    months: list[tuple[int, str]] = []
    for place in range(7 * WEEKS):
        day = first + timedelta(days=place)
        if day > last:
            break
        week, weekday = divmod(place, 7)
        level = level_of(answers.get(day, 0))
        paths[level].append(_square(week * CELL, (weekday + 1) * CELL + 2, SIZES[level]))
        if day.day == 1 and week < WEEKS - 2:
            months.append((week * CELL, f"{day:%b}"))
    return Part(tuple((level, "".join(parts)) for level, parts in paths.items() if parts), tuple(months))


def _square(left: int, top: int, size: int) -> str:
    edge = (CELL - size) / 2
    return f"M{left + edge:g} {top + edge:g}h{size}v{size}h-{size}z"
