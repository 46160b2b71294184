"""Counts the steps of a matcher that goes back: one a character that is held against a part of the pattern.

Python's own matcher tells nobody how often it tried. This one tries in the same order, first choice first, and knows
the common part of the syntax; whether it finds what Python finds is for its caller to see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LARGEST = 60  # the highest count in braces
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|[^()|*+?{}\[\]^$\\]", re.DOTALL)
_COUNT = re.compile(r"([*+?])|\{([0-9]{1,2})(?:(,)([0-9]{1,2})?)?\}")
_ANCHORS = {"^": r"\A", "$": r"\Z|(?=\n\Z)", r"\A": r"\A", r"\Z": r"\Z", r"\b": r"\b"}
_MARKS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(ValueError):
    """The pattern has a part that is not counted."""


class BudgetError(ValueError):
    """More steps than were granted."""


@dataclass(frozen=True, slots=True)
class _One:
    """One character of a class (or literal)."""

    looks: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """A place between characters."""

    looks: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Row:
    """Parts that follow each other."""

    parts: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Either:
    """Branches, the first tried first."""

    branches: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A part from `low` to `high` times (None: no end), as often as possible or as rarely."""

    part: "_Part"
    low: int
    high: int | None
    is_lazy: bool


_Part = _One | _Place | _Row | _Either | _Repeat


@dataclass(slots=True)
class _Reader:
    """A pattern while it is read."""

    text: str
    at: int = 0

    def branches(self) -> _Part:
        found = [self._row()]
        while self._takes("|"):
            found.append(self._row())
        return found[0] if len(found) == 1 else _Either(tuple(found))

    def _takes(self, sign: str) -> bool:
        is_here = self.text.startswith(sign, self.at)
        self.at += len(sign) if is_here else 0
        return is_here

    def _row(self) -> _Part:
        parts = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return _Row(tuple(parts))

    def _atom(self) -> _Part:
        for sign, place in _ANCHORS.items():
            if self._takes(sign):
                return _Place(re.compile(place))
        if self._takes("("):
            if not self._takes("?:") and self._takes("?"):
                raise PatternError(f'"(?{self.text[self.at :][:1]}" is not counted')
            part = self.branches()
            if not self._takes(")"):
                raise PatternError("a bracket is not closed")
            return part
        found = _CLASS.match(self.text, self.at)
        if found is None or re.fullmatch(r"\\[0-9B]", found[0]):
            raise PatternError(f'"{self.text[self.at :][:2]}" is not counted')
        self.at = found.end()
        return _One(re.compile(found[0]))

    def _repeated(self, part: _Part) -> _Part:
        found = _COUNT.match(self.text, self.at)
        if found is None:
            return part
        self.at = found.end()
        low, high = _MARKS[found[1]] if found[1] else _bounds(found)
        if max(low, high or 0) > LARGEST:
            raise PatternError(f"a count above {LARGEST} is not counted")
        is_lazy = self._takes("?")
        if self.text[self.at :][:1] in {"*", "+", "?"}:
            raise PatternError("possessive repeats are not counted")
        return _Repeat(part, low, high, is_lazy)


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    low = int(found[2])
    if not found[3]:
        return low, low
    return low, int(found[4]) if found[4] else None


@dataclass(slots=True)
class _Walk:
    """One match: the text, and the steps so far."""

    text: str
    budget: int
    steps: int = field(default=0)

    def ends(self, part: _Part, at: int) -> Iterator[int]:
        """Every place where a part that begins here may end, in the order they are tried."""
        match part:
            case _One(looks):
                self._count()
                if at < len(self.text) and looks.match(self.text, at, at + 1):
                    yield at + 1
            case _Place(looks):
                if looks.match(self.text, at):
                    yield at
            case _Row(parts):
                yield from self._along(parts, at)
            case _Either(branches):
                for branch in branches:
                    yield from self.ends(branch, at)
            case _Repeat():
                yield from self._rounds(part, at, 0)

    def _count(self) -> None:
        self.steps += 1
        if self.steps > self.budget:
            raise BudgetError(f"more than {self.budget} steps")

    def _along(self, parts: tuple[_Part, ...], at: int) -> Iterator[int]:
        if not parts:
            yield at
            return
        for middle in self.ends(parts[0], at):
            yield from self._along(parts[1:], middle)

    def _rounds(self, repeat: _Repeat, at: int, done: int) -> Iterator[int]:
        """The ends of a repeat of which so many rounds are done; a round that takes nothing is the last."""
        is_enough = done >= repeat.low
        if repeat.is_lazy and is_enough:
            yield at
        if repeat.high is None or done < repeat.high:
            for middle in self.ends(repeat.part, at):
                if middle > at or not is_enough:
                    yield from self._rounds(repeat, middle, done + 1)
        if is_enough and not repeat.is_lazy:
            yield at


def count_steps(call: str, pattern: str, text: str, budget: int) -> tuple[int, bool]:
    """The steps that `re.fullmatch`, `re.match` or `re.search` takes, and whether it finds something.

    Raises PatternError for what it does not know, BudgetError after so many steps.
    """
    reader = _Reader(pattern)
    part = reader.branches()
    if reader.at < len(pattern):
        raise PatternError("a bracket too many")
    if call == "fullmatch":
        part = _Row((part, _Place(re.compile(r"\Z"))))
    walk = _Walk(text, budget)
    starts = range(len(text) + 1) if call == "search" else range(1)
    is_found = any(True for start in starts for _ in walk.ends(part, start))
    return walk.steps, is_found
