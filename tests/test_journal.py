"""The journal over HTTP: writing, versions, drafts, conflicts, tags, paging; and nobody else reads a word of it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from browser import Browser
from factories import answer_next, everything, me_of, write_entry
from flask import Flask
from sqlalchemy import delete, func, select, text

from portal.accounts.models import User
from portal.db import db
from portal.journal import queries, texts
from portal.journal.models import LONGEST_BODY, Draft, Entry, Tag, Version
from portal.quizzes.queries import today
from quizzes.sm2 import Grade

DAY = date(2026, 11, 20)
TYPED: dict[str, Any] = {
    "day": "2026-11-20",
    "body": "Joins *finally* make sense.",
    "tags": "SQL, Big O",
    "minutes": "45",
}


def write(alice: Browser, **fields: str) -> int:
    """Write an entry through the form; its id."""
    alice.get("/journal/new")
    alice.send_form("/journal/new", htmx=False, **{**TYPED, **fields})
    return int(alice.response.request.path.rpartition("/")[2])


def edit(alice: Browser, entry_id: int, status: int = 200, **fields: str) -> None:
    """Change an entry through its form."""
    alice.get(f"/journal/{entry_id}/edit")
    alice.send_form("/edit", htmx=False, status=status, **{**TYPED, **fields})


def listed(browser: Browser) -> list[str]:
    """The addresses of the entries on the open list."""
    return [link.get("href") or "" for link in browser.page.find("a", class_="title")]


def typed(browser: Browser) -> str:
    """What stands in the text field of the open page."""
    return browser.page.element("body").text


def count(app: Flask, table: Any) -> int:
    """How many rows a table has."""
    with app.app_context():
        return db.session.execute(select(func.count()).select_from(table)).scalar_one()


# ---- Writing and reading


def test_an_empty_journal_says_what_it_is_for_and_where_to_begin(alice: Browser) -> None:
    page = alice.get("/journal")
    assert "Your journal is empty" in page.said
    assert page.find("a", class_="button primary", href="/journal/new")
    assert page.find("a", href="/journal", aria_current="page"), "the navigation says where she is"


def test_alice_writes_an_entry_and_reads_it(alice: Browser) -> None:
    entry_id = write(alice)
    page = alice.page
    assert page.find("h1")[0].text == "Friday, 20 November 2026"
    assert page.find("em")[0].text == "finally"
    assert [chip.text for chip in page.find("a", class_="chip")] == ["big-o", "sql"]
    assert "45 minutes studied" in page.said
    alice.get("/journal")
    assert listed(alice) == [f"/journal/{entry_id}"]
    assert "Joins finally make sense." in alice.page.said


def test_a_new_entry_is_about_today_and_begins_with_what_was_reviewed(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        who = me_of(alice.person)
        held, _ = answer_next(who, datetime.now(UTC), Grade.GOOD)
        forgotten, _ = answer_next(who, datetime.now(UTC), Grade.AGAIN)
        mine = today(who, datetime.now(UTC)).day
    alice.get("/journal/new")
    learnt, _, lapsed = typed(alice).partition("What did not come back to me")
    assert held.topic_title in learnt
    assert forgotten.topic_title in lapsed
    assert alice.page.element("day").get("value") == mine.isoformat()


def test_minutes_are_prepared_from_the_log(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        answer_next(me_of(alice.person), datetime.now(UTC))
        db.session.execute(text("UPDATE review_days SET ms = 61000"))
        db.session.commit()
    assert alice.get("/journal/new").element("minutes").get("value") == "2"
    assert not alice.get("/journal/new?template=weekly").element("minutes").get("value")


@pytest.mark.parametrize("template", texts.TEMPLATES)
def test_every_template_prepares_a_text_that_can_be_saved(alice: Browser, template: str) -> None:
    alice.get(f"/journal/new?template={template}")
    prepared = typed(alice)
    assert "##" in prepared
    alice.send_form("/journal/new", htmx=False, **{**TYPED, "body": prepared})
    assert len(alice.page.find("h1")) == 1


def test_answers_taken_back_are_no_part_of_the_day(app: Flask, alice: Browser) -> None:
    alice.get("/quizzes/today")
    alice.post(*_blank(alice))
    alice.send_form("/undo")
    assert alice.person is not None
    with app.app_context():
        day = today(me_of(alice.person), datetime.now(UTC)).day
        assert queries.study_day(alice.person.id, day) == queries.StudyDay([], [])


def _blank(alice: Browser) -> tuple[str, dict[str, str], bool]:
    form = alice.page.form("/answer")
    return form.pop("action"), {**form, "blank": "1"}, True


def test_code_gets_colours_until_there_is_too_much_of_it() -> None:
    short, long = "```python\ndef f(): pass\n```\n", "```python\ndef f(): pass\n" + "\n " * 9_000 + "\n```\n"
    assert texts.rendered(short).count('class="k"') == 2
    assert texts.rendered(long).count('class="k"') == 0, "this takes the lexer many seconds"
    assert texts.rendered(long + short).count('class="k"') == 2
    assert texts.rendered(short * 500).count('class="k"') == 2 * (texts.COLOURED // len("def f(): pass\n"))


def test_markdown_is_rendered_without_html_scripts_or_pictures_of_its_own(alice: Browser) -> None:
    body = "# Big\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://example.org/y.png)\n\n"
    body += "```sql\nSELECT 1\n```"
    write(alice, body=body)
    prose = alice.page.html.partition('class="prose"')[2]
    assert "<script" not in prose
    assert 'href="javascript' not in prose
    assert "<img" not in prose
    assert '<span class="k">SELECT</span>' in prose
    assert "<h2>Big</h2>" in prose, "the page has one h1, and it is the day"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("body", "", "Write at least a word."),
        ("body", " \r\n ", "Write at least a word."),
        ("body", "x" * (LONGEST_BODY + 1), "Use at most 20,000 characters"),
        ("day", "", "Write the day as"),
        ("day", "2026-02-30", "Write the day as"),
        ("day", "2999-01-01", "This day has not come yet."),
        ("day", "1066-10-14", "This day is too long ago."),
        ("minutes", "-1", "Write a number from 0 to 1440"),
        ("minutes", "1441", "Write a number from 0 to 1440"),
        ("minutes", "an hour", "Write a number from 0 to 1440"),
        ("minutes", "9" * 5000, "Write a number from 0 to 1440"),
        ("tags", "a,b,c,d,e,f,g,h,i", "Use at most 8 tags."),
        ("tags", "c++", "letters, digits and hyphens"),
        ("tags", "x" * 41, "Use at most 40 characters"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(
    alice: Browser, field: str, value: str, sentence: str
) -> None:
    alice.get("/journal/new")
    page = alice.send_form("/journal/new", htmx=False, status=422, **{**TYPED, field: value})
    assert sentence in page.element(f"{field}-error").text
    kept = {**TYPED, field: value}
    assert typed(alice) == " ".join(kept["body"].split())
    assert [page.element(name).get("value") for name in ("day", "tags", "minutes")] == [
        kept[name] for name in ("day", "tags", "minutes")
    ]
    assert count(alice.app, Entry) == 0


@pytest.mark.parametrize(
    "body", ["😀" * LONGEST_BODY, "line\r\n" * 3_900, "x" * LONGEST_BODY], ids=["emoji", "lines", "x"]
)
def test_the_longest_entry_arrives_whole_in_every_writing(alice: Browser, body: str) -> None:
    entry_id = write(alice, body=body)
    with alice.app.app_context():
        entry = db.session.get(Entry, entry_id)
        assert entry is not None
        assert entry.body == body.replace("\r\n", "\n")


def test_forms_that_nobody_drew_are_refused(alice: Browser) -> None:
    alice.get("/journal/new?template=poem", status=404)
    alice.get("/journal/new")
    form = alice.page.form("/journal/new")
    for change in ({"version": "x"}, {"version": str(2**40)}, {"entry_id": "-1"}, {"token": "a b"}, {"token": ""}):
        alice.post("/journal/new", {**form, **TYPED, **change}, status=400)
    alice.post("/journal/new", {**form, **TYPED, "body": "a\0b"}, status=400)
    alice.post("/journal/preview", {**form, **TYPED, "entry_id": "77"}, status=404)
    for before in ("yesterday", "2026-02-30.1", "2026-11-20", "2026-11-20.1.1"):
        alice.get(f"/journal?before={before}", status=404)
    assert count(alice.app, Entry) == 0


def test_a_form_that_is_sent_twice_makes_one_entry(alice: Browser) -> None:
    alice.get("/journal/new")
    form = {**alice.page.form("/journal/new"), **TYPED}
    places = {alice.send("/journal/new", form).location for _ in range(2)}
    assert len(places) == 1
    assert count(alice.app, Entry) == 1


def test_a_form_that_is_sent_again_with_other_words_loses_neither(alice: Browser) -> None:
    alice.get("/journal/new")
    form = {**alice.page.form("/journal/new"), **TYPED}
    alice.post("/journal/new", form, status=303)
    alice.post("/journal/new", {**form, "body": "Second thoughts."}, status=409)
    assert typed(alice) == "Second thoughts."
    assert alice.page.element("meanwhile").text == TYPED["body"]
    alice.send_form("/edit", htmx=False, **{**TYPED, "body": "Second thoughts."})
    assert "Second thoughts." in alice.page.said
    assert (count(alice.app, Entry), count(alice.app, Version)) == (1, 1)


# ---- Changing, earlier versions, conflicts


def test_every_save_keeps_what_was_there_before(alice: Browser) -> None:
    entry_id = write(alice)
    edit(alice, entry_id, body="Joins make sense, and NULL too.", tags="null", minutes="")
    assert "1 earlier version" in alice.page.said
    assert ", changed" in alice.page.said
    assert [chip.text for chip in alice.page.find("a", class_="chip")] == ["null"]
    edit(alice, entry_id, body="Third.", day="2026-11-19")
    alice.get(f"/journal/{entry_id}/versions")
    assert alice.page.find("h1")[0].text == "2 earlier versions"
    second, first = listed(alice)
    assert "Joins make sense, and NULL too." in alice.get(second).said
    page = alice.get(first)
    assert page.find("em")[0].text == "finally"
    assert "big-o, sql · 45 minutes studied" in page.said
    alice.get(f"/journal/{entry_id}/versions/3", status=404)


def test_another_tab_that_saved_meanwhile_costs_no_word(alice: Browser) -> None:
    entry_id = write(alice)
    alice.get(f"/journal/{entry_id}/edit")
    form = alice.page.form("/edit")
    edit(alice, entry_id, body="From the other tab.")
    alice.post(form["action"], {**form, **TYPED, "body": "From this tab."}, status=409)
    assert "was saved on another page or device meanwhile" in alice.page.said
    assert typed(alice) == "From this tab."
    assert alice.page.element("meanwhile").text == "From the other tab."
    assert "From the other tab." in Browser(alice.app).signed_in(alice.person).get(f"/journal/{entry_id}").said  # type: ignore[arg-type]
    alice.send_form("/edit", htmx=False, **{**TYPED, "body": "Both."})
    assert "2 earlier versions" in alice.page.said


def test_an_entry_deleted_meanwhile_comes_back_with_what_is_saved(alice: Browser) -> None:
    entry_id = write(alice)
    alice.get(f"/journal/{entry_id}/edit")
    form = alice.page.form("/edit")
    alice.post(f"/journal/{entry_id}/delete", status=303)
    alice.post(form["action"], {**form, **TYPED, "body": "Written late."}, status=409)
    assert "was deleted on another page or device" in alice.page.said
    assert typed(alice) == "Written late."
    alice.get(f"/journal/{entry_id}", status=404)
    alice.post(form["action"], {**form, **TYPED, "body": "Written late."}, status=409)
    alice.send_form("/edit", htmx=False, **{**TYPED, "body": "Written late."})
    assert "Written late." in alice.page.said


# ---- Delete and undo


def test_a_deleted_entry_is_nowhere_until_it_is_taken_back(alice: Browser) -> None:
    entry_id = write(alice)
    edit(alice, entry_id, body="Changed once.")
    alice.send_form("/delete", htmx=False)
    assert "The entry is deleted" in alice.page.said
    for path in ("", "/edit", "/versions", "/versions/1"):
        alice.get(f"/journal/{entry_id}{path}", status=404)
    assert listed(alice) == []
    for path in ("/journal", "/journal?tag=sql"):
        alice.get(path)
        assert listed(alice) == []
    alice.post(f"/journal/{entry_id}/delete", status=404)
    alice.get(f"/journal/{entry_id}/deleted")
    alice.send_form("/restore", htmx=False)
    assert "The entry is back." in alice.page.said
    assert "Changed once." in alice.page.said
    alice.get("/journal?tag=sql")
    assert listed(alice) == [f"/journal/{entry_id}"]
    alice.get(f"/journal/{entry_id}/deleted", status=404)
    alice.post(f"/journal/{entry_id}/restore", status=404)


# ---- The list


@pytest.mark.parametrize("tag", [None, "sql"])
def test_paging_shows_every_entry_once_also_while_entries_come_and_go(
    app: Flask, alice: Browser, tag: str | None
) -> None:
    assert alice.person is not None
    days = [DAY - timedelta(days=number // 3) for number in range(2 * queries.PAGE + 5)]
    with app.app_context():
        written = {write_entry(alice.person.id, day, "A day.", ["sql"]): day for day in reversed(days)}
        write_entry(alice.person.id, DAY, "Another tag.", ["null"]) if tag else None
    seen: list[str] = []
    alice.get(f"/journal?tag={tag}" if tag else "/journal")
    while True:
        seen += listed(alice)
        with app.app_context():  # a newer one comes, and one that was seen goes
            write_entry(alice.person.id, DAY + timedelta(days=1), "New.", ["sql"])
        alice.post(f"{seen[0]}/delete", status=None)
        alice.get("/journal")
        older = _older(alice, seen, tag)
        if older is None:
            break
        alice.get(older)
    wanted = sorted(written, key=lambda entry_id: (written[entry_id], entry_id), reverse=True)
    assert seen == [f"/journal/{entry_id}" for entry_id in wanted]


def _older(alice: Browser, seen: Sequence[str], tag: str | None) -> str | None:
    """The address of the page behind the one that ended with the last entry that was seen."""
    last = int(seen[-1].rpartition("/")[2])
    with alice.app.app_context():
        day = db.session.execute(select(Entry.day).where(Entry.id == last)).scalar_one()
    if len(seen) % queries.PAGE:
        return None
    return f"/journal?before={day.isoformat()}.{last}" + (f"&tag={tag}" if tag else "")


def test_older_entries_are_one_link_away(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        for _ in range(queries.PAGE + 1):
            write_entry(alice.person.id, DAY, "A day.", ["big-o"])
    (link,) = [a for a in alice.get("/journal?tag=big-o").find("a") if a.text == "Older entries"]
    assert len(listed(alice)) == queries.PAGE
    alice.get(link.get("href") or "")
    assert len(listed(alice)) == 1
    assert "tagged “big-o”" in alice.page.said
    assert "Older entries" not in alice.page.said


def test_a_tag_that_nothing_carries_says_so(alice: Browser) -> None:
    write(alice)
    assert "No entry carries this tag." in alice.get("/journal?tag=%22%3E%3Cb%3E").said


def test_the_list_is_found_on_its_indexes(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):  # a table of few rows would be read whole
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
        explain = "EXPLAIN " if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        for index, query in (
            (
                "ix_journal_entries_day",
                "FROM journal_entries WHERE learner_id = 1 AND (day, id) < (9, 9) ORDER BY day DESC, id DESC",
            ),
            (
                "ix_journal_tags_tag",
                "FROM journal_tags WHERE learner_id = 1 AND tag = 'sql' AND (day, entry_id) < (9, 9)"
                " ORDER BY day DESC, entry_id DESC",
            ),
        ):
            plan = " ".join(str(row) for row in db.session.execute(text(f"{explain} SELECT * {query} LIMIT 21")))
            assert index in plan
            assert "TEMP B-TREE" not in plan
            assert "Sort" not in plan


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("", []),
        (" , ,", []),
        ("SQL", ["sql"]),
        ("Big O, big_o, #big-o", ["big-o"]),
        ("Ünïcode  Tag", ["ünïcode-tag"]),
    ],
)
def test_tags_are_kept_in_one_spelling(line: str, tags: list[str]) -> None:
    assert texts.read_tags(line) == tags


@pytest.mark.parametrize("line", ["a--b", "-a", "a.b", "c++", "<b>"])
def test_what_is_no_tag_is_refused(line: str) -> None:
    with pytest.raises(texts.TagError, match="letters, digits and hyphens"):
        texts.read_tags(line)


def test_an_excerpt_is_plain_words() -> None:
    assert texts.excerpt("## Learnt\n\n- `COUNT(*)` counts **rows**\n> so\n```sql\nSELECT 1\n```") == (
        "Learnt · COUNT(*) counts rows · so"
    )
    assert texts.excerpt("word " * 100).endswith("word …")


# ---- Preview and drafts


def test_the_preview_comes_alone_for_htmx_and_with_the_form_for_the_rest(alice: Browser) -> None:
    alice.get("/journal/new")
    (button,) = [button for button in alice.page.find("button") if button.text == "Preview"]
    assert button.get("formaction") == button.get("hx-post") == "/journal/preview"
    fields = {**alice.page.form("/journal/new"), **TYPED}
    before = everything(alice.app)
    assert alice.post("/journal/preview", fields, htmx=True).find("em")[0].text == "finally"
    assert alice.page.elements[0].get("id") == "preview"
    assert alice.post("/journal/preview", fields).find("em")[0].text == "finally"
    assert (typed(alice), alice.page.element("tags").get("value")) == (TYPED["body"], TYPED["tags"])
    assert "empty or too long" in alice.post("/journal/preview", {**fields, "body": "x" * 20_001}, htmx=True).said
    assert everything(alice.app) == before


def test_what_was_being_written_is_offered_again_and_goes_when_it_is_saved(alice: Browser) -> None:
    alice.get("/journal/new")
    half = {"day": "2026-13-13", "body": "Half a sent", "tags": "c++", "minutes": "many"}
    alice.post("/journal/draft", {**alice.page.form("/journal/new"), **half}, htmx=True)
    assert re.fullmatch(r"Draft kept at \d\d:\d\d", alice.page.element("kept").text)
    assert alice.get("/journal").find("a", class_="title") == []
    page = alice.get("/journal/new?template=weekly")
    assert "This is your draft of" in page.said
    assert typed(alice) == "Half a sent"
    assert [page.element(name).get("value") for name in ("day", "tags", "minutes")] == ["2026-13-13", "c++", "many"]
    alice.send_form("/journal/new", htmx=False, **TYPED)
    assert "your draft" not in alice.get("/journal/new").said
    assert count(alice.app, Draft) == 0


def test_a_draft_over_an_entry_is_its_own(alice: Browser) -> None:
    entry_id = write(alice)
    alice.get(f"/journal/{entry_id}/edit")
    alice.post("/journal/draft", {**alice.page.form("/edit"), **TYPED, "body": "Half a change"}, status=303)
    assert "your draft" in alice.follow().said
    assert typed(alice) == "Half a change"
    assert "your draft" not in alice.get("/journal/new").said
    assert "finally" in alice.get(f"/journal/{entry_id}").said
    alice.get(f"/journal/{entry_id}/edit")
    alice.send_form("/draft/discard", htmx=False)
    assert typed(alice) == TYPED["body"]
    assert count(alice.app, Draft) == 0


def test_a_draft_from_before_another_save_shows_both_texts(alice: Browser) -> None:
    entry_id = write(alice)
    alice.get(f"/journal/{entry_id}/edit")
    form = alice.page.form("/edit")
    alice.post(form["action"], {**form, **TYPED, "body": "Saved on the phone."}, status=303)
    alice.post("/journal/draft", {**form, **TYPED, "body": "Still typing."}, htmx=True)
    page = alice.get(f"/journal/{entry_id}/edit")
    assert typed(alice) == "Still typing."
    assert page.element("meanwhile").text == "Saved on the phone."
    alice.send_form("/edit", htmx=False, **{**TYPED, "body": "Still typing."})
    assert "2 earlier versions" in alice.page.said


def test_a_keystroke_that_arrives_behind_its_own_save_leaves_no_draft(alice: Browser) -> None:
    alice.get("/journal/new")
    form = {**alice.page.form("/journal/new"), **TYPED}
    alice.post("/journal/new", form, status=303)
    alice.post("/journal/draft", form, htmx=True)
    alice.get(
        alice.http.post("/journal/new", data=form, headers={"X-CSRFToken": alice.csrf_token()}).location + "/edit"
    )
    changed = {**alice.page.form("/edit"), **TYPED, "body": "Changed."}
    alice.post(changed["action"], changed, status=303)
    alice.post("/journal/draft", changed, htmx=True)
    assert count(alice.app, Draft) == 0


# ---- Nobody else


def test_bob_changes_nothing_of_alices(alice: Browser, bob: Browser, carol: Browser) -> None:
    entry_id = write(alice)
    alice.get(f"/journal/{entry_id}/edit")
    form = {**alice.page.form("/edit"), **TYPED}
    before = everything(alice.app)
    for browser in (bob, carol):
        for path in (
            f"{entry_id}/edit",
            "draft",
            "draft/discard",
            "preview",
            f"{entry_id}/delete",
            f"{entry_id}/restore",
        ):
            browser.post(f"/journal/{path}", form, status=404)
    assert everything(alice.app) == before


def test_a_journal_goes_with_its_learner(app: Flask, alice: Browser, bob: Browser) -> None:
    entry_id, _ = write(alice), write(bob)
    edit(alice, entry_id, body="Changed.")
    alice.get("/journal/new")
    alice.post("/journal/draft", {**alice.page.form("/journal/new"), **TYPED}, htmx=True)
    with app.app_context():
        db.session.execute(delete(User).where(User.email == "alice@example.org"))
        db.session.commit()
    assert [count(app, table) for table in (Entry, Version, Draft, Tag)] == [1, 0, 0, 2]
