"""How a migration reaches the database: through the application's own engine."""

from typing import Any, Literal

from alembic import context
from flask import current_app


def plain_types(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Migrations name the database's own types: they must run when portal/db.py has long changed."""
    plain = {"UTCDateTime": "sa.DateTime(timezone=True)", "DayNumber": "sa.Integer()"}
    return plain.get(type(item).__name__, False) if kind == "type" else False


def known(name: str | None, _kind: str, _parents: Any) -> bool:
    """Whether the models know of it: not of the index of the journal's words, which 0003 makes by hand."""
    return not str(name).startswith("journal_search")


def run() -> None:
    """Migrate online; offline SQL is not offered, for SQLite's batch mode needs the real tables."""
    db: Any = current_app.extensions["migrate"].db
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            render_item=plain_types,
            include_name=known,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
