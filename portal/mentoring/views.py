"""A mentor's morning: who of a cohort needs somebody today, and why; everybody in a table; what changed since."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort, is_member
from portal.htmx import see_other, wants_fragment
from portal.live import Live, changes, microseconds, quietly, shown_or_404, written
from portal.login import Me, me, mentor_required, now
from portal.looking import note_looking
from portal.mentoring import everyone, morning, queries
from portal.mentoring.everyone import read_place, written_place
from portal.quizzes import words
from portal.sorting import NoSuchOrder, Order, read_order
from portal.spreadsheets import csv_pieces
from quizzes.day import day_of

bp = Blueprint("mentoring", __name__, url_prefix="/cohorts")
MOST = 2**31 - 1
COHORT = f"/<int(max={MOST}):cohort_id>"


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
    listed = written(_shown([one.stood for one in needy]))
    return render_template(
        "mentoring/cohort.html",
        cohort=found,
        live=Live(_written_mark(mark), listed, mark[0], mark[0], today),
        totals=totals,
        today=today,
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


def _asked() -> tuple[Order, queries.Place | None, queries.Place | None]:
    """(order, where the table begins, where the list of those in need begins), out of the address."""
    given = request.args
    try:
        order = read_order(everyone.COLUMNS, given.get("sort", "-need"))
        after = read_place(order.column.name, given.get("after"), given.get("at"))
        past = read_place("need", given.get("past"), given.get("need"))
    except NoSuchOrder:
        abort(404)
    if after is not None and after[0] is None and order.column.name not in queries.NULLABLE:
        abort(404)
    if past is not None and past[0] is None:
        abort(404)
    return order, after, past


def _written_mark(mark: tuple[datetime | None, int]) -> str:
    return f"{0 if mark[0] is None else microseconds(mark[0])}.{mark[1]}"


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


@bp.get(f"{COHORT}/news")
@quietly
def news(cohort_id: int) -> ResponseReturnValue:
    """The numbers of today for a page that is open, and in how many learners its list is old; 204: all as it was."""
    cohort = cohort_or_404(cohort_id)
    if not wants_fragment():
        return see_other(url_for(".cohort", cohort_id=cohort_id))
    since, was = shown_or_404()
    mark = queries.mark_of(cohort_id)
    if _written_mark(mark) == request.args.get("mark"):
        return "", 204
    today = day_of_mine(me(), now())
    needy = queries.in_need(cohort_id, today, None, morning.MOST_NEEDY)[0]
    page = Live(_written_mark(mark), request.args["listed"], since, mark[0], today, changes(was, _shown(needy)))
    return render_template("mentoring/_now.html", cohort=cohort, totals=queries.totals(cohort_id, today), live=page)


def _shown(needy: Sequence[queries.Stood]) -> dict[str, str]:
    return {str(one.learner_id): str(one.need) for one in needy}


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
