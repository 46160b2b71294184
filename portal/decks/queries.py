"""The decks of a cohort: for its mentors with how far each card is, for its learners with what they know of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import CohortMentor, User
from portal.accounts.queries import MENTORS
from portal.db import db
from portal.decks.models import OF_COHORT, CohortCard, CohortCardEvent, CohortDeck, State, What
from portal.quizzes.models import Card, CardState, Report

REPORTS = 20
_CLASS = "class-"


@dataclass(frozen=True, slots=True)
class DeckRow:
    """A deck of a cohort and how many of its cards are how far; `served` come to learners."""

    deck: CohortDeck
    states: dict[str, int] = field(default_factory=dict)
    served: int = 0

    @property
    def key(self) -> str:
        """What it is called among all decks."""
        return deck_key(self.deck.id)

    @property
    def cards(self) -> int:
        """All its cards, withdrawn ones included."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class LearnerDeck:
    """A deck as a member meets it: how many cards come from it, and how many of them they have learnt."""

    title: str
    about: str
    cards: int
    learnt: int


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done with a card; `who` None: a mentor who left."""

    event: CohortCardEvent
    who: str | None


def mentors_of(cohort_id: int) -> list[tuple[int, str]]:
    """(id, name) of whoever mentors a cohort now, by name."""
    statement = select(User.id, User.name).join(CohortMentor, CohortMentor.mentor_id == User.id)
    holds = (CohortMentor.cohort_id == cohort_id, CohortMentor.ended_at.is_(None), User.role.in_(MENTORS))
    return [(id_, name) for id_, name in db.session.execute(statement.where(*holds).order_by(User.name, User.id))]


def decks_of(cohort_id: int) -> list[DeckRow]:
    """The decks of a cohort by title, archived ones last."""
    statement = select(CohortDeck).where(CohortDeck.cohort_id == cohort_id)
    decks = db.session.scalars(statement.order_by(CohortDeck.archived_at.is_not(None), CohortDeck.title, CohortDeck.id))
    rows = {deck.id: DeckRow(deck) for deck in decks}
    is_served = and_(CohortCard.card_id.is_not(None), CohortCard.withdrawn_at.is_(None))
    counts = select(CohortCard.deck_id, CohortCard.state, is_served, func.count()).where(CohortCard.deck_id.in_(rows))
    served: dict[int, int] = {}
    for deck_id, state, is_there, count in db.session.execute(
        counts.group_by(CohortCard.deck_id, CohortCard.state, is_served)
    ):
        states = rows[deck_id].states
        states[state] = states.get(state, 0) + count
        served[deck_id] = served.get(deck_id, 0) + (count if is_there else 0)
    return [DeckRow(row.deck, row.states, served.get(id_, 0)) for id_, row in rows.items()]


def offered_decks(cohort_id: int) -> list[DeckRow]:
    """Those with cards that come to learners now."""
    return [row for row in decks_of(cohort_id) if row.served and row.deck.archived_at is None]


def deck_key(deck_id: int) -> str:
    """What a deck is called among all decks."""
    return f"{OF_COHORT}{deck_id}"


def find_deck(cohort_id: int, deck_id: int) -> CohortDeck | None:
    """A deck of this cohort."""
    return db.session.scalar(select(CohortDeck).where(CohortDeck.id == deck_id, CohortDeck.cohort_id == cohort_id))


def find_card(cohort_id: int, card_id: int) -> tuple[CohortCard, CohortDeck] | None:
    """A card of a deck of this cohort."""
    statement = select(CohortCard, CohortDeck).join(CohortDeck, CohortDeck.id == CohortCard.deck_id)
    row = db.session.execute(statement.where(CohortCard.id == card_id, CohortDeck.cohort_id == cohort_id)).first()
    return None if row is None else (row[0], row[1])


def find_made(deck_id: int, token: str) -> CohortCard | None:
    """The card that this form made in a deck."""
    return db.session.scalar(select(CohortCard).where(CohortCard.deck_id == deck_id, CohortCard.token == token))


def cards_of(deck_id: int) -> Sequence[CohortCard]:
    """The cards of a deck in its order."""
    statement = select(CohortCard).where(CohortCard.deck_id == deck_id)
    return db.session.scalars(statement.order_by(CohortCard.place, CohortCard.id)).all()


def count_cards(deck_id: int) -> int:
    """How many cards a deck has."""
    statement = select(func.count()).select_from(CohortCard).where(CohortCard.deck_id == deck_id)
    return db.session.execute(statement).scalar_one()


def waiting_cards(cohort_id: int, mentor_id: int) -> list[tuple[CohortCard, str, str | None]]:
    """(card, title of its deck, its author) of what waits for a mentor: checks of others' cards, own ones sent back."""
    author = aliased(User)
    statement = (
        select(CohortCard, CohortDeck.title, author.name)
        .join(CohortDeck, CohortDeck.id == CohortCard.deck_id)
        .outerjoin(author, author.id == CohortCard.author_id)
        .where(CohortDeck.cohort_id == cohort_id, CohortDeck.archived_at.is_(None))
        .where(_waits_for(mentor_id))
    )
    ordered = statement.order_by(CohortCard.state.desc(), CohortDeck.title, CohortCard.place, CohortCard.id)
    rows = db.session.execute(ordered)
    return [(card, title, name) for card, title, name in rows]


def next_to_check(deck_id: int, mentor_id: int) -> CohortCard | None:
    """The first card of a deck that waits for the check of this mentor."""
    is_of_another = or_(CohortCard.author_id.is_(None), CohortCard.author_id != mentor_id)
    statement = select(CohortCard).where(CohortCard.deck_id == deck_id, CohortCard.state == State.WAITING.value)
    return db.session.scalar(statement.where(is_of_another).order_by(CohortCard.place, CohortCard.id).limit(1))


def count_waiting(cohort_id: int, mentor_id: int) -> int:
    """How many there are of them."""
    statement = select(func.count()).select_from(CohortCard).join(CohortDeck, CohortDeck.id == CohortCard.deck_id)
    is_open = (CohortDeck.cohort_id == cohort_id, CohortDeck.archived_at.is_(None), _waits_for(mentor_id))
    return db.session.execute(statement.where(*is_open)).scalar_one()


def _waits_for(mentor_id: int) -> ColumnElement[bool]:
    is_of_another = or_(CohortCard.author_id.is_(None), CohortCard.author_id != mentor_id)
    is_to_check = and_(CohortCard.state == State.WAITING.value, is_of_another)
    return or_(is_to_check, and_(CohortCard.state == State.BACK.value, CohortCard.author_id == mentor_id))


def events_of(card_id: int) -> list[Done]:
    """What was done with a card, the latest first."""
    statement = select(CohortCardEvent, User.name).outerjoin(User, User.id == CohortCardEvent.mentor_id)
    rows = db.session.execute(
        statement.where(CohortCardEvent.cohort_card_id == card_id).order_by(CohortCardEvent.id.desc())
    )
    return [Done(event, name) for event, name in rows]


def find_sent_back(card: CohortCard) -> Done | None:
    """Why the version that stands came back from its check, if it did."""
    is_back = card.state == State.BACK.value
    return next((one for one in events_of(card.id) if one.event.what == What.BACK.value), None) if is_back else None


def find_answer(card: CohortCard, mentor_id: int) -> CohortCardEvent | None:
    """What this mentor answered, before they saw the key of the version that stands."""
    of_card = (CohortCardEvent.cohort_card_id == card.id, CohortCardEvent.version == card.version)
    by = (CohortCardEvent.mentor_id == mentor_id, CohortCardEvent.what == What.ANSWERED.value)
    ordered = select(CohortCardEvent).where(*of_card, *by).order_by(CohortCardEvent.id.desc()).limit(1)
    return db.session.scalar(ordered)


def reports_of(card: CohortCard) -> Sequence[Report]:
    """What learners said is wrong with a published card, the latest first."""
    statement = select(Report).where(Report.card_id == card.card_id).order_by(Report.id.desc()).limit(REPORTS)
    return db.session.scalars(statement).all()


def served_ids(cohort_id: int, deck_id: int | None = None) -> list[int]:
    """The cards that were ever published in a cohort (or one deck), in the order of decks and cards."""
    return list(db.session.scalars(_served(cohort_id, deck_id)))


def offered_ids(cohort_id: int, deck_id: int | None = None) -> list[int]:
    """The same without what was withdrawn or lies in an archived deck: what comes to a member now."""
    is_offered = (CohortCard.withdrawn_at.is_(None), CohortDeck.archived_at.is_(None))
    return list(db.session.scalars(_served(cohort_id, deck_id).where(*is_offered)))


def _served(cohort_id: int, deck_id: int | None) -> Any:
    statement = select(CohortCard.card_id).join(CohortDeck, CohortDeck.id == CohortCard.deck_id)
    statement = statement.where(CohortDeck.cohort_id == cohort_id, CohortCard.card_id.is_not(None))
    statement = statement if deck_id is None else statement.where(CohortDeck.id == deck_id)
    return statement.order_by(CohortDeck.id, CohortCard.place, CohortCard.id)


def learner_decks(cohort_id: int, learner_id: int) -> list[LearnerDeck]:
    """The decks of a cohort that have cards for its learners, by title."""
    of_learner = and_(CardState.card_id == CohortCard.card_id, CardState.learner_id == learner_id)
    statement = (
        select(CohortDeck.title, CohortDeck.about, func.count(), func.count(CardState.due_on))
        .join(CohortCard, CohortCard.deck_id == CohortDeck.id)
        .outerjoin(CardState, of_learner)
        .where(CohortDeck.cohort_id == cohort_id, CohortDeck.archived_at.is_(None))
        .where(CohortCard.card_id.is_not(None), CohortCard.withdrawn_at.is_(None))
        .group_by(CohortDeck.id, CohortDeck.title, CohortDeck.about)
    )
    rows = db.session.execute(statement.order_by(CohortDeck.title, CohortDeck.id))
    return [LearnerDeck(*row) for row in rows]


def slug_of(card_id: int) -> str:
    """What a card is called where cards of all decks stand side by side."""
    return f"{_CLASS}{card_id}"


def number_of(slug: str) -> int | None:
    """The number of a card of a cohort's by that name; None for every other card."""
    number = slug.removeprefix(_CLASS)
    return int(number) if number != slug and number.isdecimal() else None


def is_shown_in(cohort_id: int) -> ColumnElement[bool]:
    """Whether a card may be shown to the mentors of this cohort: the roadmap's, and those of the cohort's own decks."""
    of_cohort = select(CohortCard.id).join(CohortDeck, CohortDeck.id == CohortCard.deck_id)
    of_cohort = of_cohort.where(CohortCard.card_id == Card.id, CohortDeck.cohort_id == cohort_id).correlate(Card)
    return or_(Card.position > 0, of_cohort.exists())
