"""The page of one learner: the same for their mentors and, to see what those see, for themselves."""

from datetime import datetime

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.queries import CohortMentoring, Member, find_member
from portal.login import me, mentor_required, now
from portal.mentoring import views
from portal.mentoring.attempts import Wanted, attempts, read_place, written_place
from portal.mentoring.portrait import last_day, portrait
from portal.mentoring.views import MOST, cohort_or_404, note_looking
from portal.quizzes import words
from quizzes.day import day_of, never_earlier

bp = views.bp  # one blueprint, drawn by several modules


@bp.app_template_filter("ago")
def ago(day: object, today: object) -> str:
    """A day seen from another: "today", "3 days ago"."""
    return words.day(day, today)  # type: ignore[arg-type]  # a template's filter takes anything


@bp.app_template_global("clock_in")
def clock_in(moment: object, zone: str) -> str:
    """A moment on somebody's clock: "22 Nov 2026, 14:05"."""
    return words.moment(moment, zone)  # type: ignore[arg-type]  # a template's function takes anything


@bp.get(f"/<int(max={MOST}):cohort_id>/learners/<int(max={MOST}):learner_id>")
@mentor_required
def learner(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """A learner of a cohort that I mentor. They can read that I looked."""
    cohort = cohort_or_404(cohort_id)
    member = find_member(cohort_id, learner_id)
    if member is None:
        abort(404)
    between, wanted = CohortMentoring(cohort_id, cohort.name, me().id, me().name), wanted_or_404()
    note_looking(cohort_id, learner_id, "learner page" if wanted.is_first else "attempts")
    return shown(member, between, wanted, now())


def wanted_or_404() -> Wanted:
    """Which answers the address asks for."""
    before = request.args.get("before")
    if before is not None and read_place(before) is None:
        abort(404)
    place = None if before is None else read_place(before)
    return Wanted(request.args.get("wrong") == "1", request.args.get("topic", "")[:64], place)


def shown(member: Member, between: CohortMentoring, wanted: Wanted, moment: datetime) -> str:
    """The page of this learner for this mentor of theirs, whoever of the two is signed in."""
    last_on = last_day(member.id)
    today = never_earlier(day_of(moment, member.zone, member.rollover_hour), last_on)
    found, more = attempts(member.id, wanted)
    return render_template(
        "mentoring/learner.html",
        portrait=portrait(between.cohort_id, member, between.mentor_id, today, last_on),
        between=between,
        is_self=me().id == member.id,
        attempts=found,
        wanted=wanted,
        more=None if more is None else written_place(more),
    )
