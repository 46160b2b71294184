"""Rosters as CSV: a file of addresses, read strictly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.spreadsheets import FileError, Row, table

MOST_LINES = 10_000
MOST_BYTES = 2_000_000
COLUMNS = ("email", "name", "starts_on")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Line:
    """One learner of a roster file; `number` is the line of the file it begins on."""

    number: int
    email: str
    name: str
    starts_on: date | None


@dataclass(frozen=True, slots=True)
class Roster:
    """A file without a mistake: its learners, and the columns that were not read."""

    lines: list[Line]
    ignored: list[str]


def read_roster(text: str) -> Roster:
    """The learners of a file: columns email, name, starts_on, parted by commas or semicolons. Raises FileError."""
    names, rows = table(text, COLUMNS, ["email"])
    lines = _lines(rows, names)
    return Roster(lines, [name for name in names if name and name not in COLUMNS])


def _lines(rows: Iterator[Row], names: list[str]) -> list[Line]:
    lines, complaints, seen = [], [], dict[str, int]()
    for count, (number, cells) in enumerate(rows, 1):
        if count > MOST_LINES:
            raise FileError([f"Line {number}: a file has at most {MOST_LINES:,} learners. Send it in parts."])
        try:
            line = _line(number, cells, names)
            if (before := seen.setdefault(line.email, number)) != number:
                raise ValueError(f"{line.email} stands on line {before} already.")
            lines.append(line)
        except ValueError as problem:
            complaints.append(f"Line {number}: {problem}")
    if complaints:
        raise FileError(complaints)
    if not lines:
        raise FileError(["There is no learner in the file, only the names of the columns."])
    return lines


def _line(number: int, cells: list[str], names: list[str]) -> Line:
    if len(cells) > len(names):
        raise ValueError(f"it has {len(cells)} cells, the first line names {len(names)}.")
    row = dict(zip(names, (" ".join(cell.split()) for cell in cells), strict=False))
    email, name, day = row.get("email", "").lower(), row.get("name", ""), row.get("starts_on", "")
    if not _ADDRESS.fullmatch(email) or len(email) > 254:
        raise ValueError(f"“{email[:60]}” is no e-mail address." if email else "the e-mail address is missing.")
    if len(name) > 80:
        raise ValueError("the name is longer than 80 characters.")
    return Line(number, email, name, _day(day) if day else None)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"“{text[:40]}” is no day. Write it as 2026-11-22, or leave it out.")
    return day
