"""The study timer over HTTP, and what a learner's minutes add up to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from browser import Browser
from factories import add_person, delete_entry, me_of, right_answer, start_session, study, write_entry
from flask import Flask
from sqlalchemy import select, update

from portal.db import db
from portal.journal.models import Entry
from portal.login import Me
from portal.quizzes import actions as quiz_actions
from portal.quizzes import queries as quiz_queries
from portal.quizzes.presentations import present
from portal.quizzes.queries import Answer, Held
from portal.study import actions as study_actions
from portal.study import queries, times
from portal.study.models import StudySession
from quizzes.cards import Ask
from quizzes.sm2 import Grade

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = NOON.date()


def sessions(browser: Browser) -> list[StudySession]:
    """This person's sessions, the first one first."""
    assert browser.person is not None
    with browser.app.app_context():
        mine = select(StudySession).where(StudySession.learner_id == browser.person.id).order_by(StudySession.id)
        return list(db.session.scalars(mine))


def kind(browser: Browser) -> str:
    """The state of the timer on the open page."""
    return browser.page.element("timer").get("data-kind") or ""


def begin(browser: Browser, hours_ago: float, topic: str | None = None) -> int:
    """A timer that has run for so long; its id."""
    assert browser.person is not None
    with browser.app.app_context():
        return start_session(browser.person.id, datetime.now(UTC) - timedelta(hours=hours_ago), topic)


# ---- The timer


def test_somebody_new_is_told_what_the_timer_is_for(alice: Browser) -> None:
    alice.get("/study")
    assert "Nothing is timed yet" in alice.page.said
    assert kind(alice) == "idle"
    assert alice.page.find("table") == []


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_alice_starts_the_timer_and_stops_it(alice: Browser, htmx: bool) -> None:
    alice.get("/study")
    alice.send_form("/study/sessions", htmx=htmx, topic="sql.joins")
    assert kind(alice) == "running"
    assert "0 min" in alice.page.element("timer").text
    alice.send_form("/stop", htmx=htmx)
    assert kind(alice) == ("stopped" if htmx else "idle")
    assert "Less than a minute" in alice.page.said
    (session,) = sessions(alice)
    assert (session.minutes, session.topic) == (0, "sql.joins")


def test_a_timer_goes_on_over_a_reload_and_on_another_device(app: Flask, alice: Browser) -> None:
    begin(alice, 0.7, "git.branches")
    alice.get("/study")
    assert "42 min" in alice.page.element("timer").text
    assert alice.person is not None
    phone = Browser(app).signed_in(alice.person)
    phone.get("/study/timer", htmx=True)
    assert kind(phone) == "running"
    phone.send_form("/stop")
    assert "42 minutes kept" in phone.page.said
    assert kind(phone) == "stopped"
    alice.send_form("/stop")
    assert [session.minutes for session in sessions(alice)] == [42], "the second stop changes nothing"


def test_one_timer_runs_at_a_time(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    phone = Browser(app).signed_in(alice.person)
    alice.get("/study")
    phone.get("/study")
    alice.send_form("/study/sessions", topic="sql.joins")
    phone.send_form("/study/sessions", topic="git.branches")
    assert "Joins" in phone.page.said
    assert [session.topic for session in sessions(alice)] == ["sql.joins"]


def test_a_form_that_is_sent_again_starts_nothing_new(alice: Browser) -> None:
    alice.get("/study")
    form = alice.page.form("/study/sessions")
    address = form.pop("action")
    alice.post(address, form, htmx=True)
    alice.send_form("/stop")
    alice.post(address, form, htmx=True)
    assert kind(alice) == "idle"
    assert len(sessions(alice)) == 1


@pytest.mark.parametrize("token", ["", "a b", "x" * 17])
def test_a_form_that_nobody_drew_is_refused(alice: Browser, token: str) -> None:
    alice.get("/study")
    alice.post("/study/sessions", {"token": token}, status=400)
    assert sessions(alice) == []


def test_a_topic_that_is_none_is_no_topic(alice: Browser) -> None:
    alice.get("/study")
    alice.send_form("/study/sessions", topic="alchemy")
    assert sessions(alice)[0].topic is None


def test_bobs_timer_is_not_alices(alice: Browser, bob: Browser) -> None:
    begin(bob, 0.5)
    alice.get("/study")
    assert kind(alice) == "idle"


# ---- A forgotten timer


def test_a_forgotten_timer_asks_and_counts_nothing_until_it_is_answered(app: Flask, alice: Browser) -> None:
    begin(alice, 9, "sql.joins")
    alice.get("/study")
    assert kind(alice) == "forgotten"
    assert "Still studying?" in alice.page.said
    assert "Nothing is timed yet" in alice.page.said


def test_a_stop_from_an_old_page_asks_first(alice: Browser) -> None:
    session_id = begin(alice, 9)
    alice.post(f"/study/sessions/{session_id}/stop", htmx=True)
    assert kind(alice) == "forgotten"
    assert sessions(alice)[0].ended_at is None


def test_whoever_still_studies_says_so_and_is_asked_four_hours_later(app: Flask, alice: Browser) -> None:
    begin(alice, 5)
    alice.get("/study")
    alice.send_form("/go-on")
    assert kind(alice) == "running"
    assert "300 min" in alice.page.element("timer").text
    (session,) = sessions(alice)
    assert not session.is_forgotten(session.seen_at + timedelta(hours=4))
    assert session.is_forgotten(session.seen_at + timedelta(hours=4, seconds=1))


def test_whoever_stopped_earlier_says_how_long_it_was(alice: Browser) -> None:
    begin(alice, 9, "sql.joins")
    alice.get("/study")
    (link,) = [link for link in alice.page.find("a") if (link.get("href") or "").endswith("/correct")]
    alice.get(link.get("href") or "")
    alice.send_form("/correct", htmx=False, minutes="80", topic="sql.joins")
    assert "You studied 1 h 20" in alice.page.said
    assert "as you said" in alice.page.said
    (session,) = sessions(alice)
    assert session.ended_at == session.started_at + timedelta(minutes=80)


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [("", "from 0 to 1440"), ("1441", "from 0 to 1440"), ("an hour", "from 0 to 1440"), ("600", "Write at most")],
)
def test_minutes_that_cannot_be_are_said_and_nothing_is_lost(alice: Browser, minutes: str, sentence: str) -> None:
    session_id = begin(alice, 9)
    alice.get(f"/study/sessions/{session_id}/correct")
    alice.send_form("/correct", htmx=False, status=422, minutes=minutes)
    assert sentence in alice.page.element("minutes-error").text
    assert alice.page.element("minutes").get("value") == minutes
    assert sessions(alice)[0].ended_at is None


def test_a_session_that_ended_can_be_corrected_too(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        session_id = study(alice.person.id, datetime.now(UTC) - timedelta(hours=1), 40)
    alice.get(f"/study/sessions/{session_id}/correct")
    assert alice.page.element("minutes").get("value") == "40"
    alice.send_form("/correct", htmx=False, minutes="25", topic="git.branches")
    (session,) = sessions(alice)
    assert (session.minutes, session.topic, session.is_corrected) == (25, "git.branches", True)


# ---- What counts


def answer(person_id: int, who: Me, moment: datetime, seconds: int) -> tuple[Held, Answer]:
    """The next card, answered rightly after so many seconds. Commits. Needs an app context."""
    held = quiz_queries.next_card(who, quiz_queries.today(who, moment))
    assert held is not None
    shown = present(person_id, held.card_id, held.memory.version, moment - timedelta(seconds=seconds))
    is_self = held.sheet.ask is Ask.SELF
    given, grade = ([], Grade.GOOD) if is_self else (right_answer(held), None)
    kept = quiz_actions.keep_answer(who, held, quiz_actions.weigh_answer(who, held, shown, given, grade, moment))
    db.session.commit()
    return held, kept


def minutes_on(learner_id: int, day: date = DAY) -> int:
    """The minutes of a day. Needs an app context."""
    return queries.minutes_by_day(learner_id, day, day).get(day, 0)


def write_minutes(learner_id: int, minutes: int) -> int:
    """An entry that says so many minutes; its id. Commits. Needs an app context."""
    entry_id = write_entry(learner_id, DAY, "Joins.")
    db.session.execute(update(Entry).where(Entry.id == entry_id).values(minutes=minutes))
    db.session.commit()
    return entry_id


def test_reviews_and_the_timer_are_added(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        who = me_of(alice)
        for turn in range(4):
            answer(alice.id, who, NOON + timedelta(minutes=turn), 45)
        assert minutes_on(alice.id) == 3
        study(alice.id, NOON + timedelta(hours=1), 25)
        assert minutes_on(alice.id) == 28


def test_answers_given_while_the_timer_ran_count_once(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        who = me_of(alice)
        answer(alice.id, who, NOON - timedelta(minutes=5), 60)
        for turn in range(1, 5):
            answer(alice.id, who, NOON + timedelta(minutes=turn), 30)
        study(alice.id, NOON, 25)
        assert minutes_on(alice.id) == 26, "one minute before, twenty-five with the timer"


def test_a_timer_shorter_than_its_reviews_takes_nothing_away(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        who = me_of(alice)
        for turn in range(1, 5):
            answer(alice.id, who, NOON + timedelta(minutes=turn), 60)
        session = queries.find_session(alice.id, study(alice.id, NOON, 10))
        assert session is not None
        study_actions.correct_session(session, 1, None)
        assert minutes_on(alice.id) == 4


def test_answers_that_were_taken_back_are_no_overlap(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        who = me_of(alice)
        held, kept = answer(alice.id, who, NOON + timedelta(minutes=1), 60)
        again = quiz_queries.find_card_by_id(alice.id, held.card_id)
        assert again is not None
        quiz_actions.undo(who, again, kept, NOON + timedelta(minutes=2))
        study(alice.id, NOON, 10)
        assert minutes_on(alice.id) == 10
        assert sum(queries.minutes_by_topic(alice.id, DAY, DAY).values()) <= 1


def test_minutes_of_the_journal_are_taken_for_the_whole_day(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        study(alice.id, NOON, 30)
        first = write_minutes(alice.id, 20)
        assert minutes_on(alice.id) == 30, "less than what was measured"
        write_minutes(alice.id, 40)
        assert minutes_on(alice.id) == 60, "two entries are added"
        delete_entry(alice.id, first)
        assert minutes_on(alice.id) == 40


def test_a_running_timer_counts_when_it_ends_for_the_day_it_began(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        start_session(alice.id, NOON)
        assert queries.minutes_by_day(alice.id, DAY, DAY) == {}
        session = queries.running_session(alice.id)
        assert session is not None
        study_actions.stop_session(session, NOON + timedelta(hours=18))
        assert queries.minutes_by_day(alice.id, DAY, DAY + timedelta(days=1)) == {DAY: 18 * 60}


def test_minutes_belong_to_the_topic_of_the_card_or_of_the_session(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice")
    with app.app_context():
        who = me_of(alice)
        held, _ = answer(alice.id, who, NOON + timedelta(minutes=1), 60)
        study(alice.id, NOON, 26, "git.branches")
        study(alice.id, NOON + timedelta(hours=2), 5)
        expected = {"git.branches": 25, held.topic: 1}
        assert queries.minutes_by_topic(alice.id, DAY, DAY) == expected
        assert queries.minutes_by_topic(alice.id, DAY + timedelta(days=1), DAY + timedelta(days=9)) == {}
        assert queries.minutes_by_topic_ever(alice.id, DAY) == expected


def test_over_all_days_the_time_of_reviews_is_shared_out_by_how_often_cards_came(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice", new_per_day=5)
    with app.app_context():
        who = me_of(alice)
        for turn in range(20):
            moment = NOON + timedelta(days=turn)
            for _ in range(5):
                answer(alice.id, who, moment, 5)
        last = DAY + timedelta(days=20)
        exact = queries.minutes_by_topic(alice.id, DAY, last)
        guessed = queries.minutes_by_topic_ever(alice.id, last)
        assert guessed.keys() == exact.keys()
        assert abs(sum(guessed.values()) - sum(exact.values())) <= len(exact)
        assert all(abs(guessed[topic] - exact[topic]) <= 1 for topic in exact), "every answer took as long"


@pytest.mark.parametrize(("period", "rows"), [("week", 7), ("month", 4), ("all", 1)])
def test_the_page_shows_every_period_with_numbers_beside_its_bars(alice: Browser, period: str, rows: int) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        study(alice.person.id, datetime.now(UTC).replace(hour=12) - timedelta(days=1), 65, "sql.joins")
    page = alice.get(f"/study?period={period}")
    spans, topics = page.find("table")
    assert len([row for row in page.find("tr") if spans in row.parents]) == rows + 1
    assert "1 h 05" in topics.text
    assert len(page.find("meter")) == rows + 1


def test_a_period_that_is_none_is_not_found(alice: Browser) -> None:
    alice.get("/study?period=decade", status=404)


def test_spans_are_whole_weeks_and_months() -> None:
    minutes = {DAY - timedelta(days=days): 10 for days in range(60)}
    assert [span.minutes for span in times.spans("week", DAY, minutes)] == [10] * 7
    assert [(span.label, span.minutes) for span in times.spans("month", DAY, minutes)][:2] == [
        ("14 Nov to 20 Nov", 70),
        ("7 Nov to 13 Nov", 70),
    ]
    months = times.spans("all", DAY, minutes)
    assert [(span.label, span.minutes) for span in months] == [
        ("November 2026", 200),
        ("October 2026", 310),
        ("September 2026", 90),
    ]
    assert times.begins("month", DAY) == times.spans("month", DAY, {})[-1].first
