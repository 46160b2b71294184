"""What mentors do with the cards of their cohort: write, ask for a check, check, put in order. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.decks.models import CohortCard, CohortCardEvent, CohortDeck, State, What
from portal.decks.queries import cards_of, find_answer
from quizzes.drafts import FIELDS, Draft

_TO_CHECK = (State.DRAFT.value, State.BACK.value)


class MadeAlready(ValueError):
    """This form was sent before and made its card then."""


class StaleText(ValueError):
    """The card was saved by somebody else since this form was opened."""


class NotNow(ValueError):
    """The card is not in the state for this; the message says so to the mentor."""


# ---- Decks


def make_deck(mentor_id: int, cohort_id: int, title: str, about: str, moment: datetime) -> CohortDeck:
    """An empty deck of a cohort."""
    deck = CohortDeck(cohort_id=cohort_id, title=title, about=about, mentor_id=mentor_id, made_at=moment)
    db.session.add(deck)
    db.session.flush()
    return deck


# ---- Writing


def write_card(
    mentor_id: int, deck_id: int, token: str, draft: Draft, is_sound: bool, moment: datetime, what: What = What.WRITTEN
) -> CohortCard:
    """A new card, last in its deck, as a draft. Raises MadeAlready."""
    last = select(func.coalesce(func.max(CohortCard.place), 0)).where(CohortCard.deck_id == deck_id)
    card = CohortCard(deck_id=deck_id, token=token, place=db.session.execute(last).scalar_one() + 1, version=1)
    _fill(card, draft)
    card.is_another, card.is_sound, card.state = False, is_sound, State.DRAFT.value
    card.author_id, card.card_id, card.withdrawn_at = mentor_id, None, None
    db.session.add(card)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise MadeAlready("This form made its card already.") from None
    note(card, mentor_id, what, moment)
    return card


def change_card(
    mentor_id: int, card: CohortCard, version: int, draft: Draft, is_another: bool, is_sound: bool, moment: datetime
) -> None:
    """Save another text of a card: a draft again, whatever was checked. What learners see stays. Raises StaleText.

    `is_another`: what it asks is another question than the one that learners know.
    """
    of_version = update(CohortCard).where(CohortCard.id == card.id, CohortCard.version == version)
    moved = of_version.values(version=version + 1).returning(CohortCard.id)
    if db.session.execute(moved, execution_options={"synchronize_session": False}).first() is None:
        raise StaleText("The card was saved by somebody else meanwhile.")
    db.session.refresh(card)
    _fill(card, draft)
    card.is_another, card.is_sound = is_another, is_sound
    card.state, card.author_id = State.DRAFT.value, mentor_id
    note(card, mentor_id, What.CHANGED, moment)


def _fill(card: CohortCard, draft: Draft) -> None:
    for name in FIELDS:
        setattr(card, name, getattr(draft, name))


def ask_for_check(mentor_id: int, card: CohortCard, moment: datetime) -> None:
    """Let another mentor check the source. Raises NotNow."""
    if card.state not in _TO_CHECK:
        raise NotNow("This card waits for its check already, or is through it.")
    if not card.is_sound:
        raise NotNow("Something still stands against this card. Mend it first.")
    card.state = State.WAITING.value
    note(card, mentor_id, What.ASKED, moment)


def ask_for_checks(mentor_id: int, deck_id: int, moment: datetime) -> int:
    """The same for every draft of a deck against which nothing stands; for how many."""
    asked = [card for card in cards_of(deck_id) if can_be_asked(card)]
    for card in asked:
        ask_for_check(mentor_id, card, moment)
    return len(asked)


def can_be_asked(card: CohortCard) -> bool:
    """Whether a card is a draft that can go to its check; one that was sent back goes by itself, when it is mended."""
    return card.state == State.DRAFT.value and card.is_sound


# ---- Checking


def note_answer(mentor_id: int, card: CohortCard, words: str, moment: datetime) -> None:
    """Keep what a mentor answered before they saw the key. Raises NotNow."""
    _check_checker(mentor_id, card)
    if find_answer(card, mentor_id) is None:
        note(card, mentor_id, What.ANSWERED, moment, words)


def confirm(mentor_id: int, card: CohortCard, words: str, moment: datetime) -> None:
    """Say that the source bears the card out: it may be published. Raises NotNow."""
    _check_answered(mentor_id, card)
    card.state = State.CHECKED.value
    note(card, mentor_id, What.CHECKED, moment, words)


def send_back(mentor_id: int, card: CohortCard, words: str, moment: datetime) -> None:
    """Give a card back to its author, with what has to change. Raises NotNow."""
    _check_answered(mentor_id, card)
    card.state = State.BACK.value
    note(card, mentor_id, What.BACK, moment, words)


def _check_checker(mentor_id: int, card: CohortCard) -> None:
    if card.state != State.WAITING.value:
        raise NotNow("This card does not wait for a check.")
    if card.author_id == mentor_id:
        raise NotNow("You wrote what stands there, so another mentor checks it.")


def _check_answered(mentor_id: int, card: CohortCard) -> None:
    _check_checker(mentor_id, card)
    if find_answer(card, mentor_id) is None:
        raise NotNow("Answer the card first, as a learner would.")


# ---- Order, and what happened


def move_card(card: CohortCard, is_up: bool) -> None:
    """Let a card change places with the one before or behind it in its deck."""
    cards = list(cards_of(card.deck_id))
    here = next(number for number, one in enumerate(cards) if one.id == card.id)
    there = here - 1 if is_up else here + 1
    if 0 <= there < len(cards):
        cards[here], cards[there] = cards[there], cards[here]
    _number(cards)


def _number(cards: Sequence[CohortCard]) -> None:
    for place, one in enumerate(cards, 1):
        one.place = place


def note(card: CohortCard, mentor_id: int | None, what: What, moment: datetime, words: str = "") -> None:
    """Write down who did what with the version that stands."""
    row = CohortCardEvent(cohort_card_id=card.id, version=card.version, what=what.value, mentor_id=mentor_id)
    row.words, row.at = words, moment
    db.session.add(row)
    db.session.flush()
