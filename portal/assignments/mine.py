"""Tasks on the learner's side: what my mentors set, what of it is done, and my word where no card can show it."""

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.assignments import actions, standing, subjects, texts, views
from portal.assignments.forms import DoneForm
from portal.assignments.standing import Mine
from portal.assignments.views import MOST
from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, me_or_none, now
from quizzes.tasks import State

bp = views.bp  # one blueprint, drawn by two modules
TASK = f"/tasks/<int(max={MOST}):task_id>"


@bp.app_template_global("tasks_set")
def tasks_set() -> list[Mine]:
    """What my mentors set and I have not done, the most urgent first."""
    who = me_or_none()
    return [] if who is None else standing.waiting(who.id, now())


def mine_or_404(task_id: int) -> Mine:
    """A task that is or was asked of me."""
    found = standing.mine(me().id, now(), task_id=task_id)
    return found[0] if found else abort(404)


def open_or_404(task_id: int) -> Mine:
    """A task that is asked of me now."""
    found = mine_or_404(task_id)
    return abort(404, texts.ENDED) if found.is_over else found


@bp.get("/tasks")
@learner_required
def my_tasks() -> ResponseReturnValue:
    """What my mentors set: to do, done, excused, and what is asked no more."""
    found = standing.mine(me().id, now())
    groups = {state: [one for one in found if one.stand.state is state and not one.is_ended] for state in State}
    page = {"waiting": groups[State.LATE] + groups[State.OPEN], "done": groups[State.DONE][::-1]}
    over = [one for one in found if one.is_ended][::-1]
    return render_template("assignments/mine.html", **page, excused=groups[State.EXCUSED], over=over)


@bp.get(TASK)
@learner_required
def my_task(task_id: int) -> ResponseReturnValue:
    """One task: what it is about, how far I am, and what to do next."""
    return _show(mine_or_404(task_id))


def _show(one: Mine, form: DoneForm | None = None) -> ResponseReturnValue:
    page = {"one": one, "places": subjects.places(one.task), "cards": standing.card_rows(one)}
    kept = one.given.kept
    form = form or DoneForm(formdata=None, line="" if kept is None else kept.line)
    template = "assignments/_mine.html" if wants_fragment() else "assignments/my_task.html"
    return render_template(template, **page, form=form), 422 if form.errors else 200


@bp.post(f"{TASK}/begin")
@learner_required
def begin(task_id: int) -> ResponseReturnValue:
    """Let the cards of a task come first, also for whoever joined after it was set; then to the cards of today."""
    one = open_or_404(task_id)
    if one.stand.state in {State.OPEN, State.LATE}:
        actions.bring_cards(one.task, me().id)
        commit()
    return see_other(url_for("quizzes.today"))


@bp.post(f"{TASK}/done")
@learner_required
def done(task_id: int) -> ResponseReturnValue:
    """I read it; I built it. What cards show needs no word, and takes none."""
    one, form = _said_or_404(task_id), DoneForm()
    if not form.validate_on_submit():
        return _show(one, form)
    actions.note_done(one.task, me().id, form.line.data or "", one.stand.today)
    return _told(task_id, "Kept. Your mentors see it.")


@bp.post(f"{TASK}/reopen")
@learner_required
def reopen(task_id: int) -> ResponseReturnValue:
    """It is not done after all."""
    actions.reopen(_said_or_404(task_id).task, me().id)
    return _told(task_id, "It is open again.")


def _said_or_404(task_id: int) -> Mine:
    one = open_or_404(task_id)
    return abort(404) if one.task.is_by_evidence else one


def _told(task_id: int, told: str) -> ResponseReturnValue:
    commit()
    if wants_fragment():
        return _show(mine_or_404(task_id))
    flash(told, "good")
    return see_other(url_for(".my_task", task_id=task_id))
