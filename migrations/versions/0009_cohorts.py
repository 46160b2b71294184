"""cohorts: who belongs to which, how they stand, who looked"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
    )
    op.create_table(
        "cohort_days",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("right_answers", sa.Integer(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_days_cohort_id_cohorts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "day", name=op.f("pk_cohort_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cohort_mentors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_mentors_cohort_id_cohorts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["users.id"], name=op.f("fk_cohort_mentors_mentor_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_mentors")),
    )
    with op.batch_alter_table("cohort_mentors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohort_mentors_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index("ix_cohort_mentors_mentor", ["mentor_id", "cohort_id"], unique=False)
        batch_op.create_index(
            "uq_cohort_mentors_current",
            ["cohort_id", "mentor_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_memberships_cohort_id_cohorts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_memberships_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_cohort_id"), ["cohort_id"], unique=False)
        batch_op.create_index("ix_memberships_learner", ["learner_id", "cohort_id"], unique=False)
        batch_op.create_index(
            "uq_memberships_current",
            ["cohort_id", "learner_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "mentor_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("cohort_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_mentor_views_cohort_id_cohorts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_mentor_views_learner_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["users.id"], name=op.f("fk_mentor_views_mentor_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_views")),
    )
    with op.batch_alter_table("mentor_views", schema=None) as batch_op:
        batch_op.create_index("ix_mentor_views_cohort", ["cohort_id", "id"], unique=False)
        batch_op.create_index("ix_mentor_views_learner", ["learner_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mentor_views_mentor_id"), ["mentor_id"], unique=False)

    op.create_table(
        "standings",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("need", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("wins", sa.Text(), nullable=False),
        sa.Column("last_on", sa.Integer(), nullable=True),
        sa.Column("active_days", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("recall", sa.Integer(), nullable=True),
        sa.Column("recall_was", sa.Integer(), nullable=True),
        sa.Column("behind", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_standings_cohort_id_cohorts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_standings_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "learner_id", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("standings", schema=None) as batch_op:
        batch_op.create_index("ix_standings_active_days", ["cohort_id", "active_days", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_as_of", ["as_of"], unique=False)
        batch_op.create_index("ix_standings_behind", ["cohort_id", "behind", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_due", ["cohort_id", "due", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_last_on", ["cohort_id", "last_on", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_learner", ["learner_id"], unique=False)
        batch_op.create_index("ix_standings_minutes", ["cohort_id", "minutes", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_name", ["cohort_id", "name", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_need", ["cohort_id", "need", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_recall", ["cohort_id", "recall", "learner_id"], unique=False)
        batch_op.create_index("ix_standings_reviews", ["cohort_id", "reviews", "learner_id"], unique=False)

    op.create_table(
        "topic_standings",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("recall", sa.Integer(), nullable=False),
        sa.Column("recall_was", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_topic_standings_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "topic", name=op.f("pk_topic_standings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "beliefs",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("misconception", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_beliefs_card_id_cards")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["users.id"], name=op.f("fk_beliefs_learner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "card_id", "misconception", name=op.f("pk_beliefs")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("beliefs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_beliefs_card_id"), ["card_id"], unique=False)
        batch_op.create_index("ix_beliefs_misconception", ["misconception", "learner_id"], unique=False)


def downgrade() -> None:
    for table in ("beliefs", "topic_standings", "standings", "mentor_views", "cohort_days"):
        op.drop_table(table)
    for table in ("memberships", "cohort_mentors", "cohorts"):
        op.drop_table(table)
