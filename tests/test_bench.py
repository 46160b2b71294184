"""What the bench measures is a day like any other: figures of learners who have nothing to do say nothing.

The bank once outgrew the cards that the bench makes due. For months its crowds learnt a few new cards and were sent
home, and the figures looked like figures.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import make_app
from factories import Person, everything, me_of, stock
from flask import Flask

from bench.instructions import Direct
from bench.reviewing import Reviewer, next_in
from bench.seeding import SECRET, Group, Instance, reset, right_answers, seed, token_of
from portal.db import db
from portal.login import now
from portal.quizzes import queries

DUE, NEW = 12, 10


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """Where the seeded learners live."""
    return Instance(tmp_path)


@pytest.fixture
def seeded(instance: Instance) -> Iterator[Flask]:
    """The bench's learners 1 and 2, with more due than somebody gets who comes back after a pause."""
    app = make_app(f"sqlite:///{instance.database}", instance.folder, SECRET_KEY=SECRET)
    stock(app, instance.folder)
    seed(instance, 0, [Group(range(1, 3), 30, DUE)])
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("learner", [1, 2])
def test_a_seeded_learner_has_cards_that_are_due_and_new_ones(seeded: Flask, learner: int) -> None:
    with seeded.app_context():
        found = queries.today(me_of(Person(learner, "", token_of(learner))), now())
    assert (found.counts.due, found.counts.fresh, found.counts.again, found.answers) == (DUE, NEW, 0, 0)
    assert (found.paused_days, found.backlog, found.back_on) == (0, 0, None)


def test_what_is_seeded_equals_its_log(seeded: Flask) -> None:
    result = seeded.test_cli_runner().invoke(args=["reviews", "verify"])
    assert (result.exit_code, result.output.split(";")[1].strip()) == (0, "every state and every day equals the log.")


def test_every_due_card_is_asked_for_and_a_reset_takes_all_of_it_back(seeded: Flask, instance: Instance) -> None:
    before = everything(seeded)
    reviewer = Reviewer(Direct(seeded), 2, right_answers(instance))
    asked, shown = [], reviewer.look()
    for _ in range(DUE + NEW):
        asked.append(shown.slug)
        shown = next_in(reviewer.send(reviewer.next_request(shown)))
    assert {slug for slug in asked if slug.startswith("bench-")} == {f"bench-{number}" for number in range(1, DUE + 1)}
    assert len(set(asked)) == DUE + NEW, "nobody is sent home before the day is done"
    assert everything(seeded) != before
    reset(instance)
    assert everything(seeded) == before
