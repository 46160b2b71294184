"""item statistics: what first answers say of each card; what became of reports"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FIRST = sa.text("version = 0 OR takes_back = 0")
COLUMNS = ("id", "report_id", "actor", "verdict", "words", "token", "decided_at")
CHANGED = " OR ".join(["NEW.actor_id IS NOT NULL", *(f"NEW.{column} <> OLD.{column}" for column in COLUMNS)])
REFUSES = "report_decisions is append-only"


def upgrade() -> None:
    partial: dict[str, Any] = {"sqlite_where": FIRST, "postgresql_where": FIRST}
    op.create_index("ix_review_log_first", "review_log", ["card_id"], **partial)
    op.add_column("card_reports", sa.Column("sheet", sa.Text(), nullable=True))
    _make_decisions()
    op.create_table(
        "item_statistics",
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.String(length=120), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.id"], name=op.f("fk_item_statistics_card_id_cards"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_item_statistics")),
    )
    numbers = ("cards", "shown_on", "met", "holders", "answers", "shown")
    op.create_table(
        "belief_statistics",
        sa.Column("misconception", sa.String(length=80), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("misconception", name=op.f("pk_belief_statistics")),
    )


def _make_decisions() -> None:
    op.create_table(
        "report_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('accept', 'decline')", name=op.f("ck_report_decisions_verdict")),
        sa.CheckConstraint("length(words) BETWEEN 1 AND 1000", name=op.f("ck_report_decisions_words")),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["card_reports.id"],
            name=op.f("fk_report_decisions_report_id_card_reports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_report_decisions_actor_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_decisions")),
        sa.UniqueConstraint("report_id", "token", name="uq_report_decisions_token"),
    )
    op.create_index("ix_report_decisions_report", "report_decisions", ["report_id", "id"])
    op.create_index("ix_report_decisions_actor", "report_decisions", ["actor_id"])
    _forbid_changes()


def downgrade() -> None:
    for table in ("belief_statistics", "item_statistics", "report_decisions"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION report_decisions_is_append_only()")
    op.drop_column("card_reports", "sheet")
    op.drop_index("ix_review_log_first", "review_log")


def _forbid_changes() -> None:
    """Decisions are only added: the database refuses to change one, but forgets an account that goes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER report_decisions_is_append_only BEFORE UPDATE ON report_decisions WHEN {CHANGED}"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSES}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION report_decisions_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSES}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER report_decisions_is_append_only BEFORE UPDATE ON report_decisions"
        f" FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION report_decisions_is_append_only()"
    )
