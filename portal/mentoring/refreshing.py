"""Standings kept in step with what happens: who is behind, and how what is kept of them is written anew.

A standing is behind when its learner has a newer row in the log, has reached another day, studied, wrote, planned or
chose another language since, or when the cohort's thresholds changed. Everything is worked out from one state of the
database and names the row of the log it knows (`seen`), so whatever is overtaken by an answer is simply behind again.
Nothing here commits: portal.mentoring.refresher does, in short transactions.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, and_, case, delete, exists, func, insert, or_, select, tuple_, type_coerce

from portal.accounts.models import Cohort, Membership, User
from portal.db import db
from portal.journal.models import Entry
from portal.mentoring.facts import LATE, Known, known_of, newest_of
from portal.mentoring.models import Belief, CohortDay, Standing, TopicStanding
from portal.plan.models import Plan
from portal.quizzes.models import Desk, ReviewDay
from portal.study.models import StudySession
from quizzes.choosing import TAGS
from quizzes.day import day_of, never_earlier
from quizzes.needs import needs, score, write_reasons
from quizzes.observed import PLAN_DAYS
from quizzes.thresholds import EVERY, Thresholds, thresholds_from
from quizzes.wins import wins

FIRST_DAY = date(1970, 1, 1)
WRITING = (0x506F7274, 1)  # "Port": the lock of whoever writes standings
REFRESHING = (0x506F7274, 2)  # and of whoever refreshes them all the time
UNDER_WAY = timedelta(seconds=10)  # what is saved while we read says an earlier moment than ours
IS_CURRENT = (Membership.ended_at.is_(None), Cohort.archived_at.is_(None))
IS_SAME = and_(Standing.cohort_id == Membership.cohort_id, Standing.learner_id == Membership.learner_id)


@dataclass(frozen=True, slots=True)
class Late:
    """A learner whose standing in a cohort is behind; `since`: the first day of theirs that may have changed."""

    learner_id: int
    cohort_id: int
    day: date
    since: date


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written of some learners; `rows` are those of Standing."""

    known: Sequence[Known]
    rows: Sequence[dict[str, Any]]


def behind(moment: datetime, of_all: bool = False) -> list[Late]:
    """Every learner of a cohort whose standing is behind, by day and learner. Reads a few rows a learner at most.

    `of_all`: everybody in a cohort.
    """
    columns = (User.zone, User.rollover_hour, Desk.last_on, Standing.as_of)
    held = (
        select(Membership.learner_id, Membership.cohort_id, Membership.starts_on, *columns, _has_changed())
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .join(User, User.id == Membership.learner_id)
        .outerjoin(Desk, Desk.learner_id == Membership.learner_id)
        .outerjoin(Standing, IS_SAME)
        .where(*IS_CURRENT)
    )
    latest = max((day_of(moment, *place) for place in _places()), default=FIRST_DAY)
    is_late = or_(Standing.as_of.is_(None), Standing.as_of < latest, _has_changed())
    found = []
    for learner_id, cohort_id, starts_on, zone, hour, last_on, as_of, has_changed in db.session.execute(
        held if of_all else held.where(is_late)
    ):
        day = never_earlier(day_of(moment, zone, hour), last_on)
        if as_of is None:
            found.append(Late(learner_id, cohort_id, day, starts_on))
        elif of_all or has_changed or as_of < day:
            found.append(Late(learner_id, cohort_id, max(day, as_of), as_of - timedelta(days=LATE)))
    return sorted(found, key=lambda one: (one.day, one.learner_id, one.cohort_id))


def _places() -> Sequence[Any]:
    """The zones and hours of everybody in a cohort: a few, however many people."""
    mine = select(Membership.learner_id).where(Membership.ended_at.is_(None))
    return db.session.execute(select(User.zone, User.rollover_hour).where(User.id.in_(mine)).distinct()).all()


def _has_changed() -> Any:
    """A new answer, name, plan or choice of language, other thresholds, or minutes measured or written since."""
    first = type_coerce(Standing.as_of, Integer) - PLAN_DAYS
    sessions = (StudySession.learner_id == Standing.learner_id, type_coerce(StudySession.day, Integer) >= first)
    entries = (Entry.learner_id == Standing.learner_id, type_coerce(Entry.day, Integer) >= first)
    is_later = or_(Entry.changed_at >= Standing.written_at, Entry.deleted_at >= Standing.written_at)
    return or_(
        Standing.seen != newest_of(Membership.learner_id),
        Standing.name != User.name,
        Standing.rules_version != Cohort.rules_version + func.coalesce(Desk.choices, 0).bitwise_and(TAGS),
        exists().where(Plan.learner_id == Standing.learner_id, Plan.changed_at >= Standing.written_at),
        exists().where(*sessions, StudySession.ended_at >= Standing.written_at),
        exists().where(*entries, is_later),
    )


def look_at(late: Sequence[Late], moment: datetime) -> Batch:
    """What is to be kept of these learners, all on one day of theirs, in all their cohorts. Reads only."""
    learner_ids, day = {one.learner_id for one in late}, late[0].day
    newest_rows = select(User.id, newest_of(User.id)).where(User.id.in_(learner_ids))
    newest = {learner_id: int(newest) for learner_id, newest in db.session.execute(newest_rows)}
    known = known_of(newest, day)
    return Batch(known, standings_of(known, moment))


def standings_of(known: Sequence[Known], moment: datetime) -> list[dict[str, Any]]:
    """The rows of Standing for these learners, one for each cohort they belong to now."""
    by_learner = {one.learner_id: one for one in known}
    held = (
        select(Membership.cohort_id, Membership.learner_id, Membership.starts_on, User.name)
        .add_columns(Cohort.rules, Cohort.rules_version)
        .join(User, User.id == Membership.learner_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(*IS_CURRENT, Membership.learner_id.in_(by_learner))
    )
    rows = []
    for cohort_id, learner_id, starts_on, name, rules, rules_version in db.session.execute(held):
        one, limits = by_learner[learner_id], limits_of(rules)
        facts = replace(one.facts, joined_on=starts_on)
        reasons = needs(facts, limits)
        rows.append(
            one.columns
            | {"cohort_id": cohort_id, "learner_id": learner_id, "name": name}
            | {"rules_version": rules_version + one.chosen}
            | {"need": score(reasons), "reasons": write_reasons(reasons), "wins": write_reasons(wins(facts, limits))}
            | {"written_at": moment - UNDER_WAY}
        )
    return rows


@lru_cache(maxsize=256)
def limits_of(rules: str) -> Thresholds:
    """The thresholds of a cohort, from what it keeps of them. A threshold that is no more says nothing."""
    names = {one.name for one in EVERY}
    return thresholds_from({name: value for name, value in json.loads(rules).items() if name in names})


def write(batch: Batch) -> None:
    """Replace what is kept of these learners."""
    learner_ids = [one.learner_id for one in batch.known]
    _serialise()
    for table in (Standing, TopicStanding, Belief):
        db.session.execute(delete(table).where(table.learner_id.in_(learner_ids)))
    _insert(Standing, batch.rows)
    _insert(
        TopicStanding, [{"learner_id": one.learner_id} | row._asdict() for one in batch.known for row in one.topics]
    )
    _insert(Belief, [{"learner_id": one.learner_id} | row._asdict() for one in batch.known for row in one.beliefs])


def _insert(table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """In one statement: given the class, SQLAlchemy would write one for every pattern of values that are None."""
    if rows:
        keys = {attribute.key: attribute.columns[0].key for attribute in table.__mapper__.column_attrs}
        db.session.execute(insert(table.__table__), [{keys[key]: value for key, value in row.items()} for row in rows])


def _serialise() -> None:
    """On PostgreSQL two of us may write the same rows: the second one waits for the first. SQLite has one writer."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(*WRITING)))


def former() -> list[tuple[int, int]]:
    """(cohort, learner) of standings that belong to nobody who is in the cohort now."""
    current = select(Membership.id).join(Cohort, Cohort.id == Membership.cohort_id).where(*IS_CURRENT, IS_SAME)
    kept = select(Standing.cohort_id, Standing.learner_id).where(~current.exists())
    return [(cohort_id, learner_id) for cohort_id, learner_id in db.session.execute(kept)]


def forget(pairs: Sequence[tuple[int, int]]) -> None:
    """Drop what was kept of these members, and of whoever is in no cohort any more."""
    for start in range(0, len(pairs), 500):
        some = tuple_(Standing.cohort_id, Standing.learner_id).in_(pairs[start : start + 500])
        db.session.execute(delete(Standing).where(some))
    learner_ids = sorted({learner_id for _, learner_id in pairs})
    for table in (TopicStanding, Belief):
        standing = exists().where(Standing.learner_id == table.learner_id)
        for start in range(0, len(learner_ids), 500):
            some = table.learner_id.in_(learner_ids[start : start + 500])
            db.session.execute(delete(table).where(some, ~standing))


def cohort_ids() -> list[int]:
    """Every cohort, archived ones too: nobody is in those."""
    return list(db.session.scalars(select(Cohort.id).order_by(Cohort.id)))


def days_of(cohort_id: int, since: date) -> list[dict[str, Any]]:
    """The rows of CohortDay from this day on: what those who are in the cohort now did since their start in it."""
    of_cohort = (Membership.cohort_id == cohort_id, *IS_CURRENT)
    starts = select(Membership.starts_on).join(Cohort, Cohort.id == Membership.cohort_id).where(*of_cohort)
    began = sorted(db.session.scalars(starts))
    sums = (
        select(ReviewDay.day, func.sum(case((ReviewDay.answers > 0, 1), else_=0)))
        .add_columns(func.sum(ReviewDay.answers), func.sum(ReviewDay.right), func.sum(ReviewDay.ms))
        .join(Membership, Membership.learner_id == ReviewDay.learner_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(*of_cohort, ReviewDay.day >= since, ReviewDay.day >= Membership.starts_on)
        .group_by(ReviewDay.day)
        .order_by(ReviewDay.day)
    )
    return [
        {"cohort_id": cohort_id, "day": day, "members": sum(start <= day for start in began)}
        | {"active": int(active), "answers": int(answers), "right": int(right), "ms": int(ms)}
        for day, active, answers, right, ms in db.session.execute(sums)
        if active
    ]


def write_days(cohort_id: int, since: date, rows: Sequence[dict[str, Any]]) -> None:
    """Replace the days of a cohort from this one on."""
    _serialise()
    db.session.execute(delete(CohortDay).where(CohortDay.cohort_id == cohort_id, CohortDay.day >= since))
    _insert(CohortDay, rows)


def days_to_write(late: Iterable[Late], gone: Iterable[tuple[int, int]]) -> dict[int, date]:
    """Since when the days of which cohort may have changed."""
    since: dict[int, date] = defaultdict(lambda: date.max)
    for one in late:
        since[one.cohort_id] = min(since[one.cohort_id], one.since)
    return dict(since) | {cohort_id: FIRST_DAY for cohort_id, _ in gone}
