"""How long a learner studied: by day, by topic, session by session."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select

from portal.db import db
from portal.journal.models import Entry
from portal.quizzes.models import Card, CardState, LogRow, ReviewDay
from portal.study.models import StudySession
from quizzes.ledger import MS_CAP, Kind

MINUTE = 60_000  # ms
RECENT = 10
_CAPPED = case((LogRow.ms > MS_CAP, MS_CAP), else_=LogRow.ms)


def minutes_by_day(learner_id: int, first: date, last: date) -> dict[date, int]:
    """Minutes studied on each day from `first` to `last` that has any, both included, rounded up; none twice.

    Measured are reviews (`review_days.ms`) and what the timer ran beside them. The minutes in the journal are what
    the learner says of a whole day: its form begins with the review time. So a day counts what was measured or what
    was written, whichever is more. A session that still runs counts when it ends, for the day it began.
    """
    measured = _review_ms(learner_id, first, last)
    for session in _ended(learner_id, first, last):
        measured[session.day] += _beside_reviews(session)
    written = (
        select(Entry.day, func.sum(Entry.minutes))
        .where(Entry.learner_id == learner_id, Entry.day.between(first, last), Entry.deleted_at.is_(None))
        .group_by(Entry.day)
    )
    for day, minutes in db.session.execute(written):
        measured[day] = max(measured[day], (minutes or 0) * MINUTE)
    return {day: -(-ms // MINUTE) for day, ms in sorted(measured.items()) if ms}


def _review_ms(learner_id: int, first: date, last: date) -> defaultdict[date, int]:
    of_days = (ReviewDay.learner_id == learner_id, ReviewDay.day.between(first, last))
    return defaultdict(int, db.session.execute(select(ReviewDay.day, ReviewDay.ms).where(*of_days)).all())


def _ended(learner_id: int, first: date, last: date) -> Sequence[StudySession]:
    of_days = (StudySession.learner_id == learner_id, StudySession.day.between(first, last))
    return db.session.scalars(select(StudySession).where(*of_days, StudySession.ended_at.is_not(None))).all()


def _beside_reviews(session: StudySession) -> int:
    return max(0, (session.minutes or 0) * MINUTE - session.review_ms)


def minutes_by_topic(learner_id: int, first: date, last: date) -> dict[str, int]:
    """Minutes for each topic, the longest first: answers to its cards, and sessions about it without those answers.

    Reads the log of these days, so ask for weeks, and `minutes_by_topic_ever` for all.
    """
    spent = (
        select(Card.topic, func.sum(_CAPPED))
        .join(Card, Card.id == LogRow.card_id)
        .where(LogRow.learner_id == learner_id, LogRow.day.between(first, last), LogRow.kind == Kind.ANSWER.value)
        .group_by(Card.topic)
    )
    by_topic = defaultdict(int, {topic: int(ms) for topic, ms in db.session.execute(spent)})
    return _with_sessions(by_topic, _ended(learner_id, first, last))


def minutes_by_topic_ever(learner_id: int, last: date) -> dict[str, int]:
    """The same for all days up to `last`, flat in the length of the log: an estimate for the reviews.

    Their whole time (exact) is shared out among topics by how often their cards were reviewed.
    """
    times = (
        select(Card.topic, func.sum(CardState.reviews) + func.count())
        .join(Card, Card.id == CardState.card_id)
        .where(CardState.learner_id == learner_id, CardState.due_on.is_not(None))
        .group_by(Card.topic)
    )
    counts = {topic: int(count) for topic, count in db.session.execute(times)}
    whole = sum(_review_ms(learner_id, date.min, last).values())
    each = whole / (sum(counts.values()) or 1)
    by_topic = defaultdict(int, {topic: round(count * each) for topic, count in counts.items()})
    return _with_sessions(by_topic, _ended(learner_id, date.min, last))


def _with_sessions(by_topic: defaultdict[str, int], sessions: Sequence[StudySession]) -> dict[str, int]:
    for session in sessions:
        if session.topic is not None:
            by_topic[session.topic] += _beside_reviews(session)
    longest = sorted(by_topic.items(), key=lambda pair: (-pair[1], pair[0]))
    return {topic: max(1, round(ms / MINUTE)) for topic, ms in longest if ms}


def running_session(learner_id: int) -> StudySession | None:
    """The session that runs, on whatever device it was started."""
    of_learner = (StudySession.learner_id == learner_id, StudySession.ended_at.is_(None))
    return db.session.scalar(select(StudySession).where(*of_learner))


def find_session(learner_id: int, session_id: int) -> StudySession | None:
    """One of this learner's sessions."""
    return db.session.scalar(
        select(StudySession).where(StudySession.id == session_id, StudySession.learner_id == learner_id)
    )


def recent_sessions(learner_id: int) -> Sequence[StudySession]:
    """The latest sessions that ended, the latest first."""
    statement = select(StudySession).where(StudySession.learner_id == learner_id, StudySession.ended_at.is_not(None))
    return db.session.scalars(statement.order_by(StudySession.day.desc(), StudySession.id.desc()).limit(RECENT)).all()


def review_ms_between(learner_id: int, day: date, start: datetime, end: datetime) -> int:
    """The time of the answers a learner gave between two moments, those that were taken back left out.

    `day` is the learner's day at the start; the index finds the log by days.
    """
    last = day + (end - start) + timedelta(days=1)
    given = (
        select(LogRow.card_id, LogRow.version, LogRow.kind, LogRow.takes_back, LogRow.ms)
        .where(LogRow.learner_id == learner_id, LogRow.day.between(day, last), LogRow.at.between(start, end))
        .order_by(LogRow.id)
    )
    spent: dict[tuple[int, int], int] = {}
    for card_id, version, kind, takes_back, ms in db.session.execute(given):
        if kind == Kind.ANSWER:
            spent[card_id, version] = min(ms, MS_CAP)
        elif kind == Kind.UNDO:
            spent = {key: ms for key, ms in spent.items() if key[0] != card_id or key[1] < (takes_back or 0)}
    return sum(spent.values())
