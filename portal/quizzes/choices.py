"""What a learner chooses of steps, languages and frameworks: kept, and said of a card that does not come as new."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from portal.db import db
from portal.quizzes.actions import move_frontier
from portal.quizzes.calling import OPEN_DESK
from portal.quizzes.models import Card, Desk
from portal.quizzes.queries import IS_UNMET, PAIRED, read_sheet
from quizzes.choosing import Choices, choices_from, why_kept_back
from quizzes.sheets import opening


def choose(learner_id: int, choices: Choices) -> None:
    """Let only these steps, this language and this framework bring new cards; what is known keeps coming back.

    Raises ChoiceError.
    """
    db.session.execute(OPEN_DESK, {"learner": learner_id})
    chosen = update(Desk).where(Desk.learner_id == learner_id).values(choices=choices.bits, frontier=0)
    db.session.execute(chosen)
    move_frontier(learner_id)


def why_not_new(learner_id: int, card_id: int) -> str:
    """Why a card of the roadmap does not come to this learner as a new one yet, in a sentence; "" when its turn comes.

    A card that needs others names those which were never answered right.
    """
    chosen = select(Desk.choices).where(Desk.learner_id == learner_id).scalar_subquery()
    bits, choices = db.session.execute(
        select(Card.kept_back_by, func.coalesce(chosen, 0)).where(Card.id == card_id)
    ).one()
    if kept_back := why_kept_back(bits, choices_from(choices)):
        return kept_back
    needed = aliased(Card)
    missing = select(needed.sheet).select_from(Card).join(needed, needed.id.in_(PAIRED.where(IS_UNMET)))
    values = {"learner": learner_id, "choices": choices}
    names = [opening(read_sheet(sheet)) for sheet in db.session.scalars(missing.where(Card.id == card_id), values)]
    named = " and ".join(f"“{name}”" for name in names)
    return f"It comes once you have answered {named} right." if names else ""
