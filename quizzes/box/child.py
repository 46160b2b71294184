"""The locked child: reads one request, runs a learner's query or pattern, writes one answer and is thrown away.

Its own program, run with `python -I -S`: nothing of the portal is here to be found. It gives up what it does not need
before it reads a word of the learner's: files, processes and the network by the kernel (seccomp where there is one, and
resource limits), tables and functions by SQLite's authorizer, time by counted steps and by the process's own CPU time.
A request is JSON: {"kind": "sql", "datasets": [SQL, ...], "query": ..., "limits": {...}} or {"kind": "regex",
"lines": [...], "pattern": ..., "limits": {...}}. So is the answer: {"runs": [{"columns": [...], "rows": [...]}, ...]},
{"matched": [...]} or {"refused": reason, "detail": text}. {"kind": "state", "limits": {...}} asks of the lock itself.
"""

from __future__ import annotations  # of typing, whose import takes longer than most queries

import ctypes
import json
import os
import re
import resource
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_REQUEST = 1_000_000  # bytes
MEMORY = 256 * 2**20
IDLE_SECONDS = 900
HEAP = 48 * 2**20
OPCODES_A_TICK = 2_000
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*([A-Za-z]*)", re.DOTALL)
_QUERIES = {"SELECT", "WITH", "VALUES"}
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
FUNCTIONS = frozenset(
    "abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime dense_rank first_value floor"
    " glob group_concat ifnull iif instr julianday lag last_value lead length like lower ltrim max min mod"
    " nth_value ntile nullif percent_rank rank replace round row_number rtrim sign strftime string_agg substr"
    " substring sum time total trim typeof unicode upper".split()
)
# What the counter of steps cannot see, for they happen inside one step: SQLite refuses what is longer than this.
_SQLITE_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 12_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 60,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 60,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 20_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 12,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 60,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
# Reading and writing what is open, memory, time, chance and leaving; no file, no process, no socket.
_CALLS = {
    "x86_64": (
        0xC000003E,
        "0 1 3 5 8 9 10 11 12 13 14 15 25 28 38 39 60 72 96 98 131 186 201 202 219 228 229 230 231 234 318",
    ),
    "aarch64": (
        0xC00000B7,
        "25 57 62 63 64 80 93 94 98 99 103 113 114 115 128 131 132 134 135 139 165 169 172 178 214 215 216 222 226"
        " 233 278",
    ),
}
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # the call fails with EPERM


class Refused(Exception):
    """The query or pattern is not run, or not to its end: `reason` is a word, `detail` what SQLite or re said."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one request. Everything that goes wrong is part of the answer."""
    run: Callable[[Mapping[str, Any]], dict[str, Any]] = {"sql": _answer_sql, "regex": _answer_regex}[request["kind"]]
    try:
        return run(request)
    except Refused as refused:
        return {"refused": refused.reason, "detail": refused.detail}
    except MemoryError:
        return {"refused": "memory", "detail": ""}


def _answer_sql(request: Mapping[str, Any]) -> dict[str, Any]:
    query, limits = request["query"].rstrip("; \t\r\n"), request["limits"]
    _look_at(query, limits["characters"])
    budget = Budget(limits["steps"], limits["rows"], limits["bytes"])
    return {"runs": [_run(dataset, query, budget) for dataset in request["datasets"]]}


def _answer_regex(request: Mapping[str, Any]) -> dict[str, Any]:
    pattern = request["pattern"]
    if len(pattern) > request["limits"]["characters"]:
        raise Refused("long")
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Refused("syntax", str(error)) from error
    return {"matched": [compiled.fullmatch(line) is not None for line in request["lines"]]}


def _look_at(query: str, most: int) -> None:
    """Refuse what needs no database to be refused."""
    if len(query) > most:
        raise Refused("long")
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise Refused("text") from error
    if "\0" in query:
        raise Refused("text")
    found = _FIRST_WORD.match(query)
    word = found[1].upper() if found else ""
    if not word and not query[found.end() if found else 0 :].strip():
        raise Refused("empty")
    if word not in _QUERIES:
        raise Refused("read-only", word)


class Budget:
    """What one request may use up over all its datasets: SQLite's steps, rows and bytes of results."""

    def __init__(self, steps: int, rows: int, size: int) -> None:
        self.steps, self.rows, self.size = steps, rows, size

    def tick(self) -> int:
        """Count OPCODES_A_TICK steps; 1 stops the query."""
        self.steps -= OPCODES_A_TICK
        return int(self.steps < 0)

    def take(self, row: Sequence[Any]) -> list[Any]:
        """A row as JSON can carry it. Raises Refused when it is one too many."""
        self.rows -= 1
        self.size -= sum(len(cell) if isinstance(cell, str | bytes) else 8 for cell in row)
        if self.rows < 0:
            raise Refused("rows")
        if self.size < 0:
            raise Refused("bytes")
        return [{"blob": cell.hex()} if isinstance(cell, bytes) else cell for cell in row]


def _run(dataset: str, query: str, budget: Budget) -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.text_factory = _text
        connection.executescript(dataset)
        _lock(connection, budget)
        try:
            cursor = connection.execute(query)
            if cursor.description is None:
                raise Refused("read-only")
            names = [column[0] for column in cursor.description]
            return {"columns": names, "rows": [budget.take(row) for row in cursor]}
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _refusal(error, budget) from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _lock(connection: sqlite3.Connection, budget: Budget) -> None:
    """Leave a connection that can only read the dataset's tables, and not for long."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    modules = {row[0] for row in connection.execute("PRAGMA module_list")}
    connection.executescript("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA query_only = ON")
    with suppress(AttributeError):  # a Python built without extensions
        connection.enable_load_extension(False)
    for limit, most in _SQLITE_LIMITS.items():
        connection.setlimit(limit, most)
    connection.set_progress_handler(budget.tick, OPCODES_A_TICK)
    connection.set_authorizer(_authorizer(tables, modules))


def _authorizer(tables: set[str], modules: set[str]) -> Callable[..., int]:
    def is_readable(name: str, column: str | None) -> bool:
        """A table of the dataset; a query inside the query is named only where none of its columns is read."""
        is_inner = column == "" and name not in modules and not name.lower().startswith(("sqlite_", "pragma_"))
        return name in tables or is_inner

    def may(action: int, first: str | None, second: str | None, *_: object) -> int:
        is_read = action == sqlite3.SQLITE_READ and is_readable(first or "", second)
        is_function = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS
        return sqlite3.SQLITE_OK if action in _ALLOWED or is_read or is_function else sqlite3.SQLITE_DENY

    return may


def _refusal(error: Exception, budget: Budget) -> Refused:
    said = str(error)
    words = {
        "interrupted": "steps",
        "too big": "bytes",
        "out of memory": "memory",
        "one statement": "statements",
        "not authorized": "forbidden",
        "prohibited": "forbidden",
        "vtable": "forbidden",
        "variable": "placeholders",
        "bindings": "placeholders",
        "readonly": "read-only",
    }
    reason = next((reason for sign, reason in words.items() if sign in said), "syntax")
    return Refused("steps" if budget.steps < 0 else reason, said)


# ---- The lock of the process itself


def confine(seconds: int) -> bool:
    """Give up files, processes, network and more than a little memory and CPU time, for good; False: not by `seal`."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT random(), strftime('%s', 'now', 'localtime')")  # whatever they open, they open now
        connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")  # of the whole process
    limits = {"AS": MEMORY, "FSIZE": 0, "CORE": 0, "NPROC": 0, "NOFILE": 3, "CPU": seconds + 1}
    for name, most in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    signal.alarm(IDLE_SECONDS)  # nobody asks: do not stay for ever
    return seal()


def seal() -> bool:
    """Leave this process the system calls of _CALLS and no other; False where the kernel cannot do that."""
    if sys.platform != "linux" or os.uname().machine not in _CALLS:
        return False
    machine, calls = _CALLS[os.uname().machine]
    numbers = [int(number) for number in calls.split()]
    rules = [(_LOAD, 0, 0, 4), (_EQUALS, 1, 0, machine), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    rules += [(_EQUALS, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    rules += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    no_new_privileges, seccomp, by_filter = 38, 22, 2
    prctl(no_new_privileges, 1, 0, 0, 0)
    return bool(prctl(seccomp, by_filter, ctypes.byref(program), 0, 0) == 0)


def main() -> None:
    """Lock up, then answer the one request on standard input."""
    seconds = int(sys.argv[1])
    with suppress(OSError):  # an empty folder that is gone: there is nothing in it, and nothing can be made in it
        os.rmdir(os.getcwd())  # noqa: PTH106, PTH109 - pathlib takes its time to import
    is_sealed = confine(seconds)
    text = sys.stdin.buffer.read(MOST_REQUEST + 1)
    request = json.loads(text)
    limits = request["limits"]
    signal.setitimer(signal.ITIMER_PROF, limits["cpu_seconds"])  # both end the process, whatever it is doing
    signal.setitimer(signal.ITIMER_REAL, limits["wall_seconds"])
    is_question = request["kind"] == "state"
    said = {"sealed": is_sealed, "sqlite": sqlite3.sqlite_version} if is_question else answer(request)
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
