"""Bring the deck files into the database without touching what learners have learnt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update

from portal.accounts.models import User
from portal.db import db
from portal.quizzes.actions import log_values, state_values
from portal.quizzes.models import Card, CardState, Deck, Desk, ItemStatistic, LogRow
from portal.quizzes.queries import MEMORY, memory_of
from quizzes.cards import Card as SourceCard
from quizzes.cards import Deck as SourceDeck
from quizzes.day import day_of, never_earlier
from quizzes.ledger import Event, Kind, Memory, apply
from quizzes.sheets import make_sheet


@dataclass
class Loaded:
    """What a load did, in numbers of cards."""

    added: int = 0
    changed: int = 0
    revised: int = 0
    withdrawn: int = 0
    same: int = 0


def load_decks(decks: Sequence[SourceDeck], topic_titles: Mapping[str, str], moment: datetime) -> Loaded:
    """Make tables and files agree. A card keeps its row, and so every schedule, whatever changes in its text.

    A raised `rev` shows the card once more ("changed"), a retired or vanished card is withdrawn, one that
    returns is restored: each as an event in the log of the learners who know it. Cards off the roadmap are left
    alone. Commits nothing.
    """
    known = {card.slug: card for card in db.session.scalars(select(Card).where(Card.position > 0))}
    loaded, order = Loaded(), sorted(decks, key=lambda deck: (deck.step, deck.id))
    for deck in order:
        db.session.merge(Deck(id=deck.id, title=deck.title, step=deck.step))
    db.session.flush()
    for position, card in enumerate((card for deck in order for card in deck.cards), 1):
        _load_card(known.pop(card.id, None), card, position, topic_titles.get(card.topic, card.topic), loaded, moment)
    for gone in known.values():
        if gone.is_active:
            _withdraw(gone, loaded, moment)
    db.session.flush()
    if loaded.added or loaded.changed or loaded.withdrawn:
        db.session.execute(update(Desk).values(frontier=0))  # places have moved: look for new cards from the start
    return loaded


def _load_card(row: Card | None, card: SourceCard, position: int, title: str, loaded: Loaded, moment: datetime) -> None:
    columns = {
        "deck_id": card.deck,
        "topic": card.topic,
        "topic_title": title,
        "position": position,
        "rev": card.rev,
        "is_active": not card.is_retired,
        "sheet": make_sheet(card).to_json(),
    }
    if row is None:
        db.session.add(Card(slug=card.id, **columns))
        loaded.added += 1
        return
    changes = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if not changes:
        loaded.same += 1
        return
    was_active, old_rev = row.is_active, row.rev
    for name, value in changes.items():
        setattr(row, name, value)
    loaded.changed += 1
    if {"sheet", "rev"} & changes.keys():
        db.session.execute(delete(ItemStatistic).where(ItemStatistic.card_id == row.id))  # it was about another text
    if was_active != row.is_active:
        tell_learners(row, Kind.RESTORE if row.is_active else Kind.RETIRE, moment)
    if row.is_active and row.rev > old_rev:
        loaded.revised += 1
        tell_learners(row, Kind.REVISE, moment)


def _withdraw(row: Card, loaded: Loaded, moment: datetime) -> None:
    row.is_active = False
    loaded.withdrawn += 1
    tell_learners(row, Kind.RETIRE, moment)


def tell_learners(card: Card, kind: Kind, moment: datetime) -> None:
    """Append an event to the log of everyone who has this card."""
    for learner_id, zone, rollover_hour, last_on, memory in _holders(card.id):
        day = never_earlier(day_of(moment, zone, rollover_hour), last_on)
        event = Event(memory.version, kind, day, moment)
        after = apply(memory, event)
        keys = (CardState.learner_id == learner_id, CardState.card_id == card.id)
        db.session.execute(update(CardState).where(*keys).values(**state_values(after)))
        who = {"learner_id": learner_id, "card_id": card.id, "rev": card.rev}
        where = {"zone": zone, "rollover_hour": rollover_hour}
        db.session.execute(insert(LogRow).values(**log_values(event, after, **who, **where)))


def _holders(card_id: int) -> Iterator[tuple[int, str, int, date | None, Memory]]:
    statement = (
        select(User.id, User.zone, User.rollover_hour, Desk.last_on, *MEMORY)
        .select_from(CardState)
        .join(User, User.id == CardState.learner_id)
        .outerjoin(Desk, Desk.learner_id == User.id)
        .where(CardState.card_id == card_id)
        .with_for_update(of=CardState)
    )
    for learner_id, zone, rollover_hour, last_on, *state in db.session.execute(statement).all():
        yield learner_id, zone, rollover_hour, last_on, memory_of(state)
