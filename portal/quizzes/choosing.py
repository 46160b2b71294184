"""The page on which learners choose where their new cards come from: active steps, a language, a framework."""

from dataclasses import dataclass
from functools import cache
from math import ceil

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other
from portal.login import learner_required, me
from portal.quizzes import catalogue, choices, views, words
from portal.quizzes.forms import ChoicesForm
from portal.roadmap import content
from portal.study.queries import latest_tries
from quizzes.choosing import TAGS, Choices, paths
from quizzes.forecast import pace_of

Groups = list[tuple[int, int, int, int]]  # catalogue.cards_by_choice
bp = views.bp  # one blueprint, drawn by several modules


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with its cards for one learner: how many new ones it has or holds back, in words; and of those started.

    `minutes`: what learning the new ones takes.
    """

    number: int
    title: str
    is_active: bool
    waiting: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """The new cards that come as things are chosen now: how many, and minutes to learn them, in all and a day.

    `days` at so many a day as the learner takes; 0: they take none.
    """

    cards: int
    minutes: int
    days: int
    a_day: int


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
    who, active = me(), form.active.data or ()
    groups = catalogue.cards_by_choice(who.id)
    seconds = pace_of(latest_tries(who.id)).fresh_seconds
    rows = [_row(step, step.number in active, groups, chosen, seconds) for step in content.roadmap().steps]
    left_out = {
        name: sum(fresh for _, bits, _, fresh in groups if bits & TAGS & path.bits)
        for (name, _), path in zip(_path_names(), paths(), strict=True)
    }
    coming = sum(fresh for _, bits, _, fresh in groups if not bits & chosen.bits)
    page = render_template(
        "quizzes/choices.html",
        form=form,
        steps=rows,
        left_out=left_out,
        left_out_minutes={name: _minutes(cards, seconds) for name, cards in left_out.items()},
        ahead=_ahead(coming, who.new_per_day, seconds),
        new_per_day=who.new_per_day,
    )
    return page, status


def _ahead(cards: int, new_per_day: int, seconds: float) -> Ahead:
    days = ceil(cards / new_per_day) if new_per_day else 0
    return Ahead(cards, _minutes(cards, seconds), days, _minutes(min(cards, new_per_day), seconds))


def _minutes(cards: int, seconds: float) -> int:
    return ceil(cards * seconds / 60)


def _row(step: content.Step, is_active: bool, groups: Groups, chosen: Choices, seconds: float) -> StepRow:
    mine = [
        (started, fresh * (not bits & TAGS & chosen.bits)) for at, bits, started, fresh in groups if at == step.number
    ]
    started, fresh = sum(one for one, _ in mine), sum(one for _, one in mine)
    waiting = _waiting(started, fresh, is_paused=step.number in chosen.paused)
    return StepRow(step.number, step.title, is_active, waiting, _minutes(fresh, seconds))


def _waiting(started: int, fresh: int, *, is_paused: bool) -> str:
    if not started and not fresh:
        return "It has no cards."
    if not fresh:
        return f"Nothing new waits here. {words.cards(started).capitalize()} started."
    verb = "waits" if fresh == 1 else "wait"
    held = "while it is paused" if is_paused else "to come"
    return f"{words.cards(fresh).capitalize()} {verb} {held}" + (f", {started} started." if started else ".")
