"""Notes and links of topics, decisions that come back, exercises that become cards, entries beside what they name."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from browser import Browser
from factories import add_person, delete_entry, everything, me_of, write_entry
from flask import Flask
from sqlalchemy import func, select, text

from portal.db import db
from portal.journal import queries, texts
from portal.journal.models import LONGEST_NOTE, MOST_LINKS, Entry, Note, OwnLink
from portal.quizzes.queries import today

NOW = datetime.now(UTC)
TOPIC = "sql.joins.outer"
PAGE = f"/roadmap/topics/{TOPIC}"
LINK: dict[str, Any] = {"title": "Joins drawn", "address": "https://example.org/joins?x=1#two"}
TYPED: dict[str, Any] = {"day": "2026-06-20", "tags": "", "minutes": ""}
CANARY = "quokkapelican"


def note(alice: Browser, body: str) -> None:
    """Note something on the page of the topic."""
    alice.get(PAGE)
    alice.send_form(f"/notes/{TOPIC}", htmx=False, body=body)


def write(alice: Browser, body: str, template: str = "daily", **fields: str) -> int:
    """Write an entry through the form; its id."""
    alice.get(f"/journal/new?template={template}")
    alice.send_form("/journal/new", htmx=False, **{**TYPED, **fields}, body=body)
    return int(alice.response.request.path.rpartition("/")[2])


# ---- Notes and links


def test_a_learner_keeps_notes_with_a_topic(alice: Browser, bob: Browser) -> None:
    note(alice, "A *LEFT* join keeps [[sql.joins]] rows.\n\n- [x] read")
    page = alice.page
    assert alice.response.request.path == PAGE
    assert "Your notes are kept." in page.said
    assert page.find("em")[0].text == "LEFT"
    assert "Done: read" in page.said
    note(alice, "")
    assert alice.page.find("em") == []
    for other in (bob, Browser(alice.app)):
        assert "LEFT join keeps" not in other.get(PAGE).said


def test_notes_saved_elsewhere_are_not_overwritten_unseen(app: Flask, alice: Browser) -> None:
    alice.get(PAGE)
    form = alice.page.form(f"/notes/{TOPIC}")
    note(alice, "From the phone.")
    for stale in (form, {**form, "version": "7"}):
        page = alice.post(form["action"], {**stale, "body": "From the desk."}, status=409)
        assert page.element("body").text == "From the desk."
        assert page.element("meanwhile").text == "From the phone."
    alice.send_form(f"/notes/{TOPIC}", htmx=False, body="Both.")
    with app.app_context():
        assert db.session.scalar(select(Note.body)) == "Both."
    alice.get(PAGE)
    form = alice.page.form(f"/notes/{TOPIC}")
    note(alice, "Later.")
    page = alice.post(form["action"], {**form, "body": "Late."}, status=409)
    assert page.element("meanwhile").text == "Later."


def test_notes_that_are_too_long_are_kept_in_the_form(alice: Browser) -> None:
    alice.get(PAGE)
    page = alice.send_form(f"/notes/{TOPIC}", htmx=False, status=422, body="x" * (LONGEST_NOTE + 1))
    assert "at most 10,000" in page.element("body-error").text
    assert len(page.element("body").text) == LONGEST_NOTE + 1
    alice.send_form(f"/notes/{TOPIC}", htmx=False, body="語" * LONGEST_NOTE)
    alice.post(f"/journal/notes/{TOPIC}", {"body": "x", "version": "x"}, status=400)
    alice.post("/journal/notes/no.such", {"body": "x", "version": "0"}, status=404)


def test_a_learner_keeps_links_with_a_topic_and_removes_them(app: Flask, alice: Browser) -> None:
    for title in ("Joins drawn", "Joins drawn again"):
        alice.get(PAGE)
        alice.send_form("/links", htmx=False, **{**LINK, "title": title})
    (link,) = alice.page.find("a", href=LINK["address"])
    assert (link.text, link.get("rel")) == ("Joins drawn again", "nofollow noopener noreferrer")
    alice.send_form("/remove", htmx=False)
    assert "“Joins drawn again” is removed." in alice.page.said
    assert alice.page.find("a", href=LINK["address"]) == []
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(OwnLink)).scalar_one() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "javascript:alert(1)",
        "//example.org",
        "https://",
        "https:///x",
        "https://user@example.org",
        "https://a\\b",
        "https://" + "x" * 500,
        "",
    ],
)
def test_only_addresses_of_the_secure_web_are_kept(app: Flask, alice: Browser, url: str) -> None:
    alice.get(PAGE)
    page = alice.send_form("/links", htmx=False, status=422, **{**LINK, "address": url})
    assert page.element("address-error").text
    assert page.element("address").get("value") == url
    assert page.element("title").get("value") == LINK["title"]
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(OwnLink)).scalar_one() == 0


def test_a_topic_has_room_for_so_many_links(alice: Browser) -> None:
    alice.get(PAGE)
    for number in range(MOST_LINKS):
        alice.post(f"/journal/notes/{TOPIC}/links", {**LINK, "address": f"https://example.org/{number}"}, status=303)
    page = alice.post(f"/journal/notes/{TOPIC}/links", LINK, status=422)
    assert "room for 30 links" in page.said


def test_everything_that_is_kept_can_be_exported(app: Flask, alice: Browser, bob: Browser) -> None:
    note(alice, "Outer.")
    alice.post(f"/journal/notes/{TOPIC}/links", LINK, status=303)
    alice.post("/journal/notes/bigo.growth/links", LINK, status=303)
    note(bob, "Bob's.")
    assert alice.person is not None
    with app.app_context():
        kept = queries.notes(alice.person.id)
    assert [(one.topic, one.body, [link.title for link in one.links]) for one in kept] == [
        ("bigo.growth", "", ["Joins drawn"]),
        (TOPIC, "Outer.", ["Joins drawn"]),
    ]


def test_no_note_and_no_link_reaches_anybody_else(app: Flask, alice: Browser, bob: Browser, carol: Browser) -> None:
    note(alice, CANARY)
    alice.post(f"/journal/notes/{TOPIC}/links", {**LINK, "title": CANARY}, status=303)
    with app.app_context():
        link_id = db.session.execute(select(OwnLink.id)).scalar_one()
    before = everything(app)
    admin = Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="admin"))
    for browser in (bob, carol, admin, Browser(app)):
        for url in (PAGE, f"/journal/notes/{TOPIC}", f"/journal/about?topic={TOPIC}", f"/journal?topic={TOPIC}"):
            assert CANARY not in browser.http.get(url, headers={"HX-Request": "true"}).get_data(as_text=True)
            assert CANARY not in browser.http.get(url).get_data(as_text=True)
        browser.post(f"/journal/notes/{TOPIC}/links/{link_id}/remove", status=None)
        assert browser.response.status_code in {303, 404}
    after = everything(app)
    assert after["topic_links"] == before["topic_links"]
    assert after["topic_notes"] == before["topic_notes"]
    assert CANARY in alice.get(PAGE).said


# ---- Entries beside what they name


def test_a_topics_page_shows_the_entries_about_it(app: Flask, alice: Browser, bob: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        for number in range(7):
            write_entry(alice.person.id, NOW.date(), f"{CANARY} {number}", links=[("topic", TOPIC)])
    page = alice.get(PAGE)
    assert [f"{CANARY} {number}" in page.said for number in range(7)] == [False, False, *[True] * 5]
    assert page.find("a", href=f"/journal?topic={TOPIC}")
    assert CANARY not in bob.get(PAGE).said
    assert "Your entries" not in Browser(app).get(PAGE).said


def test_a_cards_page_fetches_the_entries_about_it(alice: Browser, bob: Browser) -> None:
    write(alice, f"[[card:http-401-or-403]] {CANARY}")
    page = alice.get("/quizzes/cards/http-401-or-403")
    (link,) = page.find("a", hx_trigger="load")
    assert link.get("href") == link.get("hx-get") == "/journal/about?card=http-401-or-403"
    fragment = alice.get(link.get("href") or "", htmx=True)
    assert CANARY in fragment.said
    alice.get(link.get("href") or "", status=303)
    assert CANARY in alice.follow().said
    assert "None yet." in bob.get(link.get("href") or "", htmx=True).said
    alice.get("/journal/about", status=404)


# ---- Decisions


def test_a_decision_comes_back_after_three_months_and_is_quiet_once_looked_at(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    old = write(alice, "## What I decide\n\nLearn Go.", "decision")
    recent = date.today() - timedelta(days=80)
    write(alice, "## What I decide\n\nLearn C.", "decision", day=recent.isoformat())
    write(alice, "A day.", day="2026-06-01")
    with app.app_context():
        day = today(me_of(alice.person), NOW).day
        assert [entry.id for entry in queries.decisions_to_look_at(alice.person.id, day)] == [old]
        assert queries.decisions_to_look_at(alice.person.id, date(2026, 9, 18)) == []
        assert len(queries.decisions_to_look_at(alice.person.id, date(2026, 9, 19))) == 1
    page = alice.get("/journal")
    assert "you decided: Learn Go." in page.said
    alice.send_form("/looked", htmx=False)
    assert alice.response.request.path == "/journal/new"
    body = alice.page.element("body").text
    assert f"[[entry:{old}]]" in body
    alice.send_form("/journal/new", htmx=False, **TYPED, body=f"After [[entry:{old}]]: still right.")
    assert "you decided" not in alice.get("/journal").said
    assert "still right." in alice.get(f"/journal/{old}").said


def test_a_decision_keeps_its_kind_through_a_draft_and_a_change(app: Flask, alice: Browser) -> None:
    alice.get("/journal/new?template=decision")
    fields = {**alice.page.form("/journal/new"), **TYPED, "body": texts.prepared("decision", queries.StudyDay([], []))}
    alice.post("/journal/draft", fields, htmx=True)
    alice.get("/journal/new")
    alice.send_form("/journal/new", htmx=False, **TYPED, body=alice.page.element("body").text.replace(" ## ", "\n## "))
    alice.get(alice.response.request.path + "/edit")
    alice.send_form("/edit", htmx=False, **TYPED, body="Shorter.")
    with app.app_context():
        assert db.session.scalar(select(Entry.kind)) == "decision"


def test_a_deleted_decision_is_not_shown_and_no_other_entry_is_looked_at(
    app: Flask, alice: Browser, bob: Browser
) -> None:
    assert alice.person is not None
    with app.app_context():
        gone = write_entry(alice.person.id, date(2026, 1, 1), "Gone.", kind="decision")
        delete_entry(alice.person.id, gone)
        mine = write_entry(alice.person.id, date(2026, 1, 1), "Mine.", kind="decision")
        assert [entry.start for entry in queries.decisions_to_look_at(alice.person.id, NOW.date())] == ["Mine."]
    bob.post(f"/journal/{mine}/looked", status=404)
    alice.post(f"/journal/{gone}/looked", status=404)
    alice.post(f"/journal/{write(alice, 'A day.')}/looked", status=404)
    with app.app_context():
        is_postgres = db.engine.dialect.name == "postgresql"
        if is_postgres:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        sql = "SELECT id FROM journal_entries WHERE learner_id = 1 AND kind = 'decision' AND day <= 9 ORDER BY day, id"
        plan = " ".join(
            map(str, db.session.execute(text(("EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN ") + sql)))
        )
        # Over a handful of rows PostgreSQL takes either index of a learner's entries, as its statistics happen to be.
        assert ("ix_journal_entries_" if is_postgres else "ix_journal_entries_kind") in plan


# ---- Exercises


def test_a_solved_exercise_comes_back_as_a_card(alice: Browser) -> None:
    body = texts.prepared("exercise", queries.StudyDay([], []))
    assert texts.exercise_of(body) is None, "there is nothing to bring back yet"
    body = body.replace("## The exercise\n\n", "## The exercise\n\n[[sql.joins]]: reverse a list, if a==1 and b==2.\n")
    assert texts.exercise_of(body) is None
    body = body.replace("```python\n\n```", "```python\nxs[::-1] == [[0]]\n## not a heading\n```")
    entry_id = write(alice, body, "exercise")
    alice.send_form("/quizzes/own/new", htmx=False)
    assert alice.response.request.path == f"/journal/{entry_id}"
    page = alice.get("/quizzes/today")
    assert "Joins: reverse a list" in page.find("div", id="prompt")[0].text
    assert "xs[" not in page.html
    reveal = page.form("/reveal")
    assert "xs[::-1] == [[0]]" in alice.get(f"{reveal['action']}?token={reveal['token']}", htmx=True).said
