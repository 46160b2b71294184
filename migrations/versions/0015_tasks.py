"""tasks that mentors set: their cards, whom they are asked of by name, words and excuses"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _of(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Integer(), nullable=False),
        sa.Column("is_for_all", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('cards', 'topics', 'step', 'project', 'reading')", name=op.f("ck_tasks_kind")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 120", name=op.f("ck_tasks_title")),
        sa.CheckConstraint("length(note) <= 1000", name=op.f("ck_tasks_note")),
        _of("tasks", "cohort_id", "cohorts"),
        _of("tasks", "mentor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("mentor_id", "token", name="uq_tasks_token"),
    )
    op.create_index("ix_tasks_cohort", "tasks", ["cohort_id", "id"])
    op.create_table(
        "task_cards",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        _of("task_cards", "card_id", "cards"),
        _of("task_cards", "task_id", "tasks"),
        sa.PrimaryKeyConstraint("task_id", "card_id", name=op.f("pk_task_cards")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_task_cards_card_id", "task_cards", ["card_id"])
    op.create_table(
        "task_learners",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("done_on", sa.Integer(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("excuse", sa.Text(), nullable=True),
        sa.CheckConstraint("length(line) <= 300", name=op.f("ck_task_learners_line")),
        sa.CheckConstraint("length(excuse) BETWEEN 1 AND 300", name=op.f("ck_task_learners_excuse")),
        _of("task_learners", "learner_id", "users"),
        _of("task_learners", "task_id", "tasks"),
        sa.PrimaryKeyConstraint("task_id", "learner_id", name=op.f("pk_task_learners")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_task_learners_learner", "task_learners", ["learner_id", "task_id"])


def downgrade() -> None:
    """Calls stay: they are the cards' own, and a card that is called harms nobody."""
    for table in ("task_learners", "task_cards", "tasks"):
        op.drop_table(table)
