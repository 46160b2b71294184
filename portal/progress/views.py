"""The pages of progress: pictures that answer one question each."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.login import learner_required, me, now
from portal.progress import knowledge, queries, work
from portal.progress.periods import PERIODS, USUAL, Span, in_words, span_of
from portal.progress.pictures import Picture, first_of_calendar
from portal.quizzes.catalogue import recall_by_topic
from portal.quizzes.queries import today

bp = Blueprint("progress", __name__, url_prefix="/progress")
bp.add_app_template_filter(in_words, "short_day")


@bp.get("")
@learner_required
def progress() -> ResponseReturnValue:
    """Everything worth a picture, over the period that was asked for."""
    who = me()
    name = request.args.get("period", USUAL)
    if name not in PERIODS:
        abort(404)
    day = today(who, now()).day
    first = queries.first_day(who.id)
    span = span_of(name, day, first)
    found = None if first is None else _pictures(who.id, span)
    return render_template("progress/progress.html", pictures=found, span=span, periods=PERIODS)


def _pictures(learner_id: int, span: Span) -> list[Picture]:
    size, count = (1, 31) if span.size == 1 else (7, 13) if span.size == 7 and span.count == 13 else (28, 13)
    totals = queries.totals(learner_id, span.first, span.last)
    pieces, groups = queries.pieces(learner_id, span), queries.groups(learner_id)
    by_day = queries.answers_by_day(learner_id, first_of_calendar(span.last), span.last)
    return [
        knowledge.kept(totals, span),
        work.due(queries.due_ahead(learner_id, span.last, size, count), span.last, size, count),
        knowledge.topics(recall_by_topic(learner_id, span.last).values()),
        work.days(by_day, span.last),
        work.answers(pieces, span),
        work.time(pieces, span),
        work.hours(totals, span),
        knowledge.buttons(totals, span),
        knowledge.worth(totals, span),
        knowledge.intervals(groups),
        knowledge.eases(groups),
        knowledge.load(groups),
    ]
