"""The pages of the plan: a learner makes one, falls behind, takes a break, says what is done, subscribes to it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from browser import Browser
from factories import answer_card, answer_next, everything, me_of
from flask import Flask
from sqlalchemy import event, func, select

from portal.db import db
from portal.journal import actions as journal_actions
from portal.journal.actions import Writing
from portal.plan import actions, curriculum, queries
from portal.plan.actions import Wish
from portal.plan.forms import read_hours
from portal.plan.models import Evidence, Hours
from portal.plan.outlook import imagined, past_of
from portal.plan.texts import on, span
from portal.quizzes.catalogue import cards_by_topic
from portal.quizzes.models import Card, CardState, LogRow
from portal.quizzes.moving import move_cards
from portal.quizzes.queries import find_card
from portal.quizzes.verifying import verify
from portal.study.queries import minutes_by_day
from quizzes.choosing import Choices
from quizzes.day import day_of
from quizzes.planning import Kind

JAVA = Choices(language="java").bits
TODAY = day_of(datetime.now(UTC), "UTC", 4)
ONE_DAY = timedelta(days=1)
WEEK = (120, 120, 120, 120, 120, 180, 0)
FIELDS: dict[str, Any] = dict(
    zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "2222230", strict=True)
)


def make_plan(app: Flask, someone: Browser, start_on: date = TODAY, made_on: date | None = None, **more: Any) -> None:
    """A plan as if it had been made on a day, today by default."""
    assert someone.person is not None
    wish = Wish(
        "balanced", start_on, more.pop("week", WEEK), more.pop("known_steps", ()), more.pop("has_own_projects", False)
    )
    agreed_on = more.pop("agreed_on", None)
    day = made_on or TODAY
    with app.app_context():
        actions.save_plan(someone.person.id, wish, agreed_on, day, datetime(day.year, day.month, day.day, tzinfo=UTC))
        db.session.commit()


def id_of(someone: Browser) -> int:
    assert someone.person is not None
    return someone.person.id


def days_of(app: Flask, someone: Browser, first: date, last: date) -> dict[date, int]:
    with app.app_context():
        return queries.planned_days(id_of(someone), first, last)


def learn_cards(app: Flask, someone: Browser, slugs: list[str], moment: datetime) -> None:
    """Answer these cards rightly at this moment."""
    assert someone.person is not None
    with app.app_context():
        who = me_of(someone.person)
        for slug in slugs:
            held = find_card(who.id, slug)
            assert held is not None
            answer_card(who, held, moment)


# ---- making one


def test_without_a_plan_the_three_plans_say_when_they_would_end(alice: Browser) -> None:
    page = alice.get("/plan")
    assert "Intensive: 6 months" in page.said
    assert "Casual: 12 months or more" in page.said
    assert "2.5 hours every day. Begun today, it ends on" in page.said
    assert "project of your own in each step" in page.said
    assert [link.get("href") for link in page.find("a", class_="button primary")] == ["/plan/edit?preset=balanced"]


def test_a_preset_fills_in_the_hours_and_a_plan_is_kept(alice: Browser, app: Flask) -> None:
    page = alice.get("/plan/edit?preset=intensive")
    assert [field.get("value") for field in page.find("input", inputmode="decimal")] == ["5"] * 7
    assert "The plan ends on" in page.element("preview").text
    page = alice.send_form("/plan/edit", htmx=False, **FIELDS, start_on=TODAY.isoformat(), known_steps=["1", "2"])
    assert "Your plan is kept." in page.said
    assert "You are where the plan meant you to be." in page.said
    assert "13 hours a week" in page.said
    with app.app_context():
        plan = queries.find_plan(id_of(alice))
        assert plan is not None
        assert (plan.preset, plan.known, plan.has_own_projects) == ("intensive", frozenset({1, 2}), False)
        assert page.find("h1")[0].text == f"Your plan ends on {on(plan.agreed_on or TODAY)}"
    assert "Step 3: Data Structures & Algorithms" in page.said
    assert "Step 1:" not in page.said
    assert alice.get("/plan/edit").find("input", name="known_steps", value="2")[0].get("checked") is not None


@pytest.mark.parametrize(
    ("text", "minutes"), [("2", 120), ("2.5", 150), ("2,25", 135), ("1:20", 80), ("", 0), (" 16 ", 960)]
)
def test_hours_are_read_as_people_write_them(text: str, minutes: int) -> None:
    assert read_hours(text) == minutes


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("tuesday", "two", "Write hours from 0 to 16, such as 2, 2.5 or 2:30."),
        ("tuesday", "17", "Write hours from 0 to 16, such as 2, 2.5 or 2:30."),
        ("tuesday", "-1", "Write hours from 0 to 16, such as 2, 2.5 or 2:30."),
        ("start_on", "soon", "Write the day as 2026-11-22."),
        ("start_on", "", "Write the day as 2026-11-22."),
        ("start_on", "2020-01-01", "Begin today or later, within a year. A plan looks ahead."),
        ("known_steps", "11", "not"),
    ],
)
def test_a_plan_that_cannot_be_is_told_so_and_nothing_typed_is_lost(
    alice: Browser, app: Flask, field: str, typed: str, sentence: str
) -> None:
    alice.get("/plan/edit")
    fields = {**FIELDS, "monday": "1:30", "start_on": TODAY.isoformat(), field: typed}
    page = alice.send_form("/plan/edit", htmx=False, status=422, **fields)
    assert sentence in page.said
    assert page.element("monday").get("value") == "1:30"
    with app.app_context():
        assert queries.find_plan(id_of(alice)) is None


def test_a_week_without_hours_is_no_plan(alice: Browser) -> None:
    alice.get("/plan/edit")
    fields = dict.fromkeys(FIELDS, "0") | {"start_on": TODAY.isoformat()}
    assert "Give at least one day some time." in alice.send_form("/plan/edit", htmx=False, status=422, **fields).said


def test_the_end_is_shown_while_hours_are_typed_and_nothing_is_written(alice: Browser, app: Flask) -> None:
    alice.get("/plan/edit")
    form = {**FIELDS, "start_on": TODAY.isoformat(), "preset": "balanced"}
    few = alice.post("/plan/preview", form, htmx=True)
    assert "13 hours a week. The plan ends on" in few.said
    many = alice.post("/plan/preview", {**form, "sunday": "9"}, htmx=True)
    assert "22 hours a week" in many.said
    assert alice.post("/plan/preview", {**form, "sunday": "x"}, htmx=True).said.startswith("The end shows here")
    whole = alice.post("/plan/preview", form)
    assert whole.element("monday").get("value") == "2"
    assert "13 hours a week" in whole.element("preview").text
    with app.app_context():
        assert queries.find_plan(id_of(alice)) is None


def test_a_plan_can_be_put_away_and_what_is_done_stays(alice: Browser, app: Flask) -> None:
    make_plan(app, alice)
    alice.get("/plan/items/calculator-app")
    alice.send_form(
        "/plan/items/calculator-app", htmx=False, note="It divides by zero politely.", done_on=TODAY.isoformat()
    )
    alice.get("/plan/edit")
    page = alice.send_form("/plan/drop", htmx=False)
    assert "A plan that bends" in page.said
    assert days_of(app, alice, TODAY, TODAY) == {}
    with app.app_context():
        assert queries.evidence(id_of(alice)).keys() == {"calculator-app"}


# ---- what was planned


def test_planned_days_follow_the_hours_as_they_were(alice: Browser, app: Flask) -> None:
    assert days_of(app, alice, TODAY, TODAY) == {}
    long_ago = TODAY - timedelta(days=28)
    make_plan(app, alice, long_ago, long_ago, week=(60,) * 7)
    make_plan(app, alice, long_ago, TODAY, week=(0,) * 6 + (300,))
    found = days_of(app, alice, long_ago - ONE_DAY, TODAY + timedelta(days=6))
    assert found[long_ago - ONE_DAY] == 0
    assert all(found[long_ago + timedelta(days=day)] == 60 for day in range(28))
    assert sorted(found[TODAY + timedelta(days=day)] for day in range(7)) == [0, 0, 0, 0, 0, 0, 300]


def test_a_plan_that_begins_later_plans_nothing_before(alice: Browser, app: Flask) -> None:
    begins = TODAY + timedelta(days=10)
    make_plan(app, alice, begins, week=(60,) * 7)
    found = days_of(app, alice, TODAY - ONE_DAY, begins)
    assert [minutes for day, minutes in found.items() if day < begins] == [0] * 11
    assert found[begins] == 60
    page = alice.get("/plan")
    assert f"It begins on {on(begins)}." in page.said


def test_a_break_plans_nothing_and_its_past_stays_when_it_is_taken_back(alice: Browser, app: Flask) -> None:
    began = TODAY - timedelta(days=10)
    make_plan(app, alice, began, began, week=(60,) * 7)
    with app.app_context():
        booked = actions.book_break(id_of(alice), TODAY - timedelta(days=3), TODAY + timedelta(days=3))
        db.session.commit()
        break_id = booked.id
    assert sum(days_of(app, alice, TODAY - timedelta(days=3), TODAY + timedelta(days=3)).values()) == 0
    assert "break" in alice.get("/plan").find("table")[0].text
    alice.post(f"/plan/breaks/{break_id}/cancel", status=303)
    found = days_of(app, alice, TODAY - timedelta(days=4), TODAY + timedelta(days=3))
    assert list(found.values()) == [60, 0, 0, 0, 60, 60, 60, 60]


# ---- falling behind, and what is done


def test_who_falls_behind_is_told_by_how_much_and_not_blamed(alice: Browser, app: Flask) -> None:
    began = TODAY - timedelta(days=21)
    with app.app_context():
        wish = Wish("balanced", began, (60,) * 7, (), False)
        agreed_on = imagined(wish, past_of(id_of(alice), began, began), (), began).ends_on
    make_plan(app, alice, began, began, week=(60,) * 7, agreed_on=agreed_on)
    page = alice.get("/plan")
    lead = page.find("p", class_="lead")[0].text
    assert lead.startswith("You are 2")
    assert " days behind; the end moved from" in lead
    assert lead.endswith("Nothing is lost.")
    assert not {"fail", "late", "should", "missed", "!"} & set(page.said.lower().split())
    page = alice.send_form("/plan/agree", htmx=False)
    assert "You are where the plan meant you to be." in page.said


def test_minutes_in_the_journal_count_towards_the_plan_but_finish_nothing(alice: Browser, app: Flask) -> None:
    began = TODAY - timedelta(days=30)
    make_plan(app, alice, began, began, week=(60,) * 7)
    with app.app_context():
        writing = Writing(TODAY - timedelta(days=2), "A long day.", [], 300)
        journal_actions.write_entry(id_of(alice), "x", writing, datetime.now(UTC))
        db.session.commit()
        assert minutes_by_day(id_of(alice), began, TODAY) == {TODAY - timedelta(days=2): 300}
    page = alice.get("/plan")
    assert "this looks finished. What shows it? Values, numbers and text" in page.said
    item = alice.get("/plan/items/language.values")
    assert "Left 1.2 hours" in item.said, "a fifth of 6 hours waits for its evidence"


def test_a_note_ends_a_project_and_can_be_taken_back(alice: Browser, app: Flask) -> None:
    make_plan(app, alice)
    before = alice.get("/roadmap").said
    page = alice.get("/plan/items/calculator-app")
    assert "Planned 10 hours" in page.said
    assert alice.send_form("/plan/items/calculator-app", htmx=False, status=422, note=" ").find("p", class_="error")
    tomorrow = (TODAY + timedelta(days=2)).isoformat()
    alice.get("/plan/items/calculator-app")
    late = alice.send_form("/plan/items/calculator-app", htmx=False, status=422, note="Done.", done_on=tomorrow)
    assert "This day has not come yet." in late.said
    fields: dict[str, Any] = {"note": "<b>A calculator</b> of ten functions.", "done_on": TODAY.isoformat()}
    page = alice.send_form("/plan/items/calculator-app", htmx=False, **fields)
    assert "Calculator App is done." in page.said
    page = alice.get("/plan/items/calculator-app")
    assert "<b>A calculator</b> of ten functions." in page.said, "a note is text"
    with app.app_context():
        assert [row.kind for row in queries.evidence(id_of(alice)).values()] == ["note"]
    assert alice.get("/roadmap").said == before, "colours come from recall alone"
    alice.get("/plan/items/calculator-app")
    assert "Is it done?" in alice.send_form("/reopen", htmx=False).said


def test_evidence_of_another_kind_counts_too_and_is_not_taken_back_by_hand(alice: Browser, app: Flask) -> None:
    make_plan(app, alice)
    with app.app_context():
        row = Evidence(item_id="calculator-app", kind="check", done_on=TODAY, note="7 of 7", noted_at=datetime.now(UTC))
        row.learner_id = id_of(alice)
        db.session.add(row)
        db.session.commit()
    assert f"Done {on(TODAY)}" in alice.get("/plan/items/calculator-app").said
    alice.post("/plan/items/calculator-app/reopen", status=303)
    with app.app_context():
        assert "calculator-app" in queries.evidence(id_of(alice))


def test_the_cards_of_a_topic_are_its_evidence(alice: Browser, app: Flask) -> None:
    make_plan(app, alice)
    page = alice.get("/plan/items/bigo.growth")
    cards = [card.slug for card in _cards_of(app, "bigo.growth")]
    assert f"0 of {len(cards)} learnt" in page.said
    alice.post("/plan/items/bigo.growth", {"note": "I know it.", "done_on": TODAY.isoformat()}, status=404)
    learn_cards(app, alice, cards[:-1], datetime.now(UTC))
    assert f"{len(cards) - 1} of {len(cards)} learnt" in alice.get("/plan/items/bigo.growth").said
    learn_cards(app, alice, cards[-1:], datetime.now(UTC))
    assert f"Done {on(TODAY)}" in alice.get("/plan/items/bigo.growth").said


def test_a_java_learner_is_not_planned_for_the_cards_of_python(alice: Browser, app: Flask) -> None:
    make_plan(app, alice)
    alice.post("/quizzes/choices", {"active": [str(step) for step in range(1, 11)], "path": "java spring"}, status=303)
    assert "It has no cards for you, so you say when it is done." in alice.get("/plan/items/framework.templates").said
    alice.post("/plan/items/framework.templates", {"note": "I wrote one.", "done_on": TODAY.isoformat()}, status=303)
    python, *_ = [card for card in _cards_of(app, "language.functions") if card.kept_back_by & JAVA]
    both = [card.slug for card in _cards_of(app, "language.functions") if not card.kept_back_by & JAVA]
    assert f"0 of {len(both)} learnt" in alice.get("/plan/items/language.functions").said
    learn_cards(app, alice, [python.slug], datetime.now(UTC))
    assert f"1 of {len(both) + 1} learnt" in alice.get("/plan/items/language.functions").said, "what is started counts"
    learn_cards(app, alice, both, datetime.now(UTC))
    assert f"Done {on(TODAY)}" in alice.get("/plan/items/language.functions").said


def _cards_of(app: Flask, topic: str) -> Any:
    with app.app_context():
        return cards_by_topic([topic])


def test_every_item_of_the_plan_has_a_page(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, has_own_projects=True)
    kinds = {Kind.TOPIC: "Read the topic", Kind.PROJECT: ""}
    for one in curriculum.items({}, True)[::7]:
        assert kinds[one.kind] in alice.get(f"/plan/items/{one.id}").said
    assert "What deployment is" in alice.get(f"/plan/items/{curriculum.FIRST_DEPLOYMENT}").said
    alice.get("/plan/items/sql.joins", status=404)
    alice.get("/plan/items/no-such-thing", status=404)


def test_a_month_is_a_calendar(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7)
    with app.app_context():
        actions.book_break(id_of(alice), date(TODAY.year + 1, 2, 10), date(TODAY.year + 1, 2, 11))
        db.session.commit()
    page = alice.get(f"/plan/months/{TODAY.year + 1}-02")
    cells = [cell for cell in page.find("td") if cell.text]
    assert [int(cell.text.split()[0]) for cell in cells] == list(range(1, 29 if (TODAY.year + 1) % 4 else 30))
    assert [cell.text.split()[0] for cell in cells if "break" in cell.text] == ["10", "11"]
    assert sum("60 min" in cell.text for cell in cells) == len(cells) - 2
    assert page.find("a", href=f"/plan/months/{TODAY.year + 1}-03")
    assert alice.get(f"/plan/months/{TODAY:%Y-%m}").find("td", class_="today")[0].text.startswith(str(TODAY.day))
    for name in ("2026-13", "soon", "2026-1", "1970-01", "9999-12", "２０２６-12"):
        alice.get(f"/plan/months/{name}", status=404)


# ---- away for a while


def learnt(app: Flask, someone: Browser, count: int, due_on: date) -> None:
    """So many cards that were learnt some days ago and come due on a day."""
    assert someone.person is not None
    with app.app_context():
        who, moment = me_of(someone.person), datetime.now(UTC) - timedelta(days=3)
        ids = []
        for _ in range(count):
            held = a_new_card(who.id)
            ids.append(held.card_id)
            answer_card(who, held, moment)
        move_cards(who, dict.fromkeys(ids, due_on), TODAY, moment)
        db.session.commit()


def a_new_card(learner_id: int) -> Any:
    seen = select(CardState.card_id).where(CardState.learner_id == learner_id)
    slug = db.session.scalar(
        select(Card.slug).where(Card.is_active, Card.id.not_in(seen)).order_by(Card.position).limit(1)
    )
    return find_card(learner_id, slug or "")


def due_days(app: Flask, someone: Browser) -> dict[date, int]:
    with app.app_context():
        return queries.due_counts(id_of(someone), TODAY - timedelta(days=60), TODAY + timedelta(days=90))


def test_a_break_says_what_it_does_and_spreads_the_cards_that_come_due_in_it(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7, agreed_on=TODAY + timedelta(days=600))
    first, last = TODAY + timedelta(days=5), TODAY + timedelta(days=11)
    learnt(app, alice, 12, TODAY + timedelta(days=6))
    before = due_days(app, alice)
    page = alice.get(f"/plan/breaks?first_on={first}&last_on={last}")
    assert f"{span(first, last)}: 7 days without study." in page.said
    assert "The plan ends on" in page.said
    assert "12 cards come due in these days." in page.said
    assert due_days(app, alice) == before, "a look changes nothing"
    page = alice.send_form("/plan/breaks", htmx=False)
    assert "12 cards have moved to the days around it." in page.said
    after = due_days(app, alice)
    assert sum(after.values()) == sum(before.values()) == 12
    assert not any(first <= day <= last for day in after)
    assert min(after) > TODAY
    assert max(after.values()) <= 2, "eleven study days around it take twelve cards"
    assert any(day < first for day in after)
    assert any(day > last for day in after)
    with app.app_context():
        assert list(verify()) == []
        kinds = select(LogRow.kind, func.count()).where(LogRow.learner_id == id_of(alice)).group_by(LogRow.kind)
        assert dict(db.session.execute(kinds).all()) == {"answer": 12, "move": 24}


def test_a_moved_card_can_be_answered_and_undone_and_the_log_still_adds_up(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7)
    assert alice.person is not None
    with app.app_context():
        who = me_of(alice.person)
        held, _ = answer_next(who, datetime.now(UTC))
    alice.post(
        "/plan/breaks",
        {"first_on": (TODAY + ONE_DAY).isoformat(), "last_on": (TODAY + 3 * ONE_DAY).isoformat()},
        status=303,
    )
    assert TODAY + ONE_DAY not in due_days(app, alice)
    page = alice.get(f"/quizzes/cards/{held.slug}")
    assert "moved to make room for a break" in page.said
    alice.get("/quizzes/today")
    alice.send_form("/undo")
    assert due_days(app, alice) == {}, "the answer is taken back, and the move with it"
    with app.app_context():
        assert list(verify()) == []


def test_a_thousand_cards_move_in_a_handful_of_statements(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7)
    learnt(app, alice, 100, TODAY + timedelta(days=6))
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    first, last = (TODAY + timedelta(days=5)).isoformat(), (TODAY + timedelta(days=11)).isoformat()
    alice.post("/plan/breaks", {"first_on": first, "last_on": last}, status=303)
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) <= 25, statements
    assert sum(due_days(app, alice).values()) == 100


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("soon", "2030-01-01", "Write the day as 2026-11-22."),
        (TODAY + 9 * ONE_DAY, TODAY + 8 * ONE_DAY, "A break ends on its first day or later."),
        (TODAY - ONE_DAY, TODAY, "A break can begin today or later, within two years."),
        (TODAY, TODAY + 400 * ONE_DAY, "A break can last a year at most."),
        (TODAY + 29 * ONE_DAY, TODAY + 31 * ONE_DAY, "Some of these days are a break already."),
    ],
)
def test_a_break_that_cannot_be_is_told_so(
    alice: Browser, app: Flask, first: object, last: object, sentence: str
) -> None:
    make_plan(app, alice)
    with app.app_context():
        actions.book_break(id_of(alice), TODAY + 30 * ONE_DAY, TODAY + 30 * ONE_DAY)
        db.session.commit()
    assert sentence in alice.get(f"/plan/breaks?first_on={first}&last_on={last}", status=422).said
    assert sentence in alice.post("/plan/breaks", {"first_on": str(first), "last_on": str(last)}, status=422).said


def test_cards_that_come_to_fall_into_a_break_later_can_be_spread(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7)
    first, last = TODAY + 2 * ONE_DAY, TODAY + 5 * ONE_DAY
    alice.post("/plan/breaks", {"first_on": first.isoformat(), "last_on": last.isoformat()}, status=303)
    learnt(app, alice, 3, TODAY + 3 * ONE_DAY)
    page = alice.get("/plan/breaks")
    assert "3 cards have come to fall into it since" in page.said
    page = alice.send_form("/spread", htmx=False)
    assert "3 cards have moved" in page.said
    assert not any(first <= day <= last for day in due_days(app, alice))
    page = alice.send_form("/cancel", htmx=False)
    assert "Cards stay on the days they were moved to." in page.said
    assert not any(first <= day <= last for day in due_days(app, alice))


def test_a_break_moves_the_end_and_who_was_behind_still_is(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, week=(60,) * 7, agreed_on=TODAY + timedelta(days=100))
    behind = alice.get("/plan").find("p", class_="lead")[0].text.partition(";")[0]
    alice.post("/plan/breaks", {"first_on": TODAY + 9 * ONE_DAY, "last_on": TODAY + 19 * ONE_DAY}, status=303)
    assert alice.get("/plan").find("p", class_="lead")[0].text.partition(";")[0] == behind
    assert "A break" in alice.get("/plan").said


# ---- the calendar feed


def address(someone: Browser) -> str:
    """Make a new address; the path it has."""
    someone.get("/plan")
    page = someone.send_form("/plan/calendar", htmx=False)
    return "/" + page.find("div", class_="flash feed")[0].text.split("/", 3)[3]


def test_the_feed_follows_the_standard_and_holds_the_plan_only(alice: Browser, client: Browser, app: Flask) -> None:
    make_plan(app, alice)
    with app.app_context():
        journal_actions.write_entry(
            id_of(alice), "x", Writing(TODAY, "canary in my journal", ["canary"], 10), datetime.now(UTC)
        )
        actions.book_break(id_of(alice), TODAY + 9 * ONE_DAY, TODAY + 12 * ONE_DAY)
        db.session.commit()
    path = address(alice)
    client.get(path)
    answer = client.response
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("private")
    raw = answer.get_data()
    assert raw.count(b"\n") == raw.count(b"\r\n"), "lines end with CRLF"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75, "and are folded at 75 octets"
    for secret in (b"canary", b"Alice", b"alice@example.org"):
        assert secret not in raw
    parsed: Any = icalendar.Calendar.from_ical(raw)
    assert (parsed["VERSION"], parsed["METHOD"]) == ("2.0", "PUBLISH")
    assert parsed["PRODID"]
    events: list[Any] = parsed.walk("VEVENT")
    assert len({one["UID"] for one in events}) == len(events) > 100
    with app.app_context():
        planned = queries.planned_days(id_of(alice), TODAY, TODAY + timedelta(days=400))
    for one in events:
        assert not one.errors
        assert one["DTSTAMP"].dt.tzinfo is not None
        first, end = one["DTSTART"].dt, one["DTEND"].dt
        assert [type(first), type(end)] == [date, date]
        if "break" in one["UID"]:
            assert (first, end) == (TODAY + 9 * ONE_DAY, TODAY + 13 * ONE_DAY)
        else:
            assert end == first + ONE_DAY
            minutes = sum(int(line.split()[-2]) for line in one["DESCRIPTION"].splitlines())
            assert 0 < minutes <= planned[first]
    assert any("Functions" in one["SUMMARY"] for one in events)


def test_a_day_keeps_its_uid_and_a_change_raises_the_sequence(alice: Browser, client: Browser, app: Flask) -> None:
    make_plan(app, alice)
    path = address(alice)
    seen = []
    for week in (WEEK, (300,) * 7):
        make_plan(app, alice, week=week)
        client.get(path)
        events: list[Any] = icalendar.Calendar.from_ical(client.response.get_data()).walk("VEVENT")
        seen.append({one["DTSTART"].dt: (one["UID"], int(one["SEQUENCE"])) for one in events})
    both = seen[0].keys() & seen[1].keys()
    assert both
    assert all(seen[0][day][0] == seen[1][day][0] and seen[0][day][1] < seen[1][day][1] for day in both)


def test_an_address_is_shown_once_and_ends_when_a_new_one_is_made_or_the_feed_is_closed(
    alice: Browser, client: Browser, app: Flask
) -> None:
    make_plan(app, alice)
    first = address(alice)
    assert first not in alice.get("/plan").html
    assert first.split("/")[-1][:-4] not in str(everything(app)["plan_feeds"])
    second = address(alice)
    client.get(first, status=404)
    client.get(second)
    alice.get("/plan")
    alice.send_form("/plan/calendar/close", htmx=False)
    client.get(second, status=404)
    client.get("/plan/calendar/x.ics", status=404)
    third = address(alice)
    alice.post("/plan/drop", status=303)
    client.get(third, status=404)


# ---- two people


def test_a_plan_is_nobody_elses(alice: Browser, bob: Browser, carol: Browser, app: Flask) -> None:
    make_plan(app, alice)
    alice.post("/plan/breaks", {"first_on": TODAY + 9 * ONE_DAY, "last_on": TODAY + 19 * ONE_DAY}, status=303)
    with app.app_context():
        break_id = queries.breaks(id_of(alice))[0].id
    for other in (bob, carol):
        assert "A plan that bends" in other.get("/plan").said
        other.get("/plan/breaks", status=404)
        other.post(f"/plan/breaks/{break_id}/cancel", status=404)
        other.post(f"/plan/breaks/{break_id}/spread", status=404)
    with app.app_context():
        assert len(queries.breaks(id_of(alice))) == 1


def test_a_plan_is_changed_as_often_as_one_likes(alice: Browser, app: Flask) -> None:
    make_plan(app, alice, TODAY - timedelta(days=9), TODAY - timedelta(days=9))
    for hours in ("1", "1:30", "0.5"):
        page = alice.get("/plan/edit")
        assert "Your plan began on" in page.said
        alice.send_form("/plan/edit", htmx=False, **{**FIELDS, "sunday": hours})
    with app.app_context():
        rows = queries.hours(id_of(alice))
        assert [row.valid_from for row in rows] == [TODAY - timedelta(days=9), TODAY]
        assert [row.minutes[-1] for row in rows] == [0, 30]


def test_hours_that_change_twice_a_day_leave_one_row(alice: Browser, app: Flask) -> None:
    for week in ((60,) * 7, (90,) * 7, WEEK):
        make_plan(app, alice, week=week)
    with app.app_context():
        rows = db.session.scalars(select(Hours)).all()
        assert [row.minutes for row in rows] == [WEEK]
