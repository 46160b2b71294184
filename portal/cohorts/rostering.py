"""The roster of a cohort, in the same blueprint: its learners, its codes, and who asks to be let in."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.cohorts import actions, entering, queries, views, ways
from portal.cohorts.forms import CodeForm, MoveForm, StartForm
from portal.cohorts.models import JoinRequest, Outcome
from portal.cohorts.queries import Member
from portal.cohorts.views import AT, MOST, cohort_or_404
from portal.db import commit, db
from portal.htmx import see_other
from portal.login import me, mentor_required, now

bp = views.bp  # one blueprint, drawn by several modules
OF = f"{AT}/roster/<int(max={MOST}):learner_id>"


def place_or_404() -> int | None:
    """Behind whom the page that is asked for begins; None: at the beginning."""
    text = request.args.get("after")
    if text is not None and not (text.isdecimal() and text.isascii() and int(text[:11]) <= MOST):
        abort(404)
    return None if text is None else int(text)


@bp.get(f"{AT}/roster")
@mentor_required
def roster(cohort_id: int) -> ResponseReturnValue:
    """Who learns in a cohort, who asks to, and the codes that let people in."""
    return _show_roster(cohort_or_404(cohort_id), CodeForm(formdata=None), 200)


def _show_roster(cohort: Cohort, form: CodeForm, status: int) -> ResponseReturnValue:
    found, after = queries.members(cohort.id, place_or_404())
    page = render_template(
        "cohorts/roster.html",
        cohort=cohort,
        members=found,
        after=after,
        is_first="after" not in request.args,
        count=queries.count_members(cohort.id),
        asking=ways.asking(cohort.id),
        codes=ways.codes(cohort.id),
        invited=ways.count_invitations(cohort.id),
        form=form,
        moment=now(),
    )
    return page, status


def _back(cohort_id: int) -> ResponseReturnValue:
    return see_other(url_for(".roster", cohort_id=cohort_id))


# ---- Codes and requests


@bp.post(f"{AT}/codes")
@mentor_required
def make_code(cohort_id: int) -> ResponseReturnValue:
    """A new code and link."""
    cohort, form, moment = cohort_or_404(cohort_id), CodeForm(), now()
    if not form.validate_whole():
        return _show_roster(cohort, form, 422)
    entering.make_code(cohort_id, bool(form.needs_approval.data), form.most.data, form.expires_at(moment), moment)
    commit()
    flash("The code is made. Read it out, or pass the link on.")
    return see_other(url_for(".roster", cohort_id=cohort_id, _anchor="codes"))


@bp.post(f"{AT}/codes/<int(max={MOST}):code_id>/revoke")
@mentor_required
def revoke_code(cohort_id: int, code_id: int) -> ResponseReturnValue:
    """Let nobody in by a code any more."""
    cohort_or_404(cohort_id)
    code = ways.find_code(cohort_id, code_id)
    if code is None:
        abort(404)
    entering.revoke_code(code, now())
    commit()
    flash("The code is taken back. Who joined by it stays.")
    return see_other(url_for(".roster", cohort_id=cohort_id, _anchor="codes"))


@bp.post(f"{AT}/requests/<int(max={MOST}):request_id>/accept")
@mentor_required
def accept_request(cohort_id: int, request_id: int) -> ResponseReturnValue:
    """Let somebody in who asked."""
    asked = _request_or_404(cohort_id, request_id)
    try:
        entering.accept_request(asked, now())
    except actions.CannotEnter:  # they mentor this cohort meanwhile
        db.session.rollback()
        flash("They cannot join: they mentor this cohort.", "bad")
        return _back(cohort_id)
    commit()
    flash("They belong to this cohort now.")
    return _back(cohort_id)


@bp.post(f"{AT}/requests/<int(max={MOST}):request_id>/decline")
@mentor_required
def decline_request(cohort_id: int, request_id: int) -> ResponseReturnValue:
    """Let somebody not in who asked."""
    entering.close_request(_request_or_404(cohort_id, request_id), Outcome.DECLINED, now())
    commit()
    flash("Declined.")
    return _back(cohort_id)


def _request_or_404(cohort_id: int, request_id: int) -> JoinRequest:
    cohort_or_404(cohort_id)
    actions.hold(cohort_id)
    asked = ways.find_request(request_id, cohort_id=cohort_id)
    if asked is None:
        abort(404)
    return asked


# ---- One member


def member_or_404(cohort_id: int, learner_id: int) -> tuple[Cohort, Member]:
    """A learner who belongs to a cohort of mine now."""
    cohort = cohort_or_404(cohort_id)
    member = queries.find_member(cohort_id, learner_id)
    if member is None:
        abort(404)
    return cohort, member


@bp.route(OF, methods=["GET", "POST"])
@mentor_required
def member(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """A member's first day, and the ways out of this cohort."""
    cohort, found = member_or_404(cohort_id, learner_id)
    form = StartForm(obj=found)
    if not form.is_submitted() or not form.validate_day():
        return _show_member(cohort, found, form, _move_form(cohort_id), 422 if form.is_submitted() else 200)
    actions.change_start(cohort_id, learner_id, form.day())
    commit()
    flash(f"{found.name} starts on {form.day().isoformat()}.")
    return _back(cohort_id)


def _show_member(
    cohort: Cohort, found: Member, form: StartForm, move_form: MoveForm, status: int
) -> ResponseReturnValue:
    words = {"cohort": cohort, "member": found, "form": form, "move_form": move_form}
    return render_template("cohorts/member.html", **words), status


def _move_form(cohort_id: int, *, is_sent: bool = False) -> MoveForm:
    form = MoveForm() if is_sent else MoveForm(formdata=None)
    form.cohort.choices = [(one.id, one.name) for one in queries.mentored_cohorts(me().id) if one.id != cohort_id]
    return form


@bp.post(f"{OF}/move")
@mentor_required
def move_member(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Take a member into another cohort of mine. They can read who did it."""
    cohort, found = member_or_404(cohort_id, learner_id)
    form = _move_form(cohort_id, is_sent=True)
    if not form.validate():
        form.cohort.errors = ["Choose one of your other cohorts."]
        return _show_member(cohort, found, StartForm(formdata=None, obj=found), form, 422)
    try:
        actions.move(me().id, learner_id, cohort_id, form.cohort.data, found.starts_on, now())
    except actions.CannotEnter:
        db.session.rollback()
        form.cohort.errors = [f"{found.name} belongs to that cohort already, or mentors it."]
        return _show_member(cohort_or_404(cohort_id), found, StartForm(formdata=None, obj=found), form, 422)
    commit()
    flash(f"{found.name} is in the other cohort now. They see on their page that you moved them.")
    return _back(cohort_id)


@bp.post(f"{OF}/remove")
@mentor_required
def remove_member(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Let a member belong to this cohort no longer."""
    _, found = member_or_404(cohort_id, learner_id)
    actions.end_membership(cohort_id, learner_id, now())
    commit()
    flash(f"{found.name} is not in this cohort any more. Nothing of what they learnt is lost to them.")
    return _back(cohort_id)
