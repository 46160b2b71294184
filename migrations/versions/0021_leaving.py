"""A name may leave the records of verdicts with the account it belonged to.

The two triggers compare one column less; a row whose account is still there refuses every change, as before.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT = {
    "submission_events": ("id", "submission_id", "kind", "token", "said", "reason", "judged", "happened_at"),
    "report_decisions": ("id", "report_id", "verdict", "words", "token", "decided_at"),
}


def upgrade() -> None:
    for table, columns in KEPT.items():
        _forbid_changes(table, columns)


def downgrade() -> None:
    for table, columns in KEPT.items():
        _forbid_changes(table, (*columns, "actor"))


def _forbid_changes(table: str, columns: tuple[str, ...]) -> None:
    name = f"{table}_is_append_only"
    changed = " OR ".join(["NEW.actor_id IS NOT NULL", *(f"NEW.{column} <> OLD.{column}" for column in columns)])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        refuses = f"SELECT RAISE(ABORT, '{table} is append-only');"
        op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {changed} BEGIN {refuses} END")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {name}()"
    )
