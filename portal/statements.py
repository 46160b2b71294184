"""Statements compiled once and run on the driver's cursor: the hot path's way to the database.

Session.execute costs ten times what a short statement costs SQLite. A `Prepared` keeps what matters of it - Core's
portable SQL, the column types both ways, the session's connection and transaction, SQLAlchemy's exceptions - and
leaves out the rest. For what runs on every answer only; everything else uses the session.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import Executable

from portal.db import DayNumber, Line, line

Row = tuple[Any, ...]
Processor = Callable[[Any], Any]


class Prepared:
    """One Core statement without expanding parameters (no `IN` over a list)."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def all(self, values: Mapping[str, Any]) -> list[Row]:
        """Every row."""
        plan, cursor = self._run(values)
        try:
            return [plan.row(row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def some(self, values: Mapping[str, Any], most: int) -> list[Row]:
        """The first rows, at most `most`."""
        plan, cursor = self._run(values)
        try:
            return [plan.row(row) for row in cursor.fetchmany(most)]
        finally:
            cursor.close()

    def first(self, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None."""
        plan, cursor = self._run(values)
        try:
            row = cursor.fetchone()
            return None if row is None else plan.row(row)
        finally:
            cursor.close()

    def count(self, values: Mapping[str, Any]) -> int:
        """Run it; how many rows it changed."""
        _, cursor = self._run(values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _run(self, values: Mapping[str, Any]) -> tuple["_Plan", Any]:
        open_line = line()
        dialect = open_line.dialect
        if (plan := self._plans.get(dialect.name)) is None:
            plan = self._plans[dialect.name] = _Plan(self._statement, dialect)
        return plan, plan.execute(open_line, values)


class _Plan:
    """A statement for one kind of database: its SQL, how values go in and how they come out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        self.order: Sequence[str] | None = compiled.positiontup
        self.fixed: dict[str, Any] = compiled.construct_params(_check=False)
        self.into = [
            (name, _into(compiled.binds[name].type, process)) for name, process in compiled._bind_processors.items()
        ]
        self.out: list[tuple[int, Processor]] = [
            (index, processor)
            for index, column in enumerate(getattr(compiled, "_result_columns", ()))
            if (processor := _out_of(column.type, dialect)) is not None
        ]

    def execute(self, open_line: Line, values: Mapping[str, Any]) -> Any:
        """A cursor with the result."""
        given = {**self.fixed, **values}
        for name, process in self.into:
            given[name] = process(given[name])
        parameters = given if self.order is None else [given[name] for name in self.order]
        cursor = open_line.raw.cursor()
        try:
            cursor.execute(self.sql, parameters)
        except open_line.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise open_line.raised(self.sql, error) from error
        return cursor

    def row(self, raw: Sequence[Any]) -> Row:
        """A row with Python's types."""
        if not self.out:
            return tuple(raw)
        cells = list(raw)
        for index, process in self.out:
            cells[index] = process(cells[index])
        return tuple(cells)


def _into(type_: Any, process: Processor) -> Processor:
    """How a value goes in; a day needs no dialect, and half the calls without one."""
    return type_.stored if isinstance(type_, DayNumber) else process


def _out_of(type_: Any, dialect: Dialect) -> Processor | None:
    found: Processor | None = (
        type_.read if isinstance(type_, DayNumber) else type_._cached_result_processor(dialect, None)
    )
    return found
