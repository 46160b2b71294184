"""A mentor's morning: who needs somebody and why, everybody in a table, what is done about it and what follows."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from browser import Browser
from factories import Person, add_cohort, add_person, join_cohort, stand
from flask import Flask
from sqlalchemy import event, insert, select, update

from portal.accounts.models import Cohort, CohortMentor, Membership, MentorView, User
from portal.db import db
from portal.mentoring import everyone, queries
from portal.mentoring.models import MentorNote, Nudge, Snooze, Standing
from portal.quizzes.models import ReviewDay
from quizzes.thresholds import EVERY

NOW = datetime.now(UTC)
TODAY = NOW.date()
COUNTS = ("reviews", "fresh", "drills", "lapses", "right", "ms")
QUIET = {
    "quiet": "7 days without a review, usual rhythm 5 a week",
    "behind": "plan 9 h behind: 3 of 12 h in four weeks",
}
STUCK = {"stuck": "stuck on SQL joins: 8 of 12 answers missed in two weeks"}


@dataclass(frozen=True)
class Class:
    """Carol's cohort with Alice (quiet), Mia (stuck) and Ben (came back)."""

    id: int
    carol: Browser
    alice: Browser
    people: dict[str, Person]

    @property
    def url(self) -> str:
        """Its morning."""
        return f"/cohorts/{self.id}"

    def of(self, name: str, act: str = "") -> str:
        """The address of something done about a learner."""
        return f"{self.url}/learners/{self.people[name].id}/{act}"


@pytest.fixture
def class_(app: Flask, carol: Browser, alice: Browser) -> Class:
    """Three who learn, and how they stand."""
    assert carol.person is not None
    assert alice.person is not None
    people = {"Alice": alice.person} | {name: add_person(app, f"{name}@example.org", name) for name in ("Mia", "Ben")}
    with app.app_context():
        cohort_id = add_cohort(carol.person)
        for one in people.values():
            join_cohort(cohort_id, one)
        stand(cohort_id, people["Alice"], "Alice", NOW, reasons=QUIET, last_on=TODAY - timedelta(days=7), recall=None)
        stand(cohort_id, people["Mia"], "Mia", NOW, reasons=STUCK, recall=630, recall_was=912, due=41)
        stand(cohort_id, people["Ben"], "Ben", NOW, wins={"came_back": "came back today after a pause of 21 days"})
    return Class(cohort_id, carol, alice, people)


def test_a_mentor_sees_who_needs_them_and_why(class_: Class, app: Flask) -> None:
    page = class_.carol.get(class_.url)
    assert page.find("h1")[0].text == "Two of 3 need you today"
    listed = [one.text for one in page.find("a", class_="title")]
    assert listed[:3] == ["Alice", "Mia", "Ben"], "the weightiest first; who did well stands below"
    assert "7 days without a review, usual rhythm 5 a week" in page.said
    assert "plan 9 h behind" in page.said
    assert "came back today after a pause of 21 days" in page.said
    assert "63% ▼down 28" in page.element("everyone").text, "recall says by how much it fell"
    with app.app_context():
        looked = db.session.execute(select(MentorView.cohort_id, MentorView.learner_id, MentorView.page)).all()
    assert [tuple(row) for row in looked] == [(class_.id, None, "cohort")]
    class_.alice.get(class_.url, status=404)


def test_whoever_left_is_on_no_part_of_the_page(class_: Class, app: Flask) -> None:
    with app.app_context():
        left = update(Membership).where(Membership.learner_id == class_.people["Alice"].id).values(ended_at=NOW)
        db.session.execute(left)
        db.session.commit()
    page = class_.carol.get(class_.url)
    assert page.find("h1")[0].text == "One of 2 needs you today"
    assert "Alice" not in page.said
    assert "Alice" not in class_.carol.http.get(f"{class_.url}/members.csv").text
    for act in ("write", "note", "snooze"):
        class_.carol.get(class_.of("Alice", act), status=404)


def test_a_message_is_prepared_sent_answered_and_looked_back_on(class_: Class, app: Flask) -> None:
    carol, alice = class_.carol, class_.alice
    page = carol.get(class_.of("Alice", "write"), htmx=True)
    assert "Hello Alice," in page.said
    assert QUIET["quiet"] in page.said, "the reason is filled in"
    assert QUIET["behind"] in carol.get(class_.of("Alice", "write?rule=behind")).said
    carol.send_form("/write", text="  ", htmx=False, status=422)
    carol.send_form("/write", text="Ten cards are enough, Alice.", htmx=False)
    assert carol.page.find("div", class_="flash good")[0].text == "Sent. Alice sees it on the front page."
    assert "not seen yet" in carol.page.element(f"learner-{class_.people['Alice'].id}").text
    assert "Ten cards are enough, Alice." in alice.get("/").said
    alice.send_form("/seen", status=204)
    assert "I have read it" not in alice.get("/").said
    alice.send_form("/answer", htmx=False, quick="1")
    assert "Carol wrote to you" not in alice.page.said, "what is answered waits no longer"
    alice.get("/cohorts/messages")
    alice.send_form("/answer", htmx=False, status=422, text=" ")
    alice.send_form("/answer", htmx=False, text="I was ill. Back on it.")
    with app.app_context():
        sent = db.session.scalars(select(Nudge)).one()
        assert (sent.rule, sent.seen_at is not None) == ("behind", True)
        ago = [TODAY - timedelta(days=back) for back in (12, 8, 7, 5, 1)]
        db.session.execute(update(Nudge).values(day=TODAY - timedelta(days=9)))
        rows = [{"learner_id": sent.learner_id, "day": day, "answers": 9} | dict.fromkeys(COUNTS, 1) for day in ago]
        db.session.execute(insert(ReviewDay), rows)
        db.session.commit()
    done = carol.get(class_.url).element("done").text
    assert "answered on 3 of the next 7 days; before: 1 of 7" in done
    assert "I was ill. Back on it." in done


def test_a_form_that_is_sent_twice_says_it_once(class_: Class, app: Flask) -> None:
    for act, made in (("write", Nudge), ("note", MentorNote)):
        class_.carol.get(class_.of("Mia", act))
        form = class_.carol.page.form(f"/{act}")
        again = {**form, "text": "Look at outer joins."}
        for fields, status in ((again, 303), (again, 303), ({**again, "text": "Look at inner joins."}, 409)):
            class_.carol.post(form["action"], fields, status=status)
        assert "Look at inner joins." in class_.carol.page.said, "what was typed is still there"
        with app.app_context():
            assert db.session.scalars(select(made.text)).all() == ["Look at outer joins."]


def test_notes_are_the_mentors_and_the_learner_knows_of_them(class_: Class, app: Flask) -> None:
    class_.carol.get(class_.of("Alice", "note"))
    class_.carol.send_form("/note", text="Changes her job in May.", htmx=False)
    assert "Your mentors keep 1 note about you" in class_.alice.get("/cohorts/messages").said
    assert "May" not in class_.alice.page.said
    dora = add_person(app, "dora@example.org", "Dora", role="mentor")
    with app.app_context():
        db.session.add(CohortMentor(cohort_id=class_.id, mentor_id=dora.id, began_at=NOW))
        db.session.commit()
    other = Browser(app).signed_in(dora)
    assert "Changes her job in May." in other.get(class_.of("Alice", "note")).said
    assert not other.page.find("button", class_="link"), "only its author removes a note"
    class_.carol.get(class_.of("Alice", "note"))
    class_.carol.send_form("/remove", htmx=False)
    assert "May" not in class_.carol.page.said


def test_who_is_snoozed_waits_below_until_the_day(class_: Class, app: Flask) -> None:
    carol = class_.carol
    carol.get(class_.of("Alice", "snooze"), htmx=True)
    soon, late = (TODAY + timedelta(days=days) for days in (3, 400))
    carol.send_form("/snooze", htmx=False, status=422, until_on=late.isoformat(), reason="ill")
    carol.send_form("/snooze", htmx=False, until_on=soon.isoformat(), reason="is ill until Friday")
    assert carol.page.find("h1")[0].text == "One of 3 needs you today"
    assert "1 is snoozed" in carol.page.element("snoozed").text
    assert "is ill until Friday" in carol.page.element("snoozed").text
    assert "Alice" not in carol.page.element("needs").text
    carol.send_form("/wake", htmx=False)
    assert carol.page.find("h1")[0].text == "Two of 3 need you today"
    carol.get(class_.of("Alice", "snooze"))
    carol.send_form("/snooze", htmx=False, until_on=soon.isoformat(), reason="on a trip")
    with app.app_context():
        db.session.execute(update(Snooze).values(until_on=TODAY))
        db.session.commit()
    assert "Alice" in carol.get(class_.url).element("needs").text, "on the day they are back"


def test_the_page_keeps_its_list_and_says_what_changed(class_: Class, app: Flask) -> None:
    carol = class_.carol
    link = carol.get(class_.url).element("again")
    news = link.get("hx-get") or ""
    carol.get(news, htmx=True, status=204)
    carol.get(news, status=303)
    with app.app_context():
        views = len(db.session.scalars(select(MentorView)).all())
        stand(class_.id, class_.people["Mia"], "Mia", NOW + timedelta(minutes=4))
        stand(class_.id, class_.people["Ben"], "Ben", NOW + timedelta(minutes=5), reasons=STUCK)
    page = carol.get(news, htmx=True)
    assert "2 changes since" in page.element("now").text
    carol.get(page.element("again").get("hx-get") or "", htmx=True, status=204)
    with app.app_context():
        assert len(db.session.scalars(select(MentorView)).all()) == views, "what a page asks by itself is no look"
    for broken in ("?listed=1.x", "?listed=5.65&since=x"):
        carol.get(f"{class_.url}/news{broken}", htmx=True, status=404)
    carol.http.delete_cookie("session")
    carol.get(news, htmx=True, status=401)
    assert "HX-Redirect" not in carol.response.headers, "a message half written stays"


def test_rules_are_explained_changed_and_reset(class_: Class, app: Flask) -> None:
    carol, url = class_.carol, f"{class_.url}/rules"

    def kept() -> tuple[str, int]:
        with app.app_context():
            cohort = db.session.scalars(select(Cohort)).one()
            return cohort.rules, cohort.rules_version

    page = carol.get(url)
    assert len(page.find("input", inputmode="numeric")) == len(EVERY)
    usual: dict[str, Any] = {one.name: str(one.default) for one in EVERY}
    carol.send_form("/rules", htmx=False, status=422, **{**usual, "quiet_days": "99", "behind_hours": "ten"})
    assert "2 numbers are not usable yet" in carol.page.said
    assert kept() == ("{}", 1)
    carol.send_form("/rules", htmx=False, **usual)
    assert kept() == ("{}", 1), "saving what holds starts nothing"
    carol.send_form("/rules", htmx=False, **{**usual, "quiet_days": "9"})
    assert kept() == ('{"quiet_days": 9}', 2)
    carol.send_form("/reset", htmx=False)
    assert kept() == ("{}", 3)


def test_an_empty_cohort_and_a_calm_one_say_what_to_do(class_: Class, carol: Browser, app: Flask) -> None:
    assert carol.person is not None
    with app.app_context():
        empty = add_cohort(carol.person, "Spring")
        for name in ("Alice", "Mia"):
            stand(class_.id, class_.people[name], name, NOW)
        join_cohort(class_.id, add_person(app, "new@example.org", "Newcomer"))
    assert carol.get(f"/cohorts/{empty}").find("h1")[0].text == "Nobody has joined yet"
    assert carol.page.find("a", href=f"/cohorts/{empty}/roster")
    assert carol.get(class_.url).find("h1")[0].text == "Nobody needs you today"
    assert "Not looked at yet: Newcomer" in carol.page.said


# ---- Everybody


def crowd(app: Flask, carol: Browser, size: int) -> int:
    """A cohort of so many, one in three without a value where there can be none."""
    assert carol.person is not None
    with app.app_context():
        cohort_id = add_cohort(carol.person)
        people = [
            {"email": f"l{number}@example.org", "name": f"Learner {number % 7}", "zone": "UTC", "role": "learner"}
            | {"password_hash": "", "rollover_hour": 4, "new_per_day": 9, "has_full_scale": False, "created_at": NOW}
            for number in range(size)
        ]
        ids = db.session.scalars(insert(User).returning(User.id), people).all()
        joined = {"cohort_id": cohort_id, "starts_on": TODAY, "began_at": NOW}
        db.session.execute(insert(Membership), [joined | {"learner_id": id_} for id_ in ids])
        numbers: dict[str, Any] = dict.fromkeys(("active_days", "reviews", "minutes", "due", "started", "seen"), 3)
        rows = []
        for number, id_ in enumerate(ids):
            some = None if number % 3 == 0 else number % 5
            row = (
                numbers | joined | {"learner_id": id_, "need": number % 4, "due": number % 5, "name": f"L {number % 7}"}
            )
            row |= {"recall": some, "recall_was": some, "behind": some, "as_of": TODAY, "rules_version": 1}
            row |= {
                "last_on": None if some is None else TODAY - timedelta(days=some),
                "reasons": "[]",
                "wins": "[]",
                "written_at": NOW,
            }
            del row["starts_on"], row["began_at"]
            rows.append(row)
        db.session.execute(insert(Standing), rows)
        db.session.commit()
        return cohort_id


def test_every_column_sorts_both_ways_by_index_and_pages_skip_nobody(carol: Browser, app: Flask) -> None:
    cohort_id, asked = crowd(app, carol, 23), []

    def note(*given: Any) -> None:
        asked.append((given[2], given[3]))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        for column, is_falling in product([one.name for one in everyone.COLUMNS], (False, True)):
            place, found = None, []
            while True:
                rows, place = queries.members(cohort_id, column, is_falling, place, 5)
                found += rows
                if place is None:
                    break
                order = everyone.written_place(place)
                place = everyone.read_place(
                    column, str(order["after"]), None if order["at"] is None else str(order["at"])
                )
            values = [getattr(one, column) for one in found]
            known = [value for value in values if value is not None]
            assert len({one.learner_id for one in found}) == len(found) == 23, column
            assert known == sorted(known, reverse=is_falling), column
            assert values[len(known) :] == [None] * (23 - len(known)), "nobody without a value comes before one with it"
        event.remove(db.engine, "before_cursor_execute", note)
        if db.engine.dialect.name == "sqlite":
            for statement, given in asked:
                plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
                assert not any("TEMP B-TREE" in row[3] or row[3].startswith("SCAN") for row in plan), (statement, plan)


def test_the_table_is_paged_by_links_and_taken_home_as_csv(carol: Browser, app: Flask) -> None:
    cohort_id = crowd(app, carol, 54)
    with app.app_context():
        db.session.execute(update(Standing).where(Standing.name == "L 6").values(name="=1+1", due=1000))
        db.session.commit()
    page = carol.get(f"/cohorts/{cohort_id}?sort=due")
    assert [head.text for head in page.find("th", aria_sort="ascending")] == ["Cards due"]
    assert len(page.find("th", scope="row")) == 50
    following = next(link for link in page.find("a", class_="button") if link.text == "The next 50")
    assert len(carol.get(following.get("href") or "").find("th", scope="row")) == 4
    for wrong in ("sort=seen", "after=x", "sort=due&after=1", "after=1&at=x", "past=1", "sort=last_on&after=1&at=-9"):
        carol.get(f"/cohorts/{cohort_id}?{wrong}", status=404)
    text = carol.http.get(f"/cohorts/{cohort_id}/members.csv").text
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert tuple(rows[0]) == everyone.HEADS
    assert len(rows) == 55
    assert {row[0] for row in rows if row[6] == "1000"} == {"'=1+1"}, "no spreadsheet runs a name"
