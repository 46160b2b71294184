"""What people do with their accounts. Nothing here commits, hashes a password or sees HTTP."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Mentorship, MentorView, Role, Session, SignInFailure, User
from portal.accounts.queries import FAILURES_WITHIN, MENTORS, find_user, has_named
from portal.db import db
from portal.login import ABSOLUTE, token_digest

SEEN_EVERY = timedelta(hours=1)


class EmailTaken(ValueError):
    """Somebody has an account with this address already."""


class UserUnknown(ValueError):
    """Nobody has an account with this address."""


class NotAMentor(ValueError):
    """Nobody who mentors has this address."""


def add_user(email: str, name: str, password_hash: str, zone: str, moment: datetime, role: Role = Role.LEARNER) -> User:
    """Create an account. Raises EmailTaken."""
    user = User(
        email=email.strip().lower(),
        name=name.strip(),
        password_hash=password_hash,
        zone=zone,
        role=role.value,
        created_at=moment,
    )
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise EmailTaken(f"There is an account with {email} already.") from None
    return user


def start_session(user_id: int, device: str, moment: datetime) -> str:
    """Open a session and give its token, which is known to the browser only. Old sessions are swept."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        Session(
            token_digest=token_digest(token),
            user_id=user_id,
            device=device[:80],
            started_at=moment,
            seen_at=moment,
        )
    )
    db.session.execute(delete(Session).where(Session.user_id == user_id, Session.started_at < moment - ABSOLUTE))
    return token


def note_seen(session_id: int, moment: datetime) -> None:
    """Remember that a session is in use."""
    db.session.execute(update(Session).where(Session.id == session_id).values(seen_at=moment))


def end_session(user_id: int, session_id: int) -> bool:
    """Sign one browser out; False when this person has no such session."""
    gone = delete(Session).where(Session.id == session_id, Session.user_id == user_id).returning(Session.id)
    return db.session.execute(gone).first() is not None


def end_sessions(user_id: int) -> None:
    """Sign a person out everywhere."""
    db.session.execute(delete(Session).where(Session.user_id == user_id))


def change_password(user_id: int, password_hash: str) -> None:
    """Keep a new password and end every session, the one that asked included."""
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
    end_sessions(user_id)


def change_role(email: str, role: Role) -> None:
    """Give a person another role; they sign in again to use it. Raises UserUnknown."""
    if (user := find_user(email)) is None:
        raise UserUnknown(f"Nobody here has the address {email}.")
    user.role = role.value
    end_sessions(user.id)


def save_profile(user_id: int, **changes: str | int | bool) -> None:
    """Change name, zone, rollover_hour, new_per_day or has_full_scale."""
    db.session.execute(update(User).where(User.id == user_id).values(**changes))


def note_failure(subjects: list[str], moment: datetime) -> None:
    """Count a failed sign-in against each subject, and forget those too old to matter."""
    db.session.execute(delete(SignInFailure).where(SignInFailure.failed_at < moment - FAILURES_WITHIN))
    db.session.add_all(SignInFailure(subject=subject, failed_at=moment) for subject in subjects)


def begin_mentorship(learner_id: int, email: str, moment: datetime) -> str:
    """Let this learner have the person with this address as a mentor, from now on; the mentor's name.

    Somebody who is their mentor already stays it. Raises NotAMentor, for an unknown address as for one of a learner.
    """
    mentor = find_user(email)
    if mentor is None or mentor.role not in MENTORS or mentor.id == learner_id:
        raise NotAMentor("No mentor here has this address.")
    name = mentor.name
    if not has_named(learner_id, mentor.id):
        db.session.add(Mentorship(learner_id=learner_id, mentor_id=mentor.id, began_at=moment))
        try:
            db.session.flush()
        except IntegrityError:  # the same form, sent twice
            db.session.rollback()
    return name


def end_mentorship(learner_id: int, mentor_id: int, moment: datetime) -> bool:
    """Let a mentor go; False when this learner has no such mentor."""
    statement = update(Mentorship).where(Mentorship.learner_id == learner_id, Mentorship.mentor_id == mentor_id)
    ended = statement.where(Mentorship.ended_at.is_(None)).values(ended_at=moment).returning(Mentorship.id)
    return db.session.execute(ended, execution_options={"synchronize_session": False}).first() is not None


def note_view(mentor_id: int, cohort_id: int | None, learner_id: int | None, page: str, moment: datetime) -> None:
    """Keep that this mentor opened a page about this learner, or (None) about the whole cohort. `page`: its name."""
    opened = {"cohort_id": cohort_id, "learner_id": learner_id, "page": page, "opened_at": moment}
    db.session.execute(insert(MentorView).values(mentor_id=mentor_id, **opened))
