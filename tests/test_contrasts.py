"""Two things that a learner mixes up bring the card that sets them against each other, and every miss its lesson."""

from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser, Page
from factories import (
    add_cohort,
    add_person,
    answer_card,
    held_by,
    join_cohort,
    make_own_card,
    me_of,
    publish_class_card,
    slugs_of,
    wrong_answer,
)
from flask import Flask
from sqlalchemy import select

from portal.db import db
from portal.quizzes import queries
from portal.quizzes.models import Call, Card, Desk
from portal.quizzes.verifying import verify
from quizzes.cards import Ask

NOW = datetime.now(UTC)
MIXED, CONTRAST = "http-expired-token", "http-401-or-403"  # 403 is a misconception there, 408 is another one
COMES = "Among your next new cards is one that sets 401 against 403."


def called(who: Browser) -> list[str]:
    """The cards that were called for this person, in the order in which they come."""
    assert who.person is not None
    with who.app.app_context():
        calls = select(Card.slug).join(Call, Call.card_id == Card.id).where(Call.learner_id == who.person.id)
        return list(db.session.scalars(calls.order_by(Call.id)))


def answer(who: Browser, slug: str, *given: str, htmx: bool = True) -> Page:
    """Answer this card on its page."""
    who.get(f"/quizzes/today?card={slug}", htmx=htmx)
    return who.answer(*given, htmx=htmx)


def test_alice_takes_403_for_401_and_meets_both_side_by_side_next(alice: Browser) -> None:
    assert alice.person is not None
    assert "401 against 403" not in answer(alice, MIXED, "408").said, "an expired token is no timeout: another belief"
    assert called(alice) == []
    alice.get(f"/quizzes/today?card={MIXED}", htmx=True)
    form = alice.page.form("/answer")
    for _ in range(2):  # a doubled request calls once
        assert COMES in alice.post(form["action"], {**form, "answer": "403"}, htmx=True).said
    assert called(alice) == [CONTRAST]
    assert (
        COMES
        in answer(alice, "http-three-tokens", *wrong_answer(held_by(alice.app, alice.person, "http-three-tokens"))).said
    )
    assert called(alice) == [CONTRAST]
    with alice.app.app_context():
        now_today = queries.today(me_of(alice.person), NOW)
        found = queries.find_card_by_id(alice.person.id, now_today.first_fresh or 0)
        assert found is not None
        assert found.slug == CONTRAST
        assert list(verify()) == []


def test_bob_knows_the_contrast_and_keeps_its_day_without_a_script_too(bob: Browser) -> None:
    assert bob.person is not None
    held = held_by(bob.app, bob.person, CONTRAST)
    with bob.app.app_context():
        answer_card(me_of(bob.person), held, NOW - timedelta(days=1))
    due_on = held_by(bob.app, bob.person, CONTRAST).memory.due_on
    page = answer(bob, MIXED, "403", htmx=False)
    assert "One of your cards sets 401 against 403. It comes back when it is due." in page.said
    assert page.find("a", href=f"/quizzes/cards/{CONTRAST}")
    assert held_by(bob.app, bob.person, CONTRAST).memory.due_on == due_on
    assert called(bob) == []
    assert "sets 409 against" in answer(bob, "http-write-over-an-old-version", "409", htmx=False).said
    assert called(bob) == ["http-409-or-412"]


def test_what_an_answer_called_goes_when_it_is_taken_back(alice: Browser) -> None:
    assert alice.person is not None
    answer(alice, MIXED, "403")
    alice.send_form("/undo")
    assert called(alice) == []
    with alice.app.app_context():
        assert db.session.scalars(select(Desk.called_from)).all() == [None]
    answer(alice, MIXED, "401")
    assert called(alice) == [], "a right answer calls nothing"


def test_a_step_that_alice_paused_brings_no_contrast_either(alice: Browser) -> None:
    steps = [str(step) for step in range(1, 11) if step != 6]
    alice.post("/quizzes/choices", {"active": steps, "path": ""}, status=303)
    assert COMES not in answer(alice, MIXED, "403").said
    assert called(alice) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_a_card_that_alice_grades_herself_says_what_comes(alice: Browser, htmx: bool) -> None:
    page = alice.get("/quizzes/today?card=http-signed-in-and-401-again", htmx=htmx)
    form = page.form("/reveal")
    page = alice.get(f"{form['action']}?token={form['token']}", htmx=htmx)
    assert page.find("a", href="/roadmap/topics/http.status.access")
    assert COMES in alice.choose(2, htmx=htmx).said
    assert called(alice) == [CONTRAST]


KINDS = (Ask.CHOICE, Ask.MULTI, Ask.NUMBER, Ask.SHORT, Ask.CLOZE, Ask.ORDER, Ask.WRITE_SQL, Ask.WRITE_REGEX)


def test_a_wrong_answer_of_every_kind_leads_to_its_lesson(alice: Browser) -> None:
    assert alice.person is not None
    for number, ask in enumerate(KINDS):
        slugs = slugs_of(alice.app, ask)
        if not slugs:
            continue
        held = held_by(alice.app, alice.person, slugs[0])
        page = alice.get(f"/quizzes/today?card={slugs[0]}")
        given = wrong_answer(held, page.form("/answer")["token"])
        page = alice.answer(*given, htmx=number % 2 == 0)
        assert page.kind == "feedback"
        lesson = alice.get(page.find("a", href=f"/roadmap/topics/{held.topic}#misconception")[0].get("href") or "")
        assert lesson.element("misconception").text == "The usual misconception"
        assert lesson.find("a", href="/quizzes/today"), "the way back is one step"


def test_only_a_card_with_a_topic_promises_a_lesson(app: Flask, alice: Browser, carol: Browser) -> None:
    assert alice.person is not None
    assert carol.person is not None
    dora = add_person(app, "dora@example.org", "Dora", role="mentor")
    with app.app_context():
        cohort = add_cohort(carol.person)
        join_cohort(cohort, alice.person)
        _, of_class = publish_class_card(cohort, carol.person, dora)
        make_own_card(alice.person.id, NOW)
        own = db.session.scalars(select(Card.slug).where(Card.owner_id == alice.person.id)).one()
        topic = db.session.scalars(select(Card.topic).where(Card.slug == f"class-{of_class}")).one()
    for slug, wanted in ((own, []), (f"class-{of_class}", [f"/roadmap/topics/{topic}#misconception"])):
        given = "loop" if slug == own else wrong_answer(held_by(app, alice.person, slug))[0]
        links = [link.get("href") or "" for link in answer(alice, slug, given).find("a")]
        assert [link for link in links if link.startswith("/roadmap")] == wanted
