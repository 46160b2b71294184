"""The heat map of a cohort, what is behind its cells, and which misconceptions are shared."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from browser import Browser
from factories import (
    Person,
    add_cohort,
    add_person,
    answer_card,
    answer_wrongly,
    held_by,
    join_cohort,
    know,
    make_own_card,
    me_of,
)
from flask import Flask
from sqlalchemy import select, update

from portal.accounts.models import Membership, MentorView
from portal.db import db
from portal.login import Me
from portal.mentoring import beliefs
from portal.quizzes import catalogue, choices, queries
from portal.quizzes.queries import Held
from portal.spreadsheets import inert
from quizzes.cards import Ask
from quizzes.choosing import Choices

NOW = datetime.now(UTC)
OUTER, INNER = "sql.joins.outer", "sql.joins.inner"


@dataclass(frozen=True)
class School:
    """Three cohorts of three mentors: Carol's has Ada and Ben, the others one learner each."""

    carol: Browser
    dora: Browser
    people: dict[str, Person]
    cohorts: dict[str, int]


@pytest.fixture
def school(app: Flask) -> School:
    """Cohorts whose learners know joins more or less well; nobody has answered a card yet."""
    mentors = {name: add_person(app, f"{name}@example.org", name, role="mentor") for name in ("Carol", "Dora", "Emil")}
    people = {name: add_person(app, f"{name}@example.org", name) for name in ("Ada", "Ben", "Canary", "Finch")}
    with app.app_context():
        cohorts = {name: add_cohort(mentor, f"{name}'s class") for name, mentor in mentors.items()}
        for name, mentor in (("Ada", "Carol"), ("Ben", "Carol"), ("Canary", "Dora"), ("Finch", "Emil")):
            join_cohort(cohorts[mentor], people[name])
        know(people["Ada"], OUTER, 634, 912)
        know(people["Ada"], "bigo.loops", 920, 905)
        know(people["Ben"], OUTER, 410, None)
        know(people["Canary"], OUTER, 777, 333)
    return School(Browser(app).signed_in(mentors["Carol"]), Browser(app).signed_in(mentors["Dora"]), people, cohorts)


def table_of(browser: Browser) -> list[list[str]]:
    """The lines of the map as text: name, mean, cells."""
    page = browser.page
    rows = [one for one in page.find("tr") if any(parent.name == "tbody" for parent in one.parents)]
    return [[one.text for one in page.elements if one.name in {"th", "td"} and row in one.parents] for row in rows]


def give(app: Flask, act: Callable[[Me, Held, datetime], int], person: Person, slug: str, moment: datetime) -> None:
    """Let somebody answer a card."""
    with app.app_context():
        held = queries.find_card(person.id, slug)
        assert held is not None
        act(me_of(person), held, moment)


def objective(app: Flask, person: Person, topic: str) -> list[str]:
    """The cards of a topic with a wrong answer that shows a misconception."""
    with app.app_context():
        able = {card.slug for cards in beliefs.able_cards().values() for card in cards if card.sheet.topic == topic}
    return sorted(slug for slug in able if held_by(app, person, slug).sheet.ask is Ask.CHOICE)


def test_carol_sees_who_knows_what_in_numbers_and_in_words(school: School, app: Flask) -> None:
    carol, home = school.carol, f"/cohorts/{school.cohorts['Carol']}"
    carol.get(f"{home}/heat?step=4")
    assert [(row[0], row[1]) for row in table_of(carol)] == [("Ada", "63"), ("Ben", "41")]
    ada = table_of(carol)[0]
    assert "63▼%, was 91" in ada, "fell: an arrow for the eye, words for the ear"
    assert set(ada[2:]) == {"63▼%, was 91", "--"}
    assert "Least remembered today" in carol.page.find("h1")[0].text
    carol.get(f"{home}/heat?sort={OUTER}")
    assert [row[0] for row in table_of(carol)] == ["Ben", "Ada"], "worst first"
    assert {row[1] for row in table_of(carol)} == {"41", "78"}, "the mean over all steps"
    carol.get(f"{home}/heat?sort=bigo.loops")
    assert [row[0] for row in table_of(carol)] == ["Ada", "Ben"], "who has not begun comes last"
    carol.get(f"{home}/heat?sort=nonsense&step=99&after=99999999999999999999")
    assert [row[0] for row in table_of(carol)] == ["Ada", "Ben"], "a strange address shows the map by name"
    with app.app_context():
        seen = db.session.scalars(select(MentorView).order_by(MentorView.id)).all()
        assert {(one.page, one.learner_id, one.cohort_id) for one in seen} == {
            ("heat map", None, school.cohorts["Carol"])
        }
        assert len(seen) == 4, "Ada can read of each look"


def test_misses_are_marked_where_recall_looks_calm(school: School, app: Flask) -> None:
    """A miss that was relearnt this week counts as known; the mark says that it was missed all the same."""
    carol, home, ben = school.carol, f"/cohorts/{school.cohorts['Carol']}", school.people["Ben"]
    with app.app_context():
        know(ben, "bigo.loops", 963, 958, tries=6, misses=3)
        know(ben, INNER, 930, 700, tries=11, misses=2)  # what happens to everybody
    carol.get(f"{home}/heat")
    marked = [one.text for one in carol.page.find("td") if "miss" in (one.get("class") or "").split()]
    assert marked == ["96%; 3 misses in two weeks"]
    carol.get(f"{home}/heat.csv")
    lines = list(csv.reader(io.StringIO(carol.response.get_data(as_text=True))))
    assert [line[-1] for line in lines] == ["Missed again in two weeks", "", "Loops: 3"]
    assert "Ben (3 of 6 answers)" in carol.get(f"{home}/heat/bigo.loops").said
    assert "Missed again" not in carol.get(f"{home}/heat/{INNER}").said
    page = carol.get(f"{home}/learners/{ben.id}/topics/bigo.loops")
    assert "In these two weeks 3 of 6 answers were misses" in page.said


def test_cards_of_another_language_are_not_missing_from_a_topic(school: School, app: Flask) -> None:
    ben, topic = school.people["Ben"], "language.functions"
    path = f"/cohorts/{school.cohorts['Carol']}/learners/{ben.id}/topics/{topic}"
    with app.app_context():
        know(ben, topic, 963, 958, started=1)
        cards, java = catalogue.cards_by_topic([topic]), Choices(language="java")
        mine = sum(not card.kept_back_by & java.bits for card in cards)
        choices.choose(ben.id, java)
        db.session.commit()
    page = school.carol.get(path)
    assert f"1 of {mine} cards are started" in page.said
    assert page.said.count("Not started, and for learners of Python.") == len(cards) - mine > 0


def test_the_map_goes_on_behind_the_last_learner_shown(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.mentoring.heatmap.learners.__defaults__", (None, 1))
    carol, home = school.carol, f"/cohorts/{school.cohorts['Carol']}"
    for order, names in (("name", ["Ada", "Ben"]), (OUTER, ["Ben", "Ada"]), ("mean", ["Ben", "Ada"])):
        carol.get(f"{home}/heat?sort={order}")
        found = [table_of(carol)[0][0]]
        following = [one.get("href") or "" for one in carol.page.find("a") if one.text == "The next learners"]
        carol.get(following[0])
        found += [row[0] for row in table_of(carol)]
        assert found == names, order
        assert "The next learners" not in carol.page.said


def test_the_map_as_a_file_is_safe_to_open(school: School, app: Flask) -> None:
    mallory = add_person(app, "mallory@example.org", '=HYPERLINK("https://example.org")')
    with app.app_context():
        join_cohort(school.cohorts["Carol"], mallory)
    school.carol.get(f"/cohorts/{school.cohorts['Carol']}/heat.csv")
    text = school.carol.response.get_data(as_text=True)
    head, *lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [line[0] for line in lines] == ['\'=HYPERLINK("https://example.org")', "Ada", "Ben"]
    assert head[:2] == ["Learner", "Mean"]
    assert {len(line) for line in lines} == {len(head)}
    assert sorted(filter(None, lines[1][2:])) == ["63.4", "92.0"]
    assert [inert(text) for text in ("Ada", " =1", "-1", "@x")] == ["Ada", "' =1", "'-1", "'@x"]


def test_behind_a_heading_stands_which_wrong_answer_was_given_and_by_whom(school: School, app: Flask) -> None:
    ada, ben, home = school.people["Ada"], school.people["Ben"], f"/cohorts/{school.cohorts['Carol']}"
    slug, other = objective(app, ada, OUTER)[:2]
    give(app, answer_wrongly, ada, slug, NOW - timedelta(days=3))
    give(app, answer_card, ada, slug, NOW - timedelta(days=3, minutes=-5))
    give(app, answer_wrongly, ben, slug, NOW - timedelta(days=3))
    give(app, answer_card, ben, slug, NOW)
    give(app, answer_wrongly, school.people["Canary"], other, NOW)
    with app.app_context():
        make_own_card(ada.id, NOW, "Where is my ==private== thing?")
    wrong = next(option for option in held_by(app, ada, slug).sheet.options if not option.is_right)
    says = catalogue.misconceptions()[wrong.misconception].says
    page = school.carol.get(f"{home}/heat/{OUTER}")
    assert "2 of 2 have begun" in page.find("h1")[0].text
    told = [row.text for row in page.find("tr") if says in row.text]
    assert len(told) == 1
    assert (wrong.text in told[0], told[0].split()[-2:]) == (True, ["1", "Ada"])
    page = school.carol.get(f"{home}/learners/{ada.id}/topics/{OUTER}")
    assert says in page.said
    assert "again the same day" in page.said
    for path in (f"heat/{OUTER}", "heat", f"learners/{ada.id}/topics/{OUTER}", "heat.csv", "misconceptions"):
        school.carol.get(f"{home}/{path}")
        text = school.carol.response.get_data(as_text=True)
        assert "private" not in text
        assert "Canary" not in text, "another cohort's learner"


def test_three_cohorts_never_cross_and_a_member_who_leaves_is_gone_at_once(school: School, app: Flask) -> None:
    ada, mine, theirs = school.people["Ada"], school.cohorts["Carol"], school.cohorts["Dora"]
    name = next(iter(catalogue.misconceptions()))
    for path in ("heat", f"heat/{OUTER}", "heat.csv", "misconceptions", f"misconceptions/{name}"):
        school.dora.get(f"/cohorts/{mine}/{path}", status=404)
    for cohort in (mine, theirs):
        school.dora.get(f"/cohorts/{cohort}/learners/{ada.id}/topics/{OUTER}", status=404)
    school.carol.get(f"/cohorts/{mine}/heat/own", status=404)
    school.carol.get(f"/cohorts/{mine}/misconceptions/nonsense", status=404)
    with app.app_context():
        assert db.session.execute(select(MentorView.id)).first() is None, "who sees nothing has not looked"
        db.session.execute(update(Membership).where(Membership.learner_id == ada.id).values(ended_at=NOW))
        db.session.commit()
    school.carol.get(f"/cohorts/{mine}/learners/{ada.id}/topics/{OUTER}", status=404)
    school.carol.get(f"/cohorts/{mine}/heat")
    assert [row[0] for row in table_of(school.carol)] == ["Ben"]


def test_seven_of_twelve_think_so_and_are_named(school: School, app: Flask) -> None:
    ada, ben = school.people["Ada"], school.people["Ben"]
    home = f"/cohorts/{school.cohorts['Carol']}"
    assert "No misconception shows" in school.carol.get(f"{home}/misconceptions").said
    slug, other = objective(app, ada, OUTER)[:2]
    wrong = next(option for option in held_by(app, ada, slug).sheet.options if not option.is_right)
    for number in range(12):
        person = add_person(app, f"extra{number}@example.org", f"Extra {number:02}")
        with app.app_context():
            join_cohort(school.cohorts["Carol"], person)
        give(app, answer_wrongly if number < 7 else answer_card, person, slug, NOW)
    give(app, answer_wrongly, ben, other, NOW)
    give(app, answer_wrongly, school.people["Canary"], slug, NOW)
    app.test_cli_runner().invoke(args=["cohorts", "refresh"])
    page = school.carol.get(f"{home}/misconceptions")
    says = catalogue.misconceptions()[wrong.misconception].says
    told = [one.text for one in page.find("h2")]
    assert told[0] == f"7 of 12 who met it think: “{says}”"
    assert "1 held by one learner each" in page.said
    assert "Library Database" in page.said, "an exercise"
    page = school.carol.get(f"{home}/misconceptions/{wrong.misconception}")
    assert [one.text for one in page.find("a", class_="title")] == [f"Extra {number:02}" for number in range(7)]
