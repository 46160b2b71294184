"""Cards made wrong on purpose: each key taken from the right answer, each belief put behind another's program."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

from quizzes.cards import GAP, Ask, Card, Option

NOBODYS_ANSWER = "certainly not this"


def flips(card: Card) -> Iterator[tuple[str, Card]]:
    """Every way to make a card lie, with its name: another key, an accepted answer that is none, beliefs exchanged."""
    yield from _other_keys(card)
    for place in range(len(card.accept)):
        accept = (*card.accept[:place], NOBODYS_ANSWER, *card.accept[place + 1 :])
        yield f"accepts {NOBODYS_ANSWER!r}", replace(card, accept=accept)
    yield from _exchanged_beliefs(card)


def _other_keys(card: Card) -> Iterator[tuple[str, Card]]:
    options = card.options
    if card.ask is Ask.ORDER:
        lines = [option for option in options if option.is_right]
        for above, below in pairwise(lines):
            turned = tuple({id(above): below, id(below): above}.get(id(one), one) for one in options)
            yield f'"{below.text}" before "{above.text}"', replace(card, options=turned)
        return
    if card.ask is Ask.CHOICE:
        for wrong in (option for option in options if not option.is_right):
            turned = tuple(replace(one, is_right=one is wrong) for one in options)
            yield f'key "{wrong.text}"', replace(card, options=turned)
        return
    for option in options:
        if card.ask is Ask.CLOZE:
            yield f'gap "{option.text}"', _gapped(card, option)
        else:
            turned = tuple(replace(one, is_right=one.is_right != (one is option)) for one in options)
            yield f'flipped "{option.text}"', replace(card, options=turned)


def _gapped(card: Card, key: Option) -> Card:
    """The card with a wrong answer in its gap; what it hid is called wrong."""

    def fill(text: str) -> str:
        return GAP.sub(lambda _: f"=={key.text}==", text)

    fences = tuple(replace(fence, code=fill(fence.code)) for fence in card.fences)
    hid = replace(key, text=card.gap or "")
    options = tuple(hid if option is key else option for option in card.options)
    return replace(card, prompt=fill(card.prompt), fences=fences, options=options)


def _exchanged_beliefs(card: Card) -> Iterator[tuple[str, Card]]:
    """Each wrong fence under each other belief of the card; an exchange is two such fences at once."""
    wrong = [fence for fence in card.fences if fence.role == "wrong"]
    texts: dict[str | None, set[str]] = {}
    for option in card.options:
        texts.setdefault(option.misconception, set()).add(option.text)
    for one, other in combinations(wrong, 2):
        if texts.get(one.misconception) == texts.get(other.misconception):
            continue  # two programs for one belief
        names = {one.line: other.misconception, other.line: one.misconception}
        fences = tuple(replace(f, misconception=names.get(f.line, f.misconception)) for f in card.fences)
        yield f"{one.misconception} and {other.misconception} exchanged", replace(card, fences=fences)
    for fence in wrong:
        for name in texts.keys() - {None, fence.misconception, *(other.misconception for other in wrong)}:
            turned = replace(fence, misconception=name)
            fences = tuple(turned if one is fence else one for one in card.fences)
            yield f"{fence.misconception} called {name}", replace(card, fences=fences)
