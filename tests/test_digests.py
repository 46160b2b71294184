"""Counts of days that are over: digested once from few rows, equal to a replay of everything, written by one answer."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from browser import Browser
from factories import add_person, answer_card, answer_next, everything, me_of
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from test_ledger import MONDAY, event

from portal.db import db
from portal.login import Me
from portal.quizzes import actions, history, queries
from portal.quizzes.digests import FIRST_DAY, digested_until, tail
from portal.quizzes.models import DayCount, LogRow
from portal.quizzes.verifying import rebuild, verify
from quizzes.digest import About, Counts, Logged, Seen, Stage, digest, is_enough, recount
from quizzes.ledger import Event, Kind, effective, replay
from quizzes.sm2 import Grade

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
HOURS = dict.fromkeys(range(99), 9)


def logged(events: list[Event]) -> list[Logged]:
    """The rows that such a chain leaves in the log."""
    rows = []
    for place, one in enumerate(events):
        after = replay(events[: place + 1])
        what = (one.version, one.kind, one.day, HOURS[one.version], one.grade, one.takes_back)
        rows.append(Logged(*what, after.schedule.interval_days, after.due_on))
    return rows


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """A card's chain as the portal writes it: an answer is amended on its own day only."""
    events: list[Event] = []
    after_days = 0
    for version in range(draw(st.integers(1, 22))):
        after_days += draw(st.sampled_from([0, 0, 0, 1, 2, 6, 30]))
        new = event(version, Kind.ANSWER, after_days)
        today = [was.version for was, _, _ in effective(events) if was.day == new.day]
        kinds = [Kind.ANSWER] * 3 + [Kind.BURY, Kind.REVISE] + [Kind.UNDO, Kind.REGRADE] * (2 * bool(today))
        kinds += [Kind.MOVE] * (replay(events).due_on is not None)
        kind = draw(st.sampled_from(kinds))
        takes_back = draw(st.sampled_from(today)) if kind in (Kind.UNDO, Kind.REGRADE) else None
        grade = draw(st.integers(0, 5)) if kind in (Kind.ANSWER, Kind.REGRADE) else None
        due_on = new.day + timedelta(days=draw(st.integers(-2, 20))) if kind is Kind.MOVE else None
        events.append(new._replace(kind=kind, takes_back=takes_back, grade=grade, due_on=due_on))
    return events


@given(lives())
@settings(deadline=None)
def test_what_is_digested_from_rows_is_what_a_replay_counts(events: list[Event]) -> None:
    assert digest(logged(events), FIRST_DAY) == recount(events, HOURS)


@given(lives(), st.integers(0, 60), st.integers(0, 12))
@settings(deadline=None)
def test_the_latest_rows_are_enough_or_said_not_to_be(events: list[Event], days: int, reach: int) -> None:
    after, rows = MONDAY + timedelta(days=days), logged(events)
    first = next((row.version for row in rows if row.kind is Kind.ANSWER and row.day > after), None)
    if first is None:
        return
    few = rows[max(0, first - reach) :]
    if is_enough(few, after):
        counted = recount(events, HOURS)
        assert digest(few, after) == {key: one for key, one in counted.items() if key[0] > after}
    else:
        assert few[0].version > 0


@given(lives())
@settings(deadline=None)
def test_every_answer_that_counts_has_one_button_and_at_most_one_hour(events: list[Event]) -> None:
    counts = recount(events, HOURS)
    seen = {about: sum(one.seen for key, one in counts.items() if key[1] is about) for about in About}
    assert seen[About.GRADE] == len(effective(events))
    assert seen[About.WORTH] == seen[About.HOUR] <= seen[About.GRADE]


def test_a_card_known_for_three_weeks_is_mature_and_good_was_worth_something() -> None:
    answers = [(0, 4), (1, 4), (7, 5), (22, 4), (61, 2), (61, 4)]
    events = [event(place, Kind.ANSWER, days, grade=grade) for place, (days, grade) in enumerate(answers)]
    counts = recount(events, HOURS)
    by_mark: dict[tuple[About, int], Seen] = {}
    for (_, about, mark), one in counts.items():
        by_mark[about, mark] = by_mark.get((about, mark), Seen()) + one
    assert by_mark[About.GRADE, 10 * Stage.NEW + 4] == Seen(1, 1)
    assert by_mark[About.GRADE, 10 * Stage.YOUNG + 4] == Seen(2, 2)
    assert by_mark[About.GRADE, 10 * Stage.MATURE + 2] == Seen(1, 0)
    assert by_mark[About.GRADE, 10 * Stage.REPEAT + 4] == Seen(1, 1)
    assert (by_mark[About.WORTH, 4], by_mark[About.WORTH, 5]) == (Seen(3, 2), Seen(1, 1))


def live(who: Me, dice: random.Random, moment: datetime) -> None:
    """One thing a learner does: answer, choose another grade, take back, or put off."""
    day = queries.today(who, moment)
    held = queries.next_card(who, day)
    latest = history.last_answer(who.id, day.day)
    kind = dice.choice(["answer"] * 5 + ["grade", "undo"] * (latest is not None))
    if kind == "answer" and held is not None:
        answer_card(who, held, moment, dice.choice([None, *Grade]))
    elif latest is not None:
        answer = queries.find_answer(who.id, latest[0])
        assert answer is not None
        was = queries.find_card_by_id(who.id, answer.card_id)
        assert was is not None
        if kind == "undo":
            actions.undo(who, was, answer, moment)
        else:
            actions.regrade(who, was, answer, dice.choice(list(Grade)), moment)
        db.session.commit()


def stored(learner_id: int) -> Counts:
    """What the table says."""
    rows = db.session.scalars(select(DayCount).where(DayCount.learner_id == learner_id))
    return {(row.day, About(row.about), row.mark): Seen(row.seen, row.passed) for row in rows}


def added(some: Counts, others: Counts) -> Counts:
    """Both together."""
    return {key: some.get(key, Seen()) + others.get(key, Seen()) for key in {*some, *others}}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_alice_does_in_a_month_table_and_tail_are_the_recount(alice: Browser, seed: int) -> None:
    assert alice.person is not None
    dice, moment = random.Random(seed), START
    with alice.app.app_context():
        who = me_of(alice.person)
        for _ in range(120):
            moment += dice.choice([timedelta(minutes=2)] * 6 + [timedelta(days=1), timedelta(days=4)])
            live(who, dice, moment)
        until = digested_until(who.id)
        assert FIRST_DAY < until < queries.today(who, moment).day
        whole = added(stored(who.id), tail(who.id, until, date.max))
        assert whole == tail(who.id, FIRST_DAY, date.max), "read at once or piece by piece"
        assert list(verify()) == []
    before = everything(alice.app)["day_counts"]
    with alice.app.app_context():
        rebuild()
        db.session.commit()
    assert everything(alice.app)["day_counts"] == before


def test_the_first_answer_of_a_day_writes_the_days_before_and_no_other_answer_does(alice: Browser) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
        sizes = []
        for hours in (0, 1, 24, 25, 72):
            answer_next(who, START + timedelta(hours=hours))
            sizes.append(len({key[0] for key in stored(who.id)}))
        assert sizes == [0, 0, 1, 1, 2]


def test_hours_are_those_of_the_learners_clock(app: Flask) -> None:
    with app.app_context():
        who = me_of(add_person(app, "yuki@example.org", "Yuki", zone="Asia/Tokyo"))
        held, _ = answer_next(who, START)
        again = queries.find_card_by_id(who.id, held.card_id)
        assert again is not None
        answer_card(who, again, START + timedelta(days=1, hours=2))
        hours = {key[2] for key in tail(who.id, FIRST_DAY, date.max) if key[1] is About.HOUR}
        assert hours == {5}


def test_a_learner_from_before_this_table_is_read_from_the_log_and_written_by_the_next_day(alice: Browser) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
        for days in range(4):
            answer_next(who, START + timedelta(days=days))
        whole = tail(who.id, FIRST_DAY, date.max)
        db.session.execute(text("DELETE FROM day_counts"))
        db.session.commit()
        assert list(verify()) == [], "not digested yet is no difference"
        assert tail(who.id, digested_until(who.id), date.max) == whole
        answer_next(who, START + timedelta(days=9))
        assert stored(who.id) == whole


@pytest.mark.parametrize("change", ["SET seen = seen + 1", "SET passed = 0", "SET day = day + 9"])
def test_counts_that_were_tampered_with_are_named_and_mended(alice: Browser, change: str) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        for days in range(3):
            answer_next(me_of(alice.person), START + timedelta(days=days))
    sound = everything(alice.app)
    with alice.app.app_context():
        db.session.execute(text(f"UPDATE day_counts {change}"))
        assert any("the counts of the day differ" in line for line in verify())
        rebuild()
        db.session.commit()
    assert everything(alice.app) == sound


def test_a_card_answered_many_times_a_day_is_counted_from_its_whole_log(alice: Browser) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
        held, _ = answer_next(who, START)
        for minutes in range(1, 15):
            again = queries.find_card_by_id(who.id, held.card_id)
            assert again is not None
            answer_card(who, again, START + timedelta(minutes=minutes))
        again = queries.find_card_by_id(who.id, held.card_id)
        assert again is not None
        answer_card(who, again, START + timedelta(days=1))
        assert db.session.execute(select(func.count()).select_from(LogRow)).scalar_one() == 16
        worth = {
            key: one for key, one in tail(who.id, digested_until(who.id), date.max).items() if key[1] is About.WORTH
        }
        assert list(worth.values()) == [Seen(1, 1)]
        assert list(verify()) == []
