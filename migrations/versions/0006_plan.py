"""plan: hours of each weekday, breaks, evidence of what is done, calendar feeds"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("preset", sa.String(length=16), nullable=False),
        sa.Column("start_on", sa.Integer(), nullable=False),
        sa.Column("has_own_projects", sa.Boolean(), nullable=False),
        sa.Column("known_steps", sa.String(length=40), nullable=False),
        sa.Column("agreed_on", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _learner("plans"),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_plans")),
    )
    op.create_table(
        "plan_hours",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        *(sa.Column(weekday, sa.Integer(), nullable=False) for weekday in WEEK),
        *(
            sa.CheckConstraint(f"{weekday} BETWEEN 0 AND 960", name=op.f(f"ck_plan_hours_{weekday}"))
            for weekday in WEEK
        ),
        _learner("plan_hours"),
        sa.PrimaryKeyConstraint("learner_id", "valid_from", name=op.f("pk_plan_hours")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_breaks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_plan_breaks_order")),
        _learner("plan_breaks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_breaks")),
    )
    with op.batch_alter_table("plan_breaks", schema=None) as batch_op:
        batch_op.create_index("ix_plan_breaks_first_on", ["learner_id", "first_on"], unique=False)

    op.create_table(
        "plan_evidence",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("done_on", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        _learner("plan_evidence"),
        sa.PrimaryKeyConstraint("learner_id", "item_id", name=op.f("pk_plan_evidence")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_feeds",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _learner("plan_feeds"),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_plan_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_plan_feeds_digest")),
    )


def _learner(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_learner_id_users")
    return sa.ForeignKeyConstraint(["learner_id"], ["users.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("plan_feeds")
    op.drop_table("plan_evidence")
    with op.batch_alter_table("plan_breaks", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_breaks_first_on")

    op.drop_table("plan_breaks")
    op.drop_table("plan_hours")
    op.drop_table("plans")
