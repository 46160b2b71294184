"""Proves cards about Git by running their shell commands in a fresh repository that knows nobody's settings."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from quizzes.cards import GAP, Ask, Card, Fence
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
from quizzes.truth.running import MAX_FILE_BYTES, MAX_MEMORY_BYTES, PATH, RunError, run_alone

READY = "ready"
SETTINGS = {"init.defaultBranch": "main", "gc.auto": "0"}
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": str(len(SETTINGS)),
    **{f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(SETTINGS)},
    **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(SETTINGS.values())},
    **{f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")},
    "GIT_TEMPLATE_DIR": "",
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
}

# Every call of git comes a minute after the one before. Says in the file `ending` how far it came: a line when
# the setup is done, the last exit status at the end; beside it stand the errors. Only what is told is the answer.
SCRIPT = """
ulimit -v {kilobytes} 2>/dev/null
ulimit -f {blocks}
tick=1767225600
git() {{
    tick=$((tick + 60))
    GIT_AUTHOR_DATE="$tick +0000" GIT_COMMITTER_DATE="$tick +0000" command git "$@"
}}
exec 8>&1 >/dev/null 2>../errors
set -e
git init
{setup}
set +e
echo {ready} >"{ending}"
{quiet}
status=$?
exec >&8
(exit $status)
{told}
echo $? >>"{ending}"
"""


@dataclass(frozen=True, slots=True)
class _Steps:
    """What is run, in this order; when there is `hidden` code, only its output counts."""

    setup: Sequence[Fence]
    shown: Sequence[Fence]
    hidden: Sequence[Fence]
    option: str = ""


def run_steps(
    setup: str, shown: str, hidden: str = "", option: str = "", limit_seconds: float = 10.0, turn: int = 1
) -> str:
    """Run shell commands in a fresh repository and return what `hidden` prints, or else `shown`, white space trimmed.

    `hidden` begins with the exit status of `shown` in $?, and `option` is in $OPTION; the folder above is the
    program's own too, for remotes. Raises RunError when git is missing, a command of the setup or the very last
    command fails, the commands end early or late, or they write more than 256 kB. The same commands on
    another `turn` are remembered apart.
    """
    given = (SCRIPT, json.dumps(ENVIRONMENT), setup, shown, hidden, option, str(turn))
    return recalled(given, lambda: [_run_now(setup, shown, hidden, option, limit_seconds)])[0]


def _run_now(setup: str, shown: str, hidden: str, option: str, limit_seconds: float) -> str:
    git = shutil.which("git")
    if git is None:
        raise RunError("git is not installed: install it to prove this card")
    with TemporaryDirectory(prefix="card-") as name:
        folder = Path(name).resolve() / "repository"
        folder.mkdir()
        ending = folder.with_name("ending")
        script = SCRIPT.format(
            kilobytes=MAX_MEMORY_BYTES // 1024,
            blocks=MAX_FILE_BYTES // 512,
            setup=setup,
            ready=READY,
            quiet=shown if hidden else "",
            told=hidden or shown,
            ending=ending,
        )
        environment = {**ENVIRONMENT, "PATH": f"{PATH}:{Path(git).parent}", "OPTION": option}
        output, _ = run_alone(["sh", "-c", script], folder, limit_seconds, environment=environment)
        _refuse_failures(ending, folder.with_name("errors"))
    return output.strip()


def _refuse_failures(ending: Path, errors: Path) -> None:
    words = ending.read_text().split() if ending.exists() else []
    if words == [READY, "0"]:
        return
    told = " / ".join(errors.read_text("utf-8", "replace").split("\n"))[:200] if errors.exists() else ""
    if not words:
        raise RunError(f"the setup fails: {told}")
    if words == [READY]:
        raise RunError(f"the commands end before the last one: {told}")
    raise RunError(f"the last command fails with exit status {words[-1]}: {told}")


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:  # noqa: ARG001
    """Prove a card whose check is `git value`, `git each` or `git command`."""
    match card.check[1:]:
        case ("value",):
            return _prove_value(card, limit_seconds)
        case ("each",):
            return _prove_each(card, limit_seconds)
        case ("command",):
            return _prove_command(card, limit_seconds)
    raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "git value", "git each" or "git command"')


def _prove_value(card: Card, limit_seconds: float) -> Finding:
    refuse_idle_fences(card, "sh", frozenset({"setup", "hidden", "wrong"}))
    setup, shown, hidden = (code_of(card, "sh", role) for role in ("setup", "", "hidden"))
    run = partial(_run, card, limit_seconds)
    computed = run(_Steps(setup, shown, hidden))
    if run(_Steps(setup, shown, hidden), turn=2) != computed:
        raise ProofError((shown + hidden)[-1].line, "the commands give something else on each run")
    others = [(fence, _Steps(setup, code[:1], code[1:])) for fence, code in stand_ins(card, "sh", shown, hidden)]
    wrong = [(fence, run(steps, fence.line)) for fence, steps in others]
    return Finding(computed, judge(card, computed, wrong, "git"))


def _prove_each(card: Card, limit_seconds: float) -> Finding:
    refuse_idle_fences(card, "sh", frozenset({"setup", "hidden"}))
    verdicts = [(claim, _says_yes(card, claim, limit_seconds)) for claim in claims_with_accepted(card)]
    return judge_each(card, verdicts, 'print "yes"')


def _says_yes(card: Card, claim: Claim, limit_seconds: float) -> bool:
    setup = code_of(card, "sh", "setup")
    shown, hidden = (code_of(card, "sh", role, claim.text) for role in ("", "hidden"))
    said = _run(card, limit_seconds, _Steps(setup, shown, hidden, claim.text), claim.line)
    if said not in {"yes", "no"}:
        told = " ".join(said.split())[:80]
        raise ProofError(claim.line, f'the commands print yes or no for each option; "{claim.text}" gives "{told}"')
    return said == "yes"


def _prove_command(card: Card, limit_seconds: float) -> Finding:
    """Put each claim where the `answer` fence stands, and compare what the hidden fence prints afterwards."""
    refuse_idle_fences(card, "sh", frozenset({"setup", "hidden", "answer"}))
    setup, shown, hidden, answer = (code_of(card, "sh", role) for role in ("setup", "", "hidden", "answer"))
    if not hidden or not answer:
        raise ProofError(card.line, '"git command" needs an answer fence and a hidden fence that prints the state')
    is_gap_shown = card.ask is Ask.CLOZE and any(GAP.search(fence.code) for fence in card.fences if not fence.role)
    run = partial(_run, card, limit_seconds)
    before = code_of(card, "sh", "", "")
    wanted = run(_Steps(setup, answer if is_gap_shown else [*shown, *answer], hidden), answer[0].line)
    if run(_Steps(setup, before, hidden), hidden[0].line) == wanted:
        raise ProofError(hidden[0].line, "the hidden fence prints the same before the answer as after it")
    verdicts = []
    for claim in claims_with_accepted(card):
        typed = code_of(card, "sh", "", claim.text) if is_gap_shown else [*shown, _command(claim)]
        verdicts.append((claim, run(_Steps(setup, typed, hidden), claim.line) == wanted))
    return judge_each(card, verdicts, "lead where the answer fence leads")


def _command(claim: Claim) -> Fence:
    return Fence("sh", "", f"{claim.text}\n", claim.line)


def _run(card: Card, limit_seconds: float, steps: _Steps, line: int = 0, turn: int = 1) -> str:
    asked = [*steps.shown, *steps.hidden]
    if not asked:
        raise ProofError(card.line, "there is no sh fence to run")
    setup, shown, hidden = (_joined(fences) for fences in (steps.setup, steps.shown, steps.hidden))
    try:
        return run_steps(setup, shown, hidden, steps.option, limit_seconds, turn)
    except RunError as error:
        raise ProofError(line or asked[-1].line, str(error)) from error


def _joined(fences: Sequence[Fence]) -> str:
    return "\n".join(fence.code for fence in fences)
