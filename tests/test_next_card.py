"""The card that comes with the feedback, and the frames that every learner's card is put into."""

from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from browser import Browser, Page, lint_page
from factories import add_person, held_by, log_of, right_answer, slugs_of, wrong_answer
from flask import Flask
from test_reviews import count_of, differences, kinds, learn, open_card, person_of, right, wrong

from portal.db import db
from portal.quizzes import reviews
from portal.quizzes.drawing import HOLES, Frame
from portal.quizzes.models import Card
from portal.quizzes.presentations import present, read
from quizzes.cards import Ask


def behind(browser: Browser) -> Page:
    """The question behind the feedback on the open page."""
    assert browser.page.kind == "feedback"
    assert browser.page.next is not None
    return browser.page.next


def go_on(browser: Browser) -> Page:
    """What site.js does when the proposed grade is taken: the question behind it becomes the page."""
    browser.page = behind(browser)
    return browser.page


def test_the_next_card_stands_behind_the_feedback_and_can_be_answered_without_asking_for_it(alice: Browser) -> None:
    first = open_card(alice)
    alice.answer(*right(alice))
    page = go_on(alice)
    assert (page.kind, page.card != first) == ("question", True)
    second = page.card
    alice.answer(*right(alice))
    assert [row.card_id for row in log_of(alice.app, person_of(alice))] == [
        held_by(alice.app, person_of(alice), slug).card_id for slug in (first, second)
    ]
    assert differences(alice.app) == []


def test_it_is_the_card_that_the_server_would_show_with_the_same_counts(alice: Browser) -> None:
    open_card(alice)
    alice.answer(*wrong(alice))
    waiting = behind(alice)
    asked = alice.choose(2)
    assert (waiting.kind, waiting.card) == (asked.kind, asked.card)
    assert [count_of(waiting, word) for word in ("due", "new", "again")] == [
        count_of(asked, word) for word in ("due", "new", "again")
    ]
    assert waiting.form("/undo")["action"] == asked.form("/undo")["action"]


@pytest.mark.parametrize("ask", list(Ask))
def test_it_says_nothing_of_its_own_answer(app: Flask, ask: Ask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=0))
    slug = slugs_of(app, ask)[-1]
    learn(alice, slug, days=20)
    learn(alice, slugs_of(app, Ask.NUMBER)[0], days=30)
    open_card(alice, Ask.NUMBER)
    alice.answer(*right(alice))
    waiting = behind(alice)
    assert waiting.card == slug
    sheet = held_by(alice.app, person_of(alice), slug).sheet
    assert sheet.why not in waiting.html
    assert "is_right" not in waiting.html
    assert not waiting.find("li", class_="option is-right")
    for option in sheet.options:
        assert option.reason == "" or option.reason not in waiting.html
        if ask in {Ask.NUMBER, Ask.SHORT, Ask.CLOZE}:
            assert f'value="{escape(option.text)}"' not in waiting.html


def test_after_another_grade_the_server_chooses_anew(alice: Browser) -> None:
    slug = open_card(alice)
    alice.answer(*right(alice))
    behind(alice)
    alice.choose(2)
    assert kinds(alice, slug) == ["answer", "regrade"]
    assert count_of(alice.page, "again") == 1


def test_the_last_card_of_the_day_has_none_behind_it(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=1))
    open_card(alice)
    assert alice.answer(*right(alice), htmx=True).next is None
    assert alice.choose(5).kind == "done"


def test_a_card_that_was_answered_elsewhere_meanwhile_moves_on(alice: Browser) -> None:
    open_card(alice)
    alice.answer(*right(alice))
    page = go_on(alice)
    held = held_by(alice.app, person_of(alice), page.card)
    other = Browser(alice.app).signed_in(person_of(alice))
    other.get(f"/quizzes/today?card={page.card}")
    other.answer(*right_answer(held))
    alice.answer(*wrong_answer(held), status=409)
    assert len(log_of(alice.app, person_of(alice))) == 2
    assert differences(alice.app) == []


def test_without_javascript_nothing_waits_behind_the_feedback(alice: Browser) -> None:
    open_card(alice)
    alice.answer(*right(alice), htmx=False)
    assert alice.page.kind == "feedback"
    assert alice.page.next is None


# ---- The time it waited


def test_the_time_behind_the_feedback_is_no_time_spent_on_the_card() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    shown, answered = present(1, 2, 3, noon), noon + timedelta(seconds=20)
    assert shown.waiting(15_000, answered).answer_ms(answered) == 5_000
    assert shown.waiting(15_000, answered).waited_ms(answered) == 5_000
    assert shown.waiting(99_000, answered).answer_ms(answered) == 0, "no more than has passed"


@pytest.mark.parametrize("waited", ["-5", "x", "", "1e9", "99999999999999999999999"])
def test_a_strange_waiting_time_breaks_nothing(alice: Browser, waited: str) -> None:
    slug = open_card(alice)
    alice.answer(*right(alice), waited=waited)
    (row,) = log_of(alice.app, person_of(alice), slug)
    assert 0 <= row.ms < 60_000


def test_turning_a_self_card_keeps_the_time_it_waited(alice: Browser) -> None:
    slug = open_card(alice, Ask.SELF)
    form = alice.page.form("/reveal")
    with alice.app.app_context():
        before = read(form["token"], person_of(alice).id, reviews.secret())
    page = alice.get(f"{form['action']}?token={form['token']}&waited=1", htmx=True)
    with alice.app.app_context():
        after = read(page.form(f"{slug}/answer")["token"], person_of(alice).id, reviews.secret())
    assert after.shown_ms == before.shown_ms + 1


# ---- Frames


def test_what_goes_into_a_hole_is_escaped_and_holes_in_it_are_not_filled() -> None:
    frame = Frame(f"<p>{HOLES.words}</p>{HOLES.words}")
    filled = frame.fill({"words": "<b>\0words\0</b>", "more": "unused"})
    assert filled == "<p>&lt;b&gt;\0words\0&lt;/b&gt;</p>&lt;b&gt;\0words\0&lt;/b&gt;"
    with pytest.raises(KeyError):
        frame.fill({})


def test_what_one_learner_types_and_carries_never_reaches_another(alice: Browser, bob: Browser) -> None:
    canary = "canary <7f3a>"
    slug = open_card(alice, Ask.SHORT)
    alice.answer(canary)
    assert escape(canary) in alice.page.html
    tokens = {element.get("value") for element in alice.page.find("input", type="hidden")}
    for htmx in (True, False):
        bob.get(f"/quizzes/today?card={slug}")
        page = bob.answer("something else", htmx=htmx)
        everything = page.html + ("" if page.next is None else page.next.html)
        assert "canary" not in everything
        assert tokens.isdisjoint(element.get("value") for element in page.find("input", type="hidden"))


def test_a_card_that_changes_is_drawn_anew(alice: Browser) -> None:
    slug = open_card(alice)
    with alice.app.app_context():
        card = db.session.scalars(db.select(Card).where(Card.slug == slug)).one()
        old = card.sheet
        card.sheet = old.replace('"why":"', '"why":"<p>A new reason.</p>')
        db.session.commit()
    try:
        alice.answer(*right(alice))
        assert "A new reason." in alice.page.html
    finally:
        with alice.app.app_context():
            db.session.execute(db.update(Card).where(Card.slug == slug).values(sheet=old))
            db.session.commit()


def test_a_template_inside_is_linted_too() -> None:
    with pytest.raises(AssertionError, match="the same id twice"):
        lint_page('<p></p><template id="next"><i id="a"></i><i id="a"></i></template>', is_whole=False)


def test_an_answer_that_is_a_sentence_keeps_its_one_full_stop(alice: Browser) -> None:
    sentences = [
        slug
        for slug in slugs_of(alice.app, Ask.CHOICE)
        if any(o.is_right and o.html.endswith(".") for o in held_by(alice.app, person_of(alice), slug).sheet.options)
    ]
    for slug in sentences[:3]:
        alice.get(f"/quizzes/today?card={slug}")
        alice.answer(*wrong(alice))
        assert "The answer is" in alice.page.said
        assert ".." not in alice.page.said
    assert sentences
