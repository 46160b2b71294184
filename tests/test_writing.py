"""Learners write queries and patterns in the daily review: they run in a box, and are told what is wrong with them."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import Browser, Page
from factories import add_cohort, add_person, everything, held_by, join_cohort, log_of
from flask import Flask
from sqlalchemy import update
from test_reviews import differences, kinds, memory, person_of

from portal.db import db
from portal.quizzes.boxes import Boxes, NoTurn
from portal.quizzes.models import Desk
from quizzes.box import LIMITS
from quizzes.marking import Marked, Miss

LOANS = "sql-write-loans-of-each-member"
RIGHT = "SELECT m.id, m.name, (SELECT COUNT(*) FROM loan AS l WHERE l.member_id = m.id) AS loans FROM member AS m"
LOST = "SELECT m.id, m.name, COUNT(*)\r\nFROM member AS m JOIN loan AS l ON l.member_id = m.id GROUP BY m.id -- «»"
HERE_ONLY = "SELECT MIN(m.id), m.name, COUNT(l.id) FROM member m LEFT JOIN loan l ON l.member_id = m.id GROUP BY 2"


def open_card(browser: Browser, slug: str = LOANS) -> Page:
    """Today's page with this card."""
    return browser.get(f"/quizzes/today?card={slug}")


def found(browser: Browser) -> Marked:
    """What the log says of the last answer."""
    row = log_of(browser.app, person_of(browser))[-1]
    assert row.found is not None
    return Marked.from_json(row.found)


def answers_for_mentors(browser: Browser) -> str:
    """What a mentor of theirs reads of their answers."""
    learner = person_of(browser)
    mentor = add_person(browser.app, "carol@example.org", "Carol", role="mentor")
    with browser.app.app_context():
        cohort_id = add_cohort(mentor)
        join_cohort(cohort_id, learner)
    page = Browser(browser.app).signed_in(mentor).get(f"/cohorts/{cohort_id}/learners/{learner.id}")
    return page.element("attempts").text


@contextmanager
def busy(folder: Path, number: int = 1) -> Iterator[None]:
    """Somebody else's query runs in this box."""
    with (folder / f"box-{number}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_alice_tries_a_query_misses_reads_why_takes_it_back_and_is_right(alice: Browser) -> None:
    page = open_card(alice)
    tables = [element.text for element in page.find("caption")]
    assert tables == ["member", "author", "book", "loan"]
    assert "Noor" not in page.html, "the second dataset is nobody's business"
    assert "Write a query first." in run(alice, "").said
    assert kinds(alice) == [], "a try is no answer"

    open_card(alice)
    told = alice.answer(LOST)
    assert "Lost rows. Rows are lost. 4 rows are wanted, yours has 3. Missing: (4, Dee, 0)" in told.said
    assert "A plain JOIN drops the members without a loan." in told.said
    assert [element.text for element in told.find("caption")] == ["Your result", "Wanted"]
    assert told.html.isascii()
    (row,) = log_of(alice.app, person_of(alice))
    assert (row.is_right, row.proposed, row.misconceptions) == (False, 2, "inner-join-keeps-first-table")
    assert json.loads(row.given or "") == [LOST.replace("\r\n", "\n")]
    assert found(alice).miss is Miss.LOST
    assert "Not right: SELECT m.id" in (answers := answers_for_mentors(alice))
    assert "Was told: Lost rows. Rows are lost. 4 rows are wanted, yours has 3. Missing: (4, Dee, 0)" in answers

    alice.send_form("/undo")
    assert alice.page.card == LOANS
    assert "Right." in alice.answer(RIGHT).said, "another way to write it than the author's"
    assert kinds(alice) == ["answer", "undo", "answer"]
    assert memory(alice, LOANS).last_grade == 5
    assert differences(alice.app) == []


def test_a_query_that_is_only_right_on_what_it_sees_is_found_out_also_without_javascript(alice: Browser) -> None:
    open_card(alice)
    told = alice.answer(HERE_ONLY, htmx=False)
    assert "Wrong on other rows. It gives the right rows here, but not when the tables hold other rows." in told.said
    assert "Two members can share a name." in told.said, "the belief is known by what the query gives"
    before = everything(alice.app)
    assert "Wrong on other rows." in alice.get(alice.response.request.path).said, "told again, nothing is run again"
    assert everything(alice.app) == before
    alice.choose(3, htmx=False)
    assert [row.grade for row in log_of(alice.app, person_of(alice))] == [2, 3]
    assert differences(alice.app) == []


def run(browser: Browser, text: str, status: int = 200, htmx: bool = True) -> Page:
    """Press Run on the open page."""
    form = browser.page.form("/answer")
    address = form["action"].replace("/answer", "/run")
    return browser.post(address, {"token": form["token"], "answer": text}, htmx, status)


def test_what_does_not_run_is_handed_back_and_counts_for_nothing(alice: Browser) -> None:
    for text, said in (
        ("SELECT nam FROM member", "There is no column “nam” in these tables."),
        ("DROP TABLE member", "Only queries that read run here"),
        ("x" * 2_500, "That is longer than any card needs: 2,000 characters are the most."),
    ):
        open_card(alice)
        page = alice.answer(text, status=422)
        assert said in page.said
        assert page.find("textarea")[0].text == text[:2_001]
    assert kinds(alice) == []
    open_card(alice)
    assert "Now you will know it." in alice.send_form("/answer", blank="1").said
    assert log_of(alice.app, person_of(alice))[0].found is None


def test_a_try_shows_the_result_without_a_script_too(alice: Browser) -> None:
    open_card(alice)
    page = run(alice, "SELECT name AS who FROM member WHERE id > 2", htmx=False)
    assert page.kind == "question"
    assert "Your result who Cy Dee" in page.element("result").text
    assert page.find("textarea")[0].text.startswith("SELECT name")
    open_card(alice, "sec-write-order-number")
    assert "ORD-12345 matches ✗ wrong" in run(alice, "ORD-[0-9]+").said
    open_card(alice, "sec-write-order-number")
    assert "unterminated character set" in run(alice, "ORD-[0-9").said
    alice.page = open_card(alice, "sql-join-inner-keeps-pairs")
    run(alice, "SELECT 1", status=404)
    assert kinds(alice) == []


def test_nobody_runs_queries_without_end_and_nothing_typed_is_lost(alice: Browser) -> None:
    open_card(alice)
    run(alice, "SELECT 1")
    asked = open_card(alice)
    with alice.app.app_context():
        db.session.execute(update(Desk).values(runs=60))
        db.session.commit()
    assert "That was run very often." in run(alice, "SELECT 1", status=429).said
    alice.page = asked
    page = run(alice, "SELECT 1", status=429, htmx=False)
    assert "Your text is still here: go on in 10 min." in page.said
    assert page.find("textarea")[0].text == "SELECT 1"
    with alice.app.app_context():
        db.session.execute(update(Desk).values(runs_from=datetime(2026, 1, 1, tzinfo=UTC)))
        db.session.commit()
    assert "Your result" in run(alice, "SELECT 1").said


@pytest.fixture
def few_boxes(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """The portal with a single box and little patience; the folder of its turn."""
    usual = app.extensions["boxes"]
    app.extensions["boxes"] = Boxes(tmp_path, 1, wait_seconds=0.05)
    yield tmp_path
    app.extensions["boxes"] = usual


def test_when_all_boxes_are_busy_the_answer_is_asked_for_again(alice: Browser, few_boxes: Path) -> None:
    open_card(alice)
    with busy(few_boxes):
        page = alice.answer(RIGHT, status=503)
        assert "Nothing was counted, and your text is still here" in page.said
        assert page.find("textarea")[0].text == RIGHT
        assert kinds(alice) == []
    assert "Right." in alice.answer(RIGHT).said


def test_the_next_one_waits_for_a_turn_and_gets_it(tmp_path: Path) -> None:
    request = {"kind": "sql", "datasets": [""], "query": "SELECT 1"}
    with busy(tmp_path), pytest.raises(NoTurn):
        Boxes(tmp_path, 1, wait_seconds=0.02).ask(request, LIMITS)
    with busy(tmp_path):
        assert "runs" in Boxes(tmp_path, 2, wait_seconds=0.02).ask(request, LIMITS), "a second box is free"
    assert "runs" in Boxes(tmp_path, 1, wait_seconds=0.02).ask(request, LIMITS)


def test_the_same_answer_sent_twice_is_kept_once_and_one_after_it_is_too_late(alice: Browser) -> None:
    page = open_card(alice)
    form = page.form("/answer")
    for _ in range(2):
        assert "Lost rows." in alice.post(form["action"], {"token": form["token"], "answer": LOST}, htmx=True).said
    alice.post(form["action"], {"token": form["token"], "answer": RIGHT}, htmx=True, status=422)
    alice.page = page
    run(alice, RIGHT, status=409)
    assert kinds(alice) == ["answer"]
    assert held_by(alice.app, person_of(alice), LOANS).memory.last_grade == 2
