"""A mentor's morning: who of a cohort needs somebody today, and why."""

from flask import Blueprint, abort

from portal.accounts.actions import note_view
from portal.accounts.models import Cohort
from portal.accounts.queries import find_cohort, is_member
from portal.db import commit_and_read_on, start_writing
from portal.login import me, now

bp = Blueprint("mentoring", __name__, url_prefix="/cohorts")
MOST = 2**31 - 1


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


def note_looking(cohort_id: int, learner_id: int | None, page: str) -> None:
    """Write down that I opened this page, before its results are read: it stays, whatever comes after.

    The turn to write is given back at once: nobody waits while the page is drawn.
    """
    start_writing()
    note_view(me().id, cohort_id, learner_id, page, now())
    commit_and_read_on()
