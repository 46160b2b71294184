"""mentor actions: messages, notes and snoozes; when standings changed last, and who has wins"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "nudges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_nudges_text")),
        sa.CheckConstraint("length(answer) BETWEEN 1 AND 2000", name=op.f("ck_nudges_answer")),
        _of("nudges", "cohort_id", "cohorts"),
        _of("nudges", "learner_id", "users"),
        _of("nudges", "mentor_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
        sa.UniqueConstraint("mentor_id", "token", name="uq_nudges_token"),
    )
    op.create_index("ix_nudges_cohort", "nudges", ["cohort_id", "id"])
    op.create_index("ix_nudges_learner", "nudges", ["learner_id", "id"])
    op.create_table(
        "mentor_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_mentor_notes_text")),
        _of("mentor_notes", "author_id", "users"),
        _of("mentor_notes", "cohort_id", "cohorts"),
        _of("mentor_notes", "learner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_notes")),
        sa.UniqueConstraint("author_id", "token", name="uq_mentor_notes_token"),
    )
    op.create_index("ix_mentor_notes_about", "mentor_notes", ["cohort_id", "learner_id", "id"])
    op.create_index("ix_mentor_notes_learner", "mentor_notes", ["learner_id"])
    op.create_table(
        "snoozes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 200", name=op.f("ck_snoozes_reason")),
        _of("snoozes", "cohort_id", "cohorts"),
        _of("snoozes", "learner_id", "users"),
        _of("snoozes", "mentor_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snoozes")),
    )
    op.create_index("ix_snoozes_cohort", "snoozes", ["cohort_id", "id"])
    op.create_index("ix_snoozes_learner", "snoozes", ["learner_id"])
    op.create_index("ix_snoozes_mentor", "snoozes", ["mentor_id"])
    _create_partial("uq_snoozes_current", "snoozes", ["cohort_id", "learner_id"], "ended_at IS NULL", True)
    op.create_index("ix_standings_sums", "standings", ["cohort_id", "written_at", "reviews", "due", "recall"])
    _create_partial("ix_standings_won", "standings", ["cohort_id", "last_on", "learner_id"], "wins <> '[]'", False)


def _create_partial(name: str, table: str, columns: list[str], where: str, is_unique: bool) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_index("ix_standings_won", "standings")
    op.drop_index("ix_standings_sums", "standings")
    for table in ("snoozes", "mentor_notes", "nudges"):
        op.drop_table(table)
