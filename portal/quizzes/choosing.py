"""The page on which learners choose where their new cards come from: active steps, a language, a framework."""

from dataclasses import dataclass
from functools import cache

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other
from portal.login import learner_required, me
from portal.quizzes import catalogue, choices, views, words
from portal.quizzes.forms import ChoicesForm
from portal.roadmap import content
from quizzes.choosing import TAGS, Choices, paths

bp = views.bp  # one blueprint, drawn by several modules


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with its cards for one learner: how many new ones it has or holds back, in words; and of those started."""

    number: int
    title: str
    is_active: bool
    waiting: str


@cache
def _path_names() -> list[tuple[str, str]]:
    """Each way through the languages and frameworks: what the form sends, what it is called."""
    return [(f"{path.language} {path.framework}".strip(), path.words or "All of them") for path in paths()]


@bp.route("/choices", methods=["GET", "POST"])
@learner_required
def choose() -> ResponseReturnValue:
    """Which steps bring me new cards, and of which language and framework."""
    chosen = catalogue.choices_of(me().id)
    steps = [step.number for step in content.roadmap().steps]
    form = ChoicesForm(
        data={
            "active": [number for number in steps if number not in chosen.paused],
            "path": f"{chosen.language} {chosen.framework}".strip(),
        }
    )
    form.offer(steps, _path_names())
    if not form.validate_on_submit():
        return _shown(form, chosen, 422 if form.is_submitted() else 200)
    language, _, framework = (form.path.data or "").partition(" ")
    choices.choose(me().id, Choices(frozenset(steps) - frozenset(form.active.data or ()), language, framework))
    commit()
    flash("Kept. Your next new cards come this way.")
    return see_other(url_for(".choose"))


def _shown(form: ChoicesForm, chosen: Choices, status: int) -> ResponseReturnValue:
    groups, active = catalogue.cards_by_choice(me().id), form.active.data or ()
    rows = [
        StepRow(step.number, step.title, step.number in active, _waiting(step.number, groups, chosen))
        for step in content.roadmap().steps
    ]
    left_out = {
        name: sum(fresh for _, bits, _, fresh in groups if bits & TAGS & path.bits)
        for (name, _), path in zip(_path_names(), paths(), strict=True)
    }
    return render_template("quizzes/choices.html", form=form, steps=rows, left_out=left_out), status


def _waiting(step: int, groups: list[tuple[int, int, int, int]], chosen: Choices) -> str:
    mine = [(started, fresh * (not bits & TAGS & chosen.bits)) for at, bits, started, fresh in groups if at == step]
    started, fresh = sum(one for one, _ in mine), sum(one for _, one in mine)
    if not started and not fresh:
        return "It has no cards."
    if not fresh:
        return f"Nothing new waits here. {words.cards(started).capitalize()} started."
    verb = "waits" if fresh == 1 else "wait"
    held = "while it is paused" if step in chosen.paused else "to come"
    return f"{words.cards(fresh).capitalize()} {verb} {held}" + (f", {started} started." if started else ".")
