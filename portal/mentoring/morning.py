"""A mentor's morning in words: who needs somebody, what went well, the weeks, and what became of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.mentoring import queries
from portal.mentoring.letters import about
from portal.mentoring.models import Nudge
from portal.mentoring.queries import Act, Place, Stood, Totals, Week
from quizzes.needs import Reason, read_reasons
from quizzes.outcomes import Outcome, outcome

MOST_NEEDY, MOST_WINS, MOST_ACTS, MOST_SNOOZED, MOST_NEW = 12, 6, 12, 20, 12
LATELY = timedelta(days=28)
SMALL = ("Nobody", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
TOP = 40  # units of the picture's height


@dataclass(frozen=True, slots=True)
class Needy:
    """A learner who needs somebody, why, and the latest message to them."""

    stood: Stood
    reasons: tuple[Reason, ...]
    nudge: Nudge | None


@dataclass(frozen=True, slots=True)
class Winner:
    """A learner with something to praise."""

    learner_id: int
    name: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Something a mentor did, what it was about, and what followed."""

    act: Act
    about: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Trend:
    """The last weeks: a sentence, and the columns of a picture as (left, top, height, week)."""

    sentence: str
    columns: tuple[tuple[int, float, float, Week], ...]


def headline(totals: Totals) -> str:
    """The page in a sentence."""
    if not totals.members:
        return "Nobody has joined yet"
    if not totals.stood:
        return "The first numbers are being worked out"
    if not totals.need:
        return "Nobody needs you today"
    number = SMALL[totals.need] if totals.need < len(SMALL) else f"{totals.need:,}"
    return f"{number} of {totals.members:,} need{'s' if totals.need == 1 else ''} you today"


def needy(cohort_id: int, today: date, past: Place | None) -> tuple[list[Needy], Place | None]:
    """Who needs somebody, the weightiest need first, and where this part of the list ends."""
    found, ends = queries.in_need(cohort_id, today, past, MOST_NEEDY)
    nudges = queries.latest_nudges(cohort_id, [one.learner_id for one in found])
    return [Needy(one, read_reasons(one.reasons), nudges.get(one.learner_id)) for one in found], ends


def winners(cohort_id: int) -> list[Winner]:
    """A few of those who deserve a word of praise."""
    return [Winner(who, name, read_reasons(wins)) for who, name, wins in queries.winners(cohort_id, MOST_WINS)]


def done_lately(cohort_id: int, today: date, moment: datetime) -> list[Done]:
    """What the mentors did in the last weeks, and what followed on the learners' days."""
    acts = queries.acts(cohort_id, moment - LATELY, MOST_ACTS)
    first = min((act.day for act in acts), default=today) - timedelta(days=7)
    reviewed = queries.days_reviewed(sorted({act.learner_id for act in acts}), first)
    return [Done(act, _about(act), outcome(act.day, today, reviewed[act.learner_id])) for act in acts]


def _about(act: Act) -> str:
    return about(act.text) if act.kind == "nudge" else act.text


def trend(weeks: Sequence[Week]) -> Trend | None:
    """The weeks in a sentence and as columns; None while nobody answered anything."""
    most = max(week.answers for week in weeks)
    if not most:
        return None
    columns = []
    for place, week in enumerate(weeks):
        height = round(TOP * week.answers / most, 1)
        columns.append((place * 12, TOP - height, height, week))
    return Trend(_trend_words(weeks[-1], weeks[-2]), tuple(columns))


def _trend_words(last: Week, before: Week) -> str:
    if not last.answers:
        return f"No answers in the last 7 days; {before.answers:,} in the 7 days before."
    right = round(100 * last.right / last.answers)
    said = f"{last.answers:,} answer{'' if last.answers == 1 else 's'} in the last 7 days, {right}% of them right"
    if not before.answers:
        return f"{said}; none in the 7 days before."
    part = round(100 * last.answers / before.answers) - 100
    than = f"{abs(part)}% {'more' if part > 0 else 'fewer'} than" if part else "as many as"
    return f"{said}: {than} in the 7 days before."
