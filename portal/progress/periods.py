"""The stretch of days a page of progress looks at, cut into equal pieces."""

from dataclasses import dataclass
from datetime import date, timedelta

PERIODS = {"month": "30 days", "quarter": "13 weeks", "year": "52 weeks", "all": "All"}
USUAL = "quarter"
_PIECES = {"month": (1, 30), "quarter": (7, 13), "year": (28, 13)}
MOST_PIECES = 26


@dataclass(frozen=True, slots=True)
class Span:
    """`count` pieces of `size` days each, the last one ending on `last`; `words` say it in a sentence."""

    name: str
    last: date
    size: int
    count: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.size * self.count

    @property
    def first(self) -> date:
        """Its first day."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def words(self) -> str:
        """ "in the last 30 days", "in the last 13 weeks", "since you began"."""
        return "since you began" if self.name == "all" else f"in the last {PERIODS[self.name]}"

    def piece(self, place: int) -> tuple[date, date]:
        """First and last day of a piece; 0 is the oldest."""
        start = self.first + timedelta(days=place * self.size)
        return start, start + timedelta(days=self.size - 1)

    def label(self, place: int) -> str:
        """A piece as a table names it: "3 Nov 2026" or "3 Nov to 9 Nov 2026"."""
        first, last = self.piece(place)
        return in_words(first) if first == last else f"{first.day} {first:%b} to {in_words(last)}"


def span_of(name: str, today: date, first_day: date | None) -> Span:
    """The stretch that ends today. "all" begins on or before `first_day`, in pieces of whole weeks."""
    if name in _PIECES:
        return Span(name, today, *_PIECES[name])
    weeks = max(1, -(-((today - (first_day or today)).days + 1) // 7))
    weeks_each = -(-weeks // MOST_PIECES)
    return Span("all", today, 7 * weeks_each, -(-weeks // weeks_each))


def in_words(day: date) -> str:
    """ "3 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"
