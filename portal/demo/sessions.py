"""What the timers of invented learners measured: around their cards, and on days of building without any."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.demo.entries import digest
from portal.demo.people import Learner, StudiedDay
from portal.demo.year import Year
from portal.study import actions, queries

TIMED, CORRECTED, BUILT = 0.6, 0.08, 0.22  # shares: of days with cards, of sessions, of days without cards
A_PAUSE = timedelta(minutes=30)


class Timed(NamedTuple):
    """A session: the learner's day, what it was about, from when to when, and (corrected) how many minutes count."""

    day: date
    topic: str | None
    start: datetime
    end: datetime
    minutes: int | None


def keep_sessions(learner: Learner, year: Year) -> int:
    """Start and stop the timer on most days of study; the number of sessions."""
    days = {day.day: day for day in learner.studied}
    sessions = sorted(_sessions(learner, year, days), key=lambda session: session.start)
    for number, session in enumerate(sessions):
        token = f"demo-{learner.id}-{number}"
        actions.start_session(learner.id, token, session.topic, session.day, session.start)
        running = queries.running_session(learner.id)
        assert running is not None, "it was just started"
        actions.stop_session(running, session.end)
        if session.minutes is not None:
            actions.correct_session(running, session.minutes, session.topic)
    return len(sessions)


def _sessions(learner: Learner, year: Year, days: dict[date, StudiedDay]) -> Iterator[Timed]:
    topic: str | None = None
    for lived in learner.lived:
        luck = _luck(learner, "timed", lived.day)
        if lived.day in days:
            topic = next(iter(days[lived.day].topics), topic)
            if luck < TIMED:
                yield _around_cards(learner, days[lived.day])
        elif luck < BUILT * learner.habit.diligence(lived.day) and lived.day > year.first:
            yield _building(learner, lived.day, topic)


def _around_cards(learner: Learner, day: StudiedDay) -> Timed:
    """From some minutes before the first card to some time behind the last one of the same sitting."""
    moments = [act.event.at for act in day.lived.acts]
    ends = next((one for one, other in pairwise(moments) if other - one > A_PAUSE), moments[-1])
    start = moments[0] - timedelta(milliseconds=day.lived.acts[0].event.ms, seconds=40)
    reading = timedelta(minutes=4 + 40 * _luck(learner, "reading", day.day))
    minutes = (
        15 + 5 * int(6 * _luck(learner, "minutes", day.day)) if _luck(learner, "odd", day.day) < CORRECTED else None
    )
    return Timed(day.day, next(iter(day.topics), None), start, ends + reading, minutes)


def _building(learner: Learner, day: date, topic: str | None) -> Timed:
    """A day on the project: no cards, an hour or two."""
    hour, minute = 9 + int(10 * _luck(learner, "hour", day)), int(60 * _luck(learner, "minute", day))
    start = datetime.combine(day, time(hour, minute), ZoneInfo(learner.habit.zone)).astimezone(UTC)
    return Timed(day, topic, start, start + timedelta(minutes=35 + 90 * _luck(learner, "long", day)), None)


def _luck(learner: Learner, *names: object) -> float:
    return int.from_bytes(digest(learner.seed, *names)[:4], "big") / 2**32
