"""What is kept of a person is theirs to carry away, whole; and when they go, no row and no byte of them stays."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from click.testing import Result
from conftest import make_app
from factories import (
    PASSWORD,
    Person,
    add_code,
    add_cohort,
    add_person,
    add_plan,
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
    stock,
    study,
    write_comment,
    write_entry,
)
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.exc import DBAPIError
from test_about import OF_NOBODY

from portal.accounts.actions import note_failure, note_view
from portal.accounts.models import CohortMentor, Membership, User
from portal.belongings.holdings import LEFT_OUT, MINE, SECRETS
from portal.belongings.leaving import GONE
from portal.cohorts import entering
from portal.db import db
from portal.journal.models import Comment
from portal.mentoring import refresher, verifying
from portal.mentoring.models import Nudge
from portal.projects import actions as project_actions
from portal.projects.actions import Actor
from portal.projects.models import Submission, SubmissionEvent
from portal.quizzes import actions, queries, reporting
from portal.quizzes.models import Call, Card, CardState, DayCount, Desk, OwnCard, Report, ReportDecision, ReviewDay
from portal.quizzes.verifying import verify
from quizzes.ledger import Kind
from quizzes.sm2 import Grade

NOW = datetime.now(UTC)
NAME, WORD = "Dora Quillfeather", "quillfeather"  # stands in all that is hers, and in nothing else
PLACES = {"id", "learner_id", "frontier", "called_from", "called_at", "runs", "runs_from"}
EMAIL = f"{WORD}@example.org"


def tell(text: str) -> str:
    """A text with her word in it."""
    return f"{text} {WORD}"


def live(app: Flask) -> tuple[Person, Person]:
    """Dora, who did everything a learner can do, and Carol, her mentor."""
    dora, carol = add_person(app, EMAIL, NAME), add_person(app, "carol@example.org", "Carol", "mentor")
    with app.app_context():
        who = me_of(dora)
        entry_id = write_entry(who.id, NOW.date(), tell("Joins."), ["sql", WORD])
        change_entry(who.id, entry_id, tell("Joins again."))
        write_entry(who.id, NOW.date(), tell("[[sql.joins]]"), links=[("topic", "sql.joins")], kind="decision")
        begin_mentorship(who.id, carol)
        share_entry(who.id, entry_id, carol.id)
        write_comment(carol.id, entry_id, carol.id, tell("Which ones,"))
        write_comment(who.id, entry_id, carol.id, tell("Both."))
        make_own_card(who.id, NOW, f"What is a =={WORD}==?")
        keep_link(who.id, "sql.joins")
        add_plan(who.id, NOW, "a feed")
        study(who.id, NOW, 25, "sql.joins")
        report(dora, "http-401-or-403", tell("No."))
        for _ in range(3):
            answer_next(who, NOW)
        publish_skills(who.id, NOW)
        know(dora, "sql.joins.outer", 634, 912)
        note_failure([f"account:{EMAIL}"], NOW)
        learn_with(app, dora, carol, entry_id)
    return dora, carol


def learn_with(app: Flask, dora: Person, carol: Person, entry_id: int) -> None:
    """Dora's life in two cohorts of Carol's; she only asked to come into the second."""
    cohort_id, other_id = add_cohort(carol), add_cohort(carol, "Spring")
    join_cohort(cohort_id, dora)
    invite(carol, other_id, EMAIL, NAME, NOW.date())
    ask_to_join(dora, add_code(other_id, needs_approval=True)[2])
    entering.keep_upload(carol.id, other_id, f"email\n{EMAIL.upper()}", NOW)
    note_view(carol.id, None, dora.id, f"entry {entry_id}", NOW)
    note_view(carol.id, cohort_id, None, "heat map", datetime.now(UTC))
    db.session.commit()
    stand(cohort_id, dora, NAME, NOW, wins={"steady": "two weeks in rhythm"})
    nudge(cohort_id, carol, dora, tell("Dear"))
    note(cohort_id, carol, dora, tell("Ask"))
    set_task(cohort_id, carol, dora)
    snooze(cohort_id, carol, dora, NOW.date())
    hand_in(cohort_id, dora, entries=[entry_id], body=tell("It adds."))
    say(carol, cohort_id, dora, tell("Well done,"))
    say(dora, cohort_id, dora, tell("Thanks!"))
    publish_class_card(cohort_id, carol, add_person(app, "finn@example.org", "Finn", "mentor"))


def columns_of_people() -> Iterator[tuple[str, str]]:
    """(table, column) of whatever points at a person."""
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.target_fullname == "users.id":
                yield table.name, key.parent.name


def rows_about(app: Flask, person_id: int) -> dict[str, int]:
    """How many rows of each table point at a person."""
    found: dict[str, int] = {}
    with app.app_context():
        for name, column in columns_of_people():
            table = db.metadata.tables[name]
            rows = db.session.execute(select(table).where(table.c[column] == person_id)).all()
            found |= {f"{name}.{column}": len(rows)} if rows else {}
    return found


# ---- What is declared


def test_every_table_and_every_column_about_a_person_is_declared() -> None:
    left_out = {name.partition(".")[0] for name in LEFT_OUT if "." not in name}
    assert set(MINE) | left_out | OF_NOBODY == set(db.metadata.tables)
    silent = [
        f"{table}.{column}"
        for table, column in columns_of_people()
        if f"{column} = :me" not in MINE[table] and f"{table}.{column}" not in LEFT_OUT
    ]
    assert silent == []


def test_what_is_left_out_is_there() -> None:
    columns = {f"{table.name}.{column.name}" for table in db.metadata.sorted_tables for column in table.c}
    assert [name for name in LEFT_OUT if name not in columns | set(db.metadata.tables)] == []
    assert {name.partition(".")[2] for name in columns} >= SECRETS


# ---- What can be carried away


def carried(browser: Browser) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    """What is in a person's archive: the JSON file, and the rows of each CSV file."""
    response = browser.http.get("/me/data/export.zip")
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        texts = {name: archive.read(name).decode("utf-8-sig") for name in names}
        assert set(archive.namelist()) == {"README.txt", "all.json", *names}
        whole = json.loads(archive.read("all.json"))
    sheets = {name[7:-4]: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()}
    return whole, sheets


def test_everything_of_a_person_is_in_their_archive(app: Flask) -> None:
    dora, _ = live(app)
    whole, sheets = carried(Browser(app).signed_in(dora))
    tables = whole["tables"]
    assert (whole["format"], set(tables)) == (1, set(MINE))
    shown = {
        name: count
        for name, count in rows_about(app, dora.id).items()
        if name not in LEFT_OUT and name.partition(".")[0] not in LEFT_OUT
    }
    short = [name for name, count in shown.items() if len(tables[name.partition(".")[0]]) < count]
    assert short == []
    never = {"cohort_mentors", "cohort_decks", "cohort_cards", "cohort_card_events", "roster_uploads", "task_cards"}
    empty = {"mentor_notes", "report_decisions", "journal_drafts", "topic_notes", "cohort_moves", "calls", "beliefs"}
    empty |= {"snoozes", "day_counts", "task_learners"}  # of a day that is over; of a task set by name
    assert {name for name, rows in tables.items() if not rows} - never - empty == set()
    assert {name: len(rows) for name, rows in tables.items() if rows} == {
        name: len(rows) for name, rows in sheets.items()
    }


def test_people_cohorts_and_cards_go_by_name_and_nothing_proves_who_somebody_is(app: Flask) -> None:
    dora, _ = live(app)
    tables = carried(Browser(app).signed_in(dora))[0]["tables"]
    assert {row["mentor"] for row in tables["nudges"]} == {"Carol"}
    assert {row["cohort"] for row in tables["memberships"]} == {"Autumn intake"}
    assert "http-401-or-403" in {row["card"] for row in tables["card_reports"]}
    assert tables["users"][0]["email"] == EMAIL
    columns = {column for rows in tables.values() for row in rows for column in row}
    assert columns & SECRETS == {"token"}, "the address of the skills page"
    assert [name for name, rows in tables.items() for row in rows if "token" in row] == ["skill_pages"]
    text = json.dumps(tables)
    with app.app_context():
        assert db.session.get_one(User, dora.id).password_hash not in text
    assert "ask quillfeather" not in text.lower(), "what mentors noted for themselves"


def test_what_somebody_wrote_and_deleted_is_out_of_the_others_archive_and_in_their_own(app: Flask) -> None:
    dora, carol = live(app)
    with app.app_context():
        db.session.execute(update(Comment).where(Comment.author_id == carol.id).values(deleted_at=NOW))
        db.session.execute(update(Nudge).values(answer=tell("Fine.")))
        db.session.commit()
    of_dora, of_carol = (carried(Browser(app).signed_in(person))[0]["tables"] for person in (dora, carol))
    assert [(row["text"], row["answer"]) for row in of_dora["nudges"]] == [(tell("Dear"), tell("Fine."))]
    assert [(row["text"], row["answer"]) for row in of_carol["nudges"]] == [(tell("Dear"), None)]
    hers, carols = of_dora["journal_comments"], of_carol["journal_comments"]
    assert [row["author"] for row in hers] == [NAME]
    assert [row["author"] for row in carols] == ["Carol"], "and what a learner answered a mentor is the learner's"


def test_a_task_set_after_somebody_left_the_cohort_is_not_theirs(app: Flask) -> None:
    dora, _ = live(app)
    browser = Browser(app).signed_in(dora)
    assert len(carried(browser)[0]["tables"]["tasks"]) == 1
    with app.app_context():
        db.session.execute(update(Membership).values(ended_at=NOW - timedelta(days=1)))
        db.session.commit()
    assert carried(browser)[0]["tables"]["tasks"] == []


def test_a_cell_that_a_spreadsheet_would_run_is_inert_there_and_as_it_was_in_json(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    with app.app_context():
        write_entry(alice.person.id, NOW.date(), "=1+1")
    whole, sheets = carried(alice)
    assert whole["tables"]["journal_entries"][0]["body"] == "=1+1"
    assert sheets["journal_entries"][0]["body"] == "'=1+1"


def test_an_archive_takes_one_statement_a_table_however_much_is_in_it(app: Flask, alice: Browser) -> None:
    assert alice.person is not None
    sent: list[object] = []
    counts = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    for size in (3, 30):
        with app.app_context():
            for _ in range(size):
                write_entry(alice.person.id, NOW.date(), "Joins.")
        del sent[:]
        carried(alice)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= len(MINE) + 3


# ---- What was carried away, brought elsewhere


def learn(app: Flask, person: Person) -> None:
    """Two weeks of answers, some wrong, some taken back, with cards of one's own, one put away and one class card."""
    with app.app_context():
        who = me_of(person)
        make_own_card(who.id, NOW, f"What is a =={WORD}==?")
        for number in range(40):
            moment = NOW - timedelta(days=14 - number // 3, minutes=60 - number)
            answer_next(who, moment, Grade.AGAIN if number % 7 == 3 else Grade.GOOD)
        suspended, other = catalogue_of(who.id)[:2]
        for slug, kind in ((suspended, Kind.SUSPEND), (other, Kind.BURY)):
            held = queries.find_card(who.id, slug)
            assert held is not None
            actions.set_aside(who, held, kind, held.memory.version, NOW)
        db.session.commit()


def catalogue_of(learner_id: int) -> list[str]:
    """The roadmap's cards this learner met, by slug."""
    met = select(Card.slug).join(CardState, CardState.card_id == Card.id)
    return list(
        db.session.scalars(met.where(CardState.learner_id == learner_id, Card.position > 0).order_by(Card.slug))
    )


def schedule_of(app: Flask, person: Person) -> dict[str, Any]:
    """All that a learner's days follow from. Own cards go by their text."""
    with app.app_context():
        names = {
            id_: front or slug
            for id_, slug, front in db.session.execute(
                select(Card.id, Card.slug, OwnCard.front).outerjoin(OwnCard, OwnCard.card_id == Card.id)
            )
        }
        found: dict[str, Any] = {}
        for table in (CardState, ReviewDay, DayCount, Desk, Call):
            rows = db.session.execute(select(table.__table__).where(table.learner_id == person.id)).mappings()
            kept = [{name: value for name, value in row.items() if name not in PLACES} for row in rows]
            named = [row | {"card_id": names[row["card_id"]]} if "card_id" in row else row for row in kept]
            found[table.__name__] = sorted(named, key=repr)
        return found


def archive_of(app: Flask, person: Person, folder: Path, change: Callable[[Any], object] = lambda _: None) -> Path:
    """A person's archive as a file, with all.json changed."""
    response = Browser(app).signed_in(person).http.get("/me/data/export.zip")
    whole = json.loads(zipfile.ZipFile(io.BytesIO(response.data)).read("all.json"))
    change(whole)
    file = folder / "somebody.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("all.json", json.dumps(whole))
    return file


def bring(app: Flask, file: Path, email: str = "bob@example.org") -> Result:
    """Type the command."""
    return app.test_cli_runner().invoke(args=["users", "import", str(file), email])


def test_what_is_brought_elsewhere_gives_the_same_schedule(app: Flask, tmp_path: Path) -> None:
    dora = add_person(app, EMAIL, NAME, zone="Asia/Tokyo", new_per_day=30, rollover_hour=3)
    learn(app, dora)
    bob = add_person(app, "bob@example.org", "Bob")
    result = bring(app, archive_of(app, dora, tmp_path))
    assert result.exit_code == 0, result.stderr
    expected = schedule_of(app, dora)
    assert (len(expected["CardState"]) > 10, len(expected["DayCount"]) > 10) == (True, True)
    assert schedule_of(app, bob) == expected
    with app.app_context():
        assert list(verify()) == []
        assert (me_of(bob).zone, me_of(bob).new_per_day, me_of(bob).name) == ("Asia/Tokyo", 30, "Bob")
    first = [Browser(app).signed_in(person).get("/quizzes/today").card for person in (dora, bob)]
    assert first[0] == first[1]


def test_cards_that_are_not_here_are_left_out_and_counted(app: Flask, tmp_path: Path, bob: Browser) -> None:
    dora = add_person(app, EMAIL, NAME)
    learn(app, dora)

    def rename(whole: Any) -> None:
        gone = whole["tables"]["review_log"][0]["card"]
        for row in whole["tables"]["review_log"]:
            row["card"] = "class-1" if row["card"] == gone else row["card"]

    result = bring(app, archive_of(app, dora, tmp_path, rename))
    assert result.exit_code == 0, result.stderr
    assert "are of cards that are not here" in result.output
    with app.app_context():
        assert list(verify()) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole: whole.update(format=9), "The archive has format 9, and this portal reads 1."),
        (lambda whole: whole.pop("tables"), "This is no archive that the portal wrote"),
        (lambda whole: whole["tables"].pop("review_log"), "or it was changed since: KeyError('review_log')"),
        (lambda whole: whole["tables"]["review_log"][3].update(at="yesterday"), "Invalid isoformat string"),
        (lambda whole: whole["tables"]["review_log"][3].update(grade=9), "the database refuses its rows"),
        (lambda whole: whole["tables"]["review_log"].pop(0), "the log cannot be replayed"),
        (lambda whole: whole["tables"]["own_cards"][0].update(front=None), "or it was changed since"),
    ],
)
def test_what_is_no_archive_brings_nothing(app: Flask, tmp_path: Path, bob: Browser, change: Any, reason: str) -> None:
    dora = add_person(app, EMAIL, NAME)
    learn(app, dora)
    file, before = archive_of(app, dora, tmp_path, change), everything(app)
    result = bring(app, file)
    assert (result.exit_code, reason in result.stderr, "Nothing was brought." in result.stderr) == (1, True, True)
    assert everything(app) == before


def test_a_file_that_is_none_and_an_account_with_answers_are_refused(app: Flask, tmp_path: Path, bob: Browser) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no")
    assert "File is not a zip file" in bring(app, tmp_path / "x.zip").stderr
    assert bob.person is not None
    learn(app, bob.person)
    result = bring(app, archive_of(app, bob.person, tmp_path))
    assert (result.exit_code, "This account has answers already." in result.stderr) == (1, True)
    assert "Nobody here has the address" in bring(app, tmp_path / "somebody.zip", "nobody@example.org").stderr


# ---- The end of an account


def go(browser: Browser, password: str = PASSWORD, status: int = 303) -> None:
    """Delete one's account."""
    browser.get("/me/leave")
    browser.send_form("/me/leave", htmx=False, status=status, password=password)


def test_no_row_stays_of_whoever_leaves_and_no_word(app: Flask) -> None:
    dora, carol = live(app)
    browser = Browser(app).signed_in(dora)
    before = everything(app)
    assert len(rows_about(app, dora.id)) >= 40
    assert any(WORD in repr(rows).lower() for rows in before.values())
    go(browser)
    assert rows_about(app, dora.id) == {}
    assert [name for name, rows in everything(app).items() if WORD in repr(rows).lower()] == []
    assert "Your account is gone" in browser.get("/").said
    browser.get("/me", status=303)
    assert browser.response.location.startswith("/sign-in")
    with app.app_context():
        refresher.refresh(is_whole=True)
    with app.app_context():
        assert list(verify()) == []
        assert verifying.verify(datetime.now(UTC)).differences == []
    Browser(app).signed_in(carol).get("/cohorts")


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Flask]:
    """An application with a SQLite file of its own."""
    app = make_app(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path)
    stock(app, tmp_path)
    yield app
    with app.app_context():
        db.engine.dispose()


def files_with_her_word(folder: Path) -> list[str]:
    """The files of a database in which her word stands."""
    return [file.name for file in folder.glob("portal.db*") if WORD.encode() in file.read_bytes().lower()]


def test_no_byte_stays_in_the_files_of_sqlite(on_sqlite: Flask, tmp_path: Path) -> None:
    dora, _ = live(on_sqlite)
    assert files_with_her_word(tmp_path) != []
    go(Browser(on_sqlite).signed_in(dora))
    assert files_with_her_word(tmp_path) == []


def the_report() -> reporting.Reported:
    """The report of Dora's."""
    found = reporting.find(db.session.scalars(select(Report.id)).one())
    assert found is not None
    return found


def test_a_mentor_leaves_what_others_build_on_without_their_name(app: Flask) -> None:
    dora, _ = live(app)
    erin = add_person(app, "erin@example.org", "Erin Marsh", "mentor")
    with app.app_context():
        attempt = db.session.scalars(select(Submission)).one()
        db.session.add(CohortMentor(cohort_id=attempt.cohort_id, mentor_id=erin.id, began_at=NOW))
        actor = Actor(erin.id, "Erin Marsh", "t" * 12)
        project_actions.send_back(attempt, actor, (), "Tests are missing.", NOW)
        reported = the_report()
        reporting.decide(me_of(erin), reported, "accept", "We mend it.", "x" * 12, 0, NOW)
        say(erin, attempt.cohort_id, dora, "From Erin.")
        db.session.commit()
    go(Browser(app).signed_in(erin))
    assert [name for name, rows in everything(app).items() if "Erin Marsh" in repr(rows)] == []
    with app.app_context():
        attempt = db.session.scalars(select(Submission)).one()
        assert (attempt.state, attempt.decider) == ("sent back", None)
        said = db.session.scalars(select(SubmissionEvent).where(SubmissionEvent.actor == GONE)).one()
        assert (said.actor_id, said.said) == (None, "Tests are missing.")
        decision = db.session.scalars(select(ReportDecision)).one()
        assert (decision.actor_id, decision.actor, decision.words) == (None, GONE, "We mend it.")
    assert "Sent back by a mentor" in Browser(app).signed_in(dora).get("/projects/calculator-app").said


@pytest.mark.parametrize(("record", "text"), [(SubmissionEvent, "said"), (ReportDecision, "words")])
def test_while_an_account_is_there_its_verdicts_cannot_be_changed_nor_its_name(
    app: Flask, record: Any, text: str
) -> None:
    _, carol = live(app)
    with app.app_context():
        attempt, reported = db.session.scalars(select(Submission)).one(), the_report()
        actor = Actor(carol.id, "Carol", "t" * 12)
        project_actions.send_back(attempt, actor, (), "Tests are missing.", NOW)
        reporting.decide(me_of(carol), reported, "accept", "We mend it.", "x" * 12, 0, NOW)
        db.session.commit()
        for values in ({"actor": "Nobody"}, {text: "Otherwise."}, {text: "Otherwise.", "actor_id": None}):
            with pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(update(record).where(record.actor_id == carol.id).values(**values))
            db.session.rollback()


def test_who_alone_mentors_learners_arranges_that_first(app: Flask) -> None:
    _, carol = live(app)
    browser = Browser(app).signed_in(carol)
    page = browser.get("/me/leave")
    assert "Nobody else mentors Autumn intake, with 1 learner. Add a second mentor or archive" in page.said
    assert [one for one in page.find("form") if (one.get("action") or "").endswith("/me/leave")] == []
    before = everything(app)
    page = browser.post("/me/leave", {"password": PASSWORD, "csrf_token": browser.csrf_token()}, status=409)
    assert "Your account is still there" in page.said
    assert everything(app) == before


def test_the_only_admin_stays_and_one_of_two_may_go(app: Flask) -> None:
    first = Browser(app).signed_in(add_person(app, "a@example.org", "Ann", "admin"))
    assert "Nobody else is an admin here." in first.get("/me/leave").said
    add_person(app, "b@example.org", "Ben", "admin")
    go(first)
    assert everything(app)["users"][0][2] == "Ben"


def test_a_wrong_password_deletes_nothing_and_ten_close_the_form_for_a_while(app: Flask, alice: Browser) -> None:
    for _ in range(10):
        go(alice, "not my password", status=422)
        assert "This is not your password. Nothing was deleted." in alice.page.said
    go(alice, status=429)
    assert "Wait five minutes" in alice.page.said
    go(alice, "", status=422)
    assert "Write your password" in alice.page.said
    assert [row[2] for row in everything(app)["users"]] == ["Alice"]


def test_the_form_sent_twice_is_no_error(alice: Browser) -> None:
    alice.get("/me/leave")
    form = alice.page.form("/me/leave") | {"password": PASSWORD}
    alice.post("/me/leave", form, status=303)
    alice.post("/me/leave", form, status=None)
    assert alice.response.status_code in {303, 400}


def test_the_way_there_is_on_the_page_about_me(alice: Browser) -> None:
    assert "/me/data" in [one.get("href") for one in alice.get("/me").find("a")]
    assert "Me" in [one.text for one in alice.get("/me/data").find("a", aria_current="true")]
    assert {"/me/data/export.zip", "/me/leave"} <= {one.get("href") for one in alice.get("/me/data").find("a")}
