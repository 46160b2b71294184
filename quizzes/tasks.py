"""Tasks that a mentor sets: whom they are asked of, what of them is done by evidence, and how late that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

ROOM = 7  # days that somebody who begins later has at least


class State(StrEnum):
    """Where a learner is with a task."""

    OPEN = "open"
    LATE = "late"
    DONE = "done"
    EXCUSED = "excused"


class Seen(NamedTuple):
    """A learner's card: the day of its latest scheduled answer, and the day it is due (None: never learnt)."""

    last_on: date | None = None
    due_on: date | None = None


class Asked(NamedTuple):
    """A scheduled answer: its day, and the day for which the card was due before it (None: it was new)."""

    day: date
    due_on: date | None = None


NEVER = Seen()


def is_asked(begins_on: date, set_on: date, due_on: date) -> bool:
    """Whether a task for everybody is asked of somebody who belongs to the cohort from `begins_on` on.

    Who comes after it was set is asked only if a week is left for it.
    """
    return begins_on <= set_on or (due_on - begins_on).days >= ROOM


def is_met(card: Seen, set_on: date, due_on: date) -> bool:
    """Whether a card of a task needs nothing more: answered since it was set, or known beyond the day it is due.

    A card that was learnt before and comes after `due_on` cannot be asked sooner: its schedule says it is known.
    """
    if card.last_on is None or card.due_on is None:
        return False
    return card.last_on >= set_on or card.due_on > due_on


def first_on(answers: Iterable[Asked], set_on: date, due_on: date) -> date | None:
    """The day of the first answer since the task was set, the oldest first; None where the card needed none.

    Who knew it beyond the day the task is due was done when it was set: answering it later makes nothing late.
    """
    first = next((one for one in answers if one.day >= set_on), None)
    return None if first is None or (first.due_on is not None and first.due_on > due_on) else first.day


def done_on(answered: Iterable[date], known: int, set_on: date) -> date:
    """The day on which the last card was met: `answered` holds the first day of each that was, `known` the others."""
    return max([*answered, *([set_on] if known else [])], default=set_on)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a learner is with a task on their day `today`.

    `met` of `whole` things are done (1 of 1 for a reading that was read); `done_on` the day the last one was, as far as
    it was asked for. `excuse`: why nothing is asked of them.
    """

    today: date
    due_on: date
    met: int
    whole: int
    done_on: date | None = None
    excuse: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.met == self.whole

    @property
    def state(self) -> State:
        """Done counts more than excused, for it was done."""
        if self.is_done:
            return State.DONE
        if self.excuse is not None:
            return State.EXCUSED
        return State.LATE if self.today > self.due_on else State.OPEN

    @property
    def late_days(self) -> int:
        """How many days late it was done, or is by now; 0 for in time."""
        until = self.done_on if self.is_done else self.today
        return 0 if until is None else max(0, (until - self.due_on).days)
