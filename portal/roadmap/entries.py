"""Reads the tables of a TOML content file strictly: a missing, empty, wrong or unknown key is named with its place."""

import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_LINK = re.compile(r"(\S.*?)\s+<(https://[^\s<>]+)>")


class ContentError(ValueError):
    """A content file cannot be used; the message names the file, the place in it and what is wrong."""


class Entry:
    """One table of a content file. Every key must be asked for: `done` refuses the rest."""

    def __init__(self, values: dict[str, Any], place: str) -> None:
        """Hold the values; `place` stands in front of every complaint, such as "steps.toml: steps 4"."""
        self.values, self.place, self._asked = values, place, set[str]()

    def text(self, key: str, default: str | None = None) -> str:
        """A text; it may be empty only when `default` is given."""
        value: str = self._value(key, str, default)
        if not value.strip() and default is None:
            raise self.error(f'"{key}" is empty')
        return value

    def number(self, key: str) -> int:
        """A whole number."""
        number: int = self._value(key, int, None)
        return number

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        flag: bool = self._value(key, bool, default)
        return flag

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._list(key, str, default))

    def span(self, key: str) -> tuple[int, int]:
        """Two whole numbers, the lower one first."""
        match self._list(key, int, None):
            case [low, high] if low <= high:
                return low, high
        raise self.error(f'"{key}" must be two whole numbers, the lower one first')

    def link(self, key: str) -> tuple[str, str]:
        """(title, address) of a text."""
        if (found := split_link(self.text(key))) is None:
            raise self.error(f'"{key}" is not written as: title <https://address>')
        return found

    def entry(self, key: str) -> "Entry":
        """A table inside this one."""
        values: dict[str, Any] = self._value(key, dict, None)
        return Entry(values, f"{self.place}: {key}")

    def entries(self, key: str, is_optional: bool = False) -> list["Entry"]:
        """A list of tables; each is placed by its id, name or number."""
        tables = self._list(key, dict, [] if is_optional else None)
        if not tables and not is_optional:
            raise self.error(f'"{key}" is empty')
        return [Entry(table, f"{self.place}: {key} {_label(table, index)}") for index, table in enumerate(tables, 1)]

    def each(self, key: str, read: Callable[["Entry"], T], is_optional: bool = False) -> tuple[T, ...]:
        """What `read` makes of each table of a list; none may have the id of another."""
        entries = self.entries(key, is_optional)
        self.refuse_twins(one.values["id"] for one in entries if "id" in one.values)
        return tuple(read(one) for one in entries)

    def refuse_twins(self, names: Iterable[str]) -> None:
        """Raise ContentError when a name stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.error(f"the id {name} stands twice")
            seen.add(name)

    def error(self, reason: str) -> ContentError:
        """A complaint about this table, to be raised."""
        return ContentError(f"{self.place}: {reason}")

    def done(self) -> None:
        """Raise ContentError when the table holds a key nobody asked for."""
        if unknown := sorted(self.values.keys() - self._asked):
            raise self.error(f"unknown: {', '.join(unknown)}")

    def _value(self, key: str, kind: type, default: Any) -> Any:
        self._asked.add(key)
        value = self.values.get(key, default)
        if value is None:
            raise self.error(f'"{key}" is missing')
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f'"{key}" must be of type {kind.__name__}, not {type(value).__name__}')
        return value

    def _list(self, key: str, kind: type, default: list[Any] | None) -> list[Any]:
        values: list[Any] = self._value(key, list, default)
        if any(not isinstance(value, kind) for value in values):
            raise self.error(f'"{key}" must hold only values of type {kind.__name__}')
        return values


def read_entry(path: Path) -> Entry:
    """Read a content file. Raises ContentError."""
    try:
        return Entry(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ContentError(f"{path.name}: cannot be read: {problem}") from problem


def split_link(text: str) -> tuple[str, str] | None:
    """(title, address) of `title <https://address>`, or None when it is not written so."""
    found = _LINK.fullmatch(text)
    return None if found is None else (found[1], found[2])


def _label(table: dict[str, Any], index: int) -> Any:
    return next((table[key] for key in ("id", "name", "number") if key in table), index)
