"""What is known of people, their sessions, and who is whose mentor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Subquery, case, func, select, union_all

from portal.accounts.models import Cohort, CohortMentor, Membership, Mentorship, Role, Session, SignInFailure, User
from portal.db import db

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


def find_user(email: str) -> User | None:
    """The person with this address, in any case."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def find_credentials(email: str) -> tuple[int, str] | None:
    """(user id, password hash) of this address."""
    statement = select(User.id, User.password_hash).where(User.email == email.strip().lower())
    row = db.session.execute(statement).first()
    return None if row is None else (row[0], row[1])


def password_hash_of(user_id: int) -> str:
    """The stored hash of a person who exists."""
    return db.session.execute(select(User.password_hash).where(User.id == user_id)).scalar_one()


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
    is_mentor = User.role.in_(MENTORS)
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
    held = mentorings()
    return db.session.execute(select(held.c.since).where(held.c.mentor_id == mentor_id).limit(1)).first() is not None


def mentors_of(learner_id: int) -> list[Companion]:
    """Who mentors this learner now, by name."""
    held = mentorings()
    return _companions(held, held.c.mentor_id, held.c.learner_id == learner_id)


def learners_of(mentor_id: int) -> list[Companion]:
    """Whom this person mentors now, by name."""
    held = mentorings()
    return _companions(held, held.c.learner_id, held.c.mentor_id == mentor_id)


def _companions(held: Subquery, other: ColumnElement[int], is_theirs: ColumnElement[bool]) -> list[Companion]:
    statement = select(User.id, User.name, func.min(held.c.since, type_=held.c.since.type)).join(held, other == User.id)
    statement = statement.where(is_theirs).group_by(User.id, User.name).order_by(User.name, User.id)
    return [Companion(*row) for row in db.session.execute(statement)]


def find_cohort(mentor_id: int, cohort_id: int) -> Cohort | None:
    """A cohort that this person mentors now; None for an archived one too: nobody mentors it any more."""
    statement = select(Cohort).join(CohortMentor, CohortMentor.cohort_id == Cohort.id).join(User)
    holds = (CohortMentor.mentor_id == mentor_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    return db.session.scalar(statement.where(Cohort.id == cohort_id, *holds))


def is_member(cohort_id: int, learner_id: int) -> bool:
    """Whether this learner belongs to the cohort now."""
    mine = (Membership.cohort_id == cohort_id, Membership.learner_id == learner_id, Membership.ended_at.is_(None))
    return db.session.execute(select(Membership.id).where(*mine)).first() is not None


def former_mentors_of(learner_id: int) -> list[Companion]:
    """Mentorships of this learner that have ended, the latest first."""
    columns = (User.id, User.name, Mentorship.began_at, Mentorship.ended_at)
    statement = select(*columns).join(Mentorship, Mentorship.mentor_id == User.id)
    statement = statement.where(Mentorship.learner_id == learner_id, Mentorship.ended_at.is_not(None))
    return [Companion(*row) for row in db.session.execute(statement.order_by(Mentorship.ended_at.desc()))]
