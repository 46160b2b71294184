"""What is done in a thread: write, delete, read, settle. Nothing here commits."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import IntegrityError

from portal.accounts.queries import is_member
from portal.db import UTCDateTime, db
from portal.feedback.models import Message, Reader, Thread
from portal.feedback.queries import mentors_now

_MOMENT = bindparam("moment", type_=UTCDateTime())
_BEGIN = text(
    "INSERT INTO feedback_threads (cohort_id, learner_id) VALUES (:cohort_id, :learner_id)"
    " ON CONFLICT (cohort_id, learner_id) DO NOTHING"
)
_TELL = text(
    "INSERT INTO feedback_readers (person_id, cohort_id, learner_id, unread_since, latest_at)"
    " VALUES (:person_id, :cohort_id, :learner_id, :moment, :moment)"
    " ON CONFLICT (person_id, cohort_id, learner_id) DO UPDATE SET latest_at = excluded.latest_at,"
    " unread_since = coalesce(feedback_readers.unread_since, excluded.unread_since)"
).bindparams(_MOMENT)
_MEET = text(
    "INSERT INTO feedback_readers (person_id, cohort_id, learner_id) VALUES (:person_id, :cohort_id, :learner_id)"
    " ON CONFLICT (person_id, cohort_id, learner_id) DO NOTHING"
)


class ThreadClosed(ValueError):
    """The learner does not belong to the cohort (any more)."""


class SentAlready(ValueError):
    """This form made a message already."""


def write_message(author_id: int, cohort_id: int, learner_id: int, token: str, body: str, moment: datetime) -> int:
    """Say something in a learner's thread: the message's id. Raises ThreadClosed and SentAlready."""
    if not is_member(cohort_id, learner_id):
        raise ThreadClosed("The learner does not belong to this cohort.")
    thread = _thread(cohort_id, learner_id)
    message = Message(cohort_id=cohort_id, learner_id=learner_id, author_id=author_id, token=token, body=body)
    message.written_at = moment
    if author_id == learner_id:
        thread.waits_since = thread.waits_since or moment
    else:
        message.answers_since, thread.waits_since, thread.settled_at = thread.waits_since, None, moment
    db.session.add(message)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise SentAlready("This form was sent already.") from None
    for person_id in {learner_id, *(id_ for id_, _ in mentors_now(cohort_id))} - {author_id}:
        of_it = {"person_id": person_id, "cohort_id": cohort_id, "learner_id": learner_id}
        db.session.execute(_TELL, {**of_it, "moment": moment})
    return message.id


def _thread(cohort_id: int, learner_id: int) -> Thread:
    """The thread, held until the transaction ends: two who write at once wait for each other."""
    here = {"cohort_id": cohort_id, "learner_id": learner_id}
    db.session.execute(_BEGIN, here)
    return db.session.execute(select(Thread).filter_by(**here).with_for_update()).scalar_one()


def delete_message(message: Message, moment: datetime) -> None:
    """Take the words of one's own message away; that there was one stays. Nobody waits for an answer to it."""
    thread = _thread(message.cohort_id, message.learner_id)
    message.body, message.deleted_at = "", moment
    db.session.flush()
    if thread.waits_since is not None:
        asked = [Message.cohort_id == thread.cohort_id, Message.learner_id == thread.learner_id]
        asked += [Message.author_id == thread.learner_id, Message.deleted_at.is_(None)]
        asked += [] if thread.settled_at is None else [Message.written_at > thread.settled_at]
        first = func.min(Message.written_at, type_=Message.written_at.type)
        thread.waits_since = db.session.scalar(select(first).where(*asked))


def settle(cohort_id: int, learner_id: int, moment: datetime) -> None:
    """What the learner wrote needs no answer."""
    thread = _thread(cohort_id, learner_id)
    thread.waits_since, thread.settled_at = None, moment


def mark_read(person_id: int, cohort_id: int, learner_id: int, seen: datetime, moment: datetime) -> None:
    """What was said up to `seen` was read; what came later waits on."""
    here = {"person_id": person_id, "cohort_id": cohort_id, "learner_id": learner_id}
    db.session.execute(_MEET, here)
    reader = db.session.execute(select(Reader).filter_by(**here).with_for_update()).scalar_one()
    if reader.read_upto is None or reader.read_upto < seen:
        reader.read_upto, reader.read_at = seen, moment
    if reader.latest_at is None or reader.latest_at <= seen:
        reader.unread_since = None
    elif reader.unread_since is not None and reader.unread_since <= seen:
        reader.unread_since = seen + timedelta(microseconds=1)
