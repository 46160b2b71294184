"""The skills page: what its owner sees and chooses, and what everybody with the link sees."""

import secrets
from datetime import date

from flask import Blueprint, abort, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other
from portal.login import learner_required, me, now
from portal.progress import actions, queries, skills
from portal.progress.forms import SkillsForm
from portal.progress.skills import Claim
from portal.quizzes import catalogue
from portal.quizzes.queries import today
from quizzes.day import day_of

bp = Blueprint("skills", __name__)
GONE = "What you chose is not there any more. Look again, and save."


def claims_of(learner_id: int, day: date) -> list[Claim]:
    """Everything this learner can claim on a day."""
    decks = [(deck.id, deck.title, deck.step) for deck in catalogue.decks()]
    return skills.claims(decks, catalogue.recall_by_topic(learner_id, day))


@bp.get("/progress/skills")
@learner_required
def mine() -> ResponseReturnValue:
    """My claims with their evidence, and which of them others may see."""
    who = me()
    page, chosen = queries.find_skill_page(who.id), queries.public_claims(who.id)
    name = page.shown_name if page else who.name
    return _show_mine(SkillsForm(formdata=None, data={"shown_name": name, "claims": sorted(chosen)}))


def _show_mine(form: SkillsForm, status: int = 200) -> ResponseReturnValue:
    who = me()
    found = claims_of(who.id, today(who, now()).day)
    _offer(form, found)
    page, chosen = queries.find_skill_page(who.id), queries.public_claims(who.id)
    shown = [claim for claim in found if claim.name in chosen]
    steps = skills.by_step(found)
    return render_template("progress/skills.html", form=form, page=page, shown=shown, steps=steps), status


def _offer(form: SkillsForm, found: list[Claim]) -> None:
    form.claims.choices = [(claim.name, claim.title) for claim in found]


@bp.post("/progress/skills")
@learner_required
def choose() -> ResponseReturnValue:
    """Keep what may be shown, and under which name."""
    who, form = me(), SkillsForm()
    _offer(form, claims_of(who.id, today(who, now()).day))
    if not form.validate_on_submit():
        if form.claims.errors:
            form.claims.errors = [GONE]
        return _show_mine(form, 422)
    actions.choose_claims(who.id, form.shown_name.data or "", form.claims.data or [])
    commit()
    flash("Saved.")
    return see_other(url_for(".mine"))


@bp.get("/progress/skills/preview")
@learner_required
def preview() -> ResponseReturnValue:
    """The page as others see it, also before there is a link."""
    who = me()
    if (page := queries.find_skill_page(who.id)) is None:
        abort(404)
    return _show_public(who.id, page.shown_name, today(who, now()).day, is_preview=True)


@bp.post("/progress/skills/publish")
@learner_required
def publish() -> ResponseReturnValue:
    """Make the link, or another one in its place."""
    who = me()
    page = queries.find_skill_page(who.id)
    if page is None or not queries.public_claims(who.id):
        flash("Choose at least one claim and save it first.", "warn")
        return see_other(url_for(".mine"))
    actions.publish(page, secrets.token_urlsafe(16), now())
    commit()
    flash("Whoever has this link can read your page from now on.")
    return see_other(url_for(".mine"))


@bp.post("/progress/skills/withdraw")
@learner_required
def withdraw() -> ResponseReturnValue:
    """Take the link back."""
    page = queries.find_skill_page(me().id)
    if page is not None:
        actions.withdraw(page)
        commit()
    flash("The link leads nowhere now.")
    return see_other(url_for(".mine"))


@bp.get("/skills/<string(length=22):token>")
def public(token: str) -> ResponseReturnValue:
    """What somebody chose to show, for everybody who has the link."""
    found = queries.find_public_page(token)
    if found is None:
        abort(404, "There is no page behind this link, or its owner took it back.")
    page, zone, rollover_hour = found
    return _show_public(page.learner_id, page.shown_name, day_of(now(), zone, rollover_hour))


def _show_public(learner_id: int, name: str, day: date, *, is_preview: bool = False) -> ResponseReturnValue:
    chosen = queries.public_claims(learner_id)
    found = [claim for claim in claims_of(learner_id, day) if claim.name in chosen]
    steps = skills.by_step(found)
    page = render_template("progress/public.html", name=name, steps=steps, day=day, is_preview=is_preview)
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
