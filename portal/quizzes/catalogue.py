"""The cards as a catalogue: decks, topics, how well a learner knows them, and what was reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, select

from portal.db import db
from portal.quizzes.models import Card, CardState, Deck, Report
from quizzes.recall import recall


@dataclass(frozen=True, slots=True)
class TopicRecall:
    """How a learner stands with the cards of one topic: `recall` is the mean over all its cards, 0 for new ones.

    `reviews` are scheduled ones, learning included; `since` is the day the first of them was learnt.
    """

    topic: str
    title: str
    deck_id: str
    cards: int
    started: int
    due: int
    recall: float
    reviews: int
    since: date | None


def recall_by_topic(learner_id: int | None, day: date) -> dict[str, TopicRecall]:
    """Predicted recall of every topic that has cards, for a learner or (None) for nobody yet, in roadmap order."""
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    of_card = (Card.topic, Card.topic_title, Card.deck_id)
    of_state = (CardState.interval_days, CardState.due_on, CardState.last_on, CardState.reviews, CardState.first_on)
    statement = select(*of_card, *of_state).outerjoin(CardState, of_learner).where(Card.is_active)
    topics: dict[str, list[Any]] = {}
    for row in db.session.execute(statement.order_by(Card.position)):
        topics.setdefault(row.topic, []).append(row)
    return {topic: _standing(rows, day) for topic, rows in topics.items()}


def _standing(rows: Sequence[Any], day: date) -> TopicRecall:
    learnt = [row for row in rows if row.due_on is not None and row.last_on is not None]
    known = sum(recall(row.interval_days, max(0, (day - row.last_on).days)) for row in learnt)
    return TopicRecall(
        topic=rows[0].topic,
        title=rows[0].topic_title,
        deck_id=rows[0].deck_id,
        cards=len(rows),
        started=len(learnt),
        due=sum(row.due_on <= day for row in learnt),
        recall=known / len(rows),
        reviews=sum(row.reviews for row in learnt),
        since=min((row.first_on for row in learnt), default=None),
    )


def cards_by_topic(topics: Sequence[str]) -> Sequence[Card]:
    """The active cards of these topics, in roadmap order."""
    statement = select(Card).where(Card.is_active, Card.topic.in_(topics)).order_by(Card.position)
    return db.session.scalars(statement).all()


def cards_of_deck(deck_id: str) -> Sequence[Card]:
    """The active cards of a deck, in its order."""
    statement = select(Card).where(Card.is_active, Card.deck_id == deck_id).order_by(Card.position)
    return db.session.scalars(statement).all()


def decks() -> Sequence[Deck]:
    """The decks, in roadmap order."""
    return db.session.scalars(select(Deck).order_by(Deck.step, Deck.id)).all()


def deck_of_topic() -> dict[str, str]:
    """Which deck a topic's cards are in."""
    rows = db.session.execute(select(Card.topic, Card.deck_id).where(Card.is_active).distinct())
    return dict(rows.all())


def try_card(slug: str) -> Card | None:
    """A card for a visitor without an account."""
    return db.session.scalar(select(Card).where(Card.slug == slug, Card.is_active))


def reports() -> Sequence[Row[Report, Card]]:
    """What learners reported, the latest first."""
    statement = select(Report, Card).join(Card, Card.id == Report.card_id).order_by(Report.id.desc()).limit(200)
    return db.session.execute(statement).all()
