"""Breaks: what one would do before it is booked, booking it, taking it back, and the cards that come due in it."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other
from portal.login import learner_required, me, now
from portal.plan import actions, queries, texts, views
from portal.plan.forms import BreakForm
from portal.plan.models import BreakRow
from portal.plan.outlook import Outlook
from portal.plan.views import Kept, kept_or_404, kept_to_change
from portal.quizzes.moving import move_cards
from portal.quizzes.queries import today
from quizzes.pacing import Break
from quizzes.planning import Move, moved
from quizzes.smoothing import around, smooth

bp = views.bp  # one blueprint, drawn by two modules
MOST = 2_147_483_647  # the largest number the database keeps in a column of ours
ONE_DAY = timedelta(days=1)


@bp.get("/breaks")
@learner_required
def breaks() -> ResponseReturnValue:
    """The breaks there are, and what another one would do, before it is booked."""
    kept = kept_or_404()
    if not request.args:
        return _show_breaks(kept, BreakForm(formdata=None))
    form = BreakForm(request.args, meta={"csrf": False})
    if not form.validate_for(kept.today, kept.breaks):
        return _show_breaks(kept, form), 422
    return _show_breaks(kept, form, _effect(kept, *form.days()))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a break would do: which card moves where, the cards of each day before and after, what ends later."""

    first: date
    last: date
    moves: dict[int, date]
    rows: list[tuple[date, bool, int, int]]
    now: Outlook
    then: Outlook
    changes: list[Move]


def _effect(kept: Kept, first: date, last: date) -> Effect:
    now_ahead = kept.ahead()
    then = now_ahead.with_break(first, last)
    moves, rows = _moves(kept, now_ahead, first, last)
    changes = moved(now_ahead.calendar, then.calendar, now_ahead.items)
    return Effect(first, last, moves, rows, now_ahead, then, changes)


def _moves(
    kept: Kept, ahead: Outlook, first: date, last: date
) -> tuple[dict[int, date], list[tuple[date, bool, int, int]]]:
    """New days for the cards of a break, and for each day around it: whether it is in it, cards now, cards then."""
    who = me().id
    days = around(Break(first, last), ahead.pace, kept.today)
    due = queries.due_in(who, max(first, kept.today), last)
    ends = sorted({first, last, *days[0], *days[1]})
    counts = queries.due_counts(who, ends[0], ends[-1])
    moves = smooth(due, counts, *days) if due else {}
    rows = []
    for number in range((ends[-1] - ends[0]).days + 1):
        day = ends[0] + number * ONE_DAY
        left = sum(1 for one in due.values() if one == day)
        after = counts.get(day, 0) - left + sum(1 for one in moves.values() if one == day)
        rows.append((day, first <= day <= last, counts.get(day, 0), after))
    return moves, rows


def _show_breaks(kept: Kept, form: BreakForm, effect: Effect | None = None) -> str:
    coming = [row for row in kept.breaks if row.last_on >= kept.today]
    ends = [kept.today, *(row.last_on for row in coming)]
    due = list(queries.due_in(me().id, kept.today, max(ends)).values())
    waiting = {row.id: sum(row.first_on <= day <= row.last_on for day in due) for row in coming}
    return render_template(
        "plan/breaks.html", form=form, breaks=coming, waiting=waiting, effect=effect, today=kept.today
    )


@bp.post("/breaks")
@learner_required
def book() -> ResponseReturnValue:
    """Keep these days free, and move the cards that come due in them."""
    kept, form, moment = kept_to_change(), BreakForm(), now()
    if not form.validate_for(kept.today, kept.breaks):
        return _show_breaks(kept, form), 422
    who = me()
    effect = _effect(kept, *form.days())
    actions.book_break(who.id, effect.first, effect.last)
    actions.agree(who.id, _shifted(kept, effect.now, effect.then), moment)
    count = move_cards(who, effect.moves, kept.today, moment)
    commit()
    flash(f"Your break is booked, {texts.span(effect.first, effect.last)}. {_moved(count)}".strip())
    return see_other(url_for(".breaks"))


def _shifted(kept: Kept, before: Outlook, after: Outlook) -> date | None:
    """The end that was agreed on, moved by what the break moves: whoever was behind still is, by as much."""
    agreed_on = kept.plan.agreed_on
    if agreed_on is None or before.ends_on is None or after.ends_on is None:
        return after.ends_on
    return agreed_on + (after.ends_on - before.ends_on)


def _moved(count: int) -> str:
    return f"{count} card{' has' if count == 1 else 's have'} moved to the days around it." if count else ""


def break_or_404(break_id: int) -> BreakRow:
    """One of my breaks that is not over."""
    found = queries.find_break(me().id, break_id)
    if found is None or found.last_on < today(me(), now()).day:
        abort(404)
    return found


@bp.post(f"/breaks/<int(max={MOST}):break_id>/cancel")
@learner_required
def cancel(break_id: int) -> ResponseReturnValue:
    """Study on these days after all. Cards stay where they were moved to."""
    kept, found = kept_to_change(), break_or_404(break_id)
    ahead = kept.ahead()
    then = ahead.without_break(found.first_on, found.last_on)
    actions.cancel_break(found, kept.today)
    actions.agree(me().id, _shifted(kept, ahead, then), now())
    commit()
    flash("The break is taken back. Cards stay on the days they were moved to.")
    return see_other(url_for(".breaks"))


@bp.post(f"/breaks/<int(max={MOST}):break_id>/spread")
@learner_required
def spread(break_id: int) -> ResponseReturnValue:
    """Move the cards that have come to fall into a break since it was booked."""
    kept, found = kept_to_change(), break_or_404(break_id)
    moves, _ = _moves(kept, kept.ahead(), found.first_on, found.last_on)
    count = move_cards(me(), moves, kept.today, now())
    commit()
    flash(_moved(count) or "No card comes due in this break.")
    return see_other(url_for(".breaks"))
