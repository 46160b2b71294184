"""flask demo beside other people, with a bad password, twice with one seed, and taken out again.

A file of its own, behind those that look at the whole demonstration: it makes small ones and leaves nothing.
"""

import re

from browser import Browser
from factories import add_person, everything
from flask import Flask
from sqlalchemy import select
from test_demo import UNTIL, run

from portal.db import db
from portal.quizzes.models import LogRow


def test_where_people_are_it_wants_to_be_told_and_leaves_them_alone(app: Flask) -> None:
    add_person(app, "dora@example.org", "Dora")
    before = everything(app)
    result = run(app, "--no-cohort")
    assert (result.exit_code, "People have accounts here." in result.stderr) == (1, True)
    assert everything(app) == before
    assert run(app, "--no-cohort", "--beside-others").exit_code == 0
    after = everything(app)
    assert before["users"][0] in after["users"]
    assert len(after["users"]) == 4
    removed = app.test_cli_runner().invoke(args=["demo", "--remove"])
    assert (removed.exit_code, "3 invented people are gone" in removed.output) == (0, True)
    assert everything(app) == before


def test_a_password_that_is_easy_to_guess_is_refused_and_one_is_made_up(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "--until", UNTIL, "--password", "ada"])
    assert (result.exit_code, "Use at least 15 characters." in result.stderr) == (1, True)
    told = app.test_cli_runner().invoke(args=["demo", "--until", UNTIL, "--no-cohort"]).output
    password = re.findall(r"Sign in as ada@example.org with the password (\S+)", told)[0]
    Browser(app).post("/sign-in", {"email": "ada@example.org", "password": password}, status=303)


def test_the_same_seed_tells_the_same_story(app: Flask) -> None:
    said = run(app, "--seed", "5", "--no-cohort").output.splitlines()[0]
    with app.app_context():
        rows = db.session.execute(select(LogRow.day, LogRow.grade, LogRow.token).order_by(LogRow.id)).all()
    assert app.test_cli_runner().invoke(args=["demo", "--remove"]).exit_code == 0
    assert run(app, "--seed", "5", "--no-cohort").output.splitlines()[0] == said
    with app.app_context():
        again = db.session.execute(select(LogRow.day, LogRow.grade, LogRow.token).order_by(LogRow.id)).all()
    assert rows == again
