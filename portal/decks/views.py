"""The decks of a cohort: its mentors write and publish them, its learners see what comes from them."""

from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort, is_member
from portal.db import commit, db
from portal.decks import actions, queries, serving, words
from portal.decks.drafting import draft_of, read, sheet_of
from portal.decks.forms import DeckForm
from portal.decks.models import CohortCard, CohortDeck
from portal.htmx import see_other
from portal.login import learner_required, me, mentor_required, now
from quizzes.drafts import advice
from quizzes.sheets import Sheet

bp = Blueprint("decks", __name__)
MOST = 2**31 - 1
DECKS = f"/cohorts/<int(max={MOST}):cohort_id>/decks"
DECK = f"{DECKS}/<int(max={MOST}):deck_id>"
bp.add_app_template_filter(words.opening, "card_opening")
bp.add_app_template_filter(words.state, "card_state")
bp.add_app_template_filter(words.look, "card_look")
bp.add_app_template_filter(words.done, "card_done")
bp.add_app_template_global(words.state_count, "deck_count")


def cohort_or_404(cohort_id: int) -> Cohort:
    """A cohort that I mentor now."""
    return find_cohort(me().id, cohort_id) or abort(404)


def deck_or_404(cohort_id: int, deck_id: int) -> tuple[Cohort, CohortDeck]:
    """A deck of a cohort that I mentor now."""
    cohort = cohort_or_404(cohort_id)
    return cohort, queries.find_deck(cohort_id, deck_id) or abort(404)


def shown(card: CohortCard) -> Sheet | None:
    """A card as learners would see the text that was saved last; None where nothing can be shown of it."""
    written, _ = read(queries.slug_of(card.id), draft_of(card))
    return None if written is None else sheet_of(written)


@bp.app_template_global("decks_waiting")
def decks_waiting(cohort_id: int) -> int:
    """How many cards of a cohort wait for whoever is signed in: to be checked, or to be mended."""
    return queries.count_waiting(cohort_id, me().id)


# ---- All of them


@bp.get(DECKS)
@learner_required
def decks(cohort_id: int) -> ResponseReturnValue:
    """The decks of a cohort: for its mentors to write, for its learners to see what comes from them."""
    who = me()
    if find_cohort(who.id, cohort_id) is not None:
        return _show_decks(cohort_id, DeckForm(formdata=None), 200)
    cohort = db.session.get(Cohort, cohort_id)
    if cohort is None or not is_member(cohort_id, who.id):
        abort(404)
    found = queries.learner_decks(cohort_id, who.id)
    return render_template("decks/mine.html", cohort=cohort, decks=found, has_room=who.new_per_day > 0)


def _show_decks(cohort_id: int, form: DeckForm, status: int) -> ResponseReturnValue:
    who = me()
    page = render_template(
        "decks/decks.html",
        cohort=cohort_or_404(cohort_id),
        rows=queries.decks_of(cohort_id),
        waiting=queries.waiting_cards(cohort_id, who.id),
        others=[name for id_, name in queries.mentors_of(cohort_id) if id_ != who.id],
        form=form,
    )
    return page, status


@bp.post(DECKS)
@mentor_required
def make_deck(cohort_id: int) -> ResponseReturnValue:
    """A new deck of a cohort of mine."""
    cohort_or_404(cohort_id)
    form = DeckForm()
    if not form.validate():
        return _show_decks(cohort_id, form, 422)
    deck_id = actions.make_deck(me().id, cohort_id, form.title.data or "", form.about.data or "", now()).id
    commit()
    flash("The deck is made. Write its first card, or import a file.")
    return see_other(url_for(".deck", cohort_id=cohort_id, deck_id=deck_id))


# ---- One of them


@bp.get(DECK)
@mentor_required
def deck(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """The cards of a deck, in their order, with how far each is."""
    return _show_deck(cohort_id, deck_id, None)


def _show_deck(cohort_id: int, deck_id: int, form: DeckForm | None) -> ResponseReturnValue:
    cohort, found = deck_or_404(cohort_id, deck_id)
    cards = queries.cards_of(deck_id)
    page = render_template(
        "decks/deck.html",
        cohort=cohort,
        deck=found,
        cards=cards,
        advice=advice([draft_of(card) for card in cards if card.withdrawn_at is None]),
        ready=sum(actions.can_be_asked(card) for card in cards),
        checked=sum(card.state == "checked" for card in cards),
        others=[name for id_, name in queries.mentors_of(cohort_id) if id_ != me().id],
        form=form or DeckForm(formdata=None, obj=found),
    )
    return page, 200 if form is None else 422


@bp.post(DECK)
@mentor_required
def save_deck(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Give a deck another title or description."""
    cohort, found = deck_or_404(cohort_id, deck_id)
    form = DeckForm()
    if not form.validate():
        return _show_deck(cohort_id, deck_id, form)
    found.title, found.about = form.title.data or "", form.about.data or ""
    serving.name_decks(cohort_id, cohort.name)
    commit()
    return _back(cohort_id, deck_id, "Saved.")


@bp.post(f"{DECK}/ask")
@mentor_required
def ask_for_all(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Ask for the source check of every draft that is ready for it."""
    deck_or_404(cohort_id, deck_id)
    count = actions.ask_for_checks(me().id, deck_id, now())
    commit()
    told = "1 card waits for its check." if count == 1 else f"{count} cards wait for their check."
    return _back(cohort_id, deck_id, told if count else "No draft is ready for its check.")


@bp.post(f"{DECK}/publish")
@mentor_required
def publish(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Bring the checked cards of a deck to the learners of the cohort."""
    _, found = deck_or_404(cohort_id, deck_id)
    try:
        count = serving.publish(me().id, found, now())
    except actions.NotNow as problem:
        db.session.rollback()
        return _back(cohort_id, deck_id, str(problem))
    commit()
    return _back(cohort_id, deck_id, _published(count))


def _published(count: int) -> str:
    if not count:
        return "No card is checked and not published, so nothing has changed."
    one, more = "One card is published. It comes", f"{count} cards are published. They come"
    return f"{one if count == 1 else more} first among the new cards of your learners."


@bp.post(f"{DECK}/archive")
@mentor_required
def archive(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Let a deck come to nobody who has not learnt it."""
    _, found = deck_or_404(cohort_id, deck_id)
    if found.archived_at is None:
        serving.archive_deck(found, now())
        commit()
    return _back(cohort_id, deck_id, "The deck is archived. What your learners have learnt of it stays theirs.")


@bp.post(f"{DECK}/restore")
@mentor_required
def restore(cohort_id: int, deck_id: int) -> ResponseReturnValue:
    """Take an archived deck up again."""
    _, found = deck_or_404(cohort_id, deck_id)
    if found.archived_at is not None:
        serving.take_up_deck(found, now())
        commit()
    return _back(cohort_id, deck_id, "The deck goes on. Its cards come to your learners again.")


def _back(cohort_id: int, deck_id: int, told: str) -> ResponseReturnValue:
    flash(told)
    return see_other(url_for(".deck", cohort_id=cohort_id, deck_id=deck_id))
