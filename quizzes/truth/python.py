"""Proves cards by running their Python in a process of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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

MAX_MEMORY_BYTES = 2**30
MAX_FILE_BYTES = 2**18

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


class RunError(ValueError):
    """The program ran over its time, wrote too much or left without finishing."""


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


def run_program(program: str, limit_seconds: float = 10.0) -> Run:
    """Run a Python program with `python -I`, in an empty temporary folder, without the caller's environment.

    Raises RunError when it does not end in time, writes more than 256 kB or leaves without finishing.
    """
    with tempfile.TemporaryDirectory(prefix="card-") as folder, ExitStack() as stack:
        source, output, ending = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        source.write(program.encode())
        source.seek(0)
        child = _start(folder, source, output, ending)
        try:
            status = child.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            raise RunError(f"the program was still running after {limit_seconds:g} s") from None
        finally:
            _end(child)
        return _read_run(_text(output), _text(ending), status)


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
    if _run_fences(card, setup + asked, limit_seconds).answer != run.answer:
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


def _run_fences(card: Card, fences: list[Fence], limit_seconds: float, blamed: Fence | None = None) -> Run:
    line = blamed.line if blamed else fences[-1].line if fences else card.line
    if not fences:
        raise ProofError(line, "there is no python fence to run")
    try:
        return run_program("\n".join(fence.code for fence in fences), limit_seconds)
    except RunError as error:
        raise ProofError(line, str(error)) from error


def _start(folder: str, source: IO[bytes], output: IO[bytes], ending: IO[bytes]) -> subprocess.Popen[bytes]:
    clean = {"PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8", "TZ": "UTC"}
    command = [sys.executable, "-I", "-X", "utf8", "-c", RUNNER, str(ending.fileno())]
    return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        command,
        stdin=source,
        stdout=output,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=clean,
        pass_fds=(ending.fileno(),),
        start_new_session=True,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever the program left behind in its session."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _read_run(output: str, ending: str, status: int) -> Run:
    if len(output.encode()) >= MAX_FILE_BYTES:
        raise RunError(f"the program writes more than {MAX_FILE_BYTES // 1024} kB")
    if not ending:
        raise RunError(f"the program left without finishing (exit status {status})")
    exception, _, message = ending.partition("\n")
    return Run(output.strip(), exception, message)
