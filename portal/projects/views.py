"""Projects that are handed in: the learner's nine, and one attempt in front of a mentor."""

import re
import secrets
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import Member, find_member
from portal.db import commit, db
from portal.htmx import see_other
from portal.journal.threads import entries_opened_to
from portal.login import learner_required, me, mentor_required, now
from portal.looking import note_looking
from portal.projects import actions, queries
from portal.projects.actions import Actor, HandIn, ReadAlready, SentAlready, WaitsAlready
from portal.projects.forms import HandInForm, JudgementForm, newlines
from portal.projects.models import LONGEST_ADVICE, Submission
from portal.projects.queries import Mentored
from portal.roadmap import content
from portal.roadmap.content import Project
from quizzes import waiting
from quizzes.handin import NotNow

bp = Blueprint("projects", __name__)
MOST = 2**31 - 1
SUBMISSION = f"/projects/submissions/<int(max={MOST}):submission_id>"
MENTORED = f"/cohorts/<int(max={MOST}):cohort_id>/submissions/<int(max={MOST}):submission_id>"
_TOKEN = re.compile(r"[\w-]{1,16}", re.ASCII)
_DECIDED = "It is decided already, or was withdrawn. What you typed was not kept; it stands below."
_WHY = f"Say why, in at most {LONGEST_ADVICE:,} characters: the learner reads it."


def member_or_404(cohort_id: int, learner_id: int) -> Member:
    """A learner who belongs now to a cohort that I mentor now."""
    found = find_member(me().id, cohort_id, learner_id)
    if found is None:
        abort(404)
    return found


def token_or_400() -> str:
    """The once-only name of the form that was sent."""
    token = request.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        abort(400)
    return token


@bp.app_template_filter("waits")
def waits(since: object) -> str:
    """How long something waits by now: "2 days"."""
    return waiting.span(now() - since)  # type: ignore[operator]  # a template's filter takes anything


def project_or_404(project_id: str) -> Project:
    """A project of the roadmap."""
    found = content.find_project(project_id)
    if found is None:
        abort(404, "There is no such project.")
    return found


# ---- The learner's side


@bp.get("/projects")
@learner_required
def projects() -> ResponseReturnValue:
    """The roadmap's projects with where I stand."""
    found, steps = queries.standings(me().id), content.roadmap().steps
    return render_template("projects/projects.html", steps=steps, standings=found, cohorts=queries.mentored(me().id))


@bp.get("/projects/<project_id>")
@learner_required
def project(project_id: str) -> ResponseReturnValue:
    """My attempts at a project, and the form for the next one."""
    return _show_project(project_or_404(project_id), None)


def _show_project(found: Project, form: HandInForm | None, problem: str = "", status: int = 200) -> ResponseReturnValue:
    who = me()
    attempts, cohorts = queries.attempts(who.id, found.id), queries.mentored(who.id)
    if form is None:
        form = HandInForm(formdata=None)
        _offer(form, cohorts)
        if attempts:
            latest = attempts[0].row
            form.repository.data, form.live.data = latest.repository, latest.live
    page = {"attempts": attempts, "cohorts": cohorts, "form": form, "problem": problem}
    standing, token = queries.standings(who.id).get(found.id), secrets.token_urlsafe(9)
    return render_template("projects/project.html", project=found, standing=standing, token=token, **page), status


def _offer(form: HandInForm, cohorts: list[Mentored]) -> None:
    """The cohorts and the shared entries that the form lets choose from."""
    form.cohort.choices = [(one.id, f"{one.name}: {' and '.join(one.mentors)}") for one in cohorts]
    if cohorts and form.cohort.data is None:
        form.cohort.data = cohorts[0].id
    readers = {mentor for one in cohorts for mentor in one.mentor_ids}
    offered: list[Any] = list(entries_opened_to(readers, me().id))  # the template says the day in words
    form.entries.choices = offered


@bp.post("/projects/<project_id>/hand-in")
@learner_required
def hand_in(project_id: str) -> ResponseReturnValue:
    """Hand a project in to my mentors."""
    found, token, who = project_or_404(project_id), token_or_400(), me()
    cohorts, form = queries.mentored(who.id), HandInForm()
    if not cohorts:
        abort(404, "You belong to no cohort with a mentor, so nobody would read it.")
    _offer(form, cohorts)
    if not form.validate_on_submit():
        return _show_project(found, form, status=422)
    given = HandIn(
        found.id, form.repository.data or "", form.live.data or "", form.body.data or "", form.entries.data or ()
    )
    try:
        actions.hand_in(Actor(who.id, who.name, token), form.cohort.data, given, now())
    except WaitsAlready:
        db.session.rollback()
        return _show_project(found, form, "An attempt at this project waits or is accepted already.", 409)
    except SentAlready:
        kept = queries.find_handed_in(who.id, token)
        if kept is None or kept.body != form.body.data:
            return _show_project(found, form, "Another attempt was handed in meanwhile; this one was not kept.", 409)
    commit()
    flash("Handed in. You see here when a mentor opens it and what they decide.", "good")
    return see_other(url_for(".project", project_id=found.id))


@bp.post(f"{SUBMISSION}/withdraw")
@learner_required
def withdraw(submission_id: int) -> ResponseReturnValue:
    """Take a hand-in back that nobody opened yet."""
    who, submission = me(), queries.find_submission(me().id, submission_id)
    if submission is None:
        abort(404)
    project_id = submission.project
    try:
        actions.withdraw(submission, Actor(who.id, who.name, token_or_400()), now())
    except (NotNow, ReadAlready, SentAlready):
        db.session.rollback()
        flash("It is not withdrawn: a mentor has opened it, or it is decided.", "warn")
    else:
        commit()
        flash("Withdrawn. It stays in the list of your attempts; hand it in again when it is ready.", "good")
    return see_other(url_for(".project", project_id=project_id))


# ---- The mentor's side


@bp.get(MENTORED)
@mentor_required
def submission(cohort_id: int, submission_id: int) -> ResponseReturnValue:
    """A hand-in of a learner of mine: what they say, the rubric, other attempts."""
    found, _ = _submission_or_404(cohort_id, submission_id)
    learner_id = found.learner_id
    note_looking(cohort_id, learner_id, queries.page_of(submission_id))
    found, learner = _submission_or_404(cohort_id, submission_id)
    return _show_submission(found, learner, JudgementForm(_criteria(found)))


def _submission_or_404(cohort_id: int, submission_id: int) -> tuple[Submission, Member]:
    """A hand-in to a cohort that I mentor now, of a learner who belongs to it now."""
    found = queries.find_in_cohort(cohort_id, submission_id)
    if found is None:
        abort(404)
    return found, member_or_404(cohort_id, found.learner_id)


def _criteria(found: Submission) -> tuple[str, ...]:
    project = content.find_project(found.project)
    return () if project is None else project.needs


def _show_submission(
    found: Submission, learner: Member, form: JudgementForm, problem: str = "", status: int = 200
) -> ResponseReturnValue:
    open_to_me = {id_ for id_, _ in entries_opened_to({me().id}, learner.id)}
    attempts = queries.attempts(learner.id, found.project, found.cohort_id)
    shown = next(one for one in attempts if one.row.id == found.id)
    page = render_template(
        "projects/submission.html",
        attempt=shown,
        learner=learner,
        project=content.find_project(found.project),
        entries=[(id_, day) for id_, day in shown.entries if id_ in open_to_me],
        others=[one for one in attempts if one.row.id != found.id],
        form=form,
        problem=problem,
        token=secrets.token_urlsafe(9),
    )
    return page, status


@bp.post(f"{MENTORED}/judge")
@mentor_required
def judge(cohort_id: int, submission_id: int) -> ResponseReturnValue:
    """Accept a project, or send it back with what to change."""
    (found, learner), token, who = _submission_or_404(cohort_id, submission_id), token_or_400(), me()
    form, verdict = JudgementForm(_criteria(found), request.form), request.form.get("verdict")
    if verdict not in {"accept", "send-back"}:
        abort(400)
    if not form.is_valid(is_accepting=verdict == "accept"):
        return _show_submission(found, learner, form, status=422)
    actor = Actor(who.id, who.name, token)
    try:
        if verdict == "accept":
            actions.accept(found, actor, form.judged, form.said, form.reason, now())
        else:
            actions.send_back(found, actor, form.judged, form.said, now())
    except NotNow:
        db.session.rollback()
        return _show_submission(*_submission_or_404(cohort_id, submission_id), form, _DECIDED, 409)
    except SentAlready:
        db.session.rollback()
    commit()
    flash("Accepted. The learner sees it on the project’s page." if verdict == "accept" else "Sent back.", "good")
    return see_other(url_for(".submission", cohort_id=cohort_id, submission_id=submission_id))


@bp.post(f"{MENTORED}/take-back")
@mentor_required
def take_back(cohort_id: int, submission_id: int) -> ResponseReturnValue:
    """Take an acceptance back, with the reason."""
    (found, learner), token, who = _submission_or_404(cohort_id, submission_id), token_or_400(), me()
    reason = newlines(request.form.get("reason")) or ""
    if not 0 < len(reason) <= LONGEST_ADVICE:
        form = JudgementForm(_criteria(found), {"reason": reason})
        form.errors.append(_WHY)
        return _show_submission(found, learner, form, status=422)
    try:
        actions.take_back(found, Actor(who.id, who.name, token), reason, now())
    except NotNow:
        db.session.rollback()
        return _show_submission(*_submission_or_404(cohort_id, submission_id), JudgementForm(()), _DECIDED, 409)
    except SentAlready:
        db.session.rollback()
    commit()
    flash("The acceptance is taken back, and the learner reads why.", "good")
    return see_other(url_for(".submission", cohort_id=cohort_id, submission_id=submission_id))
