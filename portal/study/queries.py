"""How long a learner studied: by day, by topic, session by session."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.db import db
from portal.journal.models import Entry
from portal.quizzes.catalogue import chosen_by, is_for
from portal.quizzes.models import Card, CardState, Deck, LogRow, ReviewDay
from portal.study.models import StudySession
from quizzes.choosing import choices_from
from quizzes.forecast import ALWAYS, Known, Try
from quizzes.ledger import MS_CAP, Kind
from quizzes.sm2 import Schedule

MINUTE = 60_000  # ms
RECENT = 10
LATEST = 400  # rows of the log that a learner's pace is measured over
_CAPPED = case((LogRow.ms > MS_CAP, MS_CAP), else_=LogRow.ms)


def minutes_by_day(learner_id: int, first: date, last: date) -> dict[date, int]:
    """Minutes studied on each day from `first` to `last` that has any, both included, rounded up; none twice.

    Measured are reviews (`review_days.ms`) and what the timer ran beside them. The minutes in the journal are what
    the learner says of a whole day: its form begins with the review time. So a day counts what was measured or what
    was written, whichever is more. A session that still runs counts when it ends, for the day it began.
    """
    return minutes_of_many([learner_id], first, last).get(learner_id, {})


def minutes_of_many(learner_ids: Sequence[int], first: date, last: date) -> dict[int, dict[date, int]]:
    """The same for several learners who have any, in three statements."""
    measured: defaultdict[tuple[int, date], int] = defaultdict(int)
    of_days = (ReviewDay.learner_id.in_(learner_ids), ReviewDay.day.between(first, last))
    reviewed = select(ReviewDay.learner_id, ReviewDay.day, ReviewDay.ms).where(*of_days)
    for learner_id, day, ms in db.session.execute(reviewed):
        measured[learner_id, day] = ms
    sessions = (StudySession.learner_id.in_(learner_ids), StudySession.day.between(first, last))
    for session in db.session.scalars(select(StudySession).where(*sessions, StudySession.ended_at.is_not(None))):
        measured[session.learner_id, session.day] += _beside_reviews(session)
    written = (
        select(Entry.learner_id, Entry.day, func.sum(Entry.minutes))
        .where(Entry.learner_id.in_(learner_ids), Entry.day.between(first, last), Entry.deleted_at.is_(None))
        .group_by(Entry.learner_id, Entry.day)
    )
    for learner_id, day, minutes in db.session.execute(written):
        measured[learner_id, day] = max(measured[learner_id, day], (minutes or 0) * MINUTE)
    found: dict[int, dict[date, int]] = {}
    for (learner_id, day), ms in sorted(measured.items()):
        if ms:
            found.setdefault(learner_id, {})[day] = -(-ms // MINUTE)
    return found


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


@dataclass(frozen=True, slots=True)
class DeckLeft:
    """A deck, and how many of its cards a learner has not learnt yet; `choices` are the bits of what they chose."""

    id: str
    title: str
    step: int
    fresh: int
    choices: int

    @property
    def is_paused(self) -> bool:
        """Whether its new cards are held back with its step."""
        return self.step in choices_from(self.choices).paused


def known_cards(learner_id: int, day: date) -> list[Known]:
    """The cards a learner has learnt, as a forecast from `day` on needs them; those put aside left out."""
    columns = (CardState.ease, CardState.interval_days, CardState.repetitions, CardState.show_on, CardState.last_on)
    kept = select(*columns).where(CardState.learner_id == learner_id, CardState.show_on.is_not(None))
    return [
        Known(Schedule(ease, interval, repetitions), (show_on - day).days, (day - (last_on or day)).days)
        for ease, interval, repetitions, show_on, last_on in db.session.execute(kept)
        if show_on is not None
    ]


def latest_tries(learner_id: int) -> list[Try]:
    """What became of the cards a learner met last, oldest first: what their pace is measured by.

    At most LATEST rows of the log, whatever its length; of the oldest day only if it is there whole.
    """
    before = aliased(LogRow)
    is_before = and_(
        before.learner_id == LogRow.learner_id, before.card_id == LogRow.card_id, before.version == LogRow.version - 1
    )
    rows = db.session.execute(
        select(LogRow.day, LogRow.card_id, LogRow.kind, LogRow.grade, LogRow.ms, before.interval_days, before.due_on)
        .outerjoin(before, is_before)
        .where(LogRow.learner_id == learner_id, LogRow.kind.in_((Kind.ANSWER.value, Kind.REGRADE.value)))
        .order_by(LogRow.day.desc(), LogRow.id.desc())
        .limit(LATEST)
    ).all()
    cut = rows[-1].day if len(rows) == LATEST else None
    tries: dict[tuple[date, int], Try] = {}
    for day, card_id, kind, grade, ms, interval, due_on in reversed(rows):
        if day == cut:
            continue
        seen = tries.get((day, card_id))
        if kind == Kind.REGRADE:
            if seen is not None:
                tries[day, card_id] = Try(seen.interval_days, seen.elapsed, grade or 0, seen.seconds)
        elif seen is not None:
            tries[day, card_id] = Try(seen.interval_days, seen.elapsed, seen.grade, seen.seconds + _seconds(ms))
        elif due_on is None:
            tries[day, card_id] = Try(0, 0, grade or 0, _seconds(ms))
        elif due_on <= day:
            tries[day, card_id] = Try(interval, interval + (day - due_on).days, grade or 0, _seconds(ms))
    return list(tries.values())


def _seconds(ms: int) -> float:
    return min(ms, MS_CAP) / 1000


def weekday_shares(learner_id: int, day: date) -> tuple[float, ...]:
    """The share of each weekday, Monday first, on which a learner answered cards in the four weeks before `day`.

    1 for every day where less than two weeks or no day at all are known.
    """
    first = day - timedelta(days=28)
    known = db.session.scalar(select(func.min(ReviewDay.day)).where(ReviewDay.learner_id == learner_id))
    of_days = (ReviewDay.learner_id == learner_id, ReviewDay.day >= first, ReviewDay.day < day, ReviewDay.answers > 0)
    days = db.session.scalars(select(ReviewDay.day).where(*of_days)).all()
    if known is None or not days or (day - known).days < 14:
        return ALWAYS
    weeks = min(4, (day - known).days // 7)
    counts = [sum(one.weekday() == weekday for one in days) for weekday in range(7)]
    return tuple(min(1.0, count / weeks) for count in counts)


def decks_left(learner_id: int) -> list[DeckLeft]:
    """All decks, in roadmap order, with what is new in them for this learner, of the language they chose."""
    of_learner = and_(CardState.card_id == Card.id, CardState.learner_id == learner_id)
    is_new = or_(CardState.card_id.is_(None), and_(CardState.due_on.is_(None), CardState.is_suspended.is_(False)))
    fresh = func.sum(case((and_(is_new, is_for(learner_id)), 1), else_=0))
    statement = (
        select(Deck.id, Deck.title, Deck.step, fresh, chosen_by(learner_id))
        .join(Card, and_(Card.deck_id == Deck.id, Card.is_active, Card.position > 0))  # not learners' own cards
        .outerjoin(CardState, of_learner)
        .group_by(Deck.id, Deck.title, Deck.step)
        .order_by(Deck.step, Deck.id)
    )
    return [DeckLeft(*row) for row in db.session.execute(statement)]
