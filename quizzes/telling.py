"""A card as plain text: the question as a learner meets it, and behind it key, reasons and explanation."""

from collections.abc import Iterator
from string import ascii_lowercase

from quizzes.cards import GAP, Ask, Card
from quizzes.sheets import Sheet, SheetOption, make_sheet, shuffled
from quizzes.varying import variants
from quizzes.writing import WRITTEN


def shown_card(card: Card, seed: int) -> Card:
    """The variant that this seed shows."""
    found = variants(card)
    return found[seed % len(found)]


def question(card: Card, seed: int) -> str:
    """What a learner sees before the answer: nothing of it tells the key. `card` is one variant."""
    sheet = make_sheet(card)
    prompt = GAP.sub("____", card.prompt) if card.ask is Ask.CLOZE else card.prompt
    lettered = [f"  {letter}) {option.text}" for letter, option in _lettered(sheet, seed)]
    told = {Ask.MULTI: ["Pick every right answer:"], Ask.ORDER: ["Put into order:"]}.get(card.ask, [])
    return "\n".join([prompt, *([""] if lettered else []), *told, *lettered])


def answer(card: Card, seed: int) -> str:
    """The key, with the letters of `question`; what is said of wrong answers; the explanation and its sources."""
    return "\n".join([*_key(card, seed), *_wrong(card, seed), "", card.why, "", *_sources(card)])


def _lettered(sheet: Sheet, seed: int) -> list[tuple[str, SheetOption]]:
    return [*zip(ascii_lowercase, shuffled(sheet, seed), strict=False)]


def _key(card: Card, seed: int) -> Iterator[str]:
    sheet = make_sheet(card)
    letters = {option.key: f"{letter}) " for letter, option in _lettered(sheet, seed)}
    joint = ", then " if card.ask is Ask.ORDER else " and " if card.ask is Ask.MULTI else " or "
    right = [f"{letters.get(option.key, '')}{option.text}" for option in sheet.options if option.is_right]
    yield f"Key: {joint.join([*right, *sheet.accept]) or card.answer}"


def _wrong(card: Card, seed: int) -> Iterator[str]:
    letters = {option.text: f"{letter}) " for letter, option in _lettered(make_sheet(card), seed)}
    for source, text in zip(card.options, _own(card), strict=True):
        if source.reason:
            named = f" {{{source.misconception}}}" if source.misconception else ""
            yield f"  {letters.get(text, '')}{text}: {source.reason}{named}"


def _own(card: Card) -> list[str]:
    """The options as the author listed them: without the key of a cloze card, which is its gap."""
    if card.ask in WRITTEN:  # their sheets hold what was written; the author named what is wrong with it
        return [option.text for option in card.options]
    options = make_sheet(card).options
    return [option.text for option in (options[1:] if card.ask is Ask.CLOZE else options)]


def _sources(card: Card) -> list[str]:
    return [f"{source.title} <{source.url}>" for source in card.sources]
