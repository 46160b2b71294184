"""How many cards and minutes the next days will bring: what a choice costs, told before it is made.

Everything is an expected value, without chance: a card is a mass of 1 that parts at each review into what passed and
what lapsed, and goes on by SM-2. Masses in one state are added, so a thousand cards and ninety days are quick.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizzes.recall import recall
from quizzes.sm2 import CAP_DAYS, EASE_FLOOR, Grade, Schedule, review

ALWAYS = (1.0,) * 7
LIGHTEST = 0.002  # of a card: what is rarer is left out
YOUNG = 6  # days; SM-2's second interval
PRIOR = 20
_NEW = Schedule()
_STEPS = {int(grade): review(_NEW, grade).ease - _NEW.ease for grade in Grade}


@dataclass(frozen=True, slots=True)
class Try:
    """What became of a card on one day: the first grade it got, and the seconds of all its answers of that day.

    `interval_days` is the interval it came with (0: it was new), `elapsed` how many days it had really waited.
    """

    interval_days: int
    elapsed: int
    grade: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How a learner works, measured over `tries`; the values here stand for somebody unknown.

    `fresh_seconds`, `young_seconds` and `old_seconds`: what a new card, one that comes after at most YOUNG days and
    any other takes on its day, repeats included. `lapse`: the share of cards that did not come back on the day they
    were due, `fresh_wrong` that of new ones. `ease_step`: what a pass moves the ease by, in hundredths.
    """

    fresh_seconds: float = 35.0
    young_seconds: float = 20.0
    old_seconds: float = 16.0
    lapse: float = 0.12
    fresh_wrong: float = 0.45
    ease_step: float = 0.0
    tries: int = 0

    def holds(self, lateness: float) -> float:
        """The chance that a card is known after so many of its intervals: quizzes.recall at one's own share."""
        return math.pow(1 - self.lapse, lateness)

    def seconds(self, interval: int) -> float:
        """What a card that comes after this interval takes."""
        return self.young_seconds if interval <= YOUNG else self.old_seconds


def pace_of(tries: Sequence[Try]) -> Pace:
    """A learner's own pace. Few tries lean on the values of somebody unknown, as if PRIOR of theirs stood beside."""
    fresh, learnt = [one for one in tries if not one.interval_days], [one for one in tries if one.interval_days]
    young, old = (
        [one for one in learnt if one.interval_days <= YOUNG],
        [one for one in learnt if one.interval_days > YOUNG],
    )
    unknown = Pace()
    wrong = sum(one.grade < Grade.HARD for one in fresh)
    steps = [_STEPS[one.grade] for one in tries if one.grade >= Grade.HARD]
    return Pace(
        _mean([one.seconds for one in fresh], unknown.fresh_seconds),
        _mean([one.seconds for one in young], unknown.young_seconds),
        _mean([one.seconds for one in old], unknown.old_seconds),
        _lapse(learnt, unknown.lapse),
        (wrong + PRIOR * unknown.fresh_wrong) / (len(fresh) + PRIOR),
        sum(steps) / (len(steps) + PRIOR),
        len(tries),
    )


def pace_of_days(fresh: int, reviews: int, lapses: int, seconds: float) -> Pace:
    """The same, roughly, from what whole days add up to: their new cards, scheduled reviews, lapses and seconds.

    For many learners at once: everything takes them longer or shorter than usual by one factor.
    """
    unknown = Pace()
    usual = fresh * unknown.fresh_seconds + reviews * (unknown.young_seconds + unknown.old_seconds) / 2
    leaning = PRIOR * unknown.old_seconds
    factor = (seconds + leaning) / (usual + leaning)
    lapse = (lapses + PRIOR * unknown.lapse) / (reviews + PRIOR)
    fresh_seconds, young, old = unknown.fresh_seconds, unknown.young_seconds, unknown.old_seconds
    return Pace(fresh_seconds * factor, young * factor, old * factor, lapse, tries=fresh + reviews)


def _mean(seconds: Sequence[float], usual: float) -> float:
    return (sum(seconds) + PRIOR * usual) / (len(seconds) + PRIOR)


def _lapse(learnt: Sequence[Try], usual: float) -> float:
    """The lapse on the due day with which as many cards would have lapsed as did, for as late as they came."""
    lapsed = sum(one.grade < Grade.HARD for one in learnt) + PRIOR * usual
    lateness = [max(1, one.elapsed) / one.interval_days for one in learnt]
    least, most = 0.005, 0.9
    for _ in range(30):
        guess = (least + most) / 2
        expected = PRIOR * guess + sum(1 - Pace(lapse=guess).holds(late) for late in lateness)
        least, most = (guess, most) if expected < lapsed else (least, guess)
    return least


@dataclass(frozen=True, slots=True)
class Known:
    """A learnt card: its schedule, in how many days it is due (0 and less: today), days since its last review."""

    schedule: Schedule
    due_in: int
    elapsed: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a day is expected to bring."""

    day: date
    reviews: float
    fresh: float
    minutes: float

    @property
    def cards(self) -> float:
        """Reviews and new cards."""
        return self.reviews + self.fresh


@dataclass(frozen=True, slots=True)
class Cost:
    """What `cards` more cost: minutes more on an average day, and the fullest day, with all that is due anyway."""

    cards: int
    minutes: float
    peak: Load


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Mean predicted recall, day by day, with the same minutes a week: every day, or all of them on Sunday."""

    first: date
    daily: tuple[float, ...]
    sundays: tuple[float, ...]


_State = tuple[int, int, int, int]  # repetitions, interval, ease, day of the last review


class _Pile:
    """The masses of cards by the day they are due on; day 0 is the first one asked about."""

    def __init__(self, cards: Iterable[Known], pace: Pace) -> None:
        self.pace = pace
        self.due: defaultdict[int, defaultdict[_State, float]] = defaultdict(lambda: defaultdict(float))
        self.ready: defaultdict[_State, float] = defaultdict(float)
        for card in cards:
            kept = card.schedule
            state = (min(kept.repetitions, 2), max(1, kept.interval_days), kept.ease, -card.elapsed)
            self.due[max(0, card.due_in)][state] += 1

    def begin(self, day: int) -> None:
        """What is due now waits until it is reviewed."""
        for state, mass in self.due.pop(day, {}).items():
            self.ready[state] += mass

    def review(self, day: int, state: _State, mass: float) -> None:
        """So much of this state is answered."""
        repetitions, interval, ease, last = state
        self.ready[state] -= mass
        passed = mass * self.pace.holds((day - last) / interval)
        before = Schedule(ease, interval, repetitions)
        self._put(day, review(before, Grade.GOOD), ease + round(self.pace.ease_step), passed)
        lapsed = review(before, Grade.AGAIN)
        self._put(day, lapsed, round(lapsed.ease, -1), mass - passed)

    def learn(self, day: int, mass: float) -> None:
        """So many new cards are answered for the first time."""
        wrong = mass * self.pace.fresh_wrong
        self._put(day, review(_NEW, Grade.GOOD), _NEW.ease, mass - wrong)
        failed = review(_NEW, Grade.AGAIN)
        self._put(day, failed, round(failed.ease, -1), wrong)

    def _put(self, day: int, after: Schedule, ease: int, mass: float) -> None:
        if mass >= LIGHTEST:
            state = (min(after.repetitions, 2), min(after.interval_days, CAP_DAYS), max(EASE_FLOOR, ease), day)
            self.due[day + after.interval_days][state] += mass

    def review_share(self, day: int, share: float) -> tuple[float, float]:
        """This share of all that waits is answered; how many cards that is, and how many seconds."""
        waiting = [(state, mass) for state, mass in self.ready.items() if mass >= LIGHTEST]
        for state, mass in waiting:
            self.review(day, state, mass * share)
        seconds = sum(mass * self.pace.seconds(state[1]) for state, mass in waiting)
        return share * sum(mass for _, mass in waiting), share * seconds

    def review_for(self, day: int, seconds: float) -> None:
        """Cards are answered until the time is over, the least likely to be remembered first."""
        waiting = [(state, mass) for state, mass in self.ready.items() if mass >= LIGHTEST]
        for state, mass in sorted(waiting, key=lambda one: -(day - one[0][3]) / one[0][1]):
            each = self.pace.seconds(state[1])
            taken = min(mass, seconds / each)
            seconds -= taken * each
            self.review(day, state, taken)

    def recall(self, day: int) -> float:
        """Mean predicted recall of all cards at the end of a day."""
        piles = [self.ready, *self.due.values()]
        everything = [(state, mass) for pile in piles for state, mass in pile.items() if mass > 0]
        known = sum(mass * recall(state[1], day - state[3]) for state, mass in everything)
        return known / (sum(mass for _, mass in everything) or 1)


def forecast(
    cards: Iterable[Known],
    fresh: int,
    new_per_day: int,
    pace: Pace,
    first: date,
    days: int,
    shares: Sequence[float] = ALWAYS,
) -> list[Load]:
    """What each of `days` days from `first` on will bring.

    `fresh` new cards are learnt, `new_per_day` on a day of study. `shares`: the chance, 0 to 1, that the learner
    studies on each day of the week, Monday first; what a free day leaves waits for the next one.
    """
    pile, found, left = _Pile(cards, pace), [], float(fresh)
    for number in range(days):
        day = first + timedelta(days=number)
        share = shares[day.weekday()]
        pile.begin(number)
        reviews, seconds = pile.review_share(number, share)
        learnt = min(left, new_per_day * share)
        pile.learn(number, learnt)
        left -= learnt
        minutes = (seconds + learnt * pace.fresh_seconds) / 60
        found.append(Load(day, reviews, learnt, minutes))
    return found


def cost(count: int, with_it: Sequence[Load], without: Sequence[Load]) -> Cost:
    """What `count` cards more cost, from the forecasts of the same days with and without them."""
    more = sum(load.minutes for load in with_it) - sum(load.minutes for load in without)
    return Cost(count, more / len(with_it), fullest(with_it))


def fullest(loads: Sequence[Load]) -> Load:
    """The day with the most minutes, the first of equals."""
    return max(loads, key=lambda load: load.minutes)


def compare_rhythms(cards: Sequence[Known], pace: Pace, weekly_minutes: float, first: date, days: int = 28) -> Rhythm:
    """Predicted recall when the same minutes a week are spent every day, and when all are spent on Sunday.

    No new cards; each day's minutes go to the cards least likely to be remembered.
    """
    daily = [weekly_minutes / 7] * 7
    sunday = [0.0] * 6 + [weekly_minutes]
    return Rhythm(first, *(_recalls(cards, pace, minutes, first, days) for minutes in (daily, sunday)))


def _recalls(cards: Sequence[Known], pace: Pace, minutes: Sequence[float], first: date, days: int) -> tuple[float, ...]:
    pile, found = _Pile(cards, pace), []
    for number in range(days):
        pile.begin(number)
        weekday = (first + timedelta(days=number)).weekday()
        pile.review_for(number, minutes[weekday] * 60)
        found.append(pile.recall(number))
    return tuple(found)
