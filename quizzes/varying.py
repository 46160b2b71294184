"""Cards in several variants: their values, the few formulas over them, and the card as each variant shows it."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import product

from quizzes.cards import Card, Fence, Option

MOST_VARIANTS = 12
MOST = 10**12
Value = int | str

_HOLE = re.compile(r"\{\{(.+?)\}\}")
_WHOLE = re.compile(r"-?[0-9]+")
_SUMS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLS: Mapping[str, Callable[..., int]] = {"abs": abs, "min": min, "max": max}


class FormulaError(ValueError):
    """A formula outside of the few that are known, or one that cannot be worked out."""


def variants(card: Card) -> tuple[Card, ...]:
    """The card as each variant shows it, in the order of its `vary:` line; itself alone when it does not vary.

    Raises FormulaError.
    """
    return tuple(_filled(card, values) for values in _assignments(card)) if card.vary else (card,)


def names_of(card: Card) -> list[str]:
    """Each variant in words, "n = 4, k = 2"; one empty word for a card that does not vary."""
    return [", ".join(f"{name} = {value}" for name, value in values.items()) for values in _assignments(card)]


def worked_out(formula: str, values: Mapping[str, Value]) -> str:
    """What a formula gives: whole numbers, + - * // % **, abs, min, max, comparisons and `a if b else c`.

    Raises FormulaError for anything else, and for numbers beyond 10**12.
    """
    try:
        return str(_value(ast.parse(formula.strip(), mode="eval").body, values))
    except (SyntaxError, ArithmeticError, TypeError, ValueError) as error:
        raise FormulaError(f"the formula {formula.strip()!r} cannot be worked out: {error}") from error


def _assignments(card: Card) -> list[dict[str, Value]]:
    names = [name for name, _ in card.vary]
    rows = product(*(values for _, values in card.vary))
    return [dict(zip(names, map(_read, row), strict=True)) for row in rows]


def _read(value: str) -> Value:
    return int(value) if _WHOLE.fullmatch(value) else value


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | str() as value) if not isinstance(value, bool):
            return value
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            return _sum(_SUMS[type(op)], _number(left, values), _number(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](_value(left, values), _value(right, values))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, values) else orelse, values)
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in _CALLS:
            return _CALLS[name](*(_number(arg, values) for arg in args))
    raise ValueError(f"{ast.unparse(node)} is none of its numbers, names and sums")


def _number(node: ast.expr, values: Mapping[str, Value]) -> int:
    value = _value(node, values)
    if not isinstance(value, int):
        raise TypeError(f"{ast.unparse(node)} is no whole number")
    return value


def _sum(apply: Callable[[int, int], int], left: int, right: int) -> int:
    if apply is operator.pow and not 0 <= right <= 64:
        raise ArithmeticError("an exponent is from 0 to 64")
    found = apply(left, right)
    if abs(found) > MOST:
        raise ArithmeticError(f"more than {MOST}")
    return found


def _filled(card: Card, values: Mapping[str, Value]) -> Card:
    text = partial(_text, values=values)
    answer = partial(_answer, values=values)
    return replace(
        card,
        vary=(),
        prompt=text(card.prompt),
        hint=text(card.hint),
        why=text(card.why),
        answer=None if card.answer is None else text(card.answer),
        accept=tuple(map(answer, card.accept)),
        input=None if card.input is None else text(card.input),
        fences=tuple(_fence(fence, values) for fence in card.fences),
        options=tuple(_option(option, values) for option in card.options),
    )


def _text(text: str, values: Mapping[str, Value]) -> str:
    return _HOLE.sub(lambda hole: worked_out(hole[1], values), text)


def _answer(text: str, values: Mapping[str, Value]) -> str:
    """An answer is a text with holes, or `=formula` as a whole."""
    return worked_out(text[1:], values) if text.startswith("=") else _text(text, values)


def _fence(fence: Fence, values: Mapping[str, Value]) -> Fence:
    return replace(fence, code=_text(fence.code, values))


def _option(option: Option, values: Mapping[str, Value]) -> Option:
    reason = None if option.reason is None else _text(option.reason, values)
    return replace(option, text=_answer(option.text, values), reason=reason)
