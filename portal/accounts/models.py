"""People, their sessions, who is whose mentor, and the failed sign-ins that slow a guesser down."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class Role(StrEnum):
    """What a person may do; a mentor may do all a learner may, an admin all a mentor may."""

    LEARNER = "learner"
    MENTOR = "mentor"
    ADMIN = "admin"


class User(Base):
    """A person with an account. `email` is kept in lower case."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('learner', 'mentor', 'admin')", name="role"),
        CheckConstraint("rollover_hour BETWEEN 0 AND 23", name="rollover_hour"),
        CheckConstraint("new_per_day BETWEEN 0 AND 200", name="new_per_day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(10), default=Role.LEARNER.value)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    rollover_hour: Mapped[int] = mapped_column(default=4)
    new_per_day: Mapped[int] = mapped_column(default=10)
    has_full_scale: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Session(Base):
    """A signed-in browser. Only a digest of its token is stored, so a copy of the table signs nobody in."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Mentorship(Base):
    """That a learner named somebody their mentor, and until when. Begun again it is another row.

    Whoever wants to know who is whose mentor asks queries.py: there may be other ways to become one.
    """

    __tablename__ = "mentorships"
    __table_args__ = (
        CheckConstraint("learner_id <> mentor_id", name="two_people"),
        Index(
            "uq_mentorships_current",
            "learner_id",
            "mentor_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_mentorships_learner", "learner_id", "mentor_id"),
        Index("ix_mentorships_mentor", "mentor_id", "learner_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInFailure(Base):
    """One failed sign-in, counted against an account and against a network address."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_subject_failed_at", "subject", "failed_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime]
