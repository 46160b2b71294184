"""Cards as CSV: read strictly, with every mistake by its line, and written so that no spreadsheet runs a cell."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from portal.decks.drafting import UNSAVED, read
from portal.decks.models import (
    LONGEST_ANSWER,
    LONGEST_ANSWERS,
    LONGEST_QUESTION,
    LONGEST_SOURCES,
    LONGEST_WHY,
    MOST_CARDS,
)
from portal.roadmap import content
from portal.spreadsheets import RUN_BY_SPREADSHEETS, FileError, csv_pieces, table
from quizzes.drafts import FIELDS, Draft

MOST_BYTES = 500_000
NEEDED = ("topic", "question", "why", "sources")
_LONGEST = {
    "question": LONGEST_QUESTION,
    "answers": LONGEST_ANSWERS,
    "answer": LONGEST_ANSWER,
    "why": LONGEST_WHY,
    "sources": LONGEST_SOURCES,
}
# What `spreadsheets.inert` writes before a formula, and one more before a text that looks as if it had written it.
_INERT = re.compile(f"'(?='* *[{re.escape(''.join(RUN_BY_SPREADSHEETS))}])")
EXAMPLES = (
    Draft(
        topic="sql.joins.outer",
        ask="choice",
        level="2",
        bloom="apply",
        question="Our table `visits` has no row for Dee. What does this return for her?\n\n"
        "```sql\nSELECT m.name, v.day\nFROM members m LEFT JOIN visits v ON v.member_id = m.id\n```",
        answers="[x] one row, with NULL as its day\n[ ] no row :: A LEFT JOIN keeps every row of its left table.\n"
        "[ ] one row for each day :: Only visits that match are joined, and she has none.",
        why="A LEFT JOIN keeps every row of its left table and fills what has no partner with NULL.",
        sources="MySQL manual, JOIN clause <https://dev.mysql.com/doc/refman/8.4/en/join.html>",
    ),
    Draft(
        topic="git.commits",
        ask="cloze",
        level="1",
        bloom="remember",
        question="Before a commit, `git ==add== .` puts what you changed into the index.",
        answers="[x] stage\n[ ] push :: It sends commits that are there already to another repository.",
        why="A commit takes what the index holds, not what lies in the folder.",
        sources="Git reference, git-add <https://git-scm.com/docs/git-add>",
    ),
)


def read_cards(text: str, most: int = MOST_CARDS) -> tuple[list[Draft], list[str]]:
    """The cards of a file, at most so many, and the columns that were not read. Raises FileError.

    Its first line names the columns, parted by commas or semicolons: those of quizzes.drafts.FIELDS in any order. A
    file is right as a whole or not at all: a card against which something stands is a mistake.
    """
    names, rows = table(text, FIELDS, NEEDED)
    drafts, complaints = list[Draft](), list[str]()
    for number, cells in rows:
        if len(drafts) >= most:
            complaints.append(f"Line {number}: the deck has room for {most} cards.")
            break
        draft = _draft(names, cells)
        drafts.append(draft)
        complaints += [f"Line {number}, {said}" for said in _against(draft, names, cells)]
    if complaints:
        raise FileError(complaints)
    if not drafts:
        raise FileError(["There is no card in the file, only the names of the columns."])
    return drafts, [name for name in names if name and name not in FIELDS]


def _draft(names: list[str], cells: list[str]) -> Draft:
    texts = (re.sub(r"\r\n?", "\n", cell).strip() for cell in cells)
    found = {name: _INERT.sub("", text, count=1) for name, text in zip(names, texts, strict=False) if name in FIELDS}
    found = {name: text for name, text in found.items() if text or name not in {"ask", "level", "bloom"}}
    topic = found.get("topic", "")
    return Draft(**found | {"topic": _topics().get(" ".join(topic.casefold().split()), topic)})


@cache
def _topics() -> dict[str, str]:
    """The id of each topic by its title, in small letters."""
    return {content.topic_title(id_).casefold(): id_ for id_ in reversed(content.topic_ids())}


def _against(draft: Draft, names: list[str], cells: list[str]) -> Iterator[str]:
    if len(cells) > len(names):
        yield f"as a whole: it has {len(cells)} cells, the first line names {len(names)} columns."
        return
    for name, most in _LONGEST.items():
        if len(getattr(draft, name)) > most:
            yield f"{name}: Use at most {most:,} characters."
            return
    for said in read(UNSAVED, draft)[1]:
        yield f"{said.field}: {said.sentence}"


def written(drafts: Iterable[Draft]) -> str:
    """Cards as a CSV file that `read_cards` reads again, letter by letter."""
    rows = [[_guarded(getattr(draft, name)) for name in FIELDS] for draft in drafts]
    return "".join(csv_pieces([[FIELDS, *rows]]))


def _guarded(text: str) -> str:
    return f"'{text}" if _INERT.match(text) else text
