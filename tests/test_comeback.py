"""Coming back after a pause: ten cards first, the rest spread over two weeks, and nobody is told off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from browser import Browser
from factories import answer_card, held_by, me_of, right_answer, slugs_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.db import db
from portal.quizzes import queries
from portal.quizzes.models import Card, CardState
from quizzes.cards import Ask
from quizzes.comeback import PAUSE_DAYS, SITTING, SPREAD_DAYS, goal, is_pause, spread

DAY = date(2026, 11, 22)
counts = st.integers(0, 400)


# ---- Rules


def test_a_week_without_an_answer_is_a_pause() -> None:
    assert [is_pause(DAY - timedelta(days=days), DAY) for days in (PAUSE_DAYS - 1, PAUSE_DAYS)] == [False, True]
    assert not is_pause(None, DAY)


def test_nobody_who_did_not_pause_has_a_goal() -> None:
    assert goal(300, 0, None, DAY) is None
    assert goal(300, 0, DAY - timedelta(days=SPREAD_DAYS), DAY) is None, "two weeks later all is as ever"


def test_ten_are_enough_on_the_first_day_and_a_few_due_cards_need_no_goal() -> None:
    assert goal(53, 0, DAY, DAY) == SITTING
    assert goal(43, 10, DAY, DAY) == SITTING
    assert goal(10, 0, DAY, DAY) is None


def test_whoever_goes_on_gets_ten_more_at_a_time() -> None:
    assert goal(43, 10, DAY, DAY, is_going_on=True) == 20
    assert goal(42, 11, DAY, DAY) == 20
    assert goal(33, 20, DAY, DAY) == 20
    assert goal(3, 20, DAY, DAY, is_going_on=True) == 23


@settings(deadline=None)
@given(counts, counts, st.integers(0, SPREAD_DAYS - 1), st.booleans())
def test_a_goal_never_asks_for_more_than_there_is_nor_for_less_than_is_done(
    due: int, done: int, index: int, is_going_on: bool
) -> None:
    found = goal(due, done, DAY - timedelta(days=index), DAY, is_going_on)
    assert found is None or (done <= found <= due + done and (due > 0 or found == done))


@settings(deadline=None)
@given(st.integers(1, 2_000), st.lists(st.integers(0, 30), max_size=SPREAD_DAYS))
def test_whoever_keeps_the_goals_is_done_within_two_weeks_and_on_the_day_that_was_said(
    waiting: int, arriving: list[int]
) -> None:
    said = spread(waiting, arriving, DAY, DAY)
    left, day = waiting, DAY
    for more in [*arriving, *[0] * SPREAD_DAYS][:SPREAD_DAYS]:
        day, left = day + timedelta(days=1), left + more
        wanted = goal(left, 0, DAY, day)
        if wanted is None:
            break
        assert said.least <= wanted <= said.most
        left -= wanted
    assert day == said.last
    assert (day - DAY).days < SPREAD_DAYS


# ---- Over HTTP


def pause(alice: Browser, cards: int, days: int) -> None:
    """Alice learnt so many cards, was away for so many days, and all of them are due."""
    assert alice.person is not None
    of_self = set(slugs_of(alice.app, Ask.SELF))
    with alice.app.app_context():
        who, then = me_of(alice.person), datetime.now(UTC) - timedelta(days=days)
        in_order = db.session.scalars(select(Card.slug).order_by(Card.position)).all()
        for slug in [slug for slug in in_order if slug not in of_self][:cards]:
            held = queries.find_card(who.id, slug)
            assert held is not None
            answer_card(who, held, then)


def review(alice: Browser, count: int) -> None:
    """Answer so many cards rightly, the open one first."""
    assert alice.person is not None
    for _ in range(count):
        held = held_by(alice.app, alice.person, alice.page.card)
        alice.answer(*right_answer(held))
        alice.choose(5)


def test_alice_comes_back_to_ten_cards_and_a_calm_word(alice: Browser) -> None:
    pause(alice, 53, 12)
    assert "You last reviewed 12 days ago. Start with ten." in alice.get("/").said
    page = alice.get("/quizzes/today")
    assert "You last reviewed 12 days ago. Start with ten." in page.said
    assert "10 due · 0 new" in page.said
    review(alice, 1)
    assert "days ago" not in alice.page.said
    assert "9 due · 0 new" in alice.page.said


def test_after_ten_she_reads_when_the_rest_is_back_and_may_stop_or_go_on(alice: Browser) -> None:
    pause(alice, 53, 12)
    alice.get("/quizzes/today")
    review(alice, 10)
    page = alice.page
    assert page.kind == "done"
    assert page.find("h1")[0].text == "Ten are done."
    assert "were right" not in page.said, "a pause costs recall, and nobody is told off for it"
    assert "43 wait; with 10 a day they are back by about" in page.said
    assert page.find("a", href="/")
    assert "What piled up comes back bit by bit" in alice.get("/").said
    assert alice.get("/quizzes/today").kind == "done", "a reload asks the same"
    alice.get("/quizzes/today?more=1", htmx=True)
    assert alice.page.kind == "question"
    review(alice, 1)
    assert "9 due" in alice.page.said
    review(alice, 9)
    assert alice.page.find("h1")[0].text == "That is enough for today."
    assert "33 wait" in alice.page.said


def test_the_cards_she_is_about_to_lose_come_first(alice: Browser) -> None:
    pause(alice, 20, 12)
    assert alice.person is not None
    with alice.app.app_context():
        first = db.session.scalars(select(CardState.card_id).order_by(CardState.card_id.desc()).limit(1)).one()
        others = CardState.card_id != first
        db.session.execute(update(CardState).where(others).values(interval_days=10))
        db.session.commit()
        slug = db.session.scalars(select(Card.slug).where(Card.id == first)).one()
    assert alice.get("/quizzes/today").card == slug


def test_the_next_day_has_its_part_and_no_new_cards(alice: Browser) -> None:
    pause(alice, 53, 12)
    alice.get("/quizzes/today")
    review(alice, 10)
    assert alice.person is not None
    with alice.app.app_context():
        who, tomorrow = me_of(alice.person), datetime.now(UTC) + timedelta(days=1)
        mine = queries.today(who, tomorrow)
        assert (mine.counts.due, mine.counts.fresh, mine.paused_days) == (10, 0, 0)
        assert mine.backlog == 53 - 10 - 10 + mine_again(alice)


def mine_again(alice: Browser) -> int:
    """How many of the cards reviewed today come again tomorrow. Needs an app context."""
    assert alice.person is not None
    tomorrow = queries.tomorrow(queries.today(me_of(alice.person), datetime.now(UTC)).day)
    return len(db.session.scalars(select(CardState.card_id).where(CardState.show_on == tomorrow)).all())


def test_whoever_has_little_due_after_a_pause_goes_on_as_ever(alice: Browser) -> None:
    pause(alice, SITTING, 30)
    page = alice.get("/quizzes/today")
    assert "10 due · 10 new" in page.said
    assert "days ago" not in page.said


def test_without_a_pause_nothing_is_held_back(alice: Browser) -> None:
    pause(alice, 53, PAUSE_DAYS - 1)
    assert "53 due · 10 new" in alice.get("/quizzes/today").said


def test_what_did_not_come_back_is_repeated_and_the_goal_stays_ten_cards(alice: Browser) -> None:
    pause(alice, 53, 12)
    alice.get("/quizzes/today")
    review(alice, 9)
    alice.send_form("/answer", blank="1")
    alice.choose(2)
    assert "0 due · 0 new · 1 again" in alice.page.said
    review(alice, 1)
    assert alice.page.find("h1")[0].text == "Ten are done."


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_an_answer_taken_back_is_asked_again_and_the_goal_stays(alice: Browser, htmx: bool) -> None:
    pause(alice, 53, 12)
    alice.get("/quizzes/today")
    review(alice, 10)
    alice.send_form("/undo", htmx=htmx)
    assert alice.page.kind == "question"
    assert "1 due" in alice.page.said
    review(alice, 1)
    assert alice.page.find("h1")[0].text == "Ten are done."
