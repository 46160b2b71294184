"""state == replay(log): whatever a learner presses; and when the state is tampered with, it is named and mended."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser
from factories import answer_next, everything, me_of, right_answer, wrong_answer
from flask import Flask
from sqlalchemy import text

from portal.db import db
from portal.quizzes import queries
from quizzes.sm2 import Grade

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TAMPERED = {
    "UPDATE card_states SET ease = ease + 10 WHERE card_id = {card}": "card {card}: schedule differ from the log",
    "UPDATE card_states SET due_on = due_on + 1 WHERE card_id = {card}": "card {card}: due_on differ from the log",
    "UPDATE card_states SET version = 9 WHERE card_id = {card}": "card {card}: version differ from the log",
    "UPDATE card_states SET show_on = show_on + 30 WHERE card_id = {card}": "card {card}: shown on ",
    "DELETE FROM card_states WHERE card_id = {card}": "card {card}: the state is missing",
    "UPDATE card_states SET card_id = {other} WHERE card_id = {card}": "card {other}: the log knows nothing of",
    "UPDATE review_days SET right_answers = 0": "the day is ",
    "DELETE FROM review_days": "the day is None, the log gives ",
}


@pytest.fixture
def card(alice: Browser) -> int:
    """A card that Alice has answered, among others."""
    assert alice.person is not None
    with alice.app.app_context():
        held, _ = answer_next(me_of(alice.person), YESTERDAY, Grade.HARD)
        for _ in range(3):
            answer_next(me_of(alice.person), YESTERDAY)
    return held.card_id


def run(app: Flask, command: str) -> tuple[int, str]:
    """Type `flask reviews ...`: exit code and what it said."""
    result = app.test_cli_runner().invoke(args=["reviews", command])
    return result.exit_code, result.output


def tamper(app: Flask, statement: str) -> None:
    """Change the database behind the ledger's back."""
    with app.app_context():
        db.session.execute(text(statement))
        db.session.commit()


def test_a_sound_ledger_is_called_sound(alice: Browser, card: int) -> None:
    assert run(alice.app, "verify") == (0, "5 log rows; every state and every day equals the log.\n")


def test_an_empty_ledger_is_sound(app: Flask) -> None:
    assert run(app, "verify") == (0, "0 log rows; every state and every day equals the log.\n")


@pytest.mark.parametrize("statement", TAMPERED)
def test_what_was_tampered_with_is_named_and_mended_from_the_log(alice: Browser, card: int, statement: str) -> None:
    sound = everything(alice.app)
    with alice.app.app_context():
        other = db.session.execute(text("SELECT max(id) FROM cards")).scalar_one()
    tamper(alice.app, statement.format(card=card, other=other))
    code, said = run(alice.app, "verify")
    assert code == 1
    assert TAMPERED[statement].format(card=card, other=other) in said
    assert "flask reviews rebuild" in said
    assert run(alice.app, "rebuild") == (0, "4 card states made from the log.\n")
    assert everything(alice.app) == sound
    assert run(alice.app, "verify")[0] == 0


def test_a_sound_ledger_is_the_same_after_a_rebuild(alice: Browser, bob: Browser, card: int) -> None:
    assert bob.person is not None
    with bob.app.app_context():
        answer_next(me_of(bob.person), YESTERDAY)
    before = everything(alice.app)
    run(alice.app, "rebuild")
    assert everything(alice.app) == before


def test_a_log_with_a_hole_is_named_and_nothing_is_made_from_it(alice: Browser, card: int) -> None:
    tamper(alice.app, f"DELETE FROM review_log WHERE card_id = {card} AND version = 0")
    before = everything(alice.app)
    code, said = run(alice.app, "verify")
    assert (code, f"card {card}: the log cannot be replayed" in said) == (1, True)
    code, said = run(alice.app, "rebuild")
    assert (code, "Nothing was written." in said) == (1, True)
    assert everything(alice.app) == before


@pytest.mark.parametrize("seed", range(3))
def test_whatever_alice_presses_the_state_is_what_the_log_adds_up_to(alice: Browser, card: int, seed: int) -> None:
    dice = random.Random(seed)
    alice.get("/quizzes/today")
    for _ in range(60):
        press(alice, dice)
    assert run(alice.app, "verify")[0] == 0


def press(browser: Browser, dice: random.Random) -> None:
    """Send one of the forms of the open page."""
    page = browser.page
    forms = [form.get("action") or "" for form in page.find("form") if "/quizzes/" in (form.get("action") or "")]
    action = dice.choice([*forms, "again"])
    if action == "again":
        browser.get("/quizzes/today")
    elif action.endswith("/reveal"):
        browser.get(f"{action}?token={page.form('/reveal')['token']}", htmx=True)
    elif action.endswith("/grade") or (page.kind == "revealed" and action.endswith("/answer")):
        browser.choose(dice.choice("2345"))
    elif action.endswith("/answer"):
        answer(browser, dice)
    else:
        browser.send_form("/" + action.rpartition("/")[2])


def answer(browser: Browser, dice: random.Random) -> None:
    """Answer the open card, rightly or not, or say that one does not know."""
    assert browser.person is not None
    with browser.app.app_context():
        held = queries.find_card(browser.person.id, browser.page.card)
    assert held is not None
    match dice.randrange(3):
        case 0:
            browser.answer(*right_answer(held))
        case 1:
            browser.answer(*wrong_answer(held))
        case _:
            browser.send_form("/answer", blank="1")
