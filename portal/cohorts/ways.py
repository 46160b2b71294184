"""The ways into cohorts as they are known: codes, requests to be let in, invitations by address, roster files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, select, tuple_

from portal.accounts.models import Cohort, Membership, User
from portal.cohorts.models import Invitation, JoinCode, JoinRequest, Outcome, RosterUpload
from portal.cohorts.queries import EXPORTED, PAGE, counted
from portal.db import db

_WAITS = JoinRequest.outcome == Outcome.WAITING.value
_IS_OPEN = Invitation.outcome == Outcome.WAITING.value


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as its mentors see it; `by` and `by_email` are who answered it."""

    id: int
    email: str
    name: str
    starts_on: date | None
    token: str
    outcome: str
    answered_at: datetime | None
    by: str | None
    by_email: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks to be let in."""

    id: int
    name: str
    email: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation or a request as its learner sees it: `mentor` invites them (None: that account is gone)."""

    id: int
    cohort: str
    mentor: str | None
    at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code with how many came by it, and how many of those wait for a mentor."""

    id: int
    code: str
    token: str
    needs_approval: bool
    most: int | None
    expires_at: datetime | None
    used: int
    waiting: int


# ---- What a learner sees


def offers(email: str) -> list[Offer]:
    """The invitations that wait for whoever has this address, the latest first."""
    columns = (Invitation.id, Cohort.name, User.name, Invitation.invited_at, Invitation.token)
    statement = select(*columns).join(Cohort, Cohort.id == Invitation.cohort_id)
    statement = statement.outerjoin(User, User.id == Invitation.mentor_id).where(Invitation.email == email, _IS_OPEN)
    open_ones = statement.where(Cohort.archived_at.is_(None)).order_by(Invitation.id.desc())
    return [Offer(*row) for row in db.session.execute(open_ones)]


def waiting_requests(learner_id: int) -> list[Offer]:
    """The cohorts this learner asked to be let into, and no mentor decided yet."""
    columns = (JoinRequest.id, Cohort.name, JoinRequest.asked_at)
    statement = select(*columns).join(Cohort, Cohort.id == JoinRequest.cohort_id)
    mine = statement.where(JoinRequest.learner_id == learner_id, _WAITS, Cohort.archived_at.is_(None))
    return [Offer(id_, name, None, at, "") for id_, name, at in db.session.execute(mine.order_by(JoinRequest.id))]


# ---- Codes and requests


def codes(cohort_id: int) -> list[Code]:
    """The codes of a cohort that were not taken back, the latest first."""
    statement = select(JoinCode).where(JoinCode.cohort_id == cohort_id, JoinCode.revoked_at.is_(None))
    found = db.session.scalars(statement.order_by(JoinCode.id.desc())).all()
    ids = [code.id for code in found]
    came, wait = counted(JoinRequest.join_code_id, ids, takes_place()), counted(JoinRequest.join_code_id, ids, _WAITS)
    return [
        Code(c.id, c.code, c.token, c.needs_approval, c.most, c.expires_at, came.get(c.id, 0), wait.get(c.id, 0))
        for c in found
    ]


def takes_place() -> Any:
    """Which requests count towards the limit of their code: those that were let in, and those that wait."""
    return JoinRequest.outcome.in_((Outcome.WAITING.value, Outcome.ACCEPTED.value))


def find_code(cohort_id: int, code_id: int) -> JoinCode | None:
    """A code of this cohort that was not taken back."""
    mine = (JoinCode.id == code_id, JoinCode.cohort_id == cohort_id, JoinCode.revoked_at.is_(None))
    return db.session.scalar(select(JoinCode).where(*mine))


def token_of(code: str) -> str | None:
    """The link's token of a code as somebody typed it, whatever became of the code."""
    return db.session.scalar(select(JoinCode.token).where(JoinCode.code == code))


def find_way(token: str) -> tuple[JoinCode | Invitation, Cohort] | None:
    """What a join link opens: a code or an invitation, and its cohort, whatever became of them."""
    way = db.session.scalar(select(JoinCode).where(JoinCode.token == token)) or db.session.scalar(
        select(Invitation).where(Invitation.token == token)
    )
    return None if way is None else (way, db.session.get_one(Cohort, way.cohort_id))


def is_full(code: JoinCode) -> bool:
    """Whether as many came by this code as may."""
    if code.most is None:
        return False
    return counted(JoinRequest.join_code_id, [code.id], takes_place()).get(code.id, 0) >= code.most


def find_request(request_id: int, **whose: int) -> JoinRequest | None:
    """A request that waits, of this cohort (`cohort_id`) or learner (`learner_id`); none of an archived cohort."""
    statement = select(JoinRequest).filter_by(id=request_id, **whose).where(_WAITS)
    is_running = exists().where(Cohort.id == JoinRequest.cohort_id, Cohort.archived_at.is_(None))
    return db.session.scalar(statement.where(is_running))


def is_asking(cohort_id: int, learner_id: int) -> bool:
    """Whether this learner's request to be let in waits for a mentor."""
    mine = (JoinRequest.cohort_id == cohort_id, JoinRequest.learner_id == learner_id, _WAITS)
    return db.session.execute(select(JoinRequest.id).where(*mine)).first() is not None


def find_offer(email: str, invitation_id: int) -> tuple[Invitation, Cohort] | None:
    """An invitation that waits for whoever has this address."""
    statement = select(Invitation, Cohort).join(Cohort, Cohort.id == Invitation.cohort_id)
    mine = (Invitation.id == invitation_id, Invitation.email == email, _IS_OPEN, Cohort.archived_at.is_(None))
    row = db.session.execute(statement.where(*mine)).first()
    return None if row is None else (row[0], row[1])


def asking(cohort_id: int) -> list[Asking]:
    """Who asks to be let in, the first first; at most a page."""
    columns = (JoinRequest.id, User.name, User.email, JoinRequest.asked_at)
    statement = select(*columns).join(User, User.id == JoinRequest.learner_id)
    statement = statement.where(JoinRequest.cohort_id == cohort_id, _WAITS).order_by(JoinRequest.id).limit(PAGE)
    return [Asking(*row) for row in db.session.execute(statement)]


# ---- Invitations and rosters


def _invited(cohort_id: int) -> Select[Any]:
    of_it = (Invitation.id, Invitation.email, Invitation.name, Invitation.starts_on, Invitation.token)
    columns: tuple[Any, ...] = (*of_it, Invitation.outcome, Invitation.answered_at, User.name, User.email)
    statement = select(*columns).outerjoin(User, User.id == Invitation.learner_id)
    return statement.where(Invitation.cohort_id == cohort_id)


def invitations(cohort_id: int, after: int | None) -> tuple[list[Invited], int | None]:
    """A page of a cohort's invitations by address, behind the one `after`; and behind which the next begins."""
    statement = _invited(cohort_id)
    if after is not None:
        place = (Invitation.id == after, Invitation.cohort_id == cohort_id)
        email = db.session.scalar(select(Invitation.email).where(*place))
        statement = statement.where(tuple_(Invitation.email, Invitation.id) > tuple_(email or "", after))
    ordered = statement.order_by(Invitation.email, Invitation.id).limit(PAGE + 1)
    found = [Invited(*row) for row in db.session.execute(ordered)]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def all_waiting(cohort_id: int) -> Iterator[Invited]:
    """Every invitation that waits, by address; at most EXPORTED in memory."""
    ordered = _invited(cohort_id).where(_IS_OPEN).order_by(Invitation.email, Invitation.id)
    for row in db.session.execute(ordered, execution_options={"yield_per": EXPORTED}):
        yield Invited(*row)


def count_invitations(cohort_id: int) -> int:
    """How many invitations of a cohort wait for an answer."""
    return counted(Invitation.cohort_id, [cohort_id], _IS_OPEN).get(cohort_id, 0)


def find_invitation(cohort_id: int, invitation_id: int) -> Invitation | None:
    """An invitation of this cohort that waits."""
    mine = (Invitation.id == invitation_id, Invitation.cohort_id == cohort_id, _IS_OPEN)
    return db.session.scalar(select(Invitation).where(*mine))


def known_addresses(cohort_id: int) -> tuple[set[str], set[str]]:
    """The addresses of the learners of a cohort, and those of the invitations that wait."""
    belonging = select(User.email).join(Membership, Membership.learner_id == User.id)
    there = db.session.scalars(belonging.where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None)))
    invited = db.session.scalars(select(Invitation.email).where(Invitation.cohort_id == cohort_id, _IS_OPEN))
    return set(there), set(invited)


def find_upload(mentor_id: int, cohort_id: int) -> RosterUpload | None:
    """The roster file this mentor sent and has not decided on."""
    return db.session.get(RosterUpload, (cohort_id, mentor_id))
