"""A learner's plan as it is kept, what was planned for each day, and what the cards say of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select

from portal.accounts.models import User
from portal.db import db
from portal.plan.models import BreakRow, Evidence, Feed, Hours, Plan
from portal.quizzes.catalogue import is_for
from portal.quizzes.models import Card, CardState, Desk, ReviewDay
from quizzes.day import day_of, never_earlier
from quizzes.pacing import Break, Pace

MINUTE = 60_000  # ms
ON_ROADMAP = Card.position > 0


@dataclass(frozen=True, slots=True)
class TopicCards:
    """The cards of a topic: how many there are, how many are learnt, and the day the last of these was."""

    cards: int
    learnt: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose calendar a feed is, with what says which day it is there."""

    learner_id: int
    zone: str
    rollover_hour: int
    last_on: date | None
    digest: str

    def day(self, moment: object) -> date:
        """The learner's day at this moment (aware)."""
        return never_earlier(day_of(moment, self.zone, self.rollover_hour), self.last_on)  # type: ignore[arg-type]


def find_plan(learner_id: int) -> Plan | None:
    """The plan of this learner."""
    return db.session.get(Plan, learner_id)


def hours(learner_id: int) -> Sequence[Hours]:
    """The hours of the weekdays as they were and are, the oldest first."""
    statement = select(Hours).where(Hours.learner_id == learner_id).order_by(Hours.valid_from)
    return db.session.scalars(statement).all()


def breaks(learner_id: int) -> Sequence[BreakRow]:
    """The breaks of this learner, past ones too, the first one first."""
    statement = select(BreakRow).where(BreakRow.learner_id == learner_id)
    return db.session.scalars(statement.order_by(BreakRow.first_on, BreakRow.id)).all()


def find_break(learner_id: int, break_id: int) -> BreakRow | None:
    """One of this learner's breaks."""
    return db.session.scalar(select(BreakRow).where(BreakRow.id == break_id, BreakRow.learner_id == learner_id))


def evidence(learner_id: int) -> dict[str, Evidence]:
    """What shows that items are done, by item."""
    rows = db.session.scalars(select(Evidence).where(Evidence.learner_id == learner_id))
    return {row.item_id: row for row in rows}


def find_feed(learner_id: int) -> Feed | None:
    """The calendar feed of this learner."""
    return db.session.get(Feed, learner_id)


def find_subscriber(digest: str) -> Subscriber | None:
    """Whose feed has an address with this digest."""
    statement = (
        select(Feed.learner_id, User.zone, User.rollover_hour, Desk.last_on, Feed.digest)
        .join(User, User.id == Feed.learner_id)
        .outerjoin(Desk, Desk.learner_id == Feed.learner_id)
        .where(Feed.digest == digest)
    )
    row = db.session.execute(statement).first()
    return None if row is None else Subscriber(*row)


def pace_of(rows: Sequence[Hours], free: Sequence[BreakRow]) -> Pace:
    """The latest hours, with every break."""
    return Pace(rows[-1].minutes, tuple(Break(row.first_on, row.last_on) for row in free))


def planned_days(learner_id: int, first: date, last: date) -> dict[date, int]:
    """Minutes planned for each day from `first` to `last`, as the hours were on that day.

    0 on free days, in breaks, before the start; {} without a plan.
    """
    rows = hours(learner_id)
    if not rows:
        return {}
    return planned(rows, breaks(learner_id), first, last)


def planned(rows: Sequence[Hours], free: Sequence[BreakRow], first: date, last: date) -> dict[date, int]:
    """The same, for hours and breaks at hand."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    pauses = [Break(row.first_on, row.last_on) for row in free]
    found = dict.fromkeys(days, 0)
    for row in rows:
        for day in days:
            if day >= row.valid_from:
                found[day] = row.minutes[day.weekday()]
    return {day: 0 if any(day in one for one in pauses) else minutes for day, minutes in found.items()}


def topic_cards(learner_id: int) -> dict[str, TopicCards]:
    """Every topic of the roadmap that has cards of the language and framework this learner chose, or started ones."""
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    statement = (
        select(Card.topic, func.count(), func.count(CardState.due_on), func.max(CardState.first_on))
        .outerjoin(CardState, of_learner)
        .where(Card.is_active, ON_ROADMAP, or_(CardState.due_on.is_not(None), is_for(learner_id)))
        .group_by(Card.topic)
    )
    return {
        topic: TopicCards(cards, learnt, last_on) for topic, cards, learnt, last_on in db.session.execute(statement)
    }


def schedules(learner_id: int) -> list[tuple[date, int, int]]:
    """(the day they come next, their interval in days, how many) of the learnt cards that are asked."""
    statement = (
        select(CardState.show_on, CardState.interval_days, func.count())
        .where(CardState.learner_id == learner_id, CardState.show_on.is_not(None))
        .group_by(CardState.show_on, CardState.interval_days)
        .order_by(CardState.show_on, CardState.interval_days)
    )
    return [(day, interval, cards) for day, interval, cards in db.session.execute(statement) if day is not None]


def due_in(learner_id: int, first: date, last: date) -> dict[int, date]:
    """The cards that come due from `first` to `last`, with their day."""
    statement = select(CardState.card_id, CardState.show_on).where(
        CardState.learner_id == learner_id, CardState.show_on.between(first, last), CardState.due_on >= first
    )
    return {card_id: show_on for card_id, show_on in db.session.execute(statement) if show_on is not None}


def due_counts(learner_id: int, first: date, last: date) -> dict[date, int]:
    """How many cards come due on each day from `first` to `last` that has any."""
    statement = (
        select(CardState.show_on, func.count())
        .where(CardState.learner_id == learner_id, CardState.show_on.between(first, last))
        .group_by(CardState.show_on)
    )
    return {day: count for day, count in db.session.execute(statement) if day is not None}


def review_minutes(learner_id: int, first: date, last: date) -> Mapping[date, int]:
    """Minutes of each day from `first` to `last` that went into reviews, rounded up."""
    statement = select(ReviewDay.day, ReviewDay.ms).where(
        ReviewDay.learner_id == learner_id, ReviewDay.day.between(first, last)
    )
    return defaultdict(int, {day: -(-ms // MINUTE) for day, ms in db.session.execute(statement)})
