"""Everything that is kept of a person, as one archive: a JSON file that holds all of it, and a CSV file a table."""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import IO, Any

from portal import zips
from portal.belongings.holdings import Holding, holdings, plain
from portal.spreadsheets import csv_pieces

Rows = Sequence[Sequence[Any]]
FORMAT = 1
README = """This is what the Backend Roadmap Portal keeps of you.

all.json holds all of it: "tables" has a list of rows for each table. The folder "tables" has the same, a CSV file a
table, for a spreadsheet; text that a spreadsheet would run as a formula has an apostrophe before it there.

The log of your answers is review_log; what is in card_states and review_days follows from it. Moments are in UTC, days
are your own. Your journal as Markdown files, one an entry, is a download of its own: Journal, Export.

Not in here: your password, of which only a hash is kept, and what shows that a browser is yours; notes that mentors
keep for themselves, and why they put you off; what others wrote to you and deleted.
"""


def write(file: IO[bytes], person_id: int, moment: datetime) -> None:
    """Write the archive of a person into a file."""
    with zipfile.ZipFile(file, "w", compresslevel=6) as archive, tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        archive.writestr(zips.member("README.txt", moment), README)
        told.write(json.dumps({"format": FORMAT, "made_at": plain(moment)})[:-1] + ', "tables": {')
        for number, held in enumerate(holdings(person_id)):
            told.write(f"{',' if number else ''}\n{json.dumps(held.table)}: [")
            _write_table(archive, told, held, moment)
            told.write("]")
        told.write("\n}}\n")
        told.seek(0)
        with archive.open(zips.member("all.json", moment), "w", force_zip64=True) as member:
            while piece := told.read(zips.PIECE):
                member.write(piece.encode())


def _write_table(archive: zipfile.ZipFile, told: IO[str], held: Holding, moment: datetime) -> None:
    """One table's rows into both; a table without rows gets no CSV file."""
    if not (first := next(held.pieces, ())):
        return
    with archive.open(zips.member(f"tables/{held.table}.csv", moment), "w", force_zip64=True) as member:
        for piece in csv_pieces(_told(told, held.columns, chain([first], held.pieces))):
            member.write(piece.encode())


def _told(told: IO[str], columns: list[str], pieces: Iterable[Rows]) -> Iterator[Rows]:
    """The header and the pieces as plain values, each of which is told as JSON on the way."""
    mark = ""
    yield [columns]
    for rows in pieces:
        cells = [[plain(value) for value in row] for row in rows]
        for row in cells:
            told.write(f"{mark}\n{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)}")
            mark = ","
        yield cells
