"""A draft read by the rules for cards, and drawn as its learners will see it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from portal.config import ROOT
from portal.decks.models import CohortCard
from portal.markup import washed
from portal.roadmap import content
from quizzes.cards import Card
from quizzes.drafts import FIELDS, Draft, Said, read_draft
from quizzes.misconceptions import Misconception, read_misconceptions
from quizzes.sheets import Sheet, make_sheet

UNSAVED = "class-0"


@cache  # the files belong to the package and cannot change while it runs
def misconceptions() -> Mapping[str, Misconception]:
    """Every misconception that is declared beside the roadmap's decks, by its id. Raises DeckError."""
    return read_misconceptions(ROOT / "quizzes" / "decks")


def beliefs_of(topic: str) -> list[Misconception]:
    """The misconceptions that a lesson on this topic cures: what a wrong answer to its cards can name."""
    return [one for one in misconceptions().values() if one.topic == topic]


def draft_of(card: CohortCard) -> Draft:
    """The text of a card as it was saved last."""
    return Draft(**{name: getattr(card, name) for name in FIELDS})


def read(slug: str, draft: Draft) -> tuple[Card | None, tuple[Said, ...]]:
    """The card of a draft (None where nothing can be shown of it), and what stands against publishing it."""
    return read_draft(slug, draft, misconceptions(), set(content.topic_ids()))


def sheet_of(card: Card, rev: int = 1) -> Sheet:
    """A card as it is served. People wrote it, so its HTML is washed after it was made."""
    made = make_sheet(card)
    options = tuple(replace(one, html=washed(one.html), reason=washed(one.reason)) for one in made.options)
    prompt, answer, why = washed(made.prompt), washed(made.answer), washed(made.why)
    return replace(made, rev=rev, options=options, prompt=prompt, answer=answer, why=why)
