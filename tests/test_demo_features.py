"""flask demo fills what stands around cards and journal: plan, timer, own cards, notes, threads, skills."""

from datetime import date, timedelta
from typing import Any

from browser import Browser
from flask import Flask
from sqlalchemy import func, select
from test_demo import id_of, shown, signed_in

from portal.accounts import queries as account_queries
from portal.db import db
from portal.journal import queries as journal_queries
from portal.journal.models import Comment, Entry, Link, Mark, Note, Share, ShareEvent
from portal.plan import queries as plan_queries
from portal.progress.queries import find_skill_page
from portal.quizzes.models import Card, CardState
from portal.study import queries as study_queries
from portal.study.models import StudySession

__all__ = ["shown"]  # the fixture
UNTIL = date(2026, 11, 22)


def count(table: Any, *where: Any) -> int:
    """How many rows there are."""
    return db.session.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def test_ada_makes_cards_of_sentences_and_reviews_them(shown: Flask) -> None:
    with shown.app_context():
        ada = id_of("ada@example.org")
        own = set(db.session.scalars(select(Card.id).where(Card.owner_id == ada)))
        learnt = count(CardState, CardState.learner_id == ada, CardState.card_id.in_(own), CardState.reviews > 1)
        assert (len(own), learnt >= 4) == (7, True)
        assert count(Card, Card.owner_id.is_not(None), Card.owner_id != ada) == 0
    page = signed_in(shown, "ada").get("/journal/cards")
    assert "What does an index cost?" in page.html


def test_the_timer_ran_on_most_days_and_runs_no_more(shown: Flask) -> None:
    with shown.app_context():
        ada = id_of("ada@example.org")
        assert 70 < count(StudySession, StudySession.learner_id == ada) < 180
        assert study_queries.running_session(ada) is None
        minutes = study_queries.minutes_by_day(ada, UNTIL - timedelta(days=28), UNTIL)
        assert len(minutes) > 10
        assert max(minutes.values()) < 300


def test_the_plan_slipped_and_has_a_break_ahead(shown: Flask) -> None:
    with shown.app_context():
        ada = id_of("ada@example.org")
        planned = plan_queries.planned_days(ada, UNTIL - timedelta(days=273), UNTIL)
        assert {0, 30, 60, 120} <= set(planned.values())
        assert max(row.first_on for row in plan_queries.breaks(ada)) > UNTIL
        assert len(plan_queries.evidence(ada)) > 2
        assert plan_queries.planned_days(id_of("bob@example.org"), UNTIL, UNTIL) == {}
    assert "behind" in signed_in(shown, "ada").get("/plan").html


def test_carol_reads_what_is_shared_and_nothing_else(shown: Flask) -> None:
    with shown.app_context():
        ada, bob, carol = (id_of(f"{name}@example.org") for name in ("ada", "bob", "carol"))
        assert account_queries.is_mentor_of(carol, ada)
        assert account_queries.is_mentor_of(carol, bob)
        theirs = select(Entry.id).where(Entry.learner_id.in_((ada, bob)))
        ended = count(ShareEvent, ShareEvent.is_shared.is_(False), ShareEvent.entry_id.in_(theirs))
        assert (count(Share, Share.entry_id.in_(theirs)), ended) == (11, 1)
        assert count(Comment, Comment.entry_id.in_(theirs)) >= 17
        unread = select(Mark.person_id).where(Mark.entry_id.in_(theirs))
        assert set(db.session.scalars(unread)) == {ada, carol}
        said = "Measured. I take the question back"
        entry_id = db.session.scalars(select(Comment.entry_id).where(Comment.body.startswith(said))).one()
    assert said in signed_in(shown, "carol").get(f"/journal/shared/{entry_id}").html


def test_notes_links_and_decisions_are_there(shown: Flask) -> None:
    with shown.app_context():
        ada = id_of("ada@example.org")
        assert count(Note, Note.learner_id == ada) >= 5
        assert count(Link, Link.learner_id == ada) > 10
        assert len(journal_queries.decisions_to_look_at(ada, UNTIL)) == 1


def test_adas_skills_are_public_for_whoever_has_the_link(shown: Flask) -> None:
    with shown.app_context():
        page = find_skill_page(id_of("ada@example.org"))
        assert page is not None
        assert find_skill_page(id_of("bob@example.org")) is None
        token = page.token
    assert "Ada L." in Browser(shown).get(f"/skills/{token}").html
