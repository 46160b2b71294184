"""What people write as it is shown: no attack does anything, tasks speak, names in [[...]] lead somewhere."""

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from browser import Browser, lint_page
from factories import add_person, change_entry, delete_entry, write_entry
from flask import Flask
from sqlalchemy import select, text

from portal.db import db
from portal.journal import links, queries, texts
from portal.journal.models import Link
from portal.markup import washed

DAY = date(2026, 11, 20)
CARD = "http-401-or-403"
TYPED: dict[str, Any] = {"day": "2026-11-20", "tags": "", "minutes": ""}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<style>body{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//example.org)",
    '[x](https://example.org "x\\" onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "![x](https://example.org/pixel.png)",
    "[[<script>alert(1)</script>]]",
    '[["><svg onload=alert(1)>]]',
    '```x" onclick="alert(1)\n</code></pre><script>alert(1)</script>\n```',
    "| a |\n|:-:|\n| <b style=x> |",
    "<math><mtext></p><style><img src onerror=alert(1)>",
    "a\ue000b ==c==",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_more_than_words(app: Flask, attack: str) -> None:
    with app.test_request_context():
        for body in (attack, f"- [ ] {attack}", f"> # {attack}", f"**{attack}**\n\n{attack}"):
            page = lint_page(texts.rendered(body), is_whole=False)
            allowed = {"a", "blockquote", "br", "code", "em", "h2", "li", "ol", "p", "pre", "span", "strong"}
            allowed |= {"h3", "table", "tbody", "td", "th", "thead", "tr", "ul"}
            assert {element.name for element in page.elements} <= allowed
            names = {name for element in page.elements for name in element.attributes}
            assert names <= {"class", "href", "rel", "tabindex", "title"}
            for link in page.find("a"):
                assert (link.get("href") or "https://").startswith(("https://", "http://", "mailto:", "/roadmap"))
                assert link.get("rel") == "nofollow noopener noreferrer"


def test_the_list_is_strict_by_itself() -> None:
    """What no renderer of ours makes goes too: the list does not trust the renderer."""
    html = '<p style="x" onclick="x" class="flash">a</p><form action="/x"><input name="y"></form>'
    html += (
        '<span class="k visually-hidden evil" id="review">c</span><script>d</script><svg><path/></svg><img src="/x">'
    )
    assert washed(html) == '<p>a</p><span class="k visually-hidden">c</span>'
    for away in ("//e.org", "/\\e.org", "\\\\e.org", "page.html", "javascript:x", "data:x", "ftp://e.org"):
        assert washed(f'<a href="{away}">b</a>') == '<a rel="nofollow noopener noreferrer">b</a>', away


@pytest.mark.parametrize("piece", [">", "- ", "[", "*a ", "`", "![[", "[[a", "|a", "<a ", "1. ", "_a*", "[[a]]"])
def test_nothing_takes_long_however_deep_it_is_nested(app: Flask, piece: str) -> None:
    body = (piece * 20_000)[:20_000]
    started = time.perf_counter()
    with app.test_request_context():
        lint_page(texts.rendered(body), is_whole=False)
    assert time.perf_counter() - started < 5


def test_links_lead_to_the_web_to_mail_and_to_our_own_pages(app: Flask) -> None:
    with app.test_request_context():
        html = texts.rendered(
            "[a](https://example.org) <b@example.org> [c](/journal) [d](ftp://example.org) [e](f.html)"
        )
    found = lint_page(html, is_whole=False).find("a")
    assert [link.get("href") for link in found] == [
        "https://example.org",
        "mailto:b@example.org",
        "/journal",
        None,
        None,
    ]


def test_colours_of_code_survive(app: Flask) -> None:
    html = texts.rendered("```sql\nSELECT 1 -- one\n```")
    assert '<pre class="code" tabindex="0"><code><span class="k">SELECT</span>' in html
    assert '<span class="c1">-- one</span>' in html


def test_an_item_to_tick_off_says_in_words_whether_it_is_done() -> None:
    html = texts.rendered("- [ ] read\n- [x] **write**\n- [X]\n- [y] other\n- plain [ ]\n\n1. [x] loose\n\n2. [ ] two")
    page = lint_page(html, is_whole=False)
    assert [(item.get("class"), item.text) for item in page.find("li")] == [
        ("task", "To do: read"),
        ("task done", "Done: write"),
        ("task done", "Done:"),
        (None, "[y] other"),
        (None, "plain [ ]"),
        ("task done", "Done: loose"),
        ("task", "To do: two"),
    ]
    assert len(page.find("span", class_="visually-hidden")) == 5
    assert texts.rendered("```\n- [x] code\n```").count("task") == 0
    table = "Before\n\n| then | now |\n|---|:-:|\n| slow | fast |\n\n---\nafter"
    assert links.excerpt("On [[sql.joins.outer]] and [[nothing]]").startswith("On Outer joins and nothing")
    assert texts.excerpt(table) == "Before · then now · slow fast · after"
    assert texts.excerpt("- [x] written\n- [ ] read [[sql.joins]]") == "written · read sql.joins"


# ---- Names


def write(alice: Browser, body: str) -> int:
    """Write an entry through the form; its id."""
    alice.get("/journal/new")
    alice.send_form("/journal/new", htmx=False, **TYPED, body=body)
    return int(alice.response.request.path.rpartition("/")[2])


def kept(app: Flask, entry_id: int) -> list[tuple[str, str]]:
    """What stands beside an entry."""
    with app.app_context():
        rows = db.session.execute(select(Link.kind, Link.target).where(Link.entry_id == entry_id))
        return sorted((kind, target) for kind, target in rows)


def hrefs(alice: Browser) -> list[str]:
    """Where the text of the open entry leads."""
    return [a.get("href") or "" for a in alice.page.find("a") if any(p.get("class") == "prose" for p in a.parents)]


def test_names_become_links_and_what_nobody_knows_stays_as_typed(app: Flask, alice: Browser) -> None:
    project = next(target for target in links.of_roadmap() if target.kind == "project")
    body = (
        f"[[sql.joins.outer]] [[ Big O  notation ]] [[card:{CARD}]] [[project:{project.id}]] [[no such]] [[card:none]]"
    )
    entry_id = write(alice, body + "\n\n`[[sql.joins]]`\n\n```\n[[sql.joins]]\n```\n\n[[[sql.joins.outer]]]")
    assert f"/roadmap/projects/{project.id}" in hrefs(alice)
    assert f"/quizzes/cards/{CARD}" in hrefs(alice)
    assert hrefs(alice).count("/roadmap/topics/sql.joins.outer") == 2
    assert "/roadmap/topics/sql.joins" not in hrefs(alice), "code is code"
    assert "[[no such]] [[card:none]]" in alice.page.said
    assert ("project", project.id) in kept(app, entry_id)
    assert {("card", CARD), ("topic", "sql.joins.outer")} < set(kept(app, entry_id))


def test_what_an_entry_names_changes_with_its_text_and_day(app: Flask, alice: Browser) -> None:
    entry_id = write(alice, "[[sql.joins.outer]] [[topic:sql.joins.outer]]")
    assert kept(app, entry_id) == [("topic", "sql.joins.outer")]
    alice.get(f"/journal/{entry_id}/edit")
    alice.send_form("/edit", htmx=False, **{**TYPED, "day": "2026-11-19"}, body="[[bigo.growth]]")
    assert kept(app, entry_id) == [("topic", "bigo.growth")]
    assert "Thursday, 19 November 2026" in alice.get("/journal?topic=bigo.growth").said
    assert "No entry names it yet" in alice.get("/journal?topic=sql.joins.outer").said


def test_one_entry_names_another_by_its_day(app: Flask, alice: Browser, bob: Browser) -> None:
    first = write(alice, "A decision.")
    write(alice, f"After [[entry:{first}]].")
    assert hrefs(alice) == [f"/journal/{first}"]
    assert "After Friday, 20 November 2026." in alice.page.said
    assert len(alice.get(f"/journal?entry={first}").find("a", class_="title")) == 1
    write(bob, f"[[entry:{first}]]")
    assert hrefs(bob) == []
    alice.post(f"/journal/{first}/delete", status=303)
    write(alice, f"[[entry:{first}]]")
    assert hrefs(alice) == []


def test_the_list_about_a_topic_pages_on_its_index(app: Flask, alice: Browser, bob: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        for _ in range(queries.PAGE + 1):
            write_entry(alice.person.id, DAY, "A day.", links=[("topic", "sql.joins.outer")])
        gone = write_entry(alice.person.id, DAY, "Gone.", links=[("topic", "sql.joins.outer")])
        delete_entry(alice.person.id, gone)
        write_entry(alice.person.id, DAY, "Another.", links=[("topic", "sql.joins")])
    page = alice.get("/journal?topic=sql.joins.outer")
    assert "Your entries about" in page.find("h1")[0].text
    assert len(page.find("a", class_="title")) == queries.PAGE
    (older,) = [a for a in page.find("a") if a.text == "Older entries"]
    assert len(alice.get(older.get("href") or "").find("a", class_="title")) == 1
    assert bob.get("/journal?topic=sql.joins.outer").find("a", class_="title") == []
    for unknown in ("topic=none", "card=none", "project=none", "entry=77", "entry=x", "topic=project:x"):
        alice.get(f"/journal?{unknown}", status=404)
    with app.app_context():
        assert _plan("journal_links", "kind = 'topic' AND target = 'x' AND (day, entry_id) < (9, 9)")


def _plan(table: str, where: str) -> bool:
    """Whether a page of this list is read from the end of its index."""
    is_postgres = db.engine.dialect.name == "postgresql"
    if is_postgres:
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        db.session.execute(text("SET LOCAL enable_bitmapscan = off"))
    sql = f"SELECT * FROM {table} WHERE learner_id = 1 AND {where} ORDER BY day DESC, entry_id DESC LIMIT 21"
    rows = db.session.execute(text(("EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN ") + sql))
    plan = " ".join(str(row) for row in rows)
    return "ix_journal_links_target" in plan and "TEMP B-TREE" not in plan and "Sort" not in plan


def test_the_form_adds_a_name_without_javascript(alice: Browser) -> None:
    page = alice.get("/journal/new")
    offered = [option.get("value") for option in page.find("option")]
    assert {"sql.joins.outer", "sql.joins"} < set(offered)
    fields: dict[str, str] = {**page.form("/journal/new"), **TYPED, "body": "Today:", "link": "[sql.joins.outer]"}
    page = alice.post("/journal/link", fields)
    assert page.element("body").text == "Today: [[sql.joins.outer]]"
    assert alice.post("/journal/link", {**fields, "link": " "}).element("body").text == "Today:"


def test_a_mentor_who_reads_along_sees_no_card_of_the_learners_own(app: Flask) -> None:
    """The links of a text are those that its reader may follow."""
    add_person(app, "carol@example.org", "Carol", role="mentor")
    with app.test_request_context():
        assert links.resolved(["card:own-0", "entry:1", f"card:{CARD}"], None).keys() == {f"card:{CARD}"}


def _said(found: Sequence[queries.Listed]) -> list[str]:
    return [entry.start for entry in found]


def test_a_few_entries_about_something(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        for number in range(7):
            entry_id = write_entry(alice.person.id, DAY, f"{number}", links=[("card", CARD)])
        change_entry(alice.person.id, entry_id, "no more")
        assert _said(queries.entries_about(alice.person.id, ("card", CARD), 5)) == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("body", "headings"),
    [("# a\n## b", ["h2", "h3"]), ("## a\n\n### b", ["h2", "h3"]), ("## a\n\n###### b\n\n## c", ["h2", "h3", "h2"])],
)
def test_headings_stand_below_the_pages_own_and_leave_no_level_out(body: str, headings: list[str]) -> None:
    page = lint_page(texts.rendered(body), is_whole=False)
    assert [element.name for element in page.elements] == headings
