"""journal: the words of entries, and the index that a search asks

What is searched is called journal_search: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL. Neither
splits texts into words by its own rules: they get the words as they are to be compared. Those of the entries that are
there are made here, as portal/journal/search.py made them when this was written.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PAGE = 500


def upgrade() -> None:
    op.create_table(
        "journal_words",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_journal_words_entry_id_journal_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_journal_words")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE journal_words ADD COLUMN journal_search tsvector"
            " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(btrim(words), ' '))) STORED"
        )
        op.execute("CREATE INDEX journal_search_gin ON journal_words USING gin (journal_search)")
    else:
        _make_fts()
    _index_entries()


def _make_fts() -> None:
    """An index without texts of its own, kept by triggers: a learner who goes takes the words along."""
    op.execute(
        "CREATE VIRTUAL TABLE journal_search USING fts5"
        "(words, content='', columnsize=0, tokenize=\"ascii tokenchars '_'\")"
    )
    add = "INSERT INTO journal_search (rowid, words) VALUES (new.entry_id, new.words);"
    remove = "INSERT INTO journal_search (journal_search, rowid, words) VALUES ('delete', old.entry_id, old.words);"
    for event, statements in (("insert", add), ("delete", remove), ("update", f"{remove} {add}")):
        op.execute(
            f"CREATE TRIGGER journal_words_{event} AFTER {event.upper()} ON journal_words BEGIN {statements} END"
        )


def _index_entries() -> None:
    connection = op.get_bind()
    page = sa.text(
        "SELECT id, learner_id, body FROM journal_entries"
        " WHERE id > :last AND deleted_at IS NULL ORDER BY id LIMIT :most"
    )
    insert = sa.text("INSERT INTO journal_words (entry_id, words) VALUES (:entry_id, :words)")
    last = 0
    while rows := connection.execute(page, {"last": last, "most": PAGE}).all():
        connection.execute(
            insert, [{"entry_id": entry_id, "words": _words(learner_id, body)} for entry_id, learner_id, body in rows]
        )
        last = rows[-1][0]


def _words(learner_id: int, body: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", body).casefold())
    folded = "".join(one for one in plain if unicodedata.category(one)[0] != "M")
    return "".join(f" {learner_id}_{word[:64]}" for word in re.findall(r"[^\W_]+", folded)) + " "


def downgrade() -> None:
    op.drop_table("journal_words")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("journal_search")
