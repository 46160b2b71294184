"""The learner's side of trust: who looked at what of mine, and what my mentors see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import CohortMentoring, cohort_mentors_of, find_member
from portal.htmx import see_other
from portal.journal.queries import days_of
from portal.login import learner_required, me, now
from portal.mentoring.looking import Looked, looked_at
from portal.mentoring.person import shown, wanted_or_404
from portal.mentoring.views import MOST
from portal.quizzes import words

bp = Blueprint("seen", __name__, url_prefix="/me")
YOURS = {  # pages about one learner, where “your” and the name do not say it
    "learner page": "your page",
    "attempts": "your answers",
    "topic": "your cards of a topic",
    "write": "your page, to write to you",
    "note": "your page, to note something",
    "snooze": "your page, to come back to you later",
}
OF_ALL = {"cohort": "the page", "members.csv": "the list of everybody", "topic": "a topic"}  # else “the” and the name
_ENTRY = re.compile(r"entry (\d{1,9})", re.ASCII)


@dataclass(slots=True)
class Sight:
    """What a mentor looked at on a day: `url` leads to it, `times` on the learner's clock, the latest first."""

    mentor: str
    what: str
    url: str
    times: list[str] = field(default_factory=list)


@bp.get("/seen")
@learner_required
def seen() -> ResponseReturnValue:
    """Who looked at what of mine, the latest first."""
    who, before = me(), _before_or_404()
    found, more = looked_at(who.id, before)
    days = by_day(found, _entry_days(who.id, found), who.zone)
    return render_template("mentoring/seen.html", days=days, more=more, is_first=before is None, today=_today())


def _before_or_404() -> int | None:
    if (text := request.args.get("before")) is None:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None:
        abort(404)
    return int(text)


def _today() -> date:
    return now().astimezone(ZoneInfo(me().zone)).date()


def _entry_days(learner_id: int, found: Sequence[Looked]) -> dict[int, date]:
    """The days of the entries that were read; of deleted ones nothing."""
    return days_of(learner_id, [int(entry[1]) for one in found if (entry := _ENTRY.fullmatch(one.page))])


def by_day(found: Sequence[Looked], entries: dict[int, date], zone: str) -> list[tuple[date, list[Sight]]]:
    """What was looked at, by the day on the learner's clock; the same thing looked at again is said once a day."""
    days: dict[date, dict[tuple[str, str], Sight]] = {}
    for one in found:
        day = one.opened_at.astimezone(ZoneInfo(zone)).date()
        what, url = _what(one, entries)
        sight = days.setdefault(day, {}).setdefault((one.mentor, what), Sight(one.mentor, what, url))
        sight.times.append(words.clock(one.opened_at, zone))
    return [(day, list(sights.values())) for day, sights in days.items()]


def _what(one: Looked, entries: dict[int, date]) -> tuple[str, str]:
    """(what was opened in words, where its learner sees it, if anywhere)."""
    if entry := _ENTRY.fullmatch(one.page):
        day = entries.get(int(entry[1]))
        if day is None:
            return "an entry of yours that is deleted now", ""
        return f"your entry of {day.day} {day:%B %Y}", url_for("journal.entry", entry_id=int(entry[1]))
    through = f" of {one.cohort}" if one.cohort else ""
    if one.is_about_all:
        page = OF_ALL.get(one.page, f"the {one.page}")
        return f"{page}{through}, where you stand with the others", ""
    return YOURS.get(one.page, f"your {one.page}"), url_for(".mentor_views")


@bp.get("/mentor-view")
@learner_required
def mentor_views() -> ResponseReturnValue:
    """The choice of whose view to open; the only one opens at once."""
    found = cohort_mentors_of(me().id)
    if len(found) == 1:
        return see_other(_address(found[0]))
    return render_template("mentoring/mentor_views.html", mentorings=found)


def _address(one: CohortMentoring) -> str:
    return url_for(".mentor_view", cohort_id=one.cohort_id, mentor_id=one.mentor_id)


@bp.get(f"/mentor-view/<int(max={MOST}):cohort_id>/<int(max={MOST}):mentor_id>")
@learner_required
def mentor_view(cohort_id: int, mentor_id: int) -> ResponseReturnValue:
    """My page as this mentor of a cohort of mine sees it."""
    if (member := find_member(mentor_id, cohort_id, me().id)) is None:
        abort(404)
    return shown(member, wanted_or_404(), now())
