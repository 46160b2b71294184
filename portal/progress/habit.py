"""The habit page: planned days kept, the streak, and why a little each day beats much on Sunday."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.login import learner_required, me, now
from portal.plan.queries import planned_days
from portal.progress import views
from portal.quizzes.queries import today
from portal.study.queries import known_cards, latest_tries, minutes_by_day
from quizzes.forecast import Rhythm, compare_rhythms, pace_of
from quizzes.habit import WINDOW, Habit, habit

bp = views.bp  # one blueprint, drawn by two modules
REACH = 365  # days that a streak is followed back
USUAL_WEEK = 7 * 60  # minutes
WIDTH, HEIGHT, LEFT, TOP = 640, 220, 64, 16  # of the picture, its scale on the left


@dataclass(frozen=True, slots=True)
class Picture:
    """Two lines of recall as SVG coordinates, with the lines of its scale: (height, "90%")."""

    daily: str
    sundays: str
    scale: Sequence[tuple[float, str]]
    rows: Sequence[tuple[date, float, float]]
    minutes: int
    cards: int
    mean_daily: float
    mean_sundays: float


@bp.get("/habit")
@learner_required
def habit_page() -> ResponseReturnValue:
    """How steadily I study, and what my own cards say about doing it daily."""
    who, moment = me(), now()
    day = today(who, moment).day
    first = day - timedelta(days=REACH)
    studied = minutes_by_day(who.id, first, day)
    mine = habit(planned_days(who.id, first, day), studied, day)
    return render_template(
        "progress/habit.html",
        habit=mine,
        rhythm=rhythm_words(mine),
        weeks=_weeks(mine),
        picture=_picture(who.id, mine, day),
    )


def _weeks(mine: Habit) -> list[Sequence[object]]:
    return [mine.days[start : start + 7] for start in range(0, WINDOW, 7)]


def rhythm_words(mine: Habit) -> str:
    """Days of study as a rhythm: "about four days a week"."""
    if not mine.studied:
        return "no day of study yet"
    each = round(mine.studied / 4)
    words = ("now and then", "about one day", "about two days", "about three days", "about four days")
    more = ("about five days", "about six days", "every day")
    return "now and then" if not each else f"{(words + more)[each]}" + ("" if each == 7 else " a week")


def _picture(learner_id: int, mine: Habit, day: date) -> Picture | None:
    cards = known_cards(learner_id, day)
    if not cards:
        return None
    spent = sum(one.studied for one in mine.days) / 4
    minutes = round(spent) or USUAL_WEEK
    found = compare_rhythms(cards, pace_of(latest_tries(learner_id)), minutes, day + timedelta(days=1))
    return picture(found, minutes, len(cards))


def picture(found: Rhythm, minutes: int, cards: int) -> Picture:
    """Both rhythms drawn; the scale begins at the ten percent below the lowest value."""
    least = min(0.9, int(10 * min(*found.daily, *found.sundays)) / 10)
    marks = [least + (1 - least) * part / 2 for part in range(3)]
    days = [found.first + timedelta(days=number) for number in range(len(found.daily))]
    return Picture(
        _line(found.daily, least),
        _line(found.sundays, least),
        [(_height(mark, least), f"{round(100 * mark)}%") for mark in marks],
        list(zip(days, found.daily, found.sundays, strict=True)),
        minutes,
        cards,
        sum(found.daily) / len(days),
        sum(found.sundays) / len(days),
    )


def _line(values: Sequence[float], least: float) -> str:
    step = (WIDTH - LEFT - 8) / (len(values) - 1)
    return " ".join(f"{LEFT + number * step:.1f},{_height(value, least)}" for number, value in enumerate(values))


def _height(value: float, least: float) -> float:
    return round(TOP + (1 - value) / (1 - least) * (HEIGHT - 2 * TOP), 1)
