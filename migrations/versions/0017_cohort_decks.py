"""decks that mentors write for a cohort: their cards, and what was done with them"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FIELDS = (("topic", 64), ("ask", 10), ("level", 10), ("bloom", 12))
TEXTS = ("question", "answers", "answer", "why", "sources")


def _of(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "cohort_decks",
        *(_number(name) for name in ("id", "cohort_id")),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        _number("mentor_id", nullable=True),
        _moment("made_at"),
        _moment("archived_at", nullable=True),
        _of("cohort_decks", "cohort_id", "cohorts"),
        _of("cohort_decks", "mentor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_decks")),
    )
    for column in ("cohort_id", "mentor_id"):
        op.create_index(op.f(f"ix_cohort_decks_{column}"), "cohort_decks", [column])
    op.create_table(
        "cohort_cards",
        *(_number(name) for name in ("id", "deck_id")),
        sa.Column("token", sa.String(length=16), nullable=False),
        *(_number(name) for name in ("place", "version")),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in FIELDS),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_another", "is_sound")),
        sa.Column("state", sa.String(length=10), nullable=False),
        *(_number(name, nullable=True) for name in ("author_id", "card_id")),
        _moment("withdrawn_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'back', 'checked', 'published')", name=op.f("ck_cohort_cards_state")
        ),
        _of("cohort_cards", "deck_id", "cohort_decks"),
        _of("cohort_cards", "author_id", "users", "SET NULL"),
        _of("cohort_cards", "card_id", "cards", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_cards")),
        sa.UniqueConstraint("card_id", name=op.f("uq_cohort_cards_card_id")),
        sa.UniqueConstraint("deck_id", "token", name="uq_cohort_cards_token"),
    )
    op.create_index("ix_cohort_cards_deck", "cohort_cards", ["deck_id", "place"])
    op.create_index(op.f("ix_cohort_cards_author_id"), "cohort_cards", ["author_id"])
    op.create_table(
        "cohort_card_events",
        *(_number(name) for name in ("id", "cohort_card_id", "version")),
        sa.Column("what", sa.String(length=10), nullable=False),
        _number("mentor_id", nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("at"),
        _of("cohort_card_events", "cohort_card_id", "cohort_cards"),
        _of("cohort_card_events", "mentor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_card_events")),
    )
    op.create_index("ix_cohort_card_events_card", "cohort_card_events", ["cohort_card_id", "id"])
    op.create_index(op.f("ix_cohort_card_events_mentor_id"), "cohort_card_events", ["mentor_id"])


def downgrade() -> None:
    """Published cards go too, with all that was learnt of them: without their deck they would be nobody's."""
    for table in ("cohort_card_events", "cohort_cards", "cohort_decks"):
        op.drop_table(table)
    gone = "(SELECT id FROM cards WHERE owner_id IS NULL AND position = 0)"
    for table in ("beliefs", "task_cards", "calls", "card_reports", "review_log", "card_states"):
        op.execute(f"DELETE FROM {table} WHERE card_id IN {gone}")  # noqa: S608 - names of our own
    op.execute("DELETE FROM cards WHERE owner_id IS NULL AND position = 0")
    op.execute("DELETE FROM decks WHERE step = 99 AND id <> 'own'")
