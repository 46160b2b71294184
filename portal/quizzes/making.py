"""What learners do with cards of their own: make, change, delete, bring back. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.markup import washed
from portal.quizzes.calling import call_cards, look_for_called
from portal.quizzes.loading import tell_learners
from portal.quizzes.models import OWN_DECK, Card, OwnCard
from quizzes.ledger import Kind
from quizzes.sheets import OwnText, own_sheet

_FROM_JOURNAL, _BY_HAND = "From your journal", "Made by hand"


@dataclass(frozen=True, slots=True)
class Written:
    """What a learner wrote: Markdown, and further right answers of a gap. `is_plain`: == hides nothing."""

    front: str
    back: str
    accept: tuple[str, ...]
    is_plain: bool = False


class AlreadyMade(ValueError):
    """The form was sent before and made its card then."""


class StaleOwnCard(ValueError):
    """The card was changed since this form was opened."""


def slug_of(owner_id: int, token: str) -> str:
    """The name of the card that this form makes: the same for whoever sends it twice, and nobody else's."""
    return f"own-{blake2s(f'{owner_id}|{token}'.encode(), digest_size=6).hexdigest()}"


def make_card(owner_id: int, token: str, entry_id: int | None, written: Written, moment: datetime) -> str:
    """Make a card that its owner alone reviews; its slug. Raises AlreadyMade."""
    slug = slug_of(owner_id, token)
    card = Card(
        slug=slug,
        deck_id=OWN_DECK,
        topic="",
        topic_title=_BY_HAND if entry_id is None else _FROM_JOURNAL,
        position=0,
        rev=1,
        sheet=_sheet(slug, 1, entry_id, written),
        owner_id=owner_id,
    )
    db.session.add(card)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise AlreadyMade("This form made its card already.") from None
    own = OwnCard(card_id=card.id, entry_id=entry_id, version=1, made_at=moment, **_columns(written, moment))
    db.session.add(own)
    call_cards(owner_id, [card.id], moment)
    return slug


def change_card(
    card: Card, own: OwnCard, version: int, written: Written, is_another_question: bool, moment: datetime
) -> None:
    """Change the text of a card. Progress stays; one that asks something else now comes up once, marked as changed.

    Raises StaleOwnCard.
    """
    moved = db.session.execute(
        update(OwnCard)
        .where(OwnCard.card_id == card.id, OwnCard.version == version)
        .values(version=version + 1, **_columns(written, moment))
        .returning(OwnCard.card_id),
        execution_options={"synchronize_session": False},
    )
    if moved.first() is None:
        raise StaleOwnCard("The card was changed on another page or device.")
    if is_another_question:
        card.rev += 1
        tell_learners(card, Kind.REVISE, moment)
    card.sheet = _sheet(card.slug, card.rev, own.entry_id, written)


def remove_card(card: Card, moment: datetime) -> None:
    """Ask a card no more; its history stays, and `bring_back` takes it up again."""
    _switch(card, Kind.RETIRE, moment)


def bring_back(card: Card, moment: datetime) -> None:
    """Ask a deleted card again, as if it had never been away."""
    _switch(card, Kind.RESTORE, moment)


def _switch(card: Card, kind: Kind, moment: datetime) -> None:
    is_active = kind is Kind.RESTORE
    if card.is_active is is_active or card.owner_id is None:
        return
    card.is_active = is_active
    tell_learners(card, kind, moment)
    db.session.flush()
    look_for_called(card.owner_id)


def _columns(written: Written, moment: datetime) -> dict[str, object]:
    return {
        "front": written.front,
        "back": written.back,
        "accept": "\n".join(written.accept),
        "is_plain": written.is_plain,
        "changed_at": moment,
    }


def _sheet(slug: str, rev: int, entry_id: int | None, written: Written) -> str:
    sources = () if entry_id is None else (("Your journal entry", f"/journal/{entry_id}"),)
    own = OwnText(slug, OWN_DECK, "", rev, written.front, written.back, written.accept, written.is_plain, sources)
    return own_sheet(own, washed).to_json()
