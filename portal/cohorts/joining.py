"""A learner's side of cohorts, in the same blueprint: join by link or code, accept or decline, leave."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import is_member, is_over_limit
from portal.cohorts import actions, entering, queries, views, ways
from portal.cohorts.forms import TypedCodeForm
from portal.cohorts.models import Invitation, JoinCode, JoinRequest, Outcome
from portal.cohorts.views import AT, MOST, TOO_MANY, guesses
from portal.db import commit, db
from portal.htmx import see_other
from portal.login import learner_required, me, me_or_none, now

bp = views.bp  # one blueprint, drawn by several modules
NO_CODE = "No cohort has this code. Check it letter by letter, or ask for a new one."


@bp.route("/join", methods=["GET", "POST"])
@learner_required
def join_by_code() -> ResponseReturnValue:
    """Type a code; it leads to the page of its cohort. Guesses are counted as failed sign-ins are."""
    form = TypedCodeForm()
    if not form.validate_on_submit():
        return _show_typed(form, 422 if form.is_submitted() else 200)
    subjects = guesses()
    if is_over_limit(subjects, now()):
        form.code.errors = [TOO_MANY]
        return _show_typed(form, 429)
    token = ways.token_of(entering.typed_code(form.code.data or ""))
    if token is None:
        actions.note_guess(subjects, now())
        commit()
        form.code.errors = [NO_CODE]
        return _show_typed(form, 422)
    return see_other(url_for(".join", token=token))


def _show_typed(form: TypedCodeForm, status: int) -> ResponseReturnValue:
    return render_template("cohorts/join_by_code.html", form=form), status


@bp.get("/join/<string(length=22):token>")
def join(token: str) -> ResponseReturnValue:
    """What a link leads to, for everybody who has it: the cohort, its mentors, and what they will see."""
    found = ways.find_way(token)
    if found is None:
        return _show_closed("No cohort has this link. Check that it is whole, or ask for a new one.", 404)
    way, cohort = found
    who = me_or_none()
    if who is not None and is_member(cohort.id, who.id):
        return _show_closed(f"You belong to {cohort.name}.", 200)
    try:
        entering.check_way(way, cohort, now())
    except entering.WayClosed as problem:
        return _show_closed(str(problem), 410)
    return _show_open(way, cohort)


def _show_closed(reason: str, status: int) -> ResponseReturnValue:
    return render_template("cohorts/join_closed.html", reason=reason, is_in=status == 200), status


def _show_open(way: JoinCode | Invitation, cohort: Cohort) -> str:
    who = me_or_none()
    is_mine = isinstance(way, JoinCode) or (who is not None and way.email == who.email)
    words = {
        "cohort": cohort,
        "mentors": queries.mentor_names([cohort.id])[cohort.id],
        "needs_approval": isinstance(way, JoinCode) and way.needs_approval,
        "is_for_another": who is not None and not is_mine,
        "is_asking": who is not None and ways.is_asking(cohort.id, who.id),
        "is_mentor": who is not None and queries.is_mentor_of_cohort(who.id, cohort.id),
    }
    return render_template("cohorts/join.html", token=request.view_args["token"], **words)  # type: ignore[index]


@bp.post("/join/<string(length=22):token>")
@learner_required
def enter(token: str) -> ResponseReturnValue:
    """Join the cohort behind a link, or ask to."""
    if ways.find_way(token) is None:
        return _show_closed("No cohort has this link. Check that it is whole, or ask for a new one.", 404)
    try:
        is_in = entering.enter(me().id, token, now())
    except actions.CannotEnter as problem:
        db.session.rollback()
        return _show_closed(str(problem), 409)
    commit()
    flash("You are in. Here is who mentors you there, and what they can see." if is_in else "You asked to join.")
    return see_other(url_for(".cohorts"))


@bp.post(f"{AT}/leave")
@learner_required
def leave(cohort_id: int) -> ResponseReturnValue:
    """Belong to a cohort no longer. From their next request on its mentors see nothing of mine through it."""
    if db.session.get(Cohort, cohort_id) is None or not actions.end_membership(cohort_id, me().id, now()):
        abort(404)
    commit()
    flash("You have left. Its mentors see nothing of you through this cohort any more.")
    return see_other(url_for(".cohorts"))


# ---- Invitations and requests of mine


@bp.post(f"/invitations/<int(max={MOST}):invitation_id>/accept")
@learner_required
def accept_invitation(invitation_id: int) -> ResponseReturnValue:
    """Say yes to an invitation for my address."""
    invitation, cohort = _offer_or_404(invitation_id)
    name = cohort.name
    try:
        entering.accept_offer(me().id, invitation, now())
    except actions.CannotEnter as problem:
        db.session.rollback()
        return _show_closed(str(problem), 409)
    commit()
    flash(f"You belong to {name} now. Here is who mentors you there, and what they can see.")
    return see_other(url_for(".cohorts"))


@bp.post(f"/invitations/<int(max={MOST}):invitation_id>/decline")
@learner_required
def decline_invitation(invitation_id: int) -> ResponseReturnValue:
    """Say no to an invitation for my address."""
    invitation, _ = _offer_or_404(invitation_id)
    entering.decline_offer(me().id, invitation, now())
    commit()
    flash("Declined. Nobody of that cohort sees anything of you.")
    return see_other(url_for(".cohorts"))


def _offer_or_404(invitation_id: int) -> tuple[Invitation, Cohort]:
    found = ways.find_offer(me().email, invitation_id)
    if found is None:
        abort(404)
    actions.hold(found[1].id)
    db.session.refresh(found[0])  # another click may have answered it while this one waited
    if found[0].outcome != Outcome.WAITING.value:
        abort(404)
    return found


@bp.post(f"/requests/<int(max={MOST}):request_id>/withdraw")
@learner_required
def withdraw_request(request_id: int) -> ResponseReturnValue:
    """Ask no longer."""
    asked: JoinRequest | None = ways.find_request(request_id, learner_id=me().id)
    if asked is None:
        abort(404)
    entering.close_request(asked, Outcome.WITHDRAWN, now())
    commit()
    flash("You do not ask to join any more.")
    return see_other(url_for(".cohorts"))
