"""The pages of a learner's own cards: make one, change it, delete it, bring it back."""

import re
import secrets

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit, db
from portal.htmx import see_other
from portal.login import learner_required, me, now
from portal.quizzes import catalogue, library, making
from portal.quizzes.forms import OwnCardForm
from portal.quizzes.making import Written
from portal.quizzes.models import Card, OwnCard

bp = library.bp
_TOKEN = re.compile(r"[\w-]{1,16}", re.ASCII)
_MOST = 2_147_483_647  # the largest number the database keeps in a column of ours


def own_or_404(slug: str) -> tuple[Card, OwnCard]:
    """A card that I made; nobody else's exists."""
    return catalogue.find_own(me().id, slug) or abort(404, "There is no such card of yours.")


@bp.route("/own/new", methods=["GET", "POST"])
@learner_required
def make_own() -> ResponseReturnValue:
    """Make a card, of a sentence of a journal entry or of nothing."""
    form, who, entry_id = OwnCardForm(), me(), _entry_id()
    token = request.form.get("token") or secrets.token_urlsafe(9)
    if not _TOKEN.fullmatch(token):
        abort(400)
    if not form.validate_on_submit():
        page = render_template("quizzes/own.html", form=form, token=token, entry_id=entry_id, card=None, version=0)
        return page, 422 if form.is_submitted() else 200
    try:
        making.make_card(who.id, token, entry_id, _written(form), now())
        commit()
    except making.AlreadyMade:
        db.session.rollback()
    flash("The card is made. " + (COMES if who.new_per_day else WAITS))
    return see_other(url_for("journal.cards") if entry_id is None else url_for("journal.entry", entry_id=entry_id))


COMES = "It comes first among the new cards of your day."
WAITS = "Your day has room for no new cards now, so it waits; your profile says how many may come."


def _entry_id() -> int | None:
    sent = request.values.get("entry_id", "")
    if not sent:
        return None
    if not (re.fullmatch("[0-9]{1,10}", sent) and 0 < int(sent) <= _MOST):
        abort(400)
    return int(sent)


def _written(form: OwnCardForm) -> Written:
    return Written(form.front.data or "", form.back.data or "", tuple(form.accepted()), form.is_plain.data)


@bp.route("/own/<slug>/edit", methods=["GET", "POST"])
@learner_required
def edit_own(slug: str) -> ResponseReturnValue:
    """Change a card that I made; what was learnt of it stays."""
    card, own = own_or_404(slug)
    kept = {name: getattr(own, name) for name in ("front", "back", "accept", "is_plain")}
    form = OwnCardForm(data=kept)
    version, status, meanwhile = own.version, 422 if form.is_submitted() else 200, None
    if form.validate_on_submit():
        try:
            sent = request.form.get("version", "")
            version = int(sent) if re.fullmatch(r"[0-9]{1,9}", sent) else abort(400)
            making.change_card(card, own, version, _written(form), form.is_another.data, now())
        except making.StaleOwnCard:
            db.session.rollback()
            card, own = own_or_404(slug)
            version, status, meanwhile = own.version, 409, own
        else:
            commit()
            flash("The card is changed. What you have learnt of it stays.")
            return see_other(url_for(".card", slug=slug))
    shown = {"token": "", "entry_id": own.entry_id, "card": card, "version": version, "meanwhile": meanwhile}
    return render_template("quizzes/own.html", form=form, **shown), status


@bp.post("/own/<slug>/delete")
@learner_required
def delete_own(slug: str) -> ResponseReturnValue:
    """Ask a card of mine no more. Its page takes that back."""
    card, _ = own_or_404(slug)
    making.remove_card(card, now())
    commit()
    return see_other(url_for(".card", slug=slug))


@bp.post("/own/<slug>/restore")
@learner_required
def restore_own(slug: str) -> ResponseReturnValue:
    """Ask a deleted card again."""
    card, _ = own_or_404(slug)
    making.bring_back(card, now())
    commit()
    flash("The card is back.")
    return see_other(url_for(".card", slug=slug))
