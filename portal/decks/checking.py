"""Pages in the same blueprint: the source check, first answered blind, then judged with key and sources in sight."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit, db
from portal.decks import actions, queries, views
from portal.decks.actions import NotNow
from portal.decks.forms import CheckForm
from portal.decks.models import LONGEST_WORDS, CohortCard
from portal.decks.views import shown
from portal.decks.writing import CARD, card_or_404, card_url
from portal.htmx import see_other
from portal.login import me, mentor_required, now
from quizzes.cards import Ask
from quizzes.grading import AnswerError, judge
from quizzes.sheets import Sheet, shuffled

bp = views.bp  # one blueprint, drawn by several modules
BLANK, AGREED = "I don’t know.", "As the key"


@bp.get(f"{CARD}/check")
@mentor_required
def check(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """A card to check: its question alone until I have answered it, then everything."""
    return _show(cohort_id, card_id, CheckForm(formdata=None))


def _show(cohort_id: int, card_id: int, form: CheckForm, problem: str = "") -> ResponseReturnValue:
    cohort, deck, card = card_or_404(cohort_id, card_id)
    sheet = shown(card)
    if card.state != "waiting" or card.author_id == me().id or sheet is None:
        return see_other(card_url(cohort_id, card_id))
    given = queries.find_answer(card, me().id)
    agrees = given is None or sheet.ask is Ask.SELF or given.words.startswith(AGREED)
    words = {"cohort": cohort, "deck": deck, "card": card, "sheet": sheet, "problem": problem, "agrees": agrees}
    words |= {"answer": given, "options": shuffled(sheet, card.version), "form": form}
    return render_template("decks/check.html", **words), 422 if problem or form.errors else 200


@bp.post(f"{CARD}/check")
@mentor_required
def answer(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Answer a card as a learner would, before its key is shown."""
    _, _, card = card_or_404(cohort_id, card_id)
    sheet = shown(card)
    if sheet is None:
        return see_other(card_url(cohort_id, card_id))
    try:
        words = _answered(sheet)
    except AnswerError as problem:
        return _show(cohort_id, card_id, CheckForm(formdata=None), str(problem))
    try:
        actions.note_answer(me().id, card, words, now())
        commit()
    except NotNow as problem:
        db.session.rollback()
        flash(str(problem))
        return see_other(card_url(cohort_id, card_id))
    return see_other(url_for(".check", cohort_id=cohort_id, card_id=card_id))


def _answered(sheet: Sheet) -> str:
    """What was answered and whether the key agrees, in words. Raises AnswerError."""
    given = [""] if "blank" in request.form else request.form.getlist("answer")[:20]
    if sheet.ask is Ask.SELF:
        return (" ".join(given).strip() or BLANK)[:LONGEST_WORDS]
    verdict = judge(sheet, given)
    if verdict.is_blank:
        return BLANK
    texts = {option.key: option.text for option in sheet.options} if sheet.ask in (Ask.CHOICE, Ask.MULTI) else {}
    said = " and ".join(texts.get(one, one) for one in given)
    return f"{AGREED if verdict.is_right else 'Not as the key'}: {said}"[:LONGEST_WORDS]


@bp.post(f"{CARD}/judge")
@mentor_required
def judge_card(cohort_id: int, card_id: int) -> ResponseReturnValue:
    """Confirm a card against its source, or send it back."""
    _, deck, card = card_or_404(cohort_id, card_id)
    form = CheckForm()
    if not form.validate_whole():
        return _show(cohort_id, card_id, form)
    deck_id, words = deck.id, form.words.data or ""
    try:
        told = _judge(card, form.verdict.data == "right", words)
        commit()
    except NotNow as problem:
        db.session.rollback()
        flash(str(problem))
        return see_other(url_for(".check", cohort_id=cohort_id, card_id=card_id))
    following = queries.next_to_check(deck_id, me().id)
    if following is not None:
        flash(f"{told} Here is the next one.")
        return see_other(url_for(".check", cohort_id=cohort_id, card_id=following.id))
    flash(told)
    return see_other(url_for(".deck", cohort_id=cohort_id, deck_id=deck_id))


def _judge(card: CohortCard, is_right: bool, words: str) -> str:
    if is_right:
        actions.confirm(me().id, card, words, now())
        return "Confirmed. The card can be published now."
    actions.send_back(me().id, card, words, now())
    return "Sent back, with your words."
