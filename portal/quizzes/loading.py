"""Bring the deck files into the database without touching what learners have learnt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.accounts.models import User
from portal.db import after_bulk, db
from portal.quizzes.actions import log_values, state_values
from portal.quizzes.models import Card, CardState, Deck, Desk, ItemStatistic, LogRow, Pair
from portal.quizzes.queries import MEMORY, memory_of
from quizzes.cards import Card as SourceCard
from quizzes.cards import Deck as SourceDeck
from quizzes.choosing import kept_back_by
from quizzes.day import day_of, never_earlier
from quizzes.ledger import Event, Kind, Memory, apply
from quizzes.sequencing import in_order
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
    loaded, steps, order = Loaded(), {deck.id: deck.step for deck in decks}, in_order(decks)
    for deck in decks:
        db.session.merge(Deck(id=deck.id, title=deck.title, step=deck.step))
    db.session.flush()
    for position, card in enumerate(order, 1):
        place = {"position": position, "kept_back_by": kept_back_by(steps[card.deck], card.tags)}
        title = topic_titles.get(card.topic, card.topic)
        _load_card(known.pop(card.id, None), card, {"topic_title": title, **place}, loaded, moment)
    for gone in known.values():
        if gone.is_active:
            _withdraw(gone, loaded, moment)
    db.session.flush()
    _load_pairs(order)
    if loaded.added:
        after_bulk("cards, card_pairs")  # not the log of everybody, which may be long
    if loaded.added or loaded.changed or loaded.withdrawn:
        db.session.execute(update(Desk).values(frontier=0))  # places have moved: look for new cards from the start
    return loaded


def _load_pairs(cards: Sequence[SourceCard]) -> None:
    """Write down which of the cards that are asked build on each other, seen from either side."""
    asked = {card.slug: card for card in db.session.scalars(select(Card).where(Card.position > 0, Card.is_active))}
    wanted: set[tuple[Any, ...]] = set()
    for card in cards:
        for need in card.needs:
            for one, other in ((card.id, need), (need, card.id)) if card.id in asked and need in asked else ():
                here, there = asked[one], asked[other]
                wanted.add((here.id, there.id, there.position < here.position, there.kept_back_by))
    rows = db.session.execute(select(Pair.card_id, Pair.other_id, Pair.is_needed, Pair.kept_back_by))
    known = {tuple(row) for row in rows}
    for card_id, other_id, *_ in known - wanted:
        db.session.execute(delete(Pair).where(Pair.card_id == card_id, Pair.other_id == other_id))
    if missing := sorted(wanted - known):
        names = ("card_id", "other_id", "is_needed", "kept_back_by")
        db.session.execute(insert(Pair), [dict(zip(names, row, strict=True)) for row in missing])


def _load_card(
    row: Card | None, card: SourceCard, place: Mapping[str, object], loaded: Loaded, moment: datetime
) -> None:
    columns = {
        "deck_id": card.deck,
        "topic": card.topic,
        **place,
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
