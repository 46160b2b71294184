"""What each way of asking needs of a card, and what it forbids."""

from collections.abc import Iterator

from quizzes.cards import GAP, Ask, Card
from quizzes.findings import quoted
from quizzes.writing import WRITTEN, wrong_with_written

TYPED = frozenset({Ask.NUMBER, Ask.SHORT, Ask.CLOZE})


def wrong_with_asking(card: Card) -> Iterator[str]:
    """Say what the card's way of asking misses or forbids, in its options and in its sections."""
    yield from _wrong_with_options(card)
    yield from _wrong_with_sections(card)


def _wrong_with_options(card: Card) -> Iterator[str]:
    if card.ask in WRITTEN:
        yield from wrong_with_written(card)
        return
    right = sum(option.is_right for option in card.options)
    wrong = len(card.options) - right
    if card.ask is Ask.SELF and card.options:
        yield "a self card has no options: put the answer below `### Answer`"
    if card.ask is Ask.CLOZE and right:
        yield "a cloze card's key is its ==gap==: write further answers as accept:, not as [x]"
    if card.ask in {Ask.CHOICE, Ask.MULTI, Ask.NUMBER, Ask.SHORT} and not right:
        yield "no key: mark the right option with [x]"
    if card.ask is Ask.CHOICE and right > 1:
        yield f"{right} keys: a choice card has exactly one [x] (or ask: multi)"
    if card.ask is Ask.CHOICE and not 2 <= wrong <= 4:
        yield f"{wrong} wrong options: a choice card has two to four"
    if card.ask is Ask.ORDER:
        yield from _wrong_with_orders(card, right)
    elif card.ask not in {Ask.CHOICE, Ask.SELF} and not wrong:
        yield "no wrong answer: write at least one `- [ ] text :: reason {misconception}`"


def _wrong_with_orders(card: Card, lines: int) -> Iterator[str]:
    if not 3 <= lines <= 7:
        yield f"{lines} lines: an order card has three to seven, as a numbered list in the right order"
    wanted = [str(number) for number in range(1, lines + 1)]
    for option in card.options:
        words = option.text.split()
        if not option.is_right and (sorted(words) != wanted or words == wanted):
            yield f"{quoted(option.text)} is no wrong order: name the lines by their numbers, like 2 1 3"


def _wrong_with_sections(card: Card) -> Iterator[str]:
    gaps = len(GAP.findall(card.prompt))
    if not card.prompt:
        yield "no question: write it below the head, after an empty line"
    if not card.why:
        yield "no explanation: add `### Why` and the rule"
    if card.ask is Ask.CLOZE and gaps != 1:
        yield f"{gaps} gaps: a cloze card hides exactly one ==text== in its prose or shown code"
    if card.ask is Ask.SELF and not card.answer:
        yield "no answer: a self card needs `### Answer`"
    if card.ask is not Ask.SELF and card.answer is not None:
        yield f"`### Answer` is for self cards, not for a {card.ask} card"
