"""Who deserves a "well done" today, and for what. What lasts is said while it is new: endless praise is none."""

from collections.abc import Iterator
from datetime import date, timedelta

from quizzes.comeback import PAUSE_DAYS
from quizzes.needs import MOST_TOPICS, WEEK, Reason, Rule, counted, ordered, percent, quiet_limit, waiting
from quizzes.observed import Facts
from quizzes.thresholds import Thresholds

FIRST_DAYS = 3  # a first card is news for
BACK_DAYS = 7  # a return is news for; after it, whether what had piled up is done
CLEARED_DAYS = 28


def wins(facts: Facts, thresholds: Thresholds) -> tuple[Reason, ...]:
    """What went well, the weightiest first."""
    return ordered(
        [
            *_first_card(facts),
            *_came_back(facts, thresholds),
            *_cleared(facts),
            *_steady(facts, thresholds),
            *_risen(facts, thresholds),
        ]
    )


def _ago(facts: Facts, day: date) -> str:
    days = (facts.today - day).days
    return ("today", "yesterday")[days] if days in (0, 1) else f"{days} days ago"


def _first_card(facts: Facts) -> Iterator[Reason]:
    if facts.first_on is not None and 0 <= (days := (facts.today - facts.first_on).days) <= FIRST_DAYS:
        words = f"answered the first card {_ago(facts, facts.first_on)}"
        yield Reason(Rule.FIRST_CARD, words, 20, "days", days, FIRST_DAYS)


def _came_back(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    """After a silence that would have been a need: whoever studies on Sundays comes back from nothing."""
    if facts.back_on is None or not 0 <= (days := (facts.today - facts.back_on).days) < BACK_DAYS:
        return
    before = max((day for day in facts.reviewed if day < facts.back_on), default=None)
    paused = None if before is None else (facts.back_on - before).days
    since = sum(count for day, count in facts.reviewed.items() if facts.back_on <= day <= facts.today)
    if since and (paused is None or paused >= quiet_limit(facts, limits)):
        pause = "a long pause" if paused is None else f"a pause of {counted(paused, 'day')}"
        words = f"came back {_ago(facts, facts.back_on)} after {pause}, {counted(since, 'answer')} since"
        yield Reason(Rule.CAME_BACK, words, 40, "days", days, BACK_DAYS)


def _cleared(facts: Facts) -> Iterator[Reason]:
    """The pile of a pause is worked off: no more waits than on a usual day."""
    if facts.back_on is None or facts.usual_day is None:
        return
    days = (facts.today - facts.back_on).days
    if BACK_DAYS <= days < CLEARED_DAYS and facts.due <= facts.usual_day and _silence(facts) < PAUSE_DAYS:
        words = f"worked off what had piled up in the pause: {waiting(facts.due)}"
        yield Reason(Rule.CLEARED, words, 30, "cards", facts.due, facts.usual_day)


def _silence(facts: Facts) -> int:
    return PAUSE_DAYS if facts.silence is None else facts.silence


def _steady(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    weeks = [_days(facts, back) for back in (1, 1 + WEEK, 1 + 2 * WEEK, 1 + 3 * WEEK)]
    if min(weeks[:2]) >= limits.steady_days > min(weeks[2:]):
        words = f"two weeks in rhythm: {weeks[0] + weeks[1]} of 14 days"
        yield Reason(Rule.STEADY, words, 25, "days", min(weeks[:2]), limits.steady_days)


def _days(facts: Facts, back: int) -> int:
    """Days of review in the week that ended so many days ago."""
    return sum(count > 0 for count in facts.counts(facts.today - timedelta(days=back)))


def _risen(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    wanted = limits.risen_percent
    known = [one for one in facts.topics if one.was is not None or one.started == one.cards]
    risen = [one for one in known if percent(one.now) >= wanted > percent(one.was or 0.0)]
    for topic in sorted(risen, key=lambda one: (-one.now, one.id))[:MOST_TOPICS]:
        grew = f"rose from {percent(topic.was)}% to" if topic.was is not None else "was learnt in two weeks and is at"
        words = f"{topic.title} {grew} {percent(topic.now)}%"
        yield Reason(Rule.RISEN, words, 10, f"topic:{topic.id}", percent(topic.now), wanted)
