"""The card that sets against each other what a wrong answer mixed up: called with the answer, named in its feedback."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, func, or_, select, text, update

from portal.db import UTCDateTime, db
from portal.htmx import fixed_url
from portal.quizzes.models import Call, Card, CardState, Desk
from portal.statements import Prepared
from quizzes.cards import Contrast

# A call that is there already stays as it is, and comes back with its number like a new one.
_CALL = Prepared(
    text(
        "INSERT INTO calls (learner_id, card_id, called_at) SELECT :learner, cards.id, :at FROM cards"
        " WHERE slug = :slug AND is_active AND position > 0"
        " AND (kept_back_by & coalesce((SELECT choices FROM desks WHERE learner_id = :learner), 0)) = 0"
        " AND NOT EXISTS (SELECT 1 FROM card_states AS known"
        " WHERE known.learner_id = :learner AND known.card_id = cards.id"
        " AND (known.due_on IS NOT NULL OR known.is_suspended))"
        " ON CONFLICT (learner_id, card_id) DO UPDATE SET called_at = calls.called_at"
        " RETURNING id, called_at = :at"
    ).bindparams(bindparam("at", type_=UTCDateTime()))
)
_NOTE = Prepared(
    update(Desk)
    .where(Desk.learner_id == bindparam("learner"))
    .values(called_from=func.coalesce(Desk.called_from, bindparam("call")))
)


class Contrasted(NamedTuple):
    """A contrast in words: its pair, and the address of its card where the learner knows it (else "")."""

    pair: str
    url: str

    @property
    def sentence(self) -> str:
        """What to expect of it."""
        if self.url:
            return f"One of your cards sets {self.pair}. It comes back when it is due."
        return f"Among your next new cards is one that sets {self.pair}."


class Called(NamedTuple):
    """A call that waits; `is_first`: it was made just now."""

    id: int
    is_first: bool


def call_contrast(learner_id: int, contrast: Contrast, moment: datetime) -> Called | None:
    """Let this card come before the roadmap's new ones; None for whoever knows it, or has put it or its step aside.

    A card that is known keeps its schedule: when it is due is what its own answers say.
    """
    row = _CALL.first({"learner": learner_id, "slug": contrast.card, "at": moment})
    return None if row is None else Called(int(row[0]), bool(row[1]))


def note_call(learner_id: int, called: Called) -> None:
    """Tell the desk that a call waits; calls only grow, so one that waited before stays the first."""
    if called.is_first:
        _NOTE.count({"learner": learner_id, "call": called.id})


def take_back(learner_id: int, contrasts: Iterable[Contrast], called_at: datetime) -> None:
    """Drop what a wrong answer of this moment called, if it led to nothing learnt."""
    cards = select(Card.id).where(Card.slug.in_({contrast.card for contrast in contrasts}))
    of_state = (CardState.learner_id == Call.learner_id, CardState.card_id == Call.card_id)
    is_learnt = select(CardState.card_id).where(*of_state, CardState.due_on.is_not(None)).exists()
    of_call = (Call.learner_id == learner_id, Call.card_id.in_(cards), Call.called_at == called_at)
    db.session.execute(delete(Call).where(*of_call, ~is_learnt), execution_options={"synchronize_session": False})


def contrasted(learner_id: int, contrast: Contrast | None, is_called: bool) -> Contrasted | None:
    """What can be said of a contrast; where it was not called just now it is looked up, and may be nothing at all."""
    waits = True if contrast is None or is_called else _waits(learner_id, contrast.card)
    if contrast is None or waits is None:
        return None
    return Contrasted(contrast.pair, "" if waits else f"{fixed_url('quizzes.decks')}cards/{contrast.card}")


def _waits(learner_id: int, slug: str) -> bool | None:
    """Whether this card waits for its call to be answered; False when it is known, None when neither is so."""
    of_state = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    of_call = and_(Call.card_id == Card.id, Call.learner_id == learner_id)
    is_known = or_(CardState.due_on.is_not(None), CardState.is_suspended)
    columns = (func.coalesce(is_known, False), Call.id)
    found = select(*columns).select_from(Card).outerjoin(CardState, of_state).outerjoin(Call, of_call)
    row = db.session.execute(found.where(Card.slug == slug, Card.is_active)).first()
    if row is None or not (row[0] or row[1]):
        return None
    return not row[0]
