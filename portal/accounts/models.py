"""People, their sessions, who mentors whom and who looked at what, the cohorts, failed sign-ins that slow a guesser."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
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


class Cohort(Base):
    """Learners who learn together, and their mentors. `rules` are the thresholds that differ from the usual, as JSON.

    `rules_version` grows when they change. Archiving a cohort ends every membership in it, so access ends with them.
    """

    __tablename__ = "cohorts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    about: Mapped[str] = mapped_column(Text, default="")
    rules: Mapped[str] = mapped_column(Text, default="{}")
    rules_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class CohortMentor(Base):
    """That somebody mentors a cohort, until when; all its mentors see the same. Begun again it is another row."""

    __tablename__ = "cohort_mentors"
    __table_args__ = (
        Index(
            "uq_cohort_mentors_current",
            "cohort_id",
            "mentor_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_cohort_mentors_mentor", "mentor_id", "cohort_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Membership(Base):
    """That a learner belongs to a cohort, until when. `starts_on`: their own first day in it."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_current",
            "cohort_id",
            "learner_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_learner", "learner_id", "cohort_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    starts_on: Mapped[date]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MentorView(Base):
    """That a mentor opened a page with a learner's results on it; the learner can read it. Never changed.

    `learner_id` None: a page about the whole cohort, which each of its members then can read about. `page` is a noun,
    "heat map"; a journal entry is "entry" and its number. `cohort_id` None: it was opened through no cohort.
    """

    __tablename__ = "mentor_views"
    __table_args__ = (
        Index("ix_mentor_views_learner", "learner_id", "id"),
        Index("ix_mentor_views_cohort", "cohort_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohorts.id", ondelete="SET NULL"))
    page: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime]


class SignInFailure(Base):
    """One failed sign-in, counted against an account and against a network address."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_subject_failed_at", "subject", "failed_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime]
