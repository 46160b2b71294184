"""A cohort's queue: everything that waits for a mentor, the oldest first; in the blueprint of the threads."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import find_cohort
from portal.feedback import queries, views
from portal.feedback.views import COHORT
from portal.htmx import see_other, wants_fragment
from portal.journal.threads import SharedEntry, comments_in_words, entries_with_comments
from portal.live import Live, changes, mark_of, microseconds, quietly, shown_or_404, written
from portal.login import me, mentor_required, now
from portal.looking import note_looking
from portal.projects import queries as projects
from portal.roadmap import content
from quizzes import waiting
from quizzes.day import day_of

bp = views.bp  # one blueprint, drawn by two modules
MOST_SHOWN, LATELY, MOST_COUNTED = 50, timedelta(days=30), 200
NEWS = "feedback.queue_news"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: `kind` is its name, `about` what it is about, `line` how it begins; `key` is its alone."""

    key: str
    kind: str
    learner: str
    about: str
    line: str
    since: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in a cohort, the oldest first; `length` counts what is not shown too."""

    items: list[Item]
    length: int


def queue_of(mentor_id: int, cohort_id: int) -> Queue:
    """The queue as one of the cohort's mentors sees it: comments wait for the one they were written to."""
    handed_in, unanswered = projects.waiting(cohort_id, MOST_SHOWN), queries.unanswered(cohort_id, MOST_SHOWN)
    comments = entries_with_comments(mentor_id, queries.members_now(cohort_id), MOST_SHOWN)
    items = [
        *(_of_project(cohort_id, one) for one in handed_in),
        *(_of_thread(cohort_id, one) for one in unanswered),
        *(_of_entry(one) for one in comments),
    ]
    items.sort(key=lambda one: one.since)
    length = projects.count_waiting(cohort_id) + queries.count_unanswered(cohort_id) + len(comments)
    return Queue(items[:MOST_SHOWN], length)


def _of_project(cohort_id: int, one: projects.Waiting) -> Item:
    found = content.find_project(one.project)
    name = one.project if found is None else found.name
    about = name if one.attempt == 1 else f"{name}, attempt {one.attempt}"
    url = url_for("projects.submission", cohort_id=cohort_id, submission_id=one.id)
    return Item(f"p{one.id}", "project", one.learner, about, one.beginning, one.since, url)


def _of_thread(cohort_id: int, one: queries.Unanswered) -> Item:
    url = url_for("feedback.learner_thread", cohort_id=cohort_id, learner_id=one.learner_id)
    return Item(f"m{one.learner_id}", "message", one.learner, "a message", one.beginning, one.since, url)


def _of_entry(one: SharedEntry) -> Item:
    assert one.unread_since is not None, "it was asked for because something is unread"
    about = f"{comments_in_words(one.comments)} on an entry"
    url = url_for("journal.shared_entry", entry_id=one.id)
    return Item(f"c{one.id}", "comment", one.learner, about, one.text, one.unread_since, url)


def usual_wait(cohort_id: int, moment: datetime) -> timedelta | None:
    """How long answers and decisions took in the last 30 days: the median."""
    since = moment - LATELY
    pairs = queries.answered(cohort_id, since, MOST_COUNTED) + projects.decided(cohort_id, since, MOST_COUNTED)
    return waiting.usual([until - began for began, until in pairs])


@bp.get(f"{COHORT}/queue")
@mentor_required
def queue(cohort_id: int) -> ResponseReturnValue:
    """Everything in a cohort that waits for me."""
    if find_cohort(me().id, cohort_id) is None:
        abort(404)
    note_looking(cohort_id, None, "queue")
    cohort = find_cohort(me().id, cohort_id)
    if cohort is None:
        abort(404)
    moment, found = now(), queue_of(me().id, cohort_id)
    usual = usual_wait(cohort_id, moment)
    took = None if usual is None else waiting.roughly(usual)
    page = Live(_mark(found), written(_shown(found)), moment, moment, _today(moment))
    return render_template("feedback/queue.html", cohort=cohort, queue=found, took=took, live=page, asks=NEWS)


@bp.get(f"{COHORT}/queue/news")
@quietly
def queue_news(cohort_id: int) -> ResponseReturnValue:
    """In how many things a queue that is open is old; 204: all as it was."""
    cohort = find_cohort(me().id, cohort_id)
    if cohort is None:
        abort(404)
    if not wants_fragment():
        return see_other(url_for(".queue", cohort_id=cohort_id))
    (since, was), found, moment = shown_or_404(), queue_of(me().id, cohort_id), now()
    if _mark(found) == request.args.get("mark"):
        return "", 204
    page = Live(_mark(found), request.args["listed"], since, moment, _today(moment), changes(was, _shown(found)))
    return render_template("_asking.html", cohort=cohort, live=page, asks=NEWS)


def _shown(found: Queue) -> dict[str, str]:
    return {one.key: str(microseconds(one.since)) for one in found.items}


def _mark(found: Queue) -> str:
    return mark_of(_shown(found), found.length)


def _today(moment: datetime) -> date:
    return day_of(moment, me().zone, me().rollover_hour)
