"""What mentors do with tasks, and what learners say of them; nothing here commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Membership
from portal.assignments.models import Kind, Task, TaskCard, TaskLearner
from portal.assignments.queries import card_ids_of
from portal.db import db
from portal.quizzes.calling import call_cards, take_back_calls


class SentAlready(Exception):
    """This form was sent before, and its task is kept."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A task as a mentor wants it; the fields are those of Task. `card_ids` are its cards, in their order."""

    kind: Kind
    title: str
    about: str
    text: str
    note: str
    minutes: int | None
    due_on: date
    is_for_all: bool
    card_ids: Sequence[int]


def set_task(
    mentor_id: int, cohort_id: int, token: str, wish: Wish, learner_ids: Sequence[int], moment: datetime
) -> Task:
    """Ask this of the cohort, or of these learners alone; their new cards come before the roadmap's.

    Raises SentAlready when this mentor's form with this token was sent before.
    """
    task = Task(mentor_id=mentor_id, cohort_id=cohort_id, token=token, kind=wish.kind.value, title=wish.title)
    task.about, task.text, task.note, task.minutes = wish.about, wish.text, wish.note, wish.minutes
    task.due_on, task.is_for_all, task.sent_at, task.withdrawn_at = wish.due_on, wish.is_for_all, moment, None
    db.session.add(task)
    try:
        db.session.flush()
    except IntegrityError as problem:
        db.session.rollback()
        raise SentAlready from problem
    if wish.card_ids:
        rows = [{"task_id": task.id, "card_id": id_, "place": place} for place, id_ in enumerate(wish.card_ids)]
        db.session.execute(insert(TaskCard), rows)
    for learner_id in learner_ids:
        if not wish.is_for_all:
            db.session.add(TaskLearner(task_id=task.id, learner_id=learner_id, is_chosen=True))
        call_cards(learner_id, wish.card_ids, moment)
    db.session.flush()
    return task


def bring_cards(task: Task, learner_id: int) -> None:
    """Let the cards of a task come to a learner first; those that come already are left where they are."""
    call_cards(learner_id, card_ids_of([task.id])[task.id], task.sent_at)


def withdraw_task(task: Task, moment: datetime) -> None:
    """Ask it of nobody any more. Cards that nobody learnt meanwhile come in their usual order again."""
    task.withdrawn_at = moment
    db.session.flush()
    _call_back(task, take_back_calls(_cards(task), task.sent_at))


def excuse(task: Task, learner_id: int, reason: str) -> None:
    """Ask it of one learner no more, and say why; their new cards of it come in their usual order again."""
    _kept(task.id, learner_id).excuse = reason
    db.session.flush()
    _call_back(task, take_back_calls(_cards(task), task.sent_at, learner_id))


def ask_again(task: Task, learner_id: int) -> None:
    """Take an excuse back."""
    _kept(task.id, learner_id).excuse = None
    bring_cards(task, learner_id)


def note_done(task: Task, learner_id: int, line: str, day: date) -> None:
    """Keep a learner's word that it is done, on their day; said again, the first day stays."""
    kept = _kept(task.id, learner_id)
    kept.done_on, kept.line = kept.done_on or day, line


def reopen(task: Task, learner_id: int) -> None:
    """Take that word back."""
    kept = _kept(task.id, learner_id)
    kept.done_on, kept.line = None, ""


def _kept(task_id: int, learner_id: int) -> TaskLearner:
    row = db.session.get(TaskLearner, (task_id, learner_id))
    if row is None:
        row = TaskLearner(task_id=task_id, learner_id=learner_id, is_chosen=False, line="")
        db.session.add(row)
    return row


def _cards(task: Task) -> Sequence[int]:
    return db.session.scalars(select(TaskCard.card_id).where(TaskCard.task_id == task.id)).all()


def _call_back(task: Task, dropped: Iterable[tuple[int, int]]) -> None:
    """A card that another task asks of the same learner still comes first, by the call of that one."""
    gone = set(dropped)
    if not gone:
        return
    chosen = select(TaskLearner.learner_id).where(TaskLearner.task_id == Task.id, TaskLearner.is_chosen)
    excused = select(TaskLearner.learner_id).where(TaskLearner.task_id == Task.id, TaskLearner.excuse.is_not(None))
    others = (
        select(Membership.learner_id, TaskCard.card_id, Task.sent_at)
        .select_from(Task)
        .join(TaskCard, TaskCard.task_id == Task.id)
        .join(Membership, Membership.cohort_id == Task.cohort_id)
        .where(Task.id != task.id, Task.withdrawn_at.is_(None), TaskCard.card_id.in_({card for _, card in gone}))
        .where(Membership.ended_at.is_(None), Task.is_for_all | Membership.learner_id.in_(chosen))
        .where(Membership.learner_id.not_in(excused))
        .order_by(Task.id, TaskCard.place)
    )
    for learner_id, card_id, sent_at in db.session.execute(others).all():
        if (learner_id, card_id) in gone:
            call_cards(learner_id, [card_id], sent_at)
