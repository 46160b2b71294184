"""What learners do with their timer. Nothing here commits."""

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, text

from portal.db import DayNumber, UTCDateTime, db
from portal.study import queries
from portal.study.models import MOST_MINUTES, StudySession

_INSERT = text(
    "INSERT INTO study_sessions (learner_id, token, topic, day, started_at, seen_at, review_ms, is_corrected)"
    " VALUES (:learner_id, :token, :topic, :day, :started_at, :started_at, 0, :is_corrected)"
    " ON CONFLICT DO NOTHING"
).bindparams(bindparam("day", type_=DayNumber()), bindparam("started_at", type_=UTCDateTime()))


def start_session(learner_id: int, token: str, topic: str | None, day: date, moment: datetime) -> None:
    """Start the timer. Where one runs, or this form was sent before, nothing happens: the database knows both."""
    values = {"learner_id": learner_id, "token": token, "topic": topic, "day": day, "started_at": moment}
    db.session.execute(_INSERT, {**values, "is_corrected": False})


def stop_session(session: StudySession, moment: datetime) -> None:
    """Stop the timer; what it ran counts. A session that was stopped before stays as it is."""
    if session.ended_at is not None:
        return
    session.minutes = min(MOST_MINUTES, round(session.seconds(moment) / 60))
    _end(session, moment)


def go_on(session: StudySession, moment: datetime) -> None:
    """The learner says that a long session is no forgotten one."""
    if session.ended_at is None:
        session.seen_at = moment


def correct_session(session: StudySession, minutes: int, topic: str | None) -> None:
    """Count what the learner says instead of what the clock said; one that runs ends after so many minutes."""
    if session.ended_at is None:
        _end(session, session.started_at + timedelta(minutes=minutes))
    session.minutes, session.topic, session.is_corrected = minutes, topic, True


def _end(session: StudySession, moment: datetime) -> None:
    session.review_ms = queries.review_ms_between(session.learner_id, session.day, session.started_at, moment)
    session.ended_at = moment
