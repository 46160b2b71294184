"""Pages beside the entries: what was written about something, and the cards made of sentences."""

import re
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.htmx import see_other, wants_fragment
from portal.journal import queries, views
from portal.journal.views import MOST, about_or_404
from portal.login import learner_required, me, now
from portal.quizzes import catalogue
from portal.quizzes.queries import today

bp = views.bp
FEW = 5


@bp.get("/about")
@learner_required
def about() -> ResponseReturnValue:
    """My latest entries about something, to stand on its page; without htmx the list of all of them."""
    if (target := about_or_404()) is None:
        abort(404)
    if not wants_fragment():
        where: dict[str, Any] = {target.kind: target.id}
        return see_other(url_for(".entries", **where))
    found = queries.entries_about(me().id, (target.kind, target.id), FEW)
    return render_template("journal/_about.html", about=target, entries=found)


@bp.get("/cards")
@learner_required
def cards() -> ResponseReturnValue:
    """The cards I made, the latest first."""
    who, before = me(), request.args.get("before")
    if before is not None and not (re.fullmatch("[0-9]{1,10}", before) and int(before) <= MOST):
        abort(404)
    rows, more = catalogue.own_cards(who.id, None if before is None else int(before))
    shown = {"is_first": before is None, "day": today(who, now()).day, "new_per_day": who.new_per_day}
    return render_template("journal/cards.html", rows=rows, before=more, **shown)
