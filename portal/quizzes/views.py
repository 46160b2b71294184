"""The daily review: show a card, take the answer, say at once what it was worth, go on."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.globals import _cv_app  # what the proxy `current_app` asks, at a fifth of its price
from flask.typing import ResponseReturnValue

from portal.db import commit, commit_and_read_on, db, start_writing
from portal.htmx import asked, see_other, wants_fragment
from portal.lines import reads_first
from portal.login import Me, learner_required, me, me_or_none, now
from portal.quizzes import actions, presentations, queries, reviews
from portal.quizzes.boxes import NoTurn, boxes
from portal.quizzes.drawing import review_html
from portal.quizzes.presentations import Presentation, TokenError
from portal.quizzes.queries import Answer, Held
from portal.quizzes.reviews import Review
from quizzes.grading import AnswerError, written_answer
from quizzes.ledger import Kind, Memory
from quizzes.sheets import Sheet
from quizzes.sm2 import Grade, GradeError, grade_of
from quizzes.writing import LONGEST_QUERY, NotRun

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")
HTML = "text/html; charset=utf-8"
TOO_FAST = "That came too fast to be meant for this card. Nothing was counted; choose again."
MOVED_ON = "This card was answered on another page or device. Here is where it stands now."
TOO_OFTEN = "That was run very often. Your text is still here: go on in {} min."
NO_TURN = "Many people are running queries at this moment. Nothing was counted, and your text is still here: try again."
NOT_RUN = (AnswerError, NotRun, NoTurn, actions.RunTooOften)
DAY_OVER = "That answer belongs to a day that is over, so it stays as it is."


@bp.app_template_global("due_today")
def due_today() -> int | None:
    """How many cards wait for the signed-in learner, for the navigation."""
    who = me_or_none()
    return None if who is None else queries.today(who, now()).waiting


def show(review: Review, status: int = 200, following: Review | None = None) -> ResponseReturnValue:
    """A state of the review: alone for htmx, in its page for the rest. `following` waits behind a feedback."""
    is_fragment = wants_fragment()
    drawn = review_html(review, following, is_fragment)
    html = drawn if is_fragment else render_template("quizzes/today.html", review=drawn)
    # As it is: made from a tuple, and looked through on its way out, it costs three times as much.
    return Response(html, status, content_type=HTML, direct_passthrough=True)


def card_or_404(slug: str, who: Me | None = None) -> Held:
    """A card by its name in the address, with what I remember of it."""
    held = queries.find_card((who or me()).id, slug)
    if held is None:
        abort(404, "There is no such card.")
    return held


def answer_or_404(answer_id: int) -> tuple[Answer, Held]:
    """An answer of mine, with its card."""
    answer = queries.find_answer(me().id, answer_id)
    held = queries.find_card_by_id(me().id, answer.card_id) if answer else None
    if answer is None or held is None:
        abort(404, "There is no such answer of yours.")
    return answer, held


def presentation_or_404(moment: datetime, card_id: int | None = None) -> Presentation:
    """The showing this form came from: ours, made for me, of this card."""
    sent = asked().form if asked().method == "POST" else asked().args
    try:
        shown = presentations.read(sent.get("token", ""), me().id, reviews.secret())
    except TokenError as problem:
        abort(404, str(problem))
    if card_id is not None and shown.card_id != card_id:
        abort(404, "This form belongs to another card. Open the card again and answer it there.")
    waited_ms = sent.get("waited", 0, int)
    return shown.waiting(waited_ms, moment) if waited_ms > 0 else shown


def grade_or_422() -> Grade:
    """The grade that was chosen."""
    try:
        return grade_of(int(request.form["grade"]))
    except (KeyError, ValueError, GradeError):
        abort(422, "A grade is a whole number from 0 to 5.")


def is_too_fast(shown: Presentation, moment: datetime) -> bool:
    """Whether this click was meant for what stood there before (trust.md: a double click must grade once)."""
    return bool(shown.waited_ms(moment) < _cv_app.get().app.config["MIN_ANSWER_MS"])


@bp.get("/today")
@learner_required
def today() -> ResponseReturnValue:
    """Today's next card; `?card=` names one to show first, after an undo; `?more` goes beyond a reached goal."""
    who, moment = me(), now()
    if (slug := request.args.get("card")) is not None:
        return show(_this_card(card_or_404(slug), moment))
    return show(reviews.next_review(who, moment, is_going_on="more" in request.args))


def _this_card(held: Held, moment: datetime, notice: str | None = None) -> Review:
    """This card as a question, if it waits today; otherwise whatever comes next."""
    who, now_today = me(), queries.today(me(), moment)
    memory = held.memory
    is_fresh = memory.is_new and held.is_active and not memory.is_suspended and memory.buried_on != now_today.day
    is_due = memory.show_on is not None and memory.show_on <= now_today.day
    if not (is_fresh or is_due or memory.again_on == now_today.day):
        return reviews.next_review(who, moment, notice=notice)
    undo = reviews.last_undo(who, now_today.day)
    return reviews.question(who, held, now_today, moment, undo=undo, notice=notice)


@bp.get("/cards/<slug>/reveal")
@learner_required
def reveal(slug: str) -> ResponseReturnValue:
    """The answer of a self card, to compare with one's own."""
    held, moment = card_or_404(slug), now()
    shown = presentation_or_404(moment, held.card_id)
    if not reviews.is_self_graded(held):
        abort(404, "Only cards without a computed answer are revealed.")
    if shown.version != held.memory.version:
        return show(_this_card(held, moment, MOVED_ON), 409)
    return show(reviews.revealed(me(), held, shown, moment))


@bp.post("/cards/<slug>/answer")
@learner_required
@reads_first
def answer(slug: str) -> ResponseReturnValue:
    """Keep an answer the moment it is given, then say what it was worth (self cards: go on)."""
    who, moment = me(), now()
    held = card_or_404(slug, who)
    shown = presentation_or_404(moment, held.card_id)
    is_self = reviews.is_self_graded(held)
    grade = grade_or_422() if is_self else None
    given = [""] if "blank" in asked().form else _given(held)
    if shown.version == held.memory.version and is_too_fast(shown, moment):
        return show(again(held, shown, moment, given, TOO_FAST), 409)
    marked = None
    if held.sheet.exercise is not None and given != [""] and shown.version == held.memory.version:
        try:
            marked = held.sheet.exercise.mark(run_written(who, held.sheet, given, moment))
        except NOT_RUN as problem:
            status, sentence = why_not_run(problem)
            return show(again(held, shown, moment, given, sentence), status)
    try:
        weighed = actions.weigh_answer(who, held, shown, given, grade, moment, marked)
        start_writing()  # what was read is written by its version: who was faster is found out there
        kept = actions.keep_answer(who, held, weighed)
    except actions.StaleCard:
        db.session.rollback()
        return _repeated_or_stale(slug, shown, given, grade, moment)
    except AnswerError as problem:
        db.session.rollback()
        return show(again(held, shown, moment, given, str(problem)), 422)
    return _acknowledge(held, kept, moment)


def _given(held: Held) -> list[str]:
    sent = asked().form.getlist("answer")
    return [text[:400] for text in sent[:20]] if held.sheet.exercise is None else written(sent)


def written(sent: list[str]) -> list[str]:
    """What was written, with the line ends of every browser made alike."""
    return [text.replace("\r\n", "\n")[: LONGEST_QUERY + 1] for text in sent[:1]]


def run_written(who: Me, sheet: Sheet, given: list[str], moment: datetime, *, is_try: bool = False) -> dict[str, Any]:
    """What a box says to something written. It is counted first, and kept: nobody waits to write while a box works.

    Raises NOT_RUN.
    """
    assert sheet.exercise is not None, "only an exercise is run"
    text = written_answer(sheet, given)
    start_writing()
    try:
        actions.count_run(who.id, moment)
    except actions.RunTooOften:
        db.session.rollback()
        raise
    commit()
    return boxes().ask(sheet.exercise.request(text, is_try=is_try), sheet.exercise.limits)


def why_not_run(problem: Exception) -> tuple[int, str]:
    """The status and the sentence for something written that did not run."""
    if isinstance(problem, actions.RunTooOften):
        return 429, TOO_OFTEN.format(problem.minutes)
    return (503, NO_TURN) if isinstance(problem, NoTurn) else (422, str(problem))


def moved_on(held: Held, moment: datetime) -> ResponseReturnValue:
    """The card was answered elsewhere: where it stands now."""
    return show(_this_card(held, moment, MOVED_ON), 409)


def again(held: Held, shown: Presentation, moment: datetime, given: list[str], notice: str | None) -> Review:
    """The same showing once more; nothing was counted, nothing typed is lost."""
    who = me()
    if reviews.is_self_graded(held):
        return reviews.revealed(who, held, shown, moment, notice)
    now_today = queries.today(who, moment)
    undo = reviews.last_undo(who, now_today.day)
    return reviews.question(who, held, now_today, moment, shown, undo, notice, given)


def _acknowledge(held: Held, kept: Answer, moment: datetime) -> ResponseReturnValue:
    """Keep it, and only then answer. What is told of it is read afterwards: others write meanwhile."""
    if not wants_fragment():
        comes = reviews.contrast_of(me(), held, kept)
        commit()
        if comes is not None:
            flash(comes)
        return see_other(url_for(".feedback", answer_id=kept.id) if kept.given is not None else url_for(".today"))
    commit_and_read_on()
    return _told(held, kept, moment, held.memory)


def _told(held: Held, kept: Answer, moment: datetime, before: Memory | None) -> ResponseReturnValue:
    """What an answer was worth, with the next card behind it; the next card alone where there is nothing to tell."""
    who, undo = me(), reviews.Undo(kept.id, "the last answer")
    now_today = queries.today(who, moment)
    told = reviews.feedback(who, held, kept, moment, before, now_today=now_today) if kept.given else None
    if told is None:
        return show(reviews.next_review(who, moment, undo, reviews.contrast_of(who, held, kept)))
    return show(told, following=reviews.following(who, now_today, moment, undo))


def _repeated_or_stale(
    slug: str, shown: Presentation, given: list[str], grade: Grade | None, moment: datetime
) -> ResponseReturnValue:
    """Sent twice: the stored result (200); sent again with another answer: 422; moved on elsewhere: 409."""
    stored = queries.find_answer_by_token(me().id, shown.nonce)
    held = card_or_404(slug)
    if stored is None:
        return show(_this_card(held, moment, MOVED_ON), 409)
    if not actions.same_answer(stored, given, grade):
        abort(
            422,
            "This question was answered already, and the first answer counts. You can undo it on today's page.",
        )
    return _told(held, stored, moment, None)


@bp.get("/answers/<int(max=9007199254740991):answer_id>")
@learner_required
def feedback(answer_id: int) -> ResponseReturnValue:
    """What an answer of today was worth, and its grade to confirm or change."""
    row, held = answer_or_404(answer_id)
    review = reviews.feedback(me(), held, row, now()) if row.given is not None else None
    if review is None or queries.day_now(me(), now(), held.last_day) != row.day:
        return see_other(url_for(".today"))
    return show(review)


@bp.post("/answers/<int(max=9007199254740991):answer_id>/grade")
@learner_required
@reads_first
def grade(answer_id: int) -> ResponseReturnValue:
    """Take the proposed grade or another one, and go on."""
    who, moment = me(), now()
    row, held = answer_or_404(answer_id)
    shown, chosen = presentation_or_404(moment, held.card_id), grade_or_422()
    if is_too_fast(shown, moment):
        again = reviews.feedback(who, held, row, moment, notice=TOO_FAST) if row.given is not None else None
        return show(again or reviews.next_review(who, moment, notice=TOO_FAST), 409)
    if not _is_kept_grade(row, held, chosen):
        start_writing()
        row, held = answer_or_404(answer_id)
        try:
            actions.regrade(who, held, row, chosen, moment)
        except (actions.StaleCard, actions.DayIsOver) as problem:
            db.session.rollback()
            notice = DAY_OVER if isinstance(problem, actions.DayIsOver) else MOVED_ON
            return show(reviews.next_review(who, moment, notice=notice), 409)
    if not wants_fragment():
        commit()
        return see_other(url_for(".today"))
    review = reviews.next_review(who, moment, reviews.Undo(answer_id, "the last answer"))
    commit()
    return show(review)


def _is_kept_grade(row: Answer, held: Held, chosen: Grade) -> bool:
    """Whether nothing happened to the card since this answer, and it was given this grade."""
    is_last = held.memory.version == row.version + 1
    is_blank_again = not me().has_full_scale and row.grade == Grade.WRONG and chosen == Grade.AGAIN
    return is_last and (row.grade == chosen or is_blank_again)


@bp.post("/answers/<int(max=9007199254740991):answer_id>/undo")
@learner_required
def undo(answer_id: int) -> ResponseReturnValue:
    """Take an answer of today back and show its card again."""
    who, moment = me(), now()
    row, held = answer_or_404(answer_id)
    if "token" in request.form and is_too_fast(presentation_or_404(moment), moment):
        return show(reviews.next_review(who, moment, notice=TOO_FAST), 409)
    try:
        actions.undo(who, held, row, moment)
    except actions.DayIsOver:
        db.session.rollback()
        return show(reviews.next_review(who, moment, notice=DAY_OVER), 409)
    except actions.StaleCard:
        db.session.rollback()
        return show(reviews.next_review(who, moment, notice=MOVED_ON), 409)
    commit()
    if not wants_fragment():
        return see_other(url_for(".today", card=held.slug))
    return show(_this_card(card_or_404(held.slug), moment, "Taken back. Here is the card again."))


def _set_aside(slug: str, kind: Kind) -> ResponseReturnValue:
    """Bury, suspend or resume; from the review (with its token) go on there, otherwise back to the card's page."""
    who, held, moment = me(), card_or_404(slug), now()
    is_review = "token" in request.form
    version = held.memory.version
    if is_review:
        shown = presentation_or_404(moment, held.card_id)
        version = shown.version
        if is_too_fast(shown, moment):
            return show(_this_card(held, moment, TOO_FAST), 409)
    try:
        actions.set_aside(who, held, kind, version, moment)
    except actions.StaleCard:
        db.session.rollback()
        return show(_this_card(card_or_404(slug), moment, MOVED_ON), 409)
    commit()
    said = {
        Kind.BURY: "This card waits until tomorrow.",
        Kind.SUSPEND: "This card is put aside. Its page takes it up again.",
    }
    notice = said.get(kind, "This card is back in your review.")
    if is_review and wants_fragment():
        return show(reviews.next_review(who, moment, notice=notice))
    flash(notice)
    return see_other(url_for(".today") if is_review else url_for(".card", slug=slug))


@bp.post("/cards/<slug>/bury")
@learner_required
def bury(slug: str) -> ResponseReturnValue:
    """Not today: the card comes again tomorrow."""
    return _set_aside(slug, Kind.BURY)


@bp.post("/cards/<slug>/suspend")
@learner_required
def suspend(slug: str) -> ResponseReturnValue:
    """Put a card aside until it is taken up again."""
    return _set_aside(slug, Kind.SUSPEND)


@bp.post("/cards/<slug>/resume")
@learner_required
def resume(slug: str) -> ResponseReturnValue:
    """Take a card up again."""
    return _set_aside(slug, Kind.RESUME)
