"""A learner as their mentor sees them: days, plan, topics, time, hard cards, projects, beside their own past."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from portal.accounts.queries import Member
from portal.db import DayNumber, db
from portal.decks.queries import is_shown_in, number_of
from portal.journal.threads import SharedEntry, entries_shared_by
from portal.mentoring.models import Standing
from portal.mentoring.queries import count_notes
from portal.plan.queries import evidence, planned_days
from portal.projects.models import Submission
from portal.quizzes.catalogue import TopicRecall, choices_of, recall_by_topic
from portal.quizzes.models import Card, CardState, LogRow, ReviewDay
from portal.quizzes.queries import read_sheet
from portal.roadmap import content
from portal.study.models import StudySession
from portal.study.queries import minutes_by_day, recent_sessions
from quizzes.day import day_of, never_earlier
from quizzes.recall import recall
from quizzes.sheets import opening

WEEKS = 8
PLAN_DAYS = 28  # what is said of the plan speaks of so many days, today left out
THEN = timedelta(days=14)
HARDEST = 8
CLEARLY = 10  # points of recall: less than that is no change worth a word


@dataclass(frozen=True, slots=True)
class Said:
    """A reason or a win in words; `anchor` is the part of the page that shows it."""

    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Stood:
    """What the cohort's rules say of a learner, and on which of their days."""

    as_of: date
    reasons: tuple[Said, ...]
    wins: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday on: (day, answers; None: to come) of each day, and minutes planned (None: no plan)."""

    first: date
    days: tuple[tuple[date, int | None], ...]
    planned: int | None
    studied: int

    @property
    def answers(self) -> int:
        """The answers of the week."""
        return sum(count or 0 for _, count in self.days)


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes planned and studied in the last four weeks before today; `planned` None: there is no plan."""

    planned: int | None
    studied: int

    @property
    def hours_behind(self) -> int:
        """Whole hours that lack, as the cohort's rules count them; 0 for who is ahead."""
        return max(0, ((self.planned or 0) - self.studied) // 60)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that was started: mean predicted recall of its cards in percent, today and 14 days ago (None: none)."""

    id: str
    title: str
    cards: int
    started: int
    due: int
    now: int
    was: int | None

    @property
    def change(self) -> int:
        """Points gained; lost ones are negative."""
        return 0 if self.was is None else self.now - self.was


@dataclass(frozen=True, slots=True)
class HardCard:
    """A card that was forgotten: how often, and how likely it is known today (percent).

    `of_cohort` is its number in the decks of the cohort that asks; None: it is one of the roadmap.
    """

    slug: str
    opening: str
    topic: str
    lapses: int
    now: int
    of_cohort: int | None


@dataclass(frozen=True, slots=True)
class Built:
    """A project of the roadmap, and since when its learner says that it is done (None: not yet)."""

    id: str
    name: str
    step: int
    done_on: date | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The latest attempt at a project in this cohort, and what became of it in words."""

    id: str
    name: str
    attempt: int
    state: str
    day: date


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything but the answers, which come in pages (attempts.py).

    `chosen`: where new cards come from, in words; "" where the learner chose nothing.
    """

    learner: Member
    today: date
    last_on: date | None
    chosen: str
    stood: Stood | None
    notes: int
    weeks: tuple[Week, ...]
    pace: Pace
    topics: tuple[Topic, ...]
    untouched: int
    sessions: Sequence[StudySession]
    hard: tuple[HardCard, ...]
    entries: Sequence[SharedEntry]
    projects: tuple[Built, ...]
    handed_in: tuple[HandedIn, ...]
    answers: int
    right: int

    @property
    def active_days(self) -> int:
        """Days with an answer in the weeks shown."""
        return sum(bool(count) for week in self.weeks for _, count in week.days)

    @property
    def fell(self) -> int:
        """Topics whose recall fell clearly."""
        return sum(topic.change <= -CLEARLY for topic in self.topics)

    @property
    def rose(self) -> int:
        """Topics whose recall rose clearly."""
        return sum(topic.change >= CLEARLY for topic in self.topics)


def portrait(learner: Member, moment: datetime) -> Portrait:
    """How this learner stands on their day at this moment, as far as the mentor of `learner.through` may see it."""
    days = _days(learner.id)
    last_on = max(days, default=None)
    today = never_earlier(day_of(moment, learner.zone, learner.rollover_hour), last_on)
    topics = recall_by_topic(learner.id, today)
    then = recall_then(learner.id, today - THEN)
    started = [_topic(one, then) for one in topics.values() if one.started]
    weeks, pace = _weeks(learner.id, today, {day: answers for day, (answers, _) in days.items()})
    return Portrait(
        learner=learner,
        today=today,
        last_on=last_on,
        chosen=choices_of(learner.id).sentence,
        stood=stood(learner.through.cohort_id, learner.id),
        notes=count_notes(learner.id, learner.through.cohort_id),
        weeks=weeks,
        pace=pace,
        topics=tuple(sorted(started, key=lambda one: (one.now, one.title))),
        untouched=len(topics) - len(started),
        sessions=recent_sessions(learner.id),
        hard=tuple(hard_cards(learner, today)),
        entries=entries_shared_by(learner.id, learner.through.mentor_id),
        projects=tuple(projects(learner.id)),
        handed_in=tuple(handed_in(learner)),
        answers=sum(answers for answers, _ in days.values()),
        right=sum(right for _, right in days.values()),
    )


def _days(learner_id: int) -> dict[date, tuple[int, int]]:
    """(answers, right ones) of every day on which one was given, taken back ones left out: a row a day."""
    statement = select(ReviewDay.day, ReviewDay.answers, ReviewDay.right).where(ReviewDay.learner_id == learner_id)
    return {day: (answers, right) for day, answers, right in db.session.execute(statement)}


def stood(cohort_id: int, learner_id: int) -> Stood | None:
    """Why the rules of the cohort say that this learner needs somebody; None before they were asked."""
    row = db.session.get(Standing, (cohort_id, learner_id))
    return None if row is None else Stood(row.as_of, _said(row.reasons), _said(row.wins))


def _said(written: str) -> tuple[Said, ...]:
    return tuple(Said(one["words"], one["evidence"].replace(":", "-")) for one in json.loads(written))


def _weeks(learner_id: int, today: date, answers: Mapping[date, int]) -> tuple[tuple[Week, ...], Pace]:
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    studied, planned = minutes_by_day(learner_id, first, today), planned_days(learner_id, first, today)
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS)]
    weeks = [_week(monday, today, answers, planned, studied) for monday in mondays]
    past = [today - timedelta(days=ago) for ago in range(1, PLAN_DAYS + 1)]
    wanted = sum(planned.get(day, 0) for day in past) if planned else None
    return tuple(weeks), Pace(wanted, sum(studied.get(day, 0) for day in past))


def _week(
    monday: date, today: date, answers: Mapping[date, int], planned: Mapping[date, int], studied: Mapping[date, int]
) -> Week:
    days = [monday + timedelta(days=number) for number in range(7)]
    return Week(
        monday,
        tuple((day, answers.get(day, 0) if day <= today else None) for day in days),
        sum(planned.get(day, 0) for day in days) if planned else None,
        sum(studied.get(day, 0) for day in days),
    )


def _topic(one: TopicRecall, then: Mapping[str, float]) -> Topic:
    now, was = one.recall * one.cards / one.started, then.get(one.topic)
    percents = round(100 * now), None if was is None else round(100 * was)
    return Topic(one.topic, one.title, one.cards, one.started, one.due, *percents)


def recall_then(learner_id: int, then: date) -> dict[str, float]:
    """Mean predicted recall, 0 to 1, of each topic's cards that were learnt by the end of that day, at that day.

    A card that nothing happened to since stands as it did. For the others the log tells, in the row before the first
    since; so this costs what was answered since, however long the log is. A card that a break had moved counts as seen
    on the day that its new day leads back to.
    """
    touched = (
        select(LogRow.card_id, func.min(LogRow.version).label("version"))
        .where(LogRow.learner_id == learner_id, LogRow.day > then)
        .group_by(LogRow.card_id)
        .subquery()
    )
    on_roadmap = (Card.is_active, Card.position > 0)
    before = aliased(LogRow)
    changed: Any = (
        select(Card.topic, before.interval_days, type_coerce(before.due_on - before.interval_days, DayNumber()))
        .join(before, before.card_id == Card.id)
        .join(touched, (touched.c.card_id == before.card_id) & (touched.c.version - 1 == before.version))
        .where(before.learner_id == learner_id, before.due_on.is_not(None), *on_roadmap)
    )
    same: Any = (
        select(Card.topic, CardState.interval_days, CardState.last_on)
        .join(CardState, CardState.card_id == Card.id)
        .where(CardState.learner_id == learner_id, CardState.due_on.is_not(None), *on_roadmap)
        .where(CardState.card_id.not_in(select(touched.c.card_id)))
    )
    known: dict[str, list[float]] = {}
    for topic, interval, last_on in db.session.execute(union_all(same, changed)):
        known.setdefault(topic, []).append(_recall(interval, last_on, then))
    return {topic: sum(values) / len(values) for topic, values in known.items()}


def _recall(interval: int, last_on: date, day: date) -> float:
    return recall(interval, max(0, (day - last_on).days))


def hard_cards(learner: Member, today: date) -> Iterator[HardCard]:
    """The cards that this learner forgot most often, of the roadmap and of the cohort's own decks.

    What they made themselves is nobody else's, and what another cohort has of its own is that cohort's.
    """
    columns = (Card.slug, Card.sheet, Card.topic_title, CardState.lapses, CardState.interval_days, CardState.last_on)
    is_shown = is_shown_in(learner.through.cohort_id)
    statement = (
        select(*columns)
        .join(CardState, CardState.card_id == Card.id)
        .where(CardState.learner_id == learner.id, CardState.lapses > 0, Card.is_active, is_shown)
        .order_by(CardState.lapses.desc(), CardState.ease, Card.position)
        .limit(HARDEST)
    )
    for slug, sheet, topic, lapses, interval, last_on in db.session.execute(statement):
        known = round(100 * _recall(interval, last_on or today, today))
        yield HardCard(slug, opening(read_sheet(sheet)), topic, lapses, known, number_of(slug))


def projects(learner_id: int) -> Iterator[Built]:
    """The projects of the roadmap, in its order; what the learner wrote about one in their plan stays theirs."""
    noted = evidence(learner_id)
    for step in content.roadmap().steps:
        for one in step.projects:
            yield Built(one.id, one.name, step.number, noted[one.id].done_on if one.id in noted else None)


def handed_in(learner: Member) -> Iterator[HandedIn]:
    """The projects this learner handed in in this cohort, the latest attempt of each; not those of other cohorts."""
    here = (Submission.learner_id == learner.id, Submission.cohort_id == learner.through.cohort_id)
    columns = (Submission.project, Submission.attempt, Submission.state, Submission.handed_in_at)
    rows = db.session.execute(select(*columns).where(*here).order_by(Submission.attempt))
    latest = {project: (attempt, state, at) for project, attempt, state, at in rows}
    for project, (attempt, state, at) in latest.items():
        found = content.find_project(project)
        day = day_of(at, learner.zone, learner.rollover_hour)
        yield HandedIn(project, found.name if found else project, attempt, state, day)
