"""The learner's time: a timer that outlives pages and devices, and where the minutes went."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.login import learner_required, me, now
from portal.quizzes import words
from portal.quizzes.queries import today
from portal.roadmap import content
from portal.study import actions, costs, queries, times
from portal.study.costs import Situation
from portal.study.forms import SessionForm
from portal.study.models import StudySession

bp = Blueprint("study", __name__, url_prefix="/study")
MOST = 2_147_483_647  # the largest number the database keeps in a column of ours
FASTEST = 200  # new cards a day, as the profile has it
_TOKEN = re.compile(r"[\w-]{3,16}")


@dataclass(frozen=True, slots=True)
class Timer:
    """The timer as it stands. `kind`: idle, running, forgotten, or stopped (a moment ago). `since` is in words.

    `topic` is the one that is chosen beforehand.
    """

    kind: str
    session: StudySession | None
    seconds: int
    since: str
    topic: str | None
    token: str


def _timer(session: StudySession | None, moment: datetime) -> Timer:
    token = secrets.token_urlsafe(9)
    if session is None:
        return Timer("idle", None, 0, "", _topic_or_none(request.values.get("topic")), token)
    kind = "stopped" if session.ended_at else "forgotten" if session.is_forgotten(moment) else "running"
    since = _since(session.started_at, moment)
    return Timer(kind, session, session.seconds(moment), since, session.topic, token)


def _since(start: datetime, moment: datetime) -> str:
    """ "14:05", with the day where it is another one."""
    zone = ZoneInfo(me().zone)
    is_today = start.astimezone(zone).date() == moment.astimezone(zone).date()
    return words.clock(start, me().zone) if is_today else words.moment(start, me().zone)


def _topic_or_none(topic: str | None) -> str | None:
    return topic if topic and content.find_topic(topic) else None


@bp.app_template_global("topics_by_step")
def topics_by_step() -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """All topics, to choose from: (step, [(id, title)])."""
    return [
        (f"{step.number}. {step.short}", [(topic.id, topic.title) for topic in step.every_topic])
        for step in content.roadmap().steps
    ]


@bp.app_template_filter("day_short")
def day_short(day: date) -> str:
    """ "Monday, 14 December"."""
    return f"{day:%A}, {day.day} {day:%B}"


@bp.app_template_filter("topic_title")
def topic_title(topic: str) -> str:
    """A topic's title; one that left the roadmap keeps its name."""
    found = content.find_topic(topic)
    return topic if found is None else found.title


def session_or_404(session_id: int) -> StudySession:
    """One of my sessions."""
    session = queries.find_session(me().id, session_id)
    if session is None:
        abort(404)
    return session


def _show(session: StudySession | None, moment: datetime) -> ResponseReturnValue:
    """The timer alone for htmx; for the rest the page it stands on."""
    if not wants_fragment():
        return see_other(url_for(".study"))
    return render_template("study/_timer.html", timer=_timer(session, moment))


@bp.get("")
@learner_required
def study() -> ResponseReturnValue:
    """The timer, and where the time went."""
    who, moment = me(), now()
    if (period := request.args.get("period", "week")) not in times.PERIODS:
        abort(404)
    day = today(who, moment).day
    first = times.begins(period, day)
    minutes = queries.minutes_by_day(who.id, first, day)
    is_all = period == "all"
    topics = queries.minutes_by_topic_ever(who.id, day) if is_all else queries.minutes_by_topic(who.id, first, day)
    return render_template(
        "study/study.html",
        timer=_timer(queries.running_session(who.id), moment),
        period=period,
        periods=times.PERIODS,
        spans=times.spans(period, day, minutes),
        total=sum(minutes.values()),
        topics=topics,
        sessions=queries.recent_sessions(who.id),
    )


@bp.get("/timer")
@learner_required
def timer() -> ResponseReturnValue:
    """The timer alone, for other pages."""
    return _show(queries.running_session(me().id), now())


@bp.post("/sessions")
@learner_required
def start() -> ResponseReturnValue:
    """Start the timer. One that runs already goes on, wherever it was started."""
    who, moment, token = me(), now(), request.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        abort(400, "This form was not made by the portal.")
    actions.start_session(who.id, token, _topic_or_none(request.form.get("topic")), today(who, moment).day, moment)
    commit()
    return _show(queries.running_session(who.id), moment)


@bp.post(f"/sessions/<int(max={MOST}):session_id>/stop")
@learner_required
def stop(session_id: int) -> ResponseReturnValue:
    """Stop the timer; a forgotten one asks first what it was."""
    session, moment = session_or_404(session_id), now()
    if not session.is_forgotten(moment):
        actions.stop_session(session, moment)
        commit()
        if not wants_fragment():
            flash(f"Stopped. {words_for(session.minutes or 0)} kept.")
    return _show(session, moment)


def words_for(minutes: int) -> str:
    """ "25 minutes"; what is less than one is said so."""
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "Less than a minute"


@bp.post(f"/sessions/<int(max={MOST}):session_id>/go-on")
@learner_required
def go_on(session_id: int) -> ResponseReturnValue:
    """Say that a long session goes on."""
    session, moment = session_or_404(session_id), now()
    actions.go_on(session, moment)
    commit()
    return _show(session, moment)


@bp.route(f"/sessions/<int(max={MOST}):session_id>/correct", methods=["GET", "POST"])
@learner_required
def correct(session_id: int) -> ResponseReturnValue:
    """Say how long a session really was, and what it was about."""
    session, moment, is_sent = session_or_404(session_id), now(), request.method == "POST"
    form = SessionForm() if is_sent else SessionForm(formdata=None, data={"minutes": session.minutes})
    if not (is_sent and form.validate_for(session, session.seconds(moment))):
        timer = _timer(session, moment)
        return render_template("study/correct.html", timer=timer, session=session, form=form), 422 if is_sent else 200
    actions.correct_session(session, form.minutes.data or 0, _topic_or_none(request.form.get("topic")))
    commit()
    flash("Kept as you said.")
    return see_other(url_for(".study"))


@bp.get("/cost")
@learner_required
def cost() -> ResponseReturnValue:
    """What a step, a deck or another number of new cards a day would cost; without any of them, what to ask about."""
    who, asked = me(), request.args
    decks = queries.decks_left(who.id)
    found, status = None, 200
    speed = asked.get("new_per_day", "")
    if "step" in asked or "deck" in asked:
        found = _cost_of_cards(decks, asked.get("step"), asked.get("deck"))
    elif speed:
        found = _cost_of_speed(decks, speed)
        status = 200 if found or wants_fragment() else 422
    page = "study/_cost.html" if wants_fragment() else "study/cost.html"
    is_refused, speed = bool(speed) and found is None, speed or str(who.new_per_day)
    shown = {"told": found, "decks": decks, "speed": speed, "is_refused": is_refused}
    return render_template(page, off=costs.OFF, **shown), status


def _situation() -> Situation:
    who = me()
    day = today(who, now()).day
    known, tries = queries.known_cards(who.id, day), queries.latest_tries(who.id)
    return costs.situation(known, tries, queries.weekday_shares(who.id, day), who.new_per_day, day)


def _cost_of_cards(decks: Sequence[queries.DeckLeft], step: str | None, deck: str | None) -> costs.Told:
    """The cards of a step or of a deck; a step may have none."""
    wanted = [one for one in decks if one.id == deck or str(one.step) == step]
    is_step = deck is None and step in {str(one.number) for one in content.roadmap().steps}
    if not wanted and not is_step:
        abort(404)
    fresh = sum(one.fresh for one in wanted)
    if not fresh:
        return costs.nothing("There is nothing new to review here." if wanted else "This step has no cards yet.")
    now_there = _situation()
    return costs.told(costs.cost_of_cards(now_there, fresh), words.cards(fresh), now_there)


def _cost_of_speed(decks: Sequence[queries.DeckLeft], typed: str) -> costs.Told | None:
    """Another number of new cards a day, of steps that bring any; None for what is no such number."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 3 and int(typed) <= FASTEST):
        return None
    speed, there = int(typed), _situation()
    if speed == there.new_per_day:
        return costs.nothing(f"{costs.new_cards(speed)} a day is what you learn now.")
    fresh = sum(deck.fresh for deck in decks if not deck.is_paused)
    if not fresh:
        is_held = any(deck.fresh for deck in decks)
        why = "New cards are left in paused steps alone" if is_held else "You have met every card already"
        return costs.nothing(f"{why}, so this changes nothing.")
    lasts = f"as long as new ones are left; {fresh} are"
    return costs.told(costs.cost_of_speed(there, fresh, speed), f"{costs.new_cards(speed)} a day", there, lasts)
