"""The inbox of reports on cards: what waits, a report with its card and the answer of that day, what is decided."""

import secrets
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other
from portal.login import me, mentor_required, now
from portal.quizzes import bank, measured, reporting
from portal.quizzes.forms import REASONS, DecisionForm
from portal.quizzes.reporting import ACCEPTED, DECLINED, WAITING, DecidedMeanwhile, Reported
from quizzes.sm2 import grade_of

bp = bank.bp  # one blueprint, drawn by two modules
REPORT = "/reports/<int(max=2147483647):report_id>"
_DONE = {ACCEPTED: "Accepted. Whoever reported it reads your sentence.", DECLINED: "Declined, with your sentence."}


@bp.get("/reports")
@mentor_required
def reports() -> ResponseReturnValue:
    """What learners reported: what waits, or what was decided."""
    state, place = request.args.get("state", WAITING), request.args.get("after", "")
    if state not in {WAITING, ACCEPTED, DECLINED} or not (place == "" or (place.isascii() and place.isdigit())):
        abort(404, "There is no such list of reports.")
    rows, following = reporting.inbox(state, int(place[:9]) if place else None)
    return render_template(
        "quizzes/reports.html",
        rows=rows,
        following=following,
        state=state,
        counts=reporting.count_by_state(),
        reasons=dict(REASONS),
    )


@bp.get(REPORT)
@mentor_required
def report(report_id: int) -> ResponseReturnValue:
    """A report: the card as it was shown, the answer of that day, the numbers, and what to do about it."""
    one = _report_or_404(report_id)
    return _page(one, DecisionForm(formdata=None))


@bp.post(f"{REPORT}/decide")
@mentor_required
def decide(report_id: int) -> ResponseReturnValue:
    """Accept a report or decline it, with a sentence."""
    one, form = _report_or_404(report_id), DecisionForm()
    if not form.validate_on_submit():
        return _page(one, form), 422
    verdict, words, token = form.verdict.data or "", form.words.data or "", form.token.data or ""
    try:
        reporting.decide(me(), one, verdict, words, token, form.seen.data or 0, now())
    except DecidedMeanwhile:
        form.words.errors = ["Somebody decided about it meanwhile: read that above. Yours is not kept yet."]
        return _page(one, form), 409
    commit()
    flash(_DONE[verdict])
    return see_other(url_for(".reports"))


def _report_or_404(report_id: int) -> Reported:
    found = reporting.find(report_id)
    if found is None:
        abort(404, "There is no such report.")
    return found


def _page(one: Reported, form: Any) -> str:
    decisions, answer = reporting.decisions_of(one.report.id), reporting.answer_then(one)
    return render_template(
        "quizzes/bank_report.html",
        one=one,
        sheet=one.sheet,
        answer=answer,
        grade=grade_of(answer.grade).label if answer else "",
        measured=measured.card(one.card.slug),
        decisions=decisions,
        form=form,
        token=secrets.token_urlsafe(9),
        seen=decisions[-1].id if decisions else 0,
        reasons=dict(REASONS),
        flags=bank.FLAGS,
    )
