"""What is known of cohorts: who learns in them, who mentors them, and how both see them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select, tuple_

from portal.accounts.models import Cohort, CohortMentor, Membership, User
from portal.accounts.queries import MENTORS
from portal.cohorts.models import Invitation, JoinRequest, Move, Outcome
from portal.db import db

PAGE = 100  # members or invitations on a page
EXPORTED = 500  # rows in memory while a roster goes out

_WAITS = JoinRequest.outcome == Outcome.WAITING.value
_HOLDS = CohortMentor.ended_at.is_(None) & User.role.in_(MENTORS)
_BELONGS = Membership.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Mentored:
    """A cohort of a mentor's: how many learners, how many ask to come in, the names of the other mentors."""

    id: int
    name: str
    about: str
    archived_at: datetime | None
    learners: int
    asking: int
    others: list[str]


@dataclass(frozen=True, slots=True)
class Attended:
    """A cohort of a learner's; `moved` says who moved them there and from where, `until` None: they belong to it."""

    id: int
    name: str
    about: str
    mentors: list[str]
    starts_on: date
    since: datetime
    moved: tuple[str | None, str] | None


@dataclass(frozen=True, slots=True)
class Member:
    """A learner of a cohort. `invited_as`: the address of the invitation they accepted, where it is not their own."""

    id: int
    name: str
    email: str
    starts_on: date
    since: datetime
    invited_as: str | None


def mentored_cohorts(mentor_id: int) -> list[Mentored]:
    """The cohorts this person mentors, by name."""
    statement = select(Cohort).join(CohortMentor, CohortMentor.cohort_id == Cohort.id).join(User)
    return _mentored(mentor_id, statement.where(CohortMentor.mentor_id == mentor_id, _HOLDS))


def archived_cohorts(mentor_id: int) -> list[Mentored]:
    """The cohorts this person mentored until they were archived, by name."""
    return _mentored(mentor_id, _archived(mentor_id))


def _archived(mentor_id: int) -> Select[Cohort]:
    statement = select(Cohort).join(CohortMentor, CohortMentor.cohort_id == Cohort.id).join(User)
    until_then = CohortMentor.ended_at == Cohort.archived_at
    return statement.where(CohortMentor.mentor_id == mentor_id, until_then, User.role.in_(MENTORS))


def find_archived(mentor_id: int, cohort_id: int) -> Cohort | None:
    """A cohort this person mentored until it was archived."""
    return db.session.scalar(_archived(mentor_id).where(Cohort.id == cohort_id))


def _mentored(mentor_id: int, statement: Select[Cohort]) -> list[Mentored]:
    cohorts = db.session.scalars(statement.order_by(Cohort.name, Cohort.id)).all()
    ids = [cohort.id for cohort in cohorts]
    learners = counted(Membership.cohort_id, ids, _BELONGS)
    asking = counted(JoinRequest.cohort_id, ids, _WAITS)
    names = mentor_names(ids, but=mentor_id)
    return [
        Mentored(
            one.id, one.name, one.about, one.archived_at, learners.get(one.id, 0), asking.get(one.id, 0), names[one.id]
        )
        for one in cohorts
    ]


def counted(column: Any, ids: list[int], condition: Any) -> dict[int, int]:
    """How many rows there are for each of these values of a column, under a condition; none where there is no row."""
    statement = select(column, func.count()).where(column.in_(ids), condition).group_by(column)
    return dict(db.session.execute(statement).all())


def mentor_names(cohort_ids: Iterable[int], but: int = 0) -> dict[int, list[str]]:
    """The names of the mentors of each cohort, by name, without one of them."""
    names: dict[int, list[str]] = {cohort_id: [] for cohort_id in cohort_ids}
    statement = select(CohortMentor.cohort_id, User.name).join(User, User.id == CohortMentor.mentor_id)
    statement = statement.where(CohortMentor.cohort_id.in_(names), _HOLDS, User.id != but)
    for cohort_id, name in db.session.execute(statement.order_by(User.name, User.id)):
        names[cohort_id].append(name)
    return names


def mentors_of_cohort(cohort_id: int) -> list[tuple[int, str, str]]:
    """(id, name, address) of the mentors of a cohort, by name."""
    statement = select(User.id, User.name, User.email).join(CohortMentor, CohortMentor.mentor_id == User.id)
    statement = statement.where(CohortMentor.cohort_id == cohort_id, _HOLDS).order_by(User.name, User.id)
    return [(id_, name, email) for id_, name, email in db.session.execute(statement)]


def is_mentor_of_cohort(mentor_id: int, cohort_id: int) -> bool:
    """Whether this person mentors the cohort now."""
    statement = select(CohortMentor.id).join(User, User.id == CohortMentor.mentor_id)
    mine = (CohortMentor.cohort_id == cohort_id, CohortMentor.mentor_id == mentor_id, _HOLDS)
    return db.session.execute(statement.where(*mine)).first() is not None


# ---- What a learner sees


def attended_cohorts(learner_id: int) -> list[Attended]:
    """The cohorts this learner belongs to, by name."""
    return _attended(learner_id, _BELONGS)


def dormant_cohorts(learner_id: int) -> list[Attended]:
    """The archived cohorts that this learner would belong to again if they were taken up again."""
    return _attended(learner_id, Membership.ended_at == Cohort.archived_at)


def _attended(learner_id: int, condition: Any) -> list[Attended]:
    here = and_(Move.learner_id == Membership.learner_id, Move.to_id == Cohort.id, Move.moved_at == Membership.began_at)
    mover, origin = User.__table__.alias(), Cohort.__table__.alias()
    columns = (Cohort.id, Cohort.name, Cohort.about, Membership.starts_on, Membership.began_at)
    statement = select(*columns, mover.c.name, origin.c.name).join(Membership, Membership.cohort_id == Cohort.id)
    statement = statement.outerjoin(Move, here).outerjoin(mover, mover.c.id == Move.mentor_id)
    statement = statement.outerjoin(origin, origin.c.id == Move.from_id)
    rows = db.session.execute(
        statement.where(Membership.learner_id == learner_id, condition).order_by(Cohort.name, Cohort.id)
    ).all()
    names = mentor_names([row[0] for row in rows])
    return [
        Attended(id_, name, about, names[id_], starts_on, since, None if origin is None else (mover, origin))
        for id_, name, about, starts_on, since, mover, origin in rows
    ]


# ---- The roster


def _members(cohort_id: int) -> Select[Any]:
    invited_as = (
        select(Invitation.email)
        .where(
            Invitation.cohort_id == Membership.cohort_id,
            Invitation.learner_id == Membership.learner_id,
            Invitation.answered_at == Membership.began_at,
            Invitation.email != User.email,
        )
        .limit(1)  # there is one; to ask for the greatest would let SQLite read all addresses in order
        .correlate(Membership, User)
        .scalar_subquery()
    )
    columns = (User.id, User.name, User.email, Membership.starts_on, Membership.began_at, invited_as)
    statement = select(*columns).join(Membership, Membership.learner_id == User.id)
    return statement.where(Membership.cohort_id == cohort_id, _BELONGS)


def members(cohort_id: int, after: int | None) -> tuple[list[Member], int | None]:
    """A page of a cohort's learners by name, behind the person `after`; and behind whom the next begins (None: end)."""
    statement = _members(cohort_id)
    if after is not None:
        was_here = exists().where(Membership.cohort_id == cohort_id, Membership.learner_id == User.id)
        name = db.session.scalar(select(User.name).where(User.id == after, was_here))
        statement = statement.where(tuple_(User.name, User.id) > tuple_(name or "", after))
    found = [Member(*row) for row in db.session.execute(statement.order_by(User.name, User.id).limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def all_members(cohort_id: int) -> Iterator[Member]:
    """Every learner of a cohort, by name; at most EXPORTED in memory."""
    ordered = _members(cohort_id).order_by(User.name, User.id)
    for row in db.session.execute(ordered, execution_options={"yield_per": EXPORTED}):
        yield Member(*row)


def find_member(cohort_id: int, learner_id: int) -> Member | None:
    """One learner of a cohort."""
    row = db.session.execute(_members(cohort_id).where(User.id == learner_id)).first()
    return None if row is None else Member(*row)


def count_members(cohort_id: int) -> int:
    """How many learners a cohort has."""
    return counted(Membership.cohort_id, [cohort_id], _BELONGS).get(cohort_id, 0)
