"""Decks that mentors write for their cohort: the text of each card, how far it is checked, and who did what with it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_TITLE, LONGEST_ABOUT = 60, 500
LONGEST_QUESTION, LONGEST_ANSWERS, LONGEST_ANSWER = 1_000, 1_800, 600  # characters: a form of all stays below 64 KB
LONGEST_WHY, LONGEST_SOURCES, LONGEST_WORDS = 800, 600, 500
OF_COHORT = "cohort."  # what the name of a cohort's deck begins with among all decks; no deck file can be called so
MOST_CARDS = 300  # cards of a deck


class State(StrEnum):
    """How far the text of a card is, as it was saved last. What learners see is another matter: CohortCard.card_id."""

    DRAFT = "draft"
    WAITING = "waiting"
    BACK = "back"
    CHECKED = "checked"
    PUBLISHED = "published"


class What(StrEnum):
    """What somebody did with a card."""

    WRITTEN = "written"
    IMPORTED = "imported"
    CHANGED = "changed"
    ASKED = "asked"
    ANSWERED = "answered"
    BACK = "back"
    CHECKED = "checked"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


class CohortDeck(Base):
    """Cards of a cohort's own. An archived deck comes to nobody who has not learnt it; what was learnt stays."""

    __tablename__ = "cohort_decks"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    about: Mapped[str] = mapped_column(Text, default="")
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class CohortCard(Base):
    """A card as its mentors wrote it: the fields of quizzes.drafts.Draft, and what became of them.

    `place` is its order in the deck, `token` the form that made it. `version` counts what was saved, `author_id` wrote
    the last of it, `is_sound` says that nothing stood against it then. `card_id` is what learners see, from the last
    version that was published; `is_another`: the next one asks something else. A withdrawn card is asked of nobody.
    """

    __tablename__ = "cohort_cards"
    __table_args__ = (
        UniqueConstraint("deck_id", "token", name="uq_cohort_cards_token"),
        Index("ix_cohort_cards_deck", "deck_id", "place"),
        CheckConstraint("state IN ('draft', 'waiting', 'back', 'checked', 'published')", name="state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    deck_id: Mapped[int] = mapped_column(ForeignKey("cohort_decks.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    place: Mapped[int]
    version: Mapped[int]
    topic: Mapped[str] = mapped_column(String(64))
    ask: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(10))
    bloom: Mapped[str] = mapped_column(String(12))
    question: Mapped[str] = mapped_column(Text)
    answers: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text)
    is_another: Mapped[bool]
    is_sound: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    card_id: Mapped[int | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"), unique=True)
    withdrawn_at: Mapped[datetime | None]


class CohortCardEvent(Base):
    """That a mentor did something with a version of a card; `words` are theirs, or what they answered."""

    __tablename__ = "cohort_card_events"
    __table_args__ = (Index("ix_cohort_card_events_card", "cohort_card_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_card_id: Mapped[int] = mapped_column(ForeignKey("cohort_cards.id", ondelete="CASCADE"))
    version: Mapped[int]
    what: Mapped[str] = mapped_column(String(10))
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    words: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
