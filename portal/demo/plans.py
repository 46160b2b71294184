"""Plans of invented learners: hours that changed once, breaks behind and ahead, projects that are done."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

from portal.demo.people import Learner
from portal.demo.year import Year
from portal.plan import actions, curriculum, queries
from portal.plan.actions import Wish
from portal.plan.outlook import outlook

_TEXT = Path(__file__).parent / "texts" / "plans.toml"
HOURS, FEWER, AGAIN = (60, 60, 60, 60, 0, 90, 60), (30, 30, 30, 30, 0, 45, 30), (60, 60, 60, 60, 0, 120, 60)
SLIPPED = timedelta(days=9)


def keep_plan(learner: Learner, year: Year) -> None:
    """Ada's plan as it was made, changed in the slump and after it, and seen on the last day: nine days late."""
    first = learner.studied[0].ended_at
    _save(learner, year.first, HOURS, year.first, first)
    for day, hours in ((year.slump.first + timedelta(days=9), FEWER), (year.slump.last, AGAIN)):
        _save(learner, year.first, hours, day, first + (day - year.first))
    actions.book_break(learner.id, year.summer.first, year.summer.last)
    actions.book_break(learner.id, year.until + timedelta(days=31), year.until + timedelta(days=41))
    _note_done(learner, year)
    plan = queries.find_plan(learner.id)
    assert plan is not None, "it was just saved"
    ahead = outlook(plan, queries.hours(learner.id), queries.breaks(learner.id), year.until)
    agreed_on = ahead.ends_on - SLIPPED if ahead.ends_on is not None else None
    actions.agree(learner.id, agreed_on, first + (year.last - timedelta(days=20) - year.first))


def _save(learner: Learner, start: date, hours: tuple[int, ...], day: date, moment: datetime) -> None:
    wish = Wish("casual", start, hours, (), False)
    actions.save_plan(learner.id, wish, None, day, moment)


def _note_done(learner: Learner, year: Year) -> None:
    """What Ada says of topics without cards and of projects, at their shares of the nine months."""
    counts = {topic: row.cards for topic, row in queries.topic_cards(learner.id).items()}
    known = {item.id for item in curriculum.items(counts, False)}
    for row in tomllib.loads(_TEXT.read_text())["done"]:
        if row["item"] in known and row["item"] not in counts:
            day = year.first + timedelta(days=int(row["at"] * (year.last - year.first).days))
            moment = learner.studied[0].ended_at + (day - year.first)
            actions.note_done(learner.id, row["item"], day, row["note"], moment)
