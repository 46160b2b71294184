"""Where learners are with tasks: the rules of quizzes.tasks, asked of what is stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.assignments import queries
from portal.assignments.models import Task, TaskLearner
from portal.assignments.queries import Given, Member, TaskCardRow
from quizzes.tasks import NEVER, Asked, Seen, Stand, State, done_on, first_on, is_asked, is_met

Answers = Mapping[tuple[int, int], Sequence[Asked]]
ORDER = (State.LATE, State.OPEN, State.DONE, State.EXCUSED)
A_DAY = timedelta(days=1)
FRONT_PAGE = timedelta(days=30)  # for so long a late task stands on the front page


@dataclass(frozen=True, slots=True)
class Counted:
    """A task with how many learners are where."""

    task: Task
    mentor: str | None
    asked: int
    done: int
    late: int
    excused: int

    @property
    def is_open(self) -> bool:
        """Whether somebody still has it to do."""
        return self.task.withdrawn_at is None and self.done + self.excused < self.asked


@dataclass(frozen=True, slots=True)
class Mine:
    """A task as its learner sees it."""

    given: Given
    stand: Stand

    @property
    def task(self) -> Task:
        """What is asked."""
        return self.given.task

    @property
    def set_on(self) -> date:
        """The learner's day when it was set."""
        return self.given.member.day_then(self.task.sent_at)

    @property
    def is_over(self) -> bool:
        """Whether it is asked no more: it was withdrawn, or the learner does not belong to the cohort any more."""
        return self.task.withdrawn_at is not None or self.given.member.ended_at is not None

    @property
    def is_ended(self) -> bool:
        """Whether that happened before it was done."""
        return self.is_over and not self.stand.is_done


def is_asked_of(task: Task, member: Member, kept: TaskLearner | None) -> bool:
    """Whether a task is asked of a member: by name, or of everybody while there is time for it."""
    if not task.is_for_all:
        return kept is not None and kept.is_chosen
    return is_asked(member.begins_on, member.day_then(task.sent_at), task.due_on)


def stand_of(
    task: Task,
    member: Member,
    kept: TaskLearner | None,
    cards: Sequence[int],
    seen: Mapping[int, Seen],
    answers: Answers | None,
    moment: datetime,
) -> Stand:
    """Where a learner is with a task; `seen` is what they remember of its cards.

    Without `answers` it is not known on which day it was done.
    """
    today, due_on, excuse = member.day(moment), task.due_on, None if kept is None else kept.excuse
    if not task.is_by_evidence:
        word = None if kept is None else kept.done_on
        return Stand(today, due_on, int(word is not None), 1, word, excuse)
    set_on = member.day_then(task.sent_at)
    met = [card for card in cards if card in seen and is_met(seen[card], set_on, due_on)]
    if answers is None or len(met) < len(cards):
        return Stand(today, due_on, len(met), len(cards), None, excuse)
    firsts = [first_on(answers.get((member.id, card), ()), set_on, due_on) for card in met]
    answered = [day for day in firsts if day is not None]
    day = done_on(answered, len(met) - len(answered), set_on)
    return Stand(today, due_on, len(met), len(cards), day, excuse)


def counted(cohort_id: int, before: int | None, moment: datetime) -> tuple[list[Counted], int | None]:
    """A page of the cohort's tasks with how many learners are where, and where the next page begins."""
    found, more = queries.tasks_of(cohort_id, before)
    ids = [task.id for task, _ in found]
    members, kept, cards = queries.members_of(cohort_id), queries.kept_of(ids), queries.card_ids_of(ids)
    every = sorted({card for some in cards.values() for card in some})
    seen = queries.seen(queries.cohort_now(cohort_id), every)
    rows = []
    for task, mentor in found:
        states = Counter[State]()
        for one in members:
            row = kept.get((task.id, one.id))
            if is_asked_of(task, one, row):
                stand = stand_of(task, one, row, cards.get(task.id, []), seen.get(one.id, {}), None, moment)
                states[stand.state] += 1
        rows.append(
            Counted(task, mentor, states.total(), states[State.DONE], states[State.LATE], states[State.EXCUSED])
        )
    return rows, more


def stands(task: Task, moment: datetime) -> list[tuple[Member, Stand, TaskLearner | None]]:
    """Everybody who is asked, the late ones first, each with what they wrote."""
    kept, cards = queries.kept_of([task.id]), queries.card_ids_of([task.id]).get(task.id, [])
    learners = queries.cohort_now(task.cohort_id)
    seen = queries.seen(learners, cards)
    answers = queries.first_answers(learners, cards, task.sent_at.date() - A_DAY)
    found = []
    for member in queries.members_of(task.cohort_id):
        row = kept.get((task.id, member.id))
        if is_asked_of(task, member, row):
            found.append((member, stand_of(task, member, row, cards, seen.get(member.id, {}), answers, moment), row))
    return sorted(found, key=lambda one: (ORDER.index(one[1].state), -one[1].late_days))


def mine(learner_id: int, moment: datetime, since: date | None = None, task_id: int | None = None) -> list[Mine]:
    """The tasks that are or were asked of a learner, as `queries.given_to` finds them; by the day they are due."""
    given = [one for one in queries.given_to(learner_id, since, task_id) if _was_asked(one)]
    if not given:
        return []
    cards = queries.card_ids_of([one.task.id for one in given])
    every, just = sorted({card for some in cards.values() for card in some}), queries.just(learner_id)
    seen = queries.seen(just, every).get(learner_id, {})
    first = min(one.task.sent_at for one in given).date() - A_DAY
    answers = queries.first_answers(just, every, first)
    found = []
    for one in given:
        stand = stand_of(one.task, one.member, one.kept, cards.get(one.task.id, []), seen, answers, moment)
        found.append(Mine(one, stand))
    return sorted(found, key=lambda one: (one.task.due_on, one.task.id))


def _was_asked(one: Given) -> bool:
    ended_at = one.member.ended_at
    is_meant = ended_at is None or ended_at > one.task.sent_at
    return is_meant and is_asked_of(one.task, one.member, one.kept)


def waiting(learner_id: int, moment: datetime) -> list[Mine]:
    """What a learner still has to do, the most urgent first; what is late for a month is left to the list of all."""
    found = mine(learner_id, moment, moment.date() - FRONT_PAGE)
    return [one for one in found if one.stand.state in {State.OPEN, State.LATE}]


def card_rows(one: Mine) -> list[tuple[TaskCardRow, Seen]]:
    """The cards of a learner's task that they may read, with what is remembered of each."""
    member = one.given.member
    rows = queries.cards_of(one.task.id, member.id)
    seen = queries.seen(queries.just(member.id), [row.card_id for row in rows]).get(member.id, {})
    return [(row, seen.get(row.card_id, NEVER)) for row in rows]
