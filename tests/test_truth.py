"""Says that the engines prove right cards, refuse wrong ones and contain whatever a card runs."""

import sqlite3
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from math import factorial, isqrt, log2, sqrt
from pathlib import Path

import pytest

from quizzes.cards import Card
from quizzes.reading import read_deck
from quizzes.truth import Proof, prove, prove_all, sql
from quizzes.truth.growth import CLASSES, GrowthError, fit_growth, normal_form
from quizzes.truth.python import RunError, run_program

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
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "small.sql").write_text(LIBRARY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def write_card(head: str, body: str, swap: tuple[str, str] = ("", "")) -> Card:
        text = textwrap.dedent(head).strip() + "\n\n" + textwrap.dedent(body).strip()
        assert swap[0] in text
        path = folder / "trial.md"
        path.write_text(f"{HEAD}{text.replace(*swap)}\n\n### Why\nBecause.\n", encoding="utf-8")
        return read_deck(path).cards[0]

    return write_card


@pytest.fixture
def prove_it(write: Write, folder: Path) -> ProveIt:
    def prove_card(head: str, body: str, swap: tuple[str, str] = ("", ""), limit_seconds: float = 10.0) -> Proof:
        return prove(write(head, body, swap), folder, limit_seconds)

    return prove_card


def complaint_of(proof: Proof) -> str:
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


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("sql nowhere value", "there is no dataset nowhere.sql"),
        ("sql small guess", 'is not "sql DATASET value|column|rows|count|error|match"'),
        ("sql small", "is not"),
        ("sql broken value", "the dataset broken.sql fails"),
        ("registry each class 4xx", "never runs this sql wrong fence"),
        ("python value", "never runs this sql wrong fence"),
        ("python speed", 'is not "python value" or "python each"'),
        ("bigo space", 'is not "bigo time|compares|moves"'),
        ("registry status 999 phrase", "never runs this sql wrong fence"),
        ("source", "needs a reviewed: date"),
        ("source of it", "takes no arguments"),
    ],
)
def test_a_check_that_cannot_be_done_is_explained(prove_it: ProveIt, folder: Path, check: str, says: str) -> None:
    (folder / "datasets" / "broken.sql").write_text("CREATE TABEL x;", encoding="utf-8")
    complaint = complaint_of(prove_it(*SQL_VALUE, swap=("sql small value", check)))
    assert says in complaint
    assert complaint.startswith("trial.md:")


def test_an_unknown_engine_is_named(write: Write, folder: Path) -> None:
    proof = prove(replace(write(*SQL_VALUE), check=("dice", "6")), folder)
    assert 'there is no engine "dice"' in complaint_of(proof)
    assert not proof.is_run


def test_one_computed_value_cannot_prove_several_answers(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("ask: choice", "ask: multi"))
    assert "proves one answer, not several" in complaint_of(proof)


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


def test_a_right_python_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*PYTHON_VALUE) == Proof("trial-card", "python", "2", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("- [x] 2", "- [x] 2.5"), 'option "2.5" is marked right but the program gives "2"'),
        (("2.5 + 0.5", "4.5"), 'the wrong fence half-goes-up gives "4" but its option says "3"'),
        (("raise TypeError", "raise KeyError"), 'gives "KeyError" but its option says "TypeError"'),
        (("print(round(2.5))", "print(id(object()), __import__('os').getpid())"), "something else on each run"),
        (("print(round(2.5))", "print(rnd(2.5))"), "(which ends with NameError: name 'rnd' is not defined)"),
        (("print(round(2.5))", "import sys; sys.exit(2)"), "(which ends with SystemExit: 2)"),
        (("print(round(2.5))", "import os; os._exit(3)"), "left without finishing (exit status 3)"),
        (("print(round(2.5))", "while True: print('x' * 999)"), "writes more than 256 kB"),
        (("print(round(2.5))", "x = bytearray(2 ** 31)"), "ends with MemoryError"),
        (("print(round(2.5))", "print(round(2.5"), "ends with SyntaxError"),
        (("print(round(2.5))", "input()"), "ends with EOFError"),
    ],
)
def test_a_python_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in complaint_of(prove_it(*PYTHON_VALUE, swap=swap))


def test_a_card_that_never_ends_is_named(prove_it: ProveIt) -> None:
    proof = prove_it(*PYTHON_VALUE, swap=("print(round(2.5))", "while True: pass"), limit_seconds=0.5)
    assert complaint_of(proof) == ("trial.md:18: card trial-card: the program was still running after 0.5 s")


def test_a_program_sees_an_empty_folder_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    run = run_program("import os\nprint(os.listdir('.'), sorted(os.environ), __name__)")
    assert run.stdout == "[] ['HOME', 'LANG', 'PATH', 'TZ'] __main__"


def test_what_a_program_leaves_running_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = f"""
import os, time
if os.fork() == 0:
    time.sleep(1.5)
    open({str(mark)!r}, "w").close()
    os._exit(0)
"""
    assert run_program(program).answer == ""
    time.sleep(2)
    assert not mark.exists()


def test_an_endless_program_is_ended_in_time() -> None:
    start = time.monotonic()
    with pytest.raises(RunError, match=r"still running after 0\.3 s"):
        run_program("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", 0.3)
    assert time.monotonic() - start < 5


def test_programs_may_import_what_the_cards_are_about() -> None:
    program = "import flask, werkzeug, bcrypt, jinja2, markupsafe\nprint(markupsafe.escape('<b>'))"
    assert run_program(program).stdout == "&lt;b&gt;"


def test_type_hints_of_a_program_resolve_in_its_own_names() -> None:
    program = """
from typing import get_type_hints
class Box: pass
class Ship:
    load: "Box"
print(get_type_hints(Ship)["load"].__name__, "os" in globals())
"""
    assert run_program(program).stdout == "Box False"


PYTHON_EACH = (
    "ask: multi\ncheck: python each",
    """
    Which keep only safe names?

    - [x] `[a-z]+`
    - [ ] `[a-z]*` :: It lets the empty name through. {star-needs-one}

    ```python hidden
    import re
    print("no" if re.fullmatch(OPTION, "") else "yes")
    ```
    """,
)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("[x] `[a-z]+`", "[x] `[a-z]?`"), '"[a-z]?" is marked right but does not print "yes"'),
        (("[ ] `[a-z]*`", "[ ] `x+`"), '"x+" is marked wrong but does print "yes"'),
        (('"yes")', '"maybe")'), 'prints yes or no for each option; "[a-z]+" gives "maybe"'),
        (("import re\n", ""), "gives NameError: name 're' is not defined"),
    ],
)
def test_options_that_run_otherwise_are_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert prove_it(*PYTHON_EACH).computed == "[a-z]+"
    assert says in complaint_of(prove_it(*PYTHON_EACH, swap=swap))


def test_a_gap_in_a_program_is_filled_with_each_answer(prove_it: ProveIt) -> None:
    body = """
    Fill the gap so that `f(4)` is 16.

    ```python
    def f(n):
        return n ==**== 2
    ```

    - [ ] `*` :: That is 8. {power-is-times}

    ```python hidden
    print("yes" if f(4) == 16 else "no")
    ```
    """
    assert prove_it("ask: cloze\ncheck: python each", body).computed == "**"
    assert "marked right but" in complaint_of(prove_it("ask: cloze\ncheck: python each", body, ("**", "+")))


REGISTRY = (
    "ask: choice\ncheck: registry status 404 phrase",
    "What is it called?\n\n- [x] Not Found\n- [ ] Gone :: 410. {gone-is-404}\n- [ ] Lost :: No. {lost}",
)


def test_a_right_registry_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*REGISTRY) == Proof("trial-card", "registry", "Not Found", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("404 phrase", "410 phrase"), 'marked right but the registry gives "Gone"'),
        (("404 phrase", "404 reference"), 'the registry gives "RFC 9110 sec. 15.5.5"'),
        (("404 phrase", "404 class"), 'the registry gives "4xx"'),
        (("404 phrase", "404 header"), 'the registry gives "none"'),
        (("404 phrase", "401 header"), 'the registry gives "WWW-Authenticate"'),
        (("404 phrase", "499 phrase"), "the registry has no status 499"),
        (("404 phrase", "404 colour"), "registry wants"),
        (("status 404 phrase", "code Not Found"), 'the registry gives "404"'),
        (("status 404 phrase", "code Page Lost"), 'the registry has no phrase "Page Lost"'),
        (("status 404 phrase", "each class 4xx"), "names no status code"),
        (("status 404 phrase", "code"), "registry wants"),
    ],
)
def test_a_registry_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in prove_it(*REGISTRY, swap=swap).complaints[0]


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ("class 4xx", "404 Not Found", "302 Found"),
        ("requires-header Allow", "405", "404"),
        ("exists", "425", "418"),
        ("exists", "511", "599"),
        ("rfc 9110", "421", "429"),
    ],
)
def test_every_code_is_held_against_the_condition(prove_it: ProveIt, condition: str, right: str, wrong: str) -> None:
    head = f"ask: multi\ncheck: registry each {condition}"
    body = f"Which?\n\n- [x] {right}\n- [ ] {wrong} :: No. {{other}}"
    assert prove_it(head, body).computed == right
    flipped = prove_it(head, body, (f"[x] {right}", f"[x] {wrong}"))
    assert "is marked right but does not satisfy" in complaint_of(flipped)


def test_a_condition_nobody_knows_is_refused(prove_it: ProveIt) -> None:
    body = "Which?\n\n- [x] 404\n- [ ] 302 :: No. {other}"
    assert "registry each wants" in complaint_of(prove_it("ask: multi\ncheck: registry each green", body))


def test_a_reviewed_card_passes_and_counts_as_not_run(prove_it: ProveIt) -> None:
    proof = prove_it("ask: choice\ncheck: source\nreviewed: 2026-11-22", REGISTRY[1])
    assert proof == Proof("trial-card", "source", "", (), False)


def test_many_cards_are_proved_in_their_order(write: Write, folder: Path) -> None:
    cards = [write(*SQL_VALUE), write(*REGISTRY), write(*PYTHON_VALUE)]
    assert [proof.engine for proof in prove_all(cards, folder, workers=2)] == ["sql", "registry", "python"]


FUNCTIONS = """\
# first: O(1), time, list(range(n))
def f(items):
    return items[0]

# swap ends: O(1), time, list(range(n))
def f(a):
    a[0], a[-1] = a[-1], a[0]
    return a

# fixed inner loop: O(1), time, n
def f(n):
    for i in range(1000):
        n += i

# dict get: O(1), time, {i: i for i in range(n)}, n - 1
def f(d, k):
    return d.get(k)

# halving: O(log n), time, n
def f(n):
    k = 0
    while n > 1:
        n //= 2
        k += 1
    return k

# doubling: O(log n), time, n
def f(n):
    i = 1
    while i < n: i *= 2

# thirds: O(log n), time, n
def f(n):
    while n > 1:
        n //= 3

# halving recursion: O(log n), time, n
def f(n):
    if n <= 1:
        return 0
    return 1 + f(n // 2)

# binary search: O(log n), time, list(range(n)), n
def f(items, x):
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low

# trial division: O(sqrt n), time, n
def f(n):
    i = 2
    while i * i <= n:
        i += 1

# loop: O(n), time, list(range(n))
def f(items):
    total = 0
    for x in items:
        total += x
    return total

# one line: O(n), time, list(range(n))
def f(items):
    return [x * 2 for x in items]

# generator: O(n), time, list(range(n))
def f(items):
    return any(x < 0 for x in items)

# two loops: O(n), time, list(range(n))
def f(a):
    for x in a:
        pass
    for x in a:
        pass
    for i in range(50):
        pass

# recursion: O(n), time, n
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)

# halving sum: O(n), time, n
def f(n):
    while n > 1:
        for i in range(n):
            pass
        n //= 2

# memo: O(n), time, n
from functools import cache

@cache
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)

# seen set: O(n), time, list(range(n))
def f(items):
    seen = set()
    for x in items:
        if x in seen:
            return True
        seen.add(x)
    return False

# queue: O(n), time, n
from collections import deque

def f(n):
    q = deque()
    for i in range(n):
        q.append(i)
    while q:
        q.popleft()

# loop of halvings: O(n log n), time, n
def f(n):
    for i in range(n):
        k = n
        while k > 1:
            k //= 2

# merge sort: O(n log n), moves, shuffled(n)
def merge(a, b):
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    while i < len(a):
        out.append(a[i])
        i += 1
    while j < len(b):
        out.append(b[j])
        j += 1
    return out

def f(items):
    if len(items) < 2:
        return items
    middle = len(items) // 2
    return merge(f(items[:middle]), f(items[middle:]))

# nested: O(n^2), time, n
def f(n):
    for i in range(n):
        for j in range(n):
            pass

# pairs: O(n^2), time, n
def f(n):
    k = 0
    for i in range(n):
        for j in range(i + 1, n):
            k += 1
    return k

# nested one line: O(n^2), time, n
def f(n):
    return [(i, j) for i in range(n) for j in range(i)]

# bubble sort: O(n^2), time, shuffled(n)
def f(a):
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]

# triple: O(n^3), time, n
def f(n):
    for i in range(n):
        for j in range(n):
            for k in range(n):
                pass

# triangle triple: O(n^3), time, n
def f(n):
    for i in range(n):
        for j in range(i):
            for k in range(j):
                pass

# subsets: O(2^n), time, n
def f(n):
    if n == 0:
        return 1
    return f(n - 1) + f(n - 1)

# linear search: O(n), compares, list(range(n)), -1
def f(items, x):
    return x in items

# set search: O(1), compares, set(range(n)), 3
def f(items, x):
    return x in items

# list in a loop: O(n^2), compares, shuffled(n), list(range(n))
def f(a, b):
    return [x for x in a if x in b]

# unique by set: O(n), compares, list(range(n))
def f(a):
    return len(set(a)) == len(a)

# largest: O(n), compares, shuffled(n)
def f(a):
    return max(a)

# sorted: O(n log n), compares, shuffled(n)
def f(a):
    return sorted(a)

# sorted texts: O(n log n), compares, [str(i) for i in shuffled(n)]
def f(a):
    a.sort()

# bisect: O(log n), compares, list(range(n)), n
from bisect import bisect

def f(a, x):
    return bisect(a, x)

# appends: O(n), moves, n
def f(n):
    out = []
    for i in range(n):
        out.append(i)

# insert at the front: O(n^2), moves, n
def f(n):
    out = []
    for i in range(n):
        out.insert(0, i)

# pop the front: O(n^2), moves, list(range(n))
def f(a):
    while a:
        a.pop(0)

# pop the end: O(n), moves, list(range(n))
def f(a):
    while a:
        a.pop()

# slices: O(n^2), moves, list(range(n))
def f(a):
    return 0 if not a else a[0] + f(a[1:])

# one copy: O(n), moves, list(range(n))
def f(a):
    return a[:]

# concatenation: O(n^2), moves, n
def f(n):
    out = []
    for i in range(n):
        out = out + [i]

# extension: O(n), moves, n
def f(n):
    out = []
    for i in range(n):
        out += [i]

# text by adding: O(n^2), moves, n
def f(n):
    out = ''
    for i in range(n):
        out += 'x'

# text by joining: O(n), moves, n
def f(n):
    return ''.join(['x' for i in range(n)])

# deleting the front: O(n^2), moves, list(range(n))
def f(a):
    while a:
        del a[0]

# removing the last: O(n), moves, list(range(n)), n - 1
def f(a, x):
    a.remove(x)
"""


def known_functions() -> dict[str, tuple[str, str, str, str]]:
    """Read FUNCTIONS: name -> (class, mode, input, code)."""
    found = {}
    for part in FUNCTIONS.removeprefix("# ").split("\n# "):
        head, _, code = part.partition("\n")
        name, _, rest = head.partition(": ")
        growth, mode, given = rest.split(", ", 2)
        found[name] = (growth, mode, given, code.strip())
    return found


@pytest.mark.parametrize("name", known_functions())
def test_the_growth_of_a_known_function_is_found(prove_it: ProveIt, name: str) -> None:
    growth, mode, given, code = known_functions()[name]
    head = f"ask: short\ncheck: bigo {mode}\ninput: {given}"
    body = f"How does it grow?\n\n```python\n{code}\n```\n\n- [x] {growth}\n- [ ] O(n!) :: No. {{worst}}"
    assert prove_it(head, body) == Proof("trial-card", "bigo", growth, (), True)


@pytest.mark.parametrize(
    "grow",
    [
        lambda n: n * sqrt(n) + 2 * n + 2,
        lambda n: round(log2(n) ** 2),
        lambda n: n**2 * log2(n),
        lambda n: round(n * log2(n) ** 2),
        lambda n: n**4,
        lambda n: 3 ** (n // 8),
        lambda n: factorial(n // 8),
        lambda n: 5000 * (1 + n // 16 % 3),
    ],
)
def test_a_growth_outside_the_classes_is_not_forced_into_one(grow: Callable[[int], float]) -> None:
    with pytest.raises(GrowthError, match="no growth class fits clearly"):
        fit_growth([(n, int(grow(n))) for n in (16, 32, 64, 128, 256, 512)])


@pytest.mark.parametrize("name", CLASSES)
def test_overhead_does_not_hide_the_growth(name: str) -> None:
    sizes = (4, 6, 8, 10, 12, 14, 16) if name == "O(2^n)" else (16, 32, 64, 128, 256, 512)
    leading = CLASSES[name][-1]
    assert fit_growth([(n, 120 + round(3 * leading(n))) for n in sizes]) == name


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ((16, 32, 64, 128), "only 4 sizes could be counted"),
        ((200, 250, 300, 400, 500), "must span a factor of 3"),
        ((1, 2, 4, 8, 16), "the sizes start at 4"),
    ],
)
def test_sizes_that_cannot_tell_are_refused(sizes: tuple[int, ...], says: str) -> None:
    with pytest.raises(GrowthError, match=says):
        fit_growth([(n, n) for n in sizes])


def test_noise_of_rounding_down_is_borne() -> None:
    assert fit_growth([(n, isqrt(n) + 3) for n in (16, 32, 64, 128, 256, 512)]) == "O(sqrt n)"
    assert fit_growth([(n, round(4 * n + 2 * sqrt(n))) for n in (16, 32, 64, 128, 256, 512)]) == "O(n)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O(n²)", "O(n**2)"),
        ("O(n^2)", "o( n ^ 2 )"),
        ("O(√n)", "O(sqrt(n))"),
        ("O(log₂ n)", "O(log2(n))"),
        ("O(n · log n)", "O(n * log(n))"),
        ("O(2ⁿ)", "O(2^n)"),
    ],
)
def test_one_class_may_be_spelt_in_many_ways(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


BIGO = (
    "ask: choice\ncheck: bigo time",
    """
    How does it grow?

    ```python
    def f(n):
        for i in range(n):
            for j in range(n):
                pass
    ```

    - [x] O(n²)
    - [ ] `O(n)` :: The loops multiply. {loops-add}
    - [ ] O(n^3) :: Two loops, not three. {each-line-multiplies}

    ```python wrong=loops-add
    def f(n):
        for i in range(n):
            pass
        for j in range(n):
            pass
    ```
    """,
)


def test_a_right_growth_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*BIGO) == Proof("trial-card", "bigo", "O(n^2)", (), True)


LOOP = "for j in range(n):\n            pass\n```"


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("O(n²)", "O(n log n)"), 'option "O(n log n)" is marked right but counting gives "O(n^2)"'),
        (("`O(n)`", "O(log n)"), 'the wrong fence loops-add gives "O(n)" but its option says "O(log n)"'),
        (("O(n^3)", "O(n * n)"), ""),
        (("O(n^3)", "O(n**2)"), "is marked wrong but is what counting gives"),
        ((LOOP, "[1, 2].sort()\n```"), "trial.md:21: card trial-card: bigo time refuses [1, 2].sort()"),
        ((LOOP, "sorted(range(n))\n```"), "refuses sorted(range(n)): its cost hides in C"),
        ((LOOP, "sum(range(n))\n```"), "refuses sum(range(n))"),
        ((LOOP, "'abc'[1:]\n```"), "refuses a slice"),
        ((LOOP, "x = [*range(n)]\n```"), "refuses a starred expression"),
        ((LOOP, "x = [0] * n\n```"), "refuses f: it builds a list with an operator"),
        ((LOOP, "x = [0]\n        x *= n\n```"), "refuses f: it builds a list with an operator"),
        ((LOOP, "x = 'a' + 'b'\n```"), "refuses f: it builds a str with an operator"),
        ((LOOP, "i in list(i for i in range(n))\n```"), "refuses f: it searches a list with in"),
        ((LOOP, "[i].pop(0)\n```"), "refuses [i].pop(0)"),
        ((LOOP, "yield from range(n)\n```"), "refuses yield from"),
        ((LOOP, "import random\n```"), "refuses import random"),
        ((LOOP, "from os import *\n```"), "refuses from os import *"),
        ((LOOP, "d = {}; del d[i]\n```"), "refuses del on a subscript"),
        ((LOOP, "i / 0\n```"), "f(n) fails with ZeroDivisionError: division by zero"),
        ((LOOP, "while 2 in {2}: 1 / 1\n```"), "only 0 sizes could be counted"),
        ((LOOP, "for j in range(n\n```"), "trial.md:21: card trial-card: not Python"),
        (("def f(n):\n    for i in range(n):\n        for j", "for i in []:\n    if i:\n        for j"), "no function"),
    ],
)
def test_a_growth_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    written = (BIGO[0], textwrap.dedent(BIGO[1]))
    proof = prove_it(*written, swap=swap)
    assert proof.complaints == () if not says else says in complaint_of(proof)


def test_a_count_without_end_runs_out_of_time(prove_it: ProveIt) -> None:
    proof = prove_it(BIGO[0], textwrap.dedent(BIGO[1]), (LOOP, "while True: pass\n```"), limit_seconds=1)
    assert "still running after 1 s" in complaint_of(proof)


def test_a_hidden_driver_counts_a_shown_class(prove_it: ProveIt) -> None:
    body = """
    How do n calls of `push` grow?

    ```python
    class Stack:
        def __init__(self):
            self.items, self.used = [None], 0

        def push(self, item):
            if self.used == len(self.items):
                bigger = [None for _ in range(2 * self.used)]
                for place in range(self.used):
                    bigger[place] = self.items[place]
                self.items = bigger
            self.items[self.used] = item
            self.used += 1
    ```

    ```python hidden
    def drive(n):
        stack = Stack()
        for item in range(n):
            stack.push(item)
    ```

    - [x] O(n)
    - [ ] O(n^2) :: Few pushes copy. {each-push-copies}
    - [ ] O(n log n) :: The copies add up to n. {doubling-costs-log}

    ```python wrong=each-push-copies
    class Stack:
        def __init__(self):
            self.items = []

        def push(self, item):
            self.items = [old for old in self.items]
            self.items.append(item)
    ```
    """
    assert prove_it("ask: choice\ncheck: bigo time", body) == Proof("trial-card", "bigo", "O(n)", (), True)
    refused = prove_it("ask: choice\ncheck: bigo time", body, ("stack.push(item)", "stack.push(max(stack.items))"))
    assert "refuses max(stack.items)" in complaint_of(refused)


def test_what_the_setup_does_for_the_counted_code_is_read_as_well(prove_it: ProveIt) -> None:
    body = """
    ```python setup
    def total(items):
        return sum(items)
    ```

    How does it grow?

    ```python
    def f(items):
        return total(items)
    ```

    - [x] O(n)
    - [ ] O(1) :: The sum reads all. {one-call-one-step}
    """
    head = "ask: short\ncheck: bigo time\ninput: list(range(n))"
    assert complaint_of(prove_it(head, body)).startswith("trial.md:19: card trial-card: bigo time refuses sum(items)")


def test_sizes_of_a_card_are_used(prove_it: ProveIt) -> None:
    head = BIGO[0] + "\nsizes: 20 25 30 40 50"
    assert "must span a factor of 3" in complaint_of(prove_it(head, BIGO[1]))
