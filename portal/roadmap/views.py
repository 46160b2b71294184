"""The pages of the roadmap: home, the ten steps, their topics and projects, and what stands around them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.journal.notes import beside
from portal.journal.queries import decisions_to_look_at
from portal.login import Me, me_or_none, now
from portal.plan.queries import planned_days
from portal.projects import queries as projects
from portal.quizzes import catalogue, queries
from portal.quizzes.catalogue import TopicRecall
from portal.quizzes.trying import try_context
from portal.roadmap import content, lessons
from portal.roadmap.content import Topic
from portal.roadmap.home import at_home
from portal.roadmap.status import standing_of, statuses
from portal.roadmap.week import first_day, week_of
from portal.study.queries import minutes_by_day

bp = Blueprint("roadmap", __name__)


def recalls_of(who: Me | None, moment: datetime) -> dict[str, TopicRecall]:
    """How this person, or nobody yet, stands with each topic that has cards."""
    if who is None:
        return catalogue.recall_by_topic(None, moment.date())
    return catalogue.recall_by_topic(who.id, queries.today(who, moment).day)


def _paused(who: Me | None) -> frozenset[int]:
    """The steps that bring this person no new cards."""
    return frozenset() if who is None else catalogue.choices_of(who.id).paused


@bp.get("/")
def home() -> ResponseReturnValue:
    """What waits today; for visitors, what this is and one card to try."""
    who, moment = me_or_none(), now()
    if who is None:
        return render_template("roadmap/welcome.html", roadmap=content.roadmap(), try_=try_context())
    today = queries.today(who, moment)
    recalls = catalogue.recall_by_topic(who.id, today.day)
    upcoming = None if today.waiting else queries.next_due(who.id, today.day)
    found = statuses(content.roadmap().steps, recalls, paused=catalogue.choices_of(who.id).paused)
    first = first_day(today.day)
    last = first + timedelta(days=6)
    return render_template(
        "roadmap/home.html",
        home=at_home(who.name, moment.astimezone(ZoneInfo(who.zone)).hour, today, found, upcoming),
        statuses=found,
        week=week_of(today.day, minutes_by_day(who.id, first, last), planned_days(who.id, first, last)),
        decisions=decisions_to_look_at(who.id, today.day),
    )


@bp.get("/roadmap")
def roadmap() -> ResponseReturnValue:
    """The ten steps with where the learner stands."""
    who = me_or_none()
    paused = _paused(who)
    found = statuses(content.roadmap().steps, recalls_of(who, now()), is_known=who is not None, paused=paused)
    here = next((status for status in found if status.is_here), found[0])
    return render_template("roadmap/roadmap.html", roadmap=content.roadmap(), statuses=found, here=here)


@bp.get("/roadmap/steps/<step_id>")
def step(step_id: str) -> ResponseReturnValue:
    """A step: why, what to learn, what to build, and what would turn it green."""
    if (found := content.find_step(step_id)) is None:
        abort(404, "There is no such step.")
    who, steps = me_or_none(), content.roadmap().steps
    recalls, paused = recalls_of(who, now()), _paused(who)
    status = statuses(steps, recalls, is_known=who is not None, paused=paused)[found.number - 1]
    topics = [(topic, standing_of(topic, recalls)) for topic in found.topics]
    small = [(topic, standing_of(topic, recalls)) for topic in found.every_topic if topic.id in recalls]
    # What to learn next: the first topic with new cards, else the weakest one, else the first topic of all.
    new = [topic for topic, standing in small if standing.started < standing.cards]
    weakest = [topic for topic, _ in sorted(small, key=lambda pair: pair[1].recall)]
    start = (new or weakest or list(found.topics))[0]
    beside = (steps[found.number - 2] if found.number > 1 else None, *steps[found.number : found.number + 1])
    accepted = {} if who is None or not found.projects else projects.accepted(who.id)
    shown = {"topics": topics, "small": small, "start": start, "beside": beside, "accepted": accepted}
    shown["is_paused"] = found.number in paused
    return render_template("roadmap/step.html", step=found, status=status, **shown)


@bp.get("/roadmap/topics/<topic_id>")
def topic(topic_id: str) -> ResponseReturnValue:
    """A topic: its lesson, where it is used, its cards, and the topic that comes next."""
    if (found := content.find_topic(topic_id)) is None:
        abort(404, "There is no such topic.")
    who = me_or_none()
    recalls = recalls_of(who, now())
    lesson = lessons.lesson_of(topic_id)
    return render_template(
        "roadmap/topic.html",
        topic=found,
        step=content.topic_step(topic_id),
        parent=content.find_topic(found.parent),
        children=[(child, standing_of(child, recalls)) for child in found.children],
        standing=standing_of(found, recalls),
        lesson=lesson,
        lesson_html=lessons.lesson_html(topic_id),
        tables=[(name, lessons.dataset_html(name)) for name in lesson.datasets],
        deck_id=catalogue.deck_of_topic().get((found.children or (found,))[0].id),
        following=_following(found),
        beside=None if who is None else beside(topic_id),
    )


def _following(found: Topic) -> Topic | None:
    """The next topic on the roadmap; below a topic come its children."""
    ids = content.topic_ids()
    place = ids.index(found.id) + 1
    return content.find_topic(ids[place]) if place < len(ids) else None


@bp.get("/roadmap/projects/<project_id>")
def project(project_id: str) -> ResponseReturnValue:
    """The brief of a project, and the lessons that go into it."""
    if (found := content.find_project(project_id)) is None:
        abort(404, "There is no such project.")
    who, step = me_or_none(), content.roadmap().steps[found.step - 1]
    standing = None if who is None else projects.standings(who.id).get(project_id)
    used = [(topic, content.topic_title(topic), text) for topic, text in lessons.lessons_of_project(project_id)]
    return render_template("roadmap/project.html", project=found, step=step, standing=standing, used=used)


@bp.get("/roadmap/plans")
def plans() -> ResponseReturnValue:
    """Three ways to plan the time."""
    return render_template("roadmap/plans.html", roadmap=content.roadmap())


@bp.get("/roadmap/after")
def after() -> ResponseReturnValue:
    """What comes after the tenth step."""
    return render_template("roadmap/after.html", roadmap=content.roadmap())


@bp.get("/roadmap/resources")
def resources() -> ResponseReturnValue:
    """Where else to learn and whom to ask."""
    return render_template("roadmap/resources.html", roadmap=content.roadmap())


@bp.get("/about")
def about() -> ResponseReturnValue:
    """How cards are proved, whose they are, and what is kept of you."""
    return render_template("roadmap/about.html")
