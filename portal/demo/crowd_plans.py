"""Plans of the demonstration's thirty, and the hours they studied beside their cards."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from portal.db import db
from portal.demo.entries import digest
from portal.demo.people import Learner, StudiedDay
from portal.login import Me
from portal.plan import actions, queries
from portal.plan.actions import Wish
from portal.plan.outlook import outlook
from portal.quizzes.moving import move_cards
from portal.study.models import StudySession
from quizzes.kinds import Character, Kind, presence
from quizzes.pacing import Break
from quizzes.smoothing import around, smooth

AGREED = timedelta(days=35)  # ago: when they last looked at the end of their plan
HOLIDAY = 14  # days
A_PAUSE = timedelta(minutes=5)  # between the last card and what comes after it
LEAST = 10  # minutes: nobody starts a timer for less


def keep_plan(learner: Learner, character: Character, week: Sequence[int], behind: int, until: date) -> None:
    """A plan of these hours since the learner came, and the study that came of it.

    `behind`: by how many days its end has moved, besides the length of a pause.
    """
    if not week or not learner.studied:
        return
    _study(learner, week, presence(character.kind))
    first = learner.studied[0]
    wish = Wish("casual", first.day, tuple(week), (), False)
    actions.save_plan(learner.id, wish, None, first.day, first.ended_at)
    if character.kind is Kind.AWAY:
        _go_away(learner, character, until)
    plan = queries.find_plan(learner.id)
    assert plan is not None, "it was just saved"
    ends_on = outlook(plan, queries.hours(learner.id), queries.breaks(learner.id), until).ends_on
    late = timedelta(days=behind + (0 if character.kind is Kind.AWAY else character.away))
    agreed_at = max(first.ended_at, learner.studied[-1].ended_at - AGREED)
    actions.agree(learner.id, ends_on and ends_on - late, agreed_at)


def _study(learner: Learner, week: Sequence[int], share: float) -> None:
    """A session behind the cards of each day that has hours, so that `share` of what was planned is studied."""
    if rows := list(_sessions(learner, week, share)):
        db.session.execute(insert(StudySession), rows)


def _sessions(learner: Learner, week: Sequence[int], share: float) -> Iterator[dict[str, Any]]:
    for number, day in enumerate(learner.studied):
        weekday = day.day.weekday()
        wanted = share * week[weekday] / max(0.5, learner.habit.weekdays[weekday])
        minutes = round(wanted * (0.9 + 0.2 * _luck(learner, day)) - day.lived.tally.ms / 60_000)
        if minutes >= LEAST:
            yield _session(learner, day, number, minutes)


def _session(learner: Learner, day: StudiedDay, number: int, minutes: int) -> dict[str, Any]:
    start = day.ended_at + A_PAUSE
    ends = start + timedelta(minutes=minutes)
    of_it = {"learner_id": learner.id, "token": f"demo-{number}", "topic": next(iter(day.topics)), "day": day.day}
    times = {"started_at": start, "seen_at": start, "ended_at": ends, "minutes": minutes}
    return of_it | times | {"review_ms": 0, "is_corrected": False}


def _luck(learner: Learner, day: StudiedDay) -> float:
    return digest(learner.seed, "beside", day.day)[0] / 256


def _go_away(learner: Learner, character: Character, until: date) -> None:
    """Book the holiday on the evening of the last day of study, and move the cards that come due in it."""
    pause = character.pause(until)
    assert pause is not None, "who is away has gone away"
    gone = Break(pause.first, pause.first + timedelta(days=HOLIDAY - 1))
    last = learner.studied[-1]
    due = queries.due_in(learner.id, gone.first, gone.last)
    days = around(gone, queries.pace_of(queries.hours(learner.id), ()), last.day)
    moves = smooth(due, queries.due_counts(learner.id, gone.first - timedelta(days=30), days[1][-1]), *days)
    actions.book_break(learner.id, gone.first, gone.last)
    who = Me("", 0, last.ended_at, learner.id, "", "", "learner", learner.habit.zone, 4, 0, False)
    move_cards(who, moves, last.day, last.ended_at + 2 * A_PAUSE)
