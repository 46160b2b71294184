"""Tables that are sorted by their address: `recall` by this column, `-recall` by it with the largest first."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `name` as in addresses, `head` in words. `is_falling`: how it is sorted at first."""

    name: str
    head: str
    is_falling: bool = True


class NoSuchOrder(ValueError):
    """The address asks for an order or a place that is none."""


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a table is sorted."""

    column: Column
    is_falling: bool

    @property
    def name(self) -> str:
        """As an address carries it."""
        return f"-{self.column.name}" if self.is_falling else self.column.name

    def on(self, column: Column) -> str:
        """The order that the head of this column leads to."""
        is_falling = not self.is_falling if column is self.column else column.is_falling
        return Order(column, is_falling).name


def read_order(columns: Iterable[Column], text: str) -> Order:
    """An order out of an address. Raises NoSuchOrder."""
    name = text.removeprefix("-")
    column = next((one for one in columns if one.name == name), None)
    if column is None:
        raise NoSuchOrder(text)
    return Order(column, text.startswith("-"))
