"""What is known of people, their sessions, and who is whose mentor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.accounts.models import Cohort, CohortMentor, Membership, Mentorship, Role, Session, SignInFailure, User
from portal.db import db
from portal.statements import Prepared

FAILURES_ALLOWED = 10
FAILURES_WITHIN = timedelta(minutes=5)
MENTORS = (Role.MENTOR.value, Role.ADMIN.value)


@dataclass(frozen=True, slots=True)
class Companion:
    """The other one of a mentorship, and from when to when it held; `until` None: it still does."""

    id: int
    name: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CohortMentoring:
    """That somebody mentors a learner through a cohort."""

    cohort_id: int
    cohort: str
    mentor_id: int
    mentor: str


@dataclass(frozen=True, slots=True)
class Member:
    """A learner as a member of a cohort, as one mentor of it meets them; their days follow their own clock."""

    id: int
    name: str
    zone: str
    rollover_hour: int
    starts_on: date
    through: CohortMentoring


@dataclass(frozen=True, slots=True)
class MyMentor:
    """Who mentors a learner now: by the learner's own choice (`is_named`), through cohorts (their names), or both."""

    id: int
    name: str
    since: datetime
    is_named: bool
    cohorts: list[str]


def find_user(email: str) -> User | None:
    """The person with this address, in any case."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def find_credentials(email: str) -> tuple[int, str] | None:
    """(user id, password hash) of this address."""
    statement = select(User.id, User.password_hash).where(User.email == email.strip().lower())
    row = db.session.execute(statement).first()
    return None if row is None else (row[0], row[1])


def users() -> Sequence[User]:
    """Everybody, by address."""
    return db.session.scalars(select(User).order_by(User.email)).all()


def sessions_of(user_id: int) -> Sequence[Session]:
    """The browsers a person is signed in with, the latest first."""
    statement = select(Session).where(Session.user_id == user_id).order_by(Session.seen_at.desc(), Session.id.desc())
    return db.session.scalars(statement).all()


def is_over_limit(subjects: list[str], moment: datetime) -> bool:
    """Whether one of these subjects (an account, an address) failed too often in the last minutes."""
    statement = (
        select(func.count())
        .where(SignInFailure.subject.in_(subjects), SignInFailure.failed_at > moment - FAILURES_WITHIN)
        .group_by(SignInFailure.subject)
    )
    return any(count >= FAILURES_ALLOWED for count in db.session.scalars(statement))


def mentorings() -> Subquery:
    """(learner_id, mentor_id, since) of every mentorship that holds now: the one place that knows what makes one.

    A learner names a mentor, or both belong to one cohort; a pair can stand here once for each. Whatever asks it loses
    a pair the moment the mentorship or membership ends or the mentor's role is taken away.
    """
    is_mentor = or_(*(User.role == role for role in MENTORS))
    named = select(Mentorship.learner_id, Mentorship.mentor_id, Mentorship.began_at.label("since"))
    named = named.join(User, User.id == Mentorship.mentor_id).where(Mentorship.ended_at.is_(None), is_mentor)
    later = case((Membership.began_at >= CohortMentor.began_at, Membership.began_at), else_=CohortMentor.began_at)
    together = (
        select(Membership.learner_id, CohortMentor.mentor_id, later.label("since"))
        .join(CohortMentor, CohortMentor.cohort_id == Membership.cohort_id)
        .join(User, User.id == CohortMentor.mentor_id)
        .where(Membership.ended_at.is_(None), CohortMentor.ended_at.is_(None), is_mentor)
        .where(Membership.learner_id != CohortMentor.mentor_id)
    )
    return union_all(named, together).subquery("mentorings")


_HELD = mentorings()
_ANY_LEARNER = Prepared(select(_HELD.c.learner_id).where(_HELD.c.mentor_id == bindparam("mentor_id")).limit(1))


def is_mentor_of(mentor_id: int, learner_id: int) -> bool:
    """Whether this person mentors that learner now."""
    held = mentorings()
    statement = select(held.c.since).where(held.c.mentor_id == mentor_id, held.c.learner_id == learner_id)
    return db.session.execute(statement).first() is not None


def has_named(learner_id: int, mentor_id: int) -> bool:
    """Whether this learner has that person as a mentor by their own choice, whatever cohorts both are in."""
    pair = (Mentorship.learner_id == learner_id, Mentorship.mentor_id == mentor_id, Mentorship.ended_at.is_(None))
    return db.session.execute(select(Mentorship.id).where(*pair)).first() is not None


def has_learners(mentor_id: int) -> bool:
    """Whether this person mentors anybody now; it costs the same for one learner and for ten thousand."""
    return _ANY_LEARNER.first({"mentor_id": mentor_id}) is not None


def mentors_of(learner_id: int) -> list[Companion]:
    """Who mentors this learner now, by name."""
    held = mentorings()
    return _companions(held, held.c.mentor_id, held.c.learner_id == learner_id)


def learners_of(mentor_id: int, but: Collection[int] = (), most: int | None = None) -> list[Companion]:
    """Whom this person mentors now, by name; without those of `but`, and `most` at most."""
    held = mentorings()
    is_theirs = and_(held.c.mentor_id == mentor_id, held.c.learner_id.not_in(but))
    return _companions(held, held.c.learner_id, is_theirs, most)


def find_learner(mentor_id: int, learner_id: int) -> Companion | None:
    """A learner whom this person mentors now."""
    held = mentorings()
    is_theirs = and_(held.c.mentor_id == mentor_id, held.c.learner_id == learner_id)
    return next(iter(_companions(held, held.c.learner_id, is_theirs)), None)


def count_learners(mentor_id: int) -> int:
    """How many people this person mentors now."""
    held = mentorings()
    number = select(func.count(held.c.learner_id.distinct())).where(held.c.mentor_id == mentor_id)
    return int(db.session.execute(number).scalar_one())


def _companions(
    held: Subquery, other: ColumnElement[int], is_theirs: ColumnElement[bool], most: int | None = None
) -> list[Companion]:
    statement = select(User.id, User.name, func.min(held.c.since, type_=held.c.since.type)).join(held, other == User.id)
    statement = statement.where(is_theirs).group_by(User.id, User.name).order_by(User.name, User.id)
    return [Companion(*row) for row in db.session.execute(statement.limit(most))]


def find_cohort(mentor_id: int, cohort_id: int) -> Cohort | None:
    """A cohort that this person mentors now; None for an archived one too: nobody mentors it any more."""
    statement = select(Cohort).join(CohortMentor, CohortMentor.cohort_id == Cohort.id).join(User)
    holds = (CohortMentor.mentor_id == mentor_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    return db.session.scalar(statement.where(Cohort.id == cohort_id, *holds))


def is_member(cohort_id: int, learner_id: int) -> bool:
    """Whether this learner belongs to the cohort now."""
    mine = (Membership.cohort_id == cohort_id, Membership.learner_id == learner_id, Membership.ended_at.is_(None))
    return db.session.execute(select(Membership.id).where(*mine)).first() is not None


_MENTOR = aliased(User)
_MENTORED_THROUGH = (Cohort.id, Cohort.name, _MENTOR.id, _MENTOR.name)


def _through_cohorts(learner_id: int, *columns: Any) -> Select[Any]:
    """Whoever mentors this learner now, once for each cohort they share."""
    return (
        select(*columns)
        .select_from(Membership)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .join(CohortMentor, CohortMentor.cohort_id == Cohort.id)
        .join(_MENTOR, _MENTOR.id == CohortMentor.mentor_id)
        .where(Membership.learner_id == learner_id, Membership.ended_at.is_(None))
        .where(CohortMentor.ended_at.is_(None), Cohort.archived_at.is_(None), _MENTOR.role.in_(MENTORS))
    )


def find_member(mentor_id: int, cohort_id: int, learner_id: int) -> Member | None:
    """This learner, if they belong now to the cohort and this person mentors it now."""
    columns = (User.id, User.name, User.zone, User.rollover_hour, Membership.starts_on, *_MENTORED_THROUGH)
    statement = _through_cohorts(learner_id, *columns).join(User, User.id == Membership.learner_id)
    row = db.session.execute(statement.where(Cohort.id == cohort_id, CohortMentor.mentor_id == mentor_id)).first()
    if row is None:
        return None
    id_, name, zone, rollover_hour, starts_on, *through = row
    return Member(id_, name, zone, rollover_hour, starts_on, CohortMentoring(*through))


def cohort_mentors_of(learner_id: int) -> list[CohortMentoring]:
    """Who else mentors this learner through which cohort now, by the names of both."""
    statement = _through_cohorts(learner_id, *_MENTORED_THROUGH).where(_MENTOR.id != learner_id)
    ordered = statement.order_by(Cohort.name, Cohort.id, _MENTOR.name, _MENTOR.id)
    return [CohortMentoring(*row) for row in db.session.execute(ordered)]


def my_mentors(learner_id: int) -> list[MyMentor]:
    """Who mentors this learner now and by which ways, by name."""
    named = select(Mentorship.mentor_id).where(Mentorship.learner_id == learner_id, Mentorship.ended_at.is_(None))
    chosen, shared = set(db.session.scalars(named)), dict[int, list[str]]()
    together = select(CohortMentor.mentor_id, Cohort.name).join(Cohort, Cohort.id == CohortMentor.cohort_id)
    together = together.join(Membership, Membership.cohort_id == Cohort.id).where(Membership.learner_id == learner_id)
    holds = (CohortMentor.ended_at.is_(None), Membership.ended_at.is_(None))
    for mentor_id, cohort in db.session.execute(together.where(*holds).order_by(Cohort.name, Cohort.id)):
        shared.setdefault(mentor_id, []).append(cohort)
    return [
        MyMentor(one.id, one.name, one.since, one.id in chosen, shared.get(one.id, []))
        for one in mentors_of(learner_id)
    ]


def mentor_spans(learner_id: int) -> list[Companion]:
    """From when to when each person was a mentor of this learner, by every way there is; one that holds has no end."""
    columns = (User.id, User.name, Mentorship.began_at, Mentorship.ended_at)
    named = select(*columns).join(Mentorship, Mentorship.mentor_id == User.id)
    spans = [Companion(*row) for row in db.session.execute(named.where(Mentorship.learner_id == learner_id))]
    theirs, mine = CohortMentor.__table__.c, Membership.__table__.c
    both = select(User.id, User.name, theirs.began_at, theirs.ended_at, mine.began_at, mine.ended_at)
    both = both.join(CohortMentor, theirs.mentor_id == User.id).join(Membership, mine.cohort_id == theirs.cohort_id)
    for id_, name, *times in db.session.execute(both.where(mine.learner_id == learner_id, User.id != learner_id)):
        since = max(times[0], times[2])
        until = min((end for end in (times[1], times[3]) if end is not None), default=None)
        if until is None or since < until:
            spans.append(Companion(id_, name, since, until))
    return spans


def former_mentors_of(learner_id: int) -> list[Companion]:
    """What has ended of a learner's mentors, the latest first; not what ended while another way went on."""
    spans = mentor_spans(learner_id)
    ended = [(span.until, span) for span in spans if span.until is not None]
    former = [(at, one) for at, one in ended if not any(_goes_on(other, one.id, at) for other in spans)]
    return [one for _, one in sorted(former, key=lambda pair: (pair[0], pair[1].id), reverse=True)]


def _goes_on(span: Companion, mentor_id: int, moment: datetime) -> bool:
    """Whether this is about that mentor and holds beyond the moment."""
    return span.id == mentor_id and span.since <= moment and (span.until is None or span.until > moment)
