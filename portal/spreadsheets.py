"""Rows as CSV: read strictly, with every mistake by its line, and written so that no spreadsheet runs a cell."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from string import whitespace

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SHOWN = 50
_MARK = "\ufeff"  # at the start of a file: it is UTF-8. Without it Excel takes the file for another alphabet.

Row = tuple[int, list[str]]  # the line of the file it begins on, its cells


class FileError(ValueError):
    """What is wrong with a file, each complaint with its line; no more of them than somebody reads."""

    def __init__(self, complaints: list[str]) -> None:
        more = len(complaints) - _SHOWN
        self.complaints = complaints[:_SHOWN] + ([f"And {more:,} more."] if more > 0 else [])
        super().__init__(" ".join(self.complaints))


def decoded(raw: bytes, most: int) -> str:
    """The text of a file of at most so many bytes, without a byte order mark. Raises FileError."""
    if len(raw) > most:
        size = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1000} KB"
        raise FileError([f"The file is larger than {size}. Send it in parts."])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(["The file is UTF-16. Save it as “CSV UTF-8” and send it again."])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise FileError([f"Line {line}: this is not UTF-8. Save the file as “CSV UTF-8” and send it again."]) from None
    if "\0" in text:
        raise FileError([f"Line {text[: text.index(chr(0))].count(chr(10)) + 1}: there is a NUL character in it."])
    return text


def table(text: str, columns: Sequence[str], needed: Sequence[str]) -> tuple[list[str], Iterator[Row]]:
    """The names in the first line, in small letters, and the rows below it that say something. Raises FileError.

    Cells are parted by commas or semicolons. `columns` are those that are read, each at most once; the rest may be
    there as well. A quotation mark in the wrong place is found when its row is asked for.
    """
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise FileError([f"The file is empty. Its first line names the columns: {','.join(columns)}."])
    number, names = first[0], [cell.strip().lower() for cell in first[1]]
    if missing := [name for name in needed if name not in names]:
        told = f"no column is named {' or '.join(missing)}. The first line names the columns."
        raise FileError([f"Line {number}: {told}"])
    if twice := [name for name in columns if names.count(name) > 1]:
        raise FileError([f"Line {number}: two columns are named {twice[0]}."])
    return names, rows


def _rows(text: str) -> Iterator[Row]:
    head = text.lstrip(_MARK + whitespace).partition("\n")[0]
    parted = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text.removeprefix(_MARK), newline=""), delimiter=parted, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as problem:
        raise FileError([f"Line {number}: the quotation marks do not fit ({problem})."]) from None


def inert(cell: object) -> object:
    """A cell as it may stand in a file: text that a spreadsheet would run gets an apostrophe before it."""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(RUN_BY_SPREADSHEETS)
    return f"'{cell}" if is_formula else cell


def csv_pieces(pages: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    """The text of a CSV file, a piece for each page of rows (RFC 4180; a mark at the start says that it is UTF-8)."""
    start = _MARK
    for rows in pages:
        text = io.StringIO()
        csv.writer(text).writerows([inert(cell) for cell in row] for row in rows)
        yield start + text.getvalue()
        start = ""
