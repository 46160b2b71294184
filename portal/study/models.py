"""Study sessions: what a learner's timer measured, or what they said instead."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

MOST_MINUTES = 1_440
ASKED_AFTER = timedelta(hours=4)  # longer than people study at a stretch, shorter than a night


class StudySession(Base):
    """A learner studied, on one topic of the roadmap or none. Running: `ended_at` and `minutes` are None.

    A learner has at most one that runs, and the index says so. `day` is the learner's day when it began; `review_ms`
    the time of the answers given while it ran, which stand in `review_days` already. `seen_at` is when the learner
    last said that it goes on; `is_corrected`: the minutes are the learner's, not the clock's. `token` names the form
    it came from, so that a form that is sent twice makes one session.
    """

    __tablename__ = "study_sessions"
    __table_args__ = (
        CheckConstraint(f"minutes BETWEEN 0 AND {MOST_MINUTES}", name="minutes"),
        Index("ix_study_sessions_token", "learner_id", "token", unique=True),
        Index("ix_study_sessions_day", "learner_id", "day"),
        Index(
            "ix_study_sessions_running",
            "learner_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str | None] = mapped_column(String(64))
    day: Mapped[date]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    review_ms: Mapped[int]
    is_corrected: Mapped[bool]

    def seconds(self, moment: datetime) -> int:
        """How long it has run."""
        return max(0, int(((self.ended_at or moment) - self.started_at).total_seconds()))

    def is_forgotten(self, moment: datetime) -> bool:
        """Whether nobody said for so long that it goes on that the learner has to be asked."""
        return self.ended_at is None and moment - self.seen_at > ASKED_AFTER
