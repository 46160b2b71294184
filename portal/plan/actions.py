"""What learners do with their plan. What was planned for days that are over stays; nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from portal.accounts.models import User
from portal.db import db
from portal.plan.models import WEEK, BreakRow, Evidence, Feed, Hours, Plan

ONE_DAY = timedelta(days=1)
BY_NOTE = "note"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a learner wants: minutes for Monday to Sunday, when to begin, what is known, projects of their own."""

    preset: str
    start_on: date
    week: tuple[int, ...]
    known_steps: Sequence[int]
    has_own_projects: bool


def take_turn(learner_id: int) -> None:
    """One change of a plan at a time: a second device waits here, then reads what the first one left."""
    db.session.execute(select(User.id).where(User.id == learner_id).with_for_update())


def save_plan(learner_id: int, wish: Wish, agreed_on: date | None, today: date, moment: datetime) -> None:
    """Make a plan or change it. New hours hold from today on, or from the start where that is later."""
    plan = db.session.get(Plan, learner_id)
    if plan is None:
        plan = Plan(learner_id=learner_id, version=0, created_at=moment)
        db.session.add(plan)
    plan.version += 1
    plan.preset, plan.start_on, plan.has_own_projects = wish.preset, wish.start_on, wish.has_own_projects
    plan.known_steps = " ".join(map(str, sorted(wish.known_steps)))
    plan.agreed_on, plan.changed_at = agreed_on, moment
    db.session.flush()
    _set_hours(learner_id, wish, today)


def _set_hours(learner_id: int, wish: Wish, today: date) -> None:
    db.session.execute(delete(Hours).where(Hours.learner_id == learner_id, Hours.valid_from >= today))
    if wish.start_on > today:
        db.session.add(_hours(learner_id, today, (0,) * 7))
    db.session.add(_hours(learner_id, max(today, wish.start_on), wish.week))


def _hours(learner_id: int, day: date, week: Sequence[int]) -> Hours:
    return Hours(learner_id=learner_id, valid_from=day, **dict(zip(WEEK, week, strict=True)))


def agree(learner_id: int, agreed_on: date | None, moment: datetime) -> None:
    """Take this end as the one to be compared with from now on."""
    db.session.execute(
        update(Plan)
        .where(Plan.learner_id == learner_id)
        .values(agreed_on=agreed_on, version=Plan.version + 1, changed_at=moment)
    )


def drop_plan(learner_id: int) -> None:
    """Put the plan away, with its hours, breaks and feed. What is done stays done."""
    for table in (Feed, BreakRow, Hours, Plan):
        db.session.execute(delete(table).where(table.learner_id == learner_id))


def book_break(learner_id: int, first_on: date, last_on: date) -> BreakRow:
    """Keep these days free."""
    booked = BreakRow(learner_id=learner_id, first_on=first_on, last_on=last_on)
    db.session.add(booked)
    db.session.flush()
    return booked


def cancel_break(booked: BreakRow, today: date) -> None:
    """Take back what is still to come of a break; the days of it that are over stay free."""
    if booked.first_on < today:
        booked.last_on = min(booked.last_on, today - ONE_DAY)
    else:
        db.session.delete(booked)
    db.session.flush()


def note_done(learner_id: int, item_id: str, done_on: date, note: str, moment: datetime) -> None:
    """The learner says since when an item is done, and what shows it. Said again, it replaces what was said."""
    db.session.execute(delete(Evidence).where(Evidence.learner_id == learner_id, Evidence.item_id == item_id))
    row = Evidence(learner_id=learner_id, item_id=item_id, kind=BY_NOTE, done_on=done_on, note=note, noted_at=moment)
    db.session.add(row)


def take_back(learner_id: int, item_id: str) -> None:
    """An item is not done after all. Only the learner's own word can be taken back."""
    db.session.execute(
        delete(Evidence).where(Evidence.learner_id == learner_id, Evidence.item_id == item_id, Evidence.kind == BY_NOTE)
    )


def open_feed(learner_id: int, digest: str, moment: datetime) -> None:
    """Give the calendar feed this address; an earlier one ends."""
    close_feed(learner_id)
    db.session.add(Feed(learner_id=learner_id, digest=digest, made_at=moment))


def close_feed(learner_id: int) -> None:
    """No address opens the feed any more."""
    db.session.execute(delete(Feed).where(Feed.learner_id == learner_id))
