"""What a mentor does about a learner: a message, a note, a snooze; in the blueprint of the morning."""

import re
import secrets
from datetime import timedelta

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.login import me, mentor_required, now
from portal.looking import note_looking
from portal.mentoring import actions, letters, queries, views
from portal.mentoring.actions import SentAlready
from portal.mentoring.forms import LONGEST_SNOOZE, MessageForm, NoteForm, SnoozeForm
from portal.mentoring.views import MOST, day_of_mine, member_or_404
from quizzes.day import day_of
from quizzes.needs import Reason, Rule, read_reasons

bp = views.bp  # one blueprint, drawn by several modules
LEARNER = f"{views.COHORT}/learners/<int(max={MOST}):learner_id>"
A_WEEK = timedelta(days=7)
_TOKEN = re.compile(r"[\w-]{1,16}", re.ASCII)
_TWICE = "What you sent first is kept. Send this as a second one, or leave it."


def _reasons(cohort_id: int, learner_id: int) -> list[Reason]:
    """Why this learner needs somebody, then what went well."""
    found = queries.find_standing(cohort_id, learner_id) or ()
    return [reason for line in found for reason in read_reasons(line)]


def _about(reasons: list[Reason], rule: str | None) -> Reason | None:
    """The reason of this rule; the weightiest where none is asked for."""
    return next((one for one in reasons if rule in {None, one.rule}), None)


def _token_or_400() -> str:
    token = request.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        abort(400)
    return token


def _draw(
    what: str, cohort_id: int, learner_id: int, form: object, status: int = 200, **more: object
) -> tuple[str, int]:
    """A form as a page, or alone for the row it belongs to."""
    template = f"mentoring/_{what}.html" if wants_fragment() else "mentoring/act.html"
    named = {"what": what, "cohort_id": cohort_id, "learner_id": learner_id, "form": form}
    name, token = queries.person(learner_id)[0], secrets.token_urlsafe(9)
    return render_template(template, **named, **more, name=name, token=token), status


def _back(cohort_id: int, learner_id: int, told: str) -> ResponseReturnValue:
    """To the learner's place on the morning's page, with a word about what was done."""
    flash(told, "good")
    return see_other(url_for("mentoring.cohort", cohort_id=cohort_id, _anchor=f"learner-{learner_id}"))


@bp.get(f"{LEARNER}/write")
@mentor_required
def write(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """A prepared message about one of the reasons, ready to be changed and sent."""
    member_or_404(cohort_id, learner_id)
    note_looking(cohort_id, learner_id, "write")
    reasons = _reasons(cohort_id, learner_id)
    reason = _about(reasons, request.args.get("rule"))
    text = letters.prepared(queries.person(learner_id)[0], reason, me().name)
    form = MessageForm(formdata=None, text=text)
    return _draw_message(cohort_id, learner_id, form, reasons, "" if reason is None else reason.rule)


def _draw_message(
    cohort_id: int, learner_id: int, form: MessageForm, reasons: list[Reason], rule: str, status: int = 200
) -> tuple[str, int]:
    form.text.id = f"text-{learner_id}"
    return _draw("write", cohort_id, learner_id, form, status, reasons=reasons, rule=rule, about=letters.about)


@bp.post(f"{LEARNER}/write")
@mentor_required
def send(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Send a message to a learner."""
    member_or_404(cohort_id, learner_id)
    form, token, moment = MessageForm(), _token_or_400(), now()
    reasons, rule = _reasons(cohort_id, learner_id), request.form.get("rule", "")
    rule = rule if rule in list(Rule) else ""  # the reason itself may be gone since the page was opened
    if not form.validate_on_submit():
        return _draw_message(cohort_id, learner_id, form, reasons, rule, 422)
    name, zone, hour = queries.person(learner_id)
    day = day_of(moment, zone, hour)
    try:
        actions.send_nudge(me().id, cohort_id, learner_id, token, rule, form.said, day, moment)
    except SentAlready:
        if queries.text_sent(me().id, token) != form.said:
            form.text.errors = [_TWICE]
            return _draw_message(cohort_id, learner_id, form, reasons, rule, 409)
    commit()
    return _back(cohort_id, learner_id, f"Sent. {name} sees it on the front page.")


@bp.get(f"{LEARNER}/note")
@mentor_required
def note(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """What the mentors of the cohort keep about a learner, and room for more."""
    member_or_404(cohort_id, learner_id)
    note_looking(cohort_id, learner_id, "note")
    return _draw_note(cohort_id, learner_id, NoteForm(formdata=None))


def _draw_note(cohort_id: int, learner_id: int, form: NoteForm, status: int = 200) -> tuple[str, int]:
    form.text.id = f"note-{learner_id}"
    return _draw("note", cohort_id, learner_id, form, status, notes=queries.notes_about(cohort_id, learner_id))


@bp.post(f"{LEARNER}/note")
@mentor_required
def keep_note(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Keep a note about a learner."""
    member_or_404(cohort_id, learner_id)
    form, token = NoteForm(), _token_or_400()
    if not form.validate_on_submit():
        return _draw_note(cohort_id, learner_id, form, 422)
    try:
        actions.write_note(me().id, cohort_id, learner_id, token, form.said, now())
    except SentAlready:
        if queries.text_noted(me().id, token) != form.said:
            form.text.errors = [_TWICE]
            return _draw_note(cohort_id, learner_id, form, 409)
    commit()
    return _back(cohort_id, learner_id, f"The note about {queries.person(learner_id)[0]} is kept.")


@bp.post(f"{LEARNER}/notes/<int(max={MOST}):note_id>/remove")
@mentor_required
def remove_note(cohort_id: int, learner_id: int, note_id: int) -> ResponseReturnValue:
    """Remove a note that I wrote."""
    member_or_404(cohort_id, learner_id)
    if not actions.remove_note(me().id, cohort_id, learner_id, note_id):
        abort(404)
    commit()
    flash("The note is gone.", "good")
    return see_other(url_for("mentoring.note", cohort_id=cohort_id, learner_id=learner_id))


@bp.get(f"{LEARNER}/snooze")
@mentor_required
def snooze(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Until when to leave a learner in peace, and why."""
    member_or_404(cohort_id, learner_id)
    note_looking(cohort_id, learner_id, "snooze")
    form = SnoozeForm(formdata=None, until_on=day_of_mine(me(), now()) + A_WEEK)
    return _draw_snooze(cohort_id, learner_id, form)


def _draw_snooze(cohort_id: int, learner_id: int, form: SnoozeForm, status: int = 200) -> tuple[str, int]:
    form.until_on.id, form.reason.id = f"until-{learner_id}", f"reason-{learner_id}"
    return _draw("snooze", cohort_id, learner_id, form, status, longest=LONGEST_SNOOZE)


@bp.post(f"{LEARNER}/snooze")
@mentor_required
def put_off(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Leave a learner in peace until a day."""
    member_or_404(cohort_id, learner_id)
    form, moment = SnoozeForm(), now()
    if not form.validate_for(day_of_mine(me(), moment)):
        return _draw_snooze(cohort_id, learner_id, form, 422)
    name, zone, hour = queries.person(learner_id)
    until_on, reason = form.said()
    actions.snooze(me().id, cohort_id, learner_id, reason, day_of(moment, zone, hour), until_on, moment)
    commit()
    return _back(cohort_id, learner_id, f"{name} is back in the list on {until_on.day} {until_on:%B}.")


@bp.post(f"{LEARNER}/wake")
@mentor_required
def wake(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Take a learner back into the list before the day."""
    member_or_404(cohort_id, learner_id)
    actions.wake(cohort_id, learner_id, now())
    commit()
    return _back(cohort_id, learner_id, f"{queries.person(learner_id)[0]} is back in the list.")
