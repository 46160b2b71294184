"""Threads of a learner with the mentors of a cohort: the learner's pages and the mentor's."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Role
from portal.accounts.queries import find_member
from portal.db import commit, db
from portal.feedback import actions, queries
from portal.feedback.actions import SentAlready, ThreadClosed
from portal.feedback.forms import MessageForm
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, me_or_none, mentor_required, now
from portal.looking import note_looking

bp = Blueprint("feedback", __name__)
MOST = 2**31 - 1
MINE = f"/feedback/<int(max={MOST}):cohort_id>"
COHORT = f"/cohorts/<int(max={MOST}):cohort_id>"
THEIRS = f"{COHORT}/feedback/<int(max={MOST}):learner_id>"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NUMBER, _TOKEN = re.compile(r"\d{1,16}", re.ASCII), re.compile(r"[\w-]{1,16}", re.ASCII)
_TWICE = "Your first message from this form is sent. Send this as a second one, or leave it."
_CLOSED = "You are not in this cohort any more, so nobody would read it, and nothing was sent."


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that was not kept, and why; `status` is the answer's."""

    body: str
    reason: str
    status: int


@bp.app_template_global("feedback_news")
def feedback_news() -> int:
    """How many of my threads say something new; for a mentor also how much waits in the queues of their cohorts."""
    who = me_or_none()
    if who is None:
        return 0
    waiting = 0 if who.role == Role.LEARNER else sum(count for _, _, count in queries.queues(who.id))
    return queries.count_unread(who.id) + waiting


@bp.app_template_global("fresh_token")
def fresh_token() -> str:
    """A once-only name for a form."""
    return secrets.token_urlsafe(9)


def member_or_404(cohort_id: int, learner_id: int) -> None:
    """Only where this learner belongs now to a cohort that I mentor now."""
    if find_member(me().id, cohort_id, learner_id) is None:
        abort(404)


# ---- The learner's side


@bp.get("/feedback")
@learner_required
def threads() -> ResponseReturnValue:
    """My threads; where there is but one, the thread."""
    who = me()
    found = queries.threads_of(who.id)
    queues = [] if who.role == Role.LEARNER else queries.queues(who.id)
    if len(found) == 1 and not queues:
        return see_other(url_for(".thread", cohort_id=found[0].cohort_id))
    return render_template("feedback/threads.html", threads=found, queues=queues)


def _belonged_or_404(cohort_id: int) -> int:
    """My id, where I belong to the cohort or once did: what was said stays mine to read."""
    if not queries.has_belonged(cohort_id, me().id):
        abort(404)
    return me().id


@bp.get(MINE)
@learner_required
def thread(cohort_id: int) -> ResponseReturnValue:
    """What my mentors and I said to each other."""
    return _show(cohort_id, _belonged_or_404(cohort_id))


@bp.post(f"{MINE}/write")
@learner_required
def write(cohort_id: int) -> ResponseReturnValue:
    """Say something to all mentors of the cohort."""
    return _write(cohort_id, _belonged_or_404(cohort_id))


@bp.post(f"{MINE}/seen")
@learner_required
def seen(cohort_id: int) -> ResponseReturnValue:
    """What was shown of my thread is read."""
    return _mark_read(cohort_id, _belonged_or_404(cohort_id))


# ---- The mentor's side


@bp.get(THEIRS)
@mentor_required
def learner_thread(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """What a learner and the mentors of the cohort said to each other."""
    member_or_404(cohort_id, learner_id)
    note_looking(cohort_id, learner_id, "thread")
    member_or_404(cohort_id, learner_id)
    return _show(cohort_id, learner_id)


@bp.post(f"{THEIRS}/write")
@mentor_required
def answer(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Say something to a learner; all mentors of the cohort read it too."""
    member_or_404(cohort_id, learner_id)
    return _write(cohort_id, learner_id)


@bp.post(f"{THEIRS}/seen")
@mentor_required
def learner_seen(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """What was shown of a learner's thread is read."""
    member_or_404(cohort_id, learner_id)
    return _mark_read(cohort_id, learner_id)


@bp.post(f"{THEIRS}/settle")
@mentor_required
def settle(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """What a learner wrote needs no answer."""
    member_or_404(cohort_id, learner_id)
    actions.settle(cohort_id, learner_id, now())
    commit()
    flash("Taken out of the queue. It waits again when they write again.", "good")
    return see_other(url_for(".queue", cohort_id=cohort_id))


# ---- Both


def _place(cohort_id: int, learner_id: int, anchor: str) -> str:
    """Where a thread stands for whoever asks."""
    if learner_id == me().id:
        return url_for(".thread", cohort_id=cohort_id, _anchor=anchor)
    return url_for(".learner_thread", cohort_id=cohort_id, learner_id=learner_id, _anchor=anchor)


def _moment(text: str) -> datetime | None:
    return _EPOCH + int(text) * _MICROSECOND if _NUMBER.fullmatch(text) else None


def _show(cohort_id: int, learner_id: int, refused: Refused | None = None) -> ResponseReturnValue:
    before = request.args.get("before")
    if before is not None and _moment(before) is None:
        abort(404)
    found = queries.conversation(me().id, cohort_id, learner_id, None if before is None else _moment(before))
    page = render_template("feedback/thread.html", thread=found, refused=refused, is_first=before is None)
    return page, 200 if refused is None else refused.status


def _write(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    form, token, who = MessageForm(), request.form.get("token", ""), me()
    body = form.body.data or ""
    if not _TOKEN.fullmatch(token):
        abort(400)
    if not form.validate():
        return _show(cohort_id, learner_id, Refused(body, " ".join(form.body.errors), 422))
    try:
        written = actions.write_message(who.id, cohort_id, learner_id, token, body, now())
    except ThreadClosed:
        db.session.rollback()
        return _show(cohort_id, learner_id, Refused(body, _CLOSED, 409))
    except SentAlready:
        sent = queries.find_sent(who.id, token)
        if sent is None or (sent.body, sent.cohort_id, sent.learner_id) != (body, cohort_id, learner_id):
            return _show(cohort_id, learner_id, Refused(body, _TWICE, 409))
        written = sent.id
    if (upto := _moment(request.form.get("seen", ""))) is not None:
        actions.mark_read(who.id, cohort_id, learner_id, upto, now())
    commit()
    return see_other(_place(cohort_id, learner_id, f"said-{written}"))


def _mark_read(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    upto = _moment(request.form.get("seen", ""))
    if upto is None:
        abort(400)
    actions.mark_read(me().id, cohort_id, learner_id, upto, now())
    commit()
    return (
        render_template("feedback/_read.html")
        if wants_fragment()
        else see_other(_place(cohort_id, learner_id, "thread"))
    )


@bp.post(f"/feedback/messages/<int(max={MOST}):message_id>/delete")
@learner_required
def delete_message(message_id: int) -> ResponseReturnValue:
    """Take the words of a message of mine away, where I may still read its thread."""
    found = queries.find_message(me().id, message_id)
    if found is None:
        abort(404)
    cohort_id, learner_id = found.cohort_id, found.learner_id
    if learner_id != me().id:
        member_or_404(cohort_id, learner_id)
    actions.delete_message(found, now())
    commit()
    return see_other(_place(cohort_id, learner_id, f"said-{message_id}"))
