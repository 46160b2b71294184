"""What mentors and learners do with cohorts: make, archive, take up again, join, leave, move. Nothing here commits."""

from datetime import date, datetime

from sqlalchemy import insert, literal, select, update

from portal.accounts.actions import note_failure
from portal.accounts.models import Cohort, CohortMentor, Membership, User
from portal.accounts.queries import MENTORS, find_user, is_member
from portal.cohorts.models import JoinRequest, Move, Outcome
from portal.cohorts.queries import is_mentor_of_cohort
from portal.db import UTCDateTime, db
from portal.decks import serving
from quizzes.day import day_of

_QUIET = {"synchronize_session": False}


class NotAMentor(ValueError):
    """Nobody who mentors has this address."""


class LastMentor(ValueError):
    """A cohort is never left without a mentor."""


class CannotEnter(ValueError):
    """They cannot come into this cohort; the message says why, to the learner."""


class AlreadyThere(CannotEnter):
    """They belong to the cohort already."""


class MentorsIt(CannotEnter):
    """Whoever mentors a cohort does not learn in it."""


class Archived(CannotEnter):
    """The cohort is archived: nobody comes in."""


def hold(cohort_id: int) -> Cohort:
    """The cohort as it is now. Until the transaction ends, nobody else lets people in or out of it."""
    statement = select(Cohort).where(Cohort.id == cohort_id).with_for_update(key_share=True)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def note_guess(subjects: list[str], moment: datetime) -> None:
    """Count a code or an address that nobody has against whoever tried it, as failed sign-ins are counted."""
    note_failure(subjects, moment)


# ---- Cohorts and their mentors


def make_cohort(mentor_id: int, name: str, about: str, moment: datetime) -> Cohort:
    """A cohort with one mentor and no learner."""
    cohort = Cohort(name=name, about=about, created_at=moment)
    db.session.add(cohort)
    db.session.flush()
    db.session.add(CohortMentor(cohort_id=cohort.id, mentor_id=mentor_id, began_at=moment))
    return cohort


def archive(cohort_id: int, moment: datetime) -> None:
    """End the cohort: every membership and every mentor's sight of it, at this one moment."""
    hold(cohort_id).archived_at = moment
    for kind in (Membership, CohortMentor):
        held = update(kind).where(kind.cohort_id == cohort_id, kind.ended_at.is_(None)).values(ended_at=moment)
        db.session.execute(held, execution_options=_QUIET)
    serving.keep_learnt(cohort_id)


def restore(cohort_id: int, moment: datetime) -> None:
    """Take an archived cohort up again: whose membership or sight ended with it begins anew."""
    cohort = hold(cohort_id)
    then, cohort.archived_at = cohort.archived_at, None
    now, at = literal(moment, UTCDateTime()), ("cohort_id", "began_at")
    for kind, columns in ((Membership, ("learner_id", "starts_on")), (CohortMentor, ("mentor_id",))):
        ended = select(*(getattr(kind, name) for name in (*columns, "cohort_id")), now)
        ended = ended.where(kind.cohort_id == cohort_id, kind.ended_at == then)
        db.session.execute(insert(kind).from_select([*columns, *at], ended))
    serving.bring_to_all(cohort_id, moment)


def add_mentor(cohort_id: int, email: str, moment: datetime) -> str:
    """Let somebody mentor this cohort too, with the same sight: their name.

    Raises NotAMentor, for an unknown address as for one of a learner, and AlreadyThere for whoever learns in it.
    """
    hold(cohort_id)
    mentor = find_user(email)
    if mentor is None or mentor.role not in MENTORS:
        raise NotAMentor("No mentor here has this address.")
    if is_member(cohort_id, mentor.id):
        raise AlreadyThere(f"{mentor.name} learns in this cohort. Remove them from the roster first.")
    if not is_mentor_of_cohort(mentor.id, cohort_id):
        db.session.add(CohortMentor(cohort_id=cohort_id, mentor_id=mentor.id, began_at=moment))
    return mentor.name


def remove_mentor(cohort_id: int, mentor_id: int, moment: datetime) -> bool:
    """End a mentor's sight of the cohort; False where they have none. Raises LastMentor."""
    hold(cohort_id)
    if not is_mentor_of_cohort(mentor_id, cohort_id):
        return False
    others = select(CohortMentor.id).join(User, User.id == CohortMentor.mentor_id)
    left = (CohortMentor.cohort_id == cohort_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    if db.session.execute(others.where(*left, CohortMentor.mentor_id != mentor_id)).first() is None:
        raise LastMentor("A cohort keeps at least one mentor. Name another one first, or archive the cohort.")
    theirs = update(CohortMentor).where(CohortMentor.cohort_id == cohort_id, CohortMentor.mentor_id == mentor_id)
    ended = theirs.where(CohortMentor.ended_at.is_(None)).values(ended_at=moment)
    db.session.execute(ended, execution_options=_QUIET)
    return True


# ---- Who belongs to it


def begin_membership(cohort_id: int, learner_id: int, starts_on: date | None, moment: datetime) -> None:
    """Let a learner belong to a cohort, from this moment on; a request of theirs that waits is answered by it.

    `starts_on` None: their own day at this moment. Raises Archived, MentorsIt and AlreadyThere.
    """
    check_entry(cohort_id, learner_id)
    if starts_on is None:
        person = db.session.get_one(User, learner_id)
        starts_on = day_of(moment, person.zone, person.rollover_hour)
    row = Membership(cohort_id=cohort_id, learner_id=learner_id, starts_on=starts_on, began_at=moment)
    db.session.add(row)
    waiting = (JoinRequest.cohort_id == cohort_id, JoinRequest.learner_id == learner_id)
    answered = update(JoinRequest).where(*waiting, JoinRequest.outcome == Outcome.WAITING.value)
    values = {"outcome": Outcome.ACCEPTED.value, "decided_at": moment}
    db.session.execute(answered.values(**values), execution_options=_QUIET)
    serving.bring_to(cohort_id, learner_id, moment)


def check_entry(cohort_id: int, learner_id: int) -> None:
    """Whether this learner could belong to the cohort from now on. Raises Archived, MentorsIt and AlreadyThere."""
    if hold(cohort_id).archived_at is not None:
        raise Archived("This cohort is archived, so nobody can join it.")
    if is_mentor_of_cohort(learner_id, cohort_id):
        raise MentorsIt("You mentor this cohort. Nobody learns in a cohort they mentor.")
    if is_member(cohort_id, learner_id):
        raise AlreadyThere("You belong to this cohort already.")


def end_membership(cohort_id: int, learner_id: int, moment: datetime) -> bool:
    """Let a learner belong to a cohort no longer; for an archived one: not even when it is taken up again.

    False where they do not belong to it.
    """
    then = hold(cohort_id).archived_at
    theirs = update(Membership).where(Membership.cohort_id == cohort_id, Membership.learner_id == learner_id)
    held = Membership.ended_at.is_(None) if then is None else Membership.ended_at == then
    ended = theirs.where(held).values(ended_at=moment).returning(Membership.id)
    is_ended = db.session.execute(ended, execution_options=_QUIET).first() is not None
    serving.keep_learnt(cohort_id, learner_id)
    return is_ended


def change_start(cohort_id: int, learner_id: int, starts_on: date) -> None:
    """Give a member another first day."""
    theirs = update(Membership).where(Membership.cohort_id == cohort_id, Membership.learner_id == learner_id)
    changed = theirs.where(Membership.ended_at.is_(None)).values(starts_on=starts_on)
    db.session.execute(changed, execution_options=_QUIET)


def move(mentor_id: int, learner_id: int, from_id: int, to_id: int, starts_on: date, moment: datetime) -> None:
    """Take a member of one cohort into another, with the same first day; the learner can read who did it.

    Raises Archived, MentorsIt and AlreadyThere, and changes nothing then.
    """
    for cohort_id in sorted((from_id, to_id)):  # always in one order: two moves at once must not wait for each other
        hold(cohort_id)
    begin_membership(to_id, learner_id, starts_on, moment)
    end_membership(from_id, learner_id, moment)
    db.session.add(Move(learner_id=learner_id, from_id=from_id, to_id=to_id, mentor_id=mentor_id, moved_at=moment))
