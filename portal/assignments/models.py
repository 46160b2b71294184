"""Tasks of a cohort, the cards they are about, and what is kept of single learners beside the evidence."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_TITLE, LONGEST_NOTE, LONGEST_TEXT, LONGEST_LINE = 120, 1_000, 2_000, 300  # characters
MOST_CARDS = 200  # of a task


class Kind(StrEnum):
    """What a task asks for."""

    CARDS = "cards"
    TOPICS = "topics"
    STEP = "step"
    PROJECT = "project"
    READING = "reading"


BY_EVIDENCE = frozenset({Kind.CARDS, Kind.TOPICS, Kind.STEP})  # the others are done by the learner's word


class Task(Base):
    """Something a mentor asks of a cohort, of everybody or (`is_for_all` false) of those with a row in task_learners.

    `about` names it: ids of topics joined by spaces, of a deck, a step or a project; a reading's address, or "".
    `text` is a reading that stands in the portal itself, `minutes` what a reading takes. `due_on` is a day of each
    learner's own. `token` names the form it came from, so that a form that is sent twice makes one task. Calls of its
    cards were made at `sent_at`, which is how they are known again.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("kind IN ('cards', 'topics', 'step', 'project', 'reading')", name="kind"),
        CheckConstraint(f"length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title"),
        CheckConstraint(f"length(note) <= {LONGEST_NOTE}", name="note"),
        UniqueConstraint("mentor_id", "token", name="uq_tasks_token"),
        Index("ix_tasks_cohort", "cohort_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    token: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    about: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int | None]
    due_on: Mapped[date]
    is_for_all: Mapped[bool]
    sent_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    @property
    def is_by_evidence(self) -> bool:
        """Whether answers in the log show that it is done; else the learner says so."""
        return Kind(self.kind) in BY_EVIDENCE


class TaskCard(Base):
    """A card of a task, as it was when the task was set: what is added to a deck later is not asked for."""

    __tablename__ = "task_cards"
    __table_args__ = ({"sqlite_with_rowid": False},)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True, index=True)
    place: Mapped[int]


class TaskLearner(Base):
    """What is kept of a learner and a task: that it was set for them by name, their word that it is done, an excuse.

    Whether cards are done is never kept: the answers say so.
    """

    __tablename__ = "task_learners"
    __table_args__ = (
        CheckConstraint(f"length(line) <= {LONGEST_LINE}", name="line"),
        CheckConstraint(f"length(excuse) BETWEEN 1 AND {LONGEST_LINE}", name="excuse"),
        Index("ix_task_learners_learner", "learner_id", "task_id"),
        {"sqlite_with_rowid": False},
    )
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    is_chosen: Mapped[bool] = mapped_column(default=False)
    done_on: Mapped[date | None]
    line: Mapped[str] = mapped_column(Text, default="")
    excuse: Mapped[str | None] = mapped_column(Text)
