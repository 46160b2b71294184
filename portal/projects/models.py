"""Projects that learners hand in, and everything that happened to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_BODY, LONGEST_ADVICE, LONGEST_LINE, LONGEST_ADDRESS = 10_000, 4_000, 300, 500  # characters


class Submission(Base):
    """One attempt at a project of the roadmap, handed in to the mentors of a cohort.

    `state` (quizzes.handin.State) is what replaying its events gives; `decided_at` and `decider` (a name) belong to the
    latest decision. `token` names the form it came from, so that a form that is sent twice makes one attempt.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'withdrawn', 'sent back', 'accepted')", name="state"),
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_BODY}", name="body"),
        UniqueConstraint("learner_id", "token", name="uq_submissions_token"),
        UniqueConstraint("learner_id", "project", "attempt", name="uq_submissions_attempt"),
        Index(
            "uq_submissions_waiting",
            "learner_id",
            "project",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_submissions_queue", "cohort_id", "state", "handed_in_at"),
        Index("ix_submissions_decided", "cohort_id", "decided_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    project: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int]
    token: Mapped[str] = mapped_column(String(16))
    repository: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    live: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    handed_in_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decider: Mapped[str | None] = mapped_column(String(80))


class SubmissionEntry(Base):
    """That a journal entry belongs to a hand-in. It opens nothing: a mentor reads it while it is shared with them."""

    __tablename__ = "submission_entries"
    __table_args__ = (Index("ix_submission_entries_entry", "entry_id"), {"sqlite_with_rowid": False})
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)


class SubmissionEvent(Base):
    """What happened to a hand-in (quizzes.handin.Event), who did it and why. A trigger refuses changes.

    `actor` is the name then; it and `actor_id` go with the account. `said` is advice to the learner, in Markdown;
    `reason` why something was accepted all the same, or taken back; `judged` the rubric (handin.Judged) as JSON.
    """

    __tablename__ = "submission_events"
    __table_args__ = (
        UniqueConstraint("submission_id", "token", name="uq_submission_events_token"),
        Index("ix_submission_events_submission", "submission_id", "id"),
        Index("ix_submission_events_actor", "actor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor: Mapped[str] = mapped_column(String(80))
    token: Mapped[str] = mapped_column(String(16))
    said: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    judged: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]
