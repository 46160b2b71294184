"""Roster files: read strictly, with the line of each mistake, and written so that no spreadsheet runs a cell."""

from datetime import date

import pytest

from portal.cohorts.lists import MOST_BYTES, MOST_LINES, Line, read_roster
from portal.spreadsheets import FileError, csv_pieces, decoded


def complaints(raw: bytes) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(FileError) as told:
        read_roster(decoded(raw, MOST_BYTES))
    return told.value.complaints


def test_commas_semicolons_quotes_and_byte_order_marks_are_read_alike() -> None:
    wanted = [Line(2, "ada@example.org", "Ada, Countess", date(2026, 11, 22)), Line(4, "bob@example.org", "", None)]
    plain = b'Email,Name,starts_on\r\nADA@example.org,"Ada, Countess",2026-11-22\r\n\r\n bob@example.org ,,\r\n'
    semicolons = "\ufeffstarts_on;email;name\n2026-11-22;ada@example.org;Ada, Countess\n\n;bob@example.org\n".encode()
    assert [read_roster(decoded(raw, MOST_BYTES)).lines for raw in (plain, semicolons)] == [wanted, wanted]
    assert read_roster('email,name\na@b.org,"Ada\n  Lovelace"\nc@d.org').lines == [
        Line(2, "a@b.org", "Ada Lovelace", None),
        Line(4, "c@d.org", "", None),
    ], "a quoted cell may hold the end of a line"
    assert read_roster("email;phone\na@b.org;1").ignored == ["phone"], "and it is said what was not read"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"", "The file is empty."),
        (b"name\nAda", "Line 1: no column is named email."),
        (b"email,email\na@b.org,", "Line 1: two columns are named email."),
        (b"email\n", "There is no learner in the file"),
        (b"email\na@b.org\nada", "Line 3: “ada” is no e-mail address."),
        (b"email,name\n,Ada", "Line 2: the e-mail address is missing."),
        (b"email\na@b.org\nb@b.org\nA@B.org", "Line 4: a@b.org stands on line 2 already."),
        (b"email,starts_on\na@b.org,22.11.2026", "Line 2: “22.11.2026” is no day. Write it as 2026-11-22"),
        (b"email,starts_on\na@b.org,2026-02-30", "Line 2: “2026-02-30” is no day."),
        (b"email,name\na@b.org," + b"x" * 81, "Line 2: the name is longer than 80 characters."),
        (b"email\na@b.org,Ada", "Line 2: it has 2 cells, the first line names 1."),
        (b'email\n"a@b.org', "Line 2: the quotation marks do not fit"),
        (b"email,name\na@b.org,J\xf6rg", "Line 2: this is not UTF-8."),
        ("email\na@b.org".encode("utf-16"), "The file is UTF-16."),
        (b"email\na@b\0.org", "Line 2: there is a NUL character in it."),
        (b"email\n" + b"x" * 2_000_001, "The file is larger than 2 MB."),
        (b"email\n" + b"".join(b"a%d@b.org\n" % n for n in range(MOST_LINES + 1)), "Line 10002: a file has at most"),
    ],
)
def test_a_mistake_is_told_with_its_line(raw: bytes, wanted: str) -> None:
    found = complaints(raw)
    assert len(found) == 1
    assert wanted in found[0]


def test_every_mistake_is_told_at_once_up_to_fifty() -> None:
    found = complaints(b"email\n" + b"nobody\n" * 60)
    assert len(found) == 51
    assert (found[0][:7], found[49][:8], found[50]) == ("Line 2:", "Line 51:", "And 10 more.")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1", "＠x"])
def test_no_spreadsheet_runs_a_cell(cell: str) -> None:
    (line,) = csv_pieces([[["member", cell, None]]])
    assert line.startswith(("\ufeffmember,'", "\ufeffmember,\"'"))
    assert "".join(csv_pieces([[["a,b", 'c"d', date(2026, 11, 22)]]])) == '\ufeff"a,b","c""d",2026-11-22\r\n'
