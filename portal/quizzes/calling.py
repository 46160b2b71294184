"""Cards that are called, for a learner or a whole cohort, or no longer; a cohort costs a statement for each card."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, text, update

from portal.db import UTCDateTime, db
from portal.quizzes.models import Call, Card, CardState, Desk
from portal.statements import Prepared

_CALL = text(
    "INSERT INTO calls (learner_id, card_id, called_at) VALUES (:learner, :card, :at)"
    " ON CONFLICT (learner_id, card_id) DO NOTHING"
).bindparams(bindparam("at", type_=UTCDateTime()))
# The desk may not be there yet: it comes with the first answer otherwise.
OPEN_DESK = text("INSERT INTO desks (learner_id, frontier) VALUES (:learner, 0) ON CONFLICT (learner_id) DO NOTHING")
_MEMBERS = "FROM memberships WHERE cohort_id = :cohort AND ended_at IS NULL"
_CALL_MEMBERS = text(
    "INSERT INTO calls (learner_id, card_id, called_at)"
    f" SELECT learner_id, :card, :at {_MEMBERS} ORDER BY learner_id ON CONFLICT (learner_id, card_id) DO NOTHING"
).bindparams(bindparam("at", type_=UTCDateTime()))
_OPEN_DESKS = text(
    f"INSERT INTO desks (learner_id, frontier) SELECT learner_id, 0 {_MEMBERS} ON CONFLICT (learner_id) DO NOTHING"
)
_QUIET = {"synchronize_session": False}
_STATE = and_(CardState.card_id == Call.card_id, CardState.learner_id == Call.learner_id)
_WAITS = (
    Card.is_active,
    or_(CardState.card_id.is_(None), and_(CardState.due_on.is_(None), CardState.is_suspended.is_(False))),
)
_FIRST_WAITING = (
    select(func.min(Call.id))
    .join(Card, Card.id == Call.card_id)
    .outerjoin(CardState, _STATE)
    .where(Call.learner_id == Desk.learner_id, *_WAITS)
    .correlate(Desk)
    .scalar_subquery()
)
_STATE_OF_LEARNER = and_(CardState.card_id == Card.id, CardState.learner_id == bindparam("of_learner"))
_LOOK_FOR_CALLED = Prepared(
    update(Desk)
    .where(Desk.learner_id == bindparam("of_learner"))
    .values(
        called_from=select(func.min(Call.id))
        .join(Card, Card.id == Call.card_id)
        .outerjoin(CardState, _STATE_OF_LEARNER)
        .where(Call.learner_id == bindparam("of_learner"), *_WAITS)
        .scalar_subquery()
    )
)


def call_cards(learner_id: int, card_ids: Sequence[int], moment: datetime) -> None:
    """Let these cards come to a learner before the roadmap's new ones, in this order; a second call changes nothing."""
    rows = [{"learner": learner_id, "card": card_id, "at": moment} for card_id in card_ids]
    if rows:
        db.session.execute(_CALL, rows)
        db.session.execute(OPEN_DESK, {"learner": learner_id})
        look_for_called(learner_id)


def take_back_calls(
    card_ids: Sequence[int], called_at: datetime, learner_id: int | None = None
) -> list[tuple[int, int]]:
    """Drop the calls of these cards that were made at this moment (for this learner) and led to nothing learnt.

    Gives them as (learner, card). Whatever was learnt of a card stays, as does every call of another moment.
    """
    of_card = (CardState.learner_id == Call.learner_id, CardState.card_id == Call.card_id)
    is_learnt = select(CardState.card_id).where(*of_card, CardState.due_on.is_not(None)).exists()
    gone = delete(Call).where(Call.card_id.in_(card_ids), Call.called_at == called_at, ~is_learnt)
    gone = gone if learner_id is None else gone.where(Call.learner_id == learner_id)
    returned = gone.returning(Call.learner_id, Call.card_id)
    found = db.session.execute(returned, execution_options=_QUIET).all()
    for one in {learner for learner, _ in found}:
        look_for_called(one)
    return [(learner, card) for learner, card in found]


def look_for_called(learner_id: int) -> None:
    """Note at the learner's desk which call is the first whose card waits to be learnt, if one does."""
    _LOOK_FOR_CALLED.count({"of_learner": learner_id})


def call_for_members(cohort_id: int, card_ids: Sequence[int], moment: datetime) -> None:
    """Let these cards come to every member of a cohort before the roadmap's new ones, in this order."""
    for card_id in card_ids:
        db.session.execute(_CALL_MEMBERS, {"cohort": cohort_id, "card": card_id, "at": moment})
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
