"""Rosters as CSV: a file of addresses read strictly, and cells that no spreadsheet takes for a formula."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from portal.spreadsheets import inert

MOST_LINES = 10_000
MOST_BYTES = 2_000_000
COLUMNS = ("email", "name", "starts_on")
_SHOWN = 50
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


class RosterError(ValueError):
    """What is wrong with a file, each complaint with its line."""

    def __init__(self, complaints: list[str]) -> None:
        more = len(complaints) - _SHOWN
        self.complaints = complaints[:_SHOWN] + ([f"And {more:,} more."] if more > 0 else [])
        super().__init__(" ".join(self.complaints))


def decoded(raw: bytes) -> str:
    """The text of a file, without a byte order mark. Raises RosterError."""
    if len(raw) > MOST_BYTES:
        raise RosterError(["The file is larger than 2 MB. Send it in parts."])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RosterError(["The file is UTF-16. Save it as “CSV UTF-8” and send it again."])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise RosterError(
            [f"Line {line}: this is not UTF-8. Save the file as “CSV UTF-8” and send it again."]
        ) from None
    if "\0" in text:
        raise RosterError([f"Line {text[: text.index(chr(0))].count(chr(10)) + 1}: there is a NUL character in it."])
    return text


def read_roster(text: str) -> Roster:
    """The learners of a file: columns email, name, starts_on, parted by commas or semicolons. Raises RosterError."""
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise RosterError(["The file is empty. Its first line names the columns: email,name,starts_on."])
    names = [cell.strip().lower() for cell in first[1]]
    if "email" not in names:
        raise RosterError([f"Line {first[0]}: no column is named email. The first line names the columns."])
    if twice := [name for name in COLUMNS if names.count(name) > 1]:
        raise RosterError([f"Line {first[0]}: two columns are named {twice[0]}."])
    lines = _lines(rows, names)
    return Roster(lines, [name for name in names if name and name not in COLUMNS])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins on, cells) of each row that says something."""
    head = text.lstrip().partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True
    )
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as problem:
        raise RosterError([f"Line {number}: the quotation marks do not fit ({problem})."]) from None


def _lines(rows: Iterator[tuple[int, list[str]]], names: list[str]) -> list[Line]:
    lines, complaints, seen = [], [], dict[str, int]()
    for count, (number, cells) in enumerate(rows, 1):
        if count > MOST_LINES:
            raise RosterError([f"Line {number}: a file has at most {MOST_LINES:,} learners. Send it in parts."])
        try:
            line = _line(number, cells, names)
            if (before := seen.setdefault(line.email, number)) != number:
                raise ValueError(f"{line.email} stands on line {before} already.")
            lines.append(line)
        except ValueError as problem:
            complaints.append(f"Line {number}: {problem}")
    if complaints:
        raise RosterError(complaints)
    if not lines:
        raise RosterError(["There is no learner in the file, only the names of the columns."])
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


def written(row: list[Any]) -> bytes:
    """One row as a line of a CSV file; a cell that a spreadsheet would run begins with an apostrophe."""
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([inert(cell) for cell in row])
    return line.getvalue().encode()
