"""calls: cards that come to a learner before the roadmap's new ones, their own among them"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

FIRST_CALL = sa.text("""
    UPDATE desks SET called_from = (
        SELECT min(k.id) FROM calls k JOIN cards c ON c.id = k.card_id
        LEFT JOIN card_states s ON s.card_id = c.id AND s.learner_id = desks.learner_id
        WHERE k.learner_id = desks.learner_id AND c.is_active
        AND (s.card_id IS NULL OR (s.due_on IS NULL AND NOT s.is_suspended))
    )
""")
FIRST_OWN = sa.text("""
    UPDATE desks SET own_from = (
        SELECT min(c.id) FROM cards c
        LEFT JOIN card_states s ON s.card_id = c.id AND s.learner_id = desks.learner_id
        WHERE c.owner_id = desks.learner_id AND c.is_active
        AND (s.card_id IS NULL OR (s.due_on IS NULL AND NOT s.is_suspended))
    )
""")


def upgrade() -> None:
    with _without_foreign_keys(), op.batch_alter_table("cards") as batch_op:
        batch_op.drop_constraint(op.f("ck_cards_owner"), type_="check")
        batch_op.create_check_constraint(op.f("ck_cards_owner"), "owner_id IS NULL OR position = 0")
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_calls_card_id_cards"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_calls_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("learner_id", "card_id", name="uq_calls_card"),
    )
    op.create_index("ix_calls_card_id", "calls", ["card_id"])
    op.create_index("ix_calls_learner", "calls", ["learner_id", "id"])
    op.execute(
        "INSERT INTO calls (learner_id, card_id, called_at)"
        " SELECT c.owner_id, c.id, o.made_at FROM cards c JOIN own_cards o ON o.card_id = c.id ORDER BY c.id"
    )
    op.add_column("desks", sa.Column("called_from", sa.Integer(), nullable=True))
    op.execute(FIRST_CALL)
    op.drop_column("desks", "own_from")


def downgrade() -> None:
    """Cards that were neither the roadmap's nor a learner's go, with all that was learnt of them."""
    op.add_column("desks", sa.Column("own_from", sa.Integer(), nullable=True))
    op.execute(FIRST_OWN)
    op.drop_column("desks", "called_from")
    op.drop_table("calls")
    lost = "(SELECT id FROM cards WHERE owner_id IS NULL AND position = 0)"
    for table in ("card_reports", "review_log", "card_states"):
        op.execute(f"DELETE FROM {table} WHERE card_id IN {lost}")  # noqa: S608
    op.execute("DELETE FROM cards WHERE owner_id IS NULL AND position = 0")
    with _without_foreign_keys(), op.batch_alter_table("cards") as batch_op:
        batch_op.drop_constraint(op.f("ck_cards_owner"), type_="check")
        batch_op.create_check_constraint(op.f("ck_cards_owner"), "(owner_id IS NULL) = (position > 0)")


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
