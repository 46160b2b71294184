"""Cards that learners make: reviewed by their owner alone, with the same engine; what was learnt of them stays."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser import Browser
from factories import add_person, answer_card, answer_next, everything, held_by, load_cards, log_of, me_of, own_decks
from flask import Flask
from sqlalchemy import delete, func, select, text

from portal.accounts.models import User
from portal.db import db
from portal.quizzes import catalogue, queries
from portal.quizzes.calling import call_cards
from portal.quizzes.models import Card, CardState, Desk, LogRow, OwnCard
from portal.quizzes.verifying import verify
from quizzes.cards import Ask
from quizzes.ledger import Kind
from quizzes.sm2 import Grade

NOW = datetime.now(UTC)
CANARY = "quokkapelican"
SENTENCE: dict[str, Any] = {
    "front": "A LEFT JOIN keeps ==every row== of its left table.",
    "back": "",
    "accept": "all rows\nevery  tuple",
}
QUESTION: dict[str, Any] = {
    "front": "What does **idempotent** mean?",
    "back": "Twice is the same as once.",
    "accept": "",
}


def make(alice: Browser, **fields: str) -> str:
    """Make a card through its form; its slug."""
    alice.get("/quizzes/own/new")
    alice.send_form("/quizzes/own/new", htmx=False, **{**QUESTION, **fields})
    with alice.app.app_context():
        return db.session.execute(select(Card.slug).order_by(Card.id.desc()).limit(1)).scalar_one()


def waiting(alice: Browser) -> list[str]:
    """The slugs of today's new cards, in their order."""
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
        day = queries.today(who, NOW)
        start = db.session.execute(
            select(Desk.frontier, Desk.called_from, Desk.choices).where(Desk.learner_id == who.id)
        ).first() or (0, None)
        ids = queries._fresh_cards(who, day.day, queries.Start(*start), day.counts.fresh)
        slugs = {card.id: card.slug for card in db.session.scalars(select(Card).where(Card.id.in_(ids)))}
        return [slugs[card_id] for card_id in ids]


def is_sound(app: Flask) -> bool:
    """Whether every state and every day equals the log."""
    with app.app_context():
        return list(verify()) == []


def learn(alice: Browser, slug: str, moment: datetime = NOW, grade: Grade = Grade.GOOD) -> None:
    """Answer a card well."""
    assert alice.person is not None
    with alice.app.app_context():
        held = queries.find_card(alice.person.id, slug)
        assert held is not None
        answer_card(me_of(alice.person), held, moment, grade)


# ---- Making


def test_a_sentence_with_a_gap_comes_up_in_the_review_and_is_graded(app: Flask, alice: Browser) -> None:
    slug = make(alice, **SENTENCE)
    page = alice.get("/quizzes/today")
    assert page.card == slug
    assert "every row" not in page.html, "the answer is not in the page"
    assert "Your own cards" in page.said
    page = alice.answer("Every row")
    assert "Right." in page.said
    assert "A LEFT JOIN keeps every row of its left table." in page.said, "the whole sentence"
    assert [row.kind for row in log_of(app, alice.person, slug)] == ["answer"]  # type: ignore[arg-type]
    assert is_sound(app)


@pytest.mark.parametrize(("typed", "is_right"), [("all rows", True), ("every tuple", True), ("no row", False)])
def test_other_answers_are_right_where_the_learner_says_so(alice: Browser, typed: str, is_right: bool) -> None:
    make(alice, **SENTENCE)
    alice.get("/quizzes/today")
    assert ("Right." in alice.answer(typed).said) is is_right


def test_a_question_is_compared_with_its_answer(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    page = alice.get("/quizzes/today")
    assert (page.card, page.find("strong")[0].text) == (slug, "idempotent")
    assert "Twice is" not in page.html
    reveal = page.form("/reveal")
    page = alice.get(f"{reveal['action']}?token={reveal['token']}", htmx=True)
    assert "Twice is the same as once." in page.said
    assert page.find("a", href="/roadmap/topics/") == [], "it belongs to no lesson"
    alice.choose(4)
    assert alice.page.card != slug
    assert "comes back" in alice.get("/journal/cards").said
    assert is_sound(app)


def test_a_card_leads_to_its_entry_and_the_entry_makes_it_in_one_step(app: Flask, alice: Browser) -> None:
    alice.get("/journal/new")
    alice.send_form("/journal/new", htmx=False, day="2026-11-20", body="Joins.", tags="", minutes="")
    entry = alice.response.request.path
    alice.send_form("/quizzes/own/new", htmx=False, **SENTENCE)
    assert alice.response.request.path == entry
    assert "The card is made. It comes first" in alice.page.said
    page = alice.get("/journal/cards")
    (link,) = page.find("a", class_="title")
    assert link.text == "A LEFT JOIN keeps … of its left table."
    assert page.find("a", href=entry)
    learn(alice, (link.get("href") or "").rpartition("/")[2])
    assert alice.get(link.get("href") or "").find("a", href=entry)


def test_a_form_sent_twice_makes_one_card(alice: Browser) -> None:
    alice.get("/quizzes/own/new")
    form = {**alice.page.form("/quizzes/own/new"), **QUESTION}
    for _ in range(2):
        alice.post("/quizzes/own/new", form, status=303)
    assert len(alice.get("/journal/cards").find("a", class_="title")) == 1


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"front": " "}, "front", "Write a question"),
        ({"front": "x" * 1001}, "front", "at most 1,000"),
        ({"front": "==a== and ==b=="}, "front", "Two gaps are two cards"),
        ({"front": f"=={'x' * 201}=="}, "front", "it has to be typed"),
        ({"back": ""}, "back", "Write the answer"),
        ({"back": "x" * 4001}, "back", "at most 4,000"),
        ({"accept": "a\n" * 11}, "accept", "at most 10 lines"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    app: Flask, alice: Browser, fields: dict[str, str], name: str, sentence: str
) -> None:
    typed: dict[str, Any] = {**QUESTION, **fields}
    alice.get("/quizzes/own/new")
    page = alice.send_form("/quizzes/own/new", htmx=False, status=422, **typed)
    assert sentence in page.element(f"{name}-error").text
    assert page.element("back").text == typed["back"].strip()
    assert page.element("front").text == typed["front"].strip()
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(OwnCard)).scalar_one() == 0


def test_forms_that_nobody_drew_are_refused(alice: Browser) -> None:
    alice.post("/quizzes/own/new", {**QUESTION, "token": "a b"}, status=400)
    for entry_id in ("x", "0", "-1", str(2**31), "٣", "00000000001"):
        alice.post("/quizzes/own/new", {**QUESTION, "token": "t", "entry_id": entry_id}, status=400)
        alice.get(f"/quizzes/own/new?entry_id={entry_id}", status=400)
    for before in ("x", str(2**31), "-1"):
        alice.get(f"/journal/cards?before={before}", status=404)
    slug = make(alice)
    alice.post(f"/quizzes/own/{slug}/edit", {**QUESTION, "version": "x"}, status=400)


def test_the_longest_card_arrives_in_every_script(alice: Browser) -> None:
    slug = make(alice, front="😀" * 1000, back="語" * 4000)
    alice.get(f"/quizzes/own/{slug}/edit")
    assert alice.page.element("back").text == "語" * 4000


@pytest.mark.parametrize(
    "front", ["<script>alert(1)</script> ==x==", "[a](javascript:alert(1))", "```x onclick=y\n```\n==z=="]
)
def test_a_card_is_as_harmless_as_an_entry(alice: Browser, front: str) -> None:
    make(alice, front=front, back=front.replace("==", ""))
    html = alice.get("/quizzes/today").html.partition('id="prompt"')[2]
    assert "<script" not in html.partition("</main>")[0]
    assert 'href="javascript' not in html


# ---- Coming up


def test_new_cards_of_ones_own_come_first_within_the_days_limit(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    roadmap = waiting(alice)
    first, second = make(alice, front="One?"), make(alice, front="Two?")
    assert waiting(alice) == [first, second, *roadmap[:-2]]
    learn(alice, first)
    assert waiting(alice) == [second, *roadmap[:-2]]
    learn(alice, second)
    assert waiting(alice) == roadmap[:-2]
    with app.app_context():
        assert db.session.scalar(select(Desk.called_from)) is None, "nobody looks for what is not there"


def test_who_wants_no_new_cards_gets_none_and_is_told(app: Flask) -> None:
    dora = Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", new_per_day=0))
    make(dora)
    assert "so it waits" in dora.page.said
    assert "room for no new cards" in dora.get("/journal/cards").said
    assert waiting(dora) == []


def test_an_answer_asks_the_database_no_more_than_before_once_own_cards_are_learnt(app: Flask, alice: Browser) -> None:
    """What a desk says is exact after each event that can make a card new again."""
    slug = make(alice)

    def has_new() -> bool:
        with app.app_context():
            return db.session.scalar(select(Desk.called_from)) is not None

    alice.get("/quizzes/today")
    reveal = alice.page.form("/reveal")
    alice.get(f"{reveal['action']}?token={reveal['token']}", htmx=True)
    alice.choose(4)
    assert has_new() is False
    alice.send_form("/undo")
    assert (alice.page.card, has_new()) == (slug, True)
    alice.send_form("/suspend")
    make_another = make(alice)
    learn(alice, make_another)
    assert has_new() is False, "what is put aside is not looked for"
    alice.post(f"/quizzes/cards/{slug}/resume", status=303)
    assert has_new() is True
    alice.post(f"/quizzes/own/{slug}/delete", status=303)
    assert has_new() is False
    alice.post(f"/quizzes/own/{slug}/restore", status=303)
    assert has_new() is True
    assert waiting(alice)[0] == slug
    assert is_sound(app)


def test_called_cards_are_found_on_their_index(app: Flask) -> None:
    with app.app_context():
        is_postgres = db.engine.dialect.name == "postgresql"
        if is_postgres:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN "
        statement: Any = queries._FRESH_CALLED._statement
        sql = str(statement.compile(db.engine))
        values = {"learner": 1, "today": 1}
        plan = " ".join(map(str, db.session.execute(text(explain + re.sub(r"%\((\w+)\)s|\?", "1", sql)), values)))
    assert "ix_calls_learner" in plan
    assert "SCAN cards" not in plan


def test_own_cards_count_for_nothing_of_the_roadmap(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    pages = (
        "/quizzes/",
        "/quizzes/decks/big-o",
        "/roadmap",
        "/roadmap/topics/bigo.growth",
        "/roadmap/steps/git-github",
    )
    before = [alice.get(page).find("main")[0].text for page in pages]
    learn(alice, make(alice))
    make(alice, **SENTENCE)
    assert [alice.get(page).find("main")[0].text for page in pages] == before
    with app.app_context():
        recalls = catalogue.recall_by_topic(alice.person.id, NOW.date())
        assert sum(recall.started for recall in recalls.values()) == 0
    alice.get("/quizzes/decks/own", status=404)


def test_loading_decks_leaves_own_cards_alone(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    learn(alice, slug)
    with app.app_context():
        before = everything(app)
        loaded = load_cards(own_decks())
        assert (loaded.added, loaded.changed, loaded.withdrawn) == (0, 0, 0)
        assert everything(app) == before
        assert load_cards(own_decks()[1:]).withdrawn == len(own_decks()[0].cards)
        load_cards()
    assert is_sound(app)
    with app.app_context():
        assert db.session.scalar(select(Card.is_active).where(Card.slug == slug))


def test_learning_the_roadmap_meets_no_card_that_somebody_made(app: Flask, alice: Browser, bob: Browser) -> None:
    """Undo moves the search for new cards back; a frontier before the roadmap would show Bob what Alice made."""
    assert bob.person is not None
    make(alice)
    mine = make(bob)
    learn(bob, mine)
    row = log_of(app, bob.person, mine)[-1]
    with app.app_context():
        who = me_of(bob.person)
    bob.post(f"/quizzes/answers/{row.id}/undo", status=303)
    with app.app_context():
        assert (db.session.scalar(select(Desk.frontier).where(Desk.learner_id == who.id)) or 0) >= 0
        for _ in range(8):
            held, _ = answer_next(who, NOW)
            assert held.position > 0 or held.slug == mine


# ---- Changing and deleting


def edit(alice: Browser, slug: str, status: int = 200, **fields: str) -> None:
    """Change a card through its form."""
    alice.get(f"/quizzes/own/{slug}/edit")
    alice.send_form("/edit", htmx=False, status=status, **{**QUESTION, **fields})


def state(app: Flask, slug: str) -> CardState:
    """What is remembered of a card."""
    with app.app_context():
        return db.session.execute(
            select(CardState).join(Card, Card.id == CardState.card_id).where(Card.slug == slug)
        ).scalar_one()


def test_changing_the_words_keeps_all_progress_and_shows_nothing(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    learn(alice, slug, NOW - timedelta(days=3))
    before = state(app, slug)
    edit(alice, slug, back="The second time changes nothing.")
    after = state(app, slug)
    assert (after.version, after.due_on, after.changed_on) == (before.version, before.due_on, None)
    assert "The second time changes nothing." in alice.get(f"/quizzes/cards/{slug}").said
    assert is_sound(app)


def test_a_card_that_asks_something_else_comes_up_once_marked_as_changed(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    learn(alice, slug, NOW - timedelta(days=1), Grade.EASY)
    edit(alice, slug, front="What does safe mean?", is_another="y")
    assert [row.kind for row in log_of(app, alice.person, slug)] == ["answer", "revise"]  # type: ignore[arg-type]
    page = alice.get(f"/quizzes/today?card={slug}")
    assert page.card == slug
    assert "This card has changed" in page.said
    assert is_sound(app)


def test_a_question_may_become_a_gap_and_back(app: Flask, alice: Browser) -> None:
    slug, person = make(alice), alice.person
    assert person is not None
    edit(alice, slug, **SENTENCE)
    assert held_by(app, person, slug).sheet.ask is Ask.CLOZE
    edit(alice, slug)
    assert held_by(app, person, slug).sheet.ask is Ask.SELF


def test_two_tabs_overwrite_nothing_unseen(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    alice.get(f"/quizzes/own/{slug}/edit")
    form = alice.page.form("/edit")
    edit(alice, slug, back="From the other tab.")
    page = alice.post(form["action"], {**form, **QUESTION, "back": "From this tab."}, status=409)
    assert page.element("back").text == "From this tab."
    assert "From the other tab." in page.element("meanwhile").text
    alice.send_form("/edit", htmx=False, **{**QUESTION, "back": "Both."})
    with app.app_context():
        assert db.session.scalar(select(OwnCard.back)) == "Both."


def test_a_deleted_card_is_asked_no_more_until_it_is_taken_back(app: Flask, alice: Browser) -> None:
    slug = make(alice)
    learn(alice, slug, NOW - timedelta(days=30))
    alice.get(f"/quizzes/cards/{slug}")
    alice.send_form("/delete", htmx=False)
    assert "This card is deleted" in alice.page.said
    assert alice.get("/journal/cards").find("a", class_="title") == []
    assert alice.get(f"/quizzes/today?card={slug}").card != slug
    alice.get(f"/quizzes/cards/{slug}")
    alice.send_form("/restore", htmx=False)
    assert "The card is back." in alice.page.said
    assert alice.get(f"/quizzes/today?card={slug}").card == slug
    kinds = [row.kind for row in log_of(app, alice.person, slug)]  # type: ignore[arg-type]
    assert kinds == [Kind.ANSWER, Kind.RETIRE, Kind.RESTORE]
    alice.post(f"/quizzes/own/{slug}/restore", status=303)
    assert len(log_of(app, alice.person, slug)) == 3, "a second click changes nothing"  # type: ignore[arg-type]
    assert is_sound(app)


def test_nobody_reports_a_card_they_made_themselves(alice: Browser) -> None:
    slug = make(alice)
    alice.get(f"/quizzes/cards/{slug}/report", status=303)
    assert alice.response.location == f"/quizzes/own/{slug}/edit"


def test_the_list_is_paged_and_shows_every_card_once(alice: Browser) -> None:
    slugs = [make(alice, front=f"Question {number}?") for number in range(catalogue.OWN_PAGE + 3)]
    page = alice.get("/journal/cards")
    seen = [link.get("href") for link in page.find("a", class_="title")]
    (older,) = [a for a in page.find("a") if a.text == "Older cards"]
    make(alice, front="Meanwhile?")
    seen += [link.get("href") for link in alice.get(older.get("href") or "").find("a", class_="title")]
    assert seen == [f"/quizzes/cards/{slug}" for slug in reversed(slugs)]


def test_cards_go_with_their_owner(app: Flask, alice: Browser, bob: Browser) -> None:
    assert alice.person is not None
    learn(alice, make(alice))
    make(bob)
    with app.app_context():
        db.session.execute(delete(User).where(User.id == alice.person.id))
        db.session.commit()
        assert db.session.execute(select(func.count()).select_from(OwnCard)).scalar_one() == 1
        assert db.session.execute(select(func.count()).select_from(LogRow)).scalar_one() == 0


# ---- Nobody else


def test_no_word_of_alices_cards_reaches_anybody_else(app: Flask, alice: Browser, bob: Browser, carol: Browser) -> None:
    fields = {"front": f"{CANARY} ==gap==", "back": CANARY, "accept": CANARY}
    learnt, gone, fresh = (make(alice, **fields) for _ in range(3))
    learn(alice, learnt)
    alice.post(f"/quizzes/own/{gone}/delete", status=303)
    admin = Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="admin"))
    heard = {"alice": 0, "others": 0}
    for url in _addresses(app, [learnt, gone, fresh]):
        for browser in (alice, bob, carol, admin, Browser(app)):
            for headers in ({}, {"HX-Request": "true"}):
                response = browser.http.get(url, headers=headers)
                assert response.status_code < 500, url
                heard["alice" if browser is alice else "others"] += CANARY in response.get_data(as_text=True)
    assert heard["alice"] > 5, "the canary sings where it may"
    assert heard["others"] == 0
    before = everything(app)
    for verb in ("edit", "delete", "restore"):
        for browser in (bob, carol, admin):
            browser.post(f"/quizzes/own/{learnt}/{verb}", {**QUESTION, "version": "1"}, status=404)
    for browser in (bob, carol, Browser(app)):
        browser.post("/quizzes/try", {"slug": learnt, "answer": "gap"}, status=404)
    for verb in ("answer", "bury", "suspend", "resume", "report"):
        bob.post(f"/quizzes/cards/{learnt}/{verb}", {"token": "x"}, status=404)
    assert everything(app) == before


def _addresses(app: Flask, slugs: Sequence[str]) -> list[str]:
    """Every address that names a card, and those of everybody's pages."""
    found = ["/", "/roadmap", "/quizzes/", "/quizzes/today", "/quizzes/answers", "/quizzes/reports", "/journal"]
    found += ["/journal/cards", "/quizzes/decks/own", "/quizzes/decks/big-o", "/roadmap/topics/own", "/journal/new"]
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<slug>" in rule.rule]
    for slug in slugs:
        found += [rule.replace("<slug>", slug) for rule in rules]
        found += [f"/journal?card={slug}", f"/journal/about?card={slug}", f"/quizzes/today?card={slug}"]
    return found


def test_a_called_card_of_the_roadmap_comes_first_and_once(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    roadmap = waiting(alice)
    with app.app_context():
        far = list(db.session.execute(select(Card.id, Card.slug).order_by(Card.position.desc()).limit(2)))
        near = db.session.execute(select(Card.id).where(Card.slug == roadmap[1])).scalar_one()
        call_cards(alice.person.id, [far[1].id, near, far[0].id, near], NOW)
        db.session.commit()
    first = [far[1].slug, roadmap[1], far[0].slug, roadmap[0], *roadmap[2:-2]]
    assert waiting(alice) == first
    learn(alice, far[1].slug)
    learn(alice, roadmap[1])
    assert waiting(alice) == [far[0].slug, roadmap[0], *roadmap[2:-2]]
    learn(alice, far[0].slug)
    with app.app_context():
        assert db.session.scalar(select(Desk.called_from)) is None
    assert is_sound(app)
