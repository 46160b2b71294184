"""Statements compiled once and run on the driver's cursor: the hot path's way to the database.

Session.execute costs ten times what a short statement costs SQLite. A `Prepared` keeps what matters of it - Core's
portable SQL, the column types both ways, the session's connection and transaction, SQLAlchemy's exceptions - and
leaves out the rest. For what runs on every answer only; everything else uses the session.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import Executable

from portal.db import DayNumber, UTCDateTime, line
from portal.lines import Line

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
            return plan.rows(cursor.fetchall())
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
        bound = {name: parameter for parameter, name in compiled.bind_names.items()}
        self.fixed = {name: parameter.value for name, parameter in bound.items() if parameter.value is not None}
        self.is_positional = compiled.positiontup is not None
        into = {name: _into(parameter.type, dialect) for name, parameter in bound.items()}
        self.names = tuple(compiled.positiontup or into)
        self.into = [(place, process) for place, name in enumerate(self.names) if (process := into[name]) is not None]
        self.out: list[tuple[int, Processor]] = [
            (index, processor)
            for index, column in enumerate(getattr(compiled, "_result_columns", ()))
            if (processor := _out_of(column.type, dialect)) is not None
        ]

    def execute(self, open_line: Line, values: Mapping[str, Any]) -> Any:
        """A cursor with the result."""
        given = {**self.fixed, **values} if self.fixed else values
        stored = [*map(given.__getitem__, self.names)]
        for place, process in self.into:
            if (value := stored[place]) is not None:
                stored[place] = process(value)
        cursor = open_line.raw.cursor()
        try:
            cursor.execute(self.sql, stored if self.is_positional else dict(zip(self.names, stored, strict=True)))
        except open_line.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise open_line.raised(self.sql, error) from error
        return cursor

    def rows(self, raw: list[Any]) -> list[Row]:
        """Rows with Python's types."""
        return [self.row(row) for row in raw] if self.out else raw

    def row(self, raw: Sequence[Any]) -> Row:
        """A row with Python's types."""
        if not self.out:
            return tuple(raw)
        cells = list(raw)
        for index, process in self.out:
            if (cell := cells[index]) is not None:
                cells[index] = process(cell)
        return tuple(cells)


def _into(type_: Any, dialect: Dialect) -> Processor | None:
    """How a value goes in. Days and SQLite's moments need no dialect, and half the calls without one."""
    if isinstance(type_, DayNumber):
        return type_.stored
    if dialect.name == "sqlite" and isinstance(type_, UTCDateTime):
        return type_.written
    if dialect.name == "sqlite" and isinstance(type_, Boolean):
        return None  # the driver writes True as 1 itself
    found: Processor | None = type_._cached_bind_processor(dialect)
    return found


def _out_of(type_: Any, dialect: Dialect) -> Processor | None:
    if isinstance(type_, DayNumber):
        return type_.read
    if dialect.name == "sqlite" and isinstance(type_, UTCDateTime):
        return type_.read
    found: Processor | None = type_._cached_result_processor(dialect, None)
    return found
