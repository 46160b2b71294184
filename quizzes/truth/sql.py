"""Proves cards by running their SQL on a small seeded SQLite database in memory."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from quizzes.cards import Card, Fence
from quizzes.truth.claims import (
    Claim,
    Finding,
    ProofError,
    claims_with_accepted,
    code_of,
    judge,
    judge_each,
    refuse_idle_fences,
    stand_ins,
)

Row = tuple[Any, ...]
MODES = ("value", "column", "rows", "count", "error", "match", "plan WORDS")
MAX_ROWS = 5_000
MAX_TICKS = 2_000
OPCODES_A_TICK = 10_000
MAX_BYTES = 1_000_000
NO_ROWS = "no rows"
DENIED = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}


class QuerySizeError(ValueError):
    """A statement ran over its limit of steps or rows."""


def run_query(dataset_path: Path, statements: list[str]) -> tuple[list[str], list[Row]]:
    """Run the statements in order on a fresh copy of a dataset; return the last one's column names and rows.

    One string may hold several statements. Raises FileNotFoundError without the dataset, sqlite3.Error when a
    statement fails, QuerySizeError after 20 million SQLite steps or 5,000 rows. Files cannot be attached.
    """
    return _run(dataset_path, statements, is_reversed=False)


def as_text(rows: list[Row], mode: str) -> str:
    """Write rows as cards write them.

    Modes: `value` (the single cell), `column` (first cells joined by ", "), `rows` (cells by ", ", rows by
    "; "), `count` (how many rows), `lines` (one line a row, cells by " | ", for lessons). No rows read "no
    rows"; NULL reads NULL, 2.0 reads 2. Raises ValueError when `value` does not find exactly one cell.
    """
    if mode == "count":
        return str(len(rows))
    if mode == "value":
        if len(rows) != 1 or len(rows[0]) != 1:
            raise ValueError(f"value wants one cell, the query gives {_shape(rows)}")
        return _cell(rows[0][0])
    if not rows:
        return NO_ROWS
    if mode == "column":
        return ", ".join(_cell(row[0]) for row in rows)
    within, between = {"rows": (", ", "; "), "lines": (" | ", "\n")}[mode]
    return between.join(within.join(map(_cell, row)) for row in rows)


def prove(card: Card, folder: Path) -> Finding:
    """Prove a card whose check is `sql DATASET MODE`; datasets are in `folder`/datasets."""
    dataset, mode = _read_check(card, folder)
    if mode == "match":
        return _prove_match(card, dataset)
    if mode == "plan":
        return _prove_plan(card, dataset, " ".join(card.check[3:]))
    refuse_idle_fences(card, "sql", frozenset({"setup", "hidden", "wrong"}))
    setup, shown, hidden = (code_of(card, "sql", role) for role in ("setup", "", "hidden"))
    if not shown + hidden:
        raise ProofError(card.line, "there is no sql fence to run")
    computed = _compute(dataset, setup, shown + hidden, mode)
    if mode != "error" and _compute(dataset, setup, shown + hidden, mode, is_reversed=True) != computed:
        raise ProofError(
            (shown + hidden)[-1].line,
            f'the order of the rows is left open, so "{computed}" is luck: add ORDER BY',
        )
    runs = [(fence, _compute(dataset, setup, code, mode)) for fence, code in stand_ins(card, "sql", shown, hidden)]
    return Finding(computed, judge(card, computed, runs, "the query"))


def _read_check(card: Card, folder: Path) -> tuple[Path, str]:
    words = card.check[2:]
    if not words or (words[0] not in MODES[:-1] if len(words) == 1 else words[0] != "plan"):
        raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "sql DATASET {"|".join(MODES)}"')
    dataset = folder / "datasets" / f"{card.check[1]}.sql"
    if not dataset.is_file():
        raise ProofError(card.line, f"there is no dataset {dataset.name} in {dataset.parent}")
    try:
        _run(dataset, [], is_reversed=False)
    except (sqlite3.Error, QuerySizeError) as error:
        raise ProofError(card.line, f"the dataset {dataset.name} fails: {error}") from error
    return dataset, card.check[2]


def _prove_match(card: Card, dataset: Path) -> Finding:
    refuse_idle_fences(card, "sql", frozenset({"setup", "answer"}))
    is_gapped = card.gap is not None and code_of(card, "sql", "") != code_of(card, "sql", "", "")
    shown = [] if is_gapped else code_of(card, "sql", "")
    answer = code_of(card, "sql", "answer") or shown
    if not answer:
        raise ProofError(card.line, "match needs an sql answer fence that gives the wanted rows")
    before = code_of(card, "sql", "setup") + (shown if answer is not shown else [])
    wanted = _rows(dataset, before, answer)
    verdicts = []
    for claim in claims_with_accepted(card):
        candidate = code_of(card, "sql", "", claim.text) if is_gapped else [Fence("sql", "", claim.text, claim.line)]
        verdicts.append((claim, _is_match(claim, dataset, before, candidate, wanted)))
    return judge_each(card, verdicts, f'give the wanted rows, "{as_text(wanted, "rows")}"')


def _is_match(claim: Claim, dataset: Path, before: list[Fence], candidate: list[Fence], wanted: list[Row]) -> bool:
    try:
        return Counter(_rows(dataset, before, candidate)) == Counter(wanted)
    except ProofError as error:
        if claim.is_right:
            raise ProofError(claim.line, f'"{claim.text}": {error}') from error
        return False


def _prove_plan(card: Card, dataset: Path, words: str) -> Finding:
    """Judge options that are queries: the plan of a right one says the words (`SEARCH`, `COVERING INDEX`)."""
    refuse_idle_fences(card, "sql", frozenset({"setup"}))
    before = code_of(card, "sql", "setup") + code_of(card, "sql", "")
    verdicts = []
    for claim in claims_with_accepted(card):
        asked = [Fence("sql", "", f"EXPLAIN QUERY PLAN {claim.text}", claim.line)]
        verdicts.append((claim, words in as_text(_rows(dataset, before, asked), "lines")))
    return judge_each(card, verdicts, f'have "{words}" in the plan')


def _rows(dataset: Path, before: list[Fence], asked: list[Fence]) -> list[Row]:
    try:
        columns, rows = _run(dataset, [fence.code for fence in before + asked], is_reversed=False)
    except (sqlite3.Error, QuerySizeError) as error:
        raise ProofError(asked[-1].line, f"the query fails: {error}") from error
    if not columns:
        raise ProofError(asked[-1].line, "the last statement is not a query")
    return rows


def _compute(dataset: Path, setup: list[Fence], asked: list[Fence], mode: str, is_reversed: bool = False) -> str:
    line = asked[-1].line
    try:
        _run(dataset, [fence.code for fence in setup], is_reversed)
    except (sqlite3.Error, QuerySizeError) as error:
        raise ProofError(setup[-1].line, f"the setup fails: {error}") from error
    try:
        columns, rows = _run(dataset, [fence.code for fence in setup + asked], is_reversed)
        if mode == "error":
            return "no error"
        if not columns:
            raise ProofError(line, "the last statement is not a query")
        return as_text(rows, mode)
    except sqlite3.Error as error:
        if mode == "error":
            return "error"
        raise ProofError(line, f"the query fails: {error}") from error
    except ProofError:
        raise
    except ValueError as error:
        raise ProofError(line, str(error)) from error


def _run(dataset: Path, statements: list[str], is_reversed: bool) -> tuple[list[str], list[Row]]:
    script = dataset.read_text(encoding="utf-8")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    budget = _Budget()
    try:
        connection.executescript(script)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
        connection.set_progress_handler(budget.tick, OPCODES_A_TICK)
        connection.set_authorizer(_deny_files)
        connection.execute(f"PRAGMA reverse_unordered_selects = {int(is_reversed)}")
        columns: list[str] = []
        rows: list[Row] = []
        for statement in (part for text in statements for part in _split(text)):
            columns, rows = _execute(connection, statement)
        return columns, rows
    except sqlite3.OperationalError as error:
        if budget.is_spent:
            raise QuerySizeError("the query runs without end") from error
        raise
    finally:
        connection.close()


def _execute(connection: sqlite3.Connection, statement: str) -> tuple[list[str], list[Row]]:
    cursor = connection.execute(statement)
    rows: list[Row] = cursor.fetchmany(MAX_ROWS + 1)
    if len(rows) > MAX_ROWS:
        raise QuerySizeError(f"the query gives more than {MAX_ROWS} rows")
    return [column[0] for column in cursor.description or ()], rows


class _Budget:
    """Counts SQLite's steps, so that an endless query ends after the same work on every machine."""

    def __init__(self) -> None:
        self.ticks = 0

    @property
    def is_spent(self) -> bool:
        return self.ticks > MAX_TICKS

    def tick(self) -> int:
        self.ticks += 1
        return int(self.is_spent)


def _deny_files(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in DENIED else sqlite3.SQLITE_OK


def _split(text: str) -> list[str]:
    """Cut at each semicolon where SQLite calls the statement complete (not inside strings or triggers)."""
    statements, current = [], ""
    for piece in text.split(";"):
        current += piece + ";"
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return [statement for statement in [*statements, current] if _is_statement(statement)]


def _is_statement(text: str) -> bool:
    lines = (line.partition("--")[0].strip() for line in text.splitlines())
    return any(line.strip("; ") for line in lines)


def _shape(rows: list[Row]) -> str:
    if not rows:
        return NO_ROWS
    return f"{len(rows)} row{'s' * (len(rows) > 1)} of {len(rows[0])}"


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return f"X'{value.hex().upper()}'" if isinstance(value, bytes) else str(value)
