"""feedback: projects handed in with their events, threads with mentors, how far they are read"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "submissions",
    "submission_entries",
    "submission_events",
    "feedback_messages",
    "feedback_threads",
    "feedback_readers",
)
WAITING = sa.text("state = 'waiting'")
ANSWERS = sa.text("answers_since IS NOT NULL")
CHANGED = " OR ".join(
    ["NEW.actor_id IS NOT NULL"]
    + [
        f"NEW.{column} <> OLD.{column}"
        for column in ("id", "submission_id", "kind", "actor", "token", "said", "reason", "judged", "happened_at")
    ]
)


def _of(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _moment(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _words(name: str, length: int, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    _make_submissions()
    _make_threads()
    _forbid_changes()


def _make_submissions() -> None:
    op.create_table(
        "submissions",
        *(_number(name) for name in ("id", "cohort_id", "learner_id")),
        _words("project", 64),
        _number("attempt"),
        _words("token", 16),
        _words("repository", 500),
        _words("live", 500),
        _text("body"),
        _words("state", 10),
        _moment("handed_in_at", nullable=False),
        _moment("decided_at"),
        _words("decider", 80, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'withdrawn', 'sent back', 'accepted')", name=op.f("ck_submissions_state")
        ),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 10000", name=op.f("ck_submissions_body")),
        _of("submissions", "cohort_id", "cohorts"),
        _of("submissions", "learner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("learner_id", "token", name="uq_submissions_token"),
        sa.UniqueConstraint("learner_id", "project", "attempt", name="uq_submissions_attempt"),
    )
    only: dict[str, Any] = {"unique": True, "sqlite_where": WAITING, "postgresql_where": WAITING}
    op.create_index("uq_submissions_waiting", "submissions", ["learner_id", "project"], **only)
    op.create_index("ix_submissions_queue", "submissions", ["cohort_id", "state", "handed_in_at"])
    op.create_index("ix_submissions_decided", "submissions", ["cohort_id", "decided_at"])
    op.create_table(
        "submission_entries",
        *(_number(name) for name in ("submission_id", "entry_id")),
        _of("submission_entries", "submission_id", "submissions"),
        _of("submission_entries", "entry_id", "journal_entries"),
        sa.PrimaryKeyConstraint("submission_id", "entry_id", name=op.f("pk_submission_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_submission_entries_entry", "submission_entries", ["entry_id"])
    op.create_table(
        "submission_events",
        *(_number(name) for name in ("id", "submission_id")),
        _words("kind", 10),
        _number("actor_id", nullable=True),
        _words("actor", 80),
        _words("token", 16),
        *(_text(name) for name in ("said", "reason", "judged")),
        _moment("happened_at", nullable=False),
        _of("submission_events", "submission_id", "submissions"),
        _of("submission_events", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_events")),
        sa.UniqueConstraint("submission_id", "token", name="uq_submission_events_token"),
    )
    op.create_index("ix_submission_events_submission", "submission_events", ["submission_id", "id"])
    op.create_index("ix_submission_events_actor", "submission_events", ["actor_id"])


def _make_threads() -> None:
    op.create_table(
        "feedback_messages",
        *(_number(name) for name in ("id", "cohort_id", "learner_id", "author_id")),
        _words("token", 16),
        _text("body"),
        _moment("written_at", nullable=False),
        _moment("deleted_at"),
        _moment("answers_since"),
        sa.CheckConstraint("length(body) BETWEEN 0 AND 4000", name=op.f("ck_feedback_messages_body")),
        _of("feedback_messages", "cohort_id", "cohorts"),
        _of("feedback_messages", "learner_id", "users"),
        _of("feedback_messages", "author_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_messages")),
        sa.UniqueConstraint("author_id", "token", name="uq_feedback_messages_token"),
    )
    op.create_index("ix_feedback_messages_thread", "feedback_messages", ["cohort_id", "learner_id", "id"])
    op.create_index("ix_feedback_messages_learner", "feedback_messages", ["learner_id"])
    only: dict[str, Any] = {"sqlite_where": ANSWERS, "postgresql_where": ANSWERS}
    op.create_index("ix_feedback_messages_answers", "feedback_messages", ["cohort_id", "id"], **only)
    op.create_table(
        "feedback_threads",
        *(_number(name) for name in ("cohort_id", "learner_id")),
        *(_moment(name) for name in ("waits_since", "settled_at")),
        _of("feedback_threads", "cohort_id", "cohorts"),
        _of("feedback_threads", "learner_id", "users"),
        sa.PrimaryKeyConstraint("cohort_id", "learner_id", name=op.f("pk_feedback_threads")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_feedback_threads_waiting", "feedback_threads", ["cohort_id", "waits_since"])
    op.create_index("ix_feedback_threads_learner", "feedback_threads", ["learner_id"])
    op.create_table(
        "feedback_readers",
        *(_number(name) for name in ("person_id", "cohort_id", "learner_id")),
        *(_moment(name) for name in ("unread_since", "latest_at", "read_upto", "read_at")),
        _of("feedback_readers", "person_id", "users"),
        _of("feedback_readers", "cohort_id", "cohorts"),
        _of("feedback_readers", "learner_id", "users"),
        sa.PrimaryKeyConstraint("person_id", "cohort_id", "learner_id", name=op.f("pk_feedback_readers")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_feedback_readers_thread", "feedback_readers", ["cohort_id", "learner_id"])
    op.create_index("ix_feedback_readers_learner", "feedback_readers", ["learner_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION submission_events_is_append_only()")


def _forbid_changes() -> None:
    """The record only grows: the database refuses to change a row of it, but forgets an account that goes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER submission_events_is_append_only BEFORE UPDATE ON submission_events WHEN {CHANGED}"
            " BEGIN SELECT RAISE(ABORT, 'submission_events is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION submission_events_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'submission_events is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER submission_events_is_append_only BEFORE UPDATE ON submission_events"
        f" FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION submission_events_is_append_only()"
    )
