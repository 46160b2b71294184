"""Deck files change, schedules stay: what a load does to cards, and what learners see of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser, Page
from factories import (
    add_person,
    answer_card,
    everything,
    forget_people,
    held_by,
    load_cards,
    log_of,
    me_of,
    own_decks,
    right_answer,
)
from flask import Flask
from sqlalchemy import delete

from portal.db import db
from portal.quizzes.loading import Loaded
from portal.quizzes.models import OWN_DECK, Card, Deck
from portal.quizzes.verifying import verify
from quizzes.cards import Card as SourceCard
from quizzes.cards import Deck as SourceDeck
from quizzes.ledger import Memory

Change = Callable[[SourceCard], SourceCard | None]


def big_o() -> SourceDeck:
    """The deck whose cards the tests change."""
    return next(deck for deck in own_decks() if deck.id == "big-o")


@pytest.fixture
def slug(app: Flask) -> Iterator[str]:
    """The card that the tests change; afterwards the project's own decks are loaded again."""
    yield big_o().cards[1].id
    forget_people(app)
    ours = {card.id for deck in own_decks() for card in deck.cards}
    with app.app_context():
        db.session.execute(delete(Card).where(Card.slug.not_in(ours)))
        kept = {OWN_DECK, *(deck.id for deck in own_decks())}
        db.session.execute(delete(Deck).where(Deck.id.not_in(kept)))
        load_cards()


def load(app: Flask, slug: str, change: Change, days_ago: int = 0) -> Loaded:
    """Load the decks with one card changed, or without it."""
    decks = [
        replace(deck, cards=tuple(filter(None, (change(card) if card.id == slug else card for card in deck.cards))))
        for deck in own_decks()
    ]
    with app.app_context():
        return load_cards(decks, datetime.now(UTC) - timedelta(days=days_ago))


def learnt(browser: Browser, slug: str, days_ago: int = 1) -> Memory:
    """Alice answers this card rightly, so many days ago."""
    assert browser.person is not None
    held = held_by(browser.app, browser.person, slug)
    with browser.app.app_context():
        answer_card(me_of(browser.person), held, datetime.now(UTC) - timedelta(days=days_ago))
    return memory(browser, slug)


def memory(browser: Browser, slug: str) -> Memory:
    """What is known of Alice and this card."""
    assert browser.person is not None
    return held_by(browser.app, browser.person, slug).memory


def due(page: Page) -> int:
    """How many cards are due, says the line above the card."""
    tally = next(element for element in page.elements if element.get("class") == "tally")
    return int(re.findall(r"(\d+) due", tally.text)[0])


def kinds(browser: Browser) -> list[str]:
    """What happened to Alice's cards."""
    assert browser.person is not None
    return [row.kind for row in log_of(browser.app, browser.person)]


def answer_rightly(browser: Browser, slug: str) -> None:
    """Answer the card on the open page."""
    assert browser.person is not None
    browser.answer(*right_answer(held_by(browser.app, browser.person, slug)))


def is_sound(app: Flask) -> bool:
    """Whether every state equals its log."""
    with app.app_context():
        return list(verify()) == []


def reworded(card: SourceCard) -> SourceCard:
    """The same card with a typing mistake mended."""
    return replace(card, prompt=f"{card.prompt}\n\nMended.")


def revised(card: SourceCard) -> SourceCard:
    """The card with a question that has changed."""
    return replace(card, prompt=f"{card.prompt}\n\nChanged.", rev=card.rev + 1)


def retired(card: SourceCard) -> SourceCard:
    """The card, not to be asked any more."""
    return replace(card, is_retired=True)


def withdrawn(_: SourceCard) -> None:
    """The card is not in its file any more."""


def test_the_same_files_change_nothing(app: Flask, slug: str) -> None:
    before = everything(app)
    loaded = load(app, slug, lambda card: card)
    assert (loaded.added, loaded.changed, loaded.withdrawn) == (0, 0, 0)
    assert everything(app) == before


def test_a_mended_typing_mistake_is_shown_and_costs_nobody_a_review(alice: Browser, slug: str) -> None:
    before = learnt(alice, slug)
    loaded = load(alice.app, slug, reworded)
    assert (loaded.changed, loaded.revised) == (1, 0)
    assert memory(alice, slug) == before
    assert kinds(alice) == ["answer"]
    assert "Mended." in alice.get(f"/quizzes/cards/{slug}").said


def test_a_revised_card_comes_once_more_marked_as_changed_and_keeps_its_schedule(alice: Browser, slug: str) -> None:
    learnt(alice, slug, 2)
    before = learnt(alice, slug, 1)
    assert load(alice.app, slug, revised).revised == 1
    assert kinds(alice) == ["answer", "answer", "revise"]
    page = alice.get(f"/quizzes/today?card={slug}")
    assert (page.card, due(page)) == (slug, 1)
    assert "This card has changed since you last saw it" in page.said
    answer_rightly(alice, slug)
    assert "does not change when the card comes back" in alice.page.said
    alice.choose(4)
    after = memory(alice, slug)
    assert (after.schedule, after.due_on, after.reviews) == (before.schedule, before.due_on, before.reviews)
    assert alice.get(f"/quizzes/today?card={slug}").card != slug, "once is enough"
    assert is_sound(alice.app)


def test_a_revised_card_that_nobody_knows_is_just_new(alice: Browser, slug: str) -> None:
    load(alice.app, slug, revised)
    assert kinds(alice) == []
    assert "has changed" not in alice.get(f"/quizzes/today?card={slug}").said


def test_loading_a_revision_twice_tells_once(alice: Browser, slug: str) -> None:
    learnt(alice, slug)
    load(alice.app, slug, revised)
    load(alice.app, slug, revised)
    assert kinds(alice) == ["answer", "revise"]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_withdrawn_card_is_asked_no_more_and_comes_back_with_its_schedule(
    alice: Browser, slug: str, is_gone: bool
) -> None:
    before = learnt(alice, slug, 3)
    question = alice.get(f"/quizzes/today?card={slug}")
    assert (question.card, due(question)) == (slug, 1)
    load(alice.app, slug, withdrawn if is_gone else retired)
    page = alice.get(f"/quizzes/today?card={slug}")
    assert (page.card != slug, due(page)) == (True, 0)
    alice.page = question
    assert "another page or device" in alice.send_form("/answer", blank="1", status=409).said
    assert "the card was withdrawn" in alice.get(f"/quizzes/cards/{slug}").said
    load(alice.app, slug, lambda card: card)
    assert alice.get(f"/quizzes/today?card={slug}").card == slug
    after = memory(alice, slug)
    assert (after.schedule, after.due_on, after.is_retired) == (before.schedule, before.due_on, False)
    assert kinds(alice) == ["answer", "retire", "restore"]
    assert is_sound(alice.app)


def test_a_withdrawn_card_that_is_new_to_alice_cannot_be_answered(alice: Browser, slug: str) -> None:
    alice.get(f"/quizzes/today?card={slug}")
    load(alice.app, slug, withdrawn)
    page = alice.send_form("/answer", blank="1", status=409)
    assert page.card != slug
    assert kinds(alice) == []


def test_a_withdrawn_card_stands_in_no_list(alice: Browser, slug: str) -> None:
    count = len(alice.get("/quizzes/decks/big-o").find("a", class_="title"))
    load(alice.app, slug, withdrawn)
    assert len(alice.get("/quizzes/decks/big-o").find("a", class_="title")) == count - 1
    assert f"{sum(len(deck.cards) for deck in own_decks()) - 1} cards in" in alice.get("/quizzes/").said


def test_a_card_added_before_the_learnt_ones_is_found(app: Flask, slug: str) -> None:
    alice = Browser(app).signed_in(add_person(app, "alice@example.org", "Alice", new_per_day=2))
    first = big_o().cards[0]
    learnt(alice, first.id)
    learnt(alice, slug)
    new = replace(first, id="bigo-added-later")
    deck = SourceDeck("aaa", "A new deck", 1, (new,), "aaa.md")
    with app.app_context():
        loaded = load_cards([*own_decks(), deck])
    assert loaded.added == 1
    assert alice.get("/quizzes/today?card=bigo-added-later").card == "bigo-added-later"
    seen = {alice.get("/quizzes/today").card}
    while alice.page.kind != "done":
        seen.add(alice.page.card)
        alice.send_form("/bury")
        if "bigo-added-later" in seen or len(seen) > 9:
            break
    assert "bigo-added-later" in seen


def test_the_day_of_a_change_is_each_learners_own(app: Flask, slug: str) -> None:
    people = {
        zone: Browser(app).signed_in(add_person(app, f"{number}@example.org", "Alice", zone=zone))
        for number, zone in enumerate(("Pacific/Kiritimati", "Pacific/Pago_Pago"))
    }
    for browser in people.values():
        learnt(browser, slug, 9)
    load(app, slug, revised)
    days = {zone: memory(browser, slug).changed_on for zone, browser in people.items()}
    first, last = days["Pacific/Kiritimati"], days["Pacific/Pago_Pago"]
    assert first is not None
    assert last is not None
    assert first - last == timedelta(days=1) or first - last == timedelta(days=2)
    assert is_sound(app)
