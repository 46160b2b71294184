"""What is kept for mentors against a recount: every chain of the log is replayed, and every sum added up again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select

from portal.db import db
from portal.mentoring import facts, refreshing
from portal.mentoring.facts import CardNow, Known, Studied
from portal.mentoring.models import Belief, CohortDay, Standing, TopicStanding
from portal.quizzes.history import EVENT, event_from
from portal.quizzes.models import Card, Desk, LogRow
from quizzes.choosing import TAGS
from quizzes.ledger import Event, LedgerError, replay, tally
from quizzes.observed import KNOWN_DAYS

COLUMNS = [column.key for column in Standing.__table__.columns if column.key != "written_at"]
UNLOGGED = {"minutes", "behind"}  # a session set right leaves no mark: it is seen on the learner's next day


@dataclass(slots=True)
class Verified:
    """What a recount found: differences as sentences, and how many standings were compared or wait to be refreshed."""

    differences: list[str] = field(default_factory=list)
    equal: int = 0
    waiting: int = 0


def verify(moment: datetime) -> Verified:
    """Compare standings, topics, beliefs and days of cohorts with the log. Reads only; one learner at a time."""
    found = Verified()
    late = {(one.cohort_id, one.learner_id) for one in refreshing.behind(moment)} | set(refreshing.former())
    stored = db.session.scalars(select(Standing).order_by(Standing.learner_id, Standing.cohort_id)).all()
    kept = {(row.cohort_id, row.learner_id) for row in stored}
    found.waiting = len(late | kept) - len(kept - late)
    for learner_id, rows in groupby(stored, key=attrgetter("learner_id")):
        current = [row for row in rows if (row.cohort_id, learner_id) not in late]
        if current:
            _compare(learner_id, current, moment, found)
    moving = {cohort_id for cohort_id, _ in late}
    for cohort_id in refreshing.cohort_ids():
        if cohort_id not in moving:
            found.differences += _day_differences(cohort_id)
    return found


def _compare(learner_id: int, rows: Sequence[Standing], moment: datetime, found: Verified) -> None:
    try:
        known = recount(learner_id, rows[0].as_of)
    except LedgerError as problem:
        found.differences.append(f"learner {learner_id}: the log cannot be replayed: {problem}")
        return
    expected = {row["cohort_id"]: row for row in refreshing.standings_of([known], moment)}
    for row in rows:
        wanted = expected[row.cohort_id]
        unequal = [name for name in COLUMNS if getattr(row, name) != wanted[name]]
        if UNLOGGED & set(unequal):
            found.waiting += 1
            continue
        name = f"cohort {row.cohort_id}, learner {learner_id}"
        found.differences += [f"{name}: {', '.join(unequal)} differ from the log"] if unequal else []
        found.equal += not unequal
    found.differences += _topic_differences(learner_id, known)
    found.differences += _belief_differences(learner_id, known)


def recount(learner_id: int, day: date) -> Known:
    """What the log, and what is not in it of plan and study, add up to for a learner on a day."""
    chains = _chains(learner_id)
    columns = (Card.id, Card.topic, Card.is_active, Card.position, Card.kept_back_by)
    cards = {row.id: row for row in db.session.execute(select(*columns))}
    learnt, answers = list[CardNow](), dict[date, int]()
    for card_id, rows in chains.items():
        events = _events(rows)
        memory = replay(events)
        for one, total in tally(events).items():
            answers[one] = answers.get(one, 0) + total.answers
        if memory.due_on is not None and memory.last_on is not None:
            card = cards[card_id]
            state = (memory.schedule.interval_days, memory.show_on, memory.last_on, memory.lapses)
            learnt.append(facts.card_now(*card, *state))
    rows_in_order = [row for rows in chains.values() for row in rows]
    touched = facts.touched_from(rows_in_order, day)[learner_id]
    newest = db.session.scalar(select(func.max(LogRow.id)).where(LogRow.learner_id == learner_id)) or 0
    studied = facts.with_plans([learner_id], day, {learner_id: _studied(learner_id, answers, day)})[learner_id]
    count = facts.cards_by_topic({studied.chosen})[studied.chosen]
    return facts.fold(learner_id, day, newest, learnt, touched, studied, count)


def _chains(learner_id: int) -> dict[int, list[Any]]:
    columns = (LogRow.learner_id, LogRow.card_id, LogRow.misconceptions, *EVENT)
    whole = select(*columns).where(LogRow.learner_id == learner_id).order_by(LogRow.card_id, LogRow.version)
    chains: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(whole):
        chains[row.card_id].append(row)
    return chains


def _events(rows: Sequence[Any]) -> list[Event]:
    return [event_from(*row[3:]) for row in rows]


def _studied(learner_id: int, answers: Mapping[date, int], day: date) -> Studied:
    days = sorted(one for one, count in answers.items() if count > 0)
    desk = db.session.execute(select(Desk.back_on, Desk.choices).where(Desk.learner_id == learner_id)).first()
    back_on, chosen = (None, 0) if desk is None else (desk[0], desk[1] & TAGS)
    first = day - timedelta(days=KNOWN_DAYS - 1)
    known = {one: count for one, count in answers.items() if first <= one <= day and count > 0}
    return Studied(days[0] if days else None, days[-1] if days else None, back_on, chosen, known)


def _topic_differences(learner_id: int, known: Known) -> Iterator[str]:
    stored = db.session.scalars(select(TopicStanding).where(TopicStanding.learner_id == learner_id))
    kept = {row.topic: tuple(getattr(row, name) for name in facts.TopicNow._fields) for row in stored}
    wanted = {row.topic: tuple(row) for row in known.topics}
    for topic in sorted(kept.keys() | wanted.keys()):
        if kept.get(topic) != wanted.get(topic):
            yield f"learner {learner_id}, {topic}: kept {kept.get(topic)}, the log gives {wanted.get(topic)}"


def _belief_differences(learner_id: int, known: Known) -> Iterator[str]:
    stored = db.session.scalars(select(Belief).where(Belief.learner_id == learner_id))
    kept = {facts.BeliefNow(row.card_id, row.misconception, row.day, row.version) for row in stored}
    for one in sorted(kept ^ set(known.beliefs)):
        is_kept = "is kept, the log knows nothing of it" if one in kept else "is missing"
        yield f"learner {learner_id}, card {one.card_id}: the belief {one.misconception} of {one.day} {is_kept}"


def _day_differences(cohort_id: int) -> Iterator[str]:
    stored = db.session.scalars(select(CohortDay).where(CohortDay.cohort_id == cohort_id))
    names = [column.key for column in CohortDay.__mapper__.column_attrs]
    kept = {row.day: {name: getattr(row, name) for name in names} for row in stored}
    wanted = {row["day"]: row for row in refreshing.days_of(cohort_id, refreshing.FIRST_DAY)}
    for day in sorted(kept.keys() | wanted.keys()):
        if kept.get(day) != wanted.get(day):
            yield f"cohort {cohort_id}, {day}: the day differs from the sum of its members' days"
