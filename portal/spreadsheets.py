"""Rows as CSV that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(cell: object) -> object:
    """A cell as it may stand in a file: text that a spreadsheet would run gets an apostrophe before it."""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(RUN_BY_SPREADSHEETS)
    return f"'{cell}" if is_formula else cell


def csv_pieces(pages: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    """The text of a CSV file, a piece for each page of rows (RFC 4180; a mark at the start says that it is UTF-8)."""
    start = "\ufeff"
    for rows in pages:
        text = io.StringIO()
        csv.writer(text).writerows([inert(cell) for cell in row] for row in rows)
        yield start + text.getvalue()
        start = ""
