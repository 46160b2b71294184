"""How the members of a cohort stand: those in need, everybody by any column, totals, weeks, and what mentors did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select, tuple_
from sqlalchemy.orm import aliased

from portal.accounts.models import Membership, User
from portal.db import db
from portal.mentoring.models import CohortDay, MentorNote, Nudge, Snooze, Standing
from portal.quizzes.models import ReviewDay

WEEKS = 8  # of the trend
NULLABLE = {"last_on", "recall", "behind"}
_MENTOR = aliased(User)
_STOOD = (
    Standing.learner_id,
    Standing.name,
    Standing.need,
    Standing.reasons,
    Standing.as_of,
    Standing.last_on,
    Standing.active_days,
    Standing.reviews,
    Standing.minutes,
    Standing.due,
    Standing.recall,
    Standing.recall_was,
    Standing.behind,
)

Place = tuple[Any, int]  # the value of a column and the learner's id: where a page of a list ends


@dataclass(frozen=True, slots=True)
class Stood:
    """A row of Standing as it is shown."""

    learner_id: int
    name: str
    need: int
    reasons: str
    as_of: date
    last_on: date | None
    active_days: int
    reviews: int
    minutes: int
    due: int
    recall: int | None
    recall_was: int | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """A cohort in numbers. `stood` members have a standing; `recall` is the mean in tenths of a percent."""

    members: int
    stood: int
    need: int
    snoozed: int
    active: int
    due: int
    recall: float | None


def _belongs() -> ColumnElement[bool]:
    """Whether a standing is of somebody who belongs to the cohort now, whatever the refresher knows already."""
    same = (Membership.cohort_id == Standing.cohort_id, Membership.learner_id == Standing.learner_id)
    return select(1).where(*same, Membership.ended_at.is_(None)).exists()


def _is_snoozed(today: date) -> ColumnElement[bool]:
    same = (Snooze.cohort_id == Standing.cohort_id, Snooze.learner_id == Standing.learner_id)
    return select(1).where(*same, Snooze.ended_at.is_(None), Snooze.until_on > today).exists()


def mark_of(cohort_id: int) -> tuple[datetime | None, int]:
    """When a standing of the cohort was written last, and its latest snooze: equal means that nothing changed."""
    written = select(func.max(Standing.written_at, type_=Standing.written_at.type)).where(
        Standing.cohort_id == cohort_id
    )
    snooze = select(func.max(Snooze.id)).where(Snooze.cohort_id == cohort_id)
    row = db.session.execute(select(written.scalar_subquery(), snooze.scalar_subquery())).one()
    return row[0], row[1] or 0


def totals(cohort_id: int, today: date) -> Totals:
    """The cohort in numbers, from the indexes alone; `today` is the reader's day."""
    here = Standing.cohort_id == cohort_id
    sums = (func.count(), func.count(case((Standing.reviews > 0, 1))), func.coalesce(func.sum(Standing.due), 0))
    stood, active, due, recall = db.session.execute(select(*sums, func.avg(Standing.recall)).where(here)).one()
    # What is compared with nothing here makes SQLite count in the index of who belongs to the cohort now.
    of_now = (Membership.cohort_id == cohort_id, Membership.ended_at.is_(None), Membership.learner_id >= 0)
    need = select(func.count()).select_from(Standing).where(here, Standing.need > 0, _belongs())
    put_off = _held(cohort_id, today).with_only_columns(func.count()).where(Standing.need > 0)
    asked = (select(func.count()).where(*of_now), need, put_off)
    row = db.session.execute(select(*(one.scalar_subquery() for one in asked))).one()
    mean = None if recall is None else float(recall)
    return Totals(row[0], stood, row[1] - row[2], row[2], active, int(due), mean)


def _held(cohort_id: int, today: date) -> Select[*tuple[Any, ...]]:
    """The snoozes that hold, each with the standing of its learner."""
    same = (Standing.cohort_id == Snooze.cohort_id) & (Standing.learner_id == Snooze.learner_id)
    holds = (Snooze.cohort_id == cohort_id, Snooze.ended_at.is_(None), Snooze.until_on > today, _is_current(Snooze))
    return select(Snooze.id).select_from(Snooze).join(Standing, same).where(*holds)


def members(
    cohort_id: int, column: str, is_falling: bool, after: Place | None, most: int
) -> tuple[list[Stood], Place | None]:
    """Members by a column of Standing, learners with equal values by id; those without a value come last.

    `after`: where the page before ended. The second result is where this one ends; None: nobody follows.
    """
    asked = getattr(Standing, column)
    found: list[Stood] = []
    if after is None or after[0] is not None:
        found += _page(_with_value(cohort_id, asked, is_falling, after), most + 1)
    if column in NULLABLE:
        found += _page(_without_value(cohort_id, asked, after), most + 1)
    ends = found[most - 1] if len(found) > most else None
    return found[:most], None if ends is None else (getattr(ends, column), ends.learner_id)


def _with_value(cohort_id: int, asked: Any, is_falling: bool, after: Place | None) -> Select[*tuple[Any, ...]]:
    key = tuple_(asked, Standing.learner_id)
    here: Select[*tuple[Any, ...]] = select(*_STOOD).where(Standing.cohort_id == cohort_id, _belongs())
    here = here.where(asked.is_not(None))  # so that an index serves both directions, with the others behind
    if after is not None:
        here = here.where(key < after if is_falling else key > after)
    order = (asked.desc(), Standing.learner_id.desc()) if is_falling else (asked, Standing.learner_id)
    return here.order_by(*order)


def _without_value(cohort_id: int, asked: Any, after: Place | None) -> Select[*tuple[Any, ...]]:
    here: Select[*tuple[Any, ...]] = select(*_STOOD).where(Standing.cohort_id == cohort_id, _belongs(), asked.is_(None))
    if after is not None and after[0] is None:
        here = here.where(Standing.learner_id > after[1])
    return here.order_by(Standing.learner_id)


def _page(statement: Select[*tuple[Any, ...]], most: int) -> list[Stood]:
    return [Stood(*row) for row in db.session.execute(statement.limit(most))]


def in_need(cohort_id: int, today: date, after: Place | None, most: int) -> tuple[list[Stood], Place | None]:
    """Who needs a mentor and is not snoozed, the weightiest need first; and where the page ends, as in `members`."""
    statement = _with_value(cohort_id, Standing.need, True, after).where(Standing.need > 0, ~_is_snoozed(today))
    found = _page(statement, most + 1)
    ends = found[most - 1] if len(found) > most else None
    return found[:most], None if ends is None else (ends.need, ends.learner_id)


def winners(cohort_id: int, most: int) -> list[tuple[int, str, str]]:
    """(learner, name, wins as JSON) of those with something to praise, the latest to review first."""
    statement = select(Standing.learner_id, Standing.name, Standing.wins).where(Standing.cohort_id == cohort_id)
    statement = statement.where(literal_column("standings.wins <> '[]'"), Standing.last_on.is_not(None), _belongs())
    ordered = statement.order_by(Standing.last_on.desc(), Standing.learner_id.desc()).limit(most)
    return [(row[0], row[1], row[2]) for row in db.session.execute(ordered)]


def find_standing(cohort_id: int, learner_id: int) -> tuple[str, str] | None:
    """(reasons, wins) of a member as JSON, if their standing is known."""
    mine = (Standing.cohort_id == cohort_id, Standing.learner_id == learner_id)
    row = db.session.execute(select(Standing.reasons, Standing.wins).where(*mine)).first()
    return None if row is None else (row[0], row[1])


def newcomers(cohort_id: int, most: int) -> list[tuple[int, str]]:
    """(learner, name) of members who have no standing yet, by name."""
    stood = select(1).where(Standing.cohort_id == cohort_id, Standing.learner_id == Membership.learner_id).exists()
    statement = select(User.id, User.name).join(Membership, Membership.learner_id == User.id)
    mine = (Membership.cohort_id == cohort_id, Membership.ended_at.is_(None), ~stood)
    rows = db.session.execute(statement.where(*mine).order_by(User.name, User.id).limit(most))
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a cohort: `active` is the sum of the learners who answered on each."""

    first: date
    last: date
    active: int
    answers: int
    right: int


def weeks(cohort_id: int, today: date) -> list[Week]:
    """The last eight times seven days up to today, the oldest first."""
    first = today - timedelta(days=7 * WEEKS - 1)
    statement = select(CohortDay).where(CohortDay.cohort_id == cohort_id, CohortDay.day.between(first, today))
    days = db.session.scalars(statement).all()
    found = []
    for number in range(WEEKS):
        begin = first + timedelta(days=7 * number)
        mine = [one for one in days if begin <= one.day < begin + timedelta(days=7)]
        sums = (sum(one.active for one in mine), sum(one.answers for one in mine), sum(one.right for one in mine))
        found.append(Week(begin, begin + timedelta(days=6), *sums))
    return found


@dataclass(frozen=True, slots=True)
class Put:
    """A snooze: who, why, until when, by whom."""

    learner_id: int
    name: str
    reason: str
    until_on: date
    mentor: str


def snoozed(cohort_id: int, today: date, most: int) -> list[Put]:
    """Who is snoozed, the first to come back first."""
    mentor = select(_MENTOR.name).where(_MENTOR.id == Snooze.mentor_id).scalar_subquery()
    columns = (Standing.learner_id, Standing.name, Snooze.reason, Snooze.until_on, mentor)
    ordered = _held(cohort_id, today).with_only_columns(*columns).order_by(Snooze.until_on, Snooze.id)
    return [Put(*row) for row in db.session.execute(ordered.limit(most))]


def latest_nudges(cohort_id: int, learner_ids: Sequence[int]) -> dict[int, Nudge]:
    """The latest message of the cohort's mentors to each of these learners who got one."""
    mine = (Nudge.cohort_id == cohort_id, Nudge.learner_id.in_(learner_ids))
    latest = select(func.max(Nudge.id)).where(*mine).group_by(Nudge.learner_id)
    return {one.learner_id: one for one in db.session.scalars(select(Nudge).where(Nudge.id.in_(latest)))}


@dataclass(frozen=True, slots=True)
class Act:
    """Something a mentor did for a learner on that learner's day `day`; `text` is its rule or reason."""

    kind: str
    learner_id: int
    name: str
    mentor: str
    text: str
    day: date
    done_at: datetime
    seen_at: datetime | None = None
    answer: str | None = None


def acts(cohort_id: int, since: datetime, most: int) -> list[Act]:
    """What the cohort's mentors did since, the latest first, for those who belong to it now."""
    return sorted([*_nudged(cohort_id, since, most), *_put_off(cohort_id, since, most)], key=_done_at)[::-1][:most]


def _done_at(act: Act) -> datetime:
    return act.done_at


def _is_current(made: type[Nudge] | type[Snooze]) -> ColumnElement[bool]:
    same = (Membership.cohort_id == made.cohort_id, Membership.learner_id == made.learner_id)
    return select(1).where(*same, Membership.ended_at.is_(None)).exists()


def _nudged(cohort_id: int, since: datetime, most: int) -> Iterable[Act]:
    mentor = select(_MENTOR.name).where(_MENTOR.id == Nudge.mentor_id).scalar_subquery()
    columns = (User.id, User.name, mentor, Nudge.rule, Nudge.day, Nudge.sent_at, Nudge.seen_at, Nudge.answer)
    mine = (Nudge.cohort_id == cohort_id, Nudge.sent_at >= since, _is_current(Nudge))
    statement = select(*columns).select_from(Nudge).join(User, User.id == Nudge.learner_id).where(*mine)
    return [Act("nudge", *row) for row in db.session.execute(statement.order_by(Nudge.id.desc()).limit(most))]


def _put_off(cohort_id: int, since: datetime, most: int) -> Iterable[Act]:
    mentor = select(_MENTOR.name).where(_MENTOR.id == Snooze.mentor_id).scalar_subquery()
    columns = (User.id, User.name, mentor, Snooze.reason, Snooze.day, Snooze.made_at)
    mine = (Snooze.cohort_id == cohort_id, Snooze.made_at >= since, _is_current(Snooze))
    statement = select(*columns).select_from(Snooze).join(User, User.id == Snooze.learner_id).where(*mine)
    return [Act("snooze", *row) for row in db.session.execute(statement.order_by(Snooze.id.desc()).limit(most))]


def days_reviewed(learner_ids: Sequence[int], first: date) -> dict[int, set[date]]:
    """The days from `first` on with an answer, of each of these learners."""
    found: dict[int, set[date]] = {learner_id: set() for learner_id in learner_ids}
    mine = (ReviewDay.learner_id.in_(learner_ids), ReviewDay.day >= first, ReviewDay.answers > 0)
    for learner_id, day in db.session.execute(select(ReviewDay.learner_id, ReviewDay.day).where(*mine)):
        found[learner_id].add(day)
    return found


def person(learner_id: int) -> tuple[str, str, int]:
    """(name, zone, hour at which the day begins) of a person who exists."""
    row = db.session.execute(select(User.name, User.zone, User.rollover_hour).where(User.id == learner_id)).one()
    return row[0], row[1], row[2]


def notes_about(cohort_id: int, learner_id: int) -> list[tuple[MentorNote, str]]:
    """(note, its author) of this cohort's mentors about a learner, the latest first. For mentors only."""
    statement = select(MentorNote, User.name).join(User, User.id == MentorNote.author_id)
    mine = (MentorNote.cohort_id == cohort_id, MentorNote.learner_id == learner_id)
    rows = db.session.execute(statement.where(*mine).order_by(MentorNote.id.desc()))
    return [(row[0], row[1]) for row in rows]


def count_notes(learner_id: int, cohort_id: int | None = None) -> int:
    """How many notes mentors (of one cohort) keep about this learner: what the learner may know of them."""
    about = select(func.count()).where(MentorNote.learner_id == learner_id)
    if cohort_id is not None:
        about = about.where(MentorNote.cohort_id == cohort_id)
    return db.session.execute(about).scalar_one()


def messages_to(learner_id: int, most: int, since: datetime | None = None) -> list[tuple[Nudge, str]]:
    """(message, who wrote it) to a learner, the latest first; with `since` those that wait for an answer."""
    statement = select(Nudge, User.name).join(User, User.id == Nudge.mentor_id).where(Nudge.learner_id == learner_id)
    if since is not None:
        statement = statement.where(Nudge.answered_at.is_(None), Nudge.sent_at > since)
    return [(row[0], row[1]) for row in db.session.execute(statement.order_by(Nudge.id.desc()).limit(most))]


def find_message(learner_id: int, nudge_id: int) -> Nudge | None:
    """A message to this learner."""
    return db.session.scalar(select(Nudge).where(Nudge.id == nudge_id, Nudge.learner_id == learner_id))


def text_sent(mentor_id: int, token: str) -> str | None:
    """What a mentor's form with this token sent."""
    return db.session.scalar(select(Nudge.text).where(Nudge.mentor_id == mentor_id, Nudge.token == token))


def text_noted(author_id: int, token: str) -> str | None:
    """The note that came from a mentor's form with this token."""
    return db.session.scalar(
        select(MentorNote.text).where(MentorNote.author_id == author_id, MentorNote.token == token)
    )
