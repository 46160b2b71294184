"""What is kept ready for mentors: how each learner of a cohort stands, topic by topic and day by day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_MESSAGE, LONGEST_REASON = 2_000, 200  # characters


class Standing(Base):
    """How a learner of a cohort stood on their day `as_of`, and why they need somebody: always equal to a recount.

    `seen` is the newest row of the review log that is in it. `rules_version` is the cohort's when the reasons were
    found and, added to it, the bits of the language and framework that the learner had chosen (quizzes.choosing.TAGS,
    from 65,536 on), by which cards were counted: one number says that both are as they were.
    `name` is the learner's then, kept for sorting. `need` sums the weights of `reasons`; both they and `wins` are JSON
    (quizzes.needs.Reason). `active_days` counts the days with an answer among the last 14, `reviews` the answers of the
    last 7, `minutes` the time studied in them. `recall` is the mean predicted recall of the cards that were started, in
    tenths of a percent, `recall_was` the same 14 days before; `behind` is what lacks on the plan, in minutes. None:
    there is nothing to say yet. The last two indexes hold what is summed up, behind when it changed last, and
    who has wins.
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index("ix_standings_as_of", "as_of"),
        Index("ix_standings_learner", "learner_id"),
        *(
            Index(f"ix_standings_{column}", "cohort_id", column, "learner_id")
            for column in ("need", "name", "last_on", "active_days", "reviews", "minutes", "due", "recall", "behind")
        ),
        Index("ix_standings_sums", "cohort_id", "written_at", "reviews", "due", "recall"),
        Index(
            "ix_standings_won",
            "cohort_id",
            "last_on",
            "learner_id",
            sqlite_where=text("wins <> '[]'"),
            postgresql_where=text("wins <> '[]'"),
        ),
        {"sqlite_with_rowid": False},
    )
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    as_of: Mapped[date]
    seen: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    rules_version: Mapped[int]
    need: Mapped[int]
    reasons: Mapped[str] = mapped_column(Text)
    wins: Mapped[str] = mapped_column(Text)
    last_on: Mapped[date | None]
    active_days: Mapped[int]
    reviews: Mapped[int]
    minutes: Mapped[int]
    due: Mapped[int]
    started: Mapped[int]
    recall: Mapped[int | None]
    recall_was: Mapped[int | None]
    behind: Mapped[int | None]
    written_at: Mapped[datetime]


class TopicStanding(Base):
    """How a learner stood with a topic on the day of their standing: the numbers behind the heat map.

    `recall` and `recall_was` as in Standing, of the cards of this topic that were started; `tries` and `misses` are the
    scheduled reviews of the last 14 days, and those of them that failed. Topics without a started card have no row.
    """

    __tablename__ = "topic_standings"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    started: Mapped[int]
    due: Mapped[int]
    recall: Mapped[int]
    recall_was: Mapped[int | None]
    tries: Mapped[int]
    misses: Mapped[int]


class Belief(Base):
    """A misconception that a learner showed with a card in the last 28 days, and the latest answer that showed it.

    Drills do not count, neither as signs of it nor against it: a card seen a minute ago is known to everybody.
    """

    __tablename__ = "beliefs"
    __table_args__ = (Index("ix_beliefs_misconception", "misconception", "learner_id"), {"sqlite_with_rowid": False})
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"), primary_key=True, index=True)
    misconception: Mapped[str] = mapped_column(String(80), primary_key=True)
    day: Mapped[date]
    version: Mapped[int]


class CohortDay(Base):
    """What the members of a cohort did on a day of their own: sums of their review_days, for the trend."""

    __tablename__ = "cohort_days"
    __table_args__ = ({"sqlite_with_rowid": False},)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    members: Mapped[int]
    active: Mapped[int]
    answers: Mapped[int]
    right: Mapped[int] = mapped_column("right_answers")
    ms: Mapped[int]


class Nudge(Base):
    """A mentor's message to a learner of their cohort about a reason (`rule`: quizzes.needs.Rule, or "" for none).

    `day` is the learner's day when it was sent. `token` names the form it came from, so that a form that is sent twice
    makes one message.
    """

    __tablename__ = "nudges"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {LONGEST_MESSAGE}", name="text"),
        CheckConstraint(f"length(answer) BETWEEN 1 AND {LONGEST_MESSAGE}", name="answer"),
        UniqueConstraint("mentor_id", "token", name="uq_nudges_token"),
        Index("ix_nudges_cohort", "cohort_id", "id"),
        Index("ix_nudges_learner", "learner_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    day: Mapped[date]
    sent_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]


class MentorNote(Base):
    """What the mentors of a cohort keep about a learner for themselves. The learner knows how many there are."""

    __tablename__ = "mentor_notes"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {LONGEST_MESSAGE}", name="text"),
        UniqueConstraint("author_id", "token", name="uq_mentor_notes_token"),
        Index("ix_mentor_notes_about", "cohort_id", "learner_id", "id"),
        Index("ix_mentor_notes_learner", "learner_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class Snooze(Base):
    """That a learner is no longer counted among those in need until the day `until_on`, and why.

    `day` is the learner's day when it began; `ended_at` is set when a mentor ends it or another takes its place.
    """

    __tablename__ = "snoozes"
    __table_args__ = (
        CheckConstraint(f"length(reason) BETWEEN 1 AND {LONGEST_REASON}", name="reason"),
        Index(
            "uq_snoozes_current",
            "cohort_id",
            "learner_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_snoozes_cohort", "cohort_id", "id"),
        Index("ix_snoozes_learner", "learner_id"),
        Index("ix_snoozes_mentor", "mentor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    day: Mapped[date]
    until_on: Mapped[date]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
