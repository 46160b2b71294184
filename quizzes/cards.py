"""What a card, an option and a deck are: plain values that every other part of the engine reads."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
GAP = re.compile(r"(?<!=)==(?=[^\s=])([^\n]*?[^\s=])==(?!=)")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def plain(text: str) -> str:
    """Return option text as a learner would type it: code ticks gone, white space folded."""
    return " ".join(_CODE_SPAN.sub(lambda span: span[2].strip(), text).split())


class Ask(StrEnum):
    """How a card is asked."""

    CHOICE = "choice"
    MULTI = "multi"
    NUMBER = "number"
    SHORT = "short"
    CLOZE = "cloze"
    ORDER = "order"
    WRITE_SQL = "write-sql"
    WRITE_REGEX = "write-regex"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Source:
    """A primary source of a card: its title and its https address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """The card that sets two things against each other which a wrong answer mixed up.

    `pair` names both ("401 against 403"), `card` is the id; `on` are the misconceptions it is for, () for every miss.
    """

    pair: str
    card: str
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One `- [x]` or `- [ ]` item of a card: an option to pick, or a typed answer that is recognised.

    The numbered lines of an order card are its right options, in their order; its wrong ones name orders ("2 1 3").

    `text` is inline Markdown as written; `line` is the line of the item in the deck file.
    """

    text: str
    is_right: bool
    reason: str | None
    misconception: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Fence:
    """One code fence of a card.

    `role` is "" (shown to the learner), "setup", "hidden", "answer", "match" or "reject" (these two perhaps with
    " hidden" behind) or "wrong"; a "wrong" fence names its `misconception`. `line` is the line of the opening fence;
    `code` ends with a newline unless it is empty.
    The ==gap== of a cloze card stands in `code` as written.
    """

    language: str
    role: str
    code: str
    line: int
    misconception: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One card as its author wrote it.

    `check` is the engine and its arguments, `("sql", "library", "value")`. `prompt` is the Markdown a learner
    sees, with the shown fences and without the others. `answer` is the Markdown of "### Answer" (self cards).
    `vary` are names with the values they take in turn; {{formulas}} of them stand in the texts (quizzes.varying).
    """

    id: str
    deck: str
    ask: Ask
    check: tuple[str, ...]
    topic: str
    bloom: str
    level: int
    sources: tuple[Source, ...]
    needs: tuple[str, ...]
    since: date
    rev: int
    hint: str
    tags: tuple[str, ...]
    reviewed: date | None
    is_retired: bool
    prompt: str
    fences: tuple[Fence, ...]
    options: tuple[Option, ...]
    answer: str | None
    why: str
    accept: tuple[str, ...]
    input: str | None
    sizes: tuple[int, ...]
    line: int
    path: str
    replaces: str | None = None
    vary: tuple[tuple[str, tuple[str, ...]], ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    @property
    def gap(self) -> str | None:
        """The hidden text of a cloze card, code ticks gone; None for every other card."""
        found = GAP.search(self.prompt) if self.ask is Ask.CLOZE else None
        return plain(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Deck:
    """One deck file: its cards in the order of the file, retired ones among them."""

    id: str
    title: str
    step: int
    cards: tuple[Card, ...]
    path: str
