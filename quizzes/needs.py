"""Who needs a mentor today, and why: named rules from facts to reasons in words.

A rule speaks when its threshold is reached and says what it saw. One cause is named once:

- Silence is the cause of what piles up and fades meanwhile. Who is quiet is not also told of for recall that fell (it
  falls by the clock) or for a crammed week; the cards that wait are said in the same line.
- A pile of cards is the cause of recall that falls: said in the same line. It is no need in the two weeks after a
  return or a holiday, for then it is spread on purpose (quizzes.comeback).
- Being stuck on a topic is the cause of its falling recall, and of cards that keep failing.
- The plan speaks beside silence: it counts building and reading too, which leave no review behind.

A break that was booked silences everything until it is over. Nothing is trained; what needs a history waits for it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from quizzes.comeback import SPREAD_DAYS
from quizzes.observed import Facts, Topic
from quizzes.thresholds import Thresholds

MOST_TOPICS = 2  # that are named by one rule
FELL_LEAST = 3  # cards: fewer are no topic
WEEK = 7
TENTHS = ("none", "one tenth", "two tenths", "three tenths", "four tenths", "half", "six tenths", "seven tenths")
PARTS = (*TENTHS, "eight tenths", "nine tenths", "all")


class Rule(StrEnum):
    """What a reason is a case of."""

    QUIET = "quiet"
    UNSTARTED = "unstarted"
    BEHIND = "behind"
    STUCK = "stuck"
    PILE = "pile"
    FELL = "fell"
    CRAMMED = "crammed"
    LEECHES = "leeches"
    FIRST_CARD = "first_card"
    CAME_BACK = "came_back"
    CLEARED = "cleared"
    STEADY = "steady"
    RISEN = "risen"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody needs a mentor, or a word of praise.

    `evidence` says where to look: "days", "plan", "cards" or "topic:" and its id. `said` is the number that the rule
    looked at and `limit` its threshold, in one unit. A higher `weight` comes first.
    """

    rule: Rule
    words: str
    weight: int
    evidence: str
    said: int
    limit: int


def needs(facts: Facts, thresholds: Thresholds) -> tuple[Reason, ...]:
    """Why this learner needs a mentor today, the weightiest first; () for whom nothing is wrong, or who is away."""
    if facts.away_until is not None:
        return ()
    stuck = list(_stuck(facts, thresholds))
    found = [*_unstarted(facts, thresholds), *_behind(facts, thresholds), *stuck]
    if quiet := _quiet(facts, thresholds):
        return ordered([*found, quiet])
    rest = [*_pile_and_fell(facts, thresholds, stuck), *_crammed(facts, thresholds)]
    return ordered([*found, *rest, *([] if stuck else _leeches(facts, thresholds))])


def score(reasons: Iterable[Reason]) -> int:
    """How much all reasons weigh together; 0 without one."""
    return sum(reason.weight for reason in reasons)


def ordered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The weightiest first, and always in the same order."""
    return tuple(sorted(reasons, key=lambda one: (-one.weight, one.rule, one.evidence)))


def write_reasons(reasons: Iterable[Reason]) -> str:
    """Reasons as one line of JSON."""
    return json.dumps([asdict(one) for one in reasons], ensure_ascii=False, separators=(",", ":"))


def read_reasons(line: str) -> tuple[Reason, ...]:
    """What `write_reasons` wrote."""
    return tuple(Reason(**(one | {"rule": Rule(one["rule"])})) for one in json.loads(line))


def counted(number: int, noun: str) -> str:
    """1 day, 2 days."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def waiting(cards: int) -> str:
    """Nothing waits, 1 card waits, 2 cards wait."""
    return f"{counted(cards, 'card')} wait{'s' if cards == 1 else ''}" if cards else "nothing waits"


def percent(share: float) -> int:
    """A share as it is said. Thresholds are compared with what is said, so that the page proves itself."""
    return round(100 * share)


def _quiet(facts: Facts, limits: Thresholds) -> Reason | None:
    if facts.silence is None or facts.silence < (limit := quiet_limit(facts, limits)):
        return None
    words = f"{counted(facts.silence, 'day')} without a review{_rhythm_words(facts)}"
    pile = f"; {waiting(facts.due)}" if facts.due >= limits.pile_cards else ""
    # More than a pile, a crammed week and failing cards weigh together: silence swallows them and must not count less.
    return Reason(Rule.QUIET, words + pile, 60 + min(30, facts.silence), "days", facts.silence, limit)


def quiet_limit(facts: Facts, limits: Thresholds) -> int:
    """Days after which this learner is quiet."""
    if facts.rhythm is None:
        return min(limits.gone_days, limits.new_quiet_days)
    by_rhythm = math.ceil(limits.quiet_gaps * WEEK / facts.rhythm)
    return min(limits.gone_days, max(limits.quiet_days, by_rhythm))


def _rhythm_words(facts: Facts) -> str:
    if facts.rhythm is None:
        return ""
    usual = round(facts.rhythm)
    often = "every day" if usual >= WEEK else f"{usual} a week" if usual else "less than one a week"
    return f", usual rhythm {often}"


def _unstarted(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    days = (facts.today - facts.joined_on).days
    if facts.last_on is None and days >= limits.unstarted_days:
        words = f"joined {counted(days, 'day')} ago, no card answered yet"
        yield Reason(Rule.UNSTARTED, words, 50 + min(30, days), "days", days, limits.unstarted_days)


def _behind(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    missing = facts.planned_minutes - facts.studied_minutes
    hours = missing // 60
    if hours < limits.behind_hours or 100 * missing < limits.behind_percent * facts.planned_minutes:
        return
    done, planned = facts.studied_minutes // 60, facts.planned_minutes // 60
    words = f"plan {hours} h behind: {done} of {planned} h in four weeks"
    yield Reason(Rule.BEHIND, words, 20 + min(20, hours), "plan", hours, limits.behind_hours)


def _stuck(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    tried = [one for one in facts.topics if one.tries >= max(1, limits.stuck_tries)]
    found = [one for one in tried if 100 * one.misses >= limits.stuck_percent * one.tries]
    for topic in sorted(found, key=lambda one: (-one.misses, one.id))[:MOST_TOPICS]:
        words = f"stuck on {topic.title}: {topic.misses} of {topic.tries} answers missed in two weeks"
        said = percent(topic.misses / topic.tries)
        yield Reason(Rule.STUCK, words, 30 + min(20, topic.misses), _place(topic), said, limits.stuck_percent)


def _pile_and_fell(facts: Facts, limits: Thresholds, stuck: Sequence[Reason]) -> Iterator[Reason]:
    fell = _fell(facts, limits, {reason.evidence for reason in stuck})
    usual = facts.usual_day
    if usual is None or _is_spread(facts) or facts.due < (limit := max(limits.pile_cards, limits.pile_days * usual)):
        yield from [fell] if fell else []
        return
    words = f"{counted(facts.due, 'card')} are due, usual day {usual}" + (f"; {fell.words}" if fell else "")
    yield Reason(Rule.PILE, words, 25, "cards", facts.due, limit)


def _is_spread(facts: Facts) -> bool:
    """Whether what waits is the pile of a pause or a holiday that has just ended."""
    ends = [facts.back_on] if facts.back_on else []
    ends += [one.last for one in facts.breaks]
    return any(0 <= (facts.today - day).days < SPREAD_DAYS for day in ends)


def _fell(facts: Facts, limits: Thresholds, but: set[str]) -> Reason | None:
    found: list[tuple[int, Topic]] = []
    for topic in facts.topics:
        points = percent(topic.was or 0.0) - percent(topic.now)
        is_low = percent(topic.now) < limits.fell_below and topic.started >= FELL_LEAST
        if is_low and points >= limits.fell_points and _place(topic) not in but:
            found.append((points, topic))
    if not found:
        return None
    points, worst = min(found, key=lambda one: (-one[0], one[1].id))
    more = f", and of {counted(len(found) - 1, 'more topic')}" if len(found) > 1 else ""
    words = f"recall of {worst.title} fell from {percent(worst.was or 0.0)}% to {percent(worst.now)}%{more}"
    return Reason(Rule.FELL, words, 20, _place(worst), points, limits.fell_points)


def _crammed(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    if facts.last_on is None:
        return
    weeks = [facts.counts(facts.last_on), facts.counts(facts.last_on - timedelta(days=WEEK))]
    if any(sum(week) < limits.crammed_cards for week in weeks):
        return
    share = min(100 * max(week) // sum(week) for week in weeks)
    if share >= limits.crammed_percent:
        words = f"{PARTS[share // 10]} of a week's answers came on one day, two weeks running"
        yield Reason(Rule.CRAMMED, words, 15, "days", share, limits.crammed_percent)


def _leeches(facts: Facts, limits: Thresholds) -> Iterator[Reason]:
    if facts.leeches >= limits.leech_cards:
        words = f"{counted(facts.leeches, 'card')} forgotten eight times or more"
        yield Reason(Rule.LEECHES, words, 10 + min(10, facts.leeches), "cards", facts.leeches, limits.leech_cards)


def _place(topic: Topic) -> str:
    return f"topic:{topic.id}"
