"""What a learner can claim, worked out from evidence: one claim a deck, grouped by step.

A claim stands on pieces of evidence, each with its own words and its own page. Predicted recall is the first kind;
checked projects become another by adding theirs to `evidence`, under the same claim or under one of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.quizzes import words
from portal.quizzes.catalogue import TopicRecall

LEAST_STARTED = 5  # cards of a deck before anything is claimed of it
OF_CARDS = "cards."


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a claim rests on: `kind` of it, what it says, and (deck id) where its owner can look at it."""

    kind: str
    text: str
    deck_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a learner knows. `name` stays the same for ever: choices hang on it."""

    name: str
    title: str
    step: int
    recall: float
    evidence: tuple[Evidence, ...]
    topics: tuple[tuple[str, int], ...]


def claims(decks: Iterable[tuple[str, str, int]], topics: Mapping[str, TopicRecall]) -> list[Claim]:
    """The claims of (deck id, title, step) that have cards enough to speak of, in roadmap order."""
    found = []
    for deck_id, title, step in decks:
        mine = [one for one in topics.values() if one.deck_id == deck_id and one.started]
        if sum(one.started for one in mine) >= LEAST_STARTED:
            found.append(_claim(deck_id, title, step, mine))
    return found


def _claim(deck_id: str, title: str, step: int, topics: Sequence[TopicRecall]) -> Claim:
    started, reviews = sum(one.started for one in topics), sum(one.reviews for one in topics)
    share = sum(one.recall * one.cards for one in topics) / started
    since = min(one.since for one in topics if one.since is not None)
    text = f"predicted recall {percent(share)}% over {words.cards(started)}, {_reviews(reviews)} since {_month(since)}"
    known = tuple((one.title, percent(one.recall * one.cards / one.started)) for one in topics)
    return Claim(OF_CARDS + deck_id, title, step, share, (Evidence("recall", text, deck_id),), known)


def percent(share: float) -> int:
    """Whole percent, never rounded up: nobody claims more than there is."""
    return int(100 * share + 1e-9)


def _reviews(count: int) -> str:
    return f"{count:,} review{'' if count == 1 else 's'}"


def _month(day: date) -> str:
    return f"{day:%B %Y}"


def by_step(found: Iterable[Claim]) -> list[tuple[int, list[Claim]]]:
    """Claims grouped by their step, in roadmap order."""
    steps: dict[int, list[Claim]] = {}
    for claim in found:
        steps.setdefault(claim.step, []).append(claim)
    return sorted(steps.items())
