"""What learners do with their journal. Nothing is overwritten unseen, and nothing here commits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, text, update
from sqlalchemy.exc import IntegrityError

from portal.db import UTCDateTime, db
from portal.journal import queries, shares
from portal.journal.models import Draft, Entry, EntryWords, Link, Tag, Version
from portal.journal.search import indexed, words_of


@dataclass(frozen=True, slots=True)
class Writing:
    """What a learner wrote: the day it is about, Markdown, tags, minutes studied, and what the text names.

    `kind` is the template of a new entry; a change leaves it as it was.
    """

    day: date
    body: str
    tags: Sequence[str]
    minutes: int | None
    links: Sequence[queries.Named] = ()
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class DraftText:
    """A form as it was typed; `entry_id` 0 for a new entry, `version` the one it was opened on."""

    entry_id: int
    version: int
    token: str
    day: str
    body: str
    tags: str
    minutes: str


_UPSERT_DRAFT = text(
    "INSERT INTO journal_drafts (learner_id, entry_id, version, token, day, body, tags, minutes, kept_at)"
    " VALUES (:learner_id, :entry_id, :version, :token, :day, :body, :tags, :minutes, :kept_at)"
    " ON CONFLICT (learner_id, entry_id) DO UPDATE SET version = excluded.version, token = excluded.token,"
    " day = excluded.day, body = excluded.body, tags = excluded.tags, minutes = excluded.minutes,"
    " kept_at = excluded.kept_at"
).bindparams(bindparam("kept_at", type_=UTCDateTime()))


_UPSERT_WORDS = text(
    "INSERT INTO journal_words (entry_id, words) VALUES (:entry_id, :words)"
    " ON CONFLICT (entry_id) DO UPDATE SET words = excluded.words"
)


class StaleEntry(ValueError):
    """The entry was saved, deleted or taken back since this form was opened."""


def write_entry(learner_id: int, token: str, writing: Writing, moment: datetime) -> int:
    """Put a new entry into the journal; its id. Raises StaleEntry when this form made one already."""
    entry = Entry(
        learner_id=learner_id,
        token=token,
        version=1,
        day=writing.day,
        body=writing.body,
        minutes=writing.minutes,
        written_at=moment,
        changed_at=moment,
        kind=writing.kind,
    )
    db.session.add(entry)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise StaleEntry("This form was saved already.") from None
    _tag_and_link(learner_id, entry.id, writing)
    _index(learner_id, entry.id, writing.body)
    discard_draft(learner_id, 0)
    return entry.id


def save_entry(entry: Entry, version: int, writing: Writing, moment: datetime) -> None:
    """Change an entry and keep what it said before. A deleted one is back. Raises StaleEntry."""
    if entry.version != version:
        raise StaleEntry("The entry was changed on another page or device.")
    before = Version(
        entry_id=entry.id,
        version=entry.version,
        day=entry.day,
        body=entry.body,
        tags=", ".join(queries.tags_of(entry.id)),
        minutes=entry.minutes,
        written_at=entry.changed_at,
    )
    values = {"day": writing.day, "body": writing.body, "minutes": writing.minutes, "changed_at": moment}
    _move_on(entry, version, deleted_at=None, **values)
    db.session.add(before)
    for table in (Tag, Link):
        db.session.execute(delete(table).where(table.entry_id == entry.id))
    _tag_and_link(entry.learner_id, entry.id, writing)
    _index(entry.learner_id, entry.id, writing.body)
    shares.note_change(entry.id, moment)
    discard_draft(entry.learner_id, entry.id)


def delete_entry(entry: Entry, moment: datetime) -> None:
    """Set an entry aside; `take_back` brings it back as it was. Raises StaleEntry."""
    _move_on(entry, entry.version, deleted_at=moment)
    db.session.execute(delete(EntryWords).where(EntryWords.entry_id == entry.id))


def take_back(entry: Entry) -> None:
    """Bring a deleted entry back. Raises StaleEntry."""
    _move_on(entry, entry.version, deleted_at=None)
    _index(entry.learner_id, entry.id, entry.body)


def look_at(entry: Entry, day: date) -> None:
    """A decision was looked at again on this day: it is not shown any more. Raises StaleEntry for what is none."""
    if entry.kind != queries.DECISION:
        raise StaleEntry("This entry is no decision.")
    entry.looked_on = day


def _move_on(entry: Entry, version: int, **values: object) -> None:
    """By version in the statement itself: two workers may have read the same row."""
    statement = update(Entry).where(Entry.id == entry.id, Entry.version == version).returning(Entry.id)
    changes = {**values, "version": version + 1}
    moved = db.session.execute(statement.values(changes), execution_options={"synchronize_session": False})
    if moved.first() is None:
        raise StaleEntry("The entry was changed on another page or device.")


def _tag_and_link(learner_id: int, entry_id: int, writing: Writing) -> None:
    of_entry = {"entry_id": entry_id, "learner_id": learner_id, "day": writing.day}
    db.session.add_all(Tag(tag=tag, **of_entry) for tag in writing.tags)
    db.session.add_all(Link(kind=kind, target=target, **of_entry) for kind, target in writing.links)


def _index(learner_id: int, entry_id: int, body: str) -> None:
    """So that a search finds what the entry says now. Whatever writes a body calls this in the same transaction."""
    words = indexed(learner_id, words_of(body))
    db.session.execute(_UPSERT_WORDS, {"entry_id": entry_id, "words": words})


def keep_draft(learner_id: int, draft: DraftText, moment: datetime) -> bool:
    """Keep a form as it stands; False where it was saved already and its last keystroke only came late."""
    if draft.entry_id:
        entry = queries.find_entry(learner_id, draft.entry_id)
        is_saved = entry is not None and entry.version > draft.version and entry.body == draft.body
    else:
        saved = queries.find_entry_by_token(learner_id, draft.token)
        is_saved = saved is not None and saved.body == draft.body
    if not is_saved:
        db.session.execute(_UPSERT_DRAFT, {"learner_id": learner_id, **asdict(draft), "kept_at": moment})
    return not is_saved


def discard_draft(learner_id: int, entry_id: int) -> None:
    """Forget what was being written."""
    db.session.execute(delete(Draft).where(Draft.learner_id == learner_id, Draft.entry_id == entry_id))
