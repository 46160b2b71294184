"""A project that was handed in, as events: state == replay(events)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class State(StrEnum):
    """Where a hand-in stands."""

    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    SENT_BACK = "sent back"
    ACCEPTED = "accepted"


class Event(StrEnum):
    """What can happen to a hand-in."""

    HAND_IN = "hand in"
    WITHDRAW = "withdraw"
    SEND_BACK = "send back"
    ACCEPT = "accept"
    TAKE_BACK = "take back"  # an acceptance


_NEXT: dict[tuple[State | None, Event], State] = {
    (None, Event.HAND_IN): State.WAITING,
    (State.WAITING, Event.WITHDRAW): State.WITHDRAWN,
    (State.WAITING, Event.SEND_BACK): State.SENT_BACK,
    (State.WAITING, Event.ACCEPT): State.ACCEPTED,
    (State.ACCEPTED, Event.TAKE_BACK): State.SENT_BACK,
}


class NotNow(ValueError):
    """This cannot happen to a hand-in in its state."""


def replay(events: Iterable[Event]) -> State:
    """The state after these events, the first one first. Raises NotNow where one cannot follow."""
    state = None
    for event in events:
        if (state, event) not in _NEXT:
            raise NotNow(f"{event} cannot follow: {state}")
        state = _NEXT[state, event]
    if state is None:
        raise NotNow("nothing was handed in")
    return state


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion as it was worded, whether the project shows it, and a line about it (may be "")."""

    criterion: str
    shows: bool
    line: str


def criterion_id(criterion: str) -> str:
    """A short name for a criterion that changes with its words: nobody judges what they did not read."""
    return sha256(criterion.encode()).hexdigest()[:8]


def all_shown(judged: Iterable[Judged]) -> bool:
    """Whether every criterion is shown."""
    return all(one.shows for one in judged)


def write_judged(judged: Sequence[Judged]) -> str:
    """Judgements as text to be kept."""
    return json.dumps([[one.criterion, one.shows, one.line] for one in judged], ensure_ascii=False)


def read_judged(text: str) -> tuple[Judged, ...]:
    """What write_judged wrote."""
    return tuple(Judged(*one) for one in json.loads(text))
