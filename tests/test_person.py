"""The page of one learner: what a mentor sees, that its learner sees the same, and that who looked is written down."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from browser import Browser, Page
from factories import (
    LONG_AGO,
    add_cohort,
    add_person,
    add_plan,
    answer_card,
    begin_mentorship,
    everything,
    join_cohort,
    make_own_card,
    me_of,
    share_entry,
    slugs_of,
    study,
    write_entry,
    wrong_answer,
)
from flask import Flask
from sqlalchemy import select, update

from portal.accounts.actions import note_view
from portal.accounts.models import Cohort, CohortMentor, Membership, MentorView
from portal.db import db
from portal.login import Me
from portal.mentoring import attempts as attempts_page
from portal.mentoring.looking import PAGE
from portal.mentoring.models import Standing
from portal.mentoring.portrait import recall_then
from portal.quizzes import actions, queries
from portal.quizzes.history import events_of
from portal.quizzes.models import Card, LogRow
from portal.quizzes.presentations import present
from quizzes.cards import Ask
from quizzes.ledger import replay
from quizzes.recall import recall
from quizzes.sm2 import Grade

NOW = datetime.now(UTC)
REASONS = '[{"words": "recall of Outer joins fell from 91% to 63%", "evidence": "topic:sql.joins.outer"}]'


def id_of(browser: Browser) -> int:
    """Whose browser this is."""
    assert browser.person is not None
    return browser.person.id


@pytest.fixture
def page(app: Flask, alice: Browser, carol: Browser) -> str:
    """The address of Alice's page, of the cohort in which Carol mentors her."""
    assert alice.person is not None
    assert carol.person is not None
    with app.app_context():
        cohort_id = add_cohort(carol.person)
        join_cohort(cohort_id, alice.person)
    return f"/cohorts/{cohort_id}/learners/{id_of(alice)}"


def looked(app: Flask) -> list[tuple[Any, ...]]:
    """(mentor, learner, page) of every look that is written down."""
    with app.app_context():
        columns = (MentorView.mentor_id, MentorView.learner_id, MentorView.page)
        return [tuple(row) for row in db.session.execute(select(*columns).order_by(MentorView.id))]


def answer_wrongly(who: Me, slug: str, moment: datetime) -> int:
    """She gets a card wrong; the answer's id."""
    held = queries.find_card(who.id, slug)
    assert held is not None
    shown = present(who.id, held.card_id, held.memory.version, moment)
    kept = actions.keep_answer(who, held, actions.weigh_answer(who, held, shown, wrong_answer(held), None, moment))
    db.session.commit()
    return kept.id


def live(app: Flask, alice: Browser, carol: Browser, page: str) -> None:
    """Alice studied for weeks: right and wrong, a grade changed, an answer taken back, a secret card, an entry."""
    assert alice.person is not None
    slugs = slugs_of(app, Ask.CHOICE)
    with app.app_context():
        _live(me_of(alice.person), slugs, carol, page)


def _live(who: Me, slugs: list[str], carol: Browser, page: str) -> None:
    add_plan(who.id, NOW - timedelta(days=30))
    study(who.id, NOW - timedelta(days=3), 45, "sql.joins")
    for ago in (20, 12, 3):
        for slug in slugs[:3]:
            held = queries.find_card(who.id, slug)
            assert held is not None
            answer_card(who, held, NOW - timedelta(days=ago), Grade.HARD if ago == 3 else None)
    answer_wrongly(who, slugs[3], NOW - timedelta(minutes=9))
    undone = answer_wrongly(who, slugs[4], NOW - timedelta(minutes=8))
    answer, held = queries.find_answer(who.id, undone), queries.find_card(who.id, slugs[4])
    assert answer is not None
    assert held is not None
    actions.undo(who, held, answer, NOW - timedelta(minutes=7))
    own = queries.find_card(who.id, make_own_card(who.id, NOW, "The ==pelican== sings."))
    assert own is not None
    answer_card(who, own, NOW - timedelta(minutes=6))
    share_entry(who.id, write_entry(who.id, NOW.date(), "Shared: joins."), id_of(carol))
    write_entry(who.id, NOW.date(), "A pelican of my own.")
    numbers = dict.fromkeys(("seen", "need", "active_days", "reviews", "minutes", "due", "started"), 1)
    stood = Standing(cohort_id=int(page.split("/")[2]), learner_id=who.id, name="Alice", as_of=NOW.date(), **numbers)
    stood.rules_version, stood.reasons, stood.wins, stood.written_at = 1, REASONS, "[]", NOW
    db.session.add(stood)
    db.session.commit()


def test_carol_sees_how_alice_does_and_no_word_of_what_is_private(
    app: Flask, alice: Browser, carol: Browser, page: str
) -> None:
    live(app, alice, carol, page)
    seen = carol.get(page)
    said = seen.said
    assert seen.find("h1")[0].text == "Alice answered cards today"
    assert seen.find("a", href="#topic-sql.joins.outer"), "a reason leads to its evidence"
    for anchor in ("days", "plan", "topics", "cards", "attempts", "journal", "projects"):
        assert seen.element(anchor).text
    assert re.search(r"Plan \d+ h behind", seen.element("plan").text)
    assert "45 minutes, " in seen.element("plan").text, "her sessions"
    answers = seen.element("attempts").text
    assert answers.count("Not right: ") == 2
    assert "Shows the belief: " in answers
    assert answers.count("taken back") == 1
    assert answers.count("changed to hard") == 3
    assert "A card of their own Right" in answers
    assert "Shared: joins." in seen.element("journal").text
    assert "1 journal entry is shared with you" in said
    assert "pelican" not in said
    assert looked(app) == [(id_of(carol), id_of(alice), "learner page")]


def test_every_answer_is_there_page_by_page_and_can_be_narrowed(
    app: Flask, alice: Browser, carol: Browser, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(app, alice, carol, page)
    slug = slugs_of(app, Ask.CHOICE)[3]
    with app.app_context():
        rows = db.session.scalars(select(LogRow.id).where(LogRow.kind == "answer")).all()
        (topic,) = {*db.session.scalars(select(Card.topic).where(Card.slug == slug))}
    monkeypatch.setattr(attempts_page, "PAGE", 5)
    found, address = 0, "?"
    while address:
        shown = carol.get(page + address).element("attempts")
        found += len([one for one in carol.page.find("strong") if shown in one.parents])
        more = [link for link in carol.page.find("a", class_="button") if link.text == "Earlier answers"]
        address = more[0].get("href") or "" if more else ""
    assert found == len(rows) == 12
    assert carol.get(f"{page}?wrong=1").element("attempts").text.count("Not right") == 2
    assert "Not right" in carol.get(f"{page}?topic={topic}&wrong=1").element("attempts").text
    assert "No such answer." in carol.get(f"{page}?topic=no.such").element("attempts").text
    for before in ("x", "1", "1.1.1", "1." + "9" * 17):
        carol.get(f"{page}?before={before}", status=404)


def test_recall_of_two_weeks_ago_is_what_a_replay_gives(app: Flask, alice: Browser, carol: Browser, page: str) -> None:
    live(app, alice, carol, page)
    with app.app_context():
        cards = db.session.execute(select(Card.id, Card.topic).where(Card.owner_id.is_(None)).order_by(Card.id)).all()
        for ago in (0, 1, 3, 5, 12, 14, 21):
            then, known = NOW.date() - timedelta(days=ago), dict[str, list[float]]()
            for card_id, topic in cards[:200]:
                memory = replay([one for one in events_of(id_of(alice), card_id) if one.day <= then])
                if memory.due_on and memory.last_on:
                    value = recall(memory.schedule.interval_days, (then - memory.last_on).days)
                    known.setdefault(topic, []).append(value)
            wanted = {topic: pytest.approx(sum(values) / len(values)) for topic, values in known.items()}
            assert recall_then(id_of(alice), then) == wanted, f"{ago} days ago"


# ---- Trust


def body_of(browser: Browser, url: str) -> str:
    """A page without banner, navigation, forms and footer; an entry's own address and its shared one are one."""
    html = browser.http.get(url).get_data(as_text=True)
    for part in (
        r'<div class="flash" id="as-mentor">.*?</div>',
        "<header.*?</header>",
        "<nav.*?</nav>",
        '<a href="/cohorts">Cohorts</a>, ',
        "<form.*?</form>",
        "<body.*?>\n",
    ):
        html = re.sub(part, "", html, flags=re.DOTALL)
    html = re.sub(r"<footer.*?</footer>", "", html, flags=re.DOTALL).replace("/journal/shared/", "/journal/")
    return re.sub(r">\s+<", ">\n<", html)


def test_what_alice_sees_as_her_mentors_view_is_that_page(
    app: Flask, alice: Browser, carol: Browser, page: str
) -> None:
    live(app, alice, carol, page)
    dora = add_person(app, "dora@example.org", "Dora", role="mentor", zone="Asia/Tokyo")
    with app.app_context():
        db.session.add(CohortMentor(cohort_id=int(page.split("/")[2]), mentor_id=dora.id, began_at=LONG_AGO))
        db.session.commit()
    for browser, name in ((carol, "Carol"), (Browser(app).signed_in(dora), "Dora")):
        choice = alice.get("/me/mentor-view")
        (link,) = [one for one in choice.find("a", class_="title") if one.text == f"What {name} sees"]
        mine = link.get("href") or ""
        assert f"This is what {name} sees of you" in alice.get(mine).element("as-mentor").text
        for query in ("", "?wrong=1"):
            theirs = body_of(browser, page + query)
            assert body_of(alice, mine + query) == theirs
            assert ("Shared: joins." in theirs) == (name == "Carol"), "each mentor reads what is shared with them"
    assert len(looked(app)) == 4, "her own looking is nobody's business"
    alice.get(mine.replace(str(dora.id), "999"), status=404)


def ends_membership(cohort_id: int) -> None:
    """Alice leaves."""
    db.session.execute(update(Membership).where(Membership.cohort_id == cohort_id).values(ended_at=NOW))


def ends_mentoring(cohort_id: int) -> None:
    """Carol leaves."""
    db.session.execute(update(CohortMentor).where(CohortMentor.cohort_id == cohort_id).values(ended_at=NOW))


def archives(cohort_id: int) -> None:
    """The cohort is over."""
    db.session.execute(update(Cohort).where(Cohort.id == cohort_id).values(archived_at=NOW))
    ends_membership(cohort_id)


@pytest.mark.parametrize("end", [ends_membership, ends_mentoring, archives])
def test_what_ends_is_closed_at_the_next_request_and_nothing_is_written(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, page: str, end: Callable[[int], None]
) -> None:
    cohort_id = int(page.split("/")[2])
    carol.get(page)
    alice.get("/me/mentor-view", status=303)
    mine = alice.response.location
    with app.app_context():
        end(cohort_id)
        begin_mentorship(id_of(alice), carol.person)  # type: ignore[arg-type]  # she is signed in
    before = everything(app)
    for browser in (carol, bob, alice):
        browser.get(page, status=404)
    alice.get(mine, status=404)
    assert "No mentor has a page about you" in alice.get("/me/mentor-view").said
    assert everything(app) == before


def test_alice_reads_who_looked_at_what_and_when(app: Flask, alice: Browser, carol: Browser, page: str) -> None:
    cohort_id, learner_id, mentor_id = int(page.split("/")[2]), id_of(alice), id_of(carol)
    assert "No mentor has looked" in alice.get("/me/seen").said
    with app.app_context():
        told, gone = (write_entry(learner_id, date(2026, 11, day), "Joins.") for day in (3, 4))
        for entry_id in (told, gone):
            share_entry(learner_id, entry_id, mentor_id)
        for opened_at, learner, name in (
            (LONG_AGO - timedelta(days=1), None, "heat map"),  # before she belonged to the cohort
            (NOW, None, "heat map"),
            (NOW, learner_id, "forecast"),
        ):
            note_view(mentor_id, cohort_id, learner, name, opened_at)
        other = add_cohort(carol.person)  # type: ignore[arg-type]
        note_view(mentor_id, other, None, "other cohort", NOW)
        db.session.commit()
    for url in (page, page, f"{page}?wrong=1", f"/journal/shared/{told}", f"/journal/shared/{gone}"):
        carol.get(url)
    carol.get("/journal/shared/999", status=404)
    alice.post(f"/journal/{gone}/delete", status=303)
    said = [item.text for item in alice.get("/me/seen").find("li")]
    assert [re.sub(r"\d\d:\d\d", "then", line) for line in said] == [
        "Carol looked at an entry of yours that is deleted now then",
        "Carol looked at your entry of 3 November 2026 then",
        "Carol looked at your answers then",
        "Carol looked at your page 2 times, last at then",
        "Carol looked at your forecast then",
        "Carol looked at the heat map of Autumn intake, where you stand with the others then",
    ]
    with app.app_context():
        for number in range(PAGE):
            note_view(mentor_id, cohort_id, learner_id, f"page {number}", NOW)
        db.session.commit()
    first = alice.get("/me/seen")
    (more,) = first.find("a", class_="button")
    second = alice.get(more.get("href") or "")
    assert [len(one.find("li")) for one in (first, second)] == [PAGE, 6]
    assert "There is nothing older" in alice.get("/me/seen?before=1").said
    alice.get("/me/seen?before=x", status=404)
    assert "Who looked" in links_of(alice.get("/me/mentors"))


def links_of(page: Page) -> str:
    """The words of all links."""
    return " ".join(link.text for link in page.find("a"))
