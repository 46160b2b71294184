"""The heat map as rows: learner by topic, by predicted recall on the day of the learner's standing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, func, literal, select, tuple_

from portal.accounts.models import Membership, User
from portal.db import db
from portal.mentoring.models import Standing, TopicStanding
from portal.quizzes.catalogue import ON_ROADMAP
from portal.quizzes.models import Card, Deck
from quizzes.lately import is_slipping

PAGE = 200  # learners
BY_NAME, BY_MEAN = "name", "mean"
NOT_STARTED = 1001  # behind every recall, which is in tenths of a percent


class Topic(NamedTuple):
    """A topic that has cards."""

    id: str
    title: str
    step: int
    deck_id: str


class Learner(NamedTuple):
    """A member of a cohort in a line of the map; `as_of` is the day of their numbers, if they have any."""

    id: int
    name: str
    as_of: date | None


class Member(NamedTuple):
    """A member of a cohort, with what makes their day."""

    id: int
    name: str
    zone: str
    rollover_hour: int


class Cell(NamedTuple):
    """How a learner stands with a topic: recall in tenths of a percent, now and two weeks ago (None: not started).

    `misses` of `tries` scheduled reviews failed in those two weeks, first answers and drills left out.
    """

    recall: int
    was: int | None
    started: int
    tries: int
    misses: int

    @property
    def marked(self) -> int:
        """The misses, where there are enough to be marked; else 0. Recall alone looks calm once a miss is relearnt."""
        return self.misses if is_slipping(self.tries, self.misses) else 0


def topics() -> list[Topic]:
    """The topics that have cards, in roadmap order; none that a learner made cards for."""
    columns = (Card.topic, Card.topic_title, Deck.step, Card.deck_id)
    statement = select(*columns).join(Deck, Deck.id == Card.deck_id).where(Card.is_active, ON_ROADMAP)
    rows = db.session.execute(statement.group_by(*columns).order_by(func.min(Card.position)))
    return list({row[0]: Topic(*row) for row in rows}.values())


def mean(cells: Mapping[str, Cell]) -> int | None:
    """The mean recall of the cards behind these cells, in tenths of a percent."""
    started = sum(cell.started for cell in cells.values())
    return sum(cell.recall * cell.started for cell in cells.values()) // started if started else None


def learners(
    cohort_id: int, order: str, shown: Sequence[Topic], after: int | None = None, most: int = PAGE
) -> tuple[list[Learner], int | None]:
    """A page of the members, and after whom the next one begins (None: nobody).

    `order`: BY_NAME, BY_MEAN (over the topics shown) or a topic's id, the lowest recall first, and whoever has not
    begun last. A page whose place is lost, because that learner has left, is the first one.
    """
    key = _key(order, [topic.id for topic in shown]).label("key")
    ranked = select(User.id, User.name, key).join(Membership, Membership.learner_id == User.id)
    table = ranked.where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None)).cte("ranked")
    by = (table.c.key, table.c.name, table.c.id)
    of_standing = (Standing.cohort_id == cohort_id) & (Standing.learner_id == table.c.id)
    statement = select(table.c.id, table.c.name, Standing.as_of).outerjoin(Standing, of_standing)
    place = None if after is None else db.session.execute(select(*by).where(table.c.id == after)).first()
    if place is not None:
        statement = statement.where(tuple_(*by) > tuple(place))
    rows = db.session.execute(statement.order_by(*by).limit(most + 1)).all()
    found = [Learner(*row) for row in rows[:most]]
    return found, found[-1].id if len(rows) > most else None


def _key(order: str, topic_ids: Sequence[str]) -> ColumnElement[int]:
    if order == BY_NAME:
        return literal(0, Integer)
    wanted = topic_ids if order == BY_MEAN else [order]
    known = func.sum(TopicStanding.recall * TopicStanding.started) // func.sum(TopicStanding.started)
    of_learner = (TopicStanding.learner_id == User.id, TopicStanding.topic.in_(wanted))
    found = select(known).where(*of_learner).correlate(User).scalar_subquery()
    return func.coalesce(found, NOT_STARTED)


def cells(learner_ids: Sequence[int], shown: Sequence[Topic]) -> dict[int, dict[str, Cell]]:
    """The cells of these learners' lines: learner -> topic -> cell."""
    stood = (TopicStanding.recall, TopicStanding.recall_was, TopicStanding.started)
    lately = (TopicStanding.tries, TopicStanding.misses)
    is_shown = (TopicStanding.learner_id.in_(learner_ids), TopicStanding.topic.in_([topic.id for topic in shown]))
    found: dict[int, dict[str, Cell]] = {learner_id: {} for learner_id in learner_ids}
    statement = select(TopicStanding.learner_id, TopicStanding.topic, *stood, *lately).where(*is_shown)
    for learner_id, topic, known, was, started, tries, misses in db.session.execute(statement):
        found[learner_id][topic] = Cell(known, was, started, tries, misses)
    return found


def find_member(cohort_id: int, learner_id: int) -> Member | None:
    """Somebody who belongs to the cohort now."""
    columns = (User.id, User.name, User.zone, User.rollover_hour)
    statement = select(*columns).join(Membership, Membership.learner_id == User.id)
    is_now = (Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))
    row = db.session.execute(statement.where(User.id == learner_id, *is_now)).first()
    return None if row is None else Member(*row)
