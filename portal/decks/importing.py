"""Pages in the same blueprint: cards of a deck as CSV, in with a preview, all or nothing, and out."""

import re
import secrets
from typing import Any

from flask import Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.db import commit
from portal.decks import actions, files, queries, views
from portal.decks.drafting import draft_of
from portal.decks.forms import ImportForm
from portal.decks.models import MOST_CARDS, What
from portal.decks.views import DECK, DECKS, cohort_or_404, deck_or_404
from portal.htmx import see_other
from portal.login import me, mentor_required, now
from portal.spreadsheets import FileError, decoded
from quizzes.drafts import FIELDS, Draft

bp = views.bp  # one blueprint, drawn by several modules
_TOKEN = re.compile(r"[\w-]{1,10}", re.ASCII)


@bp.url_value_preprocessor
def allow_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file of cards may be longer than a form; said before anything reads the request."""
    if endpoint == "decks.read_file":
        request.max_content_length = 2 * files.MOST_BYTES + 100_000  # file and text; a little too long is told so
        request.max_form_memory_size = request.max_content_length


@bp.get(f"{DECK}/import")
@mentor_required
def import_cards(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Choose a file of cards for a deck, or paste one."""
    deck_or_404(cohort_id, deck_id)
    return _show(cohort_id, deck_id, ImportForm(formdata=None), 200)


def _show(cohort_id: int, deck_id: int, form: ImportForm, status: int, **more: Any) -> ResponseReturnValue:
    cohort, deck = deck_or_404(cohort_id, deck_id)
    shown: dict[str, Any] = {"complaints": [], "drafts": [], "ignored": []}
    words = {"cohort": cohort, "deck": deck, "form": form, "columns": FIELDS, "needed": files.NEEDED}
    token = secrets.token_urlsafe(7)
    return render_template("decks/import.html", **words, token=token, **shown | more), status


@bp.post(f"{DECK}/import")
@mentor_required
def read_file(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Show what a file would bring, with every mistake by its line; or bring it, all or nothing."""
    deck_or_404(cohort_id, deck_id)
    form = ImportForm()
    try:
        form.text.data = _sent(form)
        drafts, ignored = files.read_cards(form.text.data, MOST_CARDS - queries.count_cards(deck_id))
    except FileError as problem:
        return _show(cohort_id, deck_id, form, 422, complaints=problem.complaints)
    if "accept" not in request.form:
        return _show(cohort_id, deck_id, form, 200, drafts=drafts, ignored=ignored)
    return _bring(cohort_id, deck_id, drafts)


def _sent(form: ImportForm) -> str:
    sent: FileStorage | None = form.file.data
    if sent is not None and sent.filename:
        with sent.stream as opened:
            return decoded(opened.read(files.MOST_BYTES + 1), files.MOST_BYTES)
    return decoded((form.text.data or "").encode(), files.MOST_BYTES)


def _bring(cohort_id: int, deck_id: int, drafts: list[Draft]) -> ResponseReturnValue:
    token, moment = request.form.get("token", ""), now()
    if not _TOKEN.fullmatch(token):
        abort(400)
    try:
        for number, draft in enumerate(drafts):
            actions.write_card(me().id, deck_id, f"{token}-{number}", draft, True, moment, What.IMPORTED)
        commit()
        count = len(drafts)
        flash("One card is in the deck, as a draft." if count == 1 else f"{count} cards are in the deck, as drafts.")
    except actions.MadeAlready:
        flash("This file was imported before.")
    return see_other(url_for(".deck", cohort_id=cohort_id, deck_id=deck_id))


# ---- Out


@bp.get(f"{DECK}/cards.csv")
@mentor_required
def cards_csv(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """The cards of a deck, as a file that can be imported again."""
    deck_or_404(cohort_id, deck_id)
    return _file(f"deck-{deck_id}.csv", [draft_of(card) for card in queries.cards_of(deck_id)])


@bp.get(f"{DECKS}/example.csv")
@mentor_required
def example_csv(cohort_id: int) -> ResponseReturnValue:
    """Two cards as a file, to begin from."""
    cohort_or_404(cohort_id)
    return _file("cards-example.csv", list(files.EXAMPLES))


def _file(name: str, drafts: list[Draft]) -> ResponseReturnValue:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(files.written(drafts), content_type="text/csv; charset=utf-8", headers=headers)
