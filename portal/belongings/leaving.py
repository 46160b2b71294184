"""The end of an account: what stands in its way, and everything that goes with it. Nothing here commits."""

from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select, text, update

from portal.accounts.models import Cohort, CohortMentor, Membership, Role, SignInFailure, User
from portal.accounts.queries import MENTORS
from portal.cohorts.models import Invitation, RosterUpload
from portal.db import db
from portal.projects.models import Submission, SubmissionEvent
from portal.quizzes.models import ReportDecision

GONE = "Somebody who left"
_QUIET = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an account cannot end yet, as a sentence; `cohort_id` names the cohort it is about, if any."""

    says: str
    cohort_id: int | None = None


def obstacles(user_id: int, role: str) -> list[Obstacle]:
    """What has to be arranged first, so that nobody is left without a mentor, nor the portal without an admin."""
    found = []
    if role == Role.ADMIN.value and not _others(user_id):
        found.append(Obstacle("Nobody else is an admin here. Make somebody one first: flask users role ADDRESS admin."))
    for cohort_id, name, members in _led_alone(user_id):
        learners = "1 learner" if members == 1 else f"{members} learners"
        says = f"Nobody else mentors {name}, with {learners}. Add a second mentor or archive the cohort first."
        found.append(Obstacle(says, cohort_id))
    return found


def _others(user_id: int) -> int:
    admins = select(func.count()).select_from(User).where(User.role == Role.ADMIN.value, User.id != user_id)
    return db.session.execute(admins).scalar_one()


def _led_alone(user_id: int) -> list[tuple[int, str, int]]:
    """(id, name, members) of the open cohorts with learners that have no other mentor."""
    led = select(CohortMentor.cohort_id).where(CohortMentor.mentor_id == user_id, CohortMentor.ended_at.is_(None))
    others = select(CohortMentor.cohort_id).join(User, User.id == CohortMentor.mentor_id)
    others = others.where(CohortMentor.mentor_id != user_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    statement = (
        select(Cohort.id, Cohort.name, func.count())
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.ended_at.is_(None), Membership.learner_id != user_id, Cohort.archived_at.is_(None))
        .where(Cohort.id.in_(led), Cohort.id.not_in(others))
        .group_by(Cohort.id, Cohort.name)
        .order_by(Cohort.name, Cohort.id)
    )
    return [(id_, name, count) for id_, name, count in db.session.execute(statement)]


def erase(user_id: int, email: str) -> None:
    """Delete a person and all that is theirs. What they decided for others stays, without their name."""
    _take_name_away(user_id)
    _forget_address(user_id, email)
    had_words = _has_words(user_id)
    db.session.execute(delete(User).where(User.id == user_id), execution_options=_QUIET)
    if had_words:
        _forget_words()


def _take_name_away(user_id: int) -> None:
    decided = (SubmissionEvent.submission_id == Submission.id, SubmissionEvent.actor_id == user_id)
    by_them = exists().where(*decided, SubmissionEvent.actor == Submission.decider)  # the name of then
    db.session.execute(update(Submission).where(by_them).values(decider=None), execution_options=_QUIET)
    for record in (SubmissionEvent, ReportDecision):
        of_them = update(record).where(record.actor_id == user_id).values(actor_id=None, actor=GONE)
        db.session.execute(of_them, execution_options=_QUIET)


def _forget_address(user_id: int, email: str) -> None:
    """Invitations to it, roster files that name it, and failed tries with it."""
    is_theirs = (Invitation.email == email) | (Invitation.learner_id == user_id)
    names_it = func.lower(RosterUpload.text).contains(email, autoescape=True)
    tried = SignInFailure.subject.in_((f"account:{email}"[:64], f"mentors:{user_id}", f"guesses:{user_id}"))
    for table, rows in ((Invitation, is_theirs), (RosterUpload, names_it), (SignInFailure, tried)):
        db.session.execute(delete(table).where(rows), execution_options=_QUIET)


def _has_words(user_id: int) -> bool:
    found = "SELECT 1 FROM journal_words JOIN journal_entries ON id = entry_id WHERE learner_id = :me LIMIT 1"
    return db.session.execute(text(found), {"me": user_id}).first() is not None


def _forget_words() -> None:
    """FTS5 keeps a word that was deleted until its segments are merged: merge them."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("INSERT INTO journal_search (journal_search) VALUES ('optimize')"))
