"""flask demo: invented people whose nine months pass every check a lived year would pass."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from browser import Browser
from click.testing import Result
from factories import PASSWORD, everything, forget_people
from flask import Flask
from sqlalchemy import func, select, text
from test_access import TABLE, Row

from portal.accounts import queries as account_queries
from portal.db import db
from portal.demo import year
from portal.demo.entries import filled
from portal.journal.models import Draft, Entry, Version
from portal.quizzes import queries, verifying
from portal.quizzes.models import Card, CardState, LogRow, ReviewDay

UNTIL = "2026-11-22"


def run(app: Flask, *more: str) -> Result:
    """Type `flask demo`."""
    return app.test_cli_runner().invoke(args=["demo", "--until", UNTIL, "--password", PASSWORD, *more])


@pytest.fixture
def shown(database_app: Flask) -> Flask:
    """The application with the demonstration in it, made once for the tests that only look."""
    with database_app.app_context():
        is_there = account_queries.find_user("ada@example.org") is not None and verifying.count_log() > 8_000
    if not is_there:
        forget_people(database_app)
        result = run(database_app)
        assert result.exit_code == 0, result.output
    return database_app


def id_of(email: str) -> int:
    user = account_queries.find_user(email)
    assert user is not None
    return user.id


def signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    browser.post("/sign-in", {"email": f"{name}@example.org", "password": PASSWORD}, status=303)
    return browser


def test_the_log_adds_up_to_every_state_and_every_day(shown: Flask) -> None:
    with shown.app_context():
        assert list(verifying.verify()) == []


def test_what_came_at_once_is_known_to_the_planner_without_waiting_for_autovacuum(shown: Flask) -> None:
    with shown.app_context():
        rows = db.session.scalar(select(func.count()).select_from(LogRow))
        if db.engine.dialect.name == "postgresql":
            known = text("SELECT reltuples FROM pg_class WHERE oid = CAST('review_log' AS regclass)")
        else:  # has no autovacuum, and plans by indexes alone: statistics would have to be kept up
            known = text("SELECT count(*) + :rows FROM sqlite_master WHERE name = 'sqlite_stat1'").bindparams(rows=rows)
        assert db.session.scalar(known) == rows


def test_ada_has_a_year_and_bob_two_weeks(shown: Flask) -> None:
    with shown.app_context():
        days = select(func.count(), func.min(ReviewDay.day), func.max(ReviewDay.day), func.sum(ReviewDay.answers))
        ada, bob = (
            db.session.execute(days.where(ReviewDay.learner_id == id_of(f"{name}@example.org"))).one()
            for name in ("ada", "bob")
        )
        learnt = db.session.scalar(select(func.count()).where(CardState.learner_id == id_of("ada@example.org")))
        cards = db.session.scalar(select(func.count()).where(Card.position > 0))
    assert 100 < ada[0] < 220
    assert ada[1] < date(2026, 3, 1) < date(2026, 11, 10) < ada[2] < date(2026, 11, 22)
    assert 700 < ada[3] < 4_000
    assert 60 < (learnt or 0) < (cards or 0), "there is something left to learn"
    assert 4 <= bob[0] <= 16
    assert bob[3] < 400


def test_ada_rests_in_august_and_comes_back(shown: Flask) -> None:
    summer = year.year_until(date.fromisoformat(UNTIL)).summer
    assert (summer.first.month, (summer.last - summer.first).days) == (8, 14)
    with shown.app_context():
        of_ada = select(ReviewDay.day).where(ReviewDay.learner_id == id_of("ada@example.org"))
        days = set(db.session.scalars(of_ada))
    assert not {day for day in days if summer.first <= day <= summer.last}
    assert len({day for day in days if summer.last < day <= summer.last + timedelta(days=10)}) >= 4


def test_all_that_learners_do_stands_in_the_log(shown: Flask) -> None:
    with shown.app_context():
        kinds = Counter(db.session.scalars(select(LogRow.kind)))
        shown_beliefs = db.session.scalars(select(LogRow.misconceptions).where(LogRow.misconceptions.is_not(None)))
        assert len(set(shown_beliefs)) > 20
        tokens = db.session.scalars(select(LogRow.token).where(LogRow.kind == "answer")).all()
    assert {"answer", "regrade", "undo", "bury", "suspend", "resume"} <= kinds.keys()
    assert len(set(tokens)) == len(tokens)
    assert None not in tokens


def test_today_cards_wait_and_new_ones_are_found(shown: Flask) -> None:
    browser = signed_in(shown, "ada")
    with shown.app_context():
        ada = id_of("ada@example.org")
        assert queries.first_unlearnt_position(ada, 0) is not None
    browser.get("/quizzes/today")
    assert browser.page.kind in {"question", "done"}


def test_carol_reads_what_learners_say_of_cards(shown: Flask) -> None:
    page = signed_in(shown, "carol").get("/quizzes/reports")
    assert "asks for rows and not for pairs" in page.html
    assert "This one came on my third day." in page.html


def test_the_journal_says_no_sentence_twice(shown: Flask) -> None:
    with shown.app_context():
        ada = id_of("ada@example.org")
        bodies = list(db.session.scalars(select(Entry.body).where(Entry.learner_id == ada)))
        versions, drafts = (
            db.session.execute(select(func.count()).select_from(of)).scalar_one() for of in (Version, Draft)
        )
    assert 80 <= len(bodies) <= 110
    assert (versions >= 5, drafts) == (True, 1)
    prose = [line for body in bodies for line in re.sub(r"(?s)```.*?```", "", body).splitlines() if _is_prose(line)]
    assert len(prose) > 150
    assert [line for line, count in Counter(prose).items() if count > 1] == []
    assert not [line for line in prose if re.search(r"\{\w+\}", line)], "a place was not filled in"


def _is_prose(line: str) -> bool:
    return bool(line) and line[0] not in "#-|1234567890"


def test_a_sentence_begins_with_a_capital_whatever_is_put_into_it() -> None:
    assert filled("{topic} again.", topic="*loops*") == "*Loops* again."
    assert filled("“{says}” No.", says="it is.") == "“It is.” No."
    assert filled("") == ""


def urls_of_ada(app: Flask) -> dict[str, str]:
    """What the addresses in the access table name, out of Ada's things."""
    with app.app_context():
        ada = id_of("ada@example.org")
        entries = list(db.session.scalars(select(Entry).where(Entry.learner_id == ada).order_by(Entry.version.desc())))
        held = queries.find_card_by_id(ada, db.session.scalars(select(CardState.card_id)).first() or 0)
        gone = next(entry.id for entry in entries if entry.deleted_at is not None)
        kept = next(entry.id for entry in entries if entry.deleted_at is None)
    assert held is not None
    return {"slug": held.slug, "entry_id": str(kept), "gone_id": str(gone)}


def pages_for(things: dict[str, str]) -> list[Row]:
    """The GET rows of the access table that Ada may see and that her things can fill in."""
    rows = [row for (method, _), row in TABLE.items() if method == "GET" and row.alice == 200]
    return [row for row in rows if set(re.findall(r"{(\w+)}", row.url)) <= things.keys()]


def test_every_page_can_be_opened_by_ada(shown: Flask) -> None:
    browser = signed_in(shown, "ada")
    things = urls_of_ada(shown) | {"step_id": "sql-mysql", "project_id": "library-database"}
    rows = pages_for(things)
    assert len(rows) >= 25
    for row in rows:
        browser.get(row.url.format(**things))


def test_a_second_time_is_refused_and_changes_nothing(shown: Flask) -> None:
    before = everything(shown)
    for more in ([], ["--beside-others"]):
        result = run(shown, *more)
        assert result.exit_code == 1
        assert "are here already: the demonstration is added once. Nothing was changed." in result.stderr
    assert everything(shown) == before
