"""What people do with a shared entry: open it, close it, speak about it, read it. Nothing here commits."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.queries import is_mentor_of
from portal.db import UTCDateTime, db
from portal.journal.models import Comment, Entry, Mark, Share, ShareEvent
from portal.journal.threads import learner_if_open

_MOMENT = bindparam("moment", type_=UTCDateTime())
_SHARE = text(
    "INSERT INTO journal_shares (entry_id, mentor_id, shared_at) VALUES (:entry_id, :mentor_id, :moment)"
    " ON CONFLICT (entry_id, mentor_id) DO UPDATE SET shared_at = excluded.shared_at"
).bindparams(_MOMENT)
_MARK = text(
    "INSERT INTO journal_marks (person_id, entry_id, mentor_id, since, latest_at)"
    " VALUES (:person_id, :entry_id, :mentor_id, :moment, :moment)"
    " ON CONFLICT (person_id, entry_id, mentor_id) DO UPDATE SET latest_at = excluded.latest_at"
).bindparams(_MOMENT)
_MARK_FOR_ALL = text(
    "INSERT INTO journal_marks (person_id, entry_id, mentor_id, since, latest_at)"
    " SELECT mentor_id, entry_id, mentor_id, :moment, :moment FROM journal_shares WHERE entry_id = :entry_id"
    " ON CONFLICT (person_id, entry_id, mentor_id) DO UPDATE SET latest_at = excluded.latest_at"
).bindparams(_MOMENT)


class NotYourMentor(ValueError):
    """Entries are shared with one's mentors only."""


class ThreadClosed(ValueError):
    """The mentor does not read this entry (any more)."""


class SentAlready(ValueError):
    """This form made a comment already."""


def share_entry(entry: Entry, mentor_id: int, moment: datetime) -> None:
    """Let a mentor read this entry from now on; nothing happens where they do already. Raises NotYourMentor."""
    _hold(entry)
    if not is_mentor_of(mentor_id, entry.learner_id):
        raise NotYourMentor("This is not one of your mentors.")
    if learner_if_open(entry.id, mentor_id) is not None:
        return
    db.session.execute(_SHARE, {"entry_id": entry.id, "mentor_id": mentor_id, "moment": moment})
    _record(entry, mentor_id, moment, is_shared=True)
    _mark(mentor_id, entry.id, mentor_id, moment)


def stop_sharing(entry: Entry, mentor_id: int, moment: datetime) -> None:
    """Close the entry to a mentor; nothing happens where it is closed."""
    _hold(entry)
    gone = delete(Share).where(Share.entry_id == entry.id, Share.mentor_id == mentor_id).returning(Share.entry_id)
    if db.session.execute(gone).first() is not None:
        _record(entry, mentor_id, moment, is_shared=False)
        db.session.execute(delete(Mark).where(Mark.person_id == mentor_id, Mark.entry_id == entry.id))


def _hold(entry: Entry) -> None:
    """Two clicks at once wait for each other, so that each change is recorded once. (A comment need not wait here.)"""
    db.session.execute(select(Entry.id).where(Entry.id == entry.id).with_for_update(key_share=True))


def _record(entry: Entry, mentor_id: int, moment: datetime, *, is_shared: bool) -> None:
    of_it = {"entry_id": entry.id, "mentor_id": mentor_id, "actor_id": entry.learner_id}
    db.session.add(ShareEvent(**of_it, is_shared=is_shared, happened_at=moment))


def _mark(person_id: int, entry_id: int, mentor_id: int, moment: datetime) -> None:
    of_it = {"person_id": person_id, "entry_id": entry_id, "mentor_id": mentor_id}
    db.session.execute(_MARK, {**of_it, "moment": moment})


def note_change(entry_id: int, moment: datetime) -> None:
    """The entry says something else now: its mentors have not read that."""
    db.session.execute(_MARK_FOR_ALL, {"entry_id": entry_id, "moment": moment})


def write_comment(author_id: int, entry_id: int, mentor_id: int, token: str, body: str, moment: datetime) -> int:
    """Say something in the thread of an entry and a mentor: the comment's id. Raises ThreadClosed and SentAlready."""
    learner_id = learner_if_open(entry_id, mentor_id)
    if learner_id is None:
        raise ThreadClosed("The mentor does not read this entry.")
    of_it = {"entry_id": entry_id, "mentor_id": mentor_id, "author_id": author_id, "token": token}
    comment = Comment(**of_it, body=body, written_at=moment)
    db.session.add(comment)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise SentAlready("This form was sent already.") from None
    _mark(learner_id if author_id == mentor_id else mentor_id, entry_id, mentor_id, moment)
    return comment.id


def delete_comment(comment: Comment, moment: datetime) -> None:
    """Set one's own comment aside: only its author is told that there was one."""
    _set_aside(comment, moment)


def restore_comment(comment: Comment) -> None:
    """Bring a deleted comment back."""
    _set_aside(comment, None)


def _set_aside(comment: Comment, moment: datetime | None) -> None:
    db.session.execute(update(Comment).where(Comment.id == comment.id).values(deleted_at=moment))


def mark_read(person_id: int, entry_id: int, seen: datetime) -> None:
    """What happened at this entry up to `seen` was read; what came later waits on."""
    mine = (Mark.person_id == person_id, Mark.entry_id == entry_id)
    quiet = {"synchronize_session": False}
    db.session.execute(delete(Mark).where(*mine, Mark.latest_at <= seen), execution_options=quiet)
    later = update(Mark).where(*mine, Mark.since <= seen).values(since=seen + timedelta(microseconds=1))
    db.session.execute(later, execution_options=quiet)
