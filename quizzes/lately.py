"""One card of one learner in the last days: what its reviews were worth, and what its memory was before them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from quizzes.ledger import Event, Memory, effective, is_scheduled
from quizzes.sm2 import Grade

SLIPS = 2  # misses: a single one is what happens to everybody
SLIPS_IN = 5  # tries: twice as often as the schedule aims at, which is one in ten (quizzes.recall)


@dataclass(frozen=True, slots=True)
class Lately:
    """`was`: the memory after the last answer up to that day. `tries`: scheduled reviews since then, first answers and
    drills left out; `misses`: those that failed. `asked`: the scheduled answers of the days after `asked_after`, first
    ones included and drills left out: a card that was just seen says nothing about what somebody believes.
    """

    was: Memory
    tries: int
    misses: int
    asked: tuple[Event, ...]


def lately(events: Sequence[Event], after: date, asked_after: date) -> Lately:
    """What a whole chain says of the days after `after`, and of those after `asked_after`. Raises as ledger.replay."""
    was, tries, misses, asked = Memory(), 0, 0, []
    for event, before, then in effective(events):
        if event.day > asked_after and is_scheduled(before, event.day):
            asked.append(event)
        if event.day <= after:
            was = then
        elif not before.is_new and is_scheduled(before, event.day):
            tries += 1
            misses += (event.grade or 0) < Grade.HARD
    return Lately(was, tries, misses, tuple(asked))


def is_slipping(tries: int, misses: int) -> bool:
    """Whether so many misses of the last days deserve a mark, however high recall stands after they were relearnt."""
    return misses >= SLIPS and SLIPS_IN * misses >= tries
