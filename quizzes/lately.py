"""One card of one learner in the last days: what its reviews were worth, and what its memory was before them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from quizzes.ledger import Event, Memory, effective, is_scheduled
from quizzes.sm2 import Grade


@dataclass(frozen=True, slots=True)
class Lately:
    """`was`: the memory after the last answer up to that day. `tries`: scheduled reviews since then, first answers and
    drills left out; `misses`: those that failed. `last` is the latest answer that counts, None without one.
    """

    was: Memory
    tries: int
    misses: int
    last: Event | None


def lately(events: Sequence[Event], after: date) -> Lately:
    """What a whole chain says of the days after `after`. Raises as ledger.replay."""
    was, tries, misses, last = Memory(), 0, 0, None
    for event, before, then in effective(events):
        last = event
        if event.day <= after:
            was = then
        elif not before.is_new and is_scheduled(before, event.day):
            tries += 1
            misses += (event.grade or 0) < Grade.HARD
    return Lately(was, tries, misses, last)
