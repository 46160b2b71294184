"""Says that sql cards hold when their queries say so, and that no query runs away or reaches a file."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from proving import SQL_VALUE, ProveIt, Write, complaint_of

from quizzes.truth import Proof, prove, sql


def test_a_right_sql_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*SQL_VALUE) == Proof("trial-card", "sql", "4", (), True)


def test_a_flipped_sql_key_is_named_with_its_line(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("- [x] 4", "- [x] 5"))
    assert complaint_of(proof) == ('trial.md:22: card trial-card: option "5" is marked right but the query gives "4"')


def test_a_flipped_sql_misconception_is_named_with_its_line(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("- [ ] 3 ::", "- [ ] 9 ::"))
    assert complaint_of(proof) == (
        'trial.md:26: card trial-card: the wrong fence one-row-each gives "3" but its option says "9"'
    )


def test_a_wrong_option_that_equals_the_key_is_refused(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("- [ ] 2 ::", "- [ ] `4` ::"))
    assert 'trial.md:24: card trial-card: option "4" is marked wrong' in complaint_of(proof)


def test_a_wrong_fence_that_gives_the_key_is_refused(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("SELECT COUNT(*) FROM member\n", "SELECT 4\n"))
    assert 'the wrong fence one-row-each gives the right answer, "4"' in complaint_of(proof)


def test_a_wrong_fence_needs_an_option(write: Write, folder: Path) -> None:
    card = write(*SQL_VALUE)
    proof = prove(replace(card, options=(card.options[0], card.options[2])), folder)
    assert "no option carries {one-row-each}" in complaint_of(proof)


def test_an_order_left_open_is_refused_as_luck(prove_it: ProveIt) -> None:
    body = """
    Which names?

    ```sql
    SELECT name FROM member ORDER BY name
    ```

    - [x] Ann, Bo, Cy
    - [ ] Ann, Bo :: No. {left-is-inner}
    - [ ] Cy :: No. {one-row-each}
    """
    head = "ask: choice\ncheck: sql small column"
    assert prove_it(head, body).computed == "Ann, Bo, Cy"
    assert "add ORDER BY" in complaint_of(prove_it(head, body, (" ORDER BY name", "")))


def test_hidden_sql_is_asked_after_the_shown_sql(prove_it: ProveIt) -> None:
    body = """
    ```sql setup
    CREATE TABLE parcel (code TEXT);
    ```

    How many parcels stand there after this?

    ```sql
    INSERT INTO parcel VALUES ('a;b'), (NULL); -- two; not one
    INSERT INTO parcel SELECT code FROM parcel;
    ```

    ```sql hidden
    SELECT COUNT(*) FROM parcel
    ```

    - [x] 4
    - [ ] 2 :: The second line adds as well. {insert-select-moves}

    ```sql wrong=insert-select-moves
    INSERT INTO parcel VALUES ('a'), (NULL);
    ```
    """
    assert prove_it("ask: number\ncheck: sql small value", body).complaints == ()


def test_an_sql_error_is_an_answer_only_when_asked_for(prove_it: ProveIt) -> None:
    body = """
    What comes of it?

    ```sql
    SELECT nmae FROM member
    ```

    - [x] error
    - [ ] no error :: The column is not there. {columns-are-optional}

    ```sql wrong=columns-are-optional
    SELECT name FROM member
    ```
    """
    assert prove_it("ask: short\ncheck: sql small error", body).complaints == ()
    complaint = complaint_of(prove_it("ask: short\ncheck: sql small value", body))
    assert complaint == "trial.md:18: card trial-card: the query fails: no such column: nmae"


def test_a_broken_setup_is_no_error_of_the_query(prove_it: ProveIt) -> None:
    body = """
    ```sql setup
    CREATE TABEL x
    ```

    What comes of it?

    ```sql
    SELECT 1
    ```

    - [x] error
    - [ ] no error :: No. {columns-are-optional}
    """
    proof = prove_it("ask: short\ncheck: sql small error", body)
    assert "trial.md:16: card trial-card: the setup fails" in complaint_of(proof)


SQL_MATCH = (
    "ask: multi\ncheck: sql small match",
    """
    Which give the members without a loan?

    - [x] `SELECT name FROM member WHERE id NOT IN (SELECT member_id FROM loan WHERE member_id > 0)`
    - [ ] `SELECT name FROM member WHERE id NOT IN (SELECT member_id FROM loan)` :: NULL. {not-in-skips-null}
    - [ ] `SELECT nothing FROM member` :: That fails. {columns-are-optional}

    ```sql answer
    SELECT 'Cy'
    ```
    """,
)


def test_matching_queries_are_proved_each(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_MATCH)
    assert proof.complaints == ()
    assert proof.computed.startswith("SELECT name FROM member WHERE id NOT IN")


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("SELECT 'Cy'", "SELECT 'Bo'"), "is marked right but does not give the wanted rows"),
        (("[ ] `SELECT nothing FROM member`", "[ ] `SELECT 'Cy'`"), "is marked wrong but does give"),
        (("SELECT name FROM member WHERE id NOT IN (SELECT member_id FROM loan WHERE", "SELEC"), "fails: near"),
        (("```sql answer\nSELECT 'Cy'\n```", ""), "match needs an sql answer fence"),
        (("sql answer", "sql wrong=not-in-skips-null"), "never runs this sql wrong fence"),
    ],
)
def test_a_match_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in complaint_of(prove_it(*SQL_MATCH, swap=swap))


def test_a_gap_in_a_query_is_filled_with_each_answer(prove_it: ProveIt) -> None:
    head = "ask: cloze\ncheck: sql small match\naccept: LEFT OUTER"
    body = """
    Fill the gap so that every member stays.

    ```sql
    SELECT m.name, l.id FROM member m ==LEFT== JOIN loan l ON l.member_id = m.id
    ```

    - [ ] INNER :: That drops Cy. {left-is-inner}

    ```sql answer
    VALUES ('Ann', 10), ('Ann', 11), ('Bo', 13), ('Cy', NULL)
    ```
    """
    assert prove_it(head, body).computed == "LEFT | LEFT OUTER"
    assert "marked wrong but does give" in complaint_of(prove_it(head, body, ("INNER ::", "left ::")))
    assert "marked right but does not" in complaint_of(prove_it(head, body, ("==LEFT==", "==FULL==")))


SQL_PLAN = (
    "ask: multi\ncheck: sql small plan SEARCH",
    """
    Which query searches?

    ```sql
    CREATE INDEX loan_days ON loan (days);
    ```

    - [x] `SELECT id FROM loan WHERE days = 2`
    - [ ] `SELECT id FROM loan WHERE days + 1 = 3` :: No. {columns-are-optional}
    """,
)


def test_a_plan_says_whether_a_query_searches_or_reads_everything(prove_it: ProveIt) -> None:
    assert prove_it(*SQL_PLAN) == Proof("trial-card", "sql", "SELECT id FROM loan WHERE days = 2", (), True)
    without_index = prove_it(*SQL_PLAN, swap=("CREATE INDEX loan_days ON loan (days)", "SELECT 1"))
    assert 'marked right but does not have "SEARCH" in the plan' in complaint_of(without_index)
    both_search = prove_it(*SQL_PLAN, swap=("days + 1 = 3", "days > 1"))
    assert 'marked wrong but does have "SEARCH" in the plan' in complaint_of(both_search)
    assert 'is not "sql DATASET value|' in complaint_of(prove_it(*SQL_PLAN, swap=("plan SEARCH", "plan")))


def test_rows_are_written_as_cards_write_them(folder: Path) -> None:
    query = "SELECT member_id, days FROM loan ORDER BY id"
    columns, rows = sql.run_query(folder / "datasets" / "small.sql", [query])
    assert columns == ["member_id", "days"]
    assert sql.as_text(rows, "rows") == "1, 2; 1, 2.5; NULL, NULL; 2, 7"
    assert sql.as_text(rows, "column") == "1, 1, NULL, 2"
    assert sql.as_text(rows, "lines") == "1 | 2\n1 | 2.5\nNULL | NULL\n2 | 7"
    assert sql.as_text(rows, "count") == "4"
    assert sql.as_text([], "rows") == "no rows"
    with pytest.raises(ValueError, match="value wants one cell, the query gives 4 rows of 2"):
        sql.as_text(rows, "value")


@pytest.mark.parametrize(
    "query",
    [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    ],
)
def test_a_query_without_end_is_stopped(folder: Path, query: str) -> None:
    with pytest.raises(sql.QuerySizeError):
        sql.run_query(folder / "datasets" / "small.sql", [query])


@pytest.mark.parametrize("query", ["ATTACH 'out.db' AS o", "VACUUM INTO 'out.db'", "SELECT zeroblob(2000000)"])
def test_sql_reaches_no_file_and_no_heap(folder: Path, query: str) -> None:
    with pytest.raises(sqlite3.Error):
        sql.run_query(folder / "datasets" / "small.sql", [query])
    assert not Path("out.db").exists()
