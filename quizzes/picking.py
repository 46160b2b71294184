"""Which of today's cards comes next."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

AGAIN_AFTER = timedelta(minutes=3)  # long enough to have left the mind, short enough for the same session


class Queue(StrEnum):
    """The three queues of a day: cards to repeat in this session, due cards, new cards."""

    AGAIN = "again"
    DUE = "due"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Counts:
    """A day as it stands: what waits (`fresh` only as far as today's limit goes) and what is done."""

    due: int
    fresh: int
    again: int
    reviews_done: int
    fresh_done: int


def next_queue(counts: Counts, again_is_ready: bool) -> Queue | None:
    """The queue the next card comes from; None when the day is done.

    A repeat that has waited AGAIN_AFTER goes first (`again_is_ready`). Then due and new cards, the new ones
    spread evenly through the day's reviews. What is left to repeat comes at the end even before its time.
    """
    if counts.again and again_is_ready:
        return Queue.AGAIN
    if counts.due and not (counts.fresh and _is_turn_of_fresh(counts)):
        return Queue.DUE
    if counts.fresh:
        return Queue.FRESH
    return Queue.AGAIN if counts.again else None


def _is_turn_of_fresh(counts: Counts) -> bool:
    # Card k of n stands at (2k + 1) / 2n of the day: the middle of its share, so neither kind crowds an end.
    fresh, reviews = counts.fresh_done + counts.fresh, counts.reviews_done + counts.due
    return (2 * counts.fresh_done + 1) * reviews < (2 * counts.reviews_done + 1) * fresh
