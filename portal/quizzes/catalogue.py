"""The cards as a catalogue: decks, topics, how well a learner knows them, and what was reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, Select, and_, func, select

from portal.db import db
from portal.quizzes.models import Card, CardState, Deck, Report
from quizzes.recall import recall


@dataclass(frozen=True, slots=True)
class TopicRecall:
    """How a learner stands with the cards of one topic: `recall` is the mean over all its cards, 0 for new ones."""

    topic: str
    cards: int
    started: int
    due: int
    recall: float


def recall_by_topic(learner_id: int | None, day: date) -> dict[str, TopicRecall]:
    """Predicted recall of every topic that has cards, for a learner or (None) for nobody yet."""
    sums: dict[str, list[float]] = {}
    for topic, interval_days, due_on, last_on in db.session.execute(_topic_rows(learner_id)):
        total = sums.setdefault(topic, [0, 0, 0, 0.0])
        total[0] += 1
        if due_on is not None and last_on is not None:
            total[1] += 1
            total[2] += due_on <= day
            total[3] += recall(interval_days, max(0, (day - last_on).days))
    return {
        topic: TopicRecall(topic, int(cards), int(started), int(due), known / cards)
        for topic, (cards, started, due, known) in sums.items()
    }


def _topic_rows(learner_id: int | None) -> Select[str, int, date | None, date | None]:
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    return (
        select(Card.topic, CardState.interval_days, CardState.due_on, CardState.last_on)
        .outerjoin(CardState, of_learner)
        .where(Card.is_active)
    )


def due_on_days(learner_id: int, day: date, most: int) -> list[int]:
    """How many learnt cards come on each of the `most` days after `day`."""
    last = day + timedelta(days=most)
    of_days = (CardState.learner_id == learner_id, CardState.show_on > day, CardState.show_on <= last)
    statement = select(CardState.show_on, func.count()).where(*of_days).group_by(CardState.show_on)
    counts = dict(db.session.execute(statement).all())
    return [counts.get(day + timedelta(days=later), 0) for later in range(1, most + 1)]


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
