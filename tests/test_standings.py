"""What is kept ready for mentors equals a recount of the log, whatever learners do, and follows it by itself."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from browser import Browser
from factories import (
    Person,
    add_cohort,
    add_person,
    add_plan,
    answer_card,
    answer_next,
    everything,
    join_cohort,
    me_of,
    study,
    wrong_answer,
)
from flask import Flask, has_app_context
from sqlalchemy import event, func, select, text, update

from portal import worker
from portal.accounts.models import Cohort, Membership, User
from portal.db import db
from portal.mentoring.models import Standing, TopicStanding
from portal.mentoring.refresher import Refresher, refresh
from portal.quizzes import actions, catalogue, choices, queries
from portal.quizzes.models import LogRow
from portal.quizzes.moving import move_cards
from portal.quizzes.presentations import present
from quizzes.choosing import Choices
from quizzes.ledger import Kind
from quizzes.needs import Rule, read_reasons
from quizzes.sm2 import Grade

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
if datetime.now(UTC) < TODAY:
    TODAY -= timedelta(days=1)  # answers of "today" lie behind us, and the refresher sees the day after
ONE_DAY = timedelta(days=1)
KEPT = {"standings", "topic_standings", "beliefs", "cohort_days"}


def run(app: Flask, *command: str) -> str:
    """Type `flask cohorts ...`: what it said. Ends what was read here, for outside of a request that holds the lock."""
    if has_app_context():
        db.session.rollback()
    return str(app.test_cli_runner().invoke(args=["cohorts", *command]).output)


def kept(app: Flask) -> dict[str, list[object]]:
    """All rows that are kept for mentors, without the moment they were written at."""
    return {name: [row[:-1] if name == "standings" else row for row in everything(app)[name]] for name in KEPT}


def act(person: Person, moment: datetime, dice: random.Random) -> None:
    """Something a learner may do at this moment. Commits."""
    who = me_of(person)
    held = queries.next_card(who, queries.today(who, moment))
    if held is None:
        return
    match dice.randrange(8):
        case 0:
            shown = present(who.id, held.card_id, held.memory.version, moment)
            given = wrong_answer(held) if held.sheet.options else []
            actions.keep_answer(
                who, held, actions.weigh_answer(who, held, shown, given, None if given else Grade.WRONG, moment)
            )
        case 1:
            answer_id = answer_card(who, held, moment)
            answer, fresh = queries.find_answer(who.id, answer_id), queries.find_card_by_id(who.id, held.card_id)
            assert answer is not None
            assert fresh is not None
            actions.undo(who, fresh, answer, moment)
        case 2:
            kind = dice.choice([Kind.BURY, Kind.SUSPEND])
            actions.set_aside(who, held, kind, held.memory.version, moment)
        case 3 if held.memory.due_on is not None:
            day = queries.today(who, moment).day
            move_cards(who, {held.card_id: day + timedelta(days=dice.randrange(1, 20))}, day, moment)
        case _:
            answer_card(who, held, moment, dice.choice([Grade.WRONG, Grade.HARD, Grade.GOOD, Grade.EASY]))
    db.session.commit()


def live(person: Person, first: int, last: int, dice: random.Random, actions_a_day: int = 4) -> None:
    """Days of a learner, from `first` days ago to `last` days ago."""
    for back in range(first, last - 1, -1):
        if dice.random() < 0.7:
            for number in range(actions_a_day):
                act(person, TODAY - timedelta(days=back) + timedelta(minutes=20 * number), dice)
    db.session.rollback()


def test_whatever_learners_do_what_is_kept_is_what_the_log_adds_up_to(app: Flask) -> None:
    dice = random.Random(7)
    carol = add_person(app, "carol@example.org", "Carol", "mentor")
    people = [
        add_person(app, f"l{number}@example.org", f"L{number}", zone=zone)
        for number, zone in enumerate(["UTC", "Pacific/Kiritimati", "America/Adak"])
    ]
    with app.app_context():
        cohorts = [add_cohort(carol, name) for name in ("Spring", "Autumn")]
        for person in people:
            join_cohort(cohorts[0], person, TODAY - timedelta(days=40))
            live(person, 26, 16, dice, 3)
        add_plan(people[0].id, TODAY - timedelta(days=30))
        assert run(app, "refresh") == "3 learners refreshed.\n"
        assert run(app, "verify") == "3 standings equal the log, 0 wait to be refreshed.\n"
        db.session.execute(update(Standing).values(as_of=TODAY.date() - timedelta(days=16)))  # nobody refreshed since
        join_cohort(cohorts[1], people[0], TODAY - timedelta(days=9))
        for person in people:
            live(person, 15, 0, dice, 3)
        study(people[0].id, TODAY - timedelta(days=2), 55)
        assert run(app, "verify") == "0 standings equal the log, 4 wait to be refreshed.\n"
        assert run(app, "refresh") == "3 learners refreshed.\n"
        assert run(app, "verify") == "4 standings equal the log, 0 wait to be refreshed.\n"
    stepwise = kept(app)
    assert all(stepwise.values()), "every table has rows"
    assert run(app, "refresh") == "0 learners refreshed.\n"
    assert run(app, "refresh", "--all") == "3 learners refreshed.\n"
    assert kept(app) == stepwise, "step by step or all at once, it is the same"


def test_what_was_tampered_with_is_named_and_written_anew(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        cohort_id = add_cohort(carol)
        join_cohort(cohort_id, alice, TODAY - timedelta(days=40))
        live(alice, 12, 8, random.Random(5))
    run(app, "refresh")
    sound = kept(app)
    assert all(sound.values()), "every table has rows"
    tampered = {
        "UPDATE standings SET need = need + 1": "need differ from the log",
        "UPDATE standings SET seen = seen + 1, due = 0": "0 standings equal the log, 1 wait to be refreshed.",
        "UPDATE topic_standings SET tries = tries + 1": "kept (",
        "DELETE FROM beliefs": "is missing",
        "UPDATE cohort_days SET answers = answers + 1": "the day differs from the sum of its members' days",
    }
    for statement, said in tampered.items():
        with app.app_context():
            db.session.execute(text(statement))
            db.session.commit()
        assert said in run(app, "verify"), statement
        run(app, "refresh", "--all")
        assert kept(app) == sound


def test_a_standing_follows_thresholds_names_and_who_belongs_to_the_cohort(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        cohort_id = add_cohort(carol)
        joined = join_cohort(cohort_id, alice, TODAY - timedelta(days=40))
        live(alice, 16, 12, random.Random(3), 2)
        assert refresh() == 1
        (standing,) = db.session.scalars(select(Standing)).all()
        (quiet,) = read_reasons(standing.reasons)
        assert standing.last_on is not None
        assert (quiet.rule, quiet.said, standing.need) == (
            Rule.QUIET,
            (standing.as_of - standing.last_on).days,
            quiet.weight,
        )
        assert refresh() == 0
        db.session.execute(
            update(Cohort).values(
                rules='{"long_gone":1,"new_quiet_days":28,"gone_days":28,"fell_points":80}', rules_version=2
            )
        )
        db.session.execute(update(User).where(User.id == alice.id).values(name="Alice B."))
        db.session.commit()
        assert refresh() == 1
        changed = db.session.scalars(select(Standing)).one()
        assert (changed.name, changed.need, changed.reasons, changed.rules_version) == ("Alice B.", 0, "[]", 2)
        db.session.execute(update(Membership).where(Membership.id == joined).values(ended_at=TODAY))
        db.session.commit()
        assert refresh() == 0
    assert not any(kept(app).values()), "nothing is kept of whoever has left"


def test_one_card_a_fortnight_ago_by_hand(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        join_cohort(add_cohort(carol), alice, TODAY - timedelta(days=40))
        first_on = TODAY.date() - timedelta(days=20)
        held, _ = answer_next(me_of(alice), TODAY - timedelta(days=20), Grade.GOOD)
        answer_again(alice, held.slug, 19, Grade.WRONG)
        assert refresh() == 1
        row, topic = db.session.scalars(select(Standing)).one(), db.session.scalars(select(TopicStanding)).one()
        days = (row.as_of - first_on).days
        now, was = round(1000 * 0.9 ** (days - 1)), round(1000 * 0.9 ** (days - 15))
        assert (row.last_on, row.active_days, row.reviews, row.due, row.started) == (first_on + ONE_DAY, 0, 0, 1, 1)
        assert (row.recall, row.recall_was, row.behind) == (now, was, None)
        assert (topic.topic, topic.started, topic.due, topic.recall, topic.recall_was) == (held.topic, 1, 1, now, was)
        assert (topic.tries, topic.misses) == (0, 0)
        db.session.rollback()
        answer_again(alice, held.slug, 1, Grade.WRONG)
        answer_again(alice, held.slug, 0, Grade.HARD)
        assert refresh() == 1
        topic = db.session.scalars(select(TopicStanding)).one()
        assert (topic.tries, topic.misses, topic.recall_was) == (2, 1, round(1000 * 0.9 ** (days - 15)))


def test_a_topic_is_learnt_when_the_cards_of_ones_own_language_are(app: Flask) -> None:
    alice, carol = add_person(app, "a@example.org", "Alice"), add_person(app, "c@example.org", "Carol", "mentor")
    java = Choices(language="java", framework="spring")
    with app.app_context():
        join_cohort(add_cohort(carol), alice, TODAY - timedelta(days=40))
        cards = catalogue.cards_by_topic(["language.functions"])
        mine = [card.slug for card in cards if not card.kept_back_by & java.bits]
        python = next(card.slug for card in cards if card.kept_back_by & java.bits)
        for slug in mine:
            answer_again(alice, slug, 0, Grade.GOOD)

        def said_after(one: Choices) -> tuple[int, str]:
            choices.choose(alice.id, one)
            db.session.commit()
            found = refresh(), db.session.scalars(select(Standing.wins)).one()
            assert "differ" not in run(app, "verify")
            return found

        assert "learnt in two weeks" not in said_after(Choices())[1], "for all languages there are many more"
        refreshed, wins = said_after(java)
        assert (refreshed, "Functions was learnt in two weeks" in wins) == (1, True)
        assert said_after(java._replace(paused=frozenset({4}))) == (0, wins), "a pause changes nothing here"
        answer_again(alice, python, 0, Grade.GOOD)
        assert said_after(java) == (1, wins), "a started card counts, learnt as it is"


def answer_again(person: Person, slug: str, days: int, grade: Grade) -> None:
    """Answer this card, so many days ago. Commits."""
    who, held = me_of(person), queries.find_card(person.id, slug)
    assert held is not None
    answer_card(who, held, TODAY - timedelta(days=days), grade)


def test_three_learners_cost_as_many_statements_as_nine(app: Flask) -> None:
    carol = add_person(app, "c@example.org", "Carol", "mentor")
    with app.app_context():
        cohort_id = add_cohort(carol)
        counts = []
        for some in (range(3), range(3, 9)):
            for number in some:
                person = add_person(app, f"l{number}@example.org", f"L{number}")
                join_cohort(cohort_id, person, TODAY - timedelta(days=9))
                live(person, 3, 1, random.Random(40 + number), 6)
            counts.append(count_statements())
    assert counts[0] == counts[1] < 30


def count_statements() -> int:
    """The statements of a whole round."""
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    refresh(of_all=True)
    event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def until(app: Flask, condition: Callable[[], bool]) -> None:
    """Wait for a thread, ten seconds at most."""
    for _ in range(200):
        with app.app_context():
            if condition():
                return
        threading.Event().wait(0.05)
    raise AssertionError("it never came")


def test_a_worker_refreshes_by_itself_and_one_of_two_holds_the_lease(app: Flask, alice: Browser) -> None:
    carol = add_person(app, "c@example.org", "Carol", "mentor")
    assert alice.person is not None
    learner = alice.person
    with app.app_context():
        join_cohort(add_cohort(carol), learner, TODAY - timedelta(days=9))
    assert not is_refreshing(), "nobody asked for it yet"
    workers = [Refresher(app, 0.05) for _ in range(2)]
    for each in workers:
        worker.post_worker_init(gunicorns(each))
    until(app, lambda: db.session.scalars(select(Standing.learner_id)).all() == [learner.id])
    assert sorted(each.is_working for each in workers) == [False, True]
    first = next(each for each in workers if each.is_working)
    first.stop()
    with app.app_context():
        live(learner, 1, 1, random.Random(1))
        newest = db.session.scalar(select(func.max(LogRow.id)))
    until(app, lambda: db.session.scalars(select(Standing.seen)).all() == [newest])
    for each in workers:
        worker.worker_exit(None, gunicorns(each))
    assert not is_refreshing()
    assert run(app, "verify") == "1 standings equal the log, 0 wait to be refreshed.\n"


def gunicorns(refresher: Refresher) -> SimpleNamespace:
    """A worker as gunicorn's hooks get it."""
    return SimpleNamespace(wsgi=SimpleNamespace(extensions={"refresher": refresher}))


def is_refreshing() -> bool:
    return "refresher" in {thread.name for thread in threading.enumerate()}
