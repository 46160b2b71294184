"""Keeps the ids of cards for ever: schedules hang on them, so none may vanish or change unseen."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2s

from quizzes.cards import Ask, Card, Deck
from quizzes.findings import Finding
from quizzes.writing import LINES, WRITTEN

LOCK = "ids.lock"


@dataclass(frozen=True, slots=True)
class _Locked:
    rev: int
    digest: str
    line: int


def digest(card: Card) -> str:
    """Return 16 hex digits over what a learner sees: way of asking, question, options, keys, answers.

    The order of options does not count, for they are shuffled, unless it is what is asked; reasons, sources and
    the explanation do not count either, for they come after the answer. The datasets of a written card count
    by their names.
    """
    options = [(option.text, option.is_right) for option in card.options]
    if card.ask is not Ask.ORDER:
        options.sort()
    seen: list[object] = [card.ask, card.prompt, options, card.answer, sorted(card.accept)]
    if card.vary:
        seen.append(card.vary)
    if card.ask in WRITTEN:
        lines = [[fence.role, fence.code] for fence in card.fences if fence.role in {"answer", *LINES}]
        seen += [card.check[1:], sorted(lines)]
    return blake2s(json.dumps(seen, ensure_ascii=False).encode(), digest_size=8).hexdigest()


def write(decks: Sequence[Deck], lock_text: str = "") -> str:
    """Return the text of ids.lock, one line `id rev digest` a card, sorted by id.

    Ids of the old `lock_text` that no deck holds any more stay in it: an id that vanished is reported until
    its card comes back with `retired:`.
    """
    lines = {id_: f"{id_} {old.rev} {old.digest}" for id_, old in _read(lock_text)[0].items()}
    lines |= {card.id: f"{card.id} {card.rev} {digest(card)}" for deck in decks for card in deck.cards}
    return "".join(f"{lines[id_]}\n" for id_ in sorted(lines))


def compare(decks: Sequence[Deck], lock_text: str) -> list[Finding]:
    """Return what must not happen to ids: vanished, changed without a higher `rev:`, not in the lock yet.

    A typo fix that shall not bring the card up again keeps its `rev:` and writes the lock anew.
    """
    locked, findings = _read(lock_text)
    cards = {card.id: card for deck in decks for card in deck.cards}
    for id_, old in locked.items():
        if id_ not in cards:
            reason = "this id vanished: bring the card back, with `retired:` when it is not to be asked"
            findings.append(Finding(LOCK, old.line, id_, reason))
    for card in cards.values():
        findings += [Finding(card.path, card.line, card.id, reason) for reason in _drift(card, locked)]
    return findings


def _drift(card: Card, locked: dict[str, _Locked]) -> Iterator[str]:
    old = locked.get(card.id)
    if old is None:
        yield f"this id is not in {LOCK}: write the lock anew"
    elif card.rev < old.rev:
        yield f"rev: {card.rev} is lower than {old.rev} in {LOCK}"
    elif card.rev == old.rev and digest(card) != old.digest:
        yield f"what a learner sees changed: raise rev: to {old.rev + 1}; for a typo, write the lock anew"
    elif card.rev > old.rev:
        yield f"rev: {card.rev} is not in {LOCK} yet: write the lock anew"


def _read(lock_text: str) -> tuple[dict[str, _Locked], list[Finding]]:
    locked: dict[str, _Locked] = {}
    findings: list[Finding] = []
    for number, line in enumerate(lock_text.split("\n"), 1):
        words = line.split()
        if len(words) == 3 and words[1].isascii() and words[1].isdigit() and len(words[1]) < 6:
            locked[words[0]] = _Locked(int(words[1]), words[2], number)
        elif words:
            findings.append(Finding(LOCK, number, "", "a line is `id rev digest`; write the lock anew"))
    return locked, findings
