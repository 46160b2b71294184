"""cards of one's own, links of entries, kinds of entries, notes and own links of topics"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OWN = sa.text("owner_id IS NOT NULL")


def upgrade() -> None:
    _add_own_cards()
    _add_kinds_and_links()
    _add_notes()


def _add_own_cards() -> None:
    with _without_foreign_keys(), op.batch_alter_table("cards") as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_cards_owner_id_users"), "users", ["owner_id"], ["id"], ondelete="CASCADE")
        batch_op.create_check_constraint(op.f("ck_cards_owner"), "(owner_id IS NULL) = (position > 0)")
    op.create_index("ix_cards_owner_id", "cards", ["owner_id", "id"], sqlite_where=OWN, postgresql_where=OWN)
    op.add_column("desks", sa.Column("own_from", sa.Integer(), nullable=True))
    op.execute("INSERT INTO decks (id, title, step) VALUES ('own', 'Your own cards', 99)")
    op.create_table(
        "own_cards",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("front", sa.Text(), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("accept", sa.Text(), nullable=False),
        sa.Column("is_plain", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(front) BETWEEN 1 AND 1000", name=op.f("ck_own_cards_front")),
        sa.CheckConstraint("length(back) <= 4000", name=op.f("ck_own_cards_back")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_own_cards_card_id_cards"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_own_cards")),
    )


def _add_kinds_and_links() -> None:
    op.add_column("journal_entries", sa.Column("kind", sa.String(length=16), nullable=True))
    op.add_column("journal_entries", sa.Column("looked_on", sa.Integer(), nullable=True))
    op.create_index("ix_journal_entries_kind", "journal_entries", ["learner_id", "kind", "day", "id"])
    op.create_table(
        "journal_links",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_journal_links_entry_id_journal_entries"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_journal_links_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", "kind", "target", name=op.f("pk_journal_links")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_journal_links_target", "journal_links", ["learner_id", "kind", "target", "day", "entry_id"])


def _add_notes() -> None:
    op.create_table(
        "topic_notes",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) <= 10000", name=op.f("ck_topic_notes_body")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_topic_notes_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "topic", name=op.f("pk_topic_notes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "topic_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_topic_links_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_links")),
        sa.UniqueConstraint("learner_id", "topic", "url", name="uq_topic_links_url"),
    )


def downgrade() -> None:
    """Cards of one's own go with all that was learnt of them; `flask reviews rebuild` then recounts the days."""
    op.drop_table("topic_links")
    op.drop_table("topic_notes")
    op.drop_table("journal_links")
    op.drop_index("ix_journal_entries_kind", "journal_entries")
    op.drop_column("journal_entries", "looked_on")
    op.drop_column("journal_entries", "kind")
    op.drop_table("own_cards")
    own = "(SELECT id FROM cards WHERE owner_id IS NOT NULL)"
    for table in ("card_reports", "review_log", "card_states"):
        op.execute(f"DELETE FROM {table} WHERE card_id IN {own}")  # noqa: S608
    op.execute("DELETE FROM cards WHERE owner_id IS NOT NULL")
    op.execute("DELETE FROM decks WHERE id = 'own'")
    op.drop_column("desks", "own_from")
    op.drop_index("ix_cards_owner_id", "cards")
    with _without_foreign_keys(), op.batch_alter_table("cards") as batch_op:
        batch_op.drop_constraint(op.f("ck_cards_owner"), type_="check")
        batch_op.drop_constraint(op.f("fk_cards_owner_id_users"), type_="foreignkey")
        batch_op.drop_column("owner_id")


@contextmanager
def _without_foreign_keys() -> Iterator[None]:
    """SQLite makes the table anew, and dropping the old one must not look at the answers that name its cards.

    Its switch works between transactions only.
    """
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        yield
        return
    driver: Any = bind.connection.dbapi_connection
    for switch in ("OFF", "ON"):
        is_open = driver.in_transaction
        if is_open:
            driver.execute("COMMIT")
        driver.execute(f"PRAGMA foreign_keys = {switch}")
        if is_open:
            driver.execute("BEGIN IMMEDIATE")
        if switch == "OFF":
            yield
