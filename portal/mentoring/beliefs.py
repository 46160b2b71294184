"""Which misconceptions a cohort showed in the last four weeks, and which answers tell what a learner thinks now."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    and_,
    column,
    func,
    or_,
    select,
    values,
)
from sqlalchemy.orm import aliased

from portal.accounts.models import Membership, User
from portal.db import db
from portal.mentoring.models import Belief
from portal.quizzes.catalogue import ON_ROADMAP, misconceptions
from portal.quizzes.models import Card, CardState, LogRow
from portal.quizzes.queries import read_sheet
from quizzes.ledger import Kind
from quizzes.misconceptions import Misconception
from quizzes.observed import BELIEF_DAYS
from quizzes.sheets import Sheet

PAGE = 200
MOST_SHOWN = 50


class Able(NamedTuple):
    """A card that can show a misconception, because an option of it names it."""

    card_id: int
    slug: str
    sheet: Sheet


class Spread(NamedTuple):
    """How far a misconception is spread: `holders` of the `met` learners to whom a card that can show it came."""

    misconception: Misconception
    holders: int
    met: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.holders / self.met


class Holder(NamedTuple):
    """Somebody who holds a misconception: on how many cards, and one of them."""

    learner_id: int
    name: str
    cards: int
    card_id: int


def stands(answer: type[LogRow]) -> ColumnElement[bool]:
    """Whether an answer was not taken back: an undo takes back the answer it names and all later ones before it."""
    undo = aliased(LogRow)
    of_card = (undo.learner_id == answer.learner_id, undo.card_id == answer.card_id)
    takes_it = (undo.kind == Kind.UNDO, undo.version > answer.version, undo.takes_back <= answer.version)
    return and_(answer.kind == Kind.ANSWER, ~select(undo.id).where(*of_card, *takes_it).exists())


def is_telling(answer: type[LogRow]) -> ColumnElement[bool]:
    """Whether this is the answer that tells most of what is known now: the first one of the card's latest day.

    A card that was missed comes again the same day, minutes after its learner has read why. Those repeats say what
    they have just read, not what they believe.
    """
    other = aliased(LogRow)
    of_card = (other.learner_id == answer.learner_id, other.card_id == answer.card_id, stands(other))
    tells_more = or_(other.day > answer.day, (other.day == answer.day) & (other.version < answer.version))
    return and_(stands(answer), ~select(other.id).where(*of_card, tells_more).exists())


def able_cards() -> dict[str, list[Able]]:
    """The active cards of the roadmap by the declared misconceptions that they can show, in roadmap order."""
    rows = db.session.execute(
        select(Card.id, Card.slug, Card.sheet).where(Card.is_active, ON_ROADMAP).order_by(Card.position)
    )
    found: dict[str, list[Able]] = {}
    for card_id, slug, text in rows:
        sheet = read_sheet(text)
        for name in dict.fromkeys(option.misconception for option in sheet.options if not option.is_right):
            if name in misconceptions():
                found.setdefault(name, []).append(Able(card_id, slug, sheet))
    return found


def spread_of(cohort_id: int, able: Mapping[str, Sequence[Able]], day: date) -> list[Spread]:
    """What members showed up to this day, at most `MOST_SHOWN`: that of two or more first, by share and count.

    Two statements. Only the most held ones are counted among all who met them: that takes a look at everybody's cards.
    """
    held = _holders(cohort_id, able)
    most = dict(sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SHOWN])
    met = _met(cohort_id, {name: able[name] for name in most}, day)
    found = [Spread(misconceptions()[name], count, max(count, met.get(name, 0))) for name, count in most.items()]
    return sorted(found, key=lambda one: (one.holders == 1, -one.share, -one.holders, one.misconception.id))


def _holders(cohort_id: int, able: Mapping[str, Sequence[Able]]) -> dict[str, int]:
    if not able:
        return {}
    pairs = _pairs(able)
    is_pair = (Belief.card_id == pairs.c.card_id) & (Belief.misconception == pairs.c.misconception)
    statement = (
        select(Belief.misconception, func.count(Belief.learner_id.distinct()))
        .join(Membership, Membership.learner_id == Belief.learner_id)
        .join(pairs, is_pair)
        .where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))
    )
    return dict(db.session.execute(statement.group_by(Belief.misconception)).all())


def _met(cohort_id: int, able: Mapping[str, Sequence[Able]], day: date) -> dict[str, int]:
    if not able:
        return {}
    pairs = _pairs(able)
    statement = (
        select(pairs.c.misconception, func.count(CardState.learner_id.distinct()))
        .join(CardState, CardState.card_id == pairs.c.card_id)
        .join(Membership, Membership.learner_id == CardState.learner_id)
        .where(
            Membership.cohort_id == cohort_id,
            Membership.ended_at.is_(None),
            CardState.last_on > day - timedelta(days=BELIEF_DAYS),
        )
    )
    return dict(db.session.execute(statement.group_by(pairs.c.misconception)).all())


def _pairs(able: Mapping[str, Sequence[Able]]) -> CTE:
    """(card_id, misconception) as a table of the statement."""
    rows = [(card.card_id, name) for name, cards in able.items() for card in cards]
    columns: Any = (column("card_id", Card.id.type), column("misconception", String()))
    return values(*columns, name="pairs").data(rows).cte("pairs")


def holders_of(cohort_id: int, name: str, cards: Sequence[Able], after: int | None) -> tuple[list[Holder], int | None]:
    """A page of the members who hold a misconception on one of these cards, and after whom the next one begins."""
    statement = (
        select(User.id, User.name, func.count(), func.max(Belief.card_id))
        .join(Belief, Belief.learner_id == User.id)
        .join(Membership, Membership.learner_id == User.id)
        .where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None), User.id > (after or 0))
        .where(Belief.misconception == name, Belief.card_id.in_([card.card_id for card in cards]))
        .group_by(User.id, User.name)
    )
    rows = db.session.execute(statement.order_by(User.id).limit(PAGE + 1)).all()
    found = [Holder(*row) for row in rows[:PAGE]]
    return found, found[-1].learner_id if len(rows) > PAGE else None
