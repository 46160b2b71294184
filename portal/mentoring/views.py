"""A mentor's morning: who of a cohort needs somebody today, and why; everybody in a table; what changed since."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort, is_member
from portal.htmx import see_other, wants_fragment
from portal.login import Me, me, me_or_none, mentor_required, now
from portal.looking import note_looking
from portal.mentoring import everyone, morning, queries
from portal.mentoring.everyone import NoSuchOrder, read_order, read_place, written_place
from portal.quizzes import words
from portal.spreadsheets import csv_pieces
from quizzes.day import day_of

bp = Blueprint("mentoring", __name__, url_prefix="/cohorts")
MOST = 2**31 - 1
COHORT = f"/<int(max={MOST}):cohort_id>"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MARK = re.compile(r"(\d{1,16})\.(\d{1,10})", re.ASCII)
_LISTED = re.compile(r"(?:\d{1,10}\.\d{1,10}(?:-(?=\d)|$)){0,50}", re.ASCII)


def cohort_or_404(cohort_id: int) -> Cohort:
    """A cohort that I mentor now."""
    cohort = find_cohort(me().id, cohort_id)
    if cohort is None:
        abort(404)
    return cohort


def member_or_404(cohort_id: int, learner_id: int) -> Cohort:
    """The same, where this learner belongs to it now."""
    cohort = cohort_or_404(cohort_id)
    if not is_member(cohort_id, learner_id):
        abort(404)
    return cohort


def day_of_mine(who: Me, moment: datetime) -> date:
    """The day it is for a mentor."""
    return day_of(moment, who.zone, who.rollover_hour)


@bp.get(COHORT)
@mentor_required
def cohort(cohort_id: int) -> ResponseReturnValue:
    """Who needs me today, and why; then everybody, sorted as asked."""
    cohort_or_404(cohort_id)
    order, after, past = _asked()
    note_looking(cohort_id, None, "cohort")
    who, moment = me(), now()
    today, found = day_of_mine(who, moment), cohort_or_404(cohort_id)
    totals, mark = queries.totals(cohort_id, today), queries.mark_of(cohort_id)
    needy, ends = morning.needy(cohort_id, today, past)
    rows, follows = queries.members(cohort_id, order.column.name, order.is_falling, after, everyone.PAGE)
    listed = "-".join(f"{one.stood.learner_id}.{one.stood.need}" for one in needy)
    return render_template(
        "mentoring/cohort.html",
        cohort=found,
        **_as_of(totals, mark, today),
        since=mark[0],
        listed=listed,
        changes=0,
        headline=morning.headline(totals),
        needy=needy,
        past=past,
        ends=written_place(ends),
        snoozed=queries.snoozed(cohort_id, today, morning.MOST_SNOOZED),
        winners=morning.winners(cohort_id),
        newcomers=queries.newcomers(cohort_id, morning.MOST_NEW) if totals.stood < totals.members else [],
        order=order,
        is_first=after is None,
        rows=rows,
        follows=written_place(follows),
        trend=morning.trend(queries.weeks(cohort_id, today)),
        done=morning.done_lately(cohort_id, today, moment),
        everyone=everyone,
    )


def _asked() -> tuple[everyone.Order, queries.Place | None, queries.Place | None]:
    """(order, where the table begins, where the list of those in need begins), out of the address."""
    given = request.args
    try:
        order = read_order(given.get("sort", "-need"))
        after = read_place(order.column.name, given.get("after"), given.get("at"))
        past = read_place("need", given.get("past"), given.get("need"))
    except NoSuchOrder:
        abort(404)
    if after is not None and after[0] is None and order.column.name not in queries.NULLABLE:
        abort(404)
    if past is not None and past[0] is None:
        abort(404)
    return order, after, past


def _as_of(totals: queries.Totals, mark: tuple[datetime | None, int], today: date) -> dict[str, Any]:
    return {"totals": totals, "mark": _written_mark(mark), "as_of": mark[0], "today": today}


def _written_mark(mark: tuple[datetime | None, int]) -> str:
    return f"{0 if mark[0] is None else (mark[0] - _EPOCH) // _MICROSECOND}.{mark[1]}"


@bp.app_template_filter("clock_on")
def clock_on(moment: datetime, today: date) -> str:
    """A moment on my clock: "08:12" on the day `today`, with its date on another."""
    who = me()
    is_today = day_of_mine(who, moment) == today
    return words.clock(moment, who.zone) if is_today else words.moment(moment, who.zone)


@bp.app_template_filter("last_review")
def last_review(stood: queries.Stood) -> str:
    """When a learner reviewed last, seen from their own day."""
    return "not yet" if stood.last_on is None else words.day(stood.last_on, stood.as_of)


@bp.app_template_filter("behind_plan")
def behind_plan(stood: queries.Stood) -> str:
    """What lacks on a learner's plan."""
    if stood.behind is None:
        return "–"
    return short_time(stood.behind) if stood.behind > 0 else "on time"


@bp.app_template_filter("short_time")
def short_time(minutes: int) -> str:
    """Minutes as short as a table needs them: "–", "45 min", "3 h 05"."""
    if minutes <= 0:
        return "–"
    return f"{minutes // 60:,} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"


def _quietly(view: Any) -> Any:
    """What a page asks by itself must not lead a signed-out mentor away from a message half written."""

    @wraps(view)
    def guarded(*args: Any, **named: Any) -> Any:
        if wants_fragment() and me_or_none() is None:
            return Response(status=401)
        return mentor_required(view)(*args, **named)

    return guarded


@bp.get(f"{COHORT}/news")
@_quietly
def news(cohort_id: int) -> ResponseReturnValue:
    """The numbers of today for a page that is open, and in how many learners its list is old; 204: all as it was."""
    cohort = cohort_or_404(cohort_id)
    if not wants_fragment():
        return see_other(url_for(".cohort", cohort_id=cohort_id))
    since, was = _shown_or_404()
    mark = queries.mark_of(cohort_id)
    if _written_mark(mark) == request.args.get("mark"):
        return "", 204
    today = day_of_mine(me(), now())
    found = queries.in_need(cohort_id, today, None, morning.MOST_NEEDY)[0]
    page = {"cohort": cohort, "listed": request.args.get("listed", ""), "changes": morning.changes(was, found)}
    numbers = _as_of(queries.totals(cohort_id, today), mark, today)
    return render_template("mentoring/_now.html", **page, **numbers, since=since)


def _shown_or_404() -> tuple[datetime, dict[int, int]]:
    """Since when the page is open, and whom it lists with which need."""
    listed, mark = request.args.get("listed", ""), _MARK.fullmatch(f"{request.args.get('since', '')}.0")
    if mark is None or not _LISTED.fullmatch(listed):
        abort(404)
    pairs = (pair.split(".") for pair in listed.split("-") if pair)
    return _EPOCH + int(mark[1]) * _MICROSECOND, {int(learner_id): int(need) for learner_id, need in pairs}


@bp.get(f"{COHORT}/members.csv")
@mentor_required
def members_csv(cohort_id: int) -> ResponseReturnValue:
    """The table of everybody as a file, by name."""
    cohort_or_404(cohort_id)
    note_looking(cohort_id, None, "members.csv")
    pieces = csv_pieces(everyone.file_pages(cohort_id))
    name = f"cohort-{cohort_id}-{day_of_mine(me(), now()).isoformat()}.csv"
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
