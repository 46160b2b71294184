# ruff: noqa: S608 - the names in these statements are those of our own datasets
"""Makes exercises of cards whose answer is written: datasets, copies that nobody sees, what the model answer gives."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from functools import lru_cache
from html import escape
from pathlib import Path

from quizzes.box import LIMITS, child
from quizzes.cards import Ask, Card
from quizzes.marking import Result, digest_of, explain, read_results
from quizzes.writing import LINES, Exercise, bits, model_of, rows_html, wrongs_of

MOST_SAMPLE = 6  # rows of each table beside the box
OPTIONS = frozenset({"ordered", "named"})
OTHER_ROWS, OTHER_TEXTS, TWINS, EMPTY = (
    "when the tables hold other rows",
    "when the texts in the tables are other ones",
    "when rows have twins, with the same values and another id",
    "when {} is empty",
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Change = Callable[[sqlite3.Connection, str], None]


class ExerciseError(ValueError):
    """A card that cannot be made into an exercise: `line` is the line in the deck file, the text says why."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def make_exercise(card: Card) -> Exercise:
    """The exercise of a write-sql or write-regex card; datasets stand beside its deck. Raises ExerciseError."""
    return _pattern_exercise(card) if card.ask is Ask.WRITE_REGEX else _sql_exercise(card)


def _sql_exercise(card: Card) -> Exercise:
    texts = dataset_texts(card)
    options = set(card.check[2:])
    material, wheres = copies(tuple(texts))
    is_ordered = "ordered" in options
    wanted = run_known(material, model_of(card), card.line)
    beliefs = [
        (digest_of(run_known(material, fence.code, fence.line), is_ordered), fence.misconception or "")
        for fence in wrongs_of(card)
    ]
    return Exercise(
        True, material, wheres, wanted, is_ordered, "named" in options, tuple(beliefs), tables_html(material[0])
    )


def dataset_texts(card: Card) -> list[str]:
    """The datasets of `check: write-sql ONE,OTHER [ordered] [named]` as SQL. Raises ExerciseError."""
    if len(card.check) < 2 or set(card.check[2:]) - OPTIONS:
        raise ExerciseError(card.line, '"check:" is not "write-sql DATASET,DATASET [ordered] [named]"')
    paths = [Path(card.path).parent / "datasets" / f"{name}.sql" for name in card.check[1].split(",")]
    for path in paths:
        if not path.is_file():
            raise ExerciseError(card.line, f"there is no dataset {path.name} in {path.parent}")
    return [path.read_text(encoding="utf-8") for path in paths]


def _pattern_exercise(card: Card) -> Exercise:
    found = [
        (line, fence.role)
        for hidden in (False, True)
        for fence in card.fences
        if fence.role.split()[0:1] and fence.role.split()[0] in LINES and ("hidden" in fence.role) is hidden
        for line in fence.code.splitlines()
    ]
    material, wheres = tuple(line for line, _ in found), tuple(role for _, role in found)
    beliefs = [
        (bits(match_known(material, fence.code.rstrip("\n"), fence.line)), fence.misconception or "")
        for fence in wrongs_of(card)
    ]
    match_known(material, model_of(card), card.line)
    return Exercise(False, material, wheres, (), False, False, tuple(beliefs), lines_html(found))


@lru_cache(maxsize=2048)
def run_known(datasets: tuple[str, ...], query: str, line: int) -> tuple[Result, ...]:
    """Run an author's query on each dataset, here, with SQLite locked as in the box. Raises ExerciseError."""
    request = {"kind": "sql", "datasets": datasets, "query": query, "limits": asdict(LIMITS)}
    answer = child.answer(request)
    if "refused" in answer:
        raise ExerciseError(line, f"the query is refused: {explain(answer['refused'], answer['detail'])}")
    return read_results(answer["runs"])


@lru_cache(maxsize=512)
def match_known(lines: tuple[str, ...], pattern: str, line: int) -> tuple[bool, ...]:
    """Which lines an author's pattern matches as a whole. Raises ExerciseError."""
    answer = child.answer({"kind": "regex", "lines": lines, "pattern": pattern, "limits": asdict(LIMITS)})
    if "refused" in answer:
        raise ExerciseError(line, f"the pattern is refused: {answer['detail']}")
    return tuple(answer["matched"])


# ---- Copies of a dataset that nobody sees


@lru_cache(maxsize=64)
def copies(datasets: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(datasets as SQL, where each of them stands): those that are given, then changed copies of the first.

    References stay whole in every copy: a query that is right on all databases of this shape must be right on them.
    """
    made = [(datasets[0], ""), *((text, OTHER_ROWS) for text in datasets[1:])]
    with closing(_load(datasets[0])) as base:
        tables = _tables(base)
    made += [(_changed(datasets[0], _rename), OTHER_TEXTS), (_changed(datasets[0], _twin), TWINS)]
    made += [(_changed(datasets[0], _emptying(table)), EMPTY.format(table)) for table in tables]
    return tuple(text for text, _ in made), tuple(where for _, where in made)


def _load(text: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(text)
    return connection


def _changed(text: str, change: Change) -> str:
    with closing(_load(text)) as connection:
        for table in _tables(connection):
            change(connection, table)
        return "\n".join(connection.iterdump())


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [str(name) for (name,) in rows]


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, bool, int]]:
    """(name, type, whether NULL is refused, place in the primary key or 0) of each column."""
    rows = connection.execute("SELECT name, type, [notnull], pk FROM pragma_table_info(?)", (table,))
    return [(name, kind.upper(), bool(is_needed), key) for name, kind, is_needed, key in rows]


def _references(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, str]]:
    """(column, other table, its column) of each reference."""
    rows = connection.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (table,))
    return [(column, other, to or "id") for column, other, to in rows]


def _rename(connection: sqlite3.Connection, table: str) -> None:
    """Every text that is neither a key nor a date becomes another one, equal ones alike."""
    keys = {column for column, _, _ in _references(connection, table)}
    for name, kind, _, key in _columns(connection, table):
        if kind == "TEXT" and not key and name not in keys:
            rows = connection.execute(f'SELECT DISTINCT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL')
            for (text,) in rows.fetchall():
                if not _DAY.match(str(text)):
                    with suppress(sqlite3.IntegrityError):
                        connection.execute(f'UPDATE "{table}" SET "{name}" = ? WHERE "{name}" = ?', (f"Z{text}", text))


def _twin(connection: sqlite3.Connection, table: str) -> None:
    """Every row once more, with another id; where something is unique, it stays alone."""
    columns = _columns(connection, table)
    keys = [name for name, kind, _, key in columns if key]
    if len(keys) != 1 or not any(name == keys[0] and kind == "INTEGER" for name, kind, _, _ in columns):
        return
    names = ", ".join(f'"{name}"' for name, *_ in columns)
    values = ", ".join(f'"{name}" + 1000' if name == keys[0] else f'"{name}"' for name, *_ in columns)
    connection.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) SELECT {values} FROM "{table}"')


def _emptying(gone: str) -> Change:
    """Empty one table; what refers to it refers to nothing, or goes as well."""

    def empty(connection: sqlite3.Connection, table: str) -> None:
        if table == gone:
            _drop_rows(connection, gone, "1")

    return empty


def _drop_rows(connection: sqlite3.Connection, table: str, condition: str) -> None:
    for other in _tables(connection):
        needed = {name for name, _, is_needed, _ in _columns(connection, other) if is_needed}
        for column, target, to in _references(connection, other):
            if target != table:
                continue
            refers = f'"{column}" IN (SELECT "{to}" FROM "{table}" WHERE {condition})'
            if column in needed:
                _drop_rows(connection, other, refers)
            else:
                connection.execute(f'UPDATE "{other}" SET "{column}" = NULL WHERE {refers}')
    connection.execute(f'DELETE FROM "{table}" WHERE {condition}')


def turned(text: str) -> str:
    """The same rows put in the other way round, and no key that would sort them: what is left to luck shows."""
    with closing(_load(text)) as connection, closing(sqlite3.connect(":memory:")) as other:
        for table in _tables(connection):
            columns = [f'"{name}" {kind}' for name, kind, *_ in _columns(connection, table)]
            other.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')
            rows = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid DESC')
            other.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})', rows)
        return "\n".join(other.iterdump())


# ---- What stands beside the box


def tables_html(text: str) -> str:
    """Each table of a dataset with its first rows, as safe HTML."""
    with closing(_load(text)) as connection:
        tables = "".join(_table_html(connection, table) for table in _tables(connection))
        return f'<div class="samples">{tables}</div>'


def _table_html(connection: sqlite3.Connection, table: str) -> str:
    references = {column: other for column, other, _ in _references(connection, table)}
    names = [name for name, *_ in _columns(connection, table)]
    rows = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid').fetchall()
    heads = [
        f"{escape(name)} <small>→ {escape(references[name])}</small>" if name in references else escape(name)
        for name in names
    ]
    left = len(rows) - MOST_SAMPLE
    more = f"<p>and {left} more row{'s' * (left > 1)}</p>" if left > 0 else ""
    caption = f"<caption>{escape(table)}</caption>"
    return f'<div class="scroll"><table>{caption}{rows_html(heads, rows[:MOST_SAMPLE])}</table>{more}</div>'


def lines_html(lines: Sequence[tuple[str, str]]) -> str:
    """The lines that are shown, as safe HTML: those that must match, those that must not."""
    parts = []
    for role, title in zip(LINES, ("Must match, from end to end", "Must not match"), strict=True):
        items = "".join(f"<li><code>{escape(line)}</code></li>" for line, where in lines if where == role)
        parts.append(f'<p class="label">{title}</p><ul>{items}</ul>')
    return "".join(parts)
