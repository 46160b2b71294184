"""People, cards and answers for tests: each factory makes one thing and gives it back."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, exists, literal, select, true, union_all

from portal.accounts import actions as account_actions
from portal.accounts.models import Cohort, CohortMentor, Membership, Role
from portal.accounts.passwords import hash_password
from portal.assignments import actions as assignment_actions
from portal.assignments.actions import Wish as Task
from portal.assignments.models import Kind as AssignmentKind
from portal.cli import DECKS
from portal.cohorts import entering
from portal.cohorts.lists import Line
from portal.cohorts.models import Invitation, JoinRequest
from portal.db import db, line
from portal.decks import actions as deck_actions
from portal.decks import serving
from portal.decks.files import EXAMPLES
from portal.decks.models import CohortCard, CohortDeck
from portal.feedback import actions as feedback_actions
from portal.journal import actions as journal_actions
from portal.journal import keeping
from portal.journal import queries as journal_queries
from portal.journal import shares as journal_shares
from portal.journal.actions import Writing
from portal.login import Me, load_me, token_digest
from portal.mentoring import actions as mentoring_actions
from portal.mentoring.models import Belief, MentorNote, Nudge, Standing, TopicStanding
from portal.plan import actions as plan_actions
from portal.plan.actions import Wish
from portal.progress import actions as progress_actions
from portal.projects import actions as project_actions
from portal.projects.actions import Actor, HandIn
from portal.quizzes import actions, loading, making, queries
from portal.quizzes.loading import Loaded, load_decks
from portal.quizzes.making import Written
from portal.quizzes.models import Card, LogRow, Report
from portal.quizzes.models import Deck as DeckRow
from portal.quizzes.presentations import present
from portal.quizzes.queries import Held
from portal.roadmap import content
from portal.statements import Prepared
from portal.study import actions as study_actions
from portal.study import queries as study_queries
from quizzes.cards import Ask, Deck
from quizzes.needs import Reason, Rule, score, write_reasons
from quizzes.ordering import numbers, placing, steps
from quizzes.reading import read_decks
from quizzes.sheets import Sheet, make_sheet, variant_of
from quizzes.sm2 import Grade

PASSWORD = "green lanterns over the harbour"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
vars(loading)["make_sheet"] = cache(make_sheet)  # thirty loads of the same cards a run, a second and a half each
OF_EVERYBODY = ("cards", "card_pairs", "decks")  # tables that outlive people
Everything = dict[str, list[tuple[Any, ...]]]  # the rows of every table
_READ: WeakKeyDictionary[Flask, tuple[Any, Everything]] = WeakKeyDictionary()  # of each application's database, last


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an open session."""

    id: int
    email: str
    token: str


@cache
def own_decks() -> tuple[Deck, ...]:
    """The project's own decks, read once."""
    return tuple(read_decks(DECKS))


def load_cards(decks: Sequence[Deck] | None = None, moment: datetime = LONG_AGO) -> Loaded:
    """Load these decks, the project's own by default, as `flask decks load` does it; commits."""
    titles = {topic: content.topic_title(topic) for topic in content.topic_ids()}
    loaded = load_decks(own_decks() if decks is None else decks, titles, moment)
    db.session.commit()
    return loaded


def stock(app: Flask, folder: Path) -> None:
    """Migrate the application's empty database and load the real cards. Of SQLite's one is made, for all processes of a
    run of pytest, and copied: migrations and cards take seconds. `folder` is one of pytest's own.
    """
    database = app.config["SQLALCHEMY_DATABASE_URI"]
    if not database.startswith("sqlite:///"):
        return _fill(app)
    run, path = run_of(folder), Path(database.removeprefix("sqlite:///"))
    ready = run / "stocked.db"
    with (run / "stocked.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not ready.exists():
            _fill(app)
            with app.app_context():
                db.engine.dispose()  # the last one to leave brings the journal home
            shutil.copyfile(path, ready)
    shutil.copyfile(ready, path)


def run_of(folder: Path) -> Path:
    """The folder that all processes of a run of pytest share, of one of pytest's."""
    return next((parent for parent in folder.parents if re.fullmatch(r"pytest-\d+", parent.name)), folder)


def _fill(app: Flask) -> None:
    with app.app_context():
        upgrade()
        load_cards()
        db.session.remove()


@cache
def _rows() -> dict[str, Prepared]:
    """For each table all its rows, in order: asked so often that they are compiled once."""
    return {table.name: Prepared(select(table).order_by(*table.primary_key)) for table in db.metadata.sorted_tables}


@cache
def _emptying() -> tuple[Prepared, dict[str, Prepared]]:
    """What names the tables to be emptied that have rows, and what empties each; of cards and decks, those that
    learners and cohorts have of their own.
    """
    tables = reversed(db.metadata.sorted_tables)
    which: dict[Any, Any] = {table: true() for table in tables if table.name not in OF_EVERYBODY}
    which |= {Card.__table__: Card.position == 0, DeckRow.__table__: DeckRow.id.like("cohort.%")}
    full = (select(literal(table.name)).where(exists(select(table).where(rows))) for table, rows in which.items())
    return Prepared(union_all(*full)), {
        table.name: Prepared(delete(table).where(rows)) for table, rows in which.items()
    }


def forget_people(app: Flask) -> None:
    """Empty every table but cards and decks."""
    with app.app_context():
        full, emptying = _emptying()
        for (name,) in full.all({}):
            emptying[name].count({})
        db.session.commit()


def new_rows(before: Everything, after: Everything) -> Everything:
    """The rows of each table that were not there before."""
    old = {name: set(rows) for name, rows in before.items()}
    return {name: [row for row in rows if row not in old[name]] for name, rows in after.items()}


def put_back(app: Flask, lived: Everything) -> None:
    """Give tables from which people were forgotten these rows."""
    with app.app_context():
        for table in db.metadata.sorted_tables:
            if rows := lived[table.name]:
                db.session.execute(table.insert(), [dict(zip(table.c.keys(), row, strict=True)) for row in rows])
        db.session.commit()


def add_person(app: Flask, email: str, name: str, role: str = "learner", **profile: Any) -> Person:
    """An account with a session. `profile`: zone, rollover_hour, new_per_day, has_full_scale."""
    with app.app_context():
        hashed = hash_password(PASSWORD, app.config["PASSWORD_PEPPER"], app.config["BCRYPT_COST"])
        user = account_actions.add_user(email, name, hashed, profile.pop("zone", "UTC"), LONG_AGO, Role(role))
        if profile:
            account_actions.save_profile(user.id, **profile)
        token = account_actions.start_session(user.id, "a test", datetime.now(UTC))
        db.session.commit()
        return Person(user.id, email, token)


def me_of(person: Person) -> Me:
    """The signed-in person as the application sees them. Needs an app context."""
    who: Me | None = load_me(person.token)
    assert who is not None
    return who


def held_by(app: Flask, person: Person, slug: str) -> Held:
    """A card with what this person remembers of it."""
    with app.app_context():
        held = queries.find_card(person.id, slug)
        assert held is not None, f"no card {slug}"
        return held


def log_of(app: Flask, person: Person, slug: str | None = None) -> list[LogRow]:
    """Everything this person did (with one card), oldest first."""
    with app.app_context():
        statement = select(LogRow).where(LogRow.learner_id == person.id).order_by(LogRow.id)
        if slug is not None:
            statement = statement.join(Card, Card.id == LogRow.card_id).where(Card.slug == slug)
        return list(db.session.scalars(statement))


def slugs_by_ask(app: Flask) -> dict[Ask, list[str]]:
    """The active cards of each kind, in roadmap order; none that a learner made."""
    with app.app_context():
        of_roadmap = select(Card.slug, Card.sheet).where(Card.is_active, Card.position > 0)
        found: dict[Ask, list[str]] = {ask: [] for ask in Ask}
        for slug, sheet in db.session.execute(of_roadmap.order_by(Card.position)):
            found[queries.read_sheet(sheet).ask].append(slug)
        return found


def slugs_of(app: Flask, ask: Ask) -> list[str]:
    """The active cards of a kind, in roadmap order; none that a learner made."""
    return slugs_by_ask(app)[ask]


def everything(app: Flask) -> Everything:
    """All rows of all tables: equal before and after means that nothing was written. They are read again only where
    the database says that something was: fifty reads a page would be most of what the tests of access do.
    """
    with app.app_context():
        state = _state()
        if state != _READ.get(app, (None,))[0]:
            _READ[app] = state, {name: rows.all({}) for name, rows in _rows().items()}
        return dict(_READ[app][1])


def _state() -> tuple[Any, ...]:
    """Equal as long as nobody writes. PostgreSQL: which transactions a reader sees. SQLite: the connection, the rows it
    changed itself, and the number that moves when another one commits.
    """
    raw = (open_line := line()).raw
    if open_line.dialect.name == "postgresql":
        return tuple(raw.execute("SELECT CAST(pg_current_snapshot() AS text)").fetchone())
    asked = ("PRAGMA data_version", "PRAGMA schema_version")
    return (raw, raw.total_changes, *(raw.execute(question).fetchone() for question in asked))


def wrong_answer(held: Held, token: str = "") -> list[str]:
    """An answer to this card that is wrong; `token` is that of its form, where its numbers differ by showing."""
    sheet = _asked(held, token)
    wrong = [option for option in sheet.options if not option.is_right]
    if sheet.ask is Ask.ORDER:
        named = (numbers(option.text) for option in wrong)
        return placing(sheet, next(named, (*range(len(steps(sheet)), 0, -1),)))
    return [wrong[0].key if sheet.ask in (Ask.CHOICE, Ask.MULTI) else wrong[0].text]


def right_answer(held: Held, token: str = "") -> list[str]:
    """The right answer to this card, as the form with this token sends it."""
    sheet = _asked(held, token)
    right = [option for option in sheet.options if option.is_right]
    if sheet.ask is Ask.CHOICE or sheet.ask is Ask.MULTI:
        return [option.key for option in right]
    if sheet.ask is Ask.ORDER:
        return placing(sheet, [*range(1, len(right) + 1)])
    return [right[0].text]


def _asked(held: Held, token: str) -> Sheet:
    return variant_of(held.sheet, token.partition(".")[0])


def answer_wrongly(who: Me, held: Held, moment: datetime) -> int:
    """Give the first wrong answer to this card; the answer's id. Commits."""
    shown = present(who.id, held.card_id, held.memory.version, moment)
    kept = actions.keep_answer(who, held, actions.weigh_answer(who, held, shown, wrong_answer(held), None, moment))
    db.session.commit()
    return kept.id


def answer_next(who: Me, moment: datetime, grade: Grade | None = None) -> tuple[Held, int]:
    """Answer the next card of the day rightly, or regrade it with `grade`; commits. Needs an app context."""
    held = queries.next_card(who, queries.today(who, moment))
    assert held is not None, "no card is waiting"
    return held, answer_card(who, held, moment, grade)


def answer_card(who: Me, held: Held, moment: datetime, grade: Grade | None = None) -> int:
    """Answer this card rightly; the answer's id. Commits."""
    shown = present(who.id, held.card_id, held.memory.version, moment)
    is_self = held.sheet.ask is Ask.SELF
    given = [] if is_self else right_answer(held, shown.nonce)
    own = (grade or Grade.GOOD) if is_self else None
    kept = actions.keep_answer(who, held, actions.weigh_answer(who, held, shown, given, own, moment))
    if grade is not None and kept.grade != grade:
        fresh = queries.find_card_by_id(who.id, held.card_id)
        assert fresh is not None
        actions.regrade(who, fresh, kept, grade, moment)
    db.session.commit()
    return kept.id


def report(learner: Person, slug: str, words: str = "It is wrong.", moment: datetime | None = None) -> int:
    """Say that a card is wrong; the report's id. Commits. Needs an app context."""
    held = queries.find_card(learner.id, slug)
    assert held is not None
    actions.report_card(me_of(learner), held, "key", words, moment or datetime.now(UTC))
    db.session.flush()
    report_id = db.session.scalars(select(Report.id).order_by(Report.id.desc()).limit(1)).one()
    db.session.commit()
    return report_id


def write_entry(
    learner_id: int,
    day: date,
    body: str,
    tags: Sequence[str] = (),
    links: Sequence[tuple[str, str]] = (),
    kind: str | None = None,
) -> int:
    """An entry in this person's journal; its id. Commits. Needs an app context."""
    writing = Writing(day, body, tags, None, links, kind)
    entry_id = journal_actions.write_entry(learner_id, token_urlsafe(9), writing, LONG_AGO)
    db.session.commit()
    return entry_id


def make_own_card(owner_id: int, moment: datetime, front: str = "What is a ==join==?") -> str:
    """A card that this person made; its slug. Commits. Needs an app context."""
    slug = making.make_card(owner_id, token_urlsafe(9), None, Written(front, "Two tables in one.", ()), moment)
    db.session.commit()
    return slug


def keep_link(learner_id: int, topic: str) -> int:
    """An address this person keeps with a topic, and a note; the link's id. Commits. Needs an app context."""
    keeping.keep_note(learner_id, topic, 0, "Outer joins *keep* rows.", LONG_AGO)
    keeping.add_link(learner_id, topic, "Joins", "https://example.org/joins")
    db.session.commit()
    return journal_queries.notes_of(learner_id, topic).links[0].id


def change_entry(learner_id: int, entry_id: int, body: str) -> None:
    """Save an entry again with another text. Commits. Needs an app context."""
    entry = journal_queries.find_entry(learner_id, entry_id)
    assert entry is not None
    journal_actions.save_entry(entry, entry.version, Writing(entry.day, body, ["changed"], None), LONG_AGO)
    db.session.commit()


def delete_entry(learner_id: int, entry_id: int) -> None:
    """Set an entry aside. Commits. Needs an app context."""
    entry = journal_queries.find_entry(learner_id, entry_id)
    assert entry is not None
    journal_actions.delete_entry(entry, LONG_AGO)
    db.session.commit()


def begin_mentorship(learner_id: int, mentor: Person, moment: datetime = LONG_AGO) -> None:
    """Let a learner have somebody with a mentor's role as their mentor. Commits. Needs an app context."""
    account_actions.begin_mentorship(learner_id, mentor.email, moment)
    db.session.commit()


def share_entry(learner_id: int, entry_id: int, mentor_id: int, moment: datetime | None = None) -> None:
    """Share an entry with a mentor. Commits. Needs an app context."""
    entry = journal_queries.find_entry(learner_id, entry_id)
    assert entry is not None
    journal_shares.share_entry(entry, mentor_id, moment or datetime.now(UTC))
    db.session.commit()


def write_comment(author_id: int, entry_id: int, mentor_id: int, body: str, moment: datetime | None = None) -> int:
    """A comment in the thread of an entry and a mentor; its id. Commits. Needs an app context."""
    token, moment = token_urlsafe(9), moment or datetime.now(UTC)
    comment_id = journal_shares.write_comment(author_id, entry_id, mentor_id, token, body, moment)
    db.session.commit()
    return comment_id


def add_plan(learner_id: int, moment: datetime, feed: str = "") -> int:
    """A plan that begins today, with a break in a month (its id) and perhaps a feed. Commits. Needs an app context."""
    day = moment.date()
    plan_actions.save_plan(learner_id, Wish("balanced", day, (120,) * 5 + (240, 0), (), False), day, day, moment)
    booked = plan_actions.book_break(learner_id, day + timedelta(days=30), day + timedelta(days=36))
    plan_actions.note_done(learner_id, "git.readme", day, "It answers four questions.", moment)
    if feed:
        plan_actions.open_feed(learner_id, token_digest(feed), moment)
    db.session.commit()
    return booked.id


def publish_skills(learner_id: int, moment: datetime) -> str:
    """A public page with a claim; its token. Commits. Needs an app context."""
    token = token_urlsafe(16)
    page = progress_actions.choose_claims(learner_id, "Ada L.", ["cards.big-o"])
    progress_actions.publish(page, token, moment)
    db.session.commit()
    return token


def start_session(learner_id: int, moment: datetime, topic: str | None = None) -> int:
    """A study session that runs since `moment`; its id. Commits. Needs an app context."""
    study_actions.start_session(learner_id, token_urlsafe(9), topic, moment.date(), moment)
    db.session.commit()
    running = study_queries.running_session(learner_id)
    assert running is not None
    return running.id


def study(learner_id: int, start: datetime, minutes: int, topic: str | None = None) -> int:
    """A study session that is over; its id. Commits. Needs an app context."""
    session_id = start_session(learner_id, start, topic)
    session = study_queries.find_session(learner_id, session_id)
    assert session is not None
    study_actions.stop_session(session, start + timedelta(minutes=minutes))
    db.session.commit()
    return session_id


def add_cohort(mentor: Person, name: str = "Autumn intake", moment: datetime = LONG_AGO) -> int:
    """A cohort with one mentor; its id. Commits. Needs an app context."""
    cohort = Cohort(name=name, created_at=moment)
    db.session.add(cohort)
    db.session.flush()
    cohort_id = cohort.id
    db.session.add(CohortMentor(cohort_id=cohort_id, mentor_id=mentor.id, began_at=moment))
    db.session.commit()
    return cohort_id


def join_cohort(cohort_id: int, learner: Person, moment: datetime = LONG_AGO) -> int:
    """Make this person a member, who starts that day; the membership's id. Commits. Needs an app context."""
    membership = Membership(cohort_id=cohort_id, learner_id=learner.id, starts_on=moment.date(), began_at=moment)
    db.session.add(membership)
    db.session.flush()
    membership_id = membership.id
    db.session.commit()
    return membership_id


def know(
    learner: Person, topic: str, recall: int, was: int | None = None, started: int = 2, tries: int = 3, misses: int = 1
) -> None:
    """How a learner stands with a topic, in tenths of a percent. Commits. Needs an app context."""
    row = TopicStanding(
        learner_id=learner.id,
        topic=topic,
        started=started,
        due=1,
        recall=recall,
        recall_was=was,
        tries=tries,
        misses=misses,
    )
    db.session.merge(row)
    db.session.commit()


def believe(learner_id: int, held: Held) -> None:
    """Keep that this learner showed what the first wrong option of a card stands for. Commits. Needs an app context."""
    wrong = next(option for option in held.sheet.options if option.misconception)
    day = datetime.now(UTC).date()
    belief = Belief(learner_id=learner_id, card_id=held.card_id, misconception=wrong.misconception, day=day, version=0)
    db.session.add(belief)
    db.session.commit()


def add_code(
    cohort_id: int, *, needs_approval: bool = False, most: int | None = None, until: datetime | None = None
) -> tuple[int, str, str]:
    """A code of a cohort: its id, the code and the link's token. Commits. Needs an app context."""
    made = entering.make_code(cohort_id, needs_approval, most, until, LONG_AGO)
    db.session.flush()
    found = (made.id, made.code, made.token)
    db.session.commit()
    return found


def ask_to_join(learner: Person, token: str, moment: datetime = LONG_AGO) -> int:
    """Come by a code that needs approval; the request's id. Commits. Needs an app context."""
    assert not entering.enter(learner.id, token, moment), "this code lets in at once"
    request_id = db.session.scalars(select(JoinRequest.id).order_by(JoinRequest.id.desc()).limit(1)).one()
    db.session.commit()
    return request_id


def invite(mentor: Person, cohort_id: int, email: str, name: str = "", starts_on: date | None = None) -> Invitation:
    """An invitation by address, detached. Commits. Needs an app context."""
    entering.invite(mentor.id, cohort_id, [Line(1, email, name, starts_on)], LONG_AGO)
    db.session.commit()
    invitation = db.session.scalars(select(Invitation).order_by(Invitation.id.desc()).limit(1)).one()
    db.session.expunge(invitation)
    db.session.commit()
    return invitation


def stand(cohort_id: int, learner: Person, name: str, moment: datetime = LONG_AGO, **said: Any) -> None:
    """Keep how a member stands, as the refresher would; `reasons` and `wins` are words by rule. Commits."""
    reasons, wins = (
        [Reason(Rule(rule), words, 30, "days", 7, 5) for rule, words in said.pop(which, {}).items()]
        for which in ("reasons", "wins")
    )
    usual: dict[str, Any] = {
        "as_of": moment.date(),
        "seen": 0,
        "rules_version": 1,
        "need": score(reasons),
        "last_on": moment.date(),
        "active_days": 10,
        "reviews": 70,
        "minutes": 95,
        "due": 8,
        "started": 50,
        "recall": 880,
        "recall_was": 860,
        "behind": None,
        "written_at": moment,
    }
    words = {"reasons": write_reasons(reasons), "wins": write_reasons(wins)}
    db.session.merge(Standing(cohort_id=cohort_id, learner_id=learner.id, name=name, **(usual | words | said)))
    db.session.commit()


def set_task(cohort_id: int, mentor: Person, learner: Person, *card_ids: int) -> int:
    """A task for the whole cohort, of these cards or else a reading, due in a week; its id. Commits."""
    kind, moment = AssignmentKind.CARDS if card_ids else AssignmentKind.READING, datetime.now(UTC)
    due_on = moment.date() + timedelta(days=7)
    wish = Task(kind, "Read", "https://example.org", "", "Before Friday.", None, due_on, True, card_ids)
    task = assignment_actions.set_task(mentor.id, cohort_id, token_urlsafe(9), wish, [learner.id], moment)
    task_id = task.id
    db.session.commit()
    return task_id


def nudge(cohort_id: int, mentor: Person, learner: Person, words: str = "How is it going?") -> int:
    """A message to a member, sent long ago; its id. Commits. Needs an app context."""
    token = token_urlsafe(9)
    mentoring_actions.send_nudge(mentor.id, cohort_id, learner.id, token, "", words, LONG_AGO.date(), LONG_AGO)
    db.session.commit()
    return db.session.execute(select(Nudge.id).where(Nudge.token == token)).scalar_one()


def note(cohort_id: int, mentor: Person, learner: Person, words: str = "Changes jobs.") -> int:
    """A mentors' note about a member; its id. Commits. Needs an app context."""
    token = token_urlsafe(9)
    mentoring_actions.write_note(mentor.id, cohort_id, learner.id, token, words, LONG_AGO)
    db.session.commit()
    return db.session.execute(select(MentorNote.id).where(MentorNote.token == token)).scalar_one()


def snooze(cohort_id: int, mentor: Person, learner: Person, until_on: date) -> None:
    """Leave a member in peace until a day. Commits. Needs an app context."""
    mentoring_actions.snooze(mentor.id, cohort_id, learner.id, "Is ill.", LONG_AGO.date(), until_on, LONG_AGO)
    db.session.commit()


def hand_in(cohort_id: int, learner: Person, project: str = "calculator-app", **more: Any) -> int:
    """A project handed in; the attempt's id. `more`: body, entries, moment. Commits. Needs an app context."""
    given = HandIn(project, "https://example.org/code", "", more.get("body", "It adds."), more.get("entries", ()))
    actor = Actor(learner.id, me_of(learner).name, token_urlsafe(9))
    made = project_actions.hand_in(actor, cohort_id, given, more.get("moment", datetime.now(UTC)))
    db.session.commit()
    return made


def write_class_card(
    cohort_id: int, author: Person, question: str = "Which join keeps **everybody**?"
) -> tuple[int, int]:
    """A card of a cohort's own that waits for its check: (deck, card). Commits. Needs an app context."""
    moment = datetime.now(UTC)
    deck_id = deck_actions.make_deck(author.id, cohort_id, "House rules", "How we write SQL.", moment).id
    draft = replace(EXAMPLES[0], question=question)
    card = deck_actions.write_card(author.id, deck_id, token_urlsafe(9), draft, True, moment)
    deck_actions.ask_for_check(author.id, card, moment)
    card_id = card.id
    db.session.commit()
    return deck_id, card_id


def publish_class_card(cohort_id: int, author: Person, checker: Person, question: str = "Why so?") -> tuple[int, int]:
    """A card of a cohort's own that comes to its learners: (deck, card). Commits. Needs an app context."""
    moment = datetime.now(UTC)
    deck_id, card_id = write_class_card(cohort_id, author, question)
    card, deck = db.session.get_one(CohortCard, card_id), db.session.get_one(CohortDeck, deck_id)
    deck_actions.note_answer(checker.id, card, "I don’t know.", moment)
    deck_actions.confirm(checker.id, card, "Section 15.", moment)
    serving.publish(checker.id, deck, moment)
    db.session.commit()
    return deck_id, card_id


def say(author: Person, cohort_id: int, learner: Person, body: str, moment: datetime | None = None) -> int:
    """A message in a learner's thread; its id. Commits. Needs an app context."""
    token, moment = token_urlsafe(9), moment or datetime.now(UTC)
    made = feedback_actions.write_message(author.id, cohort_id, learner.id, token, body, moment)
    db.session.commit()
    return made
