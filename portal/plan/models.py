"""A learner's plan: hours of each weekday, breaks, evidence of what is done, and the address of the calendar feed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_DAY = 16 * 60  # minutes
LONGEST_NOTE = 1_000  # characters
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Plan(Base):
    """What a learner set out to do. `known_steps` are step numbers joined by spaces.

    `agreed_on` is the end as the learner last saw and accepted it (None: not within ten years); the end that is
    computed today is compared with it. `version` rises with every change.
    """

    __tablename__ = "plans"
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    preset: Mapped[str] = mapped_column(String(16))
    start_on: Mapped[date]
    has_own_projects: Mapped[bool]
    known_steps: Mapped[str] = mapped_column(String(40))
    agreed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def known(self) -> frozenset[int]:
        """The numbers of the steps the learner knew before."""
        return frozenset(map(int, self.known_steps.split()))


class Hours(Base):
    """Minutes for each weekday from a day on, until the next row. So new hours leave the past as it was planned."""

    __tablename__ = "plan_hours"
    __table_args__ = (
        *(CheckConstraint(f"{weekday} BETWEEN 0 AND {LONGEST_DAY}", name=weekday) for weekday in WEEK),
        {"sqlite_with_rowid": False},
    )
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    monday: Mapped[int]
    tuesday: Mapped[int]
    wednesday: Mapped[int]
    thursday: Mapped[int]
    friday: Mapped[int]
    saturday: Mapped[int]
    sunday: Mapped[int]

    @property
    def minutes(self) -> tuple[int, ...]:
        """For Monday to Sunday."""
        return tuple(getattr(self, weekday) for weekday in WEEK)


class BreakRow(Base):
    """Days without study, both included."""

    __tablename__ = "plan_breaks"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="order"),
        Index("ix_plan_breaks_first_on", "learner_id", "first_on"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    first_on: Mapped[date]
    last_on: Mapped[date]


class Evidence(Base):
    """What shows that an item of the plan is done. `kind` says of which sort: "note" is the learner's own words.

    Topics with cards have none here: their cards are the evidence. Other sorts (checks of a project, a mentor's
    word) are rows of another kind. A step's colour on the roadmap never comes from here.
    """

    __tablename__ = "plan_evidence"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    done_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class Feed(Base):
    """The calendar feed of a learner: the digest of its address. The address itself is shown once and kept nowhere."""

    __tablename__ = "plan_feeds"
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
