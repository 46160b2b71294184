"""Proves cards about tests: runs their test files with pytest, in a process and a folder of their own."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizzes.cards import Card, Fence
from quizzes.truth.claims import (
    Claim,
    Finding,
    ProofError,
    claims_with_accepted,
    code_of,
    judge,
    judge_each,
    refuse_idle_fences,
)
from quizzes.truth.python import run_program
from quizzes.truth.running import RunError

USAGE = (
    '"pytest outcomes", "count", "passed", "failed", "prints", "exit", "each passed", "each failed" or "each catches"'
)
TESTS, CODE, OPTIONS = "test_card.py", "app.py", "test_options.py"
_NAMED = re.compile(r"# ([a-z_]+\.py)\n")
_COUNTED = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "error")

# Writes the files, lets pytest run them without plugins, cache or settings from outside, and prints what it saw.
RUNNER = """
import contextlib, io, json, os, sys
import pytest
class Watch:
    stats, prints = {}, []
    def pytest_runtest_logreport(self, report):
        if report.when == "teardown":
            self.prints.append(report.capstdout)
    def pytest_terminal_summary(self, terminalreporter):
        self.stats.update(terminalreporter.stats)
def name(report):
    return getattr(report, "nodeid", "").partition("::")[2]
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
sys.dont_write_bytecode = True
for path, text in {"pytest.ini": "[pytest]\\n", **json.loads(FILES)}.items():
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
fixed = ["-q", "-p", "no:cacheprovider", "--color=no", "-c", "pytest.ini", "--rootdir=.", "--basetemp=tmp"]
with contextlib.redirect_stdout(io.StringIO()):
    code = pytest.main([*fixed, *json.loads(ARGUMENTS)], plugins=[Watch()])
seen = {kind: [name(report) for report in reports] for kind, reports in Watch.stats.items() if kind}
print(json.dumps({"exit": int(code), "prints": Watch.prints, "seen": seen}))
"""


@dataclass(frozen=True, slots=True)
class Session:
    """What one run of pytest gave: its exit code, what each test printed, and their names by outcome."""

    exit: int
    prints: list[str]
    seen: dict[str, list[str]]

    def value(self, what: str) -> str:
        """Return the result as a card names it: "1 failed, 2 passed", names in order, the output, the exit code."""
        match what:
            case "outcomes":
                return ", ".join(_counted(kind, len(self.seen.get(kind, ()))) for kind in _COUNTED if kind in self.seen)
            case "prints":
                return "".join(self.prints).strip()
            case "count":
                return str(len(self.prints))
            case "exit":
                return str(self.exit)
        return ", ".join(self.seen.get(what, ())) or "none"


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:  # noqa: ARG001
    """Prove a card whose check is `pytest outcomes|count|passed|failed|prints|exit ...` or `pytest each ...`.

    A python fence that begins with a line `# name.py` is that file; other shown ones are `test_card.py`, other
    ones of `setup` are `app.py`. Words behind the wanted result are arguments for pytest.
    """
    match card.check[1:]:
        case ("outcomes" | "count" | "passed" | "failed" | "prints" | "exit" as what, *arguments):
            return _prove_value(card, what, shlex.split(" ".join(arguments)), limit_seconds)
        case ("each", "passed" | "failed" as outcome):
            return _prove_outcomes(card, outcome, limit_seconds)
        case ("each", "catches"):
            return _prove_catches(card, limit_seconds)
    raise ProofError(card.line, f"pytest wants {USAGE}")


def _prove_value(card: Card, what: str, arguments: list[str], limit_seconds: float) -> Finding:
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden", "wrong"}))
    setup, shown, hidden = _layers(card)
    computed = _run(card, _joined(setup, shown, hidden), arguments, limit_seconds).value(what)
    wrong = []
    for fence in code_of(card, "python", "wrong"):
        files = _joined(setup, shown | _named([fence], TESTS), hidden)
        wrong.append((fence, _run(card, files, arguments, limit_seconds, fence.line).value(what)))
    return Finding(computed, judge(card, computed, wrong, "pytest"))


def _prove_outcomes(card: Card, outcome: str, limit_seconds: float) -> Finding:
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden"}))
    session = _run(card, _joined(*_layers(card)), (), limit_seconds)
    known = {name for names in session.seen.values() for name in names}
    for claim in claims_with_accepted(card):
        if claim.text not in known:
            raise ProofError(claim.line, f'pytest ran no test "{claim.text}", only {", ".join(sorted(known))}')
    names = session.seen.get(outcome, ())
    return judge_each(card, [(claim, claim.text in names) for claim in claims_with_accepted(card)], f"end as {outcome}")


def _prove_catches(card: Card, limit_seconds: float) -> Finding:
    """Ask of each option, a line of a test, that it holds for the right code and fails for every wrong version.

    An `answer` fence is the right code where the shown one is wrong; `hidden` fences are wrong versions otherwise.
    """
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden", "answer"}))
    setup, shown, _ = _layers(card)
    right = _named(code_of(card, "python", "answer"), CODE)
    mutants = [shown | _named([fence], CODE) for fence in code_of(card, "python", "hidden")] + [shown] * bool(right)
    if not mutants:
        raise ProofError(card.line, "each catches wants an answer fence (the right code) or hidden ones (wrong code)")
    claims = claims_with_accepted(card)
    tests = {OPTIONS: "\n".join(["import pytest", "from app import *", *map(_as_test, claims, range(len(claims)))])}
    accepted, *refused = (
        _run(card, _joined(setup, code, tests), [OPTIONS], limit_seconds).seen for code in (shown | right, *mutants)
    )
    names = [f"test_option_{number}" for number in range(len(claims))]
    verdicts = [
        name in accepted.get("passed", ()) and all(name in r.get("failed", ()) for r in refused) for name in names
    ]
    return judge_each(card, list(zip(claims, verdicts, strict=True)), "catch the bug and accept the right code")


def _as_test(claim: Claim, number: int) -> str:
    return f"def test_option_{number}():\n    {claim.text}\n"


def _layers(card: Card) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return name -> text of the files of `setup`, of what is shown, and of `hidden`."""
    setup, shown, hidden = (code_of(card, "python", role) for role in ("setup", "", "hidden"))
    return _named(setup, CODE), _named(shown, TESTS), _named(hidden, TESTS)


def _named(fences: Iterable[Fence], usual: str) -> dict[str, str]:
    """Return name -> text of the files that fences make; one without a first line `# name.py` is the `usual` one."""
    return _joined(*({found[1] if (found := _NAMED.match(f.code)) else usual: f.code} for f in fences))


def _joined(*layers: Mapping[str, str]) -> dict[str, str]:
    """Return all files; one that several layers have is their texts in a row, so a later definition holds."""
    names = dict.fromkeys(name for layer in layers for name in layer)
    return {name: "\n".join(layer[name] for layer in layers if name in layer) for name in names}


def _run(card: Card, files: dict[str, str], arguments: Sequence[str], limit_seconds: float, line: int = 0) -> Session:
    program = f"FILES = {json.dumps(files)!r}\nARGUMENTS = {json.dumps(list(arguments))!r}\n{RUNNER}"
    try:
        run = run_program(program, limit_seconds)
    except RunError as error:
        raise ProofError(line or card.line, str(error)) from error
    if run.exception:
        raise ProofError(line or card.line, f"pytest fails with {run.exception}: {run.message}")
    return Session(**json.loads(run.stdout))


def _counted(kind: str, count: int) -> str:
    return f"{count} {kind}{'s' if kind == 'error' and count > 1 else ''}"
