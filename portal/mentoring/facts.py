"""What the tables say of learners on a day: the facts that the rules ask for, for many learners at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from math import fsum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, func, select, type_coerce
from sqlalchemy.orm import aliased

from portal.db import db
from portal.plan.models import BreakRow, Hours
from portal.plan.queries import planned
from portal.quizzes.history import EVENT, event_from
from portal.quizzes.models import Card, CardState, Desk, LogRow, ReviewDay
from portal.study.queries import minutes_of_many
from quizzes.choosing import TAGS
from quizzes.lately import Lately, lately
from quizzes.ledger import Kind, LedgerError
from quizzes.observed import BELIEF_DAYS, KNOWN_DAYS, LEECH_LAPSES, PLAN_DAYS, RECENT_DAYS, Facts, Topic
from quizzes.pacing import Break
from quizzes.recall import recall

WEEK = 7
LATE = 2  # days that somebody who flies, or changes the zone, can be back behind a day they were in
ONE_DAY = timedelta(days=1)


class CardNow(NamedTuple):
    """A learnt card of a learner as it is now; `topic` None: not of the roadmap, or not asked any more."""

    card_id: int
    topic: str | None
    kept_back_by: int
    interval_days: int
    show_on: date | None
    last_on: date
    lapses: int


class TopicNow(NamedTuple):
    """How a learner stands with a topic: the columns of TopicStanding."""

    topic: str
    started: int
    due: int
    recall: int
    recall_was: int | None
    tries: int
    misses: int


class BeliefNow(NamedTuple):
    """The columns of Belief."""

    card_id: int
    misconception: str
    day: date
    version: int


@dataclass(frozen=True, slots=True)
class Studied:
    """What a learner did, by day: answers and ms of reviews, minutes of all study, and the plan.

    `chosen`: the bits of their language and framework (quizzes.choosing.TAGS).
    """

    first_on: date | None = None
    last_on: date | None = None
    back_on: date | None = None
    chosen: int = 0
    answers: Mapping[date, int] = field(default_factory=dict)
    minutes: Mapping[date, int] = field(default_factory=dict)
    hours: Sequence[Hours] = ()
    breaks: Sequence[BreakRow] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one learner on `day`, whatever cohort asks. `recalls` are now and 14 days ago.

    `chosen`: the bits of the language and framework for which cards were counted.
    """

    learner_id: int
    day: date
    seen: int
    chosen: int
    facts: Facts
    topics: tuple[TopicNow, ...]
    recalls: tuple[int | None, int | None]
    minutes: int
    behind: int | None
    beliefs: tuple[BeliefNow, ...]

    @property
    def columns(self) -> dict[str, Any]:
        """What Standing keeps of it, beside names, reasons and versions."""
        return {
            "as_of": self.day,
            "seen": self.seen,
            "last_on": self.facts.last_on,
            "active_days": sum(count > 0 for count in self.facts.counts(self.day, RECENT_DAYS)),
            "reviews": sum(self.facts.counts(self.day)),
            "minutes": self.minutes,
            "due": self.facts.due,
            "started": sum(topic.started for topic in self.topics),
            "recall": self.recalls[0],
            "recall_was": self.recalls[1],
            "behind": self.behind,
        }


@dataclass(frozen=True, slots=True)
class Touched:
    """A card that was answered: what its chain says of the last days, and the beliefs its answers showed."""

    lately: Lately
    beliefs: tuple[BeliefNow, ...]


def newest_of(learner_id: ColumnElement[int] | Any) -> ColumnElement[int]:
    """The newest row of a learner's log: among those of their latest days, which an index finds; 0 without any."""
    dated, logged = aliased(LogRow), aliased(LogRow)
    last = select(func.max(dated.day)).where(dated.learner_id == learner_id).correlate_except(dated).scalar_subquery()
    is_late = type_coerce(logged.day, Integer) >= type_coerce(last, Integer) - LATE
    newest = select(func.max(logged.id)).where(logged.learner_id == learner_id, is_late)
    return func.coalesce(newest.correlate_except(logged).scalar_subquery(), 0)


def known_of(newest: Mapping[int, int], day: date) -> list[Known]:
    """What is known of these learners on this day of theirs, by a fixed number of statements.

    `newest`: the newest row of each one's log.
    """
    learner_ids = sorted(newest)
    cards, studied, touched = _cards_now(learner_ids), _studied(learner_ids, day), _touched(learner_ids, day)
    counts = cards_by_topic({one.chosen for one in studied.values()})
    return [
        fold(one, day, newest[one], cards.get(one, []), touched.get(one, {}), studied[one], counts[studied[one].chosen])
        for one in learner_ids
    ]


def fold(
    learner_id: int,
    day: date,
    seen: int,
    cards: Iterable[CardNow],
    touched: Mapping[int, Touched],
    studied: Studied,
    count: Mapping[str, tuple[str, int]],
) -> Known:
    """Everything about one learner, from the parts. `count`: title and number of cards of each topic for their choice.

    Cards of another language or framework count as well once they are started.
    A card that is not in `touched` was not answered in the last days: its memory then is its memory now.
    """
    cards = list(cards)
    by_topic: dict[str, list[CardNow]] = defaultdict(list)
    for card in cards:
        if card.topic is not None:
            by_topic[card.topic].append(card)
    topics = tuple(_topic(topic, by_topic[topic], touched, day) for topic in sorted(by_topic))
    learnt = [card for found in by_topic.values() for card in found]
    asked = tuple(_asked(one, by_topic[one.topic], studied.chosen, count) for one in topics)
    facts = _facts(day, cards, asked, studied)
    return Known(
        learner_id,
        day,
        seen,
        studied.chosen,
        facts,
        topics,
        (_mean(_recalls(learnt, day)), _mean(_recalls_then(learnt, touched, day - timedelta(days=RECENT_DAYS)))),
        sum(minutes for one, minutes in studied.minutes.items() if day - timedelta(days=WEEK) < one <= day),
        max(0, facts.planned_minutes - facts.studied_minutes) if facts.planned_minutes else None,
        tuple(belief for card_id in sorted(touched) for belief in touched[card_id].beliefs),
    )


def _facts(day: date, cards: Sequence[CardNow], topics: tuple[Topic, ...], studied: Studied) -> Facts:
    """What the rules ask for; when the learner joined, each cohort knows for itself."""
    planned_minutes, studied_minutes = _plan(studied, day)
    return Facts(
        day,
        joined_on=day,
        first_on=studied.first_on,
        last_on=studied.last_on,
        back_on=studied.back_on,
        reviewed=studied.answers,
        breaks=tuple(Break(row.first_on, row.last_on) for row in studied.breaks),
        planned_minutes=planned_minutes,
        studied_minutes=studied_minutes,
        due=sum(card.show_on is not None and card.show_on <= day for card in cards),
        leeches=sum(card.show_on is not None and card.lapses >= LEECH_LAPSES for card in cards),
        topics=topics,
    )


def _topic(topic: str, cards: Sequence[CardNow], touched: Mapping[int, Touched], day: date) -> TopicNow:
    late = [touched[card.card_id].lately for card in cards if card.card_id in touched]
    return TopicNow(
        topic,
        len(cards),
        sum(card.show_on is not None and card.show_on <= day for card in cards),
        _mean(_recalls(cards, day)) or 0,
        _mean(_recalls_then(cards, touched, day - timedelta(days=RECENT_DAYS))),
        sum(one.tries for one in late),
        sum(one.misses for one in late),
    )


def _asked(topic: TopicNow, mine: Iterable[CardNow], chosen: int, count: Mapping[str, tuple[str, int]]) -> Topic:
    title, cards = count.get(topic.topic, (topic.topic, topic.started))
    others = sum(bool(card.kept_back_by & chosen) for card in mine)
    was = None if topic.recall_was is None else topic.recall_was / 1000
    return Topic(topic.topic, title, cards + others, topic.started, topic.recall / 1000, was, topic.misses, topic.tries)


def _recalls(cards: Iterable[CardNow], day: date) -> list[float]:
    return [recall(card.interval_days, (day - card.last_on).days) for card in cards]


def _recalls_then(cards: Iterable[CardNow], touched: Mapping[int, Touched], then: date) -> list[float]:
    found = []
    for card in cards:
        late = touched.get(card.card_id)
        interval_days, last_on = card.interval_days, card.last_on
        if late is not None:
            was = late.lately.was
            if was.is_new or was.last_on is None:
                continue
            interval_days, last_on = was.schedule.interval_days, was.last_on
        found.append(recall(interval_days, (then - last_on).days))
    return found


def _mean(shares: Sequence[float]) -> int | None:
    """In tenths of a percent; the sum is exact, so the order of the rows is all the same."""
    return round(1000 * fsum(shares) / len(shares)) if shares else None


def _plan(studied: Studied, day: date) -> tuple[int, int]:
    """Minutes planned and studied in the last PLAN_DAYS, today left out, as far as the plan reaches back."""
    if not studied.hours:
        return 0, 0
    first = max(day - timedelta(days=PLAN_DAYS), studied.hours[0].valid_from)
    wanted = planned(studied.hours, studied.breaks, first, day - ONE_DAY) if first < day else {}
    return sum(wanted.values()), sum(minutes for one, minutes in studied.minutes.items() if first <= one < day)


def cards_by_topic(choices: Collection[int]) -> dict[int, dict[str, tuple[str, int]]]:
    """For each of these choices (bits): the title of each topic of the roadmap, and how many cards it has for them."""
    counted = select(Card.topic, func.min(Card.topic_title), Card.kept_back_by, func.count())
    asked = counted.where(Card.is_active, Card.position > 0).group_by(Card.topic, Card.kept_back_by)
    found: dict[int, dict[str, tuple[str, int]]] = {chosen: {} for chosen in choices}
    for topic, title, bits, cards in db.session.execute(asked):
        for chosen, counts in found.items():
            counts[topic] = (title, counts.get(topic, (title, 0))[1] + (0 if bits & chosen else cards))
    return found


def _cards_now(learner_ids: Sequence[int]) -> dict[int, list[CardNow]]:
    asked = (Card.topic, Card.is_active, Card.position, Card.kept_back_by)
    columns = (CardState.interval_days, CardState.show_on, CardState.last_on, CardState.lapses)
    learnt = (
        select(CardState.learner_id, CardState.card_id, *asked, *columns)
        .join(Card, Card.id == CardState.card_id)
        .where(CardState.learner_id.in_(learner_ids), CardState.due_on.is_not(None), CardState.last_on.is_not(None))
    )
    found: dict[int, list[CardNow]] = defaultdict(list)
    for learner_id, *rest in db.session.execute(learnt):
        found[learner_id].append(card_now(*rest))
    return found


def card_now(card_id: Any, topic: Any, is_active: Any, position: Any, *state: Any) -> CardNow:
    """From columns of a card up to kept_back_by, and interval_days, show_on, last_on, lapses of its memory."""
    return CardNow(card_id, topic if is_active and position > 0 else None, *state)


def _touched(learner_ids: Sequence[int], day: date) -> dict[int, dict[int, Touched]]:
    """The whole chains of the cards that were answered lately: few, however long the log is."""
    is_answer = and_(LogRow.learner_id.in_(learner_ids), LogRow.kind == Kind.ANSWER.value)
    is_late = LogRow.day > day - timedelta(days=BELIEF_DAYS)
    pairs = select(LogRow.learner_id, LogRow.card_id).where(is_answer, is_late).distinct().cte()
    # Found once, also where PostgreSQL was told of no row yet and would look for them anew at each row of the log.
    pairs = pairs.prefix_with("MATERIALIZED", dialect="postgresql")
    chains = (
        select(LogRow.learner_id, LogRow.card_id, LogRow.misconceptions, *EVENT)
        .join(pairs, and_(pairs.c.learner_id == LogRow.learner_id, pairs.c.card_id == LogRow.card_id))
        .order_by(LogRow.learner_id, LogRow.card_id, LogRow.version)
    )
    return touched_from(db.session.execute(chains), day)


def touched_from(rows: Iterable[Any], day: date) -> dict[int, dict[int, Touched]]:
    """By learner and card, from rows of (learner, card, misconceptions, *EVENT) in the order of their chains."""
    found: dict[int, dict[int, Touched]] = defaultdict(dict)
    for (learner_id, card_id), chain in groupby(rows, key=lambda row: (row[0], row[1])):
        events, shown = [], {}
        for _, _, misconceptions, *event in chain:
            events.append(event_from(*event))
            shown[events[-1].version] = misconceptions
        try:
            late = lately(events, day - timedelta(days=RECENT_DAYS), day - timedelta(days=BELIEF_DAYS))
        except LedgerError:  # flask reviews verify names it; nobody else's standing waits for it
            continue
        beliefs = {name: answer for answer in late.asked for name in (shown[answer.version] or "").split()}
        named = [BeliefNow(card_id, name, beliefs[name].day, beliefs[name].version) for name in sorted(beliefs)]
        found[learner_id][card_id] = Touched(late, tuple(named))
    return found


def _studied(learner_ids: Sequence[int], day: date) -> dict[int, Studied]:
    first = day - timedelta(days=KNOWN_DAYS - 1)
    answers: dict[int, dict[date, int]] = defaultdict(dict)
    of_days = (ReviewDay.learner_id.in_(learner_ids), ReviewDay.answers > 0)
    lately_reviewed = select(ReviewDay.learner_id, ReviewDay.day, ReviewDay.answers).where(*of_days)
    for learner_id, one, count in db.session.execute(lately_reviewed.where(ReviewDay.day.between(first, day))):
        answers[learner_id][one] = count
    ends = select(
        ReviewDay.learner_id,
        func.min(ReviewDay.day, type_=ReviewDay.day.type),
        func.max(ReviewDay.day, type_=ReviewDay.day.type),
    )
    span = {row[0]: (row[1], row[2]) for row in db.session.execute(ends.where(*of_days).group_by(ReviewDay.learner_id))}
    at_desk = select(Desk.learner_id, Desk.back_on, Desk.choices).where(Desk.learner_id.in_(learner_ids))
    desks = {row[0]: (row[1], row[2] & TAGS) for row in db.session.execute(at_desk)}
    return with_plans(
        learner_ids,
        day,
        {one: _reviewed(span.get(one), desks.get(one), answers[one]) for one in learner_ids},
    )


def _reviewed(
    span: tuple[date, date] | None, desk: tuple[date | None, int] | None, answers: Mapping[date, int]
) -> Studied:
    first_on, last_on = span or (None, None)
    back_on, chosen = desk or (None, 0)
    return Studied(first_on, last_on, back_on, chosen, answers)


def with_plans(learner_ids: Sequence[int], day: date, reviewed: Mapping[int, Studied]) -> dict[int, Studied]:
    """The same with all minutes of the last weeks, hours and breaks."""
    minutes = minutes_of_many(learner_ids, day - timedelta(days=PLAN_DAYS), day)
    hours: dict[int, list[Hours]] = defaultdict(list)
    kept = select(Hours).where(Hours.learner_id.in_(learner_ids)).order_by(Hours.learner_id, Hours.valid_from)
    for row in db.session.scalars(kept):
        hours[row.learner_id].append(row)
    breaks: dict[int, list[BreakRow]] = defaultdict(list)
    booked = select(BreakRow).where(BreakRow.learner_id.in_(learner_ids), BreakRow.first_on <= day)
    since = day - timedelta(days=KNOWN_DAYS - 1)
    for free in db.session.scalars(booked.where(BreakRow.last_on >= since).order_by(BreakRow.first_on, BreakRow.id)):
        breaks[free.learner_id].append(free)
    return {
        one: replace(reviewed[one], minutes=minutes.get(one, {}), hours=hours[one], breaks=breaks[one])
        for one in learner_ids
    }
