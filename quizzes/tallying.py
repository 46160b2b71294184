"""What the bank is made of, deck by deck: the table that says whether it is balanced."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizzes.cards import Ask, Card, Deck
from quizzes.heads import BLOOM
from quizzes.linting import is_key_longest

OLD = timedelta(days=548)  # 18 months
LEVELS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of cards that are asked. `longest` of `choices` choice cards have the right option strictly longest;
    `old` are reviewed cards whose review is 18 months ago or more."""

    deck: str
    cards: int
    levels: Counter[int]
    asks: Counter[str]
    bloom: Counter[str]
    executed: int
    choices: int
    longest: int
    old: int


def tallies(decks: Sequence[Deck], today: date) -> list[Tally]:
    """A tally a deck, by step, and the sum behind them."""
    ordered = sorted(decks, key=lambda deck: (deck.step, deck.id))
    asked = {deck.id: [card for card in deck.cards if not card.is_retired] for deck in ordered}
    everything = [card for cards in asked.values() for card in cards]
    return [_tally(name, cards, today) for name, cards in [*asked.items(), ("all", everything)]]


def old_reviews(decks: Sequence[Deck], today: date) -> list[Card]:
    """Cards that only a reader vouches for, and not lately, the oldest first."""
    cards = [card for deck in decks for card in deck.cards if not card.is_retired and _is_old(card, today)]
    return sorted(cards, key=lambda card: (card.reviewed or date.min, card.id))


def table(found: Sequence[Tally]) -> list[list[str]]:
    """The tallies as rows of text under a head; a way of asking that no card uses has no column."""
    asks = [ask for ask in Ask if any(one.asks[ask] for one in found)]
    levels = [f"L{level}" for level in LEVELS]
    head = ["deck", "cards", *levels, *asks, *BLOOM, "executed", "longest", "old"]
    return [head, *(_row(one, asks) for one in found)]


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows as lines of equal columns: the first to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _tally(name: str, cards: Sequence[Card], today: date) -> Tally:
    choices = [card for card in cards if card.ask is Ask.CHOICE]
    return Tally(
        deck=name,
        cards=len(cards),
        levels=Counter(card.level for card in cards),
        asks=Counter(card.ask for card in cards),
        bloom=Counter(card.bloom for card in cards),
        executed=sum(card.check[0] != "source" for card in cards),
        choices=len(choices),
        longest=sum(map(is_key_longest, choices)),
        old=sum(_is_old(card, today) for card in cards),
    )


def _is_old(card: Card, today: date) -> bool:
    return card.check[0] == "source" and card.reviewed is not None and today - card.reviewed >= OLD


def _row(one: Tally, asks: Sequence[Ask]) -> list[str]:
    counts = [one.cards, *(one.levels[level] for level in LEVELS), *(one.asks[ask] for ask in asks)]
    counts += [one.bloom[name] for name in BLOOM]
    shares = [_share(one.executed, one.cards), _share(one.longest, one.choices)]
    return [one.deck, *map(str, counts), *shares, str(one.old)]


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "-"
