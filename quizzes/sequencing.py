"""The order in which new cards come: that of the roadmap, and no card before those it needs."""

from collections.abc import Sequence

from quizzes.cards import Card, Deck


def in_order(decks: Sequence[Deck]) -> list[Card]:
    """Every card, retired ones too: decks by step and id, cards as in their file, but what a card needs before it.

    An order that is right already stays as it is. A circle, which the linter refuses, is cut where it is met.
    """
    cards = [card for deck in sorted(decks, key=lambda deck: (deck.step, deck.id)) for card in deck.cards]
    by_id = {card.id: card for card in cards}
    placed: dict[str, Card] = {}
    for card in cards:
        _place(card, by_id, placed)
    return list(placed.values())


def _place(card: Card, by_id: dict[str, Card], placed: dict[str, Card]) -> None:
    waiting, begun = [(card, iter(card.needs))], {card.id}
    while waiting:
        last, needs = waiting[-1]
        need = next((one for one in needs if one in by_id and one not in placed and one not in begun), None)
        if need is not None:
            begun.add(need)
            waiting.append((by_id[need], iter(by_id[need].needs)))
        else:
            placed.setdefault(last.id, last)
            waiting.pop()
