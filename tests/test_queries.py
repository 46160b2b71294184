"""Every page asks the database as often for 10 rows as for 20 and for 200."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from browser import Browser
from factories import (
    add_person,
    answer_card,
    change_entry,
    held_by,
    log_of,
    me_of,
    right_answer,
    slugs_of,
    study,
    write_entry,
)
from flask import Flask
from sqlalchemy import event, select

from portal.accounts import actions as account_actions
from portal.db import db
from portal.journal.models import Entry
from portal.login import Me
from portal.quizzes import queries
from portal.quizzes.models import Card, Report
from portal.statements import _Plan
from quizzes.cards import Ask

NOW = datetime.now(UTC)
SIZES = (10, 20, 100)
MOST = 20  # statements for a page: more than that is a loop
PAGES = (
    "/",
    "/roadmap",
    "/roadmap/steps/data-structures-algorithms",
    "/roadmap/topics/bigo.growth",
    "/quizzes/today",
    "/quizzes/answers",
    "/quizzes/",
    "/quizzes/decks/big-o",
    "/quizzes/cards/{slug}",
    "/quizzes/answers/{answer_id}",
    "/me",
    "/quizzes/reports",
    "/journal",
    "/journal?tag=sql",
    "/journal/new",
    "/journal/{entry_id}",
    "/journal/{entry_id}/edit",
    "/journal/{entry_id}/versions",
    "/journal/{entry_id}/versions/1",
    "/study",
    "/study?period=all",
    "/study/cost?step=3",
    "/progress/habit",
    "/study/cost?new_per_day=15",
)


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that were sent, by SQLAlchemy and by the prepared ones that go past it."""
    statements: list[str] = []
    execute = _Plan.execute

    def note_prepared(plan: _Plan, *given: object) -> object:
        statements.append(plan.sql)
        return execute(plan, *given)  # type: ignore[arg-type]

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    monkeypatch.setattr(_Plan, "execute", note_prepared)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def first_slugs(app: Flask) -> list[str]:
    """The first cards in roadmap order."""
    with app.app_context():
        return list(db.session.scalars(select(Card.slug).order_by(Card.position).limit(max(SIZES))))


def learner_of(app: Flask, slugs: list[str]) -> Browser:
    """A mentor who learns: knows these cards, all due, answered the first as often today, has as many sessions."""
    size = len(slugs)
    person = add_person(app, f"alice{size}@example.org", "Alice", role="mentor", new_per_day=0)
    with app.app_context():
        who = me_of(person)
        for slug in slugs:
            answer(who, slug, NOW - timedelta(days=3))
            card_id = db.session.execute(select(Card.id).where(Card.slug == slug)).scalar_one()
            db.session.add(Report(card_id=card_id, learner_id=who.id, rev=1, reason="key", text="x", created_at=NOW))
            account_actions.start_session(who.id, "a test", NOW)
        for _ in slugs:
            answer(who, slugs[0], NOW - timedelta(seconds=5))
            study(who.id, NOW - timedelta(minutes=5), 2, "sql.joins")
            entry_id = write_entry(who.id, NOW.date(), "Joins.", ["sql", "null"])
        for _ in slugs:
            change_entry(who.id, entry_id, "Joins again.")
        write_entry(who.id, NOW.date(), "The last.", ["sql"])
        db.session.commit()
    return Browser(app).signed_in(person)


def answer(who: Me, slug: str, moment: datetime) -> None:
    """Answer a card rightly."""
    held = queries.find_card(who.id, slug)
    assert held is not None
    answer_card(who, held, moment)


def changed_entry(alice: Browser) -> int:
    """The entry of this person's that was saved most often."""
    assert alice.person is not None
    statement = select(Entry.id).where(Entry.learner_id == alice.person.id).order_by(Entry.version.desc()).limit(1)
    with alice.app.app_context():
        return db.session.execute(statement).scalar_one()


def costs(alice: Browser, slugs: list[str], sent: list[str]) -> dict[str, int]:
    """How many statements each page and each form takes."""
    assert alice.person is not None
    latest = log_of(alice.app, alice.person, slugs[0])[-1].id
    entry_id = changed_entry(alice)
    found = {}

    def count(name: str, act: Callable[[], object]) -> None:
        del sent[:]
        act()
        found[name] = len(sent)

    for page in PAGES:
        count(page, partial(alice.get, page.format(slug=slugs[0], answer_id=latest, entry_id=entry_id)))
    due = slugs[-1]
    given = right_answer(held_by(alice.app, alice.person, due))
    count("open", lambda: alice.get(f"/quizzes/today?card={due}", htmx=True))
    count("answer", lambda: alice.answer(*given))
    count("grade", lambda: alice.choose(3))
    count("undo", lambda: alice.send_form("/undo"))
    count("bury", lambda: alice.send_form("/bury"))
    return found


def test_every_page_asks_as_often_for_ten_rows_as_for_twenty_and_for_two_hundred(app: Flask, sent: list[str]) -> None:
    of_self = set(slugs_of(app, Ask.SELF))
    slugs = [slug for slug in first_slugs(app) if slug not in of_self]
    seen = [costs(learner_of(app, slugs[:size]), slugs[:size], sent) for size in SIZES]
    rising = {name: [counts[name] for counts in seen] for name in seen[0] if len({counts[name] for counts in seen}) > 1}
    assert not rising
    assert max(seen[0].values()) <= MOST, seen[0]


def test_the_counter_counts(alice: Browser, sent: list[str]) -> None:
    alice.http.get("/healthz")
    assert sent == []
    alice.get("/quizzes/today")
    assert any("card_states" in statement for statement in sent)
    assert any("sessions" in statement for statement in sent)
