"""The daily review as learners live it: over HTTP, with and without htmx, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import escape, unescape

import pytest
from browser import Browser, Page
from factories import (
    Person,
    add_person,
    answer_card,
    answer_next,
    everything,
    held_by,
    log_of,
    me_of,
    right_answer,
    slugs_of,
    wrong_answer,
)
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.accounts.actions import save_profile
from portal.db import db
from portal.quizzes import queries, words
from portal.quizzes.presentations import present
from portal.quizzes.verifying import verify
from quizzes.cards import Ask
from quizzes.ledger import Memory
from quizzes.sm2 import Grade, Schedule, review

OBJECTIVE = [ask for ask in Ask if ask is not Ask.SELF]


def days_ago(days: int) -> datetime:
    """A moment of the same time of day."""
    return datetime.now(UTC) - timedelta(days=days)


def person_of(browser: Browser) -> Person:
    """Who is signed in."""
    assert browser.person is not None
    return browser.person


def memory(browser: Browser, slug: str) -> Memory:
    """What the database holds of this person's card."""
    return held_by(browser.app, person_of(browser), slug).memory


def kinds(browser: Browser, slug: str | None = None) -> list[str]:
    """What happened, oldest first."""
    return [row.kind for row in log_of(browser.app, person_of(browser), slug)]


def right(browser: Browser) -> list[str]:
    """The right answer to the card on the open page."""
    held = held_by(browser.app, person_of(browser), browser.page.card)
    return right_answer(held, browser.page.form("/answer")["token"])


def wrong(browser: Browser) -> list[str]:
    """A wrong answer to the card on the open page."""
    held = held_by(browser.app, person_of(browser), browser.page.card)
    return wrong_answer(held, browser.page.form("/answer")["token"])


def learn(browser: Browser, slug: str, days: int) -> None:
    """Answer a card rightly, so many days ago."""
    held = held_by(browser.app, person_of(browser), slug)
    with browser.app.app_context():
        answer_card(me_of(person_of(browser)), held, days_ago(days))


def open_card(browser: Browser, ask: Ask = Ask.CHOICE, number: int = 0) -> str:
    """Open today's page with a new card of this kind; its slug."""
    slug = slugs_of(browser.app, ask)[number]
    browser.get(f"/quizzes/today?card={slug}")
    assert (browser.page.kind, browser.page.card) == ("question", slug)
    return slug


def differences(app: Flask) -> list[str]:
    """What `flask reviews verify` would say."""
    with app.app_context():
        return list(verify())


def count_of(page: Page, word: str) -> int:
    """A number of the tally above the card: due, new, again, answered."""
    tally = next(element for element in page.elements if element.get("class") == "tally")
    found = re.search(rf"(\d+) {word}\b", tally.text.split(" of ")[-1])
    return int(found.group(1)) if found else 0


# ---- An answer is kept the moment it is given


@pytest.mark.parametrize("ask", OBJECTIVE)
def test_alice_closes_the_tab_on_the_feedback_and_nothing_is_lost(alice: Browser, ask: Ask) -> None:
    slug = open_card(alice, ask)
    alice.answer(*wrong(alice))
    assert alice.page.kind == "feedback"
    assert "Not quite." in alice.page.said
    (row,) = log_of(alice.app, person_of(alice))
    assert (row.kind, row.grade, row.proposed, row.is_right) == ("answer", 2, 2, False)
    assert row.misconceptions, "a wrong answer of ours shows a misconception"
    again = alice.get("/quizzes/today")
    assert again.kind == "question"
    assert again.card != slug
    assert kinds(alice) == ["answer"]
    assert memory(alice, slug).schedule == review(Schedule(), Grade.AGAIN)


@pytest.mark.parametrize("ask", OBJECTIVE)
def test_a_quick_right_answer_is_told_so_and_graded_easy(alice: Browser, ask: Ask) -> None:
    slug = open_card(alice, ask)
    page = alice.answer(*right(alice))
    assert "Right." in page.said
    (row,) = log_of(alice.app, person_of(alice))
    assert (row.grade, row.proposed, row.is_right, row.misconceptions) == (5, 5, True, None)
    chosen = [button for button in page.find("button", name="grade") if "primary" in (button.get("class") or "")]
    assert [button.get("value") for button in chosen] == ["5"]
    assert memory(alice, slug).due_on == row.day + timedelta(days=1)


@pytest.mark.parametrize("ask", OBJECTIVE)
def test_feedback_names_the_misconception_the_right_answer_the_reason_and_the_source(alice: Browser, ask: Ask) -> None:
    slug = open_card(alice, ask)
    sheet = held_by(alice.app, person_of(alice), slug).sheet
    html = alice.answer(*wrong(alice)).html
    assert html.isascii(), "one letter beyond ASCII makes a whole page four times dearer to join and encode"
    picked = next(option for option in sheet.options if not option.is_right)
    right = [option.html for option in sheet.options if option.is_right]
    for told in (picked.reason, *right, sheet.why):
        assert unescape(told) in unescape(html)
    assert all(escape(url) in html for _, url in sheet.sources)
    assert f"/roadmap/topics/{sheet.topic}" in html


def test_alice_does_not_know_and_says_so(alice: Browser) -> None:
    slug = open_card(alice, Ask.SHORT)
    page = alice.send_form("/answer", blank="1")
    assert "Now you will know it." in page.said
    assert [row.grade for row in log_of(alice.app, person_of(alice))] == [1]
    assert memory(alice, slug).last_grade == 1
    alice.choose(2)
    assert kinds(alice) == ["answer"], "on the short scale, again stands for not knowing: nothing to amend"


def test_the_same_answer_sent_twice_is_kept_once_and_told_alike(alice: Browser) -> None:
    open_card(alice)
    form, given = alice.page.form("/answer"), right(alice)
    fields = {"token": form["token"], "answer": given}
    first = alice.post(form["action"], fields, htmx=True)
    before = everything(alice.app)
    second = alice.post(form["action"], fields, htmx=True)
    assert without_tokens(first.html) == without_tokens(second.html)
    assert everything(alice.app) == before
    assert kinds(alice) == ["answer"]


def test_another_answer_to_the_same_showing_is_refused_and_the_first_counts(alice: Browser) -> None:
    open_card(alice)
    form, good, bad = alice.page.form("/answer"), right(alice), wrong(alice)
    alice.post(form["action"], {"token": form["token"], "answer": good}, htmx=True)
    before = everything(alice.app)
    page = alice.post(form["action"], {"token": form["token"], "answer": bad}, htmx=True, status=422)
    assert "the first answer counts" in page.said
    assert everything(alice.app) == before


@pytest.mark.parametrize("is_right", [True, False])
def test_a_card_answered_on_the_phone_is_told_so_on_the_laptop(alice: Browser, is_right: bool) -> None:
    phone = Browser(alice.app).signed_in(person_of(alice))
    slug = open_card(alice)
    phone.get(f"/quizzes/today?card={slug}")
    alice.answer(*(right(alice) if is_right else wrong(alice)))
    before = everything(alice.app)
    page = phone.answer(*wrong(phone), status=409)
    assert "answered on another page or device" in page.said
    assert page.kind == "question"
    assert (page.card == slug) is not is_right, "a card that comes again today is shown afresh, otherwise the next one"
    assert everything(alice.app) == before
    phone.answer(*right(phone))
    assert kinds(alice) == ["answer", "answer"]


def test_a_token_of_bobs_is_nothing_to_alice(alice: Browser, bob: Browser) -> None:
    slug = open_card(alice)
    bob.get(f"/quizzes/today?card={slug}")
    token = bob.page.form("/answer")["token"]
    alice.post(f"/quizzes/cards/{slug}/answer", {"token": token, "answer": right(alice)}, htmx=True, status=404)
    assert kinds(alice) == kinds(bob) == []


@pytest.mark.parametrize("place", [0, 13, 16, 20, -21, -1])
def test_a_token_with_one_letter_changed_is_refused(alice: Browser, place: int) -> None:
    open_card(alice)
    token = alice.page.form("/answer")["token"]
    letters = list(token)
    letters[place] = "b" if letters[place] != "b" else "c"
    alice.answer(*right(alice), token="".join(letters), status=404)
    assert kinds(alice) == []


@pytest.mark.parametrize("token", ["", ".", "a.b.c.d.e.f", "\N{SNOWMAN}", "x" * 3000])
def test_a_token_that_never_was_one_is_refused(alice: Browser, token: str) -> None:
    open_card(alice)
    alice.answer(*right(alice), token=token, status=404)
    assert kinds(alice) == []


def test_a_token_of_another_card_is_refused(alice: Browser) -> None:
    open_card(alice, number=1)
    token = alice.page.form("/answer")["token"]
    open_card(alice)
    page = alice.answer(*right(alice), token=token, status=404)
    assert "belongs to another card" in page.said
    assert kinds(alice) == []


@pytest.mark.parametrize(
    ("ask", "given", "sentence"),
    [
        (Ask.CHOICE, [], "Pick an answer"),
        (Ask.CHOICE, ["abc123"], "not on this card"),
        (Ask.MULTI, [], "Pick an answer"),
        (Ask.NUMBER, ["about four"], "Type a number in digits"),
        (Ask.NUMBER, ["1", "2"], "Type one answer"),
        (Ask.SHORT, ["x" * 201], "too long"),
        (Ask.CLOZE, [], "Type one answer"),
    ],
)
def test_an_answer_that_cannot_be_judged_is_asked_for_again(
    alice: Browser, ask: Ask, given: list[str], sentence: str
) -> None:
    slug = open_card(alice, ask)
    page = alice.answer(*given, status=422)
    assert sentence in page.said
    assert (page.kind, page.card) == ("question", slug)
    assert kinds(alice) == []


def test_what_alice_typed_stands_in_the_form_that_comes_back(alice: Browser) -> None:
    open_card(alice, Ask.NUMBER)
    page = alice.answer('"about" <four>', status=422)
    assert [element.get("value") for element in page.find("input", name="answer")] == ['"about" <four>']


def test_a_card_that_does_not_exist_has_no_pages(alice: Browser) -> None:
    open_card(alice)
    token = alice.page.form("/answer")["token"]
    for tail in ("answer", "bury", "suspend", "resume", "report"):
        alice.post(f"/quizzes/cards/no-such-card/{tail}", {"token": token}, htmx=True, status=404)
    for url in ("/quizzes/today?card=no-such-card", "/quizzes/cards/no-such-card", "/quizzes/decks/no-such-deck"):
        alice.get(url, status=404)


# ---- Grades


@pytest.mark.parametrize("grade", [2, 3, 4])
def test_another_grade_at_the_feedback_appends_a_row_and_counts_as_if_chosen_at_once(
    alice: Browser, grade: int
) -> None:
    slug = open_card(alice)
    alice.answer(*right(alice))
    alice.choose(grade)
    assert kinds(alice, slug) == ["answer", "regrade"]
    answer, amendment = log_of(alice.app, person_of(alice), slug)
    assert (answer.grade, amendment.grade, amendment.takes_back) == (5, grade, answer.version)
    now_known = memory(alice, slug)
    assert now_known.schedule == review(Schedule(), Grade(grade))
    assert (now_known.again_on is not None) == (grade < 4)
    assert differences(alice.app) == []


def test_the_proposed_grade_needs_no_second_row(alice: Browser) -> None:
    slug = open_card(alice)
    alice.answer(*right(alice))
    page = alice.choose(5)
    assert page.kind == "question"
    assert kinds(alice, slug) == ["answer"]


def test_alice_changes_her_mind_about_the_grade_more_than_once(alice: Browser) -> None:
    slug = open_card(alice)
    feedback = alice.answer(*right(alice))
    for grade in (3, 2, 4, 4):
        alice.page = feedback
        alice.choose(grade)
    assert kinds(alice, slug) == ["answer", "regrade", "regrade", "regrade"]
    assert memory(alice, slug).schedule == review(Schedule(), Grade.GOOD)
    assert differences(alice.app) == []


@pytest.mark.parametrize("grade", ["6", "-1", "abc", "", "4.0", "99999999999999999999"])
@pytest.mark.parametrize("ask", [Ask.CHOICE, Ask.SELF])
def test_a_grade_out_of_range_is_refused_and_nothing_changes(alice: Browser, ask: Ask, grade: str) -> None:
    open_card(alice, ask)
    if ask is Ask.CHOICE:
        alice.answer(*right(alice))
    else:
        reveal(alice)
    before = everything(alice.app)
    page = alice.choose(grade, status=422)
    assert "whole number from 0 to 5" in page.said
    assert everything(alice.app) == before


def test_each_button_says_when_the_card_would_come_back(alice: Browser) -> None:
    slug = slugs_of(alice.app, Ask.CHOICE)[0]
    learn(alice, slug, 9)
    learn(alice, slug, 8)
    alice.get(f"/quizzes/today?card={slug}")
    known = memory(alice, slug).schedule
    page = alice.answer(*right(alice))
    told = {
        button.get("value"): small.text
        for small in page.find("small")
        for button in small.parents
        if button.get("name") == "grade"
    }
    wanted = {str(int(grade)): words.interval(review(known, grade).interval_days) for grade in list(Grade)[3:]}
    assert told == {"2": "today", **wanted}


def test_bob_sees_all_six_grades_when_he_asks_for_them(app: Flask) -> None:
    bob = Browser(app).signed_in(add_person(app, "bob@example.org", "Bob", has_full_scale=True))
    slug = open_card(bob)
    page = bob.answer(*wrong(bob))
    assert [button.get("value") for button in page.find("button", name="grade")] == list("012345")
    assert [button.get("aria-keyshortcuts") for button in page.find("button", name="grade")] == list("012345")
    bob.choose(0)
    assert memory(bob, slug).schedule == review(Schedule(), Grade.BLACKOUT)


# ---- Cards that only the learner can judge


def reveal(browser: Browser, htmx: bool = True) -> Page:
    """Turn the self card on the open page."""
    form = browser.page.form("/reveal")
    return browser.get(f"{form['action']}?token={form['token']}", htmx=htmx)


@pytest.mark.parametrize("htmx", [True, False])
def test_alice_turns_a_card_over_and_grades_herself(alice: Browser, htmx: bool) -> None:
    slug = open_card(alice, Ask.SELF)
    sheet = held_by(alice.app, person_of(alice), slug).sheet
    assert sheet.answer not in alice.page.html
    before = everything(alice.app)
    page = reveal(alice, htmx)
    assert page.kind == "revealed"
    assert sheet.answer in page.html
    assert everything(alice.app) == before, "turning a card over counts nothing"
    page = alice.choose(4, htmx=htmx)
    assert page.kind == "question"
    (row,) = log_of(alice.app, person_of(alice))
    assert (row.grade, row.given, row.is_right) == (4, None, None)


def test_a_self_grade_sent_twice_counts_once_and_another_one_is_refused(alice: Browser) -> None:
    slug = open_card(alice, Ask.SELF)
    revealed = reveal(alice)
    alice.choose(4)
    alice.page = revealed
    assert alice.choose(4).kind == "question"
    alice.page = revealed
    alice.choose(2, status=422)
    assert kinds(alice, slug) == ["answer"]


def test_only_cards_without_a_computed_answer_can_be_turned_over(alice: Browser) -> None:
    slug = open_card(alice)
    token = alice.page.form("/answer")["token"]
    alice.get(f"/quizzes/cards/{slug}/reveal?token={token}", htmx=True, status=404)
    alice.get(f"/quizzes/cards/{slug}/reveal", htmx=True, status=404)


def test_a_self_card_answered_elsewhere_is_not_turned_over(alice: Browser) -> None:
    open_card(alice, Ask.SELF)
    form = alice.page.form("/reveal")
    reveal(alice)
    alice.choose(4)
    page = alice.get(f"{form['action']}?token={form['token']}", htmx=True, status=409)
    assert "another page or device" in page.said


# ---- Too fast to be meant


def test_a_click_meant_for_the_card_before_counts_nothing_and_loses_nothing(
    alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(alice.app.config, "MIN_ANSWER_MS", 5_000)
    slug = open_card(alice, Ask.SHORT)
    page = alice.answer("select 1 & more", status=409)
    assert "too fast" in page.said
    assert (page.kind, page.card) == ("question", slug)
    assert [element.get("value") for element in page.find("input", name="answer")] == ["select 1 & more"]
    assert kinds(alice) == []


def test_the_same_showing_can_be_answered_once_a_human_could_have_read_it(
    alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(alice.app.config, "MIN_ANSWER_MS", 5_000)
    slug = open_card(alice)
    held, long_ago = held_by(alice.app, person_of(alice), slug), datetime.now(UTC) - timedelta(seconds=6)
    shown = present(person_of(alice).id, held.card_id, 0, long_ago)
    alice.answer(*right(alice), token=shown.sign(alice.app.config["SECRET_KEY"]))
    (row,) = log_of(alice.app, person_of(alice))
    assert 6_000 <= row.ms < 12_000


def test_a_double_click_neither_grades_nor_takes_back(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = open_card(alice)
    alice.answer(*right(alice))
    monkeypatch.setitem(alice.app.config, "MIN_ANSWER_MS", 5_000)
    feedback = alice.get(f"/quizzes/answers/{log_of(alice.app, person_of(alice))[0].id}")
    assert "too fast" in alice.choose(2, status=409).said
    alice.page = feedback
    assert "too fast" in alice.send_form("/undo", status=409).said
    for action in ("/bury", "/suspend"):
        alice.page = feedback
        assert "too fast" in alice.send_form(action, status=409).said
    assert kinds(alice, slug) == ["answer"]


def test_a_held_key_does_not_grade_the_card_it_turned(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = open_card(alice, Ask.SELF)
    monkeypatch.setitem(alice.app.config, "MIN_ANSWER_MS", 5_000)
    reveal(alice)
    page = alice.choose(4, status=409)
    assert (page.kind, page.card) == ("revealed", slug)
    assert kinds(alice) == []


# ---- Taking back


def test_alice_takes_back_any_answer_of_the_day(alice: Browser) -> None:
    slugs = []
    for _ in range(3):
        page = alice.get("/quizzes/today")
        slugs.append(page.card)
        alice.answer(*right(alice))
        alice.choose(4)
    first = log_of(alice.app, person_of(alice), slugs[0])[0]
    alice.get("/quizzes/answers")
    assert "3 answers today" in alice.page.said
    page = alice.send_form(f"/quizzes/answers/{first.id}/undo", htmx=False)
    assert (page.kind, page.card) == ("question", slugs[0])
    assert kinds(alice, slugs[0]) == ["answer", "regrade", "undo"]
    assert memory(alice, slugs[0]).is_new
    assert [memory(alice, slug).reviews for slug in slugs] == [0, 1, 1]
    assert count_of(alice.get("/quizzes/today"), "new") == 8
    assert differences(alice.app) == []


def test_taking_back_twice_is_taking_back_once(alice: Browser) -> None:
    slug = open_card(alice)
    feedback = alice.answer(*right(alice))
    alice.send_form("/undo")
    before = everything(alice.app)
    alice.page = feedback
    page = alice.send_form("/undo")
    assert (page.kind, page.card) == ("question", slug)
    assert everything(alice.app) == before
    assert kinds(alice) == ["answer", "undo"]


def test_the_last_answer_can_be_taken_back_when_all_is_done(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=1))
    slug = alice.get("/quizzes/today").card
    alice.answer(*right(alice))
    assert alice.choose(4).kind == "done"
    assert alice.get("/quizzes/today").kind == "done"
    page = alice.send_form("/undo")
    assert (page.kind, page.card) == ("question", slug)
    assert memory(alice, slug).is_new


def test_an_answer_taken_back_can_be_given_anew(alice: Browser) -> None:
    slug = open_card(alice)
    alice.answer(*wrong(alice))
    alice.send_form("/undo")
    alice.answer(*right(alice))
    assert kinds(alice, slug) == ["answer", "undo", "answer"]
    assert memory(alice, slug).schedule == review(Schedule(), Grade.EASY)
    assert differences(alice.app) == []


def test_an_answer_taken_back_takes_no_grade_and_has_no_feedback(alice: Browser) -> None:
    open_card(alice)
    feedback = alice.answer(*right(alice))
    answer_id = log_of(alice.app, person_of(alice))[0].id
    alice.send_form("/undo")
    alice.get(f"/quizzes/answers/{answer_id}", status=303)
    alice.page = feedback
    assert "another page or device" in alice.choose(3, status=409).said
    assert kinds(alice) == ["answer", "undo"]


def test_yesterdays_answer_stays_as_it_is(alice: Browser) -> None:
    with alice.app.app_context():
        _, answer_id = answer_next(me_of(person_of(alice)), days_ago(1))
    before = everything(alice.app)
    for tail, fields in (("undo", {}), ("grade", {"grade": "3", "token": token_for(alice, answer_id)})):
        page = alice.post(f"/quizzes/answers/{answer_id}/{tail}", fields, htmx=True, status=409)
        assert "a day that is over" in page.said
    alice.get(f"/quizzes/answers/{answer_id}", status=303)
    assert everything(alice.app) == before


def token_for(browser: Browser, answer_id: int) -> str:
    """A token as the feedback of this answer carried it."""
    row = next(row for row in log_of(browser.app, person_of(browser)) if row.id == answer_id)
    shown = present(row.learner_id, row.card_id, row.version + 1, row.at)
    return shown.sign(browser.app.config["SECRET_KEY"])


# ---- The answer is not on the page before it is asked for


@pytest.mark.parametrize("ask", list(Ask))
def test_no_question_carries_its_answer(alice: Browser, ask: Ask) -> None:
    slugs = slugs_of(alice.app, ask)
    assert slugs, f"no {ask} card"
    for slug in slugs:
        sheet = held_by(alice.app, person_of(alice), slug).sheet
        page = alice.get(f"/quizzes/today?card={slug}", htmx=True)
        hidden = [sheet.why, sheet.answer, *(option.reason for option in sheet.options)]
        assert not [part for part in hidden if part and part in page.html], slug
        beliefs = {option.misconception for option in sheet.options} - {""}
        assert not [belief for belief in beliefs if belief not in slug and belief in page.html], slug
        assert not re.search(r"right|correct|misconception", " ".join(marks_of(page))), slug
        if ask in (Ask.NUMBER, Ask.SHORT, Ask.CLOZE):
            texts = {option.text for option in sheet.options} | set(sheet.accept)
            assert not texts & values_in_form(page), slug
            assert not [text for text in texts if len(text) > 3 and text in page.element("ask").text], slug


def values_in_form(page: Page) -> set[str]:
    """What the attributes inside the form that asks could give away."""
    form = page.element("ask")
    inside = [element for element in page.elements if form in element.parents]
    telling = {"value", "placeholder", "title", "aria-label", "pattern", "list"}
    return {
        value
        for element in inside
        for name, value in element.attributes.items()
        if name in telling or name.startswith("data-")
    }


def marks_of(page: Page) -> list[str]:
    """Classes, names and data attributes of the question: what could tell options apart."""
    names = [name for element in page.elements for name in element.attributes if name.startswith("data-")]
    return names + [element.get(name) or "" for element in page.elements for name in ("class", "name", "id")]


@pytest.mark.parametrize("ask", [Ask.CHOICE, Ask.MULTI])
def test_right_and_wrong_options_look_alike_and_stand_anywhere(alice: Browser, ask: Ask) -> None:
    places = set()
    for slug in slugs_of(alice.app, ask)[:20]:
        sheet = held_by(alice.app, person_of(alice), slug).sheet
        inputs = alice.get(f"/quizzes/today?card={slug}", htmx=True).find("input", name="answer")
        looks = {(*sorted(set(element.attributes) - {"checked"}), element.get("type")) for element in inputs}
        assert len(looks) == 1, slug
        keys = [element.get("value") for element in inputs]
        assert sorted(map(str, keys)) == sorted(option.key for option in sheet.options)
        places.add(keys.index(next(option.key for option in sheet.options if option.is_right)))
    assert len(places) > 1, "the key always stands at the same place"


def test_a_question_shown_again_keeps_the_order_of_its_options(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    open_card(alice)
    keys = [element.get("value") for element in alice.page.find("input", name="answer")]
    monkeypatch.setitem(alice.app.config, "MIN_ANSWER_MS", 5_000)
    for _ in range(3):
        page = alice.answer(*right(alice), status=409)
        assert [element.get("value") for element in page.find("input", name="answer")] == keys


def test_the_card_page_keeps_the_answer_until_alice_has_given_one(alice: Browser) -> None:
    slug = open_card(alice)
    why = held_by(alice.app, person_of(alice), slug).sheet.why
    assert why not in alice.get(f"/quizzes/cards/{slug}").html
    alice.get(f"/quizzes/today?card={slug}")
    alice.answer(*right(alice))
    assert why in alice.get(f"/quizzes/cards/{slug}").html


# ---- The day: order, limits, repeats, the end


@pytest.mark.parametrize("grade", [2, 3])
def test_a_shaky_card_comes_again_until_it_is_good_and_keeps_its_schedule(app: Flask, grade: int) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=1))
    slug = alice.get("/quizzes/today").card
    alice.answer(*right(alice))
    page = alice.choose(grade)
    planned = memory(alice, slug)
    for again in (grade, 4):
        assert (page.kind, page.card, count_of(page, "again")) == ("question", slug, 1)
        page = alice.answer(*right(alice))
        assert "does not change when the card comes back" in page.said
        page = alice.choose(again)
    assert page.kind == "done"
    known = memory(alice, slug)
    assert (known.schedule, known.due_on, known.reviews) == (planned.schedule, planned.due_on, 1)
    assert planned.schedule == review(Schedule(), Grade(grade))
    assert differences(alice.app) == []


def test_repeats_wait_while_other_cards_are_there(alice: Browser) -> None:
    slug = alice.get("/quizzes/today").card
    alice.answer(*wrong(alice))
    page = alice.choose(2)
    assert page.card != slug
    assert (count_of(page, "new"), count_of(page, "again")) == (9, 1)


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_day_brings_as_many_new_cards_as_the_learner_wants(app: Flask, limit: int) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=limit))
    page = alice.get("/quizzes/today")
    for left in range(limit, 0, -1):
        assert (page.kind, count_of(page, "new")) == ("question", left)
        page = answer_rightly(alice)
    assert page.kind == "done"
    assert ("Nothing is due." in page.said) == (limit == 0)


def test_what_is_most_likely_forgotten_comes_first(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=0))
    steady, latest, earlier = slugs_of(app, Ask.CHOICE)[:3]
    learn(alice, steady, 26)
    learn(alice, steady, 25)  # interval 6, 25 days ago: 0.9 ** 4.2
    learn(alice, earlier, 10)  # interval 1, ten days ago: 0.9 ** 10
    learn(alice, latest, 3)  # interval 1, three days ago: 0.9 ** 3
    seen = []
    page = alice.get("/quizzes/today")
    assert count_of(page, "due") == 3
    while page.kind != "done":
        seen.append(page.card)
        alice.answer(*right(alice))
        page = alice.choose(4)
    assert seen == [earlier, steady, latest]


def test_the_counts_are_what_then_comes(alice: Browser) -> None:
    with alice.app.app_context():
        for _ in range(4):
            answer_next(me_of(person_of(alice)), days_ago(2))
    page = alice.get("/quizzes/today")
    promised = (count_of(page, "due"), count_of(page, "new"))
    assert promised == (4, 10)
    badge = page.find("span", class_="count")[0].text
    assert badge == "14 due"
    new, due = 0, 0
    while page.kind != "done":
        is_new = memory(alice, page.card).is_new
        new, due = new + is_new, due + (not is_new)
        page = answer_rightly(alice)
        assert count_of(page, "due") == 4 - due
        assert count_of(page, "new") == 10 - new
    assert (due, new) == promised
    assert count_of(page, "answered") == 14


def answer_rightly(browser: Browser) -> Page:
    """Answer whatever card is asked, graded good; the next page."""
    if browser.page.find("form", method="get", id="ask"):
        reveal(browser)
    else:
        browser.answer(*right(browser))
    return browser.choose(4)


def test_all_done_says_when_the_next_cards_come_and_what_to_do_now(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=2))
    alice.get("/quizzes/today")
    answer_rightly(alice)
    page = answer_rightly(alice)
    assert page.kind == "done"
    assert "You answered 2 cards in about 1 minute, and 2 of 2 were right." in page.said
    assert "The next cards come tomorrow: 4 cards, 2 of them new." in page.said
    assert page.find("a", href="/roadmap")


def test_all_done_without_new_cards_names_the_day(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=1))
    with app.app_context():
        who = me_of(person_of(alice))
        held, _ = answer_next(who, days_ago(1))
        db.session.execute(text("UPDATE users SET new_per_day = 0"))
        db.session.commit()
    assert alice.get("/quizzes/today").card == held.slug
    page = answer_rightly(alice)
    assert "The next cards come in 6 days: 1 card." in page.said


def test_a_flight_to_the_west_neither_doubles_a_day_nor_loses_a_card(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice", zone="Pacific/Auckland", new_per_day=3)
    in_auckland = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # the morning of the 23rd there, of the 22nd in Honolulu
    with app.app_context():
        for _ in range(2):
            answer_next(me_of(alice), in_auckland, Grade.GOOD)
        save_profile(alice.id, zone="Pacific/Honolulu")
        db.session.commit()
        days = [queries.today(me_of(alice), in_auckland + timedelta(hours=hours)) for hours in (1, 24, 45, 46)]
    assert [today.day.day for today in days] == [23, 23, 24, 24]
    assert [(today.counts.fresh, today.counts.due, today.answers) for today in days[:3]] == [
        (1, 0, 2),
        (1, 0, 2),
        (3, 2, 0),
    ]


def test_the_day_turns_at_the_hour_the_learner_chose(app: Flask) -> None:
    alice = add_person(app, "alice@example.org", "Alice", zone="Europe/Berlin", rollover_hour=4)
    evening = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    with app.app_context():
        who = me_of(alice)
        answer_next(who, evening, Grade.GOOD)
        due = [queries.today(who, evening + timedelta(minutes=minutes)).counts.due for minutes in (0, 299, 300)]
    assert due == [0, 0, 1], "23:00 to 03:59 is still Sunday in Berlin"


def test_a_newcomer_with_no_cards_to_come_is_told_so(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=0))
    page = alice.get("/quizzes/today")
    assert "No card is waiting for a later day yet." in page.said


# ---- Not today, put aside, report


@pytest.mark.parametrize("htmx", [True, False])
def test_a_buried_card_waits_until_tomorrow(alice: Browser, htmx: bool) -> None:
    slug = alice.get("/quizzes/today").card
    page = alice.send_form("/bury", htmx=htmx)
    assert page.kind == "question"
    assert page.card != slug
    assert "waits until tomorrow" in page.said
    assert kinds(alice, slug) == ["bury"]
    with alice.app.app_context():
        who = me_of(person_of(alice))
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        held = queries.next_card(who, queries.today(who, tomorrow))
    assert held is not None
    assert held.slug == slug


@pytest.mark.parametrize("htmx", [True, False])
def test_a_card_put_aside_comes_back_when_it_is_taken_up_again(alice: Browser, htmx: bool) -> None:
    slug = alice.get("/quizzes/today").card
    page = alice.send_form("/suspend", htmx=htmx)
    assert "put aside" in page.said
    assert page.card != slug
    assert alice.get(f"/quizzes/today?card={slug}").card != slug, "a card put aside is not asked"
    alice.get(f"/quizzes/cards/{slug}")
    page = alice.send_form("/resume", htmx=False)
    assert "back in your review" in page.said
    assert alice.get("/quizzes/today").card == slug
    assert kinds(alice, slug) == ["suspend", "resume"]
    assert differences(alice.app) == []


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("action", ["bury", "suspend"])
def test_a_card_just_answered_can_be_put_off_from_its_feedback(alice: Browser, action: str, htmx: bool) -> None:
    slug = open_card(alice)
    alice.answer(*wrong(alice), htmx=htmx)
    page = alice.send_form(f"/{action}", htmx=htmx)
    assert (page.kind, count_of(page, "again")) == ("question", 0)
    assert kinds(alice, slug) == ["answer", action]
    assert differences(alice.app) == []


def test_a_card_put_aside_elsewhere_takes_no_answer(alice: Browser) -> None:
    slug = open_card(alice)
    question, given = alice.page, right(alice)
    alice.send_form("/suspend")
    alice.page = question
    page = alice.answer(*given, status=409)
    assert page.card != slug
    assert kinds(alice) == ["suspend"]


def test_a_suspended_card_with_a_fresh_token_takes_no_answer(alice: Browser) -> None:
    slug = open_card(alice)
    given = right(alice)
    action = alice.page.form("/answer")["action"]
    alice.send_form("/suspend")
    held = held_by(alice.app, person_of(alice), slug)
    shown = present(person_of(alice).id, held.card_id, 1, datetime.now(UTC))
    fields = {"token": shown.sign(alice.app.config["SECRET_KEY"]), "answer": given}
    alice.post(action, fields, htmx=True, status=409)
    assert kinds(alice) == ["suspend"]


def test_a_mistake_is_reported_and_read_by_a_mentor(alice: Browser, carol: Browser) -> None:
    slug = open_card(alice)
    alice.get(f"/quizzes/cards/{slug}/report")
    page = alice.send_form("/report", htmx=False, reason="key", text="The <b>key</b> should be O(n).")
    assert "A mentor will read your report." in page.said
    assert "The <b>key</b> should be O(n)." in carol.get("/quizzes/reports").said


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "key", "text": ""}, "Say in a sentence what is wrong."),
        ({"reason": "key", "text": "x" * 2001}, "at most 2,000 characters"),
        ({"reason": "nonsense", "text": "What?"}, "Not a valid choice"),
    ],
)
def test_a_report_that_says_nothing_is_asked_for_again(alice: Browser, fields: dict[str, str], sentence: str) -> None:
    slug = open_card(alice)
    before = everything(alice.app)
    page = alice.post(f"/quizzes/cards/{slug}/report", fields, status=422)
    assert sentence in page.said
    assert everything(alice.app) == before


# ---- Looking back


def test_the_card_page_tells_all_that_happened(alice: Browser) -> None:
    slug = open_card(alice)
    alice.answer(*wrong(alice))
    alice.choose(3)
    alice.get("/quizzes/answers")
    alice.send_form("/undo", htmx=False)
    alice.answer(*right(alice))
    page = alice.get(f"/quizzes/cards/{slug}")
    rows = [row.text for row in page.find("tr")[1:]]
    assert len(rows) == 4
    for row, part in zip(rows, ("easy (5)", "taken back", "hard (3)", "again (2)"), strict=True):
        assert part in row
    assert "Comes back tomorrow" in page.said
    assert "Ease 2.60" in page.said


def test_todays_answers_are_listed_with_the_grade_that_counts(alice: Browser) -> None:
    open_card(alice)
    alice.answer(*right(alice))
    alice.choose(3)
    open_card(alice, Ask.SHORT)
    alice.answer(*wrong(alice))
    alice.send_form("/undo")
    open_card(alice, Ask.SELF)
    reveal(alice)
    alice.choose(4)
    page = alice.get("/quizzes/answers")
    rows = [row.text for row in page.find("li")]
    assert ["graded by you · good" in rows[0], "taken back" in rows[1], "right · hard" in rows[2]] == [True] * 3
    assert len(page.find("button", class_="button")) == 2


# ---- The same page with and without htmx


def without_tokens(html: str) -> str:
    """HTML without what differs between two showings."""
    html = re.sub(r'<input type="hidden" name="csrf_token" value="[^"]*">', "", html)  # htmx sends it as a header
    return re.sub(r'(name="token" value="|answer-)[^"]*', r"\1", html)


def lines_of(html: str) -> list[str]:
    """Its lines without tokens, keys and order: a new showing shuffles the options."""
    plain = re.sub(r' aria-keyshortcuts="\d"|<kbd aria-hidden="true">\d</kbd>', "", without_tokens(html))
    return sorted(line for line in re.sub(r"\s*<", "\n<", plain).splitlines() if line)


def review_part(page: Page) -> str:
    """The review inside its page."""
    start, end = page.html.index('<section id="review"'), page.html.index('<dialog id="keys"')
    return page.html[start:end]


@pytest.mark.parametrize("ask", list(Ask))
def test_a_question_looks_the_same_in_its_page_and_alone(alice: Browser, ask: Ask) -> None:
    slug = slugs_of(alice.app, ask)[0]
    page = alice.get(f"/quizzes/today?card={slug}")
    alone = alice.get(f"/quizzes/today?card={slug}", htmx=True)
    assert lines_of(review_part(page)) == lines_of(alone.html)
    assert "<html" not in alone.html


def test_feedback_answers_and_the_end_look_the_same_in_their_page_and_alone(app: Flask) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=1))
    alice.get("/quizzes/today")
    told = alice.answer(*wrong(alice))
    answer_id = log_of(app, person_of(alice))[0].id
    page = alice.get(f"/quizzes/answers/{answer_id}")
    assert lines_of(review_part(page)) == lines_of(told.html)
    alice.choose(2)
    alice.answer(*right(alice))
    end = alice.choose(4)
    assert end.kind == "done"
    assert lines_of(review_part(alice.get("/quizzes/today"))) == lines_of(end.html)


def test_a_revealed_card_looks_the_same_in_its_page_and_alone(alice: Browser) -> None:
    open_card(alice, Ask.SELF)
    question = alice.page
    alone = reveal(alice)
    alice.page = question
    assert lines_of(review_part(reveal(alice, htmx=False))) == lines_of(alone.html)


def test_a_refusal_looks_the_same_in_its_page_and_alone(alice: Browser) -> None:
    slug = open_card(alice)
    alone = alice.answer(status=422)
    alice.get(f"/quizzes/today?card={slug}")
    page = alice.answer(htmx=False, status=422)
    assert lines_of(review_part(page)) == lines_of(alone.html)


def test_every_form_of_the_review_works_without_javascript(alice: Browser) -> None:
    slug = open_card(alice)
    page = alice.answer(*wrong(alice), htmx=False)
    assert (page.kind, page.card) == ("feedback", slug)
    page = alice.choose(3, htmx=False)
    assert page.kind == "question"
    assert page.card != slug
    page = alice.send_form("/undo", htmx=False)
    assert (page.kind, page.card) == ("question", slug)
    assert kinds(alice) == ["answer", "regrade", "undo"]


@pytest.mark.parametrize("tail", ["bury", "suspend", "resume"])
def test_the_buttons_of_the_card_page_lead_back_to_it(alice: Browser, tail: str) -> None:
    slug = open_card(alice)
    alice.post(f"/quizzes/cards/{slug}/{tail}", status=303)
    assert alice.response.location == f"/quizzes/cards/{slug}"
    assert kinds(alice) == [tail]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_visitor_tries_a_card_and_nothing_is_kept(client: Browser, htmx: bool) -> None:
    before = everything(client.app)
    page = client.get("/quizzes/try")
    slug = page.form("/try")["slug"]
    with client.app.app_context():
        held = queries.find_card(0, slug)
    assert held is not None
    assert held.sheet.why not in page.html
    told = client.post("/quizzes/try", {"slug": slug, "answer": wrong_answer(held)}, htmx=htmx)
    assert held.sheet.why in told.html
    assert told.find("a", href="/sign-up")
    assert everything(client.app) == before


@pytest.mark.parametrize(("fields", "status"), [({}, 422), ({"answer": "zzz"}, 422), ({"slug": "none"}, 404)])
def test_a_visitors_bad_answer_is_told_in_words(client: Browser, fields: dict[str, str], status: int) -> None:
    page = client.post("/quizzes/try", fields, htmx=True, status=status)
    assert page.element("problem").text


# ---- The ledger


def test_the_database_itself_refuses_to_change_the_log(alice: Browser) -> None:
    open_card(alice)
    alice.answer(*right(alice))
    with alice.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("UPDATE review_log SET grade = 4"))
    assert [row.grade for row in log_of(alice.app, person_of(alice))] == [5]


def test_eight_devices_send_one_showing_and_one_answer_is_kept(alice: Browser) -> None:
    """Each hears the same, options as they stood there; the card behind it is a new showing, so its options are not."""
    while not options_in(alice.get("/quizzes/today").html):
        alice.answer(*right(alice))  # the card behind must have options too
    slug = open_card(alice)
    form, given, stood = alice.page.form("/answer"), right(alice), options_in(alice.page.html)
    fields = {"token": form["token"], "answer": given}
    with ThreadPoolExecutor(8) as pool:
        devices = [Browser(alice.app).signed_in(person_of(alice)) for _ in range(8)]
        answers = list(pool.map(lambda device: device.send(form["action"], fields, htmx=True), devices))
    assert [answer.status_code for answer in answers] == [200] * 8
    told, behind = zip(*(answer.text.split('<template id="next">') for answer in answers), strict=True)
    assert len({without_tokens(html) for html in told}) == 1
    assert options_in(told[0]) == stood
    assert len({tuple(lines_of(html)) for html in behind}) == 1
    assert len({tuple(options_in(html)) for html in behind}) > 1
    assert kinds(alice, slug) == ["answer"]
    assert differences(alice.app) == []


def options_in(html: str) -> list[str]:
    """The options of a question or of its feedback, as they stand."""
    return re.findall(r'class="option\b[^>]*>.*?<span>(.*?)</span>', html, re.DOTALL)


@pytest.mark.parametrize("is_known", [False, True])
def test_eight_devices_with_showings_of_their_own_and_one_answer_is_kept(alice: Browser, is_known: bool) -> None:
    if is_known:
        with alice.app.app_context():
            slug = answer_next(me_of(person_of(alice)), days_ago(2))[0].slug
    else:
        slug = slugs_of(alice.app, Ask.CHOICE)[0]
    devices = [Browser(alice.app).signed_in(person_of(alice)) for _ in range(8)]
    for device in devices:
        device.get(f"/quizzes/today?card={slug}")
    given = right(devices[0])

    def send(device: Browser) -> int:
        form = device.page.form("/answer")
        return device.send(form["action"], {"token": form["token"], "answer": given}, htmx=True).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, devices)) == [200] + [409] * 7
    assert kinds(alice, slug) == ["answer"] * (1 + is_known)
    assert differences(alice.app) == []
