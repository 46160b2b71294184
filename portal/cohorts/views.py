"""Cohorts: those I mentor, those I learn in, and the settings of one."""

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort, Role
from portal.accounts.queries import find_cohort, is_over_limit
from portal.cohorts import actions, queries, ways
from portal.cohorts.forms import CohortForm, CoMentorForm, TypedCodeForm
from portal.db import commit, db
from portal.decks import serving
from portal.htmx import see_other
from portal.login import learner_required, me, me_or_none, mentor_required, now

bp = Blueprint("cohorts", __name__, url_prefix="/cohorts")
MOST = 2**31 - 1
AT = f"/<int(max={MOST}):cohort_id>"
TOO_MANY = "That was tried too often. Wait five minutes, then try again."


def cohort_or_404(cohort_id: int) -> Cohort:
    """A cohort that I mentor now."""
    cohort = find_cohort(me().id, cohort_id)
    if cohort is None:
        abort(404)
    return cohort


def guesses() -> list[str]:
    """Against what a code or an address that nobody has is counted: my account and my network address."""
    return [f"guesses:{me().id}", f"guesses:{request.remote_addr}"[:64]]


@bp.app_template_global("cohort_offers")
def cohort_offers() -> list[ways.Offer]:
    """The invitations to cohorts that wait for whoever is signed in."""
    who = me_or_none()
    return [] if who is None else ways.offers(who.email)


@bp.get("")
@learner_required
def cohorts() -> ResponseReturnValue:
    """The cohorts I mentor and those I learn in."""
    return _show_cohorts(CohortForm(formdata=None), 200)


def _show_cohorts(form: CohortForm, status: int) -> ResponseReturnValue:
    who = me()
    is_mentor = who.role != Role.LEARNER
    page = render_template(
        "cohorts/cohorts.html",
        is_mentor=is_mentor,
        mentored=queries.mentored_cohorts(who.id) if is_mentor else [],
        archived=queries.archived_cohorts(who.id) if is_mentor else [],
        attended=queries.attended_cohorts(who.id),
        dormant=queries.dormant_cohorts(who.id),
        offers=ways.offers(who.email),
        requests=ways.waiting_requests(who.id),
        form=form,
        code_form=TypedCodeForm(formdata=None),
    )
    return page, status


@bp.post("")
@mentor_required
def make_cohort() -> ResponseReturnValue:
    """A new cohort of mine."""
    form = CohortForm()
    if not form.validate():
        return _show_cohorts(form, 422)
    made = actions.make_cohort(me().id, form.name.data or "", form.about.data or "", now())
    cohort_id = made.id
    commit()
    flash("The cohort is made. Give your learners a link or a code, or send invitations.")
    return see_other(url_for(".roster", cohort_id=cohort_id))


# ---- Settings


@bp.route(f"{AT}/settings", methods=["GET", "POST"])
@mentor_required
def settings(cohort_id: int) -> ResponseReturnValue:
    """Name and description, the mentors, and the end of it."""
    cohort = cohort_or_404(cohort_id)
    form = CohortForm(obj=cohort)
    if not form.validate_on_submit():
        return _show_settings(cohort, form, CoMentorForm(formdata=None), 422 if form.is_submitted() else 200)
    cohort.name, cohort.about = form.name.data or "", form.about.data or ""
    serving.name_decks(cohort_id, cohort.name)
    commit()
    flash("Saved.")
    return see_other(url_for(".settings", cohort_id=cohort_id))


def _show_settings(cohort: Cohort, form: CohortForm, mentor_form: CoMentorForm, status: int) -> ResponseReturnValue:
    mentors, learners = queries.mentors_of_cohort(cohort.id), queries.count_members(cohort.id)
    words = {"cohort": cohort, "mentors": mentors, "learners": learners, "form": form, "mentor_form": mentor_form}
    return render_template("cohorts/settings.html", **words), status


@bp.post(f"{AT}/archive")
@mentor_required
def archive(cohort_id: int) -> ResponseReturnValue:
    """End the cohort. From the next request on its learners are open to none of its mentors."""
    name = cohort_or_404(cohort_id).name
    actions.archive(cohort_id, now())
    commit()
    flash(f"{name} is archived. Nobody sees its learners through it any more.")
    return see_other(url_for(".cohorts"))


@bp.post(f"{AT}/restore")
@mentor_required
def restore(cohort_id: int) -> ResponseReturnValue:
    """Take an archived cohort of mine up again."""
    cohort = queries.find_archived(me().id, cohort_id)
    if cohort is None:
        abort(404)
    name = cohort.name
    actions.restore(cohort_id, now())
    commit()
    flash(f"{name} goes on, with everybody who was in it when it was archived and has not left since.")
    return see_other(url_for(".roster", cohort_id=cohort_id))


@bp.post(f"{AT}/mentors")
@mentor_required
def add_mentor(cohort_id: int) -> ResponseReturnValue:
    """Let somebody else mentor this cohort too. Unknown addresses and those of learners get the same words."""
    cohort, form, subjects = cohort_or_404(cohort_id), CoMentorForm(), guesses()
    if not form.validate():
        return _show_settings(cohort, CohortForm(formdata=None, obj=cohort), form, 422)
    if is_over_limit(subjects, now()):
        return _refuse_mentor(cohort, form, TOO_MANY, 429)
    try:
        name = actions.add_mentor(cohort_id, form.email.data or "", now())
    except actions.NotAMentor as problem:
        actions.note_guess(subjects, now())
        commit()
        return _refuse_mentor(
            cohort_or_404(cohort_id), form, f"{problem} Ask them for the one they signed up with.", 422
        )
    except actions.AlreadyThere as problem:
        return _refuse_mentor(cohort, form, str(problem), 422)
    commit()
    flash(f"{name} mentors this cohort too, and sees all that you see.")
    return see_other(url_for(".settings", cohort_id=cohort_id))


def _refuse_mentor(cohort: Cohort, form: CoMentorForm, reason: str, status: int) -> ResponseReturnValue:
    form.email.errors = [reason]
    return _show_settings(cohort, CohortForm(formdata=None, obj=cohort), form, status)


@bp.post(f"{AT}/mentors/<int(max={MOST}):mentor_id>/remove")
@mentor_required
def remove_mentor(cohort_id: int, mentor_id: int) -> ResponseReturnValue:
    """End a mentor's sight of this cohort, or mine; never the last one's."""
    cohort = cohort_or_404(cohort_id)
    try:
        if not actions.remove_mentor(cohort_id, mentor_id, now()):
            abort(404)
    except actions.LastMentor as problem:
        db.session.rollback()
        cohort = cohort_or_404(cohort_id)
        return _refuse_mentor(cohort, CoMentorForm(formdata=None), str(problem), 422)
    commit()
    if mentor_id == me().id:
        flash("You do not mentor this cohort any more.")
        return see_other(url_for(".cohorts"))
    flash("They do not mentor this cohort any more, and see nothing of it.")
    return see_other(url_for(".settings", cohort_id=cohort_id))
