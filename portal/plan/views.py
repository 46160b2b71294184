"""The pages of the plan: the days and months ahead, hours, what is done, the calendar feed."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import commit
from portal.htmx import see_other, wants_fragment
from portal.lines import reads_first
from portal.login import learner_required, me, now, token_digest
from portal.plan import actions, curriculum, feed, queries, texts
from portal.plan.actions import BY_NOTE, Wish
from portal.plan.forms import EvidenceForm, PlanForm
from portal.plan.models import WEEK, BreakRow, Hours, Plan
from portal.plan.outlook import Outlook, imagined, outlook, past_of
from portal.quizzes.queries import today
from quizzes.pacing import Break

bp = Blueprint("plan", __name__, url_prefix="/plan")
bp.add_app_template_filter(texts.on, "on_day")
bp.add_app_template_filter(texts.hours, "hours_in_words")
bp.add_app_template_filter(texts.days, "how_many_days")
bp.add_app_template_global(texts.span, "span_in_words")
ONE_DAY = timedelta(days=1)
OWN = "own"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kept:
    """A learner's plan with all that belongs to it, as one request needs it."""

    plan: Plan
    hours: tuple[Hours, ...]
    breaks: tuple[BreakRow, ...]
    today: date

    def ahead(self) -> Outlook:
        """The plan laid out from today on."""
        return outlook(self.plan, self.hours, self.breaks, self.today)


def kept_or_none() -> Kept | None:
    """My plan."""
    who = me()
    if (plan := queries.find_plan(who.id)) is None:
        return None
    return Kept(plan, tuple(queries.hours(who.id)), tuple(queries.breaks(who.id)), today(who, now()).day)


def kept_to_change() -> Kept:
    """My plan, while no other device changes it."""
    actions.take_turn(me().id)
    return kept_or_404()


def kept_or_404() -> Kept:
    """My plan; what needs one is not there without it."""
    if (kept := kept_or_none()) is None:
        abort(404, "You have no plan yet. You can begin one at /plan.")
    return kept


@bp.get("")
@learner_required
def plan() -> ResponseReturnValue:
    """The days around today, the months ahead and the end; without a plan, the three there are."""
    kept = kept_or_none()
    if kept is None:
        return _presets()
    ahead = kept.ahead()
    first = max(kept.today - 2 * ONE_DAY, min(kept.today, kept.hours[0].valid_from))
    planned = queries.planned(kept.hours, kept.breaks, first, kept.today + 6 * ONE_DAY)
    return render_template(
        "plan/plan.html",
        plan=kept.plan,
        ahead=ahead,
        course=texts.course(ahead, kept.plan.agreed_on),
        days=texts.day_rows(ahead, planned, kept.breaks),
        stretches=texts.stretches(ahead, kept.breaks),
        waiting=[(item, curriculum.title(item)) for item in ahead.standing.waiting],
        feed=queries.find_feed(kept.plan.learner_id),
    )


@bp.get("/months/<name>")
@learner_required
def month(name: str) -> ResponseReturnValue:
    """A month as a calendar. `name` is such as 2026-12."""
    kept = kept_or_404()
    first = _month_or_404(name)
    last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    ahead = kept.ahead()
    planned = queries.planned(kept.hours, kept.breaks, first, last)
    weeks = texts.month_weeks(texts.day_rows(ahead, planned, kept.breaks))
    beside = (first - ONE_DAY, last + ONE_DAY)
    return render_template("plan/month.html", first=first, weeks=weeks, beside=beside, ahead=ahead)


def _month_or_404(name: str) -> date:
    if _MONTH.fullmatch(name) is None or not "1971" <= name < "2200":
        abort(404)
    return date.fromisoformat(f"{name}-01")


def _presets() -> ResponseReturnValue:
    who, day = me(), today(me(), now()).day
    past = past_of(who.id, day, day)
    found = []
    for preset in curriculum.presets().values():
        wish = Wish(preset.id, day, preset.week, (), preset.has_own_projects)
        ahead = imagined(wish, past, (), day)
        found.append((preset, ahead.ends_on, sum(block.minutes for block in ahead.calendar.blocks)))
    return render_template("plan/presets.html", presets=found)


@bp.route("/edit", methods=["GET", "POST"])
@learner_required
def edit() -> ResponseReturnValue:
    """Hours for each weekday, the start, what is known already."""
    who, moment = me(), now()
    if request.method == "POST":
        actions.take_turn(who.id)
    kept, day = kept_or_none(), today(who, moment).day
    if request.method == "GET":
        form = _filled(kept, day)
        return _show_edit(form, kept, _imagined(form.wish(_preset(kept)), kept, day))
    form = PlanForm()
    if not form.validate_for(day, _begun_on(kept, day)):
        return _show_edit(form, kept, None), 422
    wish = form.wish(_preset(kept))
    ahead = _imagined(wish, kept, day)
    actions.save_plan(who.id, wish, ahead.ends_on, day, moment)
    commit()
    flash("Your plan is kept.")
    return see_other(url_for(".plan"))


def _preset(kept: Kept | None) -> str:
    name = request.values.get("preset") or (kept.plan.preset if kept else "balanced")
    if name not in curriculum.presets() and name != OWN:
        abort(404)
    return name


def _begun_on(kept: Kept | None, day: date) -> date | None:
    """The start of a plan that has begun: it stays."""
    return kept.plan.start_on if kept is not None and kept.plan.start_on < day else None


def _filled(kept: Kept | None, day: date) -> PlanForm:
    """The form as the plan is kept, or as a preset has it when one is asked for."""
    preset = curriculum.presets().get(request.args.get("preset", "balanced" if kept is None else ""))
    plan = kept.plan if kept else None
    week = preset.week if preset else kept.hours[-1].minutes if kept else (0,) * 7
    values = {
        "start_on": plan.start_on if plan else day,
        "known_steps": sorted(plan.known) if plan else [],
        "has_own_projects": preset.has_own_projects if preset else bool(plan and plan.has_own_projects),
    }
    return PlanForm(formdata=None, data=values | dict(zip(WEEK, week, strict=True)))


def _imagined(wish: Wish, kept: Kept | None, day: date) -> Outlook:
    free = tuple(Break(row.first_on, row.last_on) for row in kept.breaks) if kept else ()
    return imagined(wish, past_of(me().id, min(wish.start_on, day), day), free, day)


def _show_edit(form: PlanForm, kept: Kept | None, ahead: Outlook | None) -> str:
    day = today(me(), now()).day
    return render_template(
        "plan/edit.html",
        form=form,
        plan=kept.plan if kept else None,
        begun_on=_begun_on(kept, day),
        presets=curriculum.presets(),
        preset=_preset(kept),
        week=[form[weekday] for weekday in WEEK],
        own=curriculum.own_projects(),
        ahead=ahead,
    )


@bp.post("/preview")
@learner_required
@reads_first
def preview() -> ResponseReturnValue:
    """When a plan with these hours would end: a fragment, or the form again with it."""
    kept, form = kept_or_none(), PlanForm()
    day = today(me(), now()).day
    is_whole = form.validate_for(day, _begun_on(kept, day))
    ahead = _imagined(form.wish(_preset(kept)), kept, day) if is_whole else None
    if wants_fragment():
        return render_template("plan/_preview.html", ahead=ahead)
    return _show_edit(form, kept, ahead)


@bp.post("/agree")
@learner_required
def agree() -> ResponseReturnValue:
    """Take the end as it is computed today as the one to be compared with."""
    kept = kept_to_change()
    ends_on = kept.ahead().ends_on
    actions.agree(kept.plan.learner_id, ends_on, now())
    commit()
    flash("That is your plan now." if ends_on is None else f"Your plan now ends on {texts.on(ends_on)}.")
    return see_other(url_for(".plan"))


@bp.post("/drop")
@learner_required
def drop() -> ResponseReturnValue:
    """Put the plan away; what is done stays done."""
    kept = kept_to_change()
    actions.drop_plan(kept.plan.learner_id)
    commit()
    flash("Your plan is put away. Your cards, your journal and what you have done are as they were.")
    return see_other(url_for(".plan"))


@bp.route("/items/<item_id>", methods=["GET", "POST"])
@learner_required
def item(item_id: str) -> ResponseReturnValue:
    """A topic or project of the plan: when it is due, and what shows that it is done."""
    kept = kept_to_change() if request.method == "POST" else kept_or_404()
    ahead = kept.ahead()
    found = next((one for one in ahead.items if one.id == item_id), None)
    if found is None:
        abort(404, "Your plan has no such topic or project.")
    noted, form = ahead.past.noted.get(item_id), EvidenceForm()
    if request.method == "POST":
        if item_id in ahead.past.cards:
            abort(404, "The cards of this topic are what shows that it is done.")
        if form.validate_for(kept.today):
            actions.note_done(me().id, item_id, *form.said(), now())
            commit()
            flash(f"{curriculum.title(item_id)} is done.")
            return see_other(url_for(".plan"))
    else:
        day, note = (noted.done_on, noted.note) if noted else (kept.today, "")
        form = EvidenceForm(formdata=None, data={"done_on": day, "note": note})
    cards = ahead.past.cards.get(item_id)
    given = {"item": found, "ahead": ahead, "noted": noted, "cards": cards, "form": form, "by_note": BY_NOTE}
    page = render_template("plan/item.html", title=curriculum.title(item_id), text=curriculum.text(item_id), **given)
    return page, 422 if form.errors else 200


@bp.post("/items/<item_id>/reopen")
@learner_required
def reopen(item_id: str) -> ResponseReturnValue:
    """It is not done after all."""
    kept_or_404()
    actions.take_back(me().id, item_id)
    commit()
    return see_other(url_for(".item", item_id=item_id))


@bp.post("/calendar")
@learner_required
def open_calendar() -> ResponseReturnValue:
    """Make a new address for the feed; an earlier one ends. It is shown once: only its digest is kept."""
    kept_to_change()
    token = secrets.token_urlsafe(24)
    actions.open_feed(me().id, token_digest(token), now())
    commit()
    flash("This is the address of your calendar. Copy it now: it is shown this once.", "good")
    flash(url_for(".calendar", token=token, _external=True), "feed")
    return see_other(url_for(".plan"))


@bp.post("/calendar/close")
@learner_required
def close_calendar() -> ResponseReturnValue:
    """End the feed: its address opens nothing any more."""
    actions.close_feed(kept_to_change().plan.learner_id)
    commit()
    flash("The calendar’s address opens nothing any more.")
    return see_other(url_for(".plan"))


@bp.get("/calendar/<token>.ics")
def calendar(token: str) -> ResponseReturnValue:
    """The plan for calendar programs, which cannot sign in: whoever knows the address may read it."""
    whose = queries.find_subscriber(token_digest(token))
    if whose is None or (kept := queries.find_plan(whose.learner_id)) is None:
        abort(404)
    free, moment = queries.breaks(whose.learner_id), now()
    ahead = outlook(kept, queries.hours(whose.learner_id), free, whose.day(moment))
    text = feed.feed(ahead, kept, free, whose.digest, moment)
    return Response(
        text, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, max-age=3600"}
    )
