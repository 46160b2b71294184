"""The learner's side: what their mentors wrote to them, and their answers; in the blueprint of the morning."""

from datetime import timedelta

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import is_member
from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, now
from portal.mentoring import actions, queries, views
from portal.mentoring.forms import AnswerForm
from portal.mentoring.models import Nudge
from portal.mentoring.views import MOST

bp = views.bp  # one blueprint, drawn by several modules
MESSAGE = f"/messages/<int(max={MOST}):message_id>"
WAITS = timedelta(days=14)  # for so long an unanswered message stands on the front page
MOST_WAITING, MOST_SHOWN = 3, 100
QUICK = "Thanks, I’m on it."


@bp.app_template_global("messages_waiting")
def messages_waiting() -> list[tuple[Nudge, str]]:
    """(message, who wrote it) that my front page shows until I answer."""
    return queries.messages_to(me().id, MOST_WAITING, now() - WAITS)


def message_or_404(message_id: int) -> Nudge:
    """A message to me."""
    message = queries.find_message(me().id, message_id)
    if message is None:
        abort(404)
    return message


@bp.get("/messages")
@learner_required
def messages() -> ResponseReturnValue:
    """Everything my mentors wrote to me, and what I answered."""
    return _show()


def _show(refused: AnswerForm | None = None, message_id: int = 0, status: int = 200) -> tuple[str, int]:
    who = me()
    found, notes = queries.messages_to(who.id, MOST_SHOWN), queries.count_notes(who.id)
    page = {"messages": found, "notes": notes, "refused": refused, "message_id": message_id}
    return render_template("mentoring/messages.html", **page), status


@bp.post(f"{MESSAGE}/answer")
@learner_required
def answer(message_id: int) -> ResponseReturnValue:
    """Answer a mentor, in a word or in my own."""
    message, form = message_or_404(message_id), AnswerForm()
    is_quick = request.form.get("quick") == "1"
    if not is_quick and not form.validate_on_submit():
        return _show(form, message_id, 422)
    if not is_member(message.cohort_id, me().id):
        abort(404, "You are not in this cohort any more, so nobody would read it.")
    actions.answer_message(message, QUICK if is_quick else form.said, now())
    commit()
    flash("Answered.", "good")
    return see_other(url_for("roadmap.home") if is_quick else url_for(".messages", _anchor=f"message-{message_id}"))


@bp.post(f"{MESSAGE}/seen")
@learner_required
def seen(message_id: int) -> ResponseReturnValue:
    """A message that was shown is seen: the page says so by itself, or a button does."""
    actions.mark_seen(message_or_404(message_id), now())
    commit()
    return ("", 204) if wants_fragment() else see_other(url_for("mentoring.messages"))
