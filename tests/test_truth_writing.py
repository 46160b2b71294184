"""Says that a card whose answer is written holds when its own queries and patterns say so, and names what does not."""

from pathlib import Path

import pytest
from proving import LIBRARY, ProveIt, complaint_of

HEAD = "ask: write-sql\ncheck: write-sql small,other"
QUERY = """
Name each member, and how many loans they have.

- [ ] wrong values :: COUNT(*) counts rows. {count-star}
- [ ] lost rows :: A join drops Cy. {left-is-inner}

```sql answer
SELECT m.name, COUNT(l.id) FROM member AS m LEFT JOIN loan AS l ON l.member_id = m.id GROUP BY m.id
```

```sql wrong=count-star
SELECT m.name, COUNT(*) FROM member AS m LEFT JOIN loan AS l ON l.member_id = m.id GROUP BY m.id
```

```sql wrong=left-is-inner
SELECT m.name, COUNT(l.id) FROM member AS m JOIN loan AS l ON l.member_id = m.id GROUP BY m.id
```
"""
ANSWER = QUERY.partition("```sql answer\n")[2].partition("\n")[0]
PATTERN = """
Two digits, please.

- [ ] matches too much :: A plus is no two. {plus}

```text answer
[0-9]{2}
```

```text match
12
```

```text reject
1
```

```text reject hidden
123
```

```text wrong=plus
[0-9][0-9]+
```
"""


@pytest.fixture(autouse=True)
def other(folder: Path) -> None:
    """A second dataset of the same shape."""
    text = LIBRARY.replace("(3, 'Cy')", "(3, 'Cy'), (4, 'Dee')")
    (folder / "datasets" / "other.sql").write_text(text, encoding="utf-8")


def test_a_written_card_is_proved_by_its_own_queries(prove_it: ProveIt) -> None:
    proof = prove_it(HEAD, QUERY)
    assert (proof.complaints, proof.is_run, proof.computed) == ((), True, "(Ann, 2); (Bo, 1); (Cy, 0)")
    assert prove_it("ask: write-regex\ncheck: write-regex", PATTERN).complaints == ()


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (("small,other", "small"), "a second dataset is missing"),
        (("small,other", "small,small"), "the hidden one proves nothing"),
        (("small,other", "small,third"), "there is no dataset third.sql"),
        (("small,other", "small,other sorted"), "is not"),
        (("small,other", "small,other ordered"), "has no ORDER BY"),
        (("- [ ] wrong values", "- [ ] lost rows"), "fails by wrong values"),
        (("- [ ] lost rows", "- [ ] too few"), "is one of wrong columns, lost rows"),
        (("COUNT(*) FROM", "COUNT(l.id) FROM"), "the wrong fence count-star passes"),
        (("SELECT m.name, COUNT(l.id) FROM member AS m LEFT", "DELETE FROM member AS m LEFT"), "the query is refused"),
        ((ANSWER, "SELECT name, 0 FROM member LIMIT 2"), "depends on luck"),
        ((ANSWER, "SELECT name, 0 AS n FROM member ORDER BY n"), "rows can come in another order"),
    ],
)
def test_what_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], said: str) -> None:
    head = HEAD + (" ordered" if "ORDER BY" in swap[1] else "")
    assert any(said in complaint for complaint in prove_it(head, QUERY, swap).complaints)


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (("{2}\n", "{3}\n"), "the model answer fails: It misses a line that must match."),
        (("reject hidden\n123", "reject\n123"), "no hidden line"),
        (("[0-9]{2}\n", "[0-9\n"), "the pattern is refused: unterminated character set"),
        (("reject\n1\n", "reject\n12\n"), "a line stands twice"),
    ],
)
def test_what_does_not_hold_of_a_pattern_is_named(prove_it: ProveIt, swap: tuple[str, str], said: str) -> None:
    complaints = prove_it("ask: write-regex\ncheck: write-regex", PATTERN, swap).complaints
    assert any(said in complaint for complaint in complaints), complaints


def test_an_engine_belongs_to_its_kind(prove_it: ProveIt) -> None:
    body = "Compare.\n\n### Answer\nIt is so."
    with pytest.raises(ValueError, match="a self card is graded by the learner"):
        prove_it("ask: self\ncheck: write-sql small,other", body)
    with pytest.raises(ValueError, match="needs check: write-regex"):
        prove_it("ask: write-regex\ncheck: write-sql small,other", PATTERN)
    with pytest.raises(ValueError, match="0 answer fences"):
        prove_it(HEAD, QUERY, ("```sql answer", "```sql"))
    assert complaint_of(prove_it("ask: short\ncheck: write-regex", "Say it.\n\n- [x] a\n- [ ] b :: No. {x}"))
