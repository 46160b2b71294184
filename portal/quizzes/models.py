"""Cards as served, each learner's memory of them, and the log that memory is made from."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

OWN_DECK = "own"
OFF_ROADMAP = 99  # the step of a deck that belongs to none: learners' own cards, and what cohorts have of their own
FIRST = "version = 0 OR takes_back = 0"  # what a statistic of first answers reads: the answer, and what changed it
LONGEST_FRONT, LONGEST_BACK = 1_000, 4_000  # characters: in any script a form of both stays below 64 KB
LONGEST_DECISION = 1_000
LogId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class Deck(Base):
    """A deck file that was loaded."""

    __tablename__ = "decks"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    step: Mapped[int]


class Card(Base):
    """A card as it is served: `sheet` is quizzes.sheets.Sheet as JSON. `position` is its place on the roadmap, from 1.

    Cards off the roadmap have the position 0: they lie before every frontier, so no search for new cards of the roadmap
    ever meets them. A card that a learner made has an owner, and is nobody else's; others are seen by those they were
    called for (Call). `kept_back_by` are the choices that keep it from coming as new (quizzes.choosing), as bits.
    """

    __tablename__ = "cards"
    __table_args__ = (
        CheckConstraint("owner_id IS NULL OR position = 0", name="owner"),
        Index("ix_cards_position", "position", "is_active", "kept_back_by"),  # the search for new cards reads it alone
        Index(
            "ix_cards_owner_id",
            "owner_id",
            "id",
            sqlite_where=text("owner_id IS NOT NULL"),
            postgresql_where=text("owner_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    deck_id: Mapped[str] = mapped_column(ForeignKey("decks.id"), index=True)
    topic: Mapped[str] = mapped_column(String(64), index=True)
    topic_title: Mapped[str] = mapped_column(String(120))
    position: Mapped[int]
    rev: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    sheet: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kept_back_by: Mapped[int] = mapped_column(default=0, server_default="0")


class Pair(Base):
    """Two cards of the roadmap of which one builds on the other (`needs:` in its file), a row from the view of each.

    A card that is withdrawn has no pairs. `is_needed`: `card_id` builds on `other_id`, which stands before it on the
    roadmap. `kept_back_by` is what keeps the other one back, so that the search for new cards asks in one place.
    """

    __tablename__ = "card_pairs"
    __table_args__ = ({"sqlite_with_rowid": False},)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True)
    is_needed: Mapped[bool]
    kept_back_by: Mapped[int]


class OwnCard(Base):
    """What the owner of a card wrote: Markdown. `front` with one ==gap== is a cloze card; else `back` is compared.

    `accept` holds further right answers of a gap, one a line; where `is_plain`, == belongs to the text and hides
    nothing. `entry_id` names the journal entry it was made from and is no foreign key: the journal stands right of the
    cards.
    """

    __tablename__ = "own_cards"
    __table_args__ = (
        CheckConstraint(f"length(front) BETWEEN 1 AND {LONGEST_FRONT}", name="front"),
        CheckConstraint(f"length(back) <= {LONGEST_BACK}", name="back"),
    )
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int | None]
    version: Mapped[int]
    front: Mapped[str] = mapped_column(Text)
    back: Mapped[str] = mapped_column(Text)
    accept: Mapped[str] = mapped_column(Text)
    is_plain: Mapped[bool]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CardState(Base):
    """What a learner remembers of a card: the columns of quizzes.ledger.Memory, always equal to replay(log).

    `show_on` is Memory.show_on, kept for the index that finds today's cards.
    """

    __tablename__ = "card_states"
    __table_args__ = (
        Index("ix_card_states_due", "learner_id", "show_on", "last_on", "interval_days"),
        Index("ix_card_states_again", "learner_id", "again_on", "again_at"),
        {"sqlite_with_rowid": False},
    )
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"), primary_key=True, index=True)
    version: Mapped[int]
    ease: Mapped[int]
    interval_days: Mapped[int]
    repetitions: Mapped[int]
    due_on: Mapped[date | None]
    again_on: Mapped[date | None]
    again_at: Mapped[datetime | None]
    buried_on: Mapped[date | None]
    is_suspended: Mapped[bool]
    is_retired: Mapped[bool]
    changed_on: Mapped[date | None]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    last_grade: Mapped[int | None]
    reviews: Mapped[int]
    lapses: Mapped[int]
    show_on: Mapped[date | None]


class Call(Base):
    """That a card comes to a learner before the new cards of the roadmap: they made it, or somebody set it for them.

    Calls come in their own order. A card off the roadmap is there for those alone whom it was called for.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("learner_id", "card_id", name="uq_calls_card"),
        Index("ix_calls_learner", "learner_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), index=True)
    called_at: Mapped[datetime]


class LogRow(Base):
    """One event of one card of one learner (quizzes.ledger.Event), never changed and never deleted.

    `token` is the presentation that was answered; `given` the answer as JSON; `day` the learner's day as it
    was computed then, with the zone and the hour it was computed in; `interval_days` and `due_on` what came
    of it, for the card's history. `found` is what running a written answer showed (quizzes.marking.Marked as JSON):
    nothing is ever run again to tell of an answer.
    """

    __tablename__ = "review_log"
    __table_args__ = (
        UniqueConstraint("learner_id", "card_id", "version", name="uq_review_log_version"),
        Index("ix_review_log_learner_id_day", "learner_id", "day"),
        Index("ix_review_log_first", "card_id", sqlite_where=text(FIRST), postgresql_where=text(FIRST)),
        CheckConstraint("grade BETWEEN 0 AND 5", name="grade"),
    )
    id: Mapped[int] = mapped_column(LogId, primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    token: Mapped[str | None] = mapped_column(String(16), unique=True)
    rev: Mapped[int]
    grade: Mapped[int | None]
    proposed: Mapped[int | None]
    given: Mapped[str | None] = mapped_column(Text)
    is_right: Mapped[bool | None]
    misconceptions: Mapped[str | None] = mapped_column(String(200))
    found: Mapped[str | None] = mapped_column(Text)
    takes_back: Mapped[int | None]
    ms: Mapped[int]
    at: Mapped[datetime]
    day: Mapped[date]
    zone: Mapped[str] = mapped_column(String(64))
    rollover_hour: Mapped[int]
    ease: Mapped[int]
    interval_days: Mapped[int]
    due_on: Mapped[date | None]


class ReviewDay(Base):
    """What a learner's day adds up to (quizzes.ledger.Tally), always equal to a recount of the log."""

    __tablename__ = "review_days"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    answers: Mapped[int]
    reviews: Mapped[int]
    fresh: Mapped[int]
    drills: Mapped[int]
    lapses: Mapped[int]
    right: Mapped[int] = mapped_column("right_answers")
    ms: Mapped[int]


class DayCount(Base):
    """Answers of a learner's day that is over, by hour, button or earlier grade: quizzes.digest of the log."""

    __tablename__ = "day_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(5), primary_key=True)
    mark: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen: Mapped[int]
    passed: Mapped[int]


class Desk(Base):
    """Where a learner is: the latest day with an answer, and how far into the new cards they have come.

    No active card of the roadmap at or before position `frontier` waits to be learnt, but for those that the learner's
    `choices` keep back (quizzes.choosing, as bits), so the search for new cards starts there. `called_from` is the
    first call that waits for its card to be learnt; without one, none is looked for. `back_on` is the day they last
    came back after a pause (quizzes.comeback), whatever had piled up meanwhile. `runs` are the queries and patterns
    they ran since `runs_from`.
    """

    __tablename__ = "desks"
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    last_on: Mapped[date | None]
    frontier: Mapped[int] = mapped_column(default=0)
    called_from: Mapped[int | None]
    back_on: Mapped[date | None]
    runs: Mapped[int | None]
    runs_from: Mapped[datetime | None]
    choices: Mapped[int] = mapped_column(default=0, server_default="0")


class Report(Base):
    """A learner says that a card is wrong. `sheet` is the card as it was shown then; reports of old have none."""

    __tablename__ = "card_reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"), index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    rev: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    sheet: Mapped[str | None] = mapped_column(Text)


class ReportDecision(Base):
    """What somebody decided about a report, and in which words; the latest one holds. A trigger refuses changes.

    `actor` is the name then; it and `actor_id` go with the account. `token` names the form it came from.
    """

    __tablename__ = "report_decisions"
    __table_args__ = (
        CheckConstraint("verdict IN ('accept', 'decline')", name="verdict"),
        CheckConstraint(f"length(words) BETWEEN 1 AND {LONGEST_DECISION}", name="words"),
        UniqueConstraint("report_id", "token", name="uq_report_decisions_token"),
        Index("ix_report_decisions_report", "report_id", "id"),
        Index("ix_report_decisions_actor", "actor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("card_reports.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime]


class ItemStatistic(Base):
    """What first answers say of a card, as it was counted: `told` is quizzes.items.ItemStatistics as JSON.

    `seen` is the last row of the log that was there; `flags` are those of quizzes.items.findings, with spaces between.
    A card that is changed loses its row (loading.py): what was counted was about another text.
    """

    __tablename__ = "item_statistics"
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)
    flags: Mapped[str] = mapped_column(String(120))
    told: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime]


class BeliefStatistic(Base):
    """How far a misconception goes in the whole bank, from first answers (quizzes.items.Spread), as it was counted."""

    __tablename__ = "belief_statistics"
    misconception: Mapped[str] = mapped_column(String(80), primary_key=True)
    cards: Mapped[int]
    shown_on: Mapped[int]
    met: Mapped[int]
    holders: Mapped[int]
    answers: Mapped[int]
    shown: Mapped[int]
