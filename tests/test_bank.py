"""The card bank for mentors: what first answers say of cards, and the inbox of reports with what becomes of them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser
from factories import (
    add_person,
    answer_card,
    answer_wrongly,
    everything,
    held_by,
    load_cards,
    me_of,
    own_decks,
    report,
    slugs_of,
    wrong_answer,
)
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from portal.db import db
from portal.mentoring import refresher
from portal.quizzes import actions, counting, queries
from portal.quizzes.models import ItemStatistic
from portal.quizzes.presentations import present
from quizzes.cards import Ask
from quizzes.sheets import opening

NOW = datetime.now(UTC)
LEARNERS = 30


def cards_to_answer(app: Flask) -> list[str]:
    """Seven cards of one deck with options to pick from; the second is the one that will look miskeyed."""
    with app.app_context():
        choice, found = set(slugs_of(app, Ask.CHOICE)), []
        for deck in own_decks():
            if deck.id == "sql-joins":
                found = [card.id for card in deck.cards if card.id in choice][:7]
        return found


def learn(app: Flask, slugs: list[str]) -> None:
    """Thirty learners answer: the later ones know more, and of the second card the best do not pick the key."""
    for number in range(LEARNERS):
        person = add_person(app, f"learner{number}@example.org", f"Hidden Name {number}")
        with app.app_context():
            who = me_of(person)
            for place, slug in enumerate(slugs):
                held = queries.find_card(who.id, slug)
                assert held is not None
                knows = number < 12 if place == 1 else number >= 4 * place
                (answer_card if knows else answer_wrongly)(who, held, NOW)


def run(app: Flask, *words: str) -> tuple[int, str]:
    """Type a command of `flask decks`: how it ended, and what it said."""
    result = app.test_cli_runner().invoke(args=["decks", *words])
    return result.exit_code, result.output


def test_mentors_see_which_cards_need_a_look_and_nobody_by_name(alice: Browser, carol: Browser, app: Flask) -> None:
    slugs = cards_to_answer(app)
    assert "not counted yet" in carol.get("/quizzes/bank").said
    assert "Mentoring" in carol.page.find("a", **{"aria-current": "true"})[0].text, "where she came from"
    learn(app, slugs)
    with app.app_context():
        assert refresher.count_bank_if_due() > len(slugs)
        assert refresher.count_bank_if_due() == 0, "they were counted just now"
        assert counting.is_due(datetime.now(UTC) + counting.EVERY)
    page = carol.get("/quizzes/bank")
    assert "of" in page.find("h1")[0].text
    assert page.find("a", href="/quizzes/bank/decks/sql-joins?flag=miskey")[0].text == "key in doubt 1"

    deck = carol.get("/quizzes/bank/decks/sql-joins")
    first = deck.find("th", scope="row")[0]
    assert slugs[1] in first.text, "the card whose key is in doubt comes first"
    assert [
        slugs[1] in one.text for one in carol.get("/quizzes/bank/decks/sql-joins?flag=miskey").find("th", scope="row")
    ] == [True]
    easiest = carol.get("/quizzes/bank/decks/sql-joins?sort=-right").find("th", scope="row")[0]
    assert slugs[0] in easiest.text, "nobody missed the first card"
    carol.get("/quizzes/bank/decks/sql-joins?sort=name", status=404)
    carol.get("/quizzes/bank/decks/sql-joins?flag=nonsense", status=404)

    card = carol.get(f"/quizzes/bank/{slugs[1]}")
    assert "Of the 10 who do best in this deck, 10 picked" in card.said
    assert f"{LEARNERS}, 40% of them right" in card.said
    rows = [[cell.text for cell in card.find("td", class_="num") if row in cell.parents] for row in card.find("tr")]
    assert rows[1] == ["40%", "100%", "20%", "0%"], "the key: by all, by the low, middle and best third"
    spread = carol.get("/quizzes/bank/misconceptions")
    assert re.search(r"\d+ of 30", spread.said)
    pages = [page, deck, card, spread, carol.get(f"/quizzes/bank/{slugs[0]}")]
    assert not any("Hidden Name" in one.html for one in pages)
    for path in ("", "/decks/sql-joins", f"/{slugs[1]}", "/misconceptions"):
        alice.get(f"/quizzes/bank{path}", status=404)


def test_what_is_kept_equals_the_log_and_only_first_answers_count(alice: Browser, app: Flask) -> None:
    slug, other = slugs_of(app, Ask.CHOICE)[:2]
    assert alice.person is not None
    of_one, of_other = (held_by(app, alice.person, name) for name in (slug, other))
    with app.app_context():
        who = me_of(alice.person)
        answer_id = answer_wrongly(who, of_one, NOW)
        kept, answer = queries.find_card(who.id, slug), queries.find_answer(who.id, answer_id)
        assert kept is not None
        assert answer is not None
        actions.undo(who, kept, answer, NOW)
        db.session.commit()
        again = queries.find_card(who.id, slug)
        assert again is not None
        answer_card(who, again, NOW + timedelta(minutes=20))
        answer_card(who, of_other, NOW)
        found = counting.count_deck(of_one.sheet.deck, NOW)
        assert [one.item for one in found.attempts] == [of_other.card_id], "the key of the other was known by then"
    cards = sum(not card.is_retired for deck in own_decks() for card in deck.cards)
    assert run(app, "statistics") == (0, f"{cards} cards counted.\n")
    before = everything(app)
    assert run(app, "statistics", "--verify") == (0, f"{cards} cards equal the log, 0 wait for their next count.\n")
    assert everything(app) == before, "a proof changes nothing"
    with app.app_context():
        mine = ItemStatistic.card_id == of_other.card_id
        db.session.execute(update(ItemStatistic).where(mine).values(told="{}"))
        db.session.commit()
    code, said = run(app, "statistics", "--verify")
    assert (code, f"card {of_other.card_id}: told differ from the log" in said) == (1, True)
    with app.app_context():
        later = queries.find_card(who.id, other)
        assert later is not None
        answer_card(who, later, NOW + timedelta(days=2))
    code, said = run(app, "statistics", "--verify")
    assert (code, f"{len(found.rows)} wait" in said) == (0, True), "an answered deck waits for its next count"


def test_a_card_that_changes_is_counted_anew(carol: Browser, app: Flask) -> None:
    slug = slugs_of(app, Ask.CHOICE)[0]
    run(app, "statistics")
    with app.app_context():
        before = counting.is_due(NOW)
        db.session.execute(
            text("UPDATE cards SET sheet = replace(sheet, '<p>', '<p> ') WHERE slug = :slug"), {"slug": slug}
        )
        db.session.commit()
        load_cards()
        assert (before, counting.is_due(NOW)) == (False, True)
    assert "not counted yet" in carol.get(f"/quizzes/bank/{slug}").find("h1")[0].text


def test_a_report_is_decided_in_words_and_its_learner_reads_them(
    alice: Browser, bob: Browser, carol: Browser, app: Flask
) -> None:
    slug = slugs_of(app, Ask.CHOICE)[0]
    assert alice.person is not None
    held = held_by(app, alice.person, slug)
    shown = present(alice.person.id, held.card_id, 0, NOW)
    with app.app_context():
        actions.keep_answer(
            me_of(alice.person),
            held,
            actions.weigh_answer(me_of(alice.person), held, shown, wrong_answer(held), None, NOW),
        )
        db.session.commit()
        report_id = report(alice.person, slug, "The second is right as well.")
    assert "It waits for a mentor" in alice.get(f"/quizzes/cards/{slug}").said
    assert "Mentoring" in carol.get("/quizzes/reports").find("a", **{"aria-current": "true"})[0].text
    page = carol.get(f"/quizzes/reports/{report_id}")
    assert "The second is right as well." in page.said
    assert opening(held.sheet).split("…")[0].strip() in page.said
    options = page.find("li", class_="option is-wrong") + page.find("li", class_="option is-right")
    assert [one.text.endswith(("picked", "the key")) for one in options] == [True, True]
    assert "Alice" not in page.html

    first = page
    assert (
        "Say in a sentence what will be done"
        in carol.send_form("/decide", htmx=False, status=422, verdict="accept", words=" ").said
    )
    carol.page = first
    carol.send_form("/decide", htmx=False, verdict="accept", words="We mend the second option.")
    assert "Every report is decided" in carol.page.said
    carol.page = first
    carol.send_form("/decide", htmx=False, verdict="accept", words="We mend the second option.")
    dora = Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="admin"))
    dora.page = first
    form = first.form("/decide") | {"token": "a" * 12}
    late = dora.post(form.pop("action"), form | {"verdict": "decline", "words": "It is not."}, status=409)
    assert "Somebody decided about it meanwhile" in late.said
    with app.app_context():
        assert len(everything(app)["report_decisions"]) == 1, "sent twice, decided once; and a late one is not kept"
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("UPDATE report_decisions SET verdict = 'decline'"))
        db.session.rollback()
    told = alice.get(f"/quizzes/cards/{slug}").said
    assert "Accepted by Carol on" in told
    assert "We mend the second option." in told
    assert "We mend" not in bob.get(f"/quizzes/cards/{slug}").said
    assert "1 accepted, not mended yet" in carol.get("/quizzes/bank").said
    dora.get(f"/quizzes/reports/{report_id}")
    dora.send_form("/decide", htmx=False, verdict="decline", words="It is fine after all.")
    assert "Declined by Dora" in alice.get(f"/quizzes/cards/{slug}").said
    alice.get(f"/quizzes/reports/{report_id}", status=404)
    alice.post(f"/quizzes/reports/{report_id}/decide", {"verdict": "accept", "words": "x"}, status=404)
