"""Who belongs to a cohort, and what that opens to whom."""

from datetime import timedelta

from factories import LONG_AGO, add_cohort, add_person, begin_mentorship, join_cohort
from flask import Flask
from sqlalchemy import update

from portal.accounts import queries
from portal.accounts.models import CohortMentor, Membership
from portal.db import db

LATER = LONG_AGO + timedelta(days=30)


def names(companions: list[queries.Companion]) -> list[str]:
    return [one.name for one in companions]


def test_a_cohort_makes_mentors_until_either_leaves(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        cohort_id = add_cohort(carol)
        join_cohort(cohort_id, carol)
        membership_id = join_cohort(cohort_id, alice, LATER)
        assert [(one.name, one.since) for one in queries.mentors_of(alice.id)] == [("Carol", LATER)]
        assert names(queries.learners_of(carol.id)) == ["Alice"], "nobody mentors themselves"
        assert queries.is_mentor_of(carol.id, alice.id)
        db.session.execute(update(Membership).where(Membership.id == membership_id).values(ended_at=LATER))
        assert not queries.is_mentor_of(carol.id, alice.id)
        assert not queries.is_member(cohort_id, alice.id)
        join_cohort(cohort_id, alice, LATER)
        assert queries.is_mentor_of(carol.id, alice.id)
        db.session.execute(update(CohortMentor).values(ended_at=LATER))
        assert not queries.is_mentor_of(carol.id, alice.id)
        assert queries.find_cohort(carol.id, cohort_id) is None


def test_a_mentor_twice_over_stands_there_once(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        join_cohort(add_cohort(carol), alice, LATER)
        begin_mentorship(alice.id, carol)
        assert [(one.name, one.since) for one in queries.mentors_of(alice.id)] == [("Carol", LONG_AGO)]
