"""Accepts cards that nothing can run: a second reader vouches for them, on a date."""

from pathlib import Path

from quizzes.cards import Card
from quizzes.truth.claims import Finding, ProofError, refuse_idle_fences


def prove(card: Card, folder: Path) -> Finding:  # noqa: ARG001 - every engine is called alike
    """Accept a card whose check is `source` when it names its sources and the day it was reviewed."""
    if len(card.check) != 1:
        raise ProofError(card.line, '"check: source" takes no arguments')
    if card.reviewed is None:
        raise ProofError(card.line, "nothing runs this card, so it needs a reviewed: date")
    if not card.sources:
        raise ProofError(card.line, "nothing runs this card, so it needs a source: line")
    refuse_idle_fences(card, "", frozenset())
    return Finding("", ())
