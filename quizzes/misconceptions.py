"""Misconceptions, the wrong beliefs that options name: read from their files, with a complaint for each that fails."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from quizzes.cards import ID
from quizzes.findings import DeckError, Finding, lines_of

_TOML_LINE = re.compile(r"at line ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong belief that options name: the belief in one sentence and the topic that cures it."""

    id: str
    says: str
    topic: str
    path: str = ""
    line: int = 0


def read_misconceptions(folder: Path) -> dict[str, Misconception]:
    """Read `misconceptions.toml` and `misconceptions.d/*.toml` below the folder: id -> misconception.

    Raises DeckError when a file is not TOML, an entry lacks `says` or `topic`, or an id stands twice.
    """
    found: dict[str, Misconception] = {}
    findings: list[Finding] = []
    paths = [folder / "misconceptions.toml", *sorted((folder / "misconceptions.d").glob("*.toml"))]
    for path in paths:
        if path.exists():
            _read_misconception_file(path, found, findings)
    if findings:
        raise DeckError(findings)
    return found


def _read_misconception_file(path: Path, found: dict[str, Misconception], findings: list[Finding]) -> None:
    try:
        lines = lines_of(path)
        tables = tomllib.loads("\n".join(lines))
    except DeckError as error:
        findings.extend(error.findings)
        return
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _TOML_LINE.search(str(error))
        findings.append(Finding(str(path), int(line[1]) if line else 1, "", f"not TOML: {error}"))
        return
    for id_, table in tables.items():
        at = next((number for number, line in enumerate(lines, 1) if line.strip() == f"[{id_}]"), 1)
        wrong = _wrong_with_misconception(id_, table, found)
        if wrong:
            findings.append(Finding(str(path), at, id_, wrong))
        else:
            found[id_] = Misconception(id_, table["says"], table["topic"], str(path), at)


def _wrong_with_misconception(id_: str, table: object, found: dict[str, Misconception]) -> str:
    if not ID.fullmatch(id_):
        return "write a misconception id in a-z, 0-9 and hyphens"
    if not isinstance(table, dict) or set(table) != {"says", "topic"}:
        return 'a misconception has exactly `says = "..."` and `topic = "..."`'
    if not all(isinstance(value, str) and value.strip() for value in table.values()):
        return "`says` and `topic` must be text"
    if id_ in found:
        return f"already declared at {found[id_].path}:{found[id_].line}"
    return ""
