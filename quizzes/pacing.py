"""How much of a learner's days there is, how much of it the cards will take, and what past days were worth.

The forecast of review time is a simple one, and says so: each learnt card comes back after 1, 6, 15, 38, 94, 234 ...
days (SM-2 with every answer "good"), and each time costs `SECONDS_A_CARD`, which holds the answer and the repeats of
the one in ten that is forgotten. A study day sets aside what has come due since the last one, in steps of five
minutes: at least `LEAST_REVIEW` (new cards want their time too), at most half of the day. The rest waits for the next.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from quizzes.sm2 import Grade, Schedule, review

SECONDS_A_CARD = 25
LEAST_REVIEW = 10  # minutes of a study day, or a quarter of a short one
STEP = 5  # minutes
FAR = 800  # days: nobody forecasts a card's reviews further than two years
WEEKEND = (5, 6)
PROJECT_DAY = 60  # minutes that a weekend day must have to be one for projects


@dataclass(frozen=True, slots=True)
class Break:
    """Days without study, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes for Monday to Sunday, and the breaks."""

    minutes: tuple[int, ...]
    breaks: tuple[Break, ...] = ()

    def on(self, day: date) -> int:
        """The minutes of a day."""
        minutes = self.minutes[day.weekday()]
        return minutes if minutes and not any(day in one for one in self.breaks) else 0

    @property
    def has_weekends(self) -> bool:
        """Whether a day of the weekend has room for a project."""
        return any(self.minutes[weekday] >= PROJECT_DAY for weekday in WEEKEND)

    def is_for_projects(self, day: date) -> bool:
        """Whether projects go first on this day."""
        return day.weekday() in WEEKEND and self.minutes[day.weekday()] >= PROJECT_DAY


def _good_intervals() -> tuple[int, ...]:
    schedule, found = Schedule(), list[int]()
    while sum(found) < FAR:
        schedule = review(schedule, Grade.GOOD)
        found.append(schedule.interval_days)
    return tuple(found)


INTERVALS = _good_intervals()


@dataclass(slots=True)
class Load:
    """Seconds of review that come due each day, and what has come due and was not done."""

    seconds_a_card: int = SECONDS_A_CARD
    _due: dict[date, int] = field(default_factory=dict)
    _waiting: int = 0
    _seen: date | None = None

    def learn(self, cards: int, day: date) -> None:
        """So many cards are learnt that day."""
        for interval in INTERVALS if cards else ():
            day += timedelta(days=interval)
            self._add(cards, day)

    def expect(self, due_on: date, interval_days: int, cards: int = 1) -> None:
        """Cards that are learnt already come on this day, and then again and again."""
        self._add(cards, due_on)
        until = due_on + timedelta(days=FAR)
        interval = max(interval_days, 1)
        while (due_on := due_on + timedelta(days=(interval := max(6, interval * 5 // 2)))) < until:
            self._add(cards, due_on)

    def _add(self, cards: int, day: date) -> None:
        self._due[day] = self._due.get(day, 0) + cards * self.seconds_a_card

    def review(self, day: date, minutes: int) -> int:
        """Minutes to set aside on a day that has `minutes`. Days must be asked for in order, each once."""
        if self._seen is None:
            self._waiting += sum(seconds for due, seconds in self._due.items() if due < day)
        self._seen = day
        self._waiting += self._due.get(day, 0)
        least = min(LEAST_REVIEW, minutes // 4)
        wanted = -(-self._waiting // (60 * STEP)) * STEP
        given = min(max(least, wanted), minutes // 2)
        self._waiting = max(0, self._waiting - 60 * given)
        return given
