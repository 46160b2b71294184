"""Pages in the same blueprint: the editor of a card with its preview, the card with its history, withdraw and order."""

import re
import secrets
from collections.abc import Callable, Mapping

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort, is_member
from portal.db import commit, db
from portal.decks import actions, queries, serving, views
from portal.decks.drafting import UNSAVED, beliefs_of, draft_of, read, sheet_of
from portal.decks.forms import CardForm, topics
from portal.decks.models import MOST_CARDS, CohortCard, CohortDeck
from portal.decks.views import DECK, DECKS, MOST, cohort_or_404, deck_or_404, shown
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, mentor_required, now
from portal.quizzes.models import Card
from portal.quizzes.queries import read_sheet
from quizzes.drafts import FIELDS, Draft, Said
from quizzes.sheets import shuffled

bp = views.bp  # one blueprint, drawn by several modules
CARD = f"{DECKS}/cards/<int(max={MOST}):card_id>"
_TOKEN = re.compile(r"[\w-]{1,16}", re.ASCII)
FULL = f"A deck has at most {MOST_CARDS} cards. Begin another one."
STALE = "This card was saved by somebody else meanwhile. Your text is still in the form; saving now replaces theirs."


def card_or_404(cohort_id: int, card_id: int) -> tuple[Cohort, CohortDeck, CohortCard]:
    """A card of a cohort that I mentor now."""
    cohort = cohort_or_404(cohort_id)
    card, deck = queries.find_card(cohort_id, card_id) or abort(404)
    return cohort, deck, card


def card_url(cohort_id: int, card_id: int) -> str:
    """The page of a card."""
    return url_for("decks.card", cohort_id=cohort_id, card_id=card_id)


# ---- The editor


@bp.route(f"{DECK}/cards/new", methods=["GET", "POST"])
@mentor_required
def new_card(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Write a new card of a deck."""
    cohort, deck = deck_or_404(cohort_id, deck_id)
    form = CardForm(data=vars_of(Draft(topic=_last_topic(deck_id))))
    if not form.is_submitted():
        return _edit(cohort, deck, None, form, 200)
    if not form.validate() or "preview" in request.form:
        return _edit(cohort, deck, None, form, 200 if "preview" in request.form else 422)
    draft, token = form.draft(), request.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        abort(400)
    if queries.count_cards(deck_id) >= MOST_CARDS:
        form.form_errors.append(FULL)
        return _edit(cohort, deck, None, form, 422)
    _, said = read(UNSAVED, draft)
    try:
        card = actions.write_card(me().id, deck_id, token, draft, not said, now())
    except actions.MadeAlready:
        card = queries.find_made(deck_id, token) or abort(404)
        return see_other(card_url(cohort_id, card.id))
    return _saved(cohort_id, card, said)


def _last_topic(deck_id: int) -> str:
    cards = queries.cards_of(deck_id)
    return cards[-1].topic if cards else ""


def vars_of(draft: Draft) -> dict[str, str]:
    """The fields of a draft by name, as a form begins with them."""
    return {name: getattr(draft, name) for name in FIELDS}


@bp.route(f"{CARD}/edit", methods=["GET", "POST"])
@mentor_required
def edit_card(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Change a card. What learners see stays until the new text is checked and published."""
    cohort, deck, card = card_or_404(cohort_id, card_id)
    form = CardForm(data=vars_of(draft_of(card)) | {"is_another": card.is_another})
    if not form.is_submitted():
        return _edit(cohort, deck, card, form, 200)
    if not form.validate() or "preview" in request.form:
        return _edit(cohort, deck, card, form, 200 if "preview" in request.form else 422)
    draft, is_another = form.draft(), bool(form.is_another.data)
    _, said = read(queries.slug_of(card_id), draft)
    if draft != draft_of(card) or is_another != card.is_another:
        version = request.form.get("version", "")
        sent = int(version) if re.fullmatch(r"[0-9]{1,9}", version) else abort(400)
        try:
            actions.change_card(me().id, card, sent, draft, is_another, not said, now())
        except actions.StaleText:
            db.session.rollback()
            cohort, deck, card = card_or_404(cohort_id, card_id)
            form.form_errors.append(STALE)
            return _edit(cohort, deck, card, form, 409)
    return _saved(cohort_id, card, said)


def _saved(cohort_id: int, card: CohortCard, said: tuple[Said, ...]) -> ResponseReturnValue:
    """Commit, ask for the check where that was wanted and can be, and say how it stands."""
    card_id, told = card.id, "The card is kept as a draft."
    if "check" in request.form and not said:
        try:
            actions.ask_for_check(me().id, card, now())
            told = "The card waits for its source check."
        except actions.NotNow as problem:
            told = str(problem)
    commit()
    if said and "check" in request.form:
        left = "one thing stands" if len(said) == 1 else f"{len(said)} things stand"
        flash(f"The card is kept as a draft: {left} between it and the check.")
        return see_other(url_for(".edit_card", cohort_id=cohort_id, card_id=card_id))
    flash(told)
    return see_other(card_url(cohort_id, card_id))


def _edit(
    cohort: Cohort, deck: CohortDeck, card: CohortCard | None, form: CardForm, status: int
) -> ResponseReturnValue:
    """The editor, or its preview alone. What stands against a draft is said beside its field, once it is begun."""
    draft, slug = form.draft(), UNSAVED if card is None else queries.slug_of(card.id)
    written, said = read(slug, draft)
    is_begun = card is not None or form.is_submitted()
    sheet = sheet_of(written) if written is not None and is_begun else None
    words = {
        "cohort": cohort,
        "deck": deck,
        "card": card,
        "form": form,
        "said": {name: [*by_field(said).get(name, []), *form[name].errors] if is_begun else [] for name in FIELDS},
        "topics": topics(),
        "back": queries.find_sent_back(card) if card is not None else None,
        "open": len(said),
        "sheet": sheet,
        "options": shuffled(sheet, 0) if sheet else (),
        "beliefs": beliefs_of(draft.topic),
        "token": request.form.get("token") or secrets.token_urlsafe(9),
    }
    if wants_fragment():
        return render_template("decks/_preview.html", **words), status
    return render_template("decks/edit.html", **words), status


def by_field(said: tuple[Said, ...]) -> Mapping[str, list[str]]:
    """What stands against a draft, beside the field it is about."""
    found: dict[str, list[str]] = {}
    for one in said:
        found.setdefault(one.field, []).append(one.sentence)
    return found


# ---- One card


@bp.get(CARD)
@learner_required
def card(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """A card with its history, for the mentors of its cohort; its learners go to the card as they know it."""
    if find_cohort(me().id, cohort_id) is not None:
        return _show(cohort_id, card_id)
    found = queries.find_card(cohort_id, card_id) if is_member(cohort_id, me().id) else None
    if found is None or found[0].card_id is None:
        abort(404)
    return see_other(url_for("quizzes.card", slug=queries.slug_of(card_id)))


def _show(cohort_id: int, card_id: int) -> ResponseReturnValue:
    cohort, deck, found = card_or_404(cohort_id, card_id)
    served = None if found.card_id is None else db.session.get(Card, found.card_id)
    is_same = found.state == "published"
    page = render_template(
        "decks/card.html",
        cohort=cohort,
        deck=deck,
        card=found,
        sheet=shown(found),
        served=read_sheet(served.sheet) if served is not None and not is_same else None,
        done=queries.events_of(card_id),
        reports=queries.reports_of(found) if served is not None else [],
        others=[name for id_, name in queries.mentors_of(cohort_id) if id_ != me().id],
        is_mine=found.author_id == me().id,
    )
    return page


@bp.post(f"{CARD}/ask")
@mentor_required
def ask(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Ask for the source check of a draft."""
    _, _, found = card_or_404(cohort_id, card_id)
    return _try(cohort_id, card_id, lambda: actions.ask_for_check(me().id, found, now()), "It waits for its check.")


@bp.post(f"{CARD}/withdraw")
@mentor_required
def withdraw(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Ask a published card of nobody any more."""
    _, _, found = card_or_404(cohort_id, card_id)
    told = "The card is withdrawn: nobody is asked it any more. What was learnt of it stays."
    return _try(cohort_id, card_id, lambda: serving.withdraw(me().id, found, now()), told)


@bp.post(f"{CARD}/restore")
@mentor_required
def bring_back(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Ask a withdrawn card again."""
    _, deck, found = card_or_404(cohort_id, card_id)
    told = "The card is back, as if it had never been away."
    return _try(cohort_id, card_id, lambda: serving.bring_back(me().id, deck, found, now()), told)


@bp.post(f"{CARD}/move")
@mentor_required
def move(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Let a card change places with its neighbour in the deck."""
    _, deck, found = card_or_404(cohort_id, card_id)
    deck_id = deck.id
    actions.move_card(found, request.form.get("to") == "up")
    commit()
    return see_other(f"{url_for('.deck', cohort_id=cohort_id, deck_id=deck_id)}#card-{card_id}")


def _try(cohort_id: int, card_id: int, act: Callable[[], None], told: str) -> ResponseReturnValue:
    """Do it and say so, or say why it cannot be done now."""
    try:
        act()
        commit()
    except actions.NotNow as problem:
        db.session.rollback()
        told = str(problem)
    flash(told)
    return see_other(card_url(cohort_id, card_id))
