"""Tasks on the mentor's side: what a cohort has to do, a new task with its cost, and where everybody is with one."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort
from portal.assignments import actions, costing, queries, standing, subjects, texts
from portal.assignments.actions import SentAlready
from portal.assignments.forms import DueForm, ExcuseForm, TaskForm
from portal.assignments.models import Kind, Task
from portal.assignments.queries import Member
from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.live import Live, changes, mark_of, quietly, shown_or_404, written
from portal.login import me, mentor_required, now
from portal.looking import note_looking
from quizzes.day import day_of

bp = Blueprint("assignments", __name__)
MOST = 2**31 - 1
TASKS = f"/cohorts/<int(max={MOST}):cohort_id>/tasks"
TASK = f"{TASKS}/<int(max={MOST}):task_id>"
LEARNER = f"{TASK}/learners/<int(max={MOST}):learner_id>"
A_WEEK = timedelta(days=7)
NEWS = "assignments.tasks_news"
MOST_LISTED, MOST_CHOICES = 12, 200  # rows of a table of costs; learners to choose from on one page
_TOKEN = re.compile(r"[\w-]{1,16}", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
bp.add_app_template_filter(texts.due, "task_due")
bp.add_app_template_filter(texts.state, "task_state")
bp.add_app_template_global(texts.card, "task_card")
bp.add_app_template_global(texts.progress, "task_progress")


def cohort_or_404(cohort_id: int) -> Cohort:
    """A cohort that I mentor now."""
    return find_cohort(me().id, cohort_id) or abort(404)


def task_or_404(cohort_id: int, task_id: int, *, is_open: bool = False) -> tuple[Task, str | None]:
    """A task of a cohort that I mentor, and who set it; with `is_open` only one that was not withdrawn."""
    cohort_or_404(cohort_id)
    found = queries.find_task(cohort_id, task_id)
    if found is None or (is_open and found[0].withdrawn_at is not None):
        abort(404)
    return found


def asked_or_404(task: Task, learner_id: int) -> Member:
    """Somebody of whom this task is asked now."""
    kept = queries.kept_of([task.id])
    found = next((one for one in queries.members_of(task.cohort_id) if one.id == learner_id), None)
    if found is None or not standing.is_asked_of(task, found, kept.get((task.id, learner_id))):
        abort(404)
    return found


def my_day(moment: datetime) -> date:
    """The day it is for me."""
    return day_of(moment, me().zone, me().rollover_hour)


@bp.get(TASKS)
@mentor_required
def tasks(cohort_id: int) -> ResponseReturnValue:
    """The tasks of a cohort, open and past, with how many learners are where."""
    cohort_or_404(cohort_id)
    before = _place_or_404()
    note_looking(cohort_id, None, "tasks")
    moment = now()
    mark, (found, more) = _mark(cohort_id, moment), standing.counted(cohort_id, before, moment)
    page = {"cohort": cohort_or_404(cohort_id), "tally": texts.tally, "in_full": texts.in_full, "more": more}
    page |= {"live": Live(mark, written(_shown(found)), moment, moment, my_day(moment)), "asks": NEWS}
    opened = sorted((one for one in found if one.is_open), key=lambda one: one.task.due_on)
    past = [one for one in found if not one.is_open]
    return render_template("assignments/tasks.html", opened=opened, past=past, is_first=before is None, **page)


@bp.get(f"{TASKS}/news")
@quietly
def tasks_news(cohort_id: int) -> ResponseReturnValue:
    """In how many tasks a list that is open is old; 204: all as it was."""
    cohort = cohort_or_404(cohort_id)
    if not wants_fragment():
        return see_other(url_for(".tasks", cohort_id=cohort_id))
    (since, was), moment = shown_or_404(), now()
    mark = _mark(cohort_id, moment)
    if mark == request.args.get("mark"):
        return "", 204
    differ = changes(was, _shown(standing.counted(cohort_id, None, moment)[0]))
    page = Live(mark, request.args["listed"], since, moment, my_day(moment), differ)
    return render_template("_asking.html", cohort=cohort, live=page, asks=NEWS)


def _mark(cohort_id: int, moment: datetime) -> str:
    """Equal while nothing that the list counts can have changed; it costs a few sums, not the evidence of everybody."""
    return mark_of(my_day(moment), queries.latest(cohort_id))


def _shown(found: Sequence[standing.Counted]) -> dict[str, str]:
    """Each task with its numbers and its day."""
    numbers = [(one.task, f"{one.asked}x{one.done}x{one.late}x{one.excused}") for one in found]
    return {str(task.id): f"{said}x{task.due_on:%Y%m%d}{'w' if task.withdrawn_at else ''}" for task, said in numbers}


def _place_or_404() -> int | None:
    text = request.args.get("before")
    if text is not None and not _NUMBER.fullmatch(text):
        abort(404)
    return None if text is None else min(int(text), MOST)


# ---- A new one


@bp.get(f"{TASKS}/new")
@mentor_required
def new(cohort_id: int) -> ResponseReturnValue:
    """A task to fill in; the address may say for whom and about what it is."""
    cohort, members = cohort_or_404(cohort_id), queries.members_of(cohort_id)
    form = TaskForm(cohort_id, members, formdata=None, due_on=my_day(now()) + A_WEEK, **_asked(members))
    return _draw(cohort, form)


def _asked(members: list[Member]) -> dict[str, Any]:
    """What the address asks for: learner, topic and card, each of them more than once if need be."""
    given, found = request.args, dict[str, Any]()
    if "learner" in given:
        chosen = [one.id for one in members if str(one.id) in given.getlist("learner")]
        found |= {"who": "some", "learners": chosen} if chosen else abort(404)
    if "card" in given:
        found |= {"kind": Kind.CARDS.value, "slugs": "\n".join(given.getlist("card"))}
    if "topic" in given:
        topics = [leaf for topic in given.getlist("topic") for leaf in subjects.leaves(topic)]
        found |= {"kind": Kind.TOPICS.value, "topics": topics} if topics else abort(404)
    return found


def _draw(
    cohort: Cohort, form: TaskForm, status: int = 200, preview: Mapping[str, object] | None = None
) -> ResponseReturnValue:
    chosen = set(form.learners.data or ())
    many = len(form.members) > MOST_CHOICES
    choices = [one for one in form.members if one.id in chosen] if many else form.members
    page = {"cohort": cohort, "form": form, "choices": choices, "is_many": many, "chosen": chosen}
    return render_template("assignments/new.html", **page, preview=preview), status


@bp.post(f"{TASKS}/new")
@mentor_required
def preview(cohort_id: int) -> ResponseReturnValue:
    """What this task would cost, before it is sent. Nothing is kept but that I looked."""
    cohort, moment = cohort_or_404(cohort_id), now()
    form = TaskForm(cohort_id, queries.members_of(cohort_id))
    if not form.validate_for(my_day(moment)):
        return _draw(cohort, form, 422)
    asked = form.asked(moment)
    note_looking(cohort_id, asked[0].id if len(asked) == 1 else None, "cost of a task")
    cohort, wish = cohort_or_404(cohort_id), form.wish()
    found = costing.costs(cohort_id, asked, wish.card_ids, form.subject.minutes, wish.due_on, moment)
    kept = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    shown: dict[str, object] = {
        "wish": wish,
        "costs": found[:MOST_LISTED],
        "number": len(found),
        "kept": kept,
        "texts": texts,
    }
    told = {"cost": texts.cost(found), "short": texts.short(found), "token": secrets.token_urlsafe(9)}
    return _draw(cohort, form, preview=shown | told)


@bp.post(TASKS)
@mentor_required
def send(cohort_id: int) -> ResponseReturnValue:
    """Set the task. A form that is sent twice sets it once."""
    cohort, moment, token = cohort_or_404(cohort_id), now(), request.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        abort(400)
    form = TaskForm(cohort_id, queries.members_of(cohort_id))
    if not form.validate_for(my_day(moment)):
        return _draw(cohort, form, 422)
    mentor_id, asked = me().id, [one.id for one in form.asked(moment)]
    try:
        task_id, told = actions.set_task(mentor_id, cohort_id, token, form.wish(), asked, moment).id, texts.SENT
        commit()
    except SentAlready:
        sent = queries.find_sent(mentor_id, token)
        if sent is None or sent.cohort_id != cohort_id:
            abort(404)
        task_id, told = sent.id, texts.TWICE
    flash(told, "good")
    return see_other(url_for(".task", cohort_id=cohort_id, task_id=task_id))


# ---- One of them


@bp.get(TASK)
@mentor_required
def task(cohort_id: int, task_id: int) -> ResponseReturnValue:
    """A task, and where everybody is with it."""
    task_or_404(cohort_id, task_id)
    note_looking(cohort_id, None, "task")
    return _show(cohort_id, task_id)


def _show(
    cohort_id: int, task_id: int, due: DueForm | None = None, refused: tuple[int, ExcuseForm] | None = None
) -> ResponseReturnValue:
    found, mentor = task_or_404(cohort_id, task_id)
    rows = standing.stands(found, now())
    page = render_template(
        "assignments/task.html",
        cohort=cohort_or_404(cohort_id),
        task=found,
        mentor=mentor,
        rows=rows,
        places=subjects.places(found),
        cards=queries.cards_of(task_id),
        due=due or DueForm(formdata=None, due_on=found.due_on),
        refused=refused,
        texts=texts,
    )
    return page, 200 if due is None and refused is None else 422


@bp.post(f"{TASK}/due")
@mentor_required
def move(cohort_id: int, task_id: int) -> ResponseReturnValue:
    """Give a task another day."""
    found, _ = task_or_404(cohort_id, task_id, is_open=True)
    form = DueForm()
    if not form.validate_for(my_day(now())):
        return _show(cohort_id, task_id, due=form)
    found.due_on = form.day
    commit()
    return _back(cohort_id, task_id, f"It is due on {texts.in_full(form.day)} now.")


@bp.post(f"{TASK}/withdraw")
@mentor_required
def withdraw(cohort_id: int, task_id: int) -> ResponseReturnValue:
    """Ask it of nobody any more."""
    found, _ = task_or_404(cohort_id, task_id, is_open=True)
    actions.withdraw_task(found, now())
    commit()
    return _back(cohort_id, task_id, texts.WITHDRAWN)


@bp.post(f"{LEARNER}/excuse")
@mentor_required
def excuse(cohort_id: int, task_id: int, learner_id: int) -> ResponseReturnValue:
    """Ask it of one learner no more, and say why."""
    found, _ = task_or_404(cohort_id, task_id, is_open=True)
    member, form = asked_or_404(found, learner_id), ExcuseForm()
    if not form.validate_on_submit():
        return _show(cohort_id, task_id, refused=(learner_id, form))
    actions.excuse(found, learner_id, form.reason.data or "")
    commit()
    return _back(cohort_id, task_id, f"{member.name} is excused, and reads why.")


@bp.post(f"{LEARNER}/ask")
@mentor_required
def ask(cohort_id: int, task_id: int, learner_id: int) -> ResponseReturnValue:
    """Take an excuse back."""
    found, _ = task_or_404(cohort_id, task_id, is_open=True)
    member = asked_or_404(found, learner_id)
    actions.ask_again(found, learner_id)
    commit()
    return _back(cohort_id, task_id, f"It is asked of {member.name} again.")


def _back(cohort_id: int, task_id: int, told: str) -> ResponseReturnValue:
    flash(told, "good")
    return see_other(url_for(".task", cohort_id=cohort_id, task_id=task_id))
