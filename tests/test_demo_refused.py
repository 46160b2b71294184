"""flask demo with a bad password, and beside other people: told, taken out again, and told twice with one seed.

A file of its own, behind those that look at the whole demonstration: it makes small ones and leaves nothing.
"""

import re
from typing import Any

from browser import Browser
from factories import add_person, everything
from flask import Flask
from sqlalchemy import select
from test_demo import UNTIL, run

from portal.db import db
from portal.quizzes.models import LogRow


def test_a_password_that_is_easy_to_guess_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "--until", UNTIL, "--password", "ada"])
    assert (result.exit_code, "Use at least 15 characters." in result.stderr) == (1, True)


def test_where_people_are_it_wants_to_be_told_and_leaves_them_alone(app: Flask) -> None:
    """One seed tells one story, so it is told, taken out and told again."""
    add_person(app, "dora@example.org", "Dora")
    before = everything(app)
    result = run(app, "--no-cohort")
    assert (result.exit_code, "People have accounts here." in result.stderr) == (1, True)
    assert everything(app) == before
    said, answers = tell(app, "--beside-others")
    after = everything(app)
    assert before["users"][0] in after["users"]
    assert len(after["users"]) == 4
    removed = app.test_cli_runner().invoke(args=["demo", "--remove"])
    assert (removed.exit_code, "3 invented people are gone" in removed.output) == (0, True)
    assert everything(app) == before
    assert tell(app, "--beside-others") == (said, answers)


def tell(app: Flask, *more: str) -> tuple[str, list[Any]]:
    """Invent people with a seed, and sign in with the password that is made up: what is said first, and the log."""
    told = app.test_cli_runner().invoke(args=["demo", "--until", UNTIL, "--seed", "5", "--no-cohort", *more])
    assert told.exit_code == 0
    password = re.findall(r"Sign in as ada@example.org with the password (\S+)", told.output)[0]
    Browser(app).post("/sign-in", {"email": "ada@example.org", "password": password}, status=303)
    with app.app_context():
        answers = select(LogRow.day, LogRow.grade, LogRow.token).order_by(LogRow.id)
        return told.output.splitlines()[0], list(db.session.execute(answers))
