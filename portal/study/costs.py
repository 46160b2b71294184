"""What more cards would cost, in words: reckoned before the learner commits to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from quizzes.forecast import Cost, Known, Load, Pace, Try, cost, forecast, fullest, pace_of

DAYS = 28
ENOUGH = 30  # tries; below, the pace is more a usual one than the learner's own
# How far off such forecasts were for simulated learners, nine times in ten: four weeks, one week, the fullest day;
# in percent (tests/test_forecast.py).
OFF = (25, 50, 45)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a forecast rests on: the learner's cards, their pace, their days of the week, and new cards a day."""

    cards: Sequence[Known]
    pace: Pace
    shares: Sequence[float]
    new_per_day: int
    today: date

    def loads(self, fresh: int, new_per_day: int) -> list[Load]:
        """The next four weeks, with so many new cards at this speed."""
        return forecast(self.cards, fresh, new_per_day, self.pace, self.today, DAYS, self.shares)


@dataclass(frozen=True, slots=True)
class Told:
    """A cost in sentences; `peak_on` is the fullest day. `rests_on` says whose times these are."""

    sentence: str
    peak: str
    peak_on: date | None
    rests_on: str


def situation(
    cards: Sequence[Known], tries: Sequence[Try], shares: Sequence[float], new: int, today: date
) -> Situation:
    """What is known of a learner, measured."""
    return Situation(cards, pace_of(tries), shares, new, today)


def cost_of_cards(now: Situation, fresh: int) -> Cost:
    """What it costs when `fresh` cards come next, at the learner's own speed."""
    return cost(fresh, now.loads(fresh, max(1, now.new_per_day)), now.loads(0, 0))


def cost_of_speed(now: Situation, fresh: int, new_per_day: int) -> Cost:
    """What it costs to learn so many new cards a day instead of those of now.

    The minutes are those of a time in which new cards do not run out; the fullest day is reckoned with `fresh` left.
    """
    endless = DAYS * max(new_per_day, now.new_per_day)
    usual = cost(new_per_day, now.loads(endless, new_per_day), now.loads(endless, now.new_per_day))
    return replace(usual, peak=fullest(now.loads(fresh, new_per_day)))


def told(found: Cost, subject: str, now: Situation, lasts: str = "over the next four weeks") -> Told:
    """The cost of `subject` ("24 cards", "15 new cards a day"), for how long, and the fullest day."""
    minutes = round(abs(found.minutes))
    direction = "more" if found.minutes > 0 else "less"
    words = f"about {_minutes(minutes)} a day {direction}" if minutes else "less than a minute a day"
    peak = f"about {_minutes(max(1, round(found.peak.minutes)))} with all that is due anyway"
    return Told(f"{subject}: {words} {lasts}.", peak, found.peak.day, _rests_on(now.pace))


def nothing(sentence: str) -> Told:
    """Where there is nothing to reckon."""
    return Told(sentence, "", None, "")


def new_cards(count: int) -> str:
    """ "1 new card", "15 new cards"."""
    return f"{count} new card{'' if count == 1 else 's'}"


def _rests_on(pace: Pace) -> str:
    if pace.tries < ENOUGH:
        return "You have not met many cards yet, so this rests on what learners usually need."
    return (
        f"From the last {pace.tries} cards: {pace.fresh_seconds:.0f} s for a new one, {pace.young_seconds:.0f} s"
        f" for a young one, {pace.old_seconds:.0f} s for one you know well, repeats included."
    )


def _minutes(count: int) -> str:
    return f"{count} minute{'' if count == 1 else 's'}"
