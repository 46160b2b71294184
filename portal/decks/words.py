"""How far a card is, and what happened to it, in words."""

import re

from portal.decks.models import CohortCard, State, What
from quizzes.cards import GAP, Ask
from quizzes.drafts import Draft

_STATES = {
    State.DRAFT.value: "draft",
    State.WAITING.value: "waits for its source check",
    State.BACK.value: "sent back",
    State.CHECKED.value: "checked, not published yet",
    State.PUBLISHED.value: "published",
}
_DONE = {
    What.WRITTEN.value: "wrote it",
    What.IMPORTED.value: "imported it from a file",
    What.CHANGED.value: "changed it",
    What.ASKED.value: "asked for the source check",
    What.ANSWERED.value: "answered it without seeing the key",
    What.BACK.value: "sent it back",
    What.CHECKED.value: "read the source and confirmed it",
    What.PUBLISHED.value: "published it",
    What.WITHDRAWN.value: "withdrew it",
    What.RESTORED.value: "brought it back",
}
_LOOKS = {State.BACK.value: "bad", State.CHECKED.value: "good", State.PUBLISHED.value: "good"}


_FENCE = re.compile(r"^(```|~~~).*?(?:^\1[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)
OPENING = 70  # characters


def opening(card: CohortCard | Draft) -> str:
    """How a card begins, without what it hides: its name in lists, where drawing each would take too long."""
    asked = GAP.sub("…", card.question) if card.ask == Ask.CLOZE else card.question
    prose = _FENCE.sub(" ", asked)
    text = " ".join(re.sub("[*`]", "", prose if prose.strip() else asked).split())
    if not text:
        return "A card without a question"
    return text if len(text) <= OPENING else f"{text[:OPENING].rsplit(' ', 1)[0]} …"


def state(card: CohortCard) -> str:
    """How far a card is: what was saved last, and what of it learners see."""
    words = _STATES[card.state]
    if card.withdrawn_at is not None:
        return "withdrawn" if card.state == State.PUBLISHED else f"withdrawn; the new text: {words}"
    if card.card_id is not None and card.state != State.PUBLISHED:
        return f"published; the new text: {words}"
    return words


def look(card: CohortCard) -> str:
    """The class that colours these words, "" for none."""
    return "" if card.withdrawn_at is not None else _LOOKS.get(card.state, "")


def state_count(name: str, count: int) -> str:
    """ "2 drafts", "3 wait for their check"."""
    one, more = {
        State.DRAFT.value: ("draft", "drafts"),
        State.WAITING.value: ("waits for its check", "wait for their check"),
        State.BACK.value: ("sent back", "sent back"),
        State.CHECKED.value: ("checked", "checked"),
        State.PUBLISHED.value: ("published", "published"),
    }[name]
    return f"{count} {one if count == 1 else more}"


def done(what: str) -> str:
    """What somebody did, behind their name."""
    return _DONE[what]
