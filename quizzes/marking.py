"""Is a written query or pattern right, and if not, in which way: the class of the error and the first difference."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2s
from itertools import permutations
from typing import Any, NamedTuple

Row = tuple[Any, ...]
MOST_COLUMNS_TURNED = 5
DIGITS = 6  # sums of floats differ in the last ones, and nobody asks for them


class Miss(StrEnum):
    """The classes of errors, in the words that cards and learners use."""

    COLUMNS = "wrong columns"
    LOST = "lost rows"
    EXTRA = "extra rows"
    FAN_OUT = "fan-out"
    VALUES = "wrong values"
    ORDER = "missing order"
    ELSEWHERE = "wrong on other rows"
    MISSED = "misses lines"
    TOO_MUCH = "matches too much"


OF_SQL = tuple(Miss)[:7]
OF_REGEX = tuple(Miss)[7:]


class Result(NamedTuple):
    """What a query gives: names of columns, rows of cells (None, int, float, str; a blob reads X'0A')."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class Wanted(NamedTuple):
    """The model answer's result on one dataset; `where` says which one, and is "" for the one that is shown."""

    where: str
    result: Result


@dataclass(frozen=True, slots=True)
class Marked:
    """A verdict on something written. `miss` is None when it is right.

    `says` is what went wrong in a sentence, `differs` the first difference, `shown` what the query gives on the dataset
    that is shown (None for a pattern), without its last `left` rows.
    """

    miss: Miss | None
    says: str = ""
    differs: str = ""
    misconception: str = ""
    shown: Result | None = None
    left: int = 0

    def to_json(self) -> str:
        """The verdict as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Marked":
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        fields["miss"] = Miss(fields["miss"]) if fields["miss"] else None
        if shown := fields["shown"]:
            fields["shown"] = Result(tuple(shown[0]), tuple(map(tuple, shown[1])))
        return Marked(**fields)


def read_results(runs: Iterable[Mapping[str, Any]]) -> tuple[Result, ...]:
    """Results from the answer of a box."""
    return tuple(Result(tuple(run["columns"]), tuple(tuple(map(_cell, row)) for row in run["rows"])) for run in runs)


def digest_of(results: Sequence[Result], is_ordered: bool) -> str:
    """16 hex digits over what a query gives on all datasets: two queries with the same ones cannot be told apart."""
    texts = [[repr(_rounded(row)) for row in result.rows] for result in results]
    seen = [
        [rows if is_ordered else sorted(rows), len(result.columns)] for rows, result in zip(texts, results, strict=True)
    ]
    return blake2s(json.dumps(seen).encode(), digest_size=8).hexdigest()


def mark(given: Sequence[Result], wanted: Sequence[Wanted], *, is_ordered: bool, is_named: bool) -> Marked:
    """Compare what a query gives on each dataset with what is wanted there; the first dataset that differs decides.

    Rows are compared as multisets, or in their order where `is_ordered`; names of columns only where `is_named`.
    """
    for result, want in zip(given, wanted, strict=True):
        found = next(_differences(result, want.result, is_ordered, is_named), None)
        if found is None:
            continue
        miss, says, differs = found
        if want.where:
            miss, says = Miss.ELSEWHERE, f"It gives the right rows here, but not {want.where}. {says}"
        return Marked(miss, says, differs, shown=given[0])
    return Marked(None, shown=given[0])


Difference = tuple[Miss, str, str]


def _differences(given: Result, wanted: Result, is_ordered: bool, is_named: bool) -> Iterator[Difference]:
    if len(given.columns) != len(wanted.columns):
        names = ", ".join(wanted.columns)
        counts = f"{_count(len(wanted.columns), 'column')} wanted, yours has {len(given.columns)}."
        yield Miss.COLUMNS, counts, f"Wanted: {names}"
        return
    mine, model = [*map(_rounded, given.rows)], [*map(_rounded, wanted.rows)]
    if Counter(mine) != Counter(model):
        yield _turned(mine, model, wanted.columns) or _other_rows(mine, model)
    elif is_ordered and mine != model:
        place = next(place for place, pair in enumerate(zip(mine, model, strict=True)) if pair[0] != pair[1])
        says = "The rows are right, their order is not."
        yield (
            Miss.ORDER,
            says,
            f"Row {place + 1} should be {write_row(model[place])}, yours is {write_row(mine[place])}",
        )
    if is_named:
        yield from _other_names(given.columns, wanted.columns)


def _turned(mine: list[Row], model: list[Row], names: Sequence[str]) -> Difference | None:
    """The right rows with their columns in another order."""
    if len(mine) != len(model) or not 1 < len(names) <= MOST_COLUMNS_TURNED:
        return None
    rows = Counter(model)
    for order in permutations(range(len(names))):
        if Counter(tuple(row[place] for place in order) for row in mine) == rows:
            wanted = ", ".join(names)
            return Miss.COLUMNS, "The values are right, but the columns stand in another order.", f"Wanted: {wanted}"
    return None


def _other_names(given: Sequence[str], wanted: Sequence[str]) -> Iterator[Difference]:
    for mine, model in zip(given, wanted, strict=True):
        if mine.casefold() != model.casefold():
            yield Miss.COLUMNS, "The rows are right, but a column has another name.", f"Wanted: {model}, yours: {mine}"


def _other_rows(mine: list[Row], model: list[Row]) -> Difference:
    lost, extra = Counter(model) - Counter(mine), Counter(mine) - Counter(model)
    counts = f"{_count(len(model), 'row')} wanted, yours has {len(mine)}."
    first_lost = next((row for row in model if row in lost), None)
    first_extra = next((row for row in mine if row in extra), None)
    if first_extra is None:
        assert first_lost is not None, "the rows differ"
        if first_lost in mine:
            return Miss.LOST, f"Equal rows became one. {counts}", _often(first_lost, mine, model)
        return Miss.LOST, f"Rows are lost. {counts}", f"Missing: {write_row(first_lost)}"
    if first_lost is None:
        if set(extra) <= set(model):
            return Miss.FAN_OUT, f"Right rows come too often. {counts}", _often(first_extra, mine, model)
        first_extra = next(row for row in mine if row in extra and row not in model)
        return Miss.EXTRA, f"There are rows too many. {counts}", f"Too much: {write_row(first_extra)}"
    return _exchanged(mine, model, first_lost, first_extra, counts)


def _exchanged(mine: list[Row], model: list[Row], lost: Row, extra: Row, counts: str) -> Difference:
    """Some rows are missing, and others stand there that are not wanted."""
    differs = f"Missing: {write_row(lost)}. Instead, for example: {write_row(extra)}"
    if len(mine) < len(model):
        return Miss.LOST, f"Rows are lost, and others are not the wanted ones. {counts}", differs
    if len(mine) > len(model):
        return Miss.EXTRA, f"There are rows too many, and wanted ones are missing. {counts}", differs
    alike = max((row for row in mine if row not in model), key=lambda row: _alikeness(row, lost))
    return (
        Miss.VALUES,
        "There are as many rows as wanted, but values differ.",
        (f"Wanted: {write_row(lost)}, yours has {write_row(alike)}"),
    )


def _alikeness(one: Row, other: Row) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


def _often(row: Row, mine: list[Row], model: list[Row]) -> str:
    return f"{write_row(row)} comes {_times(mine.count(row))}, wanted is {_times(model.count(row))}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _count(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"


def write_row(row: Row) -> str:
    """A row in words: (Ada, 2, NULL)."""
    return f"({', '.join(map(write_cell, row))})"


def write_cell(cell: object, most: int = 60) -> str:
    """A cell as tables show it: NULL, 2 for 2.0, long texts cut."""
    if cell is None:
        return "NULL"
    text = repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _cell(cell: Any) -> Any:
    return f"X'{cell['blob'].upper()}'" if isinstance(cell, dict) else cell


def _rounded(row: Row) -> Row:
    return tuple(round(cell, DIGITS) if isinstance(cell, float) else cell for cell in row)


def mark_lines(matched: Sequence[bool], lines: Sequence[tuple[str, bool, bool]]) -> Marked:
    """Compare which lines a pattern matches; `lines` are (line, must match, is hidden), the shown ones first."""
    for is_matched, (line, must_match, is_hidden) in zip(matched, lines, strict=True):
        if is_matched == must_match:
            continue
        unseen = ", which this card did not show" if is_hidden else ""
        if must_match:
            return Marked(Miss.MISSED, "It misses a line that must match.", f"“{line}” should match{unseen}")
        return Marked(Miss.TOO_MUCH, "It matches a line that must not.", f"“{line}” should not match{unseen}")
    return Marked(None)


# ---- What did not run, in words

_SAID: dict[str, str] = {
    "long": "That is longer than any card needs: 2,000 characters are the most.",
    "text": "There is a character in it that no query can have.",
    "empty": "Write a query first.",
    "read-only": "Only queries that read run here: begin with SELECT or WITH.",
    "statements": "Write one query only: nothing may follow it.",
    "placeholders": "Nobody fills in a placeholder here: write the value itself.",
    "steps": "It was stopped, for it would run too long. Is the condition of a join missing?",
    "time": "It was stopped, for it would run too long.",
    "memory": "It was stopped, for it needs too much memory.",
    "rows": "It was stopped, for it gives thousands of rows. Is the condition of a join missing?",
    "bytes": "It was stopped, for its result is too big.",
}
_OF_SQLITE: tuple[tuple[str, str], ...] = (
    (r'near "(.*)": syntax error', "SQLite does not understand it near “{}”."),
    (r"no such column: (.*)", "There is no column “{}” in these tables."),
    (r"no such table: (.*)", "There is no table “{}” on this card."),
    (r"no such function: (.*)", "SQLite has no function “{}”."),
    (r"ambiguous column name: (.*)", "Several tables have a column “{}”: write the table before it, with a dot."),
    (r"misuse of aggregate(?: function)?:? (.*)", "“{}” cannot stand there: groups are filtered by HAVING, not WHERE."),
    (r"wrong number of arguments to function (.*)", "“{}” wants another number of values between its brackets."),
    (r'unrecognized token: "(.*)"', "Something is never closed, or does not belong there: “{}”."),
    (r"not authorized to use function: (.*)", "The function “{}” cannot be used here."),
    (r"incomplete input", "The query ends too early."),
)


def explain(reason: str, detail: str, *, is_pattern: bool = False) -> str:
    """Why something was not run, or not to its end, in a sentence for whoever wrote it."""
    if is_pattern:
        if reason == "syntax":
            return f"Python does not understand the pattern: {detail}."
        if reason in {"time", "steps"}:
            return "It was stopped: on one of the lines it tries too many ways. Repeating a repetition does that."
        return "That is longer than any card needs: 300 characters are the most." if reason == "long" else _SAID["time"]
    for shape, sentence in _OF_SQLITE:
        if found := re.search(shape, detail):
            return sentence.format(*found.groups())
    if reason == "forbidden":
        return "Only the tables of this card can be read here."
    return _SAID.get(reason) or f"SQLite says: {detail}."
