"""What the tests of the engines share: a trial card that is written, read and proved, and three that hold."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from quizzes.cards import Card
from quizzes.reading import read_deck
from quizzes.truth import Proof, prove

LIBRARY = """
CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE loan (id INTEGER PRIMARY KEY, member_id INTEGER, days REAL);
INSERT INTO member VALUES (1, 'Ann'), (2, 'Bo'), (3, 'Cy');
INSERT INTO loan VALUES (10, 1, 2.0), (11, 1, 2.5), (12, NULL, NULL), (13, 2, 7);
"""
HEAD = """\
---
deck: trial
title: Trial
step: 4
---

## trial-card
topic: sql.joins.outer
bloom: apply
level: 2
source: SQLite, SELECT <https://sqlite.org/lang_select.html>
since: 2026-11-22
"""

Write = Callable[..., Card]
ProveIt = Callable[..., Proof]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of decks with one small dataset."""
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "small.sql").write_text(LIBRARY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write a card from its head and body, with one text swapped for another, and read it back."""

    def write_card(head: str, body: str, swap: tuple[str, str] = ("", "")) -> Card:
        text = textwrap.dedent(head).strip() + "\n\n" + textwrap.dedent(body).strip()
        assert swap[0] in text
        path = folder / "trial.md"
        path.write_text(f"{HEAD}{text.replace(*swap)}\n\n### Why\nBecause.\n", encoding="utf-8")
        return read_deck(path).cards[0]

    return write_card


@pytest.fixture
def prove_it(write: Write, folder: Path) -> ProveIt:
    """Write a card and let its engine prove it."""

    def prove_card(head: str, body: str, swap: tuple[str, str] = ("", ""), limit_seconds: float = 10.0) -> Proof:
        return prove(write(head, body, swap), folder, limit_seconds)

    return prove_card


def complaint_of(proof: Proof) -> str:
    """The one complaint of a proof that has just one."""
    assert len(proof.complaints) == 1, proof
    return proof.complaints[0]


SQL_VALUE = (
    "ask: choice\ncheck: sql small value",
    """
    How many rows?

    ```sql
    SELECT COUNT(*) FROM member m LEFT JOIN loan l ON l.member_id = m.id
    ```

    - [x] 4
    - [ ] 3 :: That is one row a member. {one-row-each}
    - [ ] 2 :: That leaves Cy out. {left-is-inner}

    ```sql wrong=one-row-each
    SELECT COUNT(*) FROM member
    ```
    """,
)


PYTHON_VALUE = (
    "ask: choice\ncheck: python value",
    """
    What does it print?

    ```python
    print(round(2.5))
    ```

    - [x] 2
    - [ ] 3 :: Halves go to the even side. {half-goes-up}
    - [ ] `TypeError` :: It is a number. {round-needs-digits}

    ```python wrong=half-goes-up
    print(int(2.5 + 0.5))
    ```

    ```python wrong=round-needs-digits
    raise TypeError("digits missing")
    ```
    """,
)


REGISTRY = (
    "ask: choice\ncheck: registry status 404 phrase",
    "What is it called?\n\n- [x] Not Found\n- [ ] Gone :: 410. {gone-is-404}\n- [ ] Lost :: No. {lost}",
)
