"""What is done with codes, requests and invitations: the ways into a cohort. Nothing here commits."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from portal.accounts.models import Cohort
from portal.cohorts import ways
from portal.cohorts.actions import Archived, CannotEnter, begin_membership, check_entry, hold
from portal.cohorts.lists import Line
from portal.cohorts.models import Invitation, JoinCode, JoinRequest, Outcome, RosterUpload
from portal.db import db

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another one when it is read aloud
CODE_LENGTH = 8
KEPT_FOR = timedelta(days=1)  # a roster file that nobody said yes to
AT_ONCE = 500  # rows of one INSERT
_QUIET = {"synchronize_session": False}


class WayClosed(CannotEnter):
    """This link or code lets nobody in any more."""


class AskedAlready(CannotEnter):
    """They wait for a mentor's answer already."""


# ---- Codes


def make_code(
    cohort_id: int, needs_approval: bool, most: int | None, expires_at: datetime | None, moment: datetime
) -> JoinCode:
    """A new way in: a code to type, and a link."""
    made = JoinCode(
        cohort_id=cohort_id,
        code="".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)),
        token=secrets.token_urlsafe(16),
        needs_approval=needs_approval,
        most=most,
        expires_at=expires_at,
        made_at=moment,
    )
    db.session.add(made)
    return made


def typed_code(text: str) -> str:
    """A code as somebody typed it: capitals, without spaces and hyphens."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def revoke_code(code: JoinCode, moment: datetime) -> None:
    """Let nobody in by this code any more. Who asked by it still waits for an answer."""
    code.revoked_at = moment


def check_way(way: JoinCode | Invitation, cohort: Cohort, moment: datetime) -> None:
    """Whether this link is still open. Raises WayClosed with the reason."""
    if cohort.archived_at is not None:
        raise WayClosed("The cohort behind this link is archived, so nobody can join it now.")
    if isinstance(way, Invitation):
        if way.outcome == Outcome.WITHDRAWN.value:
            raise WayClosed("This invitation was taken back.")
        if way.outcome != Outcome.WAITING.value:
            raise WayClosed("This invitation was answered already. Each one works once.")
    elif way.revoked_at is not None:
        raise WayClosed("This code was taken back.")
    elif way.expires_at is not None and way.expires_at <= moment:
        raise WayClosed("This code was for a time that is over.")
    elif ways.is_full(way):
        raise WayClosed("As many people as it was for have joined by this code.")


def enter(learner_id: int, token: str, moment: datetime) -> bool:
    """Come in by a link: True when they belong to the cohort now, False when they wait for a mentor.

    Raises CannotEnter: WayClosed, AskedAlready, Archived, MentorsIt or AlreadyThere.
    """
    found = ways.find_way(token)
    if found is None:
        raise WayClosed("No cohort has this link.")
    way, cohort = found
    cohort = hold(cohort.id)
    db.session.refresh(way)  # as it is now that nobody else can use it
    check_entry(cohort.id, learner_id)
    check_way(way, cohort, moment)
    if isinstance(way, Invitation):
        accept_offer(learner_id, way, moment)
        return True
    if ways.is_asking(cohort.id, learner_id):
        raise AskedAlready("You asked to join already. A mentor of the cohort decides.")
    db.session.add(JoinRequest(cohort_id=cohort.id, learner_id=learner_id, join_code_id=way.id, asked_at=moment))
    db.session.flush()
    if not way.needs_approval:
        begin_membership(cohort.id, learner_id, None, moment)
    return not way.needs_approval


def accept_request(request: JoinRequest, moment: datetime) -> None:
    """Let somebody in who asked. Raises Archived, MentorsIt and AlreadyThere."""
    begin_membership(request.cohort_id, request.learner_id, None, moment)


def close_request(request: JoinRequest, outcome: Outcome, moment: datetime) -> None:
    """Decline a request, or withdraw one's own."""
    request.outcome, request.decided_at = outcome.value, moment


# ---- Invitations


def accept_offer(learner_id: int, invitation: Invitation, moment: datetime) -> None:
    """Say yes to an invitation. Raises Archived, MentorsIt and AlreadyThere."""
    begin_membership(invitation.cohort_id, learner_id, invitation.starts_on, moment)
    _answer(invitation, Outcome.ACCEPTED, learner_id, moment)


def decline_offer(learner_id: int, invitation: Invitation, moment: datetime) -> None:
    """Say no to an invitation."""
    _answer(invitation, Outcome.DECLINED, learner_id, moment)


def _answer(invitation: Invitation, outcome: Outcome, learner_id: int | None, moment: datetime) -> None:
    invitation.outcome, invitation.answered_at, invitation.learner_id = outcome.value, moment, learner_id


def withdraw_invitation(invitation: Invitation, moment: datetime) -> None:
    """Take an invitation back: its link lets nobody in any more."""
    _answer(invitation, Outcome.WITHDRAWN, None, moment)


def withdraw_invitations(cohort_id: int, moment: datetime) -> int:
    """Take every invitation back that waits: how many."""
    waiting = (Invitation.cohort_id == cohort_id, Invitation.outcome == Outcome.WAITING.value)
    count = ways.count_invitations(cohort_id)
    values = {"outcome": Outcome.WITHDRAWN.value, "answered_at": moment}
    db.session.execute(update(Invitation).where(*waiting).values(**values), execution_options=_QUIET)
    return count


def invite(mentor_id: int, cohort_id: int, lines: Sequence[Line], moment: datetime) -> int:
    """Invite everybody of a roster who is not there and not invited yet: how many. Raises Archived."""
    if hold(cohort_id).archived_at is not None:
        raise Archived("This cohort is archived.")
    there, invited = ways.known_addresses(cohort_id)
    rows = [
        {
            "cohort_id": cohort_id,
            "email": line.email,
            "name": line.name,
            "starts_on": line.starts_on,
            "token": secrets.token_urlsafe(16),
            "mentor_id": mentor_id,
            "invited_at": moment,
            "outcome": Outcome.WAITING.value,
        }
        for line in lines
        if line.email not in there and line.email not in invited
    ]
    for first in range(0, len(rows), AT_ONCE):
        db.session.execute(insert(Invitation), rows[first : first + AT_ONCE])
    return len(rows)


def keep_upload(mentor_id: int, cohort_id: int, text: str, moment: datetime) -> None:
    """Keep a roster file until its mentor says yes or no; files that were forgotten go."""
    db.session.execute(delete(RosterUpload).where(RosterUpload.sent_at < moment - KEPT_FOR), execution_options=_QUIET)
    db.session.merge(RosterUpload(cohort_id=cohort_id, mentor_id=mentor_id, text=text, sent_at=moment))


def drop_upload(mentor_id: int, cohort_id: int) -> None:
    """Forget the roster file this mentor sent."""
    mine = (RosterUpload.mentor_id == mentor_id, RosterUpload.cohort_id == cohort_id)
    db.session.execute(delete(RosterUpload).where(*mine), execution_options=_QUIET)
