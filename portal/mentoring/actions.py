"""What a mentor does about a learner, and what the learner answers."""

import json
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Cohort
from portal.db import db
from portal.mentoring.models import MentorNote, Nudge, Snooze
from quizzes.thresholds import EVERY, Thresholds


class SentAlready(Exception):
    """This form was sent before, and what it said is kept."""


def send_nudge(
    mentor_id: int, cohort_id: int, learner_id: int, token: str, rule: str, text: str, day: date, moment: datetime
) -> None:
    """Write to a learner about a reason; `day` is their day. Raises SentAlready."""
    sent = Nudge(mentor_id=mentor_id, cohort_id=cohort_id, learner_id=learner_id, token=token, rule=rule)
    sent.text, sent.day, sent.sent_at = text, day, moment
    _keep_once(sent)


def write_note(mentor_id: int, cohort_id: int, learner_id: int, token: str, text: str, moment: datetime) -> None:
    """Keep a note for the mentors of the cohort. Raises SentAlready."""
    note = MentorNote(author_id=mentor_id, cohort_id=cohort_id, learner_id=learner_id, token=token, text=text)
    note.written_at = moment
    _keep_once(note)


def _keep_once(row: Nudge | MentorNote) -> None:
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as problem:
        db.session.rollback()
        raise SentAlready from problem


def remove_note(author_id: int, cohort_id: int, learner_id: int, note_id: int) -> bool:
    """Remove a note of one's own; False when there is none."""
    mine = (MentorNote.author_id == author_id, MentorNote.cohort_id == cohort_id, MentorNote.learner_id == learner_id)
    note = db.session.scalar(select(MentorNote).where(MentorNote.id == note_id, *mine))
    if note is not None:
        db.session.delete(note)
    return note is not None


def snooze(
    mentor_id: int, cohort_id: int, learner_id: int, reason: str, day: date, until_on: date, moment: datetime
) -> None:
    """Leave a learner in peace until a day; takes the place of a snooze that holds. `day` is their day."""
    wake(cohort_id, learner_id, moment)
    put = Snooze(mentor_id=mentor_id, cohort_id=cohort_id, learner_id=learner_id, reason=reason, day=day)
    put.until_on, put.made_at, put.ended_at = until_on, moment, None
    db.session.add(put)
    try:
        db.session.flush()
    except IntegrityError:  # another mentor did the same in this moment: theirs holds
        db.session.rollback()


def wake(cohort_id: int, learner_id: int, moment: datetime) -> None:
    """End a snooze before its day."""
    held = (Snooze.cohort_id == cohort_id, Snooze.learner_id == learner_id, Snooze.ended_at.is_(None))
    ended = update(Snooze).where(*held).values(ended_at=moment)
    db.session.execute(ended, execution_options={"synchronize_session": False})


def mark_seen(message: Nudge, moment: datetime) -> None:
    """The learner has seen a message."""
    message.seen_at = message.seen_at or moment


def answer_message(message: Nudge, text: str, moment: datetime) -> None:
    """The learner answers; a second answer takes the place of the first."""
    mark_seen(message, moment)
    message.answer, message.answered_at = text, moment


def change_rules(cohort: Cohort, thresholds: Thresholds) -> bool:
    """Keep the thresholds of a cohort; False when they are what they were. The refresher works its reasons out anew."""
    values = {one.name: getattr(thresholds, one.name) for one in EVERY}
    rules = json.dumps({one.name: values[one.name] for one in EVERY if values[one.name] != one.default})
    if rules == cohort.rules:
        return False
    cohort.rules, cohort.rules_version = rules, cohort.rules_version + 1
    return True
