"""A mentor's morning: who needs somebody and why, everybody in a table, what is done about it and what follows."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from factories import LONG_AGO, Person, add_cohort, add_person, join_cohort, stand
from flask import Flask
from sqlalchemy import insert, select, text, update

from portal.accounts.models import Cohort, Membership, User
from portal.db import db
from portal.mentoring import everyone, queries
from portal.mentoring.models import MentorView, Nudge, Snooze, Standing
from portal.quizzes.models import ReviewDay

NOW = datetime.now(UTC)
TODAY = NOW.date()
QUIET = {"quiet": "7 days without a review, usual rhythm 5 a week", "behind": "plan 9 h behind: 3 of 12 h in four weeks"}
STUCK = {"stuck": "stuck on SQL joins: 8 of 12 answers missed in two weeks"}


@dataclass(frozen=True)
class Class:
    """Carol's cohort with Alice (quiet), Mia (stuck) and Ben (came back)."""

    id: int
    carol: Browser
    alice: Browser
    people: dict[str, Person]

    @property
    def url(self) -> str:
        """Its morning."""
        return f"/cohorts/{self.id}"

    def of(self, name: str, act: str = "") -> str:
        """The address of something done about a learner."""
        return f"{self.url}/learners/{self.people[name].id}/{act}"


@pytest.fixture
def class_(app: Flask, carol: Browser, alice: Browser) -> Class:
    """Three who learn, and how they stand."""
    assert carol.person is not None
    assert alice.person is not None
    people = {"Alice": alice.person} | {name: add_person(app, f"{name}@example.org", name) for name in ("Mia", "Ben")}
    with app.app_context():
        cohort_id = add_cohort(carol.person)
        for one in people.values():
            join_cohort(cohort_id, one)
        stand(cohort_id, people["Alice"], "Alice", NOW, reasons=QUIET, last_on=TODAY - timedelta(days=7), recall=None)
        stand(cohort_id, people["Mia"], "Mia", NOW, reasons=STUCK, recall=630, recall_was=912, due=41)
        stand(cohort_id, people["Ben"], "Ben", NOW, wins={"came_back": "came back today after a pause of 21 days"})
    return Class(cohort_id, carol, alice, people)


def test_a_mentor_sees_who_needs_them_and_why(class_: Class, app: Flask) -> None:
    page = class_.carol.get(class_.url)
    assert page.find("h1")[0].text == "Two of 3 need you today"
    listed = [one.text for one in page.find("a", class_="title")]
    assert listed[:3] == ["Alice", "Mia", "Ben"], "the weightiest first; who did well stands below"
    assert "7 days without a review, usual rhythm 5 a week" in page.said
    assert "plan 9 h behind" in page.said
    assert "came back today after a pause of 21 days" in page.said
    assert "63% ▼down 28" in page.element("everyone").text, "recall says by how much it fell"
    with app.app_context():
        looked = db.session.execute(select(MentorView.cohort_id, MentorView.learner_id, MentorView.page)).all()
    assert [tuple(row) for row in looked] == [(class_.id, None, "cohort")]
    class_.alice.get(class_.url, status=404)


def test_whoever_left_is_on_no_part_of_the_page(class_: Class, app: Flask) -> None:
    with app.app_context():
        left = update(Membership).where(Membership.learner_id == class_.people["Alice"].id).values(ended_at=NOW)
        db.session.execute(left)
        db.session.commit()
    page = class_.carol.get(class_.url)
    assert page.find("h1")[0].text == "One of 2 needs you today"
    assert "Alice" not in page.said
    assert "Alice" not in class_.carol.http.get(f"{class_.url}/members.csv").text
    for act in ("write", "note", "snooze"):
        class_.carol.get(class_.of("Alice", act), status=404)
