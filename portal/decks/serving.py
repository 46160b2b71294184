"""From a checked text to a card that comes to learners, and back: publish, withdraw, and who it is called for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select

from portal.accounts.models import Cohort
from portal.db import db
from portal.decks.actions import NotNow, note
from portal.decks.drafting import draft_of, read, sheet_of
from portal.decks.models import CohortCard, CohortDeck, State, What
from portal.decks.queries import deck_key, offered_ids, served_ids, slug_of
from portal.quizzes.calling import call_cards, call_for_members, drop_calls, look_again
from portal.quizzes.loading import tell_learners
from portal.quizzes.models import OFF_ROADMAP, Card, CardState, Deck, LogRow, Report
from portal.roadmap import content
from quizzes.ledger import Kind

_QUIET = {"synchronize_session": False}


def publish(mentor_id: int, deck: CohortDeck, moment: datetime) -> int:
    """Bring the checked cards of a deck to the members of the cohort, in their order; how many. Raises NotNow.

    A card that they know keeps what they learnt; one that asks something else now comes up once, marked as changed.
    """
    if deck.archived_at is not None:
        raise NotNow("The deck is archived. Take it up again first.")
    cohort = _hold(deck.cohort_id)
    statement = select(CohortCard).where(CohortCard.deck_id == deck.id, CohortCard.state == State.CHECKED.value)
    ordered = statement.order_by(CohortCard.place, CohortCard.id).execution_options(populate_existing=True)
    checked = db.session.scalars(ordered).all()
    name_deck(deck, cohort.name)
    for card in checked:
        _serve(card, moment)
        card.state, card.is_another = State.PUBLISHED.value, False
        note(card, mentor_id, What.PUBLISHED, moment)
    offered = [card.card_id for card in checked if card.card_id is not None and card.withdrawn_at is None]
    call_for_members(deck.cohort_id, offered, moment)
    return len(checked)


def _hold(cohort_id: int) -> Cohort:
    """The cohort. Until the transaction ends nobody comes in or goes, or publishes beside this."""
    statement = select(Cohort).where(Cohort.id == cohort_id).with_for_update(key_share=True)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def _serve(card: CohortCard, moment: datetime) -> None:
    slug = slug_of(card.id)
    written, said = read(slug, draft_of(card))
    if written is None or said:
        raise NotNow(f"Something stands against a card by now: {' '.join(one.sentence for one in said)}")
    served = None if card.card_id is None else db.session.get(Card, card.card_id)
    if served is None:
        served = Card(slug=slug, position=0, rev=1)
        db.session.add(served)
    elif card.is_another:
        served.rev += 1
        tell_learners(served, Kind.REVISE, moment)
    served.deck_id, served.topic, served.topic_title = (
        deck_key(card.deck_id),
        card.topic,
        content.topic_title(card.topic),
    )
    served.sheet = sheet_of(written, served.rev).to_json()
    db.session.flush()
    card.card_id = served.id


def name_deck(deck: CohortDeck, cohort: str) -> None:
    """What learners read above the cards of a deck: its title and the name of their cohort."""
    db.session.merge(Deck(id=deck_key(deck.id), title=f"{deck.title}, {cohort}"[:120], step=OFF_ROADMAP))
    db.session.flush()


def name_decks(cohort_id: int, cohort: str) -> None:
    """The same for every deck of a cohort that has another name now."""
    published = select(CohortCard.id).where(CohortCard.deck_id == CohortDeck.id, CohortCard.card_id.is_not(None))
    decks = select(CohortDeck).where(CohortDeck.cohort_id == cohort_id, published.exists())
    for deck in db.session.scalars(decks).all():
        name_deck(deck, cohort)


# ---- Withdrawn, and back


def withdraw(mentor_id: int, card: CohortCard, moment: datetime) -> None:
    """Ask a published card of nobody any more; what was learnt of it stays. Raises NotNow."""
    _switch(mentor_id, card, Kind.RETIRE, moment)


def bring_back(mentor_id: int, deck: CohortDeck, card: CohortCard, moment: datetime) -> None:
    """Ask a withdrawn card again, as if it had never been away. Raises NotNow."""
    served = _switch(mentor_id, card, Kind.RESTORE, moment)
    if deck.archived_at is None:
        call_for_members(deck.cohort_id, [served.id], moment)


def _switch(mentor_id: int, card: CohortCard, kind: Kind, moment: datetime) -> Card:
    served = None if card.card_id is None else db.session.get(Card, card.card_id)
    is_back = kind is Kind.RESTORE
    if served is None or served.is_active is is_back:
        raise NotNow("This card is not asked at the moment." if not is_back else "This card is asked already.")
    served.is_active, card.withdrawn_at = is_back, None if is_back else moment
    tell_learners(served, kind, moment)
    note(card, mentor_id, What.RESTORED if is_back else What.WITHDRAWN, moment)
    look_again([served.id])
    return served


def archive_deck(deck: CohortDeck, moment: datetime) -> None:
    """Let the cards of a deck come to nobody who has not learnt them."""
    deck.archived_at = moment
    db.session.flush()
    drop_calls(served_ids(deck.cohort_id, deck.id))


def take_up_deck(deck: CohortDeck, moment: datetime) -> None:
    """Let the cards of an archived deck come to the members again."""
    deck.archived_at = None
    db.session.flush()
    call_for_members(deck.cohort_id, offered_ids(deck.cohort_id, deck.id), moment)


# ---- As people come and go


def bring_to(cohort_id: int, learner_id: int, moment: datetime) -> None:
    """Let the cards of a cohort come to somebody who belongs to it from now on."""
    call_cards(learner_id, offered_ids(cohort_id), moment)


def keep_learnt(cohort_id: int, learner_id: int | None = None) -> None:
    """Let the cards of a cohort come to somebody who left it (None: to nobody) only where they learnt them."""
    drop_calls(served_ids(cohort_id), learner_id)


def bring_to_all(cohort_id: int, moment: datetime) -> None:
    """Let the cards of a cohort that goes on come to all who belong to it."""
    call_for_members(cohort_id, offered_ids(cohort_id), moment)


def forget_cards(cohort_ids: Sequence[int]) -> None:
    """Delete what was published in cohorts that go, as long as nobody has learnt of it who stays."""
    of_cohorts = select(CohortDeck.id).where(CohortDeck.cohort_id.in_(cohort_ids))
    keys = [deck_key(deck_id) for deck_id in db.session.scalars(of_cohorts)]
    is_known = [select(table.card_id).where(table.card_id == Card.id).exists() for table in (LogRow, CardState, Report)]
    db.session.execute(delete(Card).where(Card.deck_id.in_(keys), ~or_(*is_known)), execution_options=_QUIET)
    is_filled = select(Card.id).where(Card.deck_id == Deck.id).exists()
    db.session.execute(delete(Deck).where(Deck.id.in_(keys), ~is_filled), execution_options=_QUIET)
