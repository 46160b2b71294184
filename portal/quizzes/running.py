"""Trying out what was written before handing it in: it runs on what the card shows, and counts as no answer."""

from flask import abort, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.htmx import wants_fragment
from portal.lines import reads_first
from portal.login import learner_required, me, now
from portal.quizzes import views
from portal.quizzes.drawing import not_run, spelt
from portal.quizzes.views import card_or_404, presentation_or_404
from quizzes.sheets import Sheet
from quizzes.writing import NotRun

bp = views.bp  # one blueprint, drawn by several modules


@bp.post("/cards/<slug>/run")
@learner_required
@reads_first
def run(slug: str) -> ResponseReturnValue:
    """Run what was written, and show what it gives on the tables or lines beside it."""
    moment = now()
    held = card_or_404(slug, me())
    shown = presentation_or_404(moment, held.card_id)
    if held.sheet.exercise is None:
        abort(404, "There is nothing to run on this card.")
    if shown.version != held.memory.version:
        return views.moved_on(held, moment)
    given = views.written(request.form.getlist("answer"))
    try:
        result = tried(held.sheet, views.run_written(me(), held.sheet, given, moment, is_try=True))
    except NotRun as problem:
        result = not_run(str(problem))
    except views.NOT_RUN as problem:
        status, sentence = views.why_not_run(problem)
        if wants_fragment():
            abort(status, sentence)
        return views.show(views.again(held, shown, moment, given, sentence), status)
    if wants_fragment():
        return str(result)
    return views.show(views.again(held, shown, moment, given, None)._replace(result=result))


def tried(sheet: Sheet, answer: dict[str, object]) -> Markup:
    """What a try gave, as HTML. Raises NotRun."""
    assert sheet.exercise is not None, "only an exercise is run"
    return spelt(Markup(sheet.exercise.try_html(answer)))  # noqa: S704 - escaped by quizzes.writing
