"""The conversation of a learner with the mentors of a cohort: what is said, what waits, who has read how far."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_MESSAGE = 4_000  # characters


class Message(Base):
    """What a learner, or a mentor of the cohort, said in the thread that all of them read.

    A deleted one keeps its place and loses its words. `token` names the form it came from. `answers_since`: it answered
    a learner who had waited since then.
    """

    __tablename__ = "feedback_messages"
    __table_args__ = (
        CheckConstraint(f"length(body) BETWEEN 0 AND {LONGEST_MESSAGE}", name="body"),
        UniqueConstraint("author_id", "token", name="uq_feedback_messages_token"),
        Index("ix_feedback_messages_thread", "cohort_id", "learner_id", "id"),
        Index("ix_feedback_messages_learner", "learner_id"),
        Index(
            "ix_feedback_messages_answers",
            "cohort_id",
            "id",
            sqlite_where=text("answers_since IS NOT NULL"),
            postgresql_where=text("answers_since IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    answers_since: Mapped[datetime | None]


class Thread(Base):
    """Since when a learner waits for an answer of the cohort's mentors (None: nobody waits).

    `settled_at`: a mentor wrote last then, or said that nothing needs an answer.
    """

    __tablename__ = "feedback_threads"
    __table_args__ = (
        Index("ix_feedback_threads_waiting", "cohort_id", "waits_since"),
        Index("ix_feedback_threads_learner", "learner_id"),
        {"sqlite_with_rowid": False},
    )
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    waits_since: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Reader(Base):
    """How far somebody has read a thread (`read_upto`, a moment in it; `read_at` when that was), and what waits.

    `unread_since` None: nothing does; else it is when the first unread thing was said, and `latest_at` the last.
    """

    __tablename__ = "feedback_readers"
    __table_args__ = (
        Index("ix_feedback_readers_thread", "cohort_id", "learner_id"),
        Index("ix_feedback_readers_learner", "learner_id"),
        {"sqlite_with_rowid": False},
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    unread_since: Mapped[datetime | None]
    latest_at: Mapped[datetime | None]
    read_upto: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
