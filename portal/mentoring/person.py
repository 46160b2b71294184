"""The page of one learner: the same for their mentors and, to see what those see, for themselves."""

from datetime import datetime

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.queries import Member, find_member
from portal.login import me, mentor_required, now
from portal.looking import note_looking
from portal.mentoring import views
from portal.mentoring.attempts import Wanted, attempts, read_place, written_place
from portal.mentoring.portrait import portrait
from portal.mentoring.views import MOST
from portal.quizzes import words

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
    member, wanted = find_member(me().id, cohort_id, learner_id), wanted_or_404()
    if member is None:
        abort(404)
    note_looking(cohort_id, learner_id, "learner page" if wanted.is_first else "attempts")
    return shown(member, wanted, now())


def wanted_or_404() -> Wanted:
    """Which answers the address asks for."""
    text = request.args.get("before")
    before = None if text is None else read_place(text)
    if text is not None and before is None:
        abort(404)
    return Wanted(request.args.get("wrong") == "1", request.args.get("topic", "")[:64], before)


def shown(member: Member, wanted: Wanted, moment: datetime) -> str:
    """The page of this learner for this mentor of theirs, whoever of the two is signed in."""
    found, more = attempts(member.id, member.through.cohort_id, wanted)
    return render_template(
        "mentoring/learner.html",
        portrait=portrait(member, moment),
        between=member.through,
        is_self=me().id == member.id,
        attempts=found,
        wanted=wanted,
        more=None if more is None else written_place(more),
    )
