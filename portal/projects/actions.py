"""What learners and mentors do with a project that is handed in. Nothing here commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.queries import is_member
from portal.db import db
from portal.projects.models import Submission, SubmissionEntry, SubmissionEvent
from portal.projects.queries import views_of
from quizzes.handin import Event, Judged, State, replay, write_judged


class WaitsAlready(ValueError):
    """An attempt at this project waits or is accepted: there is nothing to hand in."""


class ReadAlready(ValueError):
    """A mentor has opened the hand-in, so it is not withdrawn any more."""


class SentAlready(ValueError):
    """This form was sent before, and what it said is kept."""


@dataclass(frozen=True, slots=True)
class HandIn:
    """What a learner hands in; `entries` are ids of journal entries."""

    project: str
    repository: str
    live: str
    body: str
    entries: Sequence[int]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: their id, their name, and the form it comes from."""

    id: int
    name: str
    token: str


def hand_in(who: Actor, cohort_id: int, given: HandIn, moment: datetime) -> int:
    """Hand a project in to the mentors of a cohort: the attempt's id. Raises WaitsAlready and SentAlready."""
    mine = (Submission.learner_id == who.id, Submission.project == given.project)
    done = (State.WAITING.value, State.ACCEPTED.value)
    if db.session.scalar(select(Submission.id).where(Submission.learner_id == who.id, Submission.token == who.token)):
        raise SentAlready("This form was sent already.")
    if db.session.scalar(select(Submission.id).where(*mine, Submission.state.in_(done)).limit(1)) is not None:
        raise WaitsAlready("An attempt at this project waits or is accepted.")
    attempt = (db.session.scalar(select(func.max(Submission.attempt)).where(*mine)) or 0) + 1
    made = Submission(cohort_id=cohort_id, learner_id=who.id, project=given.project, attempt=attempt, token=who.token)
    made.repository, made.live, made.body = given.repository, given.live, given.body
    made.state, made.handed_in_at = State.WAITING.value, moment
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError as problem:  # the same was done in this moment, from this form or from another
        db.session.rollback()
        raise SentAlready("It is handed in already.") from problem
    db.session.add_all(SubmissionEntry(submission_id=made.id, entry_id=entry_id) for entry_id in given.entries)
    _record(made, Event.HAND_IN, who, moment)
    return made.id


def withdraw(submission: Submission, who: Actor, moment: datetime) -> None:
    """Take a hand-in back that nobody opened, or that nobody can open now. Raises NotNow and ReadAlready."""
    opened = views_of(submission.learner_id, [submission.id])
    if opened and is_member(submission.cohort_id, submission.learner_id):
        raise ReadAlready("A mentor has opened it.")
    _happen(submission, Event.WITHDRAW, who, moment)


def accept(submission: Submission, who: Actor, judged: Iterable[Judged], said: str, reason: str, at: datetime) -> None:
    """Accept a project; `reason` says why, where a criterion is not shown. Raises NotNow and SentAlready."""
    _happen(submission, Event.ACCEPT, who, at, said, reason, tuple(judged))


def send_back(submission: Submission, who: Actor, judged: Iterable[Judged], said: str, moment: datetime) -> None:
    """Send a project back with what to change. Raises NotNow and SentAlready."""
    _happen(submission, Event.SEND_BACK, who, moment, said, "", tuple(judged))


def take_back(submission: Submission, who: Actor, reason: str, moment: datetime) -> None:
    """Take an acceptance back, and say why. Raises NotNow and SentAlready."""
    _happen(submission, Event.TAKE_BACK, who, moment, "", reason)


def _happen(
    submission: Submission,
    kind: Event,
    who: Actor,
    moment: datetime,
    said: str = "",
    reason: str = "",
    judged: tuple[Judged, ...] = (),
) -> None:
    """Write down an event and what state follows: whoever acts at the same moment waits here for the other."""
    db.session.refresh(submission, with_for_update=True)
    rows = select(SubmissionEvent.kind, SubmissionEvent.token).where(SubmissionEvent.submission_id == submission.id)
    before = db.session.execute(rows.order_by(SubmissionEvent.id)).all()
    if any(token == who.token for _, token in before):
        raise SentAlready("This form was sent already.")
    submission.state = replay([*(Event(kind) for kind, _ in before), kind]).value
    if kind is not Event.WITHDRAW:
        submission.decided_at, submission.decider = moment, who.name
    _record(submission, kind, who, moment, said, reason, judged)


def _record(
    submission: Submission,
    kind: Event,
    who: Actor,
    moment: datetime,
    said: str = "",
    reason: str = "",
    judged: tuple[Judged, ...] = (),
) -> None:
    happened = SubmissionEvent(submission_id=submission.id, kind=kind.value, actor_id=who.id, actor=who.name)
    happened.token, happened.said, happened.reason = who.token, said, reason
    happened.judged, happened.happened_at = write_judged(judged), moment
    db.session.add(happened)
    db.session.flush()
