"""Notes and own links of the roadmap's topics, and decisions that are looked at again."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit, db
from portal.htmx import see_other
from portal.journal import about, actions, keeping, links, queries, texts
from portal.journal.actions import StaleEntry
from portal.journal.forms import NoteForm, OwnLinkForm
from portal.journal.keeping import StaleNote, TooManyLinks
from portal.journal.links import Target
from portal.journal.models import OwnLink
from portal.journal.queries import TopicNotes
from portal.journal.views import MOST, entry_or_404
from portal.login import learner_required, me, now
from portal.quizzes.queries import today

bp = about.bp


@dataclass(frozen=True, slots=True)
class NotesPage:
    """What `_notes.html` draws: a topic, what is kept, and the forms. `meanwhile` was saved on another device."""

    topic: Target
    kept: TopicNotes
    html: str
    version: int
    note: NoteForm
    link: OwnLinkForm
    meanwhile: str | None = None


class Beside(NamedTuple):
    """What stands of the journal on the page of a topic."""

    notes: NotesPage
    entries: list[queries.Listed]


def beside(topic_id: str) -> Beside:
    """My notes of a topic and my latest entries about it; 404 for what is no topic."""
    return Beside(notes_of(topic_id), queries.entries_about(me().id, ("topic", topic_id), about.FEW))


def notes_of(topic_id: str) -> NotesPage:
    """My notes of a topic, with empty forms; 404 for what is no topic."""
    target = links.find_target("topic", topic_id, me().id) or abort(404, "There is no such topic.")
    kept = queries.notes_of(me().id, topic_id)
    note = NoteForm(formdata=None, data={"body": kept.body})
    return NotesPage(target, kept, texts.rendered(kept.body), kept.version, note, OwnLinkForm(formdata=None))


@bp.get("/notes/<topic_id>")
@learner_required
def notes(topic_id: str) -> ResponseReturnValue:
    """My notes of a topic, on a page of their own."""
    return _show(notes_of(topic_id))


@bp.post("/notes/<topic_id>")
@learner_required
def keep_note(topic_id: str) -> ResponseReturnValue:
    """Keep what I noted; what was saved elsewhere since is never overwritten unseen."""
    page = notes_of(topic_id)
    page = replace(page, note=NoteForm())
    sent = request.form.get("version", "")
    if not re.fullmatch("[0-9]{1,9}", sent):
        abort(400)
    if not page.note.validate_on_submit():
        return _show(replace(page, version=int(sent)), 422)
    try:
        keeping.keep_note(me().id, topic_id, int(sent), page.note.body.data or "", now())
    except StaleNote:
        db.session.rollback()
        kept = queries.notes_of(me().id, topic_id)
        return _show(replace(page, kept=kept, version=kept.version, meanwhile=kept.body), 409)
    commit()
    flash("Your notes are kept.")
    return see_other(f"{page.topic.url}#notes")


@bp.post("/notes/<topic_id>/links")
@learner_required
def add_link(topic_id: str) -> ResponseReturnValue:
    """Keep an address with a topic."""
    page = replace(notes_of(topic_id), link=OwnLinkForm())
    if not page.link.validate_on_submit():
        return _show(page, 422)
    try:
        keeping.add_link(me().id, topic_id, page.link.title.data or "", page.link.address.data or "")
    except TooManyLinks as problem:
        page.link.form_errors.append(str(problem))
        return _show(page, 422)
    commit()
    flash("The link is kept.")
    return see_other(f"{page.topic.url}#notes")


@bp.post(f"/notes/<topic_id>/links/<int(max={MOST}):link_id>/remove")
@learner_required
def remove_link(topic_id: str, link_id: int) -> ResponseReturnValue:
    """Forget an address."""
    link = _link_or_404(topic_id, link_id)
    title = link.title
    keeping.remove_link(link)
    commit()
    flash(f"The link “{title}” is removed.")
    return see_other(f"{url_for('roadmap.topic', topic_id=topic_id)}#notes")


def _link_or_404(topic_id: str, link_id: int) -> OwnLink:
    return queries.find_link(me().id, topic_id, link_id) or abort(404)


def _show(page: NotesPage, status: int = 200) -> ResponseReturnValue:
    return render_template("journal/notes.html", notes=page), status


@bp.post(f"/<int(max={MOST}):entry_id>/looked")
@learner_required
def looked(entry_id: int) -> ResponseReturnValue:
    """I have looked at this decision again: it keeps quiet, and a note about it can follow."""
    try:
        actions.look_at(entry_or_404(entry_id), today(me(), now()).day)
    except StaleEntry:
        abort(404, "This entry is no decision.")
    commit()
    flash(f"It keeps quiet now. To link a note to it, write [[entry:{entry_id}]].")
    return see_other(url_for(".new", after=entry_id))
