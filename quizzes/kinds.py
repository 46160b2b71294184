"""Kinds of learners for the simulator: who is fine and stays it, and who needs somebody, in the ways they do.

A kind says how somebody lives with the cards; a character is one of a kind, with an own clock and own pauses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from quizzes.simulating import SECONDS, Habit, Spell

STORY = date(2026, 7, 20)  # a Monday: from the first one like a learner's first day their luck is told
ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What somebody who looks after them would say of a learner."""

    STEADY = "steady"
    KEEN = "keen"
    SLOW = "slow and honest"
    WEEKEND = "weekend learner"
    CRAMMER = "crammer"
    DROP_OUT = "drop-out"
    COME_BACK = "come-back"
    STUCK = "stuck on joins"
    LATE = "late starter"
    NEVER = "never started"
    BEHIND = "behind plan"
    AWAY = "on holiday"


FINE = frozenset({Kind.STEADY, Kind.KEEN, Kind.SLOW, Kind.WEEKEND, Kind.LATE, Kind.AWAY})
HARD_FOR = MappingProxyType({Kind.STUCK: "sql.joins"})  # where topics begin so, nothing holds
HARD, HARDEST = 0.075, 0.04  # grip of cards of such topics, and of those that ask for what they believe wrongly
BELIEVED = 0.14  # grip of such a card for anybody else with that belief


@dataclass(frozen=True, slots=True)
class Character:
    """One of a kind: began `days` ago; `away` days were their pause, which ended `back` days ago (0: it goes on).

    `hours`: how often they begin in each hour of their clock, as weights. `weekday`: a crammer's evening, Monday 0.
    """

    kind: Kind
    days: int
    away: int = 0
    back: int = 0
    weekday: int = 2
    belief: str = ""
    zone: str = "UTC"
    hours: Mapping[int, float] | None = None

    def began(self, until: date) -> date:
        """The day they came."""
        return until - timedelta(days=self.days)

    def pause(self, until: date) -> Spell | None:
        """The days of their pause so far."""
        last = until - timedelta(days=max(1, self.back + (self.back > 0)))
        return Spell(last - timedelta(days=self.away - 1), last) if self.away else None

    def grip(self, topic: str, beliefs: frozenset[str]) -> float:
        """How well a card of this topic holds, whose wrong answers show these misconceptions."""
        hard = HARD_FOR.get(self.kind)
        if hard is not None and topic.startswith(hard):
            return HARDEST if self.belief in beliefs else HARD
        return BELIEVED if self.belief in beliefs else 1.0

    def told_from(self, until: date) -> date:
        """The first day of their story, for the luck: the same for all years, and on the right weekday."""
        return STORY + timedelta(days=(self.began(until) - STORY).days % 7)


_DAILY = Habit(
    weekdays=(0.92, 0.92, 0.9, 0.92, 0.85, 0.75, 0.8), strength=1.5, growth=0.05, unevenness=0.35, first_right=0.6
)
_PATIENT = MappingProxyType({ask: 1.9 * seconds for ask, seconds in SECONDS.items()})
_OFTEN = replace(_DAILY, weekdays=(0.85, 0.85, 0.8, 0.85, 0.7, 0.5, 0.6))
_HABITS = {
    Kind.STEADY: _DAILY,
    Kind.KEEN: replace(_DAILY, weekdays=(0.98,) * 7, minutes=45, strength=1.8, first_right=0.65),
    Kind.SLOW: replace(_DAILY, minutes=45, seconds=_PATIENT, honesty=1.0, changes=0.1, first_right=0.4),
    Kind.WEEKEND: replace(_DAILY, weekdays=(0, 0, 0, 0, 0.04, 0.98, 0.95), minutes=90, strength=2.2),
    Kind.CRAMMER: replace(_DAILY, weekdays=(0.0,) * 7, minutes=170, strength=0.7, first_right=0.4, honesty=0.1),
    Kind.DROP_OUT: _OFTEN,
    Kind.COME_BACK: replace(_OFTEN, weekdays=(0.93,) * 7, minutes=9, strength=1.2),
    Kind.STUCK: replace(_DAILY, minutes=40),
    Kind.LATE: replace(_DAILY, weekdays=(0.97,) * 7, new_per_day=5),
    Kind.NEVER: _DAILY,
    Kind.BEHIND: replace(_OFTEN, minutes=15),
    Kind.AWAY: _DAILY,
}
_LEARNT = {  # shares of all
    Kind.KEEN: 0.95,
    Kind.SLOW: 0.5,
    Kind.WEEKEND: 0.6,
    Kind.CRAMMER: 0.9,
    Kind.BEHIND: 0.3,
    Kind.COME_BACK: 0.6,
}
_USUALLY_LEARNT = 0.75
_PRESENT = {Kind.BEHIND: 0.3}  # the share of the time they planned that they studied
_USUALLY_PRESENT = 1.25


def habit(character: Character, until: date, cards: int) -> Habit:
    """How a character lives with so many `cards`, up to the day before `until`."""
    pause = character.pause(until)
    found = replace(
        _HABITS[character.kind],
        spells=() if pause is None else (pause,),
        belief=character.belief,
        blanks=0.1 if character.belief else 0.3,
        zone=character.zone,
        hours=character.hours or Habit().hours,
    )
    if character.kind is Kind.CRAMMER:
        week = tuple(1.0 if day == character.weekday else chance for day, chance in enumerate(found.weekdays))
        found = replace(found, weekdays=week)
    return found if character.kind is Kind.LATE else _paced(found, character, until, cards)


def _paced(found: Habit, character: Character, until: date, cards: int) -> Habit:
    """New cards of a day such that the kind's share of all is learnt at the end, and some days without any."""
    first = character.began(until)
    days = (first + number * ONE_DAY for number in range(character.days))
    expected = sum(found.weekdays[day.weekday()] * found.diligence(day) for day in days)
    pace = _LEARNT.get(character.kind, _USUALLY_LEARNT) * cards / max(1.0, expected)
    return replace(found, new_per_day=ceil(pace), eagerness=pace / ceil(pace))


def presence(kind: Kind) -> float:
    """The share of the time they planned that one of this kind studies, on average."""
    return _PRESENT.get(kind, _USUALLY_PRESENT)
