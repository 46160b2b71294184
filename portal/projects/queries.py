"""What is known of projects that were handed in; nothing here changes anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Cohort, CohortMentor, Membership, MentorView, User
from portal.accounts.queries import MENTORS
from portal.db import db
from portal.journal.models import Entry
from portal.projects.models import Submission, SubmissionEntry, SubmissionEvent
from quizzes.handin import Event, Judged, State, read_judged

_AHEAD = aliased(Submission)


@dataclass(frozen=True, slots=True)
class Mentored:
    """A cohort that a learner belongs to, with the names and ids of those who mentor it."""

    id: int
    name: str
    mentors: tuple[str, ...]
    mentor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands with a project: the latest attempt. `ahead` waited longer in the same cohort.

    `is_read_by_nobody`: it waits in a cohort that the learner does not belong to any more.
    """

    id: int
    project: str
    attempt: int
    state: State
    handed_in_at: datetime
    decided_at: datetime | None
    decider: str | None
    cohort: str
    ahead: int
    is_read_by_nobody: bool

    @property
    def place(self) -> str:
        """How many wait longer, in words."""
        return "nobody before you" if not self.ahead else f"{self.ahead} before you"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of an attempt, ready to be read."""

    kind: Event
    actor: str
    said: str
    reason: str
    judged: tuple[Judged, ...]
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt with what happened to it, who opened it and when first, and the learner's entries that belong to it.

    `entries` are (id, day); for a mentor only those open to them.
    """

    row: Submission
    cohort: str
    events: list[Happened]
    opened: list[tuple[str, datetime]]
    entries: list[tuple[int, Any]]

    @property
    def is_open(self) -> bool:
        """Whether it waits for a mentor."""
        return self.row.state == State.WAITING


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hand-in that waits in a cohort's queue; `beginning` are the first words of what the learner says of it."""

    id: int
    learner_id: int
    learner: str
    project: str
    attempt: int
    beginning: str
    since: datetime


def mentored(learner_id: int) -> list[Mentored]:
    """The cohorts that this learner belongs to now and that somebody mentors, by name."""
    statement = (
        select(Cohort.id, Cohort.name, User.name, User.id)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(CohortMentor, CohortMentor.cohort_id == Cohort.id)
        .join(User, User.id == CohortMentor.mentor_id)
        .where(Membership.learner_id == learner_id, Membership.ended_at.is_(None), Cohort.archived_at.is_(None))
        .where(CohortMentor.ended_at.is_(None), User.role.in_(MENTORS), User.id != learner_id)
    )
    found: dict[tuple[int, str], dict[int, str]] = {}
    for id_, name, mentor, mentor_id in db.session.execute(statement.order_by(Cohort.name, Cohort.id, User.name)):
        found.setdefault((id_, name), {})[mentor_id] = mentor
    return [Mentored(id_, name, tuple(who.values()), tuple(who)) for (id_, name), who in found.items()]


def _is_member(of: Any = Submission) -> ColumnElement[bool]:
    """Whether the learner of a hand-in belongs now to the cohort it was handed in to."""
    same = (Membership.cohort_id == of.cohort_id, Membership.learner_id == of.learner_id)
    return select(1).where(*same, Membership.ended_at.is_(None)).exists()


def standings(learner_id: int) -> dict[str, Standing]:
    """Where a learner stands with each project they ever handed in, by the project's id."""
    later = aliased(Submission)
    same = (later.learner_id == Submission.learner_id, later.project == Submission.project)
    is_latest = ~select(1).where(*same, later.attempt > Submission.attempt).exists()
    queue = (_AHEAD.cohort_id == Submission.cohort_id, _AHEAD.state == State.WAITING.value, _is_member(_AHEAD))
    ahead = select(func.count()).where(*queue, _AHEAD.handed_in_at < Submission.handed_in_at).scalar_subquery()
    columns = (Submission.id, Submission.project, Submission.attempt, Submission.state, Submission.handed_in_at)
    decided = (Submission.decided_at, Submission.decider, Cohort.name, ahead, _is_member())
    statement = select(*columns, *decided).join(Cohort, Cohort.id == Submission.cohort_id)
    rows = db.session.execute(statement.where(Submission.learner_id == learner_id, is_latest))
    found = {}
    for *first, state, handed_in_at, decided_at, decider, cohort, waits, is_member in rows:
        is_lost = state == State.WAITING.value and not is_member
        rest = (State(state), handed_in_at, decided_at, decider, cohort, waits, is_lost)
        found[first[1]] = Standing(first[0], first[1], first[2], *rest)
    return found


def accepted(learner_id: int) -> dict[str, tuple[str, datetime]]:
    """(who accepted it, when) of each project of this learner that is accepted, by its id: evidence for its step."""
    columns = (Submission.project, Submission.decider, Submission.decided_at)
    mine = (Submission.learner_id == learner_id, Submission.state == State.ACCEPTED.value)
    rows = db.session.execute(select(*columns).where(*mine, Submission.decided_at.is_not(None)))
    return {project: (mentor or "a mentor", at) for project, mentor, at in rows if at is not None}


def attempts(learner_id: int, project: str, cohort_id: int | None = None) -> list[Attempt]:
    """All attempts of a learner at a project (in one cohort), the latest first.

    Their entries are the learner's: a mentor is shown those that are open to them.
    """
    here = [] if cohort_id is None else [Submission.cohort_id == cohort_id]
    return _attempts(Submission.learner_id == learner_id, Submission.project == project, *here)


def find_in_cohort(cohort_id: int, submission_id: int) -> Submission | None:
    """A hand-in to a cohort, while its learner belongs to it."""
    here = (Submission.id == submission_id, Submission.cohort_id == cohort_id, _is_member())
    return db.session.scalar(select(Submission).where(*here))


def find_submission(learner_id: int, submission_id: int) -> Submission | None:
    """A hand-in of this learner."""
    mine = (Submission.id == submission_id, Submission.learner_id == learner_id)
    return db.session.scalar(select(Submission).where(*mine))


def find_handed_in(learner_id: int, token: str) -> Submission | None:
    """The attempt that was made from this form."""
    return db.session.scalar(select(Submission).where(Submission.learner_id == learner_id, Submission.token == token))


def _attempts(*narrowed: Any) -> list[Attempt]:
    statement = select(Submission, Cohort.name).join(Cohort, Cohort.id == Submission.cohort_id).where(*narrowed)
    rows = db.session.execute(statement.order_by(Submission.attempt.desc())).all()
    ids = [row.id for row, _ in rows]
    opened = views_of(rows[0][0].learner_id, ids) if rows else {}
    events, entries = _events(ids), _entries(ids)
    return [
        Attempt(row, name, events.get(row.id, []), opened.get(row.id, []), entries.get(row.id, []))
        for row, name in rows
    ]


def _events(ids: Iterable[int]) -> dict[int, list[Happened]]:
    found: dict[int, list[Happened]] = {}
    statement = select(SubmissionEvent).where(SubmissionEvent.submission_id.in_(ids)).order_by(SubmissionEvent.id)
    for one in db.session.scalars(statement):
        judged = read_judged(one.judged)
        happened = Happened(Event(one.kind), one.actor, one.said, one.reason, judged, one.happened_at)
        found.setdefault(one.submission_id, []).append(happened)
    return found


def page_of(submission_id: int) -> str:
    """What a look at a hand-in is called in the list of who looked at what."""
    return f"submission {submission_id}"


def views_of(learner_id: int, ids: Iterable[int]) -> dict[int, list[tuple[str, datetime]]]:
    """(mentor, when first) of those who opened each of these attempts of a learner, the first one first."""
    pages = {page_of(id_): id_ for id_ in ids}
    first = func.min(MentorView.opened_at, type_=MentorView.opened_at.type)
    statement = select(MentorView.page, User.name, first).join(User, User.id == MentorView.mentor_id)
    mine = (MentorView.learner_id == learner_id, MentorView.page.in_(pages))
    found: dict[int, list[tuple[str, datetime]]] = {}
    grouped = statement.where(*mine).group_by(MentorView.page, User.id, User.name)
    for page, name, moment in db.session.execute(grouped.order_by(first)):
        found.setdefault(pages[page], []).append((name, moment))
    return found


def _entries(ids: Iterable[int]) -> dict[int, list[tuple[int, Any]]]:
    found: dict[int, list[tuple[int, Any]]] = {}
    columns = (SubmissionEntry.submission_id, Entry.id, Entry.day)
    statement = select(*columns).join(Entry, Entry.id == SubmissionEntry.entry_id)
    statement = statement.where(SubmissionEntry.submission_id.in_(ids), Entry.deleted_at.is_(None))
    for submission_id, entry_id, day in db.session.execute(statement.order_by(Entry.day, Entry.id)):
        found.setdefault(submission_id, []).append((entry_id, day))
    return found


def _queue(cohort_id: int) -> tuple[ColumnElement[bool], ...]:
    return Submission.cohort_id == cohort_id, Submission.state == State.WAITING.value, _is_member()


def waiting(cohort_id: int, most: int) -> list[Waiting]:
    """What waits in a cohort, the oldest first."""
    columns = (Submission.id, User.id, User.name, Submission.project, Submission.attempt)
    said = func.substr(Submission.body, 1, 400)
    statement = select(*columns, said, Submission.handed_in_at).join(User, User.id == Submission.learner_id)
    ordered = statement.where(*_queue(cohort_id)).order_by(Submission.handed_in_at, Submission.id).limit(most)
    return [Waiting(*row) for row in db.session.execute(ordered)]


def count_waiting(cohort_id: int, before: datetime | None = None) -> int:
    """How many hand-ins wait in a cohort, or waited `before` a moment already."""
    earlier = [] if before is None else [Submission.handed_in_at < before]
    return db.session.execute(select(func.count(Submission.id)).where(*_queue(cohort_id), *earlier)).scalar_one()


def decided(cohort_id: int, since: datetime, most: int) -> list[tuple[datetime, datetime]]:
    """(handed in, first decided) of what was decided in a cohort since a moment, the latest first."""
    moment = SubmissionEvent.happened_at
    statement = select(Submission.handed_in_at, moment).join(
        SubmissionEvent, SubmissionEvent.submission_id == Submission.id
    )
    here = (Submission.cohort_id == cohort_id, Submission.decided_at >= since)
    kinds = SubmissionEvent.kind.in_((Event.ACCEPT.value, Event.SEND_BACK.value))
    ordered = statement.where(*here, kinds, moment >= since).order_by(moment.desc()).limit(most)
    return [(row[0], row[1]) for row in db.session.execute(ordered)]
