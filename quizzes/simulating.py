"""A learner who studies, forgets and comes back, made from a seed: to show the portal full, to measure forecasts.

What is due, what comes next and what an answer does are decided by the real rules (picking, ledger, sm2, grading);
only the person is invented. Each draw is named by what it is for (seed, purpose, card, version) and not by its turn,
so two habits with one seed meet the same luck: what differs between them comes from the habit.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2s
from statistics import NormalDist
from types import MappingProxyType
from zoneinfo import ZoneInfo

from quizzes.cards import Ask
from quizzes.grading import Verdict, propose
from quizzes.ledger import Event, Kind, Memory, Tally, amended, apply, is_scheduled, tally_of
from quizzes.picking import AGAIN_AFTER, Counts, Queue, next_queue
from quizzes.sm2 import Grade
from quizzes.writing import WRITTEN

SECONDS = MappingProxyType(
    {Ask.CHOICE: 13, Ask.MULTI: 19, Ask.NUMBER: 20, Ask.SHORT: 21, Ask.CLOZE: 19, Ask.SELF: 24, Ask.ORDER: 30}
    | dict.fromkeys(WRITTEN, 90)
)
HOURS = MappingProxyType({7: 4, 8: 3, 12: 2, 18: 2, 19: 4, 20: 6, 21: 5, 22: 2, 0: 1})
GUESSED_RIGHT = 0.2  # a choice among four, with one option seen through
DRILL_RIGHT = 0.88  # seen some minutes ago
AWAY = 0.006  # left the desk with a card open
LONGEST_AWAY_MS = 900_000
_BELL = NormalDist()


@dataclass(frozen=True, slots=True)
class SimCard:
    """A card to learn. The order of the sequence it stands in is the order in which new cards come.

    `since`: the day on which the learner made it; it comes from then on, before the new cards of others. `grip`: how
    well this learner takes it in beside other cards, 1 as well as any; it bears on the first answer and on every later
    one, but not on second tries of a day.
    """

    id: int
    ask: Ask = Ask.CHOICE
    level: int = 2
    since: date | None = None
    grip: float = 1.0


@dataclass(frozen=True, slots=True)
class Spell:
    """Days, `first` to `last` with both, that are unlike the others.

    The chance to study and the minutes are multiplied by `diligence`; 0 is a break. Where spells overlap, all count.
    """

    first: date
    last: date
    diligence: float = 0.0


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody learns.

    `weekdays`: the chance, 0 to 1, to study on each day, Monday first; `minutes`: a usual day's limit (a median), after
    which cards are left for tomorrow. `eagerness`: the chance to take new cards in on a day of study. `seconds`: the
    median time an answer of a level 2 card takes; `spread`: the sigma of its logarithm. `hours`: how often a session
    begins in each hour of the learner's clock, as weights.

    `strength`: how long a memory truly holds, in SM-2's intervals, on the first day; `growth` is added to it every 30
    days; `unevenness`: the sigma of the logarithm by which cards differ in that. `first_right`: the chance to know a
    new card of level 2. `honesty`: the chance to take a lucky guess down to "again". `changes`, `undoes`, `buries`,
    `suspends`: the chance, for each card, to change a grade, to take an answer back, to put a due card aside for the
    day or for longer. `blanks`: the chance to say "I don't know" where it is not known. `belief`: a misconception that
    their wrong answers show wherever a card lets them ("": none); whoever writes the answers down has to look.
    """

    weekdays: tuple[float, ...] = (0.85, 0.85, 0.8, 0.8, 0.6, 0.5, 0.65)
    minutes: float = 25
    new_per_day: int = 10
    eagerness: float = 1.0
    spells: tuple[Spell, ...] = ()
    seconds: Mapping[Ask, float] = field(default_factory=lambda: SECONDS)
    spread: float = 0.45
    hours: Mapping[int, float] = field(default_factory=lambda: HOURS)
    strength: float = 1.0
    growth: float = 0.0
    unevenness: float = 0.4
    first_right: float = 0.5
    honesty: float = 0.4
    changes: float = 0.03
    undoes: float = 0.008
    buries: float = 0.004
    suspends: float = 0.002
    blanks: float = 0.3
    belief: str = ""
    zone: str = "UTC"
    rollover_hour: int = 4

    def diligence(self, day: date) -> float:
        """What the spells around a day leave of its usual chance and minutes."""
        return math.prod(spell.diligence for spell in self.spells if spell.first <= day <= spell.last)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to one card: the ledger's event, and the memory before and after it.

    For an answer: `is_blank` means "I don't know", `slip` (0 to 1) stands for which of the wrong answers it was, and
    `proposed` is the grade the portal suggested (None for a self card). Regrades and undos follow as acts of their own.
    """

    card_id: int
    event: Event
    before: Memory
    after: Memory
    is_blank: bool = False
    slip: float = 0.0
    proposed: int | None = None

    @property
    def is_answer(self) -> bool:
        """Whether a card was answered."""
        return self.event.kind is Kind.ANSWER

    @property
    def is_drill(self) -> bool:
        """Whether it was an answer that leaves the schedule alone: a second try of the day."""
        return self.is_answer and not is_scheduled(self.before, self.event.day)


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """A learner's day: what was done, oldest first (nothing: a day off), what it adds up to, what was left undone.

    `due` are the cards due when the day began, `left` those of them (and of the day's repeats) still waiting at its
    end.
    """

    day: date
    acts: tuple[Act, ...]
    tally: Tally
    due: int
    left: int


def days(
    cards: Sequence[SimCard], habit: Habit, first: date, last: date, seed: int, told_from: date | None = None
) -> Iterator[SimulatedDay]:
    """Every day from `first` to `last`, with both, of a learner who has learnt nothing before.

    The same arguments give the same days on every machine. Grades and states are those the portal would have kept.
    `told_from`: the luck of days is drawn as if the first one were this (the same weekday), so that one story can be
    told of any year.
    """
    learner = _Learner(cards, habit, first, seed, (told_from or first) - first)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield learner.live(date.fromordinal(ordinal))


def holds(elapsed_days: float, stability_days: float) -> float:
    """The chance, 0 to 1, that an invented memory is still there: a power law, 0.9 when both are equal.

    On purpose not the curve of quizzes.recall: what the portal predicts is then really put to the test.
    """
    return 1 / (1 + max(0.0, elapsed_days) / (9 * stability_days))


@dataclass(frozen=True, slots=True)
class _Luck:
    seed: int
    shift: timedelta

    def draw(self, *names: object) -> float:
        named = tuple(name + self.shift if isinstance(name, date) else name for name in names)
        digest = blake2s(f"{self.seed} {named}".encode(), digest_size=7).digest()
        return ((int.from_bytes(digest, "big") >> 3) + 0.5) / 2**53

    def factor(self, sigma: float, *names: object) -> float:
        return math.exp(sigma * _BELL.inv_cdf(self.draw(*names)))

    def pick(self, weights: Mapping[int, float], *names: object) -> int:
        rest = self.draw(*names) * sum(weights.values())
        for value, weight in weights.items():
            rest -= weight
            if rest < 0:
                return value
        return next(reversed([*weights]))


class _Learner:
    def __init__(self, cards: Sequence[SimCard], habit: Habit, first: date, seed: int, shift: timedelta) -> None:
        self.cards = {card.id: card for card in cards}
        self.habit, self.first, self.luck = habit, first, _Luck(seed, shift)
        self.memories: dict[int, Memory] = {}
        self.events: dict[int, list[Event]] = {}

    def live(self, day: date) -> SimulatedDay:
        today = _Today(self, day)
        due = len(today.due)
        for start, minutes in self._sessions(day):
            today.study(start, minutes)
        return SimulatedDay(day, tuple(today.acts), today.tally, due, len(today.due) + len(today.again))

    def _sessions(self, day: date) -> list[tuple[datetime, float]]:
        """Start (UTC) and minutes of the day's sessions: none, one, now and then two."""
        diligence = self.habit.diligence(day)
        if self.luck.draw("studies", day) >= self.habit.weekdays[day.weekday()] * diligence:
            return []
        minutes = self.habit.minutes * min(1.0, diligence) * self.luck.factor(0.35, "minutes", day)
        is_twice = self.luck.draw("twice", day) < 0.2
        starts = sorted(self._start(day, turn) for turn in range(1 + is_twice))
        return [(start, minutes / len(starts)) for start in starts]

    def _start(self, day: date, turn: int) -> datetime:
        hour = self.luck.pick(self.habit.hours, "hour", day, turn)
        minute = int(60 * self.luck.draw("minute", day, turn))
        on = day if hour >= self.habit.rollover_hour else day + timedelta(days=1)
        return datetime.combine(on, time(hour, minute), ZoneInfo(self.habit.zone)).astimezone(UTC)

    def knows(self, card: SimCard, memory: Memory, day: date) -> bool:
        return self.luck.draw("knows", card.id, memory.version) < self._chance(card, memory, day)

    def _chance(self, card: SimCard, memory: Memory, day: date) -> float:
        if memory.is_new or memory.last_on is None:
            return card.grip * min(0.95, max(0.05, self.habit.first_right - 0.08 * (card.level - 2)))
        if not is_scheduled(memory, day):
            return DRILL_RIGHT
        grown = self.habit.strength + self.habit.growth * (day - self.first).days / 30
        own = self.luck.factor(self.habit.unevenness, "strength", card.id) * math.exp(-0.08 * (card.level - 2))
        return holds((day - memory.last_on).days, memory.schedule.interval_days * grown * own * card.grip)

    def ms(self, card: SimCard, memory: Memory, knows: bool) -> int:
        named = (card.id, memory.version)
        if self.luck.draw("away", *named) < AWAY:
            return 60_000 + int(self.luck.draw("away for", *named) * (LONGEST_AWAY_MS - 60_000))
        usual = self.habit.seconds[card.ask] * (0.8 + 0.1 * card.level) * (1.25 if memory.is_new else 1)
        usual *= (1 if knows else 1.35) * (0.94 ** min(memory.reviews, 8))
        return max(900, int(1_000 * usual * self.luck.factor(self.habit.spread, "ms", *named)))


class _Today:
    """A day while it is lived: three queues, kept as the portal's queries would find them, and the clock."""

    def __init__(self, learner: _Learner, day: date) -> None:
        self.learner, self.habit, self.luck, self.day = learner, learner.habit, learner.luck, day
        self.acts: list[Act] = []
        self.tally = Tally()
        waiting = [card_id for card_id, memory in learner.memories.items() if _is_due(memory, day)]
        self.due = deque(sorted(waiting, key=self._lateness))
        own = [card.id for card in learner.cards.values() if card.since is not None and card.since <= day]
        others = [card.id for card in learner.cards.values() if card.since is None]
        self.fresh = deque(card_id for card_id in (*own, *others) if self._is_fresh(card_id))
        self.again: deque[int] = deque()
        is_eager = self.luck.draw("eager", day) < self.habit.eagerness
        self.most_fresh = self.habit.new_per_day if is_eager else 0
        self.at = datetime.min.replace(tzinfo=UTC)
        over = datetime.combine(day + timedelta(days=1), time(self.habit.rollover_hour), ZoneInfo(self.habit.zone))
        self.over = over.astimezone(UTC) - timedelta(milliseconds=LONGEST_AWAY_MS + 60_000)

    def _lateness(self, card_id: int) -> tuple[float, int]:
        memory = self.learner.memories[card_id]
        assert memory.last_on is not None, "a due card was reviewed"
        return -(self.day - memory.last_on).days / memory.schedule.interval_days, card_id

    def _is_fresh(self, card_id: int) -> bool:
        memory = self.memory(card_id)
        return memory.is_new and not memory.is_suspended and memory.buried_on != self.day

    def memory(self, card_id: int) -> Memory:
        return self.learner.memories.get(card_id) or Memory()

    def study(self, start: datetime, minutes: float) -> None:
        """Answer until nothing waits or the time is over."""
        self.at = max(start, self.at + timedelta(minutes=10) if self.acts else start)
        ends = min(self.at + timedelta(minutes=minutes), self.over)
        self._resume()
        while self.at < ends and (card_id := self._next()) is not None:
            self._meet(self.learner.cards[card_id])

    def _next(self) -> int | None:
        fresh = min(len(self.fresh), max(0, self.most_fresh - self.tally.fresh))
        counts = Counts(len(self.due), fresh, len(self.again), self.tally.reviews, self.tally.fresh)
        since = self.memory(self.again[0]).again_at if self.again else None
        queue = next_queue(counts, since is not None and self.at - since >= AGAIN_AFTER)
        return (
            None if queue is None else {Queue.DUE: self.due, Queue.FRESH: self.fresh, Queue.AGAIN: self.again}[queue][0]
        )

    def _resume(self) -> None:
        for card_id in [card_id for card_id, memory in self.learner.memories.items() if memory.is_suspended]:
            if self.luck.draw("resumes", card_id, self.day) < 0.08:
                self._put(card_id, Kind.RESUME)

    def _meet(self, card: SimCard) -> None:
        memory = self.memory(card.id)
        luck = self.luck.draw("aside", card.id, memory.version)
        if card.id in self.due and luck < self.habit.buries + self.habit.suspends:
            return self._put(card.id, Kind.BURY if luck < self.habit.buries else Kind.SUSPEND)
        answer = self._answer(card, memory)
        self.at += timedelta(seconds=2 + 8 * self.luck.draw("feedback", card.id, memory.version))
        self._think_again(card, answer)
        return None

    def _put(self, card_id: int, kind: Kind) -> None:
        self.at += timedelta(seconds=4)
        before = self.memory(card_id)
        self._keep(Act(card_id, Event(before.version, kind, self.day, self.at), before, before))

    def _answer(self, card: SimCard, memory: Memory) -> tuple[Act, bool]:
        """The answer as it was kept, and whether it was a lucky guess."""
        named = (card.id, memory.version)
        knows = self.learner.knows(card, memory, self.day)
        is_lucky = not knows and card.ask is Ask.CHOICE and self.luck.draw("guess", *named) < GUESSED_RIGHT
        is_blank = not (knows or is_lucky) and self.luck.draw("blank", *named) < self.habit.blanks
        ms = self.learner.ms(card, memory, knows)
        self.at += timedelta(milliseconds=ms)
        proposed = None
        if card.ask is Ask.SELF:
            grade, is_right = self._felt(knows, *named), None
        else:
            is_right = knows or is_lucky
            grade = proposed = propose(Verdict(is_right, is_blank=is_blank), ms, card.ask, card.level)
        event = Event(memory.version, Kind.ANSWER, self.day, self.at, int(grade), None, ms, is_right)
        slip = self.luck.draw("slip", *named)
        is_blank = is_blank and proposed is not None
        return self._keep(Act(card.id, event, memory, memory, is_blank, slip, proposed)), is_lucky

    def _felt(self, knows: bool, *named: object) -> Grade:
        """The grade a learner gives a self card: mostly what it was, with a mood."""
        mood = self.luck.draw("mood", *named)
        if knows:
            return Grade.EASY if mood < 0.25 else Grade.GOOD if mood < 0.85 else Grade.HARD
        return Grade.AGAIN if mood < 0.75 else Grade.WRONG if mood < 0.9 else Grade.HARD

    def _think_again(self, card: SimCard, answered: tuple[Act, bool]) -> None:
        """Change the grade or take the answer back, now and then."""
        act, is_lucky = answered
        mind = self.luck.draw("mind", card.id, act.event.version)
        event = Event(act.after.version, Kind.UNDO, self.day, self.at, None, act.event.version)
        if mind < self.habit.undoes:
            self._keep(Act(card.id, event, act.after, act.after))
        elif (grade := self._other(act, is_lucky, mind)) is not None:
            self._keep(Act(card.id, event._replace(kind=Kind.REGRADE, grade=grade), act.after, act.after))

    def _other(self, act: Act, is_lucky: bool, mind: float) -> int | None:
        if act.proposed is None or act.event.grade is None:
            return None
        if is_lucky and self.luck.draw("honest", act.card_id, act.event.version) < self.habit.honesty:
            return int(Grade.AGAIN)
        if not act.event.is_right or mind >= self.habit.undoes + self.habit.changes:
            return None
        return act.event.grade - 1 if act.event.grade > Grade.HARD else int(Grade.GOOD)

    def _keep(self, act: Act) -> Act:
        """Play an act by the ledger's rules and put its card where it belongs now."""
        events, event = self.learner.events.setdefault(act.card_id, []), act.event
        if event.kind in (Kind.REGRADE, Kind.UNDO):
            after, changes = amended(events, event)
            self.tally += changes.get(self.day, Tally())
        else:
            after = apply(act.before, event)
            self.tally += tally_of(act.before, event) if event.kind is Kind.ANSWER else Tally()
        events.append(event)
        self.learner.memories[act.card_id] = after
        self._settle(act.card_id, after)
        kept = replace(act, after=after)
        self.acts.append(kept)
        return kept

    def _settle(self, card_id: int, memory: Memory) -> None:
        for queue in (self.due, self.fresh, self.again):
            if card_id in queue:
                queue.remove(card_id)
        if _is_due(memory, self.day):
            self.due = deque(sorted([*self.due, card_id], key=self._lateness))
        if self._is_fresh(card_id):
            self.fresh.appendleft(card_id)  # it was the first of them when it was answered
        if memory.again_on == self.day:
            self.again.append(card_id)


def _is_due(memory: Memory, day: date) -> bool:
    return memory.show_on is not None and memory.show_on <= day
