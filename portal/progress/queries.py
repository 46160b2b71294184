"""What the pictures of progress are drawn from: sums by SQL over days that are over, and today from the log."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Integer, case, func, literal, select, type_coerce
from sqlalchemy.sql.expression import SQLColumnExpression

from portal.accounts.models import User
from portal.db import DayNumber, db
from portal.progress.models import PublicClaim, SkillPage
from portal.progress.periods import Span
from portal.quizzes.digests import digested_until, tail
from portal.quizzes.models import CardState, DayCount, ReviewDay
from quizzes.digest import About, Mark, Seen
from quizzes.ledger import Tally

INTERVALS = (1, 2, 7, 14, 21, 42, 91, 182)  # days: where each group of intervals begins
EASES = (130, 160, 190, 220, 250, 280)  # hundredths: where each group of eases begins
LATE = -1
_SUMS = ("answers", "reviews", "fresh", "drills", "lapses", "right", "ms")


@dataclass(frozen=True, slots=True)
class Piece:
    """What a stretch of days adds up to; `days` is on how many of them something was answered."""

    days: int
    total: Tally


@dataclass(frozen=True, slots=True)
class Group:
    """Cards alike in interval and ease: how many, and how many reviews a day they ask for."""

    interval: int
    ease: int
    cards: int
    load: float


def first_day(learner_id: int) -> date | None:
    """The day of the first answer."""
    return db.session.scalar(
        select(func.min(ReviewDay.day, type_=DayNumber())).where(ReviewDay.learner_id == learner_id)
    )


def pieces(learner_id: int, span: Span) -> list[Piece]:
    """What was answered in each piece of a span, the oldest first."""
    ago = _whole(type_coerce(literal(span.last, DayNumber()) - ReviewDay.day, Integer), span.size).label("ago")
    days = func.sum(case((ReviewDay.answers > 0, 1), else_=0))
    statement = (
        select(ago, days, *(func.sum(getattr(ReviewDay, name)) for name in _SUMS))
        .where(ReviewDay.learner_id == learner_id, ReviewDay.day.between(span.first, span.last))
        .group_by(ago)
    )
    found = {row[0]: Piece(row[1], Tally(*map(int, row[2:]))) for row in db.session.execute(statement)}
    return [found.get(place, Piece(0, Tally())) for place in reversed(range(span.count))]


def _whole(value: ColumnElement[int], size: int) -> ColumnElement[int]:
    """Division that leaves the rest away; the size is written out, for PostgreSQL groups by one and the same text."""
    return value // literal(size, literal_execute=True)


def answers_by_day(learner_id: int, first: date, last: date) -> dict[date, tuple[int, int]]:
    """(answers, ms) of each day with answers."""
    statement = select(ReviewDay.day, ReviewDay.answers, ReviewDay.ms).where(
        ReviewDay.learner_id == learner_id, ReviewDay.day.between(first, last), ReviewDay.answers > 0
    )
    return {day: (answers, ms) for day, answers, ms in db.session.execute(statement)}


def totals(learner_id: int, first: date, last: date) -> dict[Mark, Seen]:
    """Every count over these days: those that are digested, and the rest from the log."""
    statement = (
        select(DayCount.about, DayCount.mark, func.sum(DayCount.seen), func.sum(DayCount.passed))
        .where(DayCount.learner_id == learner_id, DayCount.day.between(first, last))
        .group_by(DayCount.about, DayCount.mark)
    )
    found = {
        (About(about), mark): Seen(int(seen), int(passed))
        for about, mark, seen, passed in db.session.execute(statement)
    }
    for (day, about, mark), one in tail(learner_id, digested_until(learner_id), last + timedelta(days=1)).items():
        if day >= first:
            found[about, mark] = found.get((about, mark), Seen()) + one
    return found


def due_ahead(learner_id: int, day: date, size: int, count: int) -> dict[int, int]:
    """How many cards come in each piece of `size` days from today on; under LATE, how many should have come before."""
    ahead = type_coerce(CardState.show_on - literal(day, DayNumber()), Integer)
    piece = case((ahead < 0, LATE), else_=_whole(ahead, size)).label("piece")
    statement = (
        select(piece, func.count())
        .where(CardState.learner_id == learner_id, CardState.show_on < day + timedelta(days=size * count))
        .group_by(piece)
    )
    return dict(db.session.execute(statement).all())


def groups(learner_id: int) -> list[Group]:
    """The cards in review by interval and ease, each group named by where it begins."""
    interval = _group(CardState.interval_days, INTERVALS).label("interval")
    ease = _group(CardState.ease, EASES).label("ease")
    statement = (
        select(interval, ease, func.count(), func.sum(1.0 / CardState.interval_days))
        .where(CardState.learner_id == learner_id, CardState.show_on.is_not(None))
        .group_by(interval, ease)
    )
    return [Group(*row[:3], float(row[3])) for row in db.session.execute(statement)]


def _group(column: SQLColumnExpression[int], begins: tuple[int, ...]) -> ColumnElement[int]:
    values = [literal(begin, literal_execute=True) for begin in begins]
    return case(*((column < after, value) for value, after in pairwise(values)), else_=values[-1])


def find_skill_page(learner_id: int) -> SkillPage | None:
    """What this learner made public."""
    return db.session.get(SkillPage, learner_id)


def find_public_page(token: str) -> tuple[SkillPage, str, int] | None:
    """The public page behind a link, with its owner's zone and the hour their day begins.

    Found by the index alone: how long it takes says nothing of how much of a wrong token was right.
    """
    statement = select(SkillPage, User.zone, User.rollover_hour).join(User, User.id == SkillPage.learner_id)
    row = db.session.execute(statement.where(SkillPage.token == token)).first()
    return None if row is None else (row[0], row[1], row[2])


def public_claims(learner_id: int) -> set[str]:
    """The claims this learner shows."""
    return set(db.session.scalars(select(PublicClaim.claim).where(PublicClaim.learner_id == learner_id)))
