"""Proves cards about growth: counts the work of a function at growing sizes and fits a class to it."""

import ast
import json
from pathlib import Path

from quizzes.cards import Card, Fence
from quizzes.truth.claims import Finding, ProofError, code_of, judge, refuse_idle_fences, stand_ins
from quizzes.truth.growth import LEAST_SIZES, GrowthError, fit_growth, normal_form
from quizzes.truth.python import run_program
from quizzes.truth.running import RunError

MODES = ("time", "compares", "moves")
LADDERS = ((16, 32, 64, 128, 256, 512), (8, 12, 16, 24, 32, 48, 64), (4, 6, 8, 10, 12, 14, 16))
BUDGET = 300_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Calls of constant cost, or whose cost is counted: lazy ones by the lines of the loop around them.
CALLS = _words(
    """abs bool chr divmod enumerate float hash id int isinstance iter len next ord print range reversed round
    str super zip deque defaultdict OrderedDict cache lru_cache dataclass Exception ValueError IndexError
    KeyError sqrt isqrt floor ceil log2"""
)
METHODS = _words("append appendleft popleft add discard get setdefault items keys values")
MORE_CALLS = {
    "time": _words(""),
    "compares": _words("min max sorted set bisect bisect_left bisect_right insort heapify heappush heappop"),
    "moves": _words("list"),
}
MORE_METHODS = {
    "time": _words(""),
    "compares": _words("sort index count union intersection difference"),
    "moves": _words("insert extend remove reverse copy join"),
}
FROM_GENERATOR = _words("sum min max any all list set tuple dict")
WHEN_EMPTY = _words("list set dict tuple")
FIXED = (ast.List, ast.Tuple, ast.Set, ast.Constant)
MODULES = _words("collections math functools dataclasses bisect heapq typing __future__")


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:  # noqa: ARG001
    """Prove a card whose check is `bigo time`, `bigo compares` or `bigo moves`.

    time counts executed lines and refuses calls whose cost hides in C; compares adds comparisons and hashes
    of the input's items; moves adds the cells that lists and texts write or move.
    """
    if len(card.check) != 2 or card.check[1] not in MODES:
        raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "bigo {"|".join(MODES)}"')
    refuse_idle_fences(card, "python", frozenset({"setup", "hidden", "wrong"}))
    setup, shown, hidden = (code_of(card, "python", role) for role in ("setup", "", "hidden"))
    computed = _growth(card, setup, shown + hidden, limit_seconds)
    wrong = [
        (fence, _growth(card, setup, code, limit_seconds)) for fence, code in stand_ins(card, "python", shown, hidden)
    ]
    return Finding(computed, judge(card, computed, wrong, "counting", normal_form))


def _growth(card: Card, setup: list[Fence], asked: list[Fence], limit_seconds: float) -> str:
    if not asked:
        raise ProofError(card.line, "there is no python fence to count")
    mode = card.check[1]
    entry = _entry(asked[-1])
    refuse_hidden_costs(setup, asked, mode)
    task = {
        "code": "\n".join(fence.code for fence in setup + asked),
        "entry": entry,
        "input": card.input or "n",
        "mode": mode,
        "ladders": [card.sizes] if card.sizes else LADDERS,
        "least": LEAST_SIZES,
        "budget": BUDGET,
    }
    try:
        run = run_program(f"{_counter()}\nmain({json.dumps(task)!r})\n", limit_seconds)
        if run.exception == "HiddenCostError":
            raise ProofError(asked[0].line, f"bigo {mode} refuses {entry}: {run.message}")
        if run.exception:
            raise ProofError(asked[0].line, f"{entry}({task['input']}) fails with {run.exception}: {run.message}")
        return fit_growth([(n, cost) for n, cost in json.loads(run.stdout)])
    except (RunError, GrowthError) as error:
        raise ProofError(asked[0].line, str(error)) from error


def _counter() -> str:
    return Path(__file__).with_name("counting.py").read_text(encoding="utf-8")


def _parsed(fence: Fence) -> ast.Module:
    try:
        return ast.parse(fence.code)
    except SyntaxError as error:
        raise ProofError(fence.line + (error.lineno or 0), f"not Python: {error.msg}") from error


def _entry(fence: Fence) -> str:
    """The last function at the top of the last fence is the one that is counted."""
    names = [node.name for node in _parsed(fence).body if isinstance(node, ast.FunctionDef)]
    if not names:
        raise ProofError(fence.line, "the fence defines no function to count")
    return names[-1]


def refuse_hidden_costs(setup: list[Fence], asked: list[Fence], mode: str) -> None:
    """Raise ProofError at the first call or construct whose cost this mode cannot see.

    The asked fences are read whole, and of the setup the functions and classes they use.
    """
    trees = [(fence, node) for fence in asked for node in _parsed(fence).body]
    waiting = [(fence, node) for fence in setup for node in _parsed(fence).body]
    own = {name for _, node in trees + waiting for name in _defined(node)}
    for fence, node in trees:
        used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        for pair in [pair for pair in waiting if used & set(_defined(pair[1]))]:
            waiting.remove(pair)
            trees.append(pair)
        for part in ast.walk(node):
            reason = _hidden_cost(part, mode, own)
            if reason:
                raise ProofError(fence.line + getattr(part, "lineno", 0), f"bigo {mode} refuses {reason}")


def _defined(tree: ast.AST) -> list[str]:
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def _hidden_cost(node: ast.AST, mode: str, own: set[str]) -> str | None:
    reason: str | None = None
    match node:
        case ast.Import(names=names) if any(name.name not in MODULES for name in names):
            reason = ast.unparse(node)
        case ast.ImportFrom(module=module) if module not in MODULES:
            reason = ast.unparse(node)
        case ast.Call() if not _is_open(node, mode, own):
            reason = f"{ast.unparse(node)}: its cost hides in C"
        case ast.Slice() if mode != "moves":
            reason = "a slice: it copies cells (use bigo moves)"
        case ast.Delete(targets=[ast.Subscript(), *_]) if mode != "moves":
            reason = "del on a subscript: it may move cells (use bigo moves)"
        case ast.Starred():
            reason = "a starred expression: it copies cells"
        case ast.YieldFrom():
            reason = "yield from: its steps run in C"
    return reason


def _is_open(call: ast.Call, mode: str, own: set[str]) -> bool:
    match call.func:
        case ast.Name(id=name):
            return name in own | CALLS | MORE_CALLS[mode] or _is_open_by_arguments(name, call)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
            return name in CALLS | MORE_CALLS[mode]
        case ast.Attribute(attr="pop"):
            return mode == "moves" or not call.args or ast.unparse(call.args[0]) == "-1"
        case ast.Attribute(attr=name):
            return name in own | METHODS | MORE_METHODS[mode]
    return False


def _is_open_by_arguments(name: str, call: ast.Call) -> bool:
    if name in {"min", "max"} and len(call.args) > 1:
        return True
    if not call.args:
        return name in WHEN_EMPTY
    if name in FROM_GENERATOR and isinstance(call.args[0], ast.GeneratorExp):
        return True
    return name in WHEN_EMPTY and isinstance(call.args[0], FIXED)
