"""How long a learner studied, by day."""

from collections import defaultdict
from datetime import date

from sqlalchemy import func, select

from portal.db import db
from portal.journal.models import Entry
from portal.quizzes.models import ReviewDay

MINUTE = 60_000  # ms


def minutes_by_day(learner_id: int, first: date, last: date) -> dict[date, int]:
    """Minutes studied on each day from `first` to `last` that has any: measured or written, whichever is more."""
    of_days = (ReviewDay.learner_id == learner_id, ReviewDay.day.between(first, last))
    rows = db.session.execute(select(ReviewDay.day, ReviewDay.ms).where(*of_days)).all()
    measured: defaultdict[date, int] = defaultdict(int, dict(rows))
    written = (
        select(Entry.day, func.sum(Entry.minutes))
        .where(Entry.learner_id == learner_id, Entry.day.between(first, last), Entry.deleted_at.is_(None))
        .group_by(Entry.day)
    )
    for day, minutes in db.session.execute(written):
        measured[day] = max(measured[day], (minutes or 0) * MINUTE)
    return {day: -(-ms // MINUTE) for day, ms in sorted(measured.items()) if ms}
