"""What is known of people and their sessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.accounts.models import Session, SignInFailure, User
from portal.db import db

FAILURES_ALLOWED = 10
FAILURES_WITHIN = timedelta(minutes=5)


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
