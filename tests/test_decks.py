"""Decks of a cohort: one mentor writes, another checks the source, and then the cards come to its learners alone."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from browser import Browser
from factories import (
    LONG_AGO,
    add_cohort,
    add_person,
    answer_card,
    answer_wrongly,
    join_cohort,
    log_of,
    me_of,
    publish_class_card,
)
from flask import Flask
from sqlalchemy import delete, select, update

from portal.accounts.models import Cohort, CohortMentor, User
from portal.cohorts import actions as cohort_actions
from portal.db import db
from portal.decks.files import EXAMPLES, read_cards, written
from portal.decks.models import CohortCard
from portal.decks.serving import forget_cards
from portal.quizzes import catalogue, queries
from portal.quizzes.models import Call, Card, CardState, Deck, Desk
from portal.quizzes.verifying import verify
from portal.spreadsheets import RUN_BY_SPREADSHEETS
from quizzes.drafts import Draft

NOW = datetime.now(UTC)
RULE: dict[str, Any] = {
    "topic": "sql.joins.outer",
    "ask": "choice",
    "level": "2",
    "bloom": "apply",
    "question": "Which join does **our** report of members use?",
    "answers": "[x] LEFT JOIN\n[ ] INNER JOIN :: It loses members without a visit.\n[ ] CROSS JOIN :: It pairs `all`.",
    "answer": "",
    "why": "A report of members keeps every member.",
    "sources": "House rules <https://example.org/rules>",
}


@pytest.fixture
def dora(app: Flask) -> Browser:
    """A second mentor."""
    return Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="mentor"))


@pytest.fixture
def cohort(app: Flask, alice: Browser, carol: Browser, dora: Browser) -> int:
    """Carol and Dora mentor it, Alice learns in it."""
    assert alice.person
    assert carol.person
    assert dora.person
    with app.app_context():
        cohort_id = add_cohort(carol.person, "Autumn")
        db.session.add(CohortMentor(cohort_id=cohort_id, mentor_id=dora.person.id, began_at=LONG_AGO))
        join_cohort(cohort_id, alice.person)
        db.session.commit()
    return cohort_id


def make_deck(carol: Browser, cohort_id: int) -> str:
    """A deck, made through its form; its address."""
    carol.get(f"/cohorts/{cohort_id}/decks")
    carol.send_form("/decks", htmx=False, title="House rules", about="How we write SQL.")
    return carol.response.request.path


def write(carol: Browser, deck: str, **fields: str) -> str:
    """A card that waits for its check, written in the editor; its address."""
    carol.get(f"{deck}/cards/new")
    form = carol.page.form("/cards/new")
    carol.post(form.pop("action"), {**form, **RULE, **fields, "check": "1"}, status=303)
    return carol.response.location


def confirm(dora: Browser, card: str, verdict: str = "right", words: str = "") -> None:
    """The check of a second mentor: answered blind, then judged."""
    dora.get(f"{card}/check")
    if dora.page.find("form", action=f"{card}/check"):
        right = next(one for one in dora.page.find("label") if "LEFT JOIN" in one.text)
        key = next(one for one in dora.page.find("input", name="answer") if right in one.parents).get("value")
        dora.send_form("/check", htmx=False, answer=key)
    dora.send_form("/judge", htmx=False, verdict=verdict, words=words)


def publish(app: Flask, carol: Browser, dora: Browser, cohort_id: int, **fields: str) -> tuple[str, str]:
    """A published card: (address of its deck, address of the card)."""
    deck = make_deck(carol, cohort_id)
    card = write(carol, deck, **fields)
    confirm(dora, card)
    dora.send_form("/publish", htmx=False)
    return deck, card


def slug_of(card: str) -> str:
    """The name of a card among those of all decks."""
    return f"class-{card.rpartition('/')[2]}"


def called(app: Flask, browser: Browser) -> list[str]:
    """The slugs of the cards that are called for somebody."""
    assert browser.person is not None
    with app.app_context():
        statement = select(Card.slug).join(Call, Call.card_id == Card.id).where(Call.learner_id == browser.person.id)
        return list(db.session.scalars(statement.order_by(Call.id)))


def learn(app: Flask, browser: Browser, slug: str) -> None:
    """Answer a card well."""
    assert browser.person is not None
    with app.app_context():
        held = queries.find_card(browser.person.id, slug)
        assert held is not None
        answer_card(me_of(browser.person), held, NOW)


def is_sound(app: Flask) -> bool:
    """Whether every state and every day equals the log."""
    with app.app_context():
        return list(verify()) == []


# ---- Writing and checking


def test_what_stands_against_a_card_is_said_beside_its_field(carol: Browser, cohort: int) -> None:
    deck = make_deck(carol, cohort)
    carol.get(f"{deck}/cards/new")
    assert "error" not in {element.get("class") for element in carol.page.elements}, "nobody has begun yet"
    form = {**carol.page.form("/cards/new"), **RULE, "answers": "[x] LEFT JOIN\n[ ] INNER JOIN", "sources": ""}
    action = form.pop("action")
    page = carol.post(action, {**form, "preview": "1"}, htmx=True)
    assert "Line 2: say behind :: why this is wrong." in page.element("said-answers").text
    assert "one choice has two to four" in page.element("said-answers").text
    assert page.element("said-sources").text.startswith("Name the source that says so")
    assert page.element("said-question").text == "", "nothing is wrong with that"
    assert "report of members" in page.element("preview").text
    page = carol.post(action, {**form, "preview": "1"})
    assert page.element("answers").text == "[x] LEFT JOIN [ ] INNER JOIN", "without JavaScript the editor comes back"
    carol.post(action, {**form, "check": "1"}, status=303)
    page = carol.follow()
    assert "kept as a draft: 3 things stand between it and the check" in page.said
    assert page.element("said-sources").text, "an old draft says it at once"
    for name in ("question", "why"):
        page = carol.post(action, {**form, name: "x" * 1001}, status=422)
        assert "Use at most" in page.element(f"said-{name}").text


def test_nobody_checks_what_they_wrote_and_the_key_is_hidden_until_one_has_answered(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    deck = make_deck(carol, cohort)
    card = write(carol, deck)
    assert "Dora can check it" in carol.follow().said
    carol.get(f"{card}/check", status=303)
    carol.post(f"{card}/check", {"blank": "1"}, status=303)
    carol.post(f"{card}/judge", {"verdict": "right"}, status=303)
    dora.post(f"{card}/judge", {"verdict": "right"}, status=303)
    assert "First answer it" in dora.follow().said, "who has not answered cannot confirm"
    assert "loses members" not in dora.page.html
    assert "House rules" not in dora.page.element("prompt").text
    dora.post(f"{card}/check", {"answer": "zz"}, status=422)
    dora.post(f"{card}/check", {"blank": "1"}, status=303)
    assert "loses members" in dora.follow().said
    assert dora.page.find("a", href="https://example.org/rules")
    page = dora.post(f"{card}/judge", {"verdict": "back", "words": " "}, status=422)
    assert "Say what has to change" in page.said
    confirm(dora, card, "back", "The page says RIGHT JOIN.")
    assert "1 card waits for you" in carol.get(f"/cohorts/{cohort}/decks").said
    for page in (carol.get(card), carol.get(f"{card}/edit")):
        assert "Dora sent it back: The page says RIGHT JOIN." in page.said
    carol.post(f"{deck}/publish", status=303)
    assert called(app, alice) == [], "only what is checked is published"


# ---- Coming to learners


def test_a_published_card_is_reviewed_by_the_cohort_and_is_there_for_nobody_else(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    deck, card = publish(app, carol, dora, cohort)
    page = alice.get("/quizzes/today")
    assert page.card == slug_of(card), "first among the new cards of her day"
    assert "House rules, Autumn" in page.find("h1")[0].text
    wrong = next(one for one in page.find("label") if "INNER" in one.text)
    page = alice.answer(next(one for one in page.find("input") if wrong in one.parents).get("value") or "")
    assert "It loses members without a visit." in page.said
    assert page.find("a", href="/roadmap/topics/sql.joins.outer#misconception")
    assert "House rules has 1 card" in alice.get(f"/cohorts/{cohort}/decks").said.replace("Autumn", "House rules")
    alice.get(card, status=303)
    for url in (f"/quizzes/cards/{slug_of(card)}", deck, card, f"{card}/edit", f"{card}/check", f"{deck}/cards.csv"):
        bob.get(url, status=404)
    bob.get(f"/cohorts/{cohort}/decks", status=404)
    for browser in (alice, bob):
        browser.get(deck, status=404)
        browser.post(f"{card}/withdraw", status=404)
        browser.get(f"/quizzes/decks/cohort.{deck.rpartition('/')[2]}", status=404)
    alice.get(f"/quizzes/cards/{slug_of(card)}/report")
    alice.send_form("/report", htmx=False, reason="key", text="Is that so?")
    assert "Is that so?" in carol.get(card).said
    assert "Is that so?" not in dora.get("/quizzes/reports").said, "reports of a cohort's cards stay in it"
    assert is_sound(app)


def test_who_joins_gets_the_cards_and_who_leaves_keeps_what_they_learnt(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    deck, first = publish(app, carol, dora, cohort)
    second = write(carol, deck, question="Which join pairs everything?", answers=RULE["answers"])
    confirm(dora, second)
    dora.send_form("/publish", htmx=False)
    both = [slug_of(first), slug_of(second)]
    assert bob.person
    assert alice.person
    with app.app_context():
        cohort_actions.begin_membership(cohort, bob.person.id, None, NOW)
        db.session.commit()
    learn(app, bob, both[0])
    assert called(app, bob) == called(app, alice) == both
    with app.app_context():
        cohort_actions.end_membership(cohort, bob.person.id, NOW)
        db.session.commit()
    assert called(app, bob) == both[:1]
    bob.get(f"/quizzes/cards/{both[0]}")
    bob.get(f"/quizzes/cards/{both[1]}", status=404)
    with app.app_context():
        assert db.session.scalar(select(Desk.called_from).where(Desk.learner_id == bob.person.id)) is None
    carol.post(f"{deck}/archive", status=303)
    assert (called(app, bob), called(app, alice)) == (both[:1], [])
    carol.post(f"{deck}/restore", status=303)
    carol.post(f"/cohorts/{cohort}/archive", status=303)
    assert (called(app, bob), called(app, alice)) == (both[:1], [])
    dora.post(f"/cohorts/{cohort}/restore", status=303)
    assert called(app, alice) == both
    assert is_sound(app)


def test_learners_keep_the_old_card_until_the_new_text_is_checked(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    deck, card = publish(app, carol, dora, cohort)
    slug = slug_of(card)
    assert alice.person
    learn(app, alice, slug)
    carol.get(f"{card}/edit")
    form = carol.page.form("/edit")
    action = form.pop("action")
    changed = {**form, **RULE, "question": "Which join does the new report use?", "is_another": "y", "check": "1"}
    carol.post(action, changed, status=303)
    page = carol.post(action, {**changed, "question": "From another tab."}, status=409)
    assert page.element("question").text == "From another tab."
    assert "the new report" in page.element("meanwhile").text, "nothing is overwritten unseen"
    assert "our report" in alice.get(f"/quizzes/cards/{slug}").said
    carol.post(f"{deck}/publish", status=303)
    assert "our report" in alice.get(f"/quizzes/cards/{slug}").said, "nobody has checked it"
    confirm(dora, card)
    dora.send_form("/publish", htmx=False)
    page = alice.get(f"/quizzes/cards/{slug}")
    assert "the new report" in page.said
    assert [row.kind for row in log_of(app, alice.person, slug)] == ["answer", "revise"]
    carol.get(card)
    carol.send_form("/withdraw", htmx=False)
    carol.send_form("/restore", htmx=False)
    assert "Carol brought it back" in carol.page.said
    assert [row.kind for row in log_of(app, alice.person, slug)][2:] == ["retire", "restore"]
    assert is_sound(app)


# ---- Files


def test_a_file_is_imported_whole_or_not_at_all_and_its_mistakes_are_named_by_line(
    app: Flask, carol: Browser, cohort: int
) -> None:
    deck = make_deck(carol, cohort)
    page = carol.get(f"{deck}/import")
    assert page.find("a", href=f"/cohorts/{cohort}/decks/example.csv")
    example = carol.http.get(f"/cohorts/{cohort}/decks/example.csv").get_data(as_text=True)
    broken = example.replace("sql.joins.outer", "sql.nowhere").replace("[x] stage", "stage")
    page = carol.post(f"{deck}/import", {"text": broken}, status=422)
    assert "Line 2, topic: Choose a topic of the roadmap." in page.said
    assert "answers: Line 1: begin with [x]" in page.said
    assert page.element("text").text, "the text is still there, to be mended"
    for text, sentence in (
        ("", "The file is empty"),
        ("topic,why\n", "no column is named question or sources"),
        ('topic;question;why;sources\n"', "the quotation marks do not fit"),
    ):
        assert sentence in carol.post(f"{deck}/import", {"text": text}, status=422).said
    page = carol.post(f"{deck}/import", {"file": (BytesIO(example.encode()), "cards.csv")})
    assert "This file brings 2 cards" in page.said
    assert "Before a commit, git … ." in page.said, "a card is called by its question, not by its answer"
    form = page.form("/import")
    assert page.element("text").text.startswith("topic,ask,level")
    accepted = {"token": form["token"], "text": example, "accept": "1"}
    for _ in range(2):
        carol.post(f"{deck}/import", accepted, status=303)
    assert len(carol.follow().find("a", class_="title")) == 2, "sent twice, imported once"
    sent = carol.http.get(f"{deck}/cards.csv").get_data(as_text=True)
    assert sent == example


def test_a_file_that_was_exported_is_read_again_letter_by_letter() -> None:
    odd = Draft("sql.joins.outer", "choice", "5", "analyse", **{name: RULE[name] for name in ("answers", "sources")})
    drafts = [
        replace(odd, question=question, why="'=1+1, or\n\"so\"; 'tis")
        for question in ("=SUM(A1)?", "'=SUM(A1)?", "''-x?", "- a\n- b", "'plain?", "＝x?")
    ]
    text = written(drafts)
    cells = [cell for row in csv.reader(StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(RUN_BY_SPREADSHEETS)], "no spreadsheet runs a cell"
    assert read_cards(text)[0] == drafts
    assert read_cards(written(EXAMPLES).replace("sql.joins.outer", "outer  Joins"))[0] == list(EXAMPLES)


# ---- Who sees what, and what is left


def test_mentors_of_another_cohort_learn_nothing_of_a_card_but_that_it_was_answered(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    eve = add_person(app, "eve@example.org", "Eve", role="mentor")
    assert alice.person
    assert carol.person
    assert dora.person
    with app.app_context():
        spring = add_cohort(eve, "Spring")
        join_cohort(spring, alice.person)
        _, card_id = publish_class_card(cohort, carol.person, dora.person, "Is a pelican a ==join==?")
        held = queries.find_card(alice.person.id, f"class-{card_id}")
        assert held is not None
        answer_wrongly(me_of(alice.person), held, NOW)
        db.session.execute(update(CardState).where(CardState.card_id == held.card_id).values(lapses=2))
        db.session.commit()
    here, there = (f"/cohorts/{id_}/learners/{alice.person.id}" for id_ in (cohort, spring))
    page = carol.get(here)
    for part in ("attempts", "cards"):
        assert "pelican" in page.element(part).text
    assert len(page.find("a", href=f"/cohorts/{cohort}/decks/cards/{card_id}")) == 2
    page = Browser(app).signed_in(eve).get(there)
    assert "pelican" not in page.html
    assert "A card of another cohort" in page.element("attempts").text
    with app.app_context():
        assert catalogue.card_titles(alice.person.id, [f"class-{card_id}"])
        assert catalogue.card_titles(eve.id, [f"class-{card_id}"]) == {}


def test_a_task_can_name_a_deck_of_the_cohort(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    assert carol.person
    assert dora.person
    with app.app_context():
        deck_id, card_id = publish_class_card(cohort, carol.person, dora.person)
    tasks = f"/cohorts/{cohort}/tasks"
    due = {"kind": "cards", "who": "all", "due_on": (NOW + timedelta(days=3)).date().isoformat()}
    page = carol.post(f"{tasks}/new", {**due, "deck": f"cohort.{deck_id}"})
    assert "House rules" in page.find("h1")[0].text
    carol.post(tasks, {**due, "deck": f"cohort.{deck_id}", "token": "x"}, status=303)
    carol.post(tasks, {**due, "slugs": f"class-{card_id}", "token": "y"}, status=303)
    assert "House rules" in alice.get("/tasks").said
    task = alice.page.find("a", class_="title")[0].get("href") or ""
    assert alice.get(task).find("a", href=f"/quizzes/cards/class-{card_id}")
    assert alice.person
    with app.app_context():
        cohort_actions.end_membership(cohort, alice.person.id, datetime.now(UTC))
        db.session.commit()
    page = alice.get(task)
    assert "You left the cohort" in page.said
    assert "Why so?" not in page.said, "nor does the old page tell what the cards ask"


def test_a_cohort_that_goes_leaves_only_what_somebody_knows(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, cohort: int
) -> None:
    assert carol.person
    assert dora.person
    with app.app_context():
        known, unknown = (publish_class_card(cohort, carol.person, dora.person)[1] for _ in range(2))
    learn(app, alice, f"class-{known}")
    with app.app_context():
        db.session.execute(delete(User).where(User.id.in_((carol.person.id, dora.person.id))))
        forget_cards([cohort])
        db.session.execute(delete(Cohort).where(Cohort.id == cohort))
        db.session.commit()
        left = db.session.scalars(select(Card.slug).where(Card.slug.in_((f"class-{known}", f"class-{unknown}")))).all()
        assert left == [f"class-{known}"]
        assert db.session.scalars(select(CohortCard)).all() == []
        assert len(db.session.scalars(select(Deck).where(Deck.id.like("cohort.%"))).all()) == 1
    alice.get(f"/quizzes/cards/class-{known}")
    assert is_sound(app)


def test_a_deck_is_told_what_its_cards_give_away_together(carol: Browser, cohort: int) -> None:
    deck = make_deck(carol, cohort)
    cards = [replace(EXAMPLES[0], bloom="remember" if number < 4 else "apply") for number in range(8)]
    carol.get(f"{deck}/import")
    token = carol.page.form("/import")["token"]
    carol.post(f"{deck}/import", {"text": written(cards), "token": token, "accept": "1"}, status=303)
    said = carol.follow().said
    assert "4 of 8 cards ask for a fact alone" in said
    assert "The right answer is the longest in 8 of 8 cards" in said


def test_many_drafts_go_to_their_check_at_once_and_are_checked_one_after_the_other(
    carol: Browser, dora: Browser, cohort: int
) -> None:
    deck = make_deck(carol, cohort)
    token = carol.get(f"{deck}/import").form("/import")["token"]
    carol.post(f"{deck}/import", {"text": written(EXAMPLES), "token": token, "accept": "1"}, status=303)
    carol.follow()
    assert "2 cards wait for their check." in carol.send_form("/ask", htmx=False).said
    assert "2 cards wait for you" in dora.get(f"/cohorts/{cohort}/decks").said
    dora.get(dora.page.find("a", class_="title")[0].get("href") or "")
    for left in (1, 0):
        dora.send_form("/check", htmx=False, blank="1")
        dora.send_form("/judge", htmx=False, verdict="right")
        assert ("Here is the next one." in dora.page.said) is (left == 1)
    assert "2 cards are checked and not published yet." in dora.page.said
