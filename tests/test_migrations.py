"""Migrations up, down and up again, with data, on both databases; and the tables are what the code says."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from browser import Browser
from factories import (
    add_code,
    add_cohort,
    add_person,
    add_plan,
    answer_card,
    answer_next,
    ask_to_join,
    begin_mentorship,
    change_entry,
    everything,
    hand_in,
    invite,
    join_cohort,
    keep_link,
    know,
    load_cards,
    make_own_card,
    me_of,
    note,
    nudge,
    publish_class_card,
    publish_skills,
    report,
    say,
    set_task,
    share_entry,
    snooze,
    stand,
    study,
    write_comment,
    write_entry,
)
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from portal.accounts.actions import note_view
from portal.cohorts import actions as cohort_actions
from portal.cohorts import entering
from portal.db import db
from portal.decks.queries import slug_of
from portal.quizzes import counting, reporting
from portal.quizzes.actions import report_card
from portal.quizzes.queries import find_card
from portal.quizzes.verifying import verify
from quizzes.items import Spread
from quizzes.sm2 import Grade

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def revisions(app: Flask) -> list[str]:
    """All migrations, the first one first."""
    scripts = ScriptDirectory(str(app.config["MIGRATIONS"]))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def tables() -> set[str]:
    """The tables that are there."""
    db.session.remove()
    names = set(inspect(db.engine).get_table_names()) - {"alembic_version", "sqlite_sequence"}
    return {name for name in names if is_known(name)}


def is_known(name: str | None, *_: object) -> bool:
    """Whether the models know of it; the index of the journal's words is made by its migration alone."""
    return not str(name).startswith("journal_search")


def live_a_little(app: Flask) -> None:
    """People, cards, one of their own, answers, notes, a journal, a mentor, a plan, a cohort."""
    load_cards()
    alice = add_person(app, "alice@example.org", "Alice")
    who = me_of(alice)
    entry_id, carol = (
        write_entry(who.id, MOMENT.date(), "Joins.", ["sql"]),
        add_person(app, "c@example.org", "C", "mentor"),
    )
    change_entry(who.id, entry_id, "Joins again.")
    begin_mentorship(who.id, carol)
    share_entry(who.id, entry_id, carol.id)
    write_comment(carol.id, entry_id, carol.id, "Which ones?")
    make_own_card(who.id, MOMENT)
    keep_link(who.id, "sql.joins")
    write_entry(who.id, MOMENT.date(), "[[sql.joins]]", links=[("topic", "sql.joins")], kind="decision")
    add_plan(who.id, MOMENT, "a feed")
    study(who.id, MOMENT, 25, "sql.joins")
    report(alice, "http-401-or-403")
    for grade in (Grade.GOOD, Grade.HARD, Grade.EASY):
        answer_next(who, MOMENT, grade)
    answer_next(who, MOMENT + timedelta(days=1))
    publish_skills(who.id, MOMENT)
    finn = add_person(app, "f@example.org", "F")
    join_cohort(cohort_id := add_cohort(carol), alice)
    invite(carol, cohort_id, "eve@example.org", "Eve", MOMENT.date())
    ask_to_join(finn, add_code(cohort_id, needs_approval=True)[2])
    entering.keep_upload(carol.id, cohort_id, "email\nx@example.org", MOMENT)
    know(alice, "sql.joins.outer", 634, 912)
    note_view(carol.id, None, who.id, f"entry {entry_id}", MOMENT)
    db.session.commit()
    stand(cohort_id, alice, "Alice", MOMENT, wins={"steady": "two weeks in rhythm"})
    for act in (nudge, note, set_task):
        act(cohort_id, carol, alice)
    snooze(cohort_id, carol, alice, MOMENT.date())
    hand_in(cohort_id, alice, entries=[entry_id])
    say(carol, cohort_id, alice, "Well done.")
    _, card_id = publish_class_card(cohort_id, carol, finn)
    held = find_card(alice.id, slug_of(card_id))
    assert held is not None
    answer_card(who, held, MOMENT + timedelta(days=1))
    report_card(who, held, "key", "Is that so?", MOMENT)
    reported = reporting.find(1)
    assert reported is not None
    reporting.decide(me_of(carol), reported, "accept", "We mend it.", "x" * 12, 0, MOMENT)
    counting.keep(counting.count_deck("big-o", MOMENT))
    counting.keep_beliefs({"null-is-zero": Spread()})
    cohort_actions.move(carol.id, alice.id, cohort_id, add_cohort(carol, "Spring"), MOMENT.date(), MOMENT)
    db.session.commit()


def test_every_migration_goes_up_down_and_up_again(empty_app: Flask) -> None:
    with empty_app.app_context():
        assert tables() == set()
        for revision in revisions(empty_app):
            upgrade(revision=revision)
        assert tables() == set(db.metadata.tables)
        for _ in revisions(empty_app):
            downgrade()
        assert tables() == set()
        upgrade()
        assert tables() == set(db.metadata.tables)


def test_data_does_not_stand_in_the_way(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        live_a_little(empty_app)
        before = everything(empty_app)
        upgrade()
        assert everything(empty_app) == before, "a second upgrade changes nothing"
        downgrade(revision="base")
        assert tables() == set()
        upgrade()
        live_a_little(empty_app)
        assert list(verify()) == []


def test_everything_since_the_first_version_goes_down_and_up_with_data(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        live_a_little(empty_app)
        downgrade(revision="0001")
        upgrade()
        assert tables() == set(db.metadata.tables)
        log, own = text("SELECT count(*) FROM review_log"), text("SELECT count(*) FROM cards WHERE position = 0")
        assert db.session.execute(log).scalar_one() > 0, "answers of the roadmap's cards are still there"
        assert db.session.execute(own).scalar_one() == 0, "a card of one's own must never become everybody's"
    assert empty_app.test_client().get("/readyz").status_code == 200


def test_the_tables_are_what_the_models_say(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True, "include_name": is_known}
            )
            assert compare_metadata(context, db.metadata) == []


def test_a_log_made_anew_refuses_changes_too(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        downgrade(revision="base")
        upgrade()
        live_a_little(empty_app)
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("UPDATE review_log SET grade = 5"))


def test_a_portal_that_waits_for_its_migration_serves_after_it(empty_app: Flask) -> None:
    client = Browser(empty_app)
    client.get("/", status=503)
    with empty_app.app_context():
        upgrade()
        load_cards()
    client.get("/")
