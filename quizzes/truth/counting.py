"""Counts what a function does at growing sizes; bigo.py runs this text in a process of its own."""

import ast
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, SupportsIndex

OURS = "counted.py"
COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
HIDDEN = "costs hidden in C are not counted"


class HiddenCostError(ValueError):
    """The function does work that this way of counting cannot see."""


class OverBudget(BaseException):
    """The function did more than one size may cost; no program catches this by accident."""


class Meter:
    """The cost of one call: executed lines, plus the comparisons or moved cells of the mode."""

    def __init__(self) -> None:
        self.is_on = False
        self.cost = 0
        self.budget = 0
        self.tracer = self.trace

    def spend(self, amount: int) -> None:
        """Add to the cost while a function is being counted."""
        if self.is_on:
            self.cost += amount
            if self.cost > self.budget:
                raise OverBudget

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """Count the lines of the card's own code (sys.settrace); this runs a million times, so it is bare."""
        if event == "line":
            self.cost += 1
            if self.cost > self.budget:
                raise OverBudget
        elif frame.f_code.co_filename != OURS:
            return None
        return self.tracer


METER = Meter()


def _comparison(base: type, name: str) -> Callable[..., Any]:
    original = getattr(base, name)

    def compare(*values: Any) -> Any:
        METER.spend(1)
        return original(*values)

    return compare


def _counting(base: type) -> type:
    return type(f"Counted{base.__name__}", (base,), {name: _comparison(base, name) for name in COMPARISONS})


COUNTED = {base: _counting(base) for base in (int, float, str)}


class Cells(list[Any]):
    """A list that counts the cells it writes and moves; its room doubles when it is full."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self.room = len(self)
        METER.spend(len(self))

    def _grow(self, more: int) -> None:
        length = len(self) + more
        if length > self.room:
            METER.spend(len(self))
            self.room = max(length, 2 * self.room)

    def append(self, item: Any) -> None:
        """Write one cell, and move all of them when the list is full."""
        self._grow(1)
        METER.spend(1)
        super().append(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Write one cell for each item."""
        added = list(items)
        self._grow(len(added))
        METER.spend(len(added))
        super().extend(added)

    def insert(self, index: SupportsIndex, item: Any) -> None:
        """Write one cell and move all behind it."""
        self._grow(1)
        METER.spend(len(range(len(self))[index:]) + 1)
        super().insert(index, item)

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Read one cell and move all behind it."""
        METER.spend(len(range(len(self))[index:]))
        return super().pop(index)

    def remove(self, item: Any) -> None:
        """Look at the cells up to the item and move the rest."""
        METER.spend(len(self))
        super().remove(item)

    def reverse(self) -> None:
        """Move every cell."""
        METER.spend(len(self))
        super().reverse()

    def copy(self) -> "Cells":
        """Write every cell anew."""
        return Cells(self)

    def __delitem__(self, key: SupportsIndex | slice) -> None:
        METER.spend(len(self) if isinstance(key, slice) else len(range(len(self))[key:]))
        super().__delitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            value = list(value)
            METER.spend(len(self) + len(value))
        super().__setitem__(key, value)


class Rules:
    """What the operators of the counted code do in one mode (time, compares or moves)."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def sized(self, result: Any) -> Any:
        """Charge for a sequence that an operator has just built."""
        if not isinstance(result, list | str | tuple | bytes) or not METER.is_on:
            return result
        if self.mode != "moves":
            raise HiddenCostError(f"it builds a {type(result).__name__} with an operator; {HIDDEN} (use bigo moves)")
        if isinstance(result, list):
            return Cells(result)
        METER.spend(len(result))
        return result

    def add(self, left: Any, right: Any) -> Any:
        """Stand in for `left + right`."""
        return self.sized(left + right)

    def multiply(self, left: Any, right: Any) -> Any:
        """Stand in for `left * right`."""
        return self.sized(left * right)

    def add_in_place(self, left: Any, right: Any) -> Any:
        """Stand in for `left += right`; a list is extended, a string is built anew."""
        if isinstance(left, Cells):
            left.extend(right)
            return left
        left += right
        return self.sized(left)

    def cut(self, result: Any) -> Any:
        """Stand in for a slice that is read."""
        return self.sized(result)

    def join(self, separator: Any, parts: Iterable[Any]) -> Any:
        """Stand in for `separator.join(parts)`."""
        return self.sized(separator.join(parts))

    def contains(self, item: Any, box: Any) -> bool:
        """Stand in for `item in box`."""
        if not isinstance(box, list | tuple | str | deque) or not METER.is_on:
            return bool(item in box)
        if self.mode == "time" or isinstance(box, str):
            raise HiddenCostError(f"it searches a {type(box).__name__} with in; {HIDDEN} (use bigo compares)")
        before = METER.cost
        place = next((index for index, other in enumerate(box) if other is item or other == item), None)
        METER.cost = before
        METER.spend(len(box) if place is None else place + 1)
        return place is not None


class Rewriter(ast.NodeTransformer):
    """Sends the operators whose cost is hidden in C through the rules."""

    def __init__(self, mode: str) -> None:
        self.is_moves = mode == "moves"

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Route + and *."""
        self.generic_visit(node)
        rule = {ast.Add: "add", ast.Mult: "multiply"}.get(type(node.op))
        return _rule(rule, node, node.left, node.right) if rule else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Route name += value and name *= value."""
        self.generic_visit(node)
        rule = {ast.Add: "add_in_place", ast.Mult: "multiply"}.get(type(node.op))
        if rule is None or not isinstance(node.target, ast.Name):
            return node
        name = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        return ast.copy_location(ast.Assign([node.target], _rule(rule, node, name, node.value)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Route in and not in; a literal on the right has a fixed size and stays."""
        self.generic_visit(node)
        box = node.comparators[0]
        if (
            len(node.ops) > 1
            or not isinstance(node.ops[0], ast.In | ast.NotIn)
            or isinstance(box, ast.Constant | ast.Tuple | ast.Set)
        ):
            return node
        found = _rule("contains", node, node.left, box)
        return found if isinstance(node.ops[0], ast.In) else ast.copy_location(ast.UnaryOp(ast.Not(), found), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Route slices that are read."""
        self.generic_visit(node)
        is_cut = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
        return _rule("cut", node, node) if is_cut else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Route str.join."""
        self.generic_visit(node)
        if self.is_moves and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            return _rule("join", node, node.func.value, *node.args)
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        """Make list displays count."""
        self.generic_visit(node)
        return _cells(node) if self.is_moves and isinstance(node.ctx, ast.Load) else node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Make list comprehensions count."""
        self.generic_visit(node)
        return _cells(node) if self.is_moves else node


def _rule(name: str, place: ast.AST, *operands: ast.expr) -> ast.expr:
    rule = ast.Attribute(ast.Name("_rules", ast.Load()), name, ast.Load())
    return ast.fix_missing_locations(ast.copy_location(ast.Call(rule, list(operands), []), place))


def _cells(node: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name("_Cells", ast.Load()), [node], [])
    return ast.fix_missing_locations(ast.copy_location(call, node))


def shuffled(n: int) -> list[int]:
    """Return 0..n-1 in an order that looks random and is always the same (for `input:`)."""
    from random import Random

    numbers = list(range(n))
    Random(n).shuffle(numbers)  # noqa: S311 - an order, not a secret
    return numbers


def _dressed(value: Any, mode: str, is_inside: bool = False) -> Any:
    """Return the input with counting numbers and texts in its containers, or with counting lists."""
    if mode == "compares" and is_inside and type(value) in COUNTED:
        return COUNTED[type(value)](value)
    if isinstance(value, list):
        items = [_dressed(item, mode, True) for item in value]
        return Cells(items) if mode == "moves" else items
    if type(value) in {tuple, set, frozenset, deque}:
        return type(value)(_dressed(item, mode, True) for item in value)
    if type(value) is dict:
        return {_dressed(key, mode, True): _dressed(item, mode, True) for key, item in value.items()}
    return value


def cost_at(n: int, task: dict[str, Any]) -> int:
    """Run the task's function once at size n in fresh globals and return its cost."""
    mode = task["mode"]
    space: dict[str, Any] = {
        "__name__": "counted",
        "_rules": Rules(mode),
        "_Cells": Cells,
        "shuffled": shuffled,
        "n": n,
    }
    if mode == "moves":
        space["list"] = Cells
    tree = Rewriter(mode).visit(ast.parse(task["code"], OURS))
    exec(compile(ast.fix_missing_locations(tree), OURS, "exec"), space)  # noqa: S102 - this is what the file is for
    given = eval(f"(lambda *given: given)({task['input']})", space)  # noqa: S307
    arguments = [_dressed(value, mode) for value in given]
    METER.cost, METER.budget = 0, task["budget"]
    METER.is_on = True
    sys.settrace(METER.tracer)
    try:
        space[task["entry"]](*arguments)
    finally:
        sys.settrace(None)
        METER.is_on = False
    return METER.cost


def costs_at(sizes: Sequence[int], task: dict[str, Any]) -> list[tuple[int, int]]:
    """Return (size, cost) for each size, up to the first that costs more than the budget."""
    costs = []
    for n in sizes:
        try:
            costs.append((n, cost_at(n, task)))
        except OverBudget:
            break
    return costs


def main(text: str) -> None:
    """Count on the first ladder of sizes that is not too steep, and print [[size, cost], ...]."""
    task = json.loads(text)
    sys.setrecursionlimit(10_000)
    output, costs = sys.stdout, []
    with Path(os.devnull).open("w") as sys.stdout:
        for ladder in task["ladders"]:
            costs = costs_at(ladder, task)
            if len(costs) >= task["least"]:
                break
    sys.stdout = output
    print(json.dumps(costs))  # noqa: T201 - the way back to bigo.py
