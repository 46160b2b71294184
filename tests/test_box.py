"""The box: what a learner writes runs in a locked child process, and 26 attacks on it come to nothing."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.cli import DECKS
from quizzes.box import LIMITS, Box, Limits, child

LIBRARY = (DECKS / "datasets" / "library.sql").read_text()
SMALL = Limits(characters=2_000, steps=200_000, rows=200, bytes=20_000, cpu_seconds=0.2, wall_seconds=10)
PROGRAM = Path(child.__file__)


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """One box for all queries: every one of them gets a child of its own."""
    box = Box()
    yield box
    box.close()


def ask(box: Box, query: str, limits: Limits = SMALL) -> dict[str, Any]:
    """What the child says to a query on the library."""
    return box.ask({"kind": "sql", "datasets": [LIBRARY], "query": query}, limits)


NESTED = "SELECT " + "(" * 300 + "1" + ")" * 300
MANY = ", ".join(f"member AS m{n}" for n in range(12))
ATTACKS = {
    "endless recursion": ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c", "rows"),
    "endless recursion that gives one row": (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT MAX(x) FROM c",
        "steps",
    ),
    "a cross join of twelve tables": (f"SELECT COUNT(*) FROM {MANY}", "steps"),
    "a sort of all pairs of pairs": (f"SELECT * FROM {MANY} ORDER BY m0.name, m11.name DESC", "steps"),
    "a random blob of a gigabyte": ("SELECT randomblob(1000000000)", "forbidden"),
    "a zero blob of a gigabyte": ("SELECT zeroblob(1000000000)", "forbidden"),
    "a printf of a gigabyte": ("SELECT printf('%.1000000000c', 'x')", "forbidden"),
    "replace that doubles and doubles": (
        "WITH RECURSIVE t(x) AS (SELECT 'ab' UNION ALL SELECT replace(replace(x, 'a', 'bb'), 'b', 'aaaa') FROM t)"
        " SELECT MAX(length(x)) FROM t",
        "bytes",
    ),
    "one long text out of many rows": (
        f"SELECT group_concat(replace('{'x' * 90}', 'x', '{'x' * 90}')) FROM loan, member",
        "bytes",
    ),
    "ATTACH": ("ATTACH DATABASE '/tmp/stolen.db' AS stolen", "read-only"),
    "VACUUM INTO": ("VACUUM INTO '/tmp/stolen.db'", "read-only"),
    "PRAGMA": ("PRAGMA writable_schema = ON", "read-only"),
    "a pragma as a table": ("SELECT * FROM pragma_database_list", "forbidden"),
    "the catalogue": ("SELECT COUNT(*) FROM sqlite_master", "forbidden"),
    "load_extension": ("SELECT load_extension('/tmp/evil')", "forbidden"),
    "reading a file": ("SELECT readfile('/etc/passwd')", "syntax"),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON loan BEGIN DELETE FROM member; END", "read-only"),
    "full-text tables": ("SELECT fts3_tokenizer('simple', x'4141414141414141')", "forbidden"),
    "a bomb of JSON": ("SELECT COUNT(*) FROM json_each('[' || replace('1,1', '1', '[[1]]') || ']')", "forbidden"),
    "a change behind WITH": ("WITH gone AS (SELECT 1) DELETE FROM member", "forbidden"),
    "several statements": ("SELECT 1; DROP TABLE member", "statements"),
    "a comment around a change": ("/* SELECT */ -- SELECT\n UPDATE member SET name = 'x'", "read-only"),
    "a transaction": ("SAVEPOINT here", "read-only"),
    "the plan of a query": ("EXPLAIN SELECT * FROM member", "read-only"),
    "a NUL and half a letter": ("SELECT '\0\ud800'", "text"),
    "brackets three hundred deep": (NESTED, "syntax"),
}
BEYOND = {  # the limits that an ordinary query can meet too
    "a query of a megabyte": ("SELECT '" + "x" * 1_000_000 + "'", "long"),
    "a list of thousands": (f"SELECT 1 IN ({','.join(['1'] * 900)})", None),
    "a pattern that goes back and forth": ("SELECT 'aaaa' LIKE '" + "%a" * 200 + "'", "syntax"),
    "a hundred columns": (f"SELECT {', '.join(['1'] * 100)}", "syntax"),
    "forty queries in one": (" UNION ALL ".join(["SELECT 1"] * 40), "syntax"),
    "too many rows": ("SELECT a.id FROM loan a, loan b, loan c", "rows"),
    "too many letters": (f"SELECT replace('xxxxxxxxxx', 'x', '{'x' * 90}') FROM member, author, loan", "bytes"),
}


@pytest.mark.parametrize("name", [*ATTACKS, *BEYOND])
def test_an_attack_on_the_box_is_refused_by_name(box: Box, name: str) -> None:
    query, reason = (ATTACKS | BEYOND)[name]
    said = ask(box, query)
    assert said.get("refused") == reason, said


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's list of calls is Linux's")
def test_the_doctor_can_ask_whether_the_lock_is_shut(box: Box) -> None:
    assert box.ask({"kind": "state"})["sealed"] is True


def test_there_are_26_attacks() -> None:
    assert len(ATTACKS) == 26


def test_an_attack_leaves_nothing_for_the_next_learner(box: Box) -> None:
    ask(box, "WITH gone AS (SELECT 1) DELETE FROM member")
    assert ask(box, "SELECT COUNT(*) AS members FROM member") == {"runs": [{"columns": ["members"], "rows": [[4]]}]}


def test_whatever_eats_cpu_inside_one_step_ends_with_its_process(box: Box) -> None:
    lines, limits = ["a" * 40 + "b"], Limits(cpu_seconds=0.1, wall_seconds=60)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert box.ask({"kind": "regex", "lines": lines, "pattern": "(a+)+"}, limits)["refused"] == "time"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1.5, "long before the kernel's own limit"
    assert box.ask({"kind": "regex", "lines": ["ab"], "pattern": "a."}, limits) == {"matched": [True]}
    assert box.ask({"kind": "regex", "lines": ["ab"], "pattern": "(a"}, limits)["refused"] == "syntax"


def test_a_child_that_hangs_is_killed_by_its_parent(box: Box) -> None:
    request = {"kind": "regex", "lines": ["a" * 40 + "b"], "pattern": "(a+)+"}
    assert box.ask(request, Limits(cpu_seconds=30, wall_seconds=0.2)) == {"refused": "time", "detail": ""}


def test_a_query_reads_every_kind_of_join_function_and_cell(box: Box) -> None:
    query = """
    -- what lessons use
    WITH RECURSIVE days(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM days WHERE n < 3), lent AS (SELECT * FROM loan)
    SELECT m.name, COUNT(l.id), ROUND(AVG(l.id), 1), rank() OVER (ORDER BY m.name), NULL, CAST(x'ff' AS TEXT), x'0a'
    FROM member AS m FULL JOIN lent AS l ON l.member_id = m.id CROSS JOIN (SELECT COUNT(*) FROM days)
    GROUP BY m.id HAVING m.name LIKE 'D%';
    """
    (run,) = ask(box, query)["runs"]
    assert run["rows"] == [["Dee", 0, None, 1, None, "\ufffd", {"blob": "0a"}]]


def test_a_child_that_waits_answers_and_one_that_died_is_replaced(box: Box) -> None:
    box.prepare()
    waiting = box._spare
    assert waiting is not None
    box.prepare()
    assert box._spare is waiting
    assert "runs" in ask(box, "SELECT 1")
    assert waiting.poll() is not None, "used once, thrown away"
    box.prepare()
    dead = box._spare
    assert dead is not None
    dead.kill()
    dead.wait()
    assert "runs" in ask(box, "SELECT 1")


CONFINED = """
import ctypes, json, os, socket, sys
sys.path.insert(0, sys.argv[1])
import child
child.confine(2)
def refused(act):
    try:
        act()
    except (OSError, ValueError):
        return True
    return False
kept = {"open": refused(lambda: os.open("/etc/passwd", os.O_RDONLY)), "fork": refused(os.fork)}
os.close(0)  # room for one more file: now only the kernel's list is in the way
kept["open again"] = refused(lambda: os.open("/etc/passwd", os.O_RDONLY))
kept["socket"] = refused(socket.socket)
kept["kill"] = refused(lambda: os.kill(os.getppid(), 0))
kept["exec"] = refused(lambda: os.execv("/bin/true", ["true"]))
kept["stat"] = refused(lambda: os.stat("/etc/passwd"))
kept["memory"] = False
try:
    bytearray(10 ** 9)
except MemoryError:
    kept["memory"] = True
os.write(1, json.dumps(kept).encode())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's list of calls is Linux's")
def test_a_confined_process_reaches_no_file_no_process_and_no_network() -> None:
    command = [sys.executable, "-I", "-S", "-c", CONFINED, str(PROGRAM.parent)]
    said = subprocess.run(command, capture_output=True, check=True, env={})
    kept = json.loads(said.stdout)
    assert all(kept.values()), kept


@pytest.mark.skipif(sys.platform != "linux", reason="it is looked at through /proc")
def test_a_child_sees_neither_settings_nor_folders(box: Box) -> None:
    box.prepare()
    child = box._spare
    assert child is not None
    while not str(Path(f"/proc/{child.pid}/cwd").readlink()).endswith("(deleted)"):
        assert child.poll() is None
    environ = Path(f"/proc/{child.pid}/environ").read_bytes()
    assert set(environ.split(b"\0")) <= {b"", b"TZ=UTC", b"LC_CTYPE=C.UTF-8"}
    assert LIMITS.cpu_seconds < LIMITS.wall_seconds
