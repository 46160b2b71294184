"""Proves cards about patterns: makes their call of Python's re, in a process of its own, on the strings they show."""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quizzes.cards import Ask, Card, Fence
from quizzes.truth.backtracking import BudgetError, PatternError, count_steps
from quizzes.truth.claims import Claim, Finding, ProofError, claims_with_accepted, code_of, judge, judge_each, stand_ins
from quizzes.truth.growth import LEAST_SIZES, GrowthError, fit_growth, normal_form
from quizzes.truth.python import Run, run_program
from quizzes.truth.running import RunError

MODES = ("value", "count", "each", "fits", "growth")
LADDERS = ((8, 12, 16, 24, 32, 48, 64), (4, 6, 8, 10, 12, 14, 16))
BUDGET = 30_000  # steps at one size
YES_OR_NO = ("match", "fullmatch", "search")
FUNCTIONS = frozenset((*YES_OR_NO, "findall", "sub", "split", "escape", "group", "groups", "span"))
NAMES = {"value": frozenset({"re"}), "fits": frozenset({"re", "line", "pattern"}), "growth": frozenset({"re", "n"})}
ROLES = {"fits": frozenset({"match", "reject"}), "each": frozenset[str]()}
_NODES = (ast.Expression, ast.Call, ast.Attribute, ast.Name, ast.Constant, ast.keyword, ast.BinOp, ast.JoinedStr)
_PARTS = (*_NODES, ast.FormattedValue, ast.Subscript, ast.operator, ast.expr_context)
PROGRAM = """
import json, re

def told(found):
    if isinstance(found, re.Match):
        found = found[0]
    is_plain = isinstance(found, str) and found and found == " ".join(found.split())
    return found if is_plain else repr(found)

for call, names in json.loads({task!r}):
    found = eval(call, {{"re": re, **names}})
    print(json.dumps([told(found), bool(found)]))
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of re as a card shows it."""

    code: str
    tree: ast.Expression
    line: int

    @property
    def name(self) -> str:
        """`fullmatch`, for the call that is made last."""
        match self.tree.body:
            case ast.Call(func=ast.Attribute(attr=name)):
                return name
        return ""


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:  # noqa: ARG001
    """Prove a card whose check is `regex value`, `count`, `each`, `fits` or `growth`."""
    if len(card.check) != 2 or card.check[1] not in MODES:
        raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "regex {"|".join(MODES)}"')
    mode = card.check[1]
    _refuse_idle_fences(card, mode)
    if mode in {"each", "fits"}:
        verdicts = (_prove_fits if mode == "fits" else _prove_lines)(card, limit_seconds)
        return judge_each(card, verdicts, "match" if mode == "each" else "match every line and reject the others")
    answer = {"value": _value, "count": _count, "growth": _growth}[mode]
    computed = answer(card, _shown_call(card, mode), limit_seconds)
    stands = [fence for fence, _ in stand_ins(card, "python", code_of(card, "python", ""), [])]
    wrong = [(fence, answer(card, _read_call(fence, mode), limit_seconds)) for fence in stands]
    if mode == "growth":
        return Finding(computed, judge(card, computed, wrong, "counting", normal_form))
    return Finding(computed, judge(card, computed, wrong, "the call"))


def _refuse_idle_fences(card: Card, mode: str) -> None:
    for fence in card.fences:
        language = "text" if fence.role in {"match", "reject"} else "python"
        roles = ROLES.get(mode, frozenset({"wrong"}))
        if fence.role and (fence.role not in roles or fence.language != language):
            kind = f"{fence.language} {fence.role}"
            raise ProofError(fence.line, f'"check: {" ".join(card.check)}" never runs this {kind} fence')


def _shown_call(card: Card, mode: str, answer: str | None = None) -> Call:
    fences = code_of(card, "python", "", answer)
    if len(fences) != 1:
        raise ProofError(card.line, f"regex {mode} wants one shown python fence with a call of re")
    return _read_call(fences[0], mode)


def _read_call(fence: Fence, mode: str) -> Call:
    """The one call of a fence. Raises ProofError when it is anything more than a call of re."""
    try:
        tree = ast.parse(fence.code.strip(), mode="eval")
    except SyntaxError as error:
        raise ProofError(fence.line, f"one call of re stands in this fence: {error.msg}") from error
    names = NAMES.get(mode, frozenset({"re", "line"}))
    for node in ast.walk(tree):
        if not isinstance(node, _PARTS) or (isinstance(node, ast.Name) and node.id not in names):
            raise ProofError(fence.line, f"regex {mode} knows calls of re and no {ast.unparse(node)}")
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS):
            raise ProofError(fence.line, f"regex {mode} does not know {ast.unparse(node)}")
    call = Call(fence.code.strip(), tree, fence.line)
    if mode != "value" and call.name not in YES_OR_NO:
        raise ProofError(fence.line, f"regex {mode} wants {', '.join(YES_OR_NO)}, which find something or nothing")
    return call


def _value(card: Card, call: Call, limit_seconds: float) -> str:  # noqa: ARG001 - as every answer is asked
    run = _run([(call, {})], limit_seconds)
    return run.exception or str(_told(run)[0][0])


def _count(card: Card, call: Call, limit_seconds: float) -> str:
    shown = [fence for fence in card.fences if fence.language == "text"]
    lines = [line for fence in shown for line in _lines(fence)]
    if not lines:
        raise ProofError(card.line, "regex count wants a shown text fence with a line for each string")
    return str(sum(_holds(call, lines, limit_seconds)))


def _prove_lines(card: Card, limit_seconds: float) -> list[tuple[Claim, bool]]:
    made = claims_with_accepted(card)
    lines = [_line(claim.text, claim.line) for claim in made]
    return list(zip(made, _holds(_shown_call(card, "each"), lines, limit_seconds), strict=True))


def _prove_fits(card: Card, limit_seconds: float) -> list[tuple[Claim, bool]]:
    """Hold each option - a pattern, a gap of the shown call, or a call - against all lines."""
    wanted = {role: _role_lines(card, role) for role in ("match", "reject")}
    if not all(wanted.values()):
        raise ProofError(card.line, "regex fits wants a text match and a text reject fence")
    lines, verdicts = [*wanted["match"], *wanted["reject"]], []
    for claim in claims_with_accepted(card):
        call, pattern = _call_of(card, claim)
        found = _holds(call, lines, limit_seconds, pattern)
        verdicts.append((claim, found == [number < len(wanted["match"]) for number in range(len(lines))]))
    return verdicts


def _call_of(card: Card, claim: Claim) -> tuple[Call, str]:
    if not code_of(card, "python", ""):
        return _read_call(Fence("python", "", claim.text, claim.line), "fits"), ""
    return _shown_call(card, "fits", claim.text), "" if card.ask is Ask.CLOZE else claim.text


def _role_lines(card: Card, role: str) -> list[str]:
    return [line for fence in card.fences if fence.role == role for line in _lines(fence)]


def _lines(fence: Fence) -> list[str]:
    return [_line(text, fence.line + number) for number, text in enumerate(fence.code.splitlines(), 1)]


def _line(text: str, line: int) -> str:
    """A string as a card writes it: in double quotes as Python reads it, so that line ends can be shown; else as is."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return text
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError) as error:
        raise ProofError(line, f"{text} is no string in quotes") from error


def _holds(call: Call, lines: Sequence[str], limit_seconds: float, pattern: str = "") -> list[bool]:
    run = _run([(call, {"line": line, "pattern": pattern}) for line in lines], limit_seconds)
    if run.exception:
        raise ProofError(call.line, f"{call.code} fails with {run.exception}: {run.message}")
    return [bool(found) for _, found in _told(run)]


def _run(calls: Sequence[tuple[Call, dict[str, str]]], limit_seconds: float) -> Run:
    task = json.dumps([[call.code, names] for call, names in calls])
    try:
        return run_program(PROGRAM.format(task=task), limit_seconds)
    except RunError as error:
        raise ProofError(calls[0][0].line, str(error)) from error


def _told(run: Run) -> list[list[object]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def _growth(card: Card, call: Call, limit_seconds: float) -> str:
    """Count steps at growing sizes, and see that Python's re finds what the counting found."""
    match call.tree.body:
        case ast.Call(args=[ast.Constant(value=str(pattern)), text], keywords=[]):
            pass
        case _:
            raise ProofError(call.line, "regex growth wants a pattern and a string made of texts, n, + and *")
    try:
        counted = _counted(card, call, pattern, text)
        growth = fit_growth([(n, steps) for n, _, steps, _ in counted])
    except (PatternError, BudgetError, GrowthError) as error:
        raise ProofError(call.line, str(error)) from error
    plain = Call(f"re.{call.name}({pattern!r}, line)", call.tree, call.line)
    if _holds(plain, [text for _, text, _, _ in counted], limit_seconds) != [found for *_, found in counted]:
        raise ProofError(call.line, "Python's re finds something else than the matcher that counts")
    return growth


def _counted(card: Card, call: Call, pattern: str, text: ast.expr) -> list[tuple[int, str, int, bool]]:
    """(size, text, steps, whether it matches) on the first ladder that enough steps of lie within the budget."""
    found: list[tuple[int, str, int, bool]] = []
    for ladder in [card.sizes] if card.sizes else LADDERS:
        found = []
        for n in ladder:
            given = str(_text(text, n, call.line))
            try:
                found.append((n, given, *count_steps(call.name, pattern, given, BUDGET)))
            except BudgetError:
                break
        if len(found) >= LEAST_SIZES:
            break
    return found


def _text(node: ast.expr, n: int, line: int) -> str | int:
    match node:
        case ast.Constant(value=str(value)) | ast.Constant(value=int(value)):
            return value
        case ast.Name(id="n"):
            return n
        case ast.BinOp(left, ast.Add() | ast.Mult() as sign, right):
            one, other = _text(left, n, line), _text(right, n, line)
            try:
                return one + other if isinstance(sign, ast.Add) else one * other  # type: ignore[operator]
            except TypeError as error:
                raise ProofError(line, str(error)) from error
    raise ProofError(line, f"a string is made of texts, n, + and *, not of {ast.unparse(node)}")
