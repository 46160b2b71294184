"""The skills page: claims rest on evidence; only what was chosen is seen, by those who have the link."""

from datetime import UTC, date, datetime

import pytest
from browser import Browser
from factories import answer_card, everything, me_of, own_decks
from sqlalchemy import text

from portal.db import db
from portal.progress.skills import LEAST_STARTED, by_step, claims
from portal.quizzes.catalogue import TopicRecall
from portal.quizzes.queries import find_card

NOW = datetime.now(UTC)
MARCH = date(2026, 3, 14)
SQL = ("sql-joins", "SQL joins", 4)


def known(topic: str, deck: str = "sql-joins", **more: object) -> TopicRecall:
    """A topic with four cards, three of them started."""
    values: dict[str, object] = {"cards": 4, "started": 3, "due": 1, "recall": 0.6, "reviews": 12, "since": MARCH}
    return TopicRecall(topic, topic.title(), deck, **{**values, **more})  # type: ignore[arg-type]


def test_a_claim_says_recall_cards_reviews_and_since_when() -> None:
    topics = {
        "a": known("a"),
        "b": known("b", recall=0.7499, since=date(2026, 1, 3)),
        "c": known("c", started=0, since=None),
    }
    [claim] = claims([SQL], topics)
    assert (claim.name, claim.title, claim.step) == ("cards.sql-joins", "SQL joins", 4)
    [evidence] = claim.evidence
    assert evidence.kind == "recall"
    assert evidence.text == "predicted recall 89% over 6 cards, 24 reviews since January 2026", "89.99% is not 90%"
    assert claim.topics == (("A", 80), ("B", 99))


def test_nothing_is_claimed_of_a_deck_with_too_few_cards_or_of_another_deck() -> None:
    assert claims([SQL], {"a": known("a")}) == []
    assert claims([SQL], {"a": known("a", started=LEAST_STARTED, cards=9)}) != []
    assert claims([SQL], {"a": known("a", "big-o", started=9, cards=9)}) == []


def test_claims_are_grouped_by_step() -> None:
    decks = [("x", "X", 3), SQL, ("y", "Y", 3)]
    topics = {deck: known(deck, deck, started=5, cards=5) for deck, _, _ in decks}
    assert [(step, [claim.title for claim in found]) for step, found in by_step(claims(decks, topics))] == [
        (3, ["X", "Y"]),
        (4, ["SQL joins"]),
    ]


@pytest.fixture
def skilled(alice: Browser) -> Browser:
    """Alice knows enough of two decks to claim something."""
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
        for deck in own_decks():
            for card in deck.cards[:12] if deck.id in {"big-o", "sql-joins"} else ():
                held = find_card(who.id, card.id)
                assert held is not None
                answer_card(who, held, NOW)
    return alice


def names(alice: Browser) -> list[str]:
    """The claims that can be chosen."""
    return [box.get("value") or "" for box in alice.page.find("input", type="checkbox")]


def publish(alice: Browser, *chosen: str, name: str = "Ada L.") -> str:
    """Choose claims, make a link; its address."""
    alice.get("/progress/skills")
    alice.send_form("/progress/skills", htmx=False, shown_name=name, claims=list(chosen))
    alice.send_form("/publish", htmx=False)
    [link] = alice.page.find("a", class_="address")
    return link.get("href") or ""


def test_before_there_is_anything_to_claim_the_page_says_what_it_needs(alice: Browser) -> None:
    page = alice.get("/progress/skills")
    assert page.find("h1")[0].text == "Your claims begin with five cards of a deck"
    assert page.find("input", type="checkbox") == []


def test_her_own_page_links_each_claim_to_its_evidence(skilled: Browser) -> None:
    page = skilled.get("/progress/skills")
    assert len(names(skilled)) == 2
    links = [link.get("href") for link in page.find("a")]
    assert "/quizzes/decks/big-o" in links
    assert "/progress#topics" in links
    assert "predicted recall" in page.said.lower()


def test_nothing_is_public_before_she_makes_a_link(skilled: Browser, client: Browser) -> None:
    skilled.get("/progress/skills")
    first = names(skilled)[0]
    page = skilled.send_form("/progress/skills", htmx=False, shown_name="Ada L.", claims=[first])
    assert "Nobody sees it yet" in page.said
    assert page.find("a", class_="address") == []
    client.get("/skills/" + "x" * 22, status=404)
    assert "What Ada L. knows" in skilled.get("/progress/skills/preview").said


def test_others_see_what_was_chosen_and_nothing_else(skilled: Browser, client: Browser) -> None:
    skilled.get("/progress/skills")
    titles = dict(zip(names(skilled), [heading.text for heading in skilled.page.find("h3")], strict=True))
    chosen, other = titles
    address = publish(skilled, chosen)
    page = client.get(address)
    assert page.find("h1")[0].text == "What Ada L. knows"
    assert [heading.text for heading in page.find("h3")] == [titles[chosen]]
    assert titles[other] not in page.said
    for secret in ("alice@example.org", "Alice", "/quizzes/decks"):
        assert secret not in page.element("main").text
    assert "How this is worked out" in page.said
    assert client.response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert client.response.headers["Cache-Control"] == "no-store"
    assert "alice@example.org" not in client.response.text


def test_a_link_is_new_every_time_and_the_old_one_ends(skilled: Browser, client: Browser) -> None:
    skilled.get("/progress/skills")
    first = publish(skilled, names(skilled)[0])
    skilled.send_form("/publish", htmx=False)
    second = skilled.page.find("a", class_="address")[0].get("href") or ""
    assert first != second
    client.get(first, status=404)
    client.get(second)
    skilled.get("/progress/skills")
    page = skilled.send_form("/withdraw", htmx=False)
    assert "Nobody sees it yet" in page.said
    client.get(second, status=404)
    assert page.find("input", type="checkbox", checked="")


def test_a_claim_that_is_no_longer_chosen_leaves_the_public_page(skilled: Browser, client: Browser) -> None:
    skilled.get("/progress/skills")
    address = publish(skilled, *names(skilled))
    assert len(client.get(address).find("h3")) == 2
    skilled.send_form("/progress/skills", htmx=False, shown_name="Ada L.", claims=names(skilled)[:1])
    assert len(client.get(address).find("h3")) == 1
    skilled.send_form("/progress/skills", htmx=False, shown_name="Ada L.")
    assert "Nothing is shown here at the moment." in client.get(address).said


def test_without_a_chosen_claim_there_is_no_link(skilled: Browser) -> None:
    skilled.get("/progress/skills")
    before = everything(skilled.app)
    token = {"csrf_token": skilled.csrf_token()}
    skilled.post("/progress/skills/publish", token, False, 303)
    assert "Choose at least one claim and save it first." in skilled.follow().said
    assert everything(skilled.app) == before


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"shown_name": " "}, "Write the name people should read."),
        ({"shown_name": "x" * 81}, "Use at most 80 characters."),
        ({"shown_name": "Ada", "claims": ["cards.alchemy"]}, "What you chose is not there any more."),
    ],
)
def test_a_form_that_does_not_fit_is_drawn_again_and_keeps_nothing(
    skilled: Browser, fields: dict[str, object], sentence: str
) -> None:
    skilled.get("/progress/skills")
    before = everything(skilled.app)
    page = skilled.send_form("/progress/skills", htmx=False, status=422, **fields)
    assert sentence in page.said
    assert everything(skilled.app) == before


def test_bob_cannot_publish_what_alice_knows(skilled: Browser, bob: Browser) -> None:
    skilled.get("/progress/skills")
    first = names(skilled)[0]
    bob.get("/progress/skills")
    fields = {"csrf_token": bob.csrf_token(), "shown_name": "Bob", "claims": [first]}
    bob.post("/progress/skills", fields, False, 422)


def test_recall_on_the_public_page_falls_by_itself(skilled: Browser, client: Browser) -> None:
    skilled.get("/progress/skills")
    address = publish(skilled, *names(skilled))
    before = client.get(address).said
    with skilled.app.app_context():
        db.session.execute(text("UPDATE card_states SET last_on = last_on - 20"))
        db.session.commit()
    assert client.get(address).said != before
