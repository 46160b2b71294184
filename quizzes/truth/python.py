"""Proves cards by running their Python in a process of its own."""

import sys
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

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
    stand_ins,
)
from quizzes.truth.remembering import recalled
from quizzes.truth.running import MAX_FILE_BYTES, MAX_MEMORY_BYTES, RunError, run_alone

# Reads the program from standard input, runs it as __main__ and writes how it ended; a program that leaves
# without a word here (os._exit, a crash, a kill) is told apart from one that finished.
RUNNER = f"""
import os, resource, sys, types
ending = int(sys.argv.pop())
for limit, most in ((resource.RLIMIT_AS, {MAX_MEMORY_BYTES}), (resource.RLIMIT_FSIZE, {MAX_FILE_BYTES})):
    resource.setrlimit(limit, (most, most))
def run(text, module):
    sys.modules["__main__"] = module
    try:
        exec(compile(text, "card.py", "exec"), module.__dict__)
        sys.stdout.flush()
    except BaseException as error:
        return f"{{type(error).__name__}}\\n{{error}}"
    return "\\n"
os.write(ending, run(sys.stdin.read(), types.ModuleType("__main__")).encode("utf-8", "replace")[:4000])
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a program ended: its output without outer white space, and the exception that ended it, if any."""

    stdout: str
    exception: str
    message: str

    @property
    def answer(self) -> str:
        """What a card calls the result: the exception's class name, or else the output."""
        return self.exception or self.stdout


def run_program(program: str, limit_seconds: float = 10.0, turn: int = 1) -> Run:
    """Run a Python program with `python -I`, in an empty temporary folder, without the caller's environment.

    The same program on another `turn` is remembered apart. Raises RunError when it does not end in time, writes
    more than 256 kB or leaves without finishing.
    """
    run = recalled((RUNNER, program, str(turn)), lambda: [*astuple(_run(program, limit_seconds))])
    return Run(*run)


def _run(program: str, limit_seconds: float) -> Run:
    """Run it now."""
    with TemporaryDirectory(prefix="card-") as folder, TemporaryFile() as ending:
        command = [sys.executable, "-I", "-X", "utf8", "-c", RUNNER, str(ending.fileno())]
        output, status = run_alone(command, Path(folder), limit_seconds, program, pass_fds=[ending.fileno()])
        ending.seek(0)
        last_words = ending.read().decode("utf-8", "replace")
    if not last_words:
        raise RunError(f"the program left without finishing (exit status {status})")
    exception, _, message = last_words.partition("\n")
    return Run(output.strip(), exception, message)


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:  # noqa: ARG001
    """Prove a card whose check is `python value` or `python each`; engines that add to its program give theirs."""
    if card.check[1:] == ("each",):
        return _prove_each(card, limit_seconds)
    if card.check[1:] != ("value",):
        raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "python value" or "python each"')
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden", "wrong"}))
    setup, shown, hidden = (code_of(card, "python", role) for role in ("setup", "", "hidden"))
    asked = shown + hidden
    run = _run_fences(card, setup + asked, limit_seconds)
    if _run_fences(card, setup + asked, limit_seconds, turn=2).answer != run.answer:
        raise ProofError(asked[-1].line, "the program gives something else on each run")
    wrong = [
        (fence, _run_fences(card, setup + code, limit_seconds, fence).answer)
        for fence, code in stand_ins(card, "python", shown, hidden)
    ]
    giver = f"the program (which ends with {run.exception}: {run.message})" if run.exception else "the program"
    return Finding(run.answer, judge(card, run.answer, wrong, giver))


def _prove_each(card: Card, limit_seconds: float) -> Finding:
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden"}))
    verdicts = [(claim, _says_yes(card, claim, limit_seconds)) for claim in claims_with_accepted(card)]
    return judge_each(card, verdicts, 'print "yes"')


def _says_yes(card: Card, claim: Claim, limit_seconds: float) -> bool:
    option = Fence("python", "setup", f"OPTION = {claim.text!r}\n", claim.line)
    code = [
        *code_of(card, "python", "setup"),
        *code_of(card, "python", "", claim.text),
        *code_of(card, "python", "hidden"),
    ]
    run = _run_fences(card, [option, *code], limit_seconds, option)
    if run.answer not in {"yes", "no"}:
        told = f"{run.exception}: {run.message}" if run.exception else f'"{run.stdout}"'
        raise ProofError(claim.line, f'the program prints yes or no for each option; "{claim.text}" gives {told}')
    return run.answer == "yes"


def _run_fences(
    card: Card, fences: list[Fence], limit_seconds: float, blamed: Fence | None = None, turn: int = 1
) -> Run:
    line = blamed.line if blamed else fences[-1].line if fences else card.line
    if not fences:
        raise ProofError(line, "there is no python fence to run")
    try:
        return run_program("\n".join(fence.code for fence in fences), limit_seconds, turn)
    except RunError as error:
        raise ProofError(line, str(error)) from error
