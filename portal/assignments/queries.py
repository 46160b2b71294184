"""Tasks of a cohort and of a learner, who is asked, and what their cards and answers say of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, and_, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from portal.accounts.models import Cohort, Membership, User
from portal.assignments.models import Task, TaskCard, TaskLearner
from portal.db import db
from portal.decks.queries import is_shown_in
from portal.mentoring.models import Standing
from portal.quizzes.catalogue import is_seen_by
from portal.quizzes.models import Card, CardState, Desk, LogRow, ReviewDay
from portal.quizzes.queries import read_sheet
from quizzes.day import day_of, never_earlier
from quizzes.forecast import Pace, pace_of_days
from quizzes.ledger import Kind
from quizzes.sheets import opening
from quizzes.tasks import Asked, Seen

PAGE = 20  # tasks of a page
ON_ROADMAP = Card.position > 0
Cards = dict[int, Seen]
_day_of = lru_cache(maxsize=4096)(day_of)  # a cohort's pages ask for few clocks and moments, but for each learner


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to a cohort, or did until `ended_at`; their days follow their own clock."""

    id: int
    name: str
    zone: str
    rollover_hour: int
    new_per_day: int
    starts_on: date
    began_at: datetime
    ended_at: datetime | None
    last_on: date | None

    def day(self, moment: datetime) -> date:
        """Their day at this moment, never before the day of an answer that is kept."""
        return never_earlier(_day_of(moment, self.zone, self.rollover_hour), self.last_on)

    def day_then(self, moment: datetime) -> date:
        """Their day at a moment that is past."""
        return _day_of(moment, self.zone, self.rollover_hour)

    @property
    def begins_on(self) -> date:
        """From which day on something can be asked of them."""
        return max(self.starts_on, self.day_then(self.began_at))


@dataclass(frozen=True, slots=True)
class TaskCardRow:
    """A card of a task that is still asked, as far as a page needs it."""

    card_id: int
    slug: str
    topic: str
    opening: str


@dataclass(frozen=True, slots=True)
class Given:
    """A task as it is set for a learner: by whom, in which cohort, and how the learner belongs to it."""

    task: Task
    mentor: str | None
    cohort: str
    member: Member
    kept: TaskLearner | None


_MEMBER = (User.id, User.name, User.zone, User.rollover_hour, User.new_per_day)
_BELONGS = (Membership.starts_on, Membership.began_at, Membership.ended_at, Desk.last_on)
_MENTOR = aliased(User)


def members_of(cohort_id: int) -> list[Member]:
    """Who belongs to the cohort now, by name."""
    statement = select(*_MEMBER, *_BELONGS).join(Membership, Membership.learner_id == User.id)
    statement = statement.outerjoin(Desk, Desk.learner_id == User.id)
    of_now = (Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))
    return [Member(*row) for row in db.session.execute(statement.where(*of_now).order_by(User.name, User.id))]


def tasks_of(cohort_id: int, before: int | None) -> tuple[list[tuple[Task, str | None]], int | None]:
    """A page of the cohort's tasks with who set them, the latest first, and where the next page begins."""
    statement = select(Task, _MENTOR.name).outerjoin(_MENTOR, _MENTOR.id == Task.mentor_id)
    statement = statement.where(Task.cohort_id == cohort_id)
    if before is not None:
        statement = statement.where(Task.id < before)
    rows = db.session.execute(statement.order_by(Task.id.desc()).limit(PAGE + 1)).all()
    found: list[tuple[Task, str | None]] = [(row[0], row[1]) for row in rows[:PAGE]]
    return found, found[-1][0].id if len(rows) > PAGE else None


def latest(cohort_id: int) -> tuple[Any, ...]:
    """What changes with anything that the list of a cohort's tasks counts, in four sums.

    Answers show in the standings, which follow them within half a minute.
    """
    of_cohort, tasks = Task.cohort_id == cohort_id, (func.count(), func.count(Task.withdrawn_at), func.max(Task.id))
    kept = (func.count(), func.count(TaskLearner.done_on), func.count(TaskLearner.excuse))
    stood = select(func.max(Standing.written_at, type_=Standing.written_at.type))
    members = select(func.count()).where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))
    rows = (
        db.session.execute(select(*tasks, func.sum(type_coerce(Task.due_on, Integer))).where(of_cohort)),
        db.session.execute(select(*kept).join(Task, Task.id == TaskLearner.task_id).where(of_cohort)),
        db.session.execute(stood.where(Standing.cohort_id == cohort_id)),
        db.session.execute(members),
    )
    return tuple(tuple(row.one()) for row in rows)


def find_task(cohort_id: int, task_id: int) -> tuple[Task, str | None] | None:
    """A task of this cohort, and who set it."""
    statement = select(Task, _MENTOR.name).outerjoin(_MENTOR, _MENTOR.id == Task.mentor_id)
    row = db.session.execute(statement.where(Task.id == task_id, Task.cohort_id == cohort_id)).first()
    return None if row is None else (row[0], row[1])


def find_sent(mentor_id: int, token: str) -> Task | None:
    """The task that came from a mentor's form with this token."""
    return db.session.scalar(select(Task).where(Task.mentor_id == mentor_id, Task.token == token))


def kept_of(task_ids: Sequence[int]) -> dict[tuple[int, int], TaskLearner]:
    """What is kept of learners beside the evidence, by (task, learner)."""
    rows = db.session.scalars(select(TaskLearner).where(TaskLearner.task_id.in_(task_ids)))
    return {(row.task_id, row.learner_id): row for row in rows}


def card_ids_of(task_ids: Sequence[int]) -> dict[int, list[int]]:
    """The cards of these tasks that are still asked, in their order."""
    statement = select(TaskCard.task_id, TaskCard.card_id).join(Card, Card.id == TaskCard.card_id)
    found: defaultdict[int, list[int]] = defaultdict(list)
    asked = statement.where(TaskCard.task_id.in_(task_ids), Card.is_active)
    for task_id, card_id in db.session.execute(asked.order_by(TaskCard.task_id, TaskCard.place)):
        found[task_id].append(card_id)
    return found


def cards_of(task_id: int, reader_id: int | None = None) -> list[TaskCardRow]:
    """The cards of a task that are still asked, with how they begin; for a learner those that they may read.

    Whoever left a cohort keeps of its cards what they answered.
    """
    statement = select(Card.id, Card.slug, Card.topic, Card.sheet).join(TaskCard, TaskCard.card_id == Card.id)
    statement = statement.where(TaskCard.task_id == task_id, Card.is_active).order_by(TaskCard.place)
    rows = db.session.execute(statement if reader_id is None else statement.where(is_seen_by(reader_id)))
    return [TaskCardRow(id_, slug, topic, opening(read_sheet(sheet))) for id_, slug, topic, sheet in rows]


def cohort_now(cohort_id: int) -> Select[Any]:
    """The learners who belong to a cohort now, for `seen` and `first_answers`."""
    return select(Membership.learner_id).where(Membership.cohort_id == cohort_id, Membership.ended_at.is_(None))


def just(learner_id: int) -> Select[Any]:
    """One learner, for the same."""
    return select(User.id).where(User.id == learner_id)


def seen(learners: Select[Any], card_ids: Sequence[int]) -> dict[int, Cards]:
    """What these learners remember of these cards, learner by learner, for those they have learnt."""
    columns = (CardState.learner_id, CardState.card_id, CardState.last_on, CardState.due_on)
    learnt = (CardState.learner_id.in_(learners), CardState.card_id.in_(card_ids), CardState.due_on.is_not(None))
    found: defaultdict[int, Cards] = defaultdict(dict)
    for learner_id, card_id, last_on, due_on in db.session.execute(select(*columns).where(*learnt)):
        found[learner_id][card_id] = Seen(last_on, due_on)
    return found


def first_answers(learners: Select[Any], card_ids: Sequence[int], since: date) -> dict[tuple[int, int], list[Asked]]:
    """The scheduled answers from `since` on that were not taken back, by (learner, card), oldest first."""
    before, undone = aliased(LogRow), aliased(LogRow)
    same = (LogRow.learner_id, LogRow.card_id)
    is_before = and_(*_same(before, same), before.version == LogRow.version - 1)
    is_undone = (
        select(undone.id)
        .where(*_same(undone, same), undone.kind == Kind.UNDO.value)
        .where(undone.version > LogRow.version, undone.takes_back <= LogRow.version)
        .exists()
    )
    statement = select(*same, LogRow.day, before.due_on).outerjoin(before, is_before)
    statement = statement.where(LogRow.kind == Kind.ANSWER.value)
    asked = (LogRow.learner_id.in_(learners), LogRow.card_id.in_(card_ids), LogRow.day >= since, ~is_undone)
    scheduled = or_(before.due_on.is_(None), before.due_on <= LogRow.day)
    found: defaultdict[tuple[int, int], list[Asked]] = defaultdict(list)
    for learner_id, card_id, day, due_on in db.session.execute(statement.where(*asked, scheduled).order_by(LogRow.id)):
        found[learner_id, card_id].append(Asked(day, due_on))
    return found


def _same(other: Any, columns: Sequence[Any]) -> list[Any]:
    return [getattr(other, column.key) == column for column in columns]


# ---- What can be set


def topics_with_cards() -> dict[str, int]:
    """How many cards each topic of the roadmap has, in roadmap order."""
    statement = select(Card.topic, func.count()).where(Card.is_active, ON_ROADMAP).group_by(Card.topic)
    return dict(db.session.execute(statement.order_by(func.min(Card.position))).all())


def cards_named(slugs: Sequence[str], cohort_id: int | None = None) -> dict[str, int]:
    """The cards of the roadmap (and of this cohort's decks) with these slugs, in the order of the slugs."""
    is_there = ON_ROADMAP if cohort_id is None else is_shown_in(cohort_id)
    statement = select(Card.slug, Card.id).where(Card.slug.in_(slugs), Card.is_active, is_there)
    found = dict(db.session.execute(statement).all())
    return {slug: found[slug] for slug in dict.fromkeys(slugs) if slug in found}


def card_ids_about(topics: Sequence[str] | None = None, deck_id: str | None = None) -> list[int]:
    """The cards of topics or of a deck, in roadmap order."""
    wanted = Card.deck_id == deck_id if topics is None else Card.topic.in_(topics)
    return list(db.session.scalars(select(Card.id).where(Card.is_active, ON_ROADMAP, wanted).order_by(Card.position)))


def paces(learners: Select[Any], since: date) -> dict[int, Pace]:
    """How each of these learners works, from the sums of their days since; those without answers are left out."""
    sums = [func.sum(column) for column in (ReviewDay.fresh, ReviewDay.reviews, ReviewDay.lapses, ReviewDay.ms)]
    statement = select(ReviewDay.learner_id, *sums).where(ReviewDay.learner_id.in_(learners), ReviewDay.day >= since)
    rows = db.session.execute(statement.group_by(ReviewDay.learner_id))
    return {row[0]: pace_of_days(int(row[1]), int(row[2]), int(row[3]), int(row[4]) / 1000) for row in rows}


# ---- A learner's own


def given_to(learner_id: int, since: date | None = None, task_id: int | None = None) -> list[Given]:
    """The tasks of the cohorts a learner belongs to or did, each once, whether asked of them or not; latest first.

    With `since` only those of now that are due then or later.
    """
    columns = (Task, _MENTOR.name, Cohort.name, TaskLearner, *_MEMBER, *_BELONGS)
    mine = and_(TaskLearner.task_id == Task.id, TaskLearner.learner_id == learner_id)
    statement = (
        select(*columns)
        .select_from(Membership)
        .join(User, User.id == Membership.learner_id)
        .join(Task, Task.cohort_id == Membership.cohort_id)
        .join(Cohort, Cohort.id == Task.cohort_id)
        .outerjoin(_MENTOR, _MENTOR.id == Task.mentor_id)
        .outerjoin(TaskLearner, mine)
        .outerjoin(Desk, Desk.learner_id == Membership.learner_id)
        .where(Membership.learner_id == learner_id)
    )
    if since is not None:
        statement = statement.where(Membership.ended_at.is_(None), Task.withdrawn_at.is_(None), Task.due_on >= since)
    if task_id is not None:
        statement = statement.where(Task.id == task_id)
    found: dict[int, Given] = {}
    for task, mentor, cohort, kept, *member in db.session.execute(statement.order_by(Task.id.desc(), Membership.id)):
        found[task.id] = Given(task, mentor, cohort, Member(*member), kept)  # the latest membership counts
    return list(found.values())
