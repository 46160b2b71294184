"""What is known of people, their sessions, and who is whose mentor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Subquery, func, select

from portal.accounts.models import Mentorship, Role, Session, SignInFailure, User
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

    Whatever asks it loses a pair the moment the mentorship ends or the mentor's role is taken away.
    """
    return (
        select(Mentorship.learner_id, Mentorship.mentor_id, Mentorship.began_at.label("since"))
        .join(User, User.id == Mentorship.mentor_id)
        .where(Mentorship.ended_at.is_(None), User.role.in_(MENTORS))
        .subquery("mentorings")
    )


def is_mentor_of(mentor_id: int, learner_id: int) -> bool:
    """Whether this person mentors that learner now."""
    held = mentorings()
    statement = select(held.c.since).where(held.c.mentor_id == mentor_id, held.c.learner_id == learner_id)
    return db.session.execute(statement).first() is not None


def mentors_of(learner_id: int) -> list[Companion]:
    """Who mentors this learner now, by name."""
    held = mentorings()
    statement = select(User.id, User.name, held.c.since).join(held, held.c.mentor_id == User.id)
    statement = statement.where(held.c.learner_id == learner_id).order_by(User.name, User.id)
    return [Companion(*row) for row in db.session.execute(statement)]


def learners_of(mentor_id: int) -> list[Companion]:
    """Whom this person mentors now, by name."""
    held = mentorings()
    statement = select(User.id, User.name, held.c.since).join(held, held.c.learner_id == User.id)
    statement = statement.where(held.c.mentor_id == mentor_id).order_by(User.name, User.id)
    return [Companion(*row) for row in db.session.execute(statement)]


def former_mentors_of(learner_id: int) -> list[Companion]:
    """Mentorships of this learner that have ended, the latest first."""
    columns = (User.id, User.name, Mentorship.began_at, Mentorship.ended_at)
    statement = select(*columns).join(Mentorship, Mentorship.mentor_id == User.id)
    statement = statement.where(Mentorship.learner_id == learner_id, Mentorship.ended_at.is_not(None))
    return [Companion(*row) for row in db.session.execute(statement.order_by(Mentorship.ended_at.desc()))]
