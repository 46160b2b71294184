"""ways into a cohort: codes, requests, invitations, moves, roster files"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OUTCOME = "outcome IN ('waiting', 'accepted', 'declined', 'withdrawn')"
WAITING = sa.text("outcome = 'waiting'")


def foreign(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def index(name: str, table: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), unique=False)


def upgrade() -> None:
    op.create_table(
        "join_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("most BETWEEN 1 AND 10000", name=op.f("ck_join_codes_most")),
        foreign("join_codes", "cohort_id", "cohorts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_join_codes_code")),
        sa.UniqueConstraint("token", name=op.f("uq_join_codes_token")),
    )
    index("ix_join_codes_cohort_id", "join_codes", "cohort_id")
    op.create_table(
        "join_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("join_code_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(OUTCOME, name=op.f("ck_join_requests_outcome")),
        foreign("join_requests", "cohort_id", "cohorts"),
        foreign("join_requests", "learner_id", "users"),
        foreign("join_requests", "join_code_id", "join_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
    )
    index("ix_join_requests_learner_id", "join_requests", "learner_id")
    index("ix_join_requests_code", "join_requests", "join_code_id", "outcome")
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(OUTCOME, name=op.f("ck_invitations_outcome")),
        foreign("invitations", "cohort_id", "cohorts"),
        foreign("invitations", "mentor_id", "users", "SET NULL"),
        foreign("invitations", "learner_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token", name=op.f("uq_invitations_token")),
    )
    index("ix_invitations_email", "invitations", "email")
    index("ix_invitations_place", "invitations", "cohort_id", "email", "id")
    index("ix_invitations_mentor_id", "invitations", "mentor_id")
    index("ix_invitations_learner", "invitations", "learner_id", "cohort_id")
    for table, column in (("join_requests", "learner_id"), ("invitations", "email")):
        name, columns = f"uq_{table}_waiting", ["cohort_id", column]
        op.create_index(name, table, columns, unique=True, sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_table(
        "cohort_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        foreign("cohort_moves", "learner_id", "users"),
        foreign("cohort_moves", "from_id", "cohorts"),
        foreign("cohort_moves", "to_id", "cohorts"),
        foreign("cohort_moves", "mentor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_moves")),
    )
    index("ix_cohort_moves_learner", "cohort_moves", "learner_id", "to_id")
    for column in ("from_id", "to_id", "mentor_id"):
        index(f"ix_cohort_moves_{column}", "cohort_moves", column)
    op.create_table(
        "roster_uploads",
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        foreign("roster_uploads", "cohort_id", "cohorts"),
        foreign("roster_uploads", "mentor_id", "users"),
        sa.PrimaryKeyConstraint("cohort_id", "mentor_id", name=op.f("pk_roster_uploads")),
    )
    index("ix_roster_uploads_mentor_id", "roster_uploads", "mentor_id")


def downgrade() -> None:
    for table in ("roster_uploads", "cohort_moves", "invitations", "join_requests", "join_codes"):
        op.drop_table(table)
