"""What is said in threads, what waits for an answer, what is unread; nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select

from portal.accounts.models import Cohort, CohortMentor, Membership, User
from portal.accounts.queries import MENTORS, is_member
from portal.db import db
from portal.feedback.models import Message, Reader, Thread
from portal.mentoring.models import Nudge
from portal.projects.models import Submission
from portal.projects.queries import count_waiting
from portal.statements import Prepared
from quizzes.handin import State

PAGE = 100


@dataclass(frozen=True, slots=True)
class Said:
    """Something in a thread: a message, a mentor's prepared message (`kind` "nudge") or its answer, as plain text.

    `seen_by` are (name, when) of those who read up to here and no further.
    """

    kind: str
    id: int
    author_id: int
    author: str
    body: str
    written_at: datetime
    is_deleted: bool = False
    is_new: bool = False
    seen_by: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread as one of its readers sees it. `before`: where earlier things end (None: there are none).

    `waits_since`: the learner waits for an answer since then, and `ahead` things of the cohort waited longer.
    `latest_at`: up to when something was said that this reader has not read. `is_open`: the learner belongs to it now.
    """

    cohort_id: int
    cohort: str
    learner_id: int
    learner: str
    mentors: list[str]
    is_open: bool
    said: list[Said]
    before: datetime | None
    waits_since: datetime | None
    ahead: int
    unread: int
    latest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread in a learner's list. `ended_at` None: they belong to the cohort now."""

    cohort_id: int
    cohort: str
    ended_at: datetime | None
    is_unread: bool
    waits_since: datetime | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A learner who waits for an answer; `beginning` are the first words of what they wrote first."""

    learner_id: int
    learner: str
    beginning: str
    since: datetime


def threads_of(learner_id: int) -> list[Listed]:
    """The cohorts a learner belongs to or belonged to, those of now first, by name."""
    is_current = func.max(Membership.ended_at.is_(None).cast(db.Integer))
    ended_at = func.max(Membership.ended_at, type_=Membership.ended_at.type)
    unread, waits = Reader.unread_since.is_not(None), Thread.waits_since
    statement = (
        select(Cohort.id, Cohort.name, is_current, ended_at, unread, waits)
        .select_from(Membership)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(Thread, and_(Thread.cohort_id == Cohort.id, Thread.learner_id == learner_id))
        .outerjoin(Reader, and_(_mine(learner_id), Reader.cohort_id == Cohort.id))
        .where(Membership.learner_id == learner_id)
        .group_by(Cohort.id, Cohort.name, Reader.unread_since, Thread.waits_since)
        .order_by(is_current.desc(), Cohort.name, Cohort.id)
    )
    rows = db.session.execute(statement)
    return [Listed(id_, name, None if now else end, bool(new), since) for id_, name, now, end, new, since in rows]


def _mine(learner_id: int | BindParameter[int]) -> ColumnElement[bool]:
    return and_(Reader.person_id == learner_id, Reader.learner_id == learner_id)


def has_belonged(cohort_id: int, learner_id: int) -> bool:
    """Whether this learner belongs to the cohort or once did."""
    mine = (Membership.cohort_id == cohort_id, Membership.learner_id == learner_id)
    return db.session.execute(select(Membership.id).where(*mine).limit(1)).first() is not None


def mentors_now(cohort_id: int) -> Sequence[tuple[int, str]]:
    """(id, name) of those who mentor a cohort now, by name."""
    statement = select(User.id, User.name).join(CohortMentor, CohortMentor.mentor_id == User.id)
    holds = (CohortMentor.cohort_id == cohort_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    return [(row[0], row[1]) for row in db.session.execute(statement.where(*holds).order_by(User.name, User.id))]


def conversation(reader_id: int, cohort_id: int, learner_id: int, before: datetime | None = None) -> Conversation:
    """A thread as learner or mentor of it reads it, 100 things at most; who may read it was asked before."""
    names = dict(db.session.execute(select(Cohort.id, Cohort.name).where(Cohort.id == cohort_id)).all())
    learner = db.session.execute(select(User.name).where(User.id == learner_id)).scalar_one()
    readers = _readers(cohort_id, learner_id)
    mine = next((row for row, _ in readers if row.person_id == reader_id), None)
    since = None if mine is None else mine.unread_since
    found = [*_messages(cohort_id, learner_id, before), *_nudges(cohort_id, learner_id, learner, before)]
    found.sort(key=lambda one: (one.written_at, one.id))
    shown = [_as_new(one, reader_id, since) for one in found[-PAGE:]]
    if before is None:
        _put_readers(shown, [(row, name) for row, name in readers if row.person_id != reader_id])
    waits = db.session.scalar(
        select(Thread.waits_since).where(Thread.cohort_id == cohort_id, Thread.learner_id == learner_id)
    )
    return Conversation(
        cohort_id=cohort_id,
        cohort=names[cohort_id],
        learner_id=learner_id,
        learner=learner,
        mentors=[name for _, name in mentors_now(cohort_id)],
        is_open=is_member(cohort_id, learner_id),
        said=shown,
        before=shown[0].written_at if len(found) > PAGE else None,
        waits_since=waits,
        ahead=0 if waits is None else count_ahead(cohort_id, waits),
        unread=sum(one.is_new and one.kind == "message" for one in shown) if since is not None else 0,
        latest_at=None if mine is None or since is None else mine.latest_at,
    )


def _messages(cohort_id: int, learner_id: int, before: datetime | None) -> list[Said]:
    columns = (Message.id, Message.author_id, User.name, Message.body, Message.written_at, Message.deleted_at)
    statement = select(*columns).join(User, User.id == Message.author_id)
    here = [Message.cohort_id == cohort_id, Message.learner_id == learner_id]
    here += [] if before is None else [Message.written_at < before]
    rows = db.session.execute(statement.where(*here).order_by(Message.id.desc()).limit(PAGE + 1))
    return [Said("message", *row[:5], is_deleted=row[5] is not None) for row in rows]


def _nudges(cohort_id: int, learner_id: int, learner: str, before: datetime | None) -> list[Said]:
    """Prepared messages of the cohort's mentors and the answers to them."""
    statement = select(Nudge, User.name).join(User, User.id == Nudge.mentor_id)
    here = [Nudge.cohort_id == cohort_id, Nudge.learner_id == learner_id]
    here += [] if before is None else [or_(Nudge.sent_at < before, Nudge.answered_at < before)]
    found = []
    for nudge, mentor in db.session.execute(statement.where(*here).order_by(Nudge.id.desc()).limit(PAGE + 1)):
        seen = [] if nudge.seen_at is None else [(learner, nudge.seen_at)]
        sent = Said("nudge", nudge.id, nudge.mentor_id, mentor, nudge.text, nudge.sent_at, seen_by=seen)
        found.append(replace(sent, is_new=nudge.seen_at is None))
        if nudge.answer is not None and nudge.answered_at is not None:
            found.append(Said("answer", nudge.id, learner_id, learner, nudge.answer, nudge.answered_at))
    return found if before is None else [one for one in found if one.written_at < before]


def _as_new(one: Said, reader_id: int, since: datetime | None) -> Said:
    """The same, marked as new where this reader has not read it."""
    if one.kind == "message":
        is_unread = since is not None and one.written_at >= since and not one.is_deleted
        return replace(one, is_new=is_unread and one.author_id != reader_id)
    return replace(one, is_new=one.is_new and one.author_id != reader_id)


def _readers(cohort_id: int, learner_id: int) -> list[tuple[Reader, str]]:
    statement = select(Reader, User.name).join(User, User.id == Reader.person_id)
    here = (Reader.cohort_id == cohort_id, Reader.learner_id == learner_id)
    return [(row[0], row[1]) for row in db.session.execute(statement.where(*here).order_by(User.name))]


def _put_readers(said: list[Said], readers: list[tuple[Reader, str]]) -> None:
    """Say at the last message each reader has read of what others wrote that they read up to it."""
    for row, name in readers:
        if row.read_upto is None or row.read_at is None:
            continue
        read = [one for one in said if one.kind == "message" and one.written_at <= row.read_upto]
        theirs = [one for one in read if one.author_id != row.person_id]
        if theirs:
            theirs[-1].seen_by.append((name, row.read_at))


def count_ahead(cohort_id: int, since: datetime) -> int:
    """How many messages and projects of a cohort wait for its mentors since before this moment."""
    return count_unanswered(cohort_id, since) + count_waiting(cohort_id, since)


def _waits(cohort_id: int) -> tuple[ColumnElement[bool], ...]:
    return Thread.cohort_id == cohort_id, Thread.waits_since.is_not(None), _belongs(Thread)


def _belongs(made: Any) -> ColumnElement[bool]:
    """Whether the learner of a thread or of a hand-in belongs to its cohort now."""
    same = (Membership.cohort_id == made.cohort_id, Membership.learner_id == made.learner_id)
    return select(1).where(*same, Membership.ended_at.is_(None)).exists()


def count_unanswered(cohort_id: int, before: datetime | None = None) -> int:
    """How many learners of a cohort wait for an answer, or waited `before` a moment already."""
    earlier = [] if before is None else [Thread.waits_since < before]
    return db.session.execute(select(func.count(Thread.learner_id)).where(*_waits(cohort_id), *earlier)).scalar_one()


def unanswered(cohort_id: int, most: int) -> list[Unanswered]:
    """Who waits for an answer, the longest first."""
    theirs = (
        Message.cohort_id == Thread.cohort_id,
        Message.learner_id == Thread.learner_id,
        Message.author_id == Thread.learner_id,
        Message.written_at >= Thread.waits_since,
        Message.deleted_at.is_(None),
    )
    first = select(func.substr(Message.body, 1, 400)).where(*theirs).order_by(Message.id).limit(1)
    said = first.correlate(Thread).scalar_subquery()
    statement = select(User.id, User.name, func.coalesce(said, ""), Thread.waits_since)
    statement = statement.join(User, User.id == Thread.learner_id).where(*_waits(cohort_id))
    ordered = statement.order_by(Thread.waits_since, Thread.learner_id).limit(most)
    return [Unanswered(*row) for row in db.session.execute(ordered)]


def answered(cohort_id: int, since: datetime, most: int) -> list[tuple[datetime, datetime]]:
    """(waited since, answered) of the latest answers to learners of a cohort since a moment."""
    here = (Message.cohort_id == cohort_id, Message.answers_since.is_not(None), Message.written_at >= since)
    statement = select(Message.answers_since, Message.written_at).where(*here).order_by(Message.id.desc()).limit(most)
    return [(began, until) for began, until in db.session.execute(statement) if began is not None]


def count_unread(learner_id: int) -> int:
    """In how many threads of this learner something is unread."""
    row = _COUNT_UNREAD.first({"learner_id": learner_id})
    return 0 if row is None else int(row[0])


def queues(mentor_id: int) -> list[tuple[int, str, int]]:
    """(cohort, its name, how many messages and projects wait) of each cohort that this person mentors now."""
    return [(row[0], row[1], row[2]) for row in _QUEUES.all({"mentor_id": mentor_id})]


def _queues() -> Select[tuple[int, str, int]]:
    threads = select(func.count(Thread.learner_id)).where(
        Thread.cohort_id == Cohort.id, Thread.waits_since.is_not(None), _belongs(Thread)
    )
    handed_in = select(func.count(Submission.id)).where(
        Submission.cohort_id == Cohort.id, Submission.state == State.WAITING.value, _belongs(Submission)
    )
    waiting = threads.scalar_subquery() + handed_in.scalar_subquery()
    statement = select(Cohort.id, Cohort.name, waiting).join(CohortMentor, CohortMentor.cohort_id == Cohort.id)
    mine = (CohortMentor.mentor_id == bindparam("mentor_id"), CohortMentor.ended_at.is_(None))
    return statement.where(*mine, Cohort.archived_at.is_(None)).order_by(Cohort.name)


_QUEUES = Prepared(_queues())
_COUNT_UNREAD = Prepared(
    select(func.count(Reader.person_id)).where(_mine(bindparam("learner_id")), Reader.unread_since.is_not(None))
)


def members_now(cohort_id: int) -> Any:
    """Who belongs to a cohort now, to be asked within a statement."""
    return select(Membership.learner_id).where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))


def find_message(author_id: int, message_id: int) -> Message | None:
    """A message of this author's that is not deleted."""
    mine = (Message.id == message_id, Message.author_id == author_id, Message.deleted_at.is_(None))
    return db.session.scalar(select(Message).where(*mine))


def find_sent(author_id: int, token: str) -> Message | None:
    """The message that was made from this form."""
    return db.session.scalar(select(Message).where(Message.author_id == author_id, Message.token == token))
