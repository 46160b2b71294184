"""Journal entries, what they said before, drafts, tags; who else reads an entry, and what is said about it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base

LONGEST_BODY = 20_000  # characters
LONGEST_NOTE = 10_000
MOST_LINKS = 30  # own links of a topic
MOST_MINUTES = 1_440
LONGEST_COMMENT = 4_000  # characters


class Entry(Base):
    """What a learner wrote about a day, in Markdown. Private.

    `token` names the form it came from, so that a form that is sent twice makes one entry. Deleting and taking back
    count as versions too: whoever saves over them must have seen them. The index serves the list from its end.
    `kind` is the template it began with, where one is known; `looked_on` the day a decision was looked at again.
    """

    __tablename__ = "journal_entries"
    __table_args__ = (
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_BODY}", name="body"),
        CheckConstraint(f"minutes BETWEEN 0 AND {MOST_MINUTES}", name="minutes"),
        UniqueConstraint("learner_id", "token", name="uq_journal_entries_token"),
        Index("ix_journal_entries_day", "learner_id", "day", "id"),
        Index("ix_journal_entries_kind", "learner_id", "kind", "day", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    day: Mapped[date]
    body: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int | None]
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    kind: Mapped[str | None] = mapped_column(String(16))
    looked_on: Mapped[date | None]


class EntryWords(Base):
    """The words of an entry as a search compares them, in order, a blank before and behind each: " 17_all 17_joins ".

    Each carries its learner (17), so that an index of everybody's words keeps one's own together. That index is made
    by migration 0003 alone: `journal_search`, an FTS5 table kept by triggers on SQLite, on PostgreSQL a column of this
    table that the database makes, with a GIN index.
    A deleted entry has no row here.
    """

    __tablename__ = "journal_words"
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class Version(Base):
    """What an entry said before it was saved again; `tags` are joined by ", ". `written_at`: since when it said so."""

    __tablename__ = "journal_versions"
    __table_args__ = ({"sqlite_with_rowid": False},)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    body: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int | None]
    written_at: Mapped[datetime]


class Draft(Base):
    """A form as it stood when typing paused: text as typed, right or wrong. `entry_id` 0: for a new entry.

    No foreign key on the entry: there is none for 0, and an entry's row goes only when the learner's does.
    """

    __tablename__ = "journal_drafts"
    __table_args__ = ({"sqlite_with_rowid": False},)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    token: Mapped[str] = mapped_column(String(16))
    day: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)
    minutes: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime]


class Tag(Base):
    """A tag of an entry. Learner and day stand here too, so that one index finds, orders and pages a tag's entries."""

    __tablename__ = "journal_tags"
    __table_args__ = (
        Index("ix_journal_tags_tag", "learner_id", "tag", "day", "entry_id"),
        {"sqlite_with_rowid": False},
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    day: Mapped[date]


class Share(Base):
    """That one mentor reads one entry as it is. Gone when the learner stops it.

    It opens the entry only while the mentorship it was given in holds (threads.py). The index serves a mentor's list.
    """

    __tablename__ = "journal_shares"
    __table_args__ = (
        Index("ix_journal_shares_mentor", "mentor_id", "shared_at", "entry_id"),
        {"sqlite_with_rowid": False},
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    shared_at: Mapped[datetime]


class ShareEvent(Base):
    """That an entry was shared with a mentor, or that this was stopped, and who did it. A trigger refuses changes."""

    __tablename__ = "journal_share_events"
    __table_args__ = (Index("ix_journal_share_events_entry", "entry_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    is_shared: Mapped[bool]
    happened_at: Mapped[datetime]


class Comment(Base):
    """What learner or mentor said about an entry, for nobody but the other. `mentor_id` names the thread.

    `token` names the form it came from, so that a form that is sent twice makes one comment.
    """

    __tablename__ = "journal_comments"
    __table_args__ = (
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST_COMMENT}", name="body"),
        UniqueConstraint("entry_id", "mentor_id", "author_id", "token", name="uq_journal_comments_token"),
        Index("ix_journal_comments_thread", "entry_id", "mentor_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Mark(Base):
    """That something waits for somebody in the thread of an entry and a mentor: since when, and until when.

    A row is there only while something may be unread, so counting costs what is unread and not what is shared.
    What it is (a comment, a change, the share itself) is what happened from `since` on.
    """

    __tablename__ = "journal_marks"
    __table_args__ = (Index("ix_journal_marks_entry", "entry_id"), {"sqlite_with_rowid": False})
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]
    latest_at: Mapped[datetime]


class Link(Base):
    """What an entry names in [[...]]: `kind` topic, project, card or entry, `target` its id, slug or number.

    Learner and day stand here too, as they do for tags.
    """

    __tablename__ = "journal_links"
    __table_args__ = (
        Index("ix_journal_links_target", "learner_id", "kind", "target", "day", "entry_id"),
        {"sqlite_with_rowid": False},
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    target: Mapped[str] = mapped_column(String(80), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    day: Mapped[date]


class Note(Base):
    """What a learner keeps about a topic of the roadmap, in Markdown. Private; `version` counts its saves."""

    __tablename__ = "topic_notes"
    __table_args__ = (
        CheckConstraint(f"length(body) <= {LONGEST_NOTE}", name="body"),
        {"sqlite_with_rowid": False},
    )
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class OwnLink(Base):
    """An address that a learner keeps with a topic. The same one once."""

    __tablename__ = "topic_links"
    __table_args__ = (UniqueConstraint("learner_id", "topic", "url", name="uq_topic_links_url"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(500))
