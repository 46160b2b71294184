"""The cards as a catalogue: decks, topics, misconceptions, and how well a learner knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from portal.config import ROOT
from portal.db import db
from portal.quizzes.models import OFF_ROADMAP, Call, Card, CardState, Deck, Desk, LogRow, OwnCard
from portal.quizzes.queries import read_sheet
from quizzes.choosing import TAGS, Choices, choices_from
from quizzes.ledger import Kind
from quizzes.misconceptions import Misconception, read_misconceptions
from quizzes.recall import recall
from quizzes.sheets import opening

ON_ROADMAP = Card.position > 0  # learners' own cards and those of cohorts are no part of the catalogue
OWN_PAGE = 20
_FOLDER = ROOT / "quizzes" / "decks"


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


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A learner's own card in a list: `opening` is how its question begins, `due_on` None before it is learnt."""

    id: int
    slug: str
    opening: str
    entry_id: int | None
    due_on: date | None
    is_aside: bool


@cache  # the files belong to the package and cannot change while it runs
def misconceptions() -> Mapping[str, Misconception]:
    """Every misconception that is declared beside the decks, by its id. Raises DeckError."""
    return read_misconceptions(_FOLDER)


def recall_by_topic(learner_id: int | None, day: date) -> dict[str, TopicRecall]:
    """Predicted recall of every topic that has cards, for a learner or (None) for nobody yet, in roadmap order.

    Cards of a language or framework that the learner did not choose count once they are started.
    """
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    of_card = (Card.topic, Card.topic_title, Card.deck_id)
    of_state = (CardState.interval_days, CardState.due_on, CardState.last_on, CardState.reviews, CardState.first_on)
    statement = select(*of_card, *of_state).outerjoin(CardState, of_learner).where(Card.is_active, ON_ROADMAP)
    if learner_id is not None:
        statement = statement.where(or_(CardState.due_on.is_not(None), is_for(learner_id)))
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


def is_for(learner_id: int) -> ColumnElement[bool]:
    """Whether a card is for learners of the language and the framework that this one chose; of no other choice."""
    return Card.kept_back_by.bitwise_and(TAGS).bitwise_and(chosen_by(learner_id)) == 0


def chosen_by(learner_id: int) -> ColumnElement[int]:
    """The bits of what a learner chose of steps, languages and frameworks, for another statement."""
    return func.coalesce(select(Desk.choices).where(Desk.learner_id == learner_id).scalar_subquery(), 0)


def choices_of(learner_id: int) -> Choices:
    """What a learner chose of steps, languages and frameworks."""
    return choices_from(db.session.scalar(select(Desk.choices).where(Desk.learner_id == learner_id)) or 0)


def cards_by_choice(learner_id: int) -> list[tuple[int, int, int, int]]:
    """(step, kept_back_by, cards started, cards new) of all cards of the roadmap; what is put aside is neither."""
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    is_new = or_(CardState.card_id.is_(None), and_(CardState.due_on.is_(None), CardState.is_suspended.is_(False)))
    groups = (Deck.step, Card.kept_back_by)
    statement = (
        select(*groups, func.count(CardState.due_on), func.sum(case((is_new, 1), else_=0)))
        .join(Deck, Deck.id == Card.deck_id)
        .outerjoin(CardState, of_learner)
        .where(Card.is_active, ON_ROADMAP)
        .group_by(*groups)
        .order_by(*groups)
    )
    return [(step, bits, started, fresh) for step, bits, started, fresh in db.session.execute(statement)]


def due_on_days(learner_id: int, day: date, most: int) -> list[int]:
    """How many learnt cards come on each of the `most` days after `day`."""
    last = day + timedelta(days=most)
    of_days = (CardState.learner_id == learner_id, CardState.show_on > day, CardState.show_on <= last)
    statement = select(CardState.show_on, func.count()).where(*of_days).group_by(CardState.show_on)
    counts = dict(db.session.execute(statement).all())
    return [counts.get(day + timedelta(days=later), 0) for later in range(1, most + 1)]


def cards_by_topic(topics: Sequence[str]) -> Sequence[Card]:
    """The active cards of these topics, in roadmap order."""
    statement = select(Card).where(Card.is_active, ON_ROADMAP, Card.topic.in_(topics)).order_by(Card.position)
    return db.session.scalars(statement).all()


def cards_of_deck(deck_id: str) -> Sequence[Card]:
    """The active cards of a deck, in its order."""
    statement = select(Card).where(Card.is_active, ON_ROADMAP, Card.deck_id == deck_id).order_by(Card.position)
    return db.session.scalars(statement).all()


def decks() -> Sequence[Deck]:
    """The decks, in roadmap order."""
    return db.session.scalars(select(Deck).where(Deck.step < OFF_ROADMAP).order_by(Deck.step, Deck.id)).all()


def deck_of_topic() -> dict[str, str]:
    """Which deck a topic's cards are in."""
    rows = db.session.execute(select(Card.topic, Card.deck_id).where(Card.is_active, ON_ROADMAP).distinct())
    return dict(rows.all())


def try_card(slug: str) -> Card | None:
    """A card for a visitor without an account."""
    return db.session.scalar(select(Card).where(Card.slug == slug, Card.is_active, ON_ROADMAP))


def is_seen_by(reader_id: int | None) -> ColumnElement[bool]:
    """Whether somebody (None: nobody in particular) may read a card: what a learner made is seen by its owner alone,
    a card of a cohort by those it was called for.
    """
    called = select(Call.id).where(Call.learner_id == reader_id, Call.card_id == Card.id, Card.owner_id.is_(None))
    return ON_ROADMAP if reader_id is None else or_(ON_ROADMAP, Card.owner_id == reader_id, called.exists())


def card_titles(reader_id: int | None, slugs: Sequence[str]) -> dict[str, str]:
    """How the questions of these cards begin, by slug, as far as this reader may see them."""
    rows = db.session.execute(select(Card.slug, Card.sheet).where(Card.slug.in_(slugs), is_seen_by(reader_id)))
    return {slug: opening(read_sheet(sheet)) for slug, sheet in rows}


def find_own(owner_id: int, slug: str) -> tuple[Card, OwnCard] | None:
    """A card that this learner made, a deleted one too, with what they wrote."""
    statement = select(Card, OwnCard).join(OwnCard, OwnCard.card_id == Card.id)
    row = db.session.execute(statement.where(Card.slug == slug, Card.owner_id == owner_id)).first()
    return None if row is None else (row[0], row[1])


def own_cards(owner_id: int, before: int | None) -> tuple[list[OwnRow], int | None]:
    """A page of the cards a learner made, the latest first, and where the next page begins (None: nowhere)."""
    statement = (
        select(Card.id, Card.slug, Card.sheet, OwnCard.entry_id, CardState.due_on, CardState.is_suspended)
        .join(OwnCard, OwnCard.card_id == Card.id)
        .outerjoin(CardState, and_(CardState.card_id == Card.id, CardState.learner_id == owner_id))
        .where(Card.owner_id == owner_id, Card.is_active)
    )
    if before is not None:
        statement = statement.where(Card.id < before)
    rows = db.session.execute(statement.order_by(Card.id.desc()).limit(OWN_PAGE + 1)).all()
    found = [
        OwnRow(card_id, slug, opening(read_sheet(sheet)), entry_id, due_on, bool(is_aside))
        for card_id, slug, sheet, entry_id, due_on, is_aside in rows[:OWN_PAGE]
    ]
    return found, found[-1].id if len(rows) > OWN_PAGE else None


def answers_on(learner_id: int, day: date) -> Sequence[Row[LogRow, Card]]:
    """The answers of a day with their cards, the latest first, taken back ones included."""
    statement = (
        select(LogRow, Card)
        .join(Card, Card.id == LogRow.card_id)
        .where(LogRow.learner_id == learner_id, LogRow.day == day, LogRow.kind == Kind.ANSWER)
        .order_by(LogRow.id.desc())
    )
    return db.session.execute(statement).all()


def amendments_on(learner_id: int, day: date) -> Sequence[LogRow]:
    """The regrades and undos of a day, oldest first."""
    kinds = (Kind.REGRADE.value, Kind.UNDO.value)
    statement = select(LogRow).where(LogRow.learner_id == learner_id, LogRow.day == day, LogRow.kind.in_(kinds))
    return db.session.scalars(statement.order_by(LogRow.id)).all()
