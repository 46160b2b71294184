"""What is kept of me: all of it in one file, and the end of my account."""

import tempfile

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from portal import zips
from portal.accounts import actions, proving
from portal.belongings import archive, leaving
from portal.belongings.forms import LeaveForm
from portal.db import bring_log_home, commit
from portal.login import learner_required, me, now
from portal.quizzes.queries import today

bp = Blueprint("belongings", __name__, url_prefix="/me")
WRONG = "This is not your password. Nothing was deleted."
IN_THE_WAY = "Your account is still there: see what has to be arranged first."
LEFT = "Your account is gone, and everything that was yours with it. Thank you for learning here."


@bp.get("/data")
@learner_required
def yours() -> ResponseReturnValue:
    """What I can carry away, and the way out."""
    return render_template("belongings/yours.html")


@bp.get("/data/export.zip")
@learner_required
def export() -> ResponseReturnValue:
    """Everything that is kept of me."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer has gone out
    archive.write(file, me().id, now())
    return zips.answer(file, f"backend-roadmap-{today(me(), now()).day.isoformat()}.zip")


@bp.route("/leave", methods=["GET", "POST"])
@learner_required
def leave() -> ResponseReturnValue:
    """End my account, with my password; what stands in the way is said."""
    who, form = me(), LeaveForm()
    if not form.validate_on_submit():
        return _show(form, 422 if form.is_submitted() else 200)
    subjects = [f"account:{who.email}"[:64]]
    if proving.is_over_limit(subjects):
        form.password.errors = [proving.TOO_MANY]
        return _show(form, 429)
    if proving.proved_user(who.email, form.password.data or "") != who.id:
        actions.note_failure(subjects, now())
        commit()
        form.password.errors = [WRONG]
        return _show(form, 422)
    if leaving.obstacles(who.id, who.role):
        form.form_errors.append(IN_THE_WAY)
        return _show(form, 409)
    leaving.erase(who.id, who.email)
    commit()
    bring_log_home()
    answer = proving.leave()
    flash(LEFT)
    return answer


def _show(form: LeaveForm, status: int) -> ResponseReturnValue:
    in_the_way = leaving.obstacles(me().id, me().role)
    return render_template("belongings/leave.html", form=form, in_the_way=in_the_way), status
