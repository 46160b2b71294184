"""The pages of sharing: who else reads an entry, what a mentor reads, the comments between the two, unread marks."""

import re
import secrets
from datetime import UTC, datetime, timedelta

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Role
from portal.accounts.queries import Companion, count_learners, find_learner, has_learners, learners_of
from portal.db import commit, db
from portal.htmx import see_other, wants_fragment
from portal.journal import queries, shares, texts, threads, views
from portal.journal.forms import CommentForm
from portal.journal.models import Comment
from portal.journal.shares import NotYourMentor, SentAlready, ThreadClosed
from portal.journal.threads import SharedEntry
from portal.journal.views import MOST, Refused, entry_or_404, show_entry
from portal.login import learner_required, me, me_or_none, mentor_required, now
from portal.looking import note_looking

bp = views.bp  # one blueprint, drawn by two modules
bp.add_app_template_filter(texts.rendered_comment, "rendered_comment")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"\d{1,16}", re.ASCII)  # of microseconds: up to the year 2286
_ID = re.compile(r"\d{1,9}", re.ASCII)
_PLACE = re.compile(r"(\d{1,16})\.(\d{1,9})", re.ASCII)
MOST_SHARERS, FEW, MOST_NAMED = 12, 8, 200  # learners by name: who shares, the rest, the rest when asked for
_TWICE = "Your first comment from this form is sent. Send this as a second one, or leave it."
_CLOSED = "They do not read this entry now, so nothing was sent. Share it again first; your words are still here."


@bp.app_template_filter("microseconds")
def microseconds(moment: datetime) -> int:
    """A moment as a number that a form can carry without losing a part of it."""
    return (moment - _EPOCH) // _MICROSECOND


@bp.app_template_global("shared_news")
def shared_news() -> int | None:
    """In how many entries something waits for this mentor; None for whoever mentors nobody."""
    who = me_or_none()
    if who is None or who.role == Role.LEARNER or not has_learners(who.id):
        return None
    return threads.count_shared_news(who.id)


# ---- The learner's side


@bp.post(f"/<int(max={MOST}):entry_id>/mentors/<int(max={MOST}):mentor_id>/share")
@learner_required
def share(entry_id: int, mentor_id: int) -> ResponseReturnValue:
    """Let one of my mentors read this entry."""
    try:
        shares.share_entry(entry_or_404(entry_id), mentor_id, now())
    except NotYourMentor:
        abort(404)
    commit()
    return see_other(url_for(".entry", entry_id=entry_id, _anchor="sharing"))


@bp.post(f"/<int(max={MOST}):entry_id>/mentors/<int(max={MOST}):mentor_id>/stop")
@learner_required
def stop(entry_id: int, mentor_id: int) -> ResponseReturnValue:
    """Let a mentor read this entry no longer."""
    shares.stop_sharing(entry_or_404(entry_id), mentor_id, now())
    commit()
    return see_other(url_for(".entry", entry_id=entry_id, _anchor="sharing"))


@bp.post(f"/<int(max={MOST}):entry_id>/mentors/<int(max={MOST}):mentor_id>/comment")
@learner_required
def comment(entry_id: int, mentor_id: int) -> ResponseReturnValue:
    """Say something to a mentor about my entry."""
    entry_or_404(entry_id)
    written = _write(entry_id, mentor_id)
    if isinstance(written, Refused):
        return show_entry(entry_or_404(entry_id), written)
    return see_other(url_for(".entry", entry_id=entry_id, _anchor=f"said-{written}"))


@bp.post(f"/<int(max={MOST}):entry_id>/read")
@learner_required
def read(entry_id: int) -> ResponseReturnValue:
    """The comments on my entry, up to those that were shown, are read."""
    entry_or_404(entry_id)
    return _mark_read(entry_id, url_for(".entry", entry_id=entry_id, _anchor="sharing"))


def _write(entry_id: int, mentor_id: int) -> int | Refused:
    """Keep the comment that was sent, and commit: its id; or what was wrong with it, and nothing is kept."""
    form, token, moment = CommentForm(), request.form.get("token", ""), now()
    body = form.body.data or ""
    if not re.fullmatch(r"[\w-]{1,16}", token, re.ASCII):
        abort(400)
    if not form.validate():
        return Refused(mentor_id, body, " ".join(form.body.errors), 422)
    try:
        written = shares.write_comment(me().id, entry_id, mentor_id, token, body, moment)
    except ThreadClosed:
        db.session.rollback()
        return Refused(mentor_id, body, _CLOSED, 409)
    except SentAlready:
        sent = threads.find_sent(entry_id, mentor_id, me().id, token)
        return sent.id if sent is not None and sent.body == body else Refused(mentor_id, body, _TWICE, 409)
    if (seen := _seen()) is not None:
        shares.mark_read(me().id, entry_id, seen)
    commit()
    return written


def _seen() -> datetime | None:
    """Up to when what happened was on the page that sent this form."""
    text = request.form.get("seen", "")
    return _EPOCH + int(text) * _MICROSECOND if _NUMBER.fullmatch(text) else None


def _mark_read(entry_id: int, location: str) -> ResponseReturnValue:
    if (seen := _seen()) is None:
        abort(400)
    shares.mark_read(me().id, entry_id, seen)
    commit()
    return render_template("journal/_read.html") if wants_fragment() else see_other(location)


# ---- The mentor's side


def shared_entry_or_404(entry_id: int) -> SharedEntry:
    """An entry that is open to me at this moment."""
    found = threads.find_shared_entry(me().id, entry_id)
    if found is None:
        abort(404)
    return found


@bp.get("/shared")
@mentor_required
def shared() -> ResponseReturnValue:
    """What learners share with me, the latest first; with `unread=1` what I have not read, and who else there is."""
    only_news, who, chosen = request.args.get("unread") == "1", me(), _learner_or_404()
    learner_id = None if chosen is None else chosen.id
    found, more = threads.shared_entries(who.id, only_news=only_news, before=_place_or_404(), learner_id=learner_id)
    before = None if more is None else f"{microseconds(more[0])}.{more[1]}"
    page = {"entries": found, "before": before, "is_first": "before" not in request.args, "only_news": only_news}
    sharers = threads.sharers(who.id, MOST_SHARERS)
    if chosen is not None and chosen.id not in {one.id for one in sharers}:
        sharers = [*sharers, threads.Sharer(chosen.id, chosen.name)]
    counted = {"news": threads.count_shared_news(who.id), "learners": count_learners(who.id)}
    rest, is_named = counted["learners"] - len(sharers), "everybody" in request.args
    others = learners_of(who.id, [one.id for one in sharers], MOST_NAMED if is_named else FEW)
    people = {"sharers": sharers, "others": others, "chosen": chosen, "rest": rest, "is_named": is_named or rest <= FEW}
    return render_template("journal/shared.html", **page, **counted, **people)


def _learner_or_404() -> Companion | None:
    """Whose entries alone are asked for."""
    if (text := request.args.get("learner")) is None:
        return None
    found = find_learner(me().id, int(text)) if _ID.fullmatch(text) else None
    if found is None:
        abort(404)
    return found


def _place_or_404() -> threads.Place | None:
    if (text := request.args.get("before")) is None:
        return None
    if (parts := _PLACE.fullmatch(text)) is None:
        abort(404)
    return _EPOCH + int(parts[1]) * _MICROSECOND, int(parts[2])


@bp.get(f"/shared/<int(max={MOST}):entry_id>")
@mentor_required
def shared_entry(entry_id: int) -> ResponseReturnValue:
    """One entry that is shared with me, as it is now."""
    return _show_shared(shared_entry_or_404(entry_id))


def _show_shared(found: SharedEntry, refused: Refused | None = None) -> ResponseReturnValue:
    who = me()
    note_looking(None, found.learner_id, f"entry {found.id}")
    marks, seen = threads.unread_marks(who.id, found.id)
    page = render_template(
        "journal/shared_entry.html",
        entry=found,
        body=texts.rendered(found.text),
        tags=queries.tags_of(found.id),
        comments=threads.comments(found.id, who.id, who.id, marks.get(who.id)),
        seen=seen,
        token=secrets.token_urlsafe(9),
        refused=refused,
    )
    return page, 200 if refused is None else refused.status


@bp.post(f"/shared/<int(max={MOST}):entry_id>/comment")
@mentor_required
def shared_comment(entry_id: int) -> ResponseReturnValue:
    """Say something to a learner about the entry they share with me."""
    shared_entry_or_404(entry_id)
    written = _write(entry_id, me().id)
    if isinstance(written, Refused):
        return _show_shared(shared_entry_or_404(entry_id), written)
    return see_other(url_for(".shared_entry", entry_id=entry_id, _anchor=f"said-{written}"))


@bp.post(f"/shared/<int(max={MOST}):entry_id>/read")
@mentor_required
def shared_read(entry_id: int) -> ResponseReturnValue:
    """What was shown of this entry and its comments is read."""
    shared_entry_or_404(entry_id)
    return _mark_read(entry_id, url_for(".shared_entry", entry_id=entry_id))


# ---- Both


@bp.post(f"/comments/<int(max={MOST}):comment_id>/delete")
@learner_required
def delete_comment(comment_id: int) -> ResponseReturnValue:
    """Set a comment of mine aside. The page it stood on takes that back."""
    found, learner_id = _comment_or_404(comment_id, is_deleted=False)
    shares.delete_comment(found, now())
    return _back_to_thread(found, learner_id)


@bp.post(f"/comments/<int(max={MOST}):comment_id>/restore")
@learner_required
def restore_comment(comment_id: int) -> ResponseReturnValue:
    """Take that back."""
    found, learner_id = _comment_or_404(comment_id, is_deleted=True)
    shares.restore_comment(found)
    return _back_to_thread(found, learner_id)


def _comment_or_404(comment_id: int, *, is_deleted: bool) -> tuple[Comment, int]:
    found = threads.find_comment(me().id, comment_id)
    if found is None or (found[0].deleted_at is not None) is not is_deleted:
        abort(404)
    return found


def _back_to_thread(found: Comment, learner_id: int) -> ResponseReturnValue:
    endpoint = ".entry" if learner_id == me().id else ".shared_entry"
    location = url_for(endpoint, entry_id=found.entry_id, _anchor=f"said-{found.id}")
    commit()
    return see_other(location)
