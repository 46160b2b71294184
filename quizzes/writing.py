"""Cards whose answer is written and run: what it is run on, and what is said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from quizzes.box import LIMITS, Limits
from quizzes.cards import Ask, Card, Fence
from quizzes.marking import Marked, Result, Wanted, digest_of, explain, mark, mark_lines, read_results, write_cell

WRITTEN = frozenset({Ask.WRITE_SQL, Ask.WRITE_REGEX})
LINES = ("match", "reject")
MOST_SHOWN = 12  # rows of a result
LONGEST_QUERY = LIMITS.characters
LONGEST_PATTERN = 300


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a written answer is run on and compared with.

    For a query `material` are datasets as SQL, the first of which is shown, and `wanted` the model answer's result on
    each. For a pattern `material` are lines, and `wheres` say of each what must happen: match or reject, with a
    "hidden" behind it for those that are not shown. `beliefs` are pairs of a digest and the misconception that gives
    it; `shown` is safe HTML: the tables with some rows, or the lines.
    """

    is_sql: bool
    material: tuple[str, ...]
    wheres: tuple[str, ...]
    wanted: tuple[Result, ...]
    is_ordered: bool
    is_named: bool
    beliefs: tuple[tuple[str, str], ...]
    shown: str

    def to_list(self) -> list[Any]:
        """The exercise as JSON can carry it."""
        return [getattr(self, name) for name in self.__slots__]

    @staticmethod
    def from_list(fields: Sequence[Any]) -> "Exercise":
        """Read what `to_list` wrote."""
        is_sql, material, wheres, wanted, is_ordered, is_named, beliefs, shown = fields
        results = tuple(Result(tuple(columns), tuple(map(tuple, rows))) for columns, rows in wanted)
        pairs = tuple((digest, name) for digest, name in beliefs)
        return Exercise(is_sql, tuple(material), tuple(wheres), results, is_ordered, is_named, pairs, shown)

    def request(self, text: str, *, is_try: bool = False) -> dict[str, Any]:
        """What to ask a box: the whole exercise, or for a try only what is shown."""
        shown = [thing for thing, where in zip(self.material, self.wheres, strict=True) if "hidden" not in where]
        if not self.is_sql:
            return {"kind": "regex", "lines": shown if is_try else list(self.material), "pattern": text}
        return {"kind": "sql", "datasets": list(self.material[:1] if is_try else self.material), "query": text}

    @property
    def limits(self) -> Limits:
        """What a written answer may use."""
        return LIMITS if self.is_sql else replace(LIMITS, characters=LONGEST_PATTERN)

    def mark(self, answer: Mapping[str, Any]) -> Marked:
        """The verdict on a box's answer to `request`. Raises NotRun, with the reason as a sentence."""
        refuse(answer, is_pattern=not self.is_sql)
        if not self.is_sql:
            marked = mark_lines(answer["matched"], self.lines)
            seen = bits(answer["matched"])
        else:
            given = read_results(answer["runs"])
            wanted = [Wanted(where, result) for where, result in zip(self.wheres, self.wanted, strict=True)]
            marked = mark(given, wanted, is_ordered=self.is_ordered, is_named=self.is_named)
            seen = digest_of(given, self.is_ordered)
        belief = dict(self.beliefs).get(seen, "") if marked.miss else ""
        return replace(_short(marked), misconception=belief)

    def try_html(self, answer: Mapping[str, Any]) -> str:
        """What a try gave, as safe HTML. Raises NotRun."""
        refuse(answer, is_pattern=not self.is_sql)
        if self.is_sql:
            return result_html(read_results(answer["runs"])[0], "Your result")
        shown = [line for line in self.lines if not line[2]]
        rows = [
            (line, "matches" if is_matched else "no match", "✓ right" if is_matched == must else "✗ wrong")
            for (line, must, _), is_matched in zip(shown, answer["matched"], strict=True)
        ]
        return result_html(Result(("line", "your pattern", "that is"), tuple(rows)), "What it matches", most=len(rows))

    @property
    def lines(self) -> list[tuple[str, bool, bool]]:
        """(line, must match, is hidden) of each line of a pattern's exercise."""
        both = zip(self.material, self.wheres, strict=True)
        return [(line, where.startswith("match"), "hidden" in where) for line, where in both]


def _short(marked: Marked) -> Marked:
    """A verdict that can be kept: of a long result only the beginning, of long texts as well."""
    if marked.shown is None:
        return marked
    rows = tuple(
        tuple(write_cell(cell) if isinstance(cell, str) else cell for cell in row)
        for row in marked.shown.rows[:MOST_SHOWN]
    )
    names = tuple(map(write_cell, marked.shown.columns))
    return replace(marked, shown=Result(names, rows), left=len(marked.shown.rows) - len(rows))


class NotRun(ValueError):
    """What was written did not run, or not to its end; the message says why to whoever wrote it."""


def refuse(answer: Mapping[str, Any], *, is_pattern: bool) -> None:
    """Raise NotRun when a box did not run what it was asked to."""
    if "refused" in answer:
        raise NotRun(explain(answer["refused"], answer.get("detail", ""), is_pattern=is_pattern))


def bits(matched: Sequence[bool]) -> str:
    """What a pattern does to each line, as a text of 0 and 1."""
    return "".join(map(str, map(int, matched)))


# ---- From a card


def wrong_with_written(card: Card) -> Iterator[str]:
    """What is missing on a card whose answer is written, or does not belong there."""
    engine, answers = str(card.ask), [fence for fence in card.fences if fence.role == "answer"]
    if card.check[:1] != (engine,):
        yield f"ask: {engine} needs check: {engine}"
    if len(answers) != 1:
        yield f"{len(answers)} answer fences: write exactly one, the model answer"
    if any(option.is_right for option in card.options) or not card.options:
        yield "write what goes wrong as `- [ ] lost rows :: reason {misconception}`; the key is the answer fence"
    if missing := {o.misconception for o in card.options} - {f.misconception for f in card.fences if f.misconception}:
        names = ", ".join(sorted(str(name) for name in missing))
        yield f"no wrong= fence for {names}: each error class is proved by somebody's query"
    if card.ask is Ask.WRITE_REGEX:
        roles = {fence.role for fence in card.fences}
        yield from (f"no ```text {role} fence" for role in LINES if role not in roles)


def model_of(card: Card) -> str:
    """The model answer, without the line end of its fence."""
    return next(fence.code.rstrip("\n") for fence in card.fences if fence.role == "answer")


def wrongs_of(card: Card) -> list[Fence]:
    """What somebody with a misconception would have written."""
    return [fence for fence in card.fences if fence.role == "wrong"]


# ---- What stands beside the box


def rows_html(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Head and body of a table, as safe HTML; so are `heads` already."""
    head = " ".join(f'<th scope="col">{name}</th>' for name in heads)  # with spaces: it is also read out as one text
    body = " ".join(f"<tr>{' '.join(map(_cell_html, row))}</tr>" for row in rows)
    return f"<thead><tr>{head}</tr></thead> <tbody>{body}</tbody>"


def _cell_html(cell: object) -> str:
    kind = ' class="num"' if isinstance(cell, int | float) else ' class="null"' if cell is None else ""
    return f"<td{kind}>{escape(write_cell(cell))}</td>"


def result_html(result: Result, caption: str, left: int = 0, most: int = MOST_SHOWN) -> str:
    """A result as a table, at most `most` of its rows, as safe HTML; `left` rows were cut before."""
    if not result.rows:
        names = ", ".join(map(escape, result.columns))
        return f"<p>{escape(caption)}: no rows. The columns are {names}.</p>"
    left += max(0, len(result.rows) - most)
    more = f"<p>and {left} more row{'s' * (left > 1)}</p>" if left > 0 else ""
    body = rows_html([escape(write_cell(name)) for name in result.columns], result.rows[:most])
    return f'<div class="scroll"><table><caption>{escape(caption)}</caption> {body}</table></div>{more}'
