"""The ways into a cohort: codes that may be passed on, requests, invitations by address, and moves between cohorts."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

MOST_LEARNERS = 10_000
_IS_WAITING = text("outcome = 'waiting'")


class Outcome(StrEnum):
    """What became of a request or an invitation."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class JoinCode(Base):
    """A way into a cohort for whoever has it: `code` is typed, `token` stands in the link.

    `most` is how many may come by it, `expires_at` until when; None: no limit. Both secrets are kept as they are, for
    its mentors must see them again.
    """

    __tablename__ = "join_codes"
    __table_args__ = (CheckConstraint("most BETWEEN 1 AND 10000", name="most"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    needs_approval: Mapped[bool]
    most: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class JoinRequest(Base):
    """That somebody came by a code: let in at once where it needs no approval, waiting for a mentor where it does."""

    __tablename__ = "join_requests"
    __table_args__ = (
        CheckConstraint("outcome IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="outcome"),
        Index(
            "uq_join_requests_waiting",
            "cohort_id",
            "learner_id",
            unique=True,
            sqlite_where=_IS_WAITING,
            postgresql_where=_IS_WAITING,
        ),
        Index("ix_join_requests_code", "join_code_id", "outcome"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    join_code_id: Mapped[int] = mapped_column(ForeignKey("join_codes.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10), default=Outcome.WAITING.value)
    decided_at: Mapped[datetime | None]


class Invitation(Base):
    """That a mentor would like whoever has this address in a cohort. `token` is the personal link to it.

    `name` and `starts_on` are what the mentor wrote; `learner_id` is who answered, with whatever address.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("outcome IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="outcome"),
        Index(
            "uq_invitations_waiting",
            "cohort_id",
            "email",
            unique=True,
            sqlite_where=_IS_WAITING,
            postgresql_where=_IS_WAITING,
        ),
        Index("ix_invitations_email", "email"),
        Index("ix_invitations_place", "cohort_id", "email", "id"),
        Index(
            "ix_invitations_learner", "learner_id", "cohort_id"
        ),  # both: SQLite would read all of a cohort's for each
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(80), default="")
    starts_on: Mapped[date | None]
    token: Mapped[str] = mapped_column(String(22), unique=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    invited_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10), default=Outcome.WAITING.value)
    answered_at: Mapped[datetime | None]
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class Move(Base):
    """That a mentor moved a learner from one cohort into another, so that the learner can read who did it."""

    __tablename__ = "cohort_moves"
    __table_args__ = (Index("ix_cohort_moves_learner", "learner_id", "to_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    from_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    moved_at: Mapped[datetime]


class RosterUpload(Base):
    """A roster file that a mentor sent and has not said yes to yet: one a mentor and cohort, for a day."""

    __tablename__ = "roster_uploads"
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
