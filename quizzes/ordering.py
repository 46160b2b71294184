"""Cards that ask for an order: which line stands at which place, as a form says it and as a deck names wrong ones."""

import re
from collections.abc import Sequence

from quizzes.sheets import Sheet, SheetOption

_PLACED = re.compile(r"([0-9a-f]+):([1-9])")


def steps(sheet: Sheet) -> tuple[SheetOption, ...]:
    """The lines in their right order."""
    return tuple(option for option in sheet.options if option.is_right)


def numbers(text: str) -> tuple[int, ...]:
    """A wrong order as a deck names it: "2 1 3" is the second line first."""
    return tuple(int(word) for word in text.split() if word.isdecimal())


def places(given: Sequence[str]) -> dict[str, int]:
    """The key of each line -> the place it was given. What is no `key:place` is left out."""
    found = (_PLACED.fullmatch(text) for text in given)
    return {place[1]: int(place[2]) for place in found if place}


def placing(sheet: Sheet, order: Sequence[int]) -> list[str]:
    """What a form sends for an order of the lines, by their numbers."""
    lines = steps(sheet)
    return [f"{lines[number - 1].key}:{place}" for place, number in enumerate(order, 1)]


def order_of(sheet: Sheet, given: Sequence[str]) -> tuple[int, ...] | None:
    """The numbers of the lines as they were put; None unless each has a place of its own."""
    lines, put = steps(sheet), places(given)
    if len(given) != len(lines) or {line.key for line in lines} != put.keys():
        return None
    if sorted(put.values()) != [*range(1, len(lines) + 1)]:
        return None
    return tuple(sorted(range(1, len(lines) + 1), key=lambda number: put[lines[number - 1].key]))


def lines_as_put(sheet: Sheet, given: Sequence[str]) -> list[str]:
    """The safe HTML of the lines in the order they were put; none when the card has changed since."""
    lines = steps(sheet)
    return [lines[number - 1].html for number in order_of(sheet, given) or ()]
