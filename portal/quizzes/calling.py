"""Cards that are called for a whole cohort at once, or no longer; a statement for each card, however many they are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, text, update

from portal.db import UTCDateTime, db
from portal.quizzes.models import Call, Card, CardState, Desk

_MEMBERS = "FROM memberships WHERE cohort_id = :cohort AND ended_at IS NULL"
_CALL = text(
    "INSERT INTO calls (learner_id, card_id, called_at)"
    f" SELECT learner_id, :card, :at {_MEMBERS} ORDER BY learner_id ON CONFLICT (learner_id, card_id) DO NOTHING"
).bindparams(bindparam("at", type_=UTCDateTime()))
_OPEN_DESKS = text(
    f"INSERT INTO desks (learner_id, frontier) SELECT learner_id, 0 {_MEMBERS} ON CONFLICT (learner_id) DO NOTHING"
)
_QUIET = {"synchronize_session": False}
_STATE = and_(CardState.card_id == Call.card_id, CardState.learner_id == Call.learner_id)
_FIRST_WAITING = (
    select(func.min(Call.id))
    .join(Card, Card.id == Call.card_id)
    .outerjoin(CardState, _STATE)
    .where(
        Call.learner_id == Desk.learner_id,
        Card.is_active,
        or_(CardState.card_id.is_(None), and_(CardState.due_on.is_(None), CardState.is_suspended.is_(False))),
    )
    .correlate(Desk)
    .scalar_subquery()
)


def call_for_members(cohort_id: int, card_ids: Sequence[int], moment: datetime) -> None:
    """Let these cards come to every member of a cohort before the roadmap's new ones, in this order."""
    for card_id in card_ids:
        db.session.execute(_CALL, {"cohort": cohort_id, "card": card_id, "at": moment})
    if card_ids:
        db.session.execute(_OPEN_DESKS, {"cohort": cohort_id})
        look_again(card_ids)


def look_again(card_ids: Sequence[int]) -> None:
    """Note at the desks of all for whom these cards are called which call is the first that waits."""
    called = select(Call.learner_id).where(Call.card_id.in_(card_ids))
    _look(called)


def drop_calls(card_ids: Sequence[int], learner_id: int | None = None) -> None:
    """Call these cards (for this learner) no more, where they led to nothing learnt; what was learnt keeps its call."""
    is_learnt = select(CardState.card_id).where(_STATE, CardState.due_on.is_not(None)).correlate(Call).exists()
    asked = [Call.card_id.in_(card_ids), *([] if learner_id is None else [Call.learner_id == learner_id])]
    learners = db.session.scalars(select(Call.learner_id).where(*asked).distinct()).all()
    db.session.execute(delete(Call).where(*asked, ~is_learnt), execution_options=_QUIET)
    if learners:
        _look(learners)


def _look(learners: object) -> None:
    desks = update(Desk).where(Desk.learner_id.in_(learners))  # type: ignore[arg-type]
    db.session.execute(desks.values(called_from=_FIRST_WAITING), execution_options=_QUIET)
