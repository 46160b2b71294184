"""What a card claims, and whether a computed answer bears it out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from quizzes.cards import GAP, Ask, Card, Fence, plain


class ProofError(ValueError):
    """The card cannot be run at all: `line` is the line in the deck file, the text says what is missing."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Finding:
    """What an engine computed for a card, and every complaint about it."""

    computed: str
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One answer the card calls right or wrong, as plain text (no backticks, white space folded)."""

    text: str
    is_right: bool
    misconception: str | None
    line: int


def complain(card: Card, line: int, text: str) -> str:
    """Put the place in front of a complaint: `sql-joins.md:41: card sql-join-left: ...`."""
    return f"{Path(card.path).name}:{line}: card {card.id}: {text}"


def claims(card: Card) -> list[Claim]:
    """Return the options as claims; a cloze card claims its gap's text as well, an order card whole orders."""
    if card.ask is Ask.ORDER:
        return _claimed_orders(card)
    own = [Claim(card.gap, True, None, card.line)] if card.gap else []
    return own + [Claim(plain(o.text), o.is_right, o.misconception, o.line) for o in card.options]


def _claimed_orders(card: Card) -> list[Claim]:
    """The order of the lines as one claim, "first, second, third", and each named wrong order as another."""
    lines = [plain(option.text) for option in card.options if option.is_right]
    made = [Claim(", ".join(lines), True, None, card.line)] if lines else []
    for option in card.options:
        if not option.is_right:
            named = ", ".join(lines[int(word) - 1] for word in option.text.split())
            made.append(Claim(named, False, option.misconception, option.line))
    return made


def claims_with_accepted(card: Card) -> list[Claim]:
    """Return the claims plus every further accepted answer, each of which must hold as well."""
    return claims(card) + [Claim(plain(text), True, None, card.line) for text in card.accept]


def code_of(card: Card, language: str, role: str, answer: str | None = None) -> list[Fence]:
    """Return the card's fences of one language and role.

    A cloze gap in them is filled with the answer, or with its own text when none is given.
    """
    fences = [fence for fence in card.fences if fence.language == language and fence.role == role]
    return fences if card.ask is not Ask.CLOZE else [_filled(fence, answer) for fence in fences]


def _filled(fence: Fence, answer: str | None) -> Fence:
    code = GAP.sub(lambda found: found[1] if answer is None else answer, fence.code)
    return replace(fence, code=code)


def refuse_idle_fences(card: Card, language: str, roles: frozenset[str]) -> None:
    """Raise ProofError when a fence that never reaches a learner would not be run either."""
    for fence in card.fences:
        if fence.role and (fence.language != language or fence.role not in roles):
            kind = f"{fence.language} {fence.role}".strip()
            raise ProofError(fence.line, f'"check: {" ".join(card.check)}" never runs this {kind} fence')


def stand_ins(card: Card, language: str, shown: list[Fence], hidden: list[Fence]) -> list[tuple[Fence, list[Fence]]]:
    """Return each wrong fence and the code with it in place of the shown code (or of the hidden, if none is shown)."""
    wrong = code_of(card, language, "wrong")
    return [(fence, [fence, *hidden] if shown else [fence]) for fence in wrong]


def same_text(text: str) -> str:
    """Compare texts as they are."""
    return text


def judge(
    card: Card,
    computed: str,
    wrong_runs: Sequence[tuple[Fence, str]],
    giver: str,
    norm: Callable[[str], str] = same_text,
) -> tuple[str, ...]:
    """Compare the card's claims with the computed key and with what its wrong fences gave.

    `giver` is who computed it, in words ("the query"); `norm` makes two spellings of one answer equal.
    """
    if card.ask is Ask.MULTI:
        return (complain(card, card.line, f'"check: {" ".join(card.check)}" proves one answer, not several'),)
    if card.ask is Ask.ORDER:
        computed, wrong_runs = _on_one_line(computed), [(fence, _on_one_line(text)) for fence, text in wrong_runs]
    trial = _Trial(card, claims(card), computed, giver, norm)
    return (
        *trial.judge_keys(),
        *trial.judge_accepted(),
        *(text for run in wrong_runs for text in trial.judge_wrong_run(*run)),
    )


def judge_each(card: Card, verdicts: Sequence[tuple[Claim, bool]], asked: str) -> Finding:
    """Compare claims with verdicts taken one by one; `asked` says what was asked of each, in words."""
    complaints = [] if any(claim.is_right for claim, _ in verdicts) else [_no_key(card)]
    for claim, holds in verdicts:
        if claim.is_right and not holds:
            complaints.append(complain(card, claim.line, f'"{claim.text}" is marked right but does not {asked}'))
        if holds and not claim.is_right:
            complaints.append(complain(card, claim.line, f'"{claim.text}" is marked wrong but does {asked}'))
    return Finding(" | ".join(claim.text for claim, holds in verdicts if holds), tuple(complaints))


@dataclass(frozen=True, slots=True)
class _Trial:
    """One card's claims beside what was computed for it."""

    card: Card
    made: list[Claim]
    computed: str
    giver: str
    norm: Callable[[str], str]

    def is_key(self, text: str) -> bool:
        return self.norm(text) == self.norm(_folded(self.computed))

    def is_key_spelt(self, text: str) -> bool:
        """A typed card may list further spellings of its key: 3.0 for 3, null for NULL."""
        try:
            return Decimal(text) == Decimal(self.computed)  # a float takes 2**53 + 1 for 2**53
        except InvalidOperation:
            return text.casefold() == _folded(self.computed).casefold()

    def is_spelling(self, text: str) -> bool:
        """Whether an accepted answer says the same: "12 s" and "12", "4,950" and "4950", "n log n" and "O(n log n)"."""
        if _number(self.computed) is not None:
            return _number(text) == _number(self.computed)
        bare, key = _bare(text), _bare(self.computed)
        return bool(bare) and (bare in key or key in bare)

    def judge_accepted(self) -> list[str]:
        told = 'accept: "{}" is no spelling of "{}", which {} gives'
        return [
            complain(self.card, self.card.line, told.format(text, self.computed, self.giver))
            for text in map(plain, self.card.accept)
            if not (self.is_key(text) or self.is_spelling(text))
        ]

    def judge_keys(self) -> list[str]:
        right = [claim for claim in self.made if claim.is_right]
        is_typed = self.card.ask in {Ask.NUMBER, Ask.SHORT} and any(self.is_key(claim.text) for claim in right)
        is_met = self.is_key_spelt if is_typed else self.is_key
        complaints = [] if right else [_no_key(self.card)]
        for claim in self.made:
            if claim.is_right and not is_met(claim.text):
                told = f'option "{claim.text}" is marked right but {self.giver} gives "{self.computed}"'
                complaints.append(complain(self.card, claim.line, told))
            if not claim.is_right and self.is_key(claim.text):
                told = f'option "{claim.text}" is marked wrong but is what {self.giver} gives'
                complaints.append(complain(self.card, claim.line, told))
        return complaints

    def judge_wrong_run(self, fence: Fence, text: str) -> list[str]:
        name = fence.misconception
        wanted = [claim.text for claim in self.made if claim.misconception == name]
        if not wanted:
            told = f"no option carries {{{name}}}, the misconception of this wrong fence"
        elif self.is_key(_folded(text)):
            told = f'the wrong fence {name} gives the right answer, "{text}"'
        elif self.norm(_folded(text)) not in map(self.norm, wanted):
            options = " or ".join(f'"{option}"' for option in wanted)
            told = f'the wrong fence {name} gives "{text}" but its option says {options}'
        else:
            return []
        return [complain(self.card, fence.line, told)]


def _on_one_line(text: str) -> str:
    """An order as claims write it, where a program prints one item a line."""
    return ", ".join(map(_folded, text.splitlines()))


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _number(text: str) -> float | None:
    """The number a text begins with, thousands set apart or not; None when it begins with none."""
    found = re.match(r"[-+]?[0-9][0-9,_ ]*(?:\.[0-9]+)?", text.strip())
    return float(re.sub("[,_ ]", "", found[0])) if found else None


def _folded(text: str) -> str:
    return " ".join(text.split())


def _no_key(card: Card) -> str:
    return complain(card, card.line, "no option is marked right")
