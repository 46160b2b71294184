"""The pages around the review: a card's history, today's answers, decks, a report and the card to try."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, me_or_none, now
from portal.quizzes import actions, catalogue, choices, history, queries, reporting, reviews, views, words
from portal.quizzes.forms import REASONS, ReportForm
from portal.quizzes.models import LogRow
from portal.quizzes.queries import Held
from portal.quizzes.trying import TRY_CARD, try_context
from portal.quizzes.views import card_or_404
from quizzes.choosing import TAGS, Choices, audience
from quizzes.grading import AnswerError
from quizzes.ledger import Kind, effective
from quizzes.recall import recall
from quizzes.sm2 import grade_of

bp = views.bp  # one blueprint, drawn by two modules


@bp.get("/cards/<slug>")
@learner_required
def card(slug: str) -> ResponseReturnValue:
    """A card and everything that happened to it."""
    who, held = me(), card_or_404(slug)
    day = queries.day_now(who, now(), held.last_day)
    rows = history.log_of(who.id, held.card_id)
    counting = {event.version for event, _, _ in effective([history.event_of(row) for row in rows])}
    return render_template(
        "quizzes/card.html",
        own=catalogue.find_own(who.id, slug) if held.is_own else None,
        is_deleted=held.is_own and not held.is_active,
        card=reviews.shown_card(held),
        sheet=held.sheet,
        facts=_facts(who.id, held, day),
        rows=[_history_row(row, counting) for row in reversed(rows)],
        is_open=held.memory.reviews > 0,
        is_suspended=held.memory.is_suspended,
        is_buried=held.memory.buried_on == day,
        reports=[] if held.is_own else reporting.of_card(held.card_id, who.id),
        reasons=dict(REASONS),
    )


def _facts(who_id: int, held: Held, day: date) -> list[tuple[str, str]]:
    memory = held.memory
    if held.is_own and not held.is_active:
        return [("State", "deleted")]
    if memory.due_on is None:
        if memory.is_suspended or not held.position:
            return [("State", "put aside" if memory.is_suspended else "not learnt yet")]
        why = choices.why_not_new(who_id, held.card_id)
        return [("State", "not learnt yet"), *([("Why not now", why)] if why else [])]
    known = recall(memory.schedule.interval_days, (day - (memory.last_on or day)).days)
    return [
        ("State", "put aside" if memory.is_suspended else "in your review"),
        ("Comes back", words.day(memory.due_on, day) if memory.due_on > day else "today"),
        ("Predicted recall today", words.percent(known)),
        ("Interval", words.interval(memory.schedule.interval_days)),
        ("Ease", f"{memory.schedule.ease / 100:.2f}"),
        ("Reviews", str(memory.reviews)),
        ("Lapses", str(memory.lapses)),
        ("First seen", words.day(memory.first_on, day) if memory.first_on else ""),
    ]


def _history_row(row: LogRow, counting: set[int]) -> SimpleNamespace:
    is_answer = row.kind == Kind.ANSWER
    label = None if row.grade is None else f"{grade_of(row.grade).label} ({row.grade})"
    return SimpleNamespace(
        at_iso=row.at.isoformat(),
        at_words=words.moment(row.at, row.zone),
        what=words.what_happened(row.kind),
        grade_label=label,
        seconds=round(min(row.ms, 60_000) / 1000) if is_answer else None,
        comes_back=words.interval(row.interval_days) if row.grade is not None else None,
        is_taken_back=is_answer and row.version not in counting,
    )


@bp.get("/answers")
@learner_required
def answers() -> ResponseReturnValue:
    """Today's answers; each can be taken back."""
    who = me()
    day = queries.today(who, now()).day
    found = catalogue.answers_on(who.id, day)
    amended = catalogue.amendments_on(who.id, day)
    return render_template("quizzes/answers.html", rows=[_answer_row(row, card, amended) for row, card in found])


def _answer_row(row: LogRow, card: Any, amended: Any) -> SimpleNamespace:
    later = [other for other in amended if other.card_id == row.card_id and other.version > row.version]
    is_undone = any(other.kind == Kind.UNDO and other.takes_back <= row.version for other in later)
    grades = [other.grade for other in later if other.kind == Kind.REGRADE and other.takes_back == row.version]
    final = grade_of(grades[-1] if grades else row.grade or 0).label
    return SimpleNamespace(
        answer_id=row.id,
        title=card.topic_title,
        url=url_for(".card", slug=card.slug),
        what="taken back" if is_undone else {True: "right", False: "not right", None: "graded by you"}[row.is_right],
        grade_label=final,
        at_words=words.clock(row.at, row.zone),
        can_undo=not is_undone,
    )


@bp.get("/")
def decks() -> ResponseReturnValue:
    """All decks, with where the learner stands in each."""
    who = me_or_none()
    day = queries.today(who, now()).day if who else now().date()
    recalls = catalogue.recall_by_topic(who.id if who else None, day)
    topics = catalogue.deck_of_topic()
    rows = [
        _deck_row(deck, [recalls[topic] for topic, name in topics.items() if name == deck.id and topic in recalls])
        for deck in catalogue.decks()
    ]
    return render_template("quizzes/decks.html", decks=[row for row in rows if row.cards])


def _deck_row(deck: Any, topics: list[catalogue.TopicRecall]) -> SimpleNamespace:
    count, started = sum(topic.cards for topic in topics), sum(topic.started for topic in topics)
    known = sum(topic.recall * topic.cards for topic in topics)
    return SimpleNamespace(
        title=deck.title,
        step=deck.step,
        cards=count,
        started=started,
        due=sum(topic.due for topic in topics),
        recall=f"recall {words.percent(known / started)} of those started" if started else "",
        url=url_for(".deck", deck_id=deck.id),
    )


@bp.get("/decks/<deck_id>")
def deck(deck_id: str) -> ResponseReturnValue:
    """The cards of a deck by topic."""
    found = next((deck for deck in catalogue.decks() if deck.id == deck_id), None)
    if found is None:
        abort(404, "There is no such deck.")
    cards = catalogue.cards_of_deck(deck_id)
    topics: dict[str, list[Any]] = {}
    for card in cards:
        topics.setdefault(card.topic, []).append(card)
    who = me_or_none()
    chosen = catalogue.choices_of(who.id) if who else Choices()
    kept_back = {card.id: audience(card.kept_back_by) for card in cards if card.kept_back_by & TAGS & chosen.bits}
    is_paused = found.step in chosen.paused
    shown = {"topics": topics, "read": queries.read_sheet, "kept_back": kept_back, "is_paused": is_paused}
    return render_template("quizzes/deck.html", deck=found, **shown)


@bp.route("/cards/<slug>/report", methods=["GET", "POST"])
@learner_required
def report(slug: str) -> ResponseReturnValue:
    """Say that a card is wrong, on the spot."""
    held, form = card_or_404(slug), ReportForm()
    if held.is_own:
        return see_other(url_for(".edit_own", slug=slug))  # nobody else could mend it
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        page = render_template("quizzes/report.html", card=reviews.shown_card(held), sheet=held.sheet, form=form)
        return page, status
    actions.report_card(me(), held, form.reason.data or "other", form.text.data or "", now())
    commit()
    flash("Thank you. A mentor will read your report. What becomes of it will stand on the card’s own page.")
    return see_other(url_for(".today"))


@bp.route("/try", methods=["GET", "POST"])
def try_card() -> ResponseReturnValue:
    """A card for visitors: judged, never kept."""
    slug = request.form.get("slug", TRY_CARD)
    given = None
    if request.method == "POST":
        given = [""] if "blank" in request.form else request.form.getlist("answer")[:20]
    try:
        trial = try_context(slug, given)
    except AnswerError as problem:
        abort(422, str(problem))
    if trial is None:
        abort(404, "There is no such card.")
    return render_template("quizzes/_try.html" if wants_fragment() else "quizzes/try.html", try_=trial)
