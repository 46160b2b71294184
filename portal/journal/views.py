"""The pages of the journal: the list, an entry, writing, drafts, earlier versions, delete and take back."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from typing import Any, ParamSpec

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.accounts.queries import mentor_spans, mentors_of
from portal.db import commit, db
from portal.htmx import see_other, wants_fragment
from portal.journal import actions, links, queries, texts, threads
from portal.journal.actions import DraftText, StaleEntry, Writing
from portal.journal.forms import EntryForm
from portal.journal.links import KINDS, Target
from portal.journal.models import LONGEST_BODY, Draft, Entry
from portal.journal.search import days_of
from portal.lines import reads_first
from portal.login import learner_required, me, me_or_none, now
from portal.quizzes import words
from portal.quizzes.queries import today

P = ParamSpec("P")
bp = Blueprint("journal", __name__, url_prefix="/journal")
bp.add_app_template_filter(texts.day_in_words, "day_in_words")
bp.add_app_template_filter(texts.days_in_words, "days_in_words")
bp.add_app_template_filter(texts.minutes_in_words, "minutes_in_words")
bp.add_app_template_filter(links.excerpt, "excerpt")
MOST = 2_147_483_647  # the largest number the database keeps in a column of ours
FOLLOW_UP = "follow-up"
_PLACE = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,9})")
_FIELDS = ("day", "body", "tags", "minutes")


@dataclass(frozen=True, slots=True)
class Desk:
    """A form on its page: over which entry (0: a new one) and version it is, and what has to be said above it.

    `draft` is shown in the form; `meanwhile` is what the entry says since somebody saved it elsewhere.
    """

    form: EntryForm
    entry_id: int
    version: int
    token: str
    template: str = "daily"
    draft: Draft | None = None
    meanwhile: Entry | None = None
    preview: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A comment that could not be sent, in the thread with this mentor: nothing typed is lost."""

    mentor_id: int
    body: str
    reason: str
    status: int


def learner_required_here(view: Callable[P, Any]) -> Callable[P, Any]:
    """As learner_required; but what is sent while somebody types must not lead away from the text."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        if wants_fragment() and me_or_none() is None:
            return Response(status=401)
        return learner_required(view)(*args, **kwargs)

    return guarded


@bp.app_template_filter("clock_of_mine")
def clock_of_mine(moment: object) -> str:
    """A moment on the clock of whoever is signed in."""
    return words.moment(moment, me().zone)  # type: ignore[arg-type]  # a template's filter takes anything


def entry_or_404(entry_id: int, *, is_deleted: bool = False) -> Entry:
    """One of my entries; nobody else's exists, whatever their role."""
    entry = queries.find_entry(me().id, entry_id)
    if entry is None or (entry.deleted_at is not None) is not is_deleted:
        abort(404)
    return entry


@bp.get("")
@learner_required
def entries() -> ResponseReturnValue:
    """My entries, the newest day first: those with a tag, of a day or a month, or that name a topic and the like."""
    tag, day = (request.args.get(name) or None for name in ("tag", "day"))
    try:
        days = None if day is None else days_of(day)
    except ValueError:
        abort(404)
    about, is_first = about_or_404(), "before" not in request.args
    found, more = queries.entries(me().id, tag, place_or_404(), days, about and (about.kind, about.id))
    is_plain = is_first and not (tag or days or about)
    return render_template(
        "journal/entries.html",
        entries=found,
        tag=tag,
        day=day,
        days=days,
        about=about,
        before=place_in_words(more),
        is_first=is_first,
        decisions=queries.decisions_to_look_at(me().id, today(me(), now()).day) if is_plain else [],
        news=threads.unread_comments(me().id),
    )


def about_or_404() -> Target | None:
    """What the address asks entries about: a topic, a project, a card or an entry, if I may see it."""
    if (kind := next((kind for kind in KINDS if kind in request.args), None)) is None:
        return None
    found = links.find_target(kind, request.args[kind], me().id)
    return found or abort(404)


def place_in_words(place: queries.Place | None) -> str | None:
    """Where a page of a list begins, as an address names it."""
    return None if place is None else f"{place[0].isoformat()}.{place[1]}"


def place_or_404() -> queries.Place | None:
    """Where a page of a list begins: behind this day and id."""
    if (text := request.args.get("before")) is None:
        return None
    if (parts := _PLACE.fullmatch(text)) is None:
        abort(404)
    try:
        return date.fromisoformat(parts[1]), int(parts[2])
    except ValueError:
        abort(404)


@bp.route("/new", methods=["GET", "POST"])
@learner_required
def new() -> ResponseReturnValue:
    """A new entry, prepared from a template, or the draft of one."""
    if request.method == "GET":
        return _show(_new_desk(_template_or_404()))
    who, desk = me(), _sent_desk()
    if not desk.form.validate_for(today(who, now()).day):
        return _show(desk, 422)
    try:
        entry_id = actions.write_entry(who.id, desk.token, _writing(desk), now())
    except StaleEntry:
        return _saved_twice(desk)
    commit()
    return see_other(url_for(".entry", entry_id=entry_id))


def _template_or_404() -> str:
    name = request.args.get("template", "daily")
    if name not in texts.TEMPLATES:
        abort(404)
    return name


def _new_desk(template: str) -> Desk:
    who, moment = me(), now()
    if (draft := queries.find_draft(who.id, 0)) is not None:
        return Desk(_form_of(draft), 0, 0, draft.token, template, draft)
    mine = today(who, moment)
    after = request.args.get("after", 0, int)
    if 0 < after <= MOST and queries.find_entry(who.id, after) is not None:
        template, body = FOLLOW_UP, texts.follow_up(after)
    else:
        body = texts.prepared(template, queries.study_day(who.id, mine.day))
    minutes = -(-mine.ms // 60_000) if template == "daily" and mine.ms else None
    form = EntryForm(formdata=None, data={"day": mine.day, "body": body, "minutes": minutes})
    return Desk(form, 0, 0, secrets.token_urlsafe(9), template)


def _form_of(draft: Draft) -> EntryForm:
    """The form as it was typed, with what does not fit."""
    return EntryForm(formdata=MultiDict({name: getattr(draft, name) for name in _FIELDS}))


def _sent_desk() -> Desk:
    """The form that was sent, as it is. An entry that is not mine is 404, a form that is not ours 400."""
    try:
        entry_id, version = (int(request.form.get(name, "")) for name in ("entry_id", "version"))
    except ValueError:
        abort(400)
    token, template = request.form.get("token", ""), request.form.get("template", "daily")
    if not (0 <= entry_id <= MOST and 0 <= version < MOST and re.fullmatch(r"[\w-]{1,16}", token, re.ASCII)):
        abort(400)
    if entry_id and queries.find_entry(me().id, entry_id) is None:
        abort(404)
    return Desk(
        EntryForm(), entry_id, version, token, template if template in {*texts.TEMPLATES, FOLLOW_UP} else "daily"
    )


def _writing(desk: Desk) -> Writing:
    form = desk.form
    assert form.day.data is not None, "a form that was accepted has a day"
    body, tags = form.body.data or "", texts.read_tags(form.tags.data or "")
    kind = texts.kind_of(desk.template, body)
    return Writing(form.day.data, body, tags, form.minutes.data, links.named(body, me().id), kind)


def _show(desk: Desk, status: int = 200) -> ResponseReturnValue:
    readers = threads.readers_of(desk.entry_id) if desk.entry_id else []
    offered = {"templates": texts.TEMPLATES, "targets": links.of_roadmap(), "readers": readers}
    return render_template("journal/write.html", desk=desk, action=_back_to(desk), **offered), status


def _saved_twice(desk: Desk) -> ResponseReturnValue:
    """The form of a new entry came again: the same is there already, anything else is a change of it."""
    db.session.rollback()
    entry = queries.find_entry_by_token(me().id, desk.token)
    assert entry is not None, "the token is taken by an entry"
    if entry.deleted_at is None and entry.body == desk.form.body.data:
        return see_other(url_for(".entry", entry_id=entry.id))
    return _show_both(desk, entry)


def _show_both(desk: Desk, entry: Entry) -> ResponseReturnValue:
    """Nothing is lost: the form as typed, and beside it what was saved meanwhile. Sent again, it counts."""
    return _show(replace(desk, entry_id=entry.id, version=entry.version, meanwhile=entry), 409)


@bp.get(f"/<int(max={MOST}):entry_id>")
@learner_required
def entry(entry_id: int) -> ResponseReturnValue:
    """An entry as it reads, who else reads it, and what they say."""
    return show_entry(entry_or_404(entry_id))


def show_entry(found: Entry, refused: Refused | None = None) -> ResponseReturnValue:
    """The page of an entry; with a comment that was refused, in its form."""
    marks, seen = threads.unread_marks(found.learner_id, found.id)
    said = threads.threads(found, mentors_of(found.learner_id), marks)
    if refused is not None and refused.mentor_id not in {thread.mentor_id for thread in said}:
        abort(404)
    page = render_template(
        "journal/entry.html",
        entry=found,
        body=texts.rendered(found.body),
        tags=queries.tags_of(found.id),
        versions=queries.count_versions(found.id),
        threads=said,
        record=threads.record(found.id, mentor_spans(found.learner_id)),
        unread=sum(one.is_new for thread in said for one in thread.comments),
        seen=seen,
        token=secrets.token_urlsafe(9),
        refused=refused,
        card_token=secrets.token_urlsafe(9),
        exercise=texts.exercise_of(links.plain(found.body, found.learner_id)) if found.kind == "exercise" else None,
        follow_ups=queries.entries_about(found.learner_id, ("entry", str(found.id)), 5),
    )
    return page, 200 if refused is None else refused.status


@bp.route(f"/<int(max={MOST}):entry_id>/edit", methods=["GET", "POST"])
@learner_required
def edit(entry_id: int) -> ResponseReturnValue:
    """Change an entry; what it said before stays among its versions."""
    if request.method == "GET":
        return _show(_edit_desk(entry_or_404(entry_id)))
    desk = _sent_desk()
    found = queries.find_entry(me().id, entry_id)
    if found is None or desk.entry_id != entry_id:
        abort(404)
    if not desk.form.validate_for(today(me(), now()).day):
        return _show(desk, 422)
    try:
        actions.save_entry(found, desk.version, _writing(desk), now())
    except StaleEntry:
        db.session.rollback()
        return _show_both(desk, found)
    commit()
    return see_other(url_for(".entry", entry_id=entry_id))


def _edit_desk(found: Entry) -> Desk:
    if (draft := queries.find_draft(found.learner_id, found.id)) is not None:
        meanwhile = found if found.version != draft.version else None
        return Desk(_form_of(draft), found.id, found.version, found.token, draft=draft, meanwhile=meanwhile)
    tags = ", ".join(queries.tags_of(found.id))
    form = EntryForm(formdata=None, data={"day": found.day, "body": found.body, "tags": tags, "minutes": found.minutes})
    return Desk(form, found.id, found.version, found.token)


@bp.post("/preview")
@learner_required_here
@reads_first
def preview() -> ResponseReturnValue:
    """How the text will read: a fragment, or the form again with it."""
    desk = _sent_desk()
    body = desk.form.body.data or ""
    html = "" if len(body) > LONGEST_BODY else texts.rendered(body)
    if wants_fragment():
        return render_template("journal/_preview.html", preview=html)
    return _show(replace(desk, preview=html))


@bp.post("/link")
@learner_required_here
@reads_first
def insert_link() -> ResponseReturnValue:
    """The form again, with a name in [[...]] at the end of its text; what nobody knows is inserted as it was typed."""
    desk = _sent_desk()
    name = " ".join(request.form.get("link", "").replace("[", "").replace("]", "").split())[:120]
    if name:
        desk.form.body.data = f"{(desk.form.body.data or '').rstrip()}\n\n[[{name}]]\n".lstrip()
    return _show(desk)


@bp.post("/draft")
@learner_required_here
def draft() -> ResponseReturnValue:
    """Keep what is being written as it stands, valid or not."""
    who, desk, moment = me(), _sent_desk(), now()
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    typed["body"] = desk.form.body.data or ""
    actions.keep_draft(who.id, DraftText(desk.entry_id, desk.version, desk.token, **typed), moment)
    commit()
    if wants_fragment():
        return render_template("journal/_kept.html", kept_at=words.clock(moment, who.zone))
    return see_other(_back_to(desk))


@bp.post("/draft/discard")
@learner_required
def discard_draft() -> ResponseReturnValue:
    """Forget a draft and begin afresh."""
    desk = _sent_desk()
    actions.discard_draft(me().id, desk.entry_id)
    commit()
    return see_other(_back_to(desk))


def _back_to(desk: Desk) -> str:
    """The page of this form, which is where it is sent to as well."""
    if desk.entry_id:
        return url_for(".edit", entry_id=desk.entry_id)
    return url_for(".new", template=None if desk.template == FOLLOW_UP else desk.template)


@bp.get(f"/<int(max={MOST}):entry_id>/versions")
@learner_required
def versions(entry_id: int) -> ResponseReturnValue:
    """What an entry said before."""
    found = entry_or_404(entry_id)
    return render_template("journal/versions.html", entry=found, versions=queries.versions(entry_id))


@bp.get(f"/<int(max={MOST}):entry_id>/versions/<int(max={MOST}):number>")
@learner_required
def version(entry_id: int, number: int) -> ResponseReturnValue:
    """One earlier version, as it read and as it was typed."""
    found, earlier = entry_or_404(entry_id), queries.find_version(entry_id, number)
    if earlier is None:
        abort(404)
    return render_template("journal/version.html", entry=found, version=earlier, body=texts.rendered(earlier.body))


@bp.post(f"/<int(max={MOST}):entry_id>/delete")
@learner_required
def delete(entry_id: int) -> ResponseReturnValue:
    """Set an entry aside. The page behind it takes that back."""
    try:
        actions.delete_entry(entry_or_404(entry_id), now())
    except StaleEntry:
        abort(409)
    commit()
    return see_other(url_for(".deleted", entry_id=entry_id))


@bp.get(f"/<int(max={MOST}):entry_id>/deleted")
@learner_required
def deleted(entry_id: int) -> ResponseReturnValue:
    """A deleted entry: none of its words, and the way back."""
    return render_template("journal/deleted.html", entry=entry_or_404(entry_id, is_deleted=True))


@bp.post(f"/<int(max={MOST}):entry_id>/restore")
@learner_required
def restore(entry_id: int) -> ResponseReturnValue:
    """Take a deletion back."""
    try:
        actions.take_back(entry_or_404(entry_id, is_deleted=True))
    except StaleEntry:
        abort(409)
    commit()
    flash("The entry is back.")
    return see_other(url_for(".entry", entry_id=entry_id))
