"""The demonstration's cohort: thirty learners of every kind, two mentors, an earlier cohort, and no trace of it all."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter

import pytest
from browser import Browser
from factories import LONG_AGO, PASSWORD
from flask import Flask
from sqlalchemy import func, select
from test_demo import UNTIL, id_of, shown, signed_in

from portal.accounts import actions, queries
from portal.accounts.models import Cohort, Membership, MentorView, User
from portal.assignments import standing
from portal.assignments.models import Kind as TaskKind
from portal.db import db
from portal.demo import crowd, removing
from portal.demo.cohort import EARLIER, NAME
from portal.demo.people import address
from portal.feedback import queries as feedback
from portal.feedback.models import Reader
from portal.journal.models import Share
from portal.mentoring import morning, refreshing
from portal.plan import queries as plan_queries
from portal.projects.models import Submission, SubmissionEvent
from portal.quizzes.models import Card, CardState, LogRow, ReviewDay
from portal.study.queries import minutes_by_day
from quizzes.handin import Event, replay
from quizzes.kinds import FINE, Kind
from quizzes.needs import read_reasons

__all__ = ["shown"]  # the fixture
TODAY = date.fromisoformat(UNTIL)


def cohort_named(name: str) -> Cohort:
    return db.session.scalars(select(Cohort).where(Cohort.name == name)).one()


def by_kind() -> dict[Kind, list[int]]:
    """The numbers of the cohort's learners."""
    found = defaultdict(list)
    for person in crowd.people():
        found[person.character.kind].append(id_of(address(person.name)))
    return found


def test_thirty_learn_in_the_cohort_since_days_of_their_own(shown: Flask) -> None:
    with shown.app_context():
        cohort, earlier = cohort_named(NAME), cohort_named(EARLIER)
        held = select(Membership).where(Membership.ended_at.is_(None))
        members = db.session.scalars(held).all()
        assert ({one.cohort_id for one in members}, len(members)) == ({cohort.id}, 30)
        assert len({one.starts_on for one in members}) > 8, "they came when they came"
        assert {kind for kind, ids in by_kind().items() if ids} == set(Kind)
        moved = db.session.scalars(select(Membership.learner_id).where(Membership.cohort_id == earlier.id)).all()
        assert (len(moved), earlier.archived_at is not None) == (2, True)
        carol, emeka = id_of("carol@example.org"), id_of("emeka@example.org")
        mentors = {one.id for one in queries.mentors_of(moved[0])}
        assert mentors == {carol, emeka}
        assert (queries.find_cohort(emeka, earlier.id), queries.find_cohort(emeka, cohort.id) is cohort) == (None, True)


def test_each_kind_is_what_its_name_says(shown: Flask) -> None:
    with shown.app_context():
        kinds, last = by_kind(), last_days()
        fine = [one for kind in FINE for one in kinds[kind]]
        assert max(TODAY - last[one] for one in fine) <= timedelta(days=7)
        misses = missed()
        usual = max(misses.get((one, joins), 0) for one in fine for joins in (False, True))
        stuck = [[misses[one, joins] for joins in (True, False)] for one in kinds[Kind.STUCK]]
        assert all(on_joins > usual > elsewhere for on_joins, elsewhere in stuck), (usual, stuck)
        assert min(TODAY - last[one] for one in kinds[Kind.DROP_OUT]) > timedelta(days=9)
        assert not set(kinds[Kind.NEVER]) & last.keys()
        weekdays = {one: {day.weekday() for day in days_of(one)} for one in kinds[Kind.CRAMMER]}
        assert list(map(len, weekdays.values())) == [1, 1]
        assert {one for one in last if lacks(one) > 15} == set(kinds[Kind.BEHIND])
        assert not [one for one in fine if lacks(one) > 2]


NAMED = {
    Kind.DROP_OUT: "quiet",
    Kind.CRAMMER: "crammed",
    Kind.STUCK: "stuck",
    Kind.NEVER: "unstarted",
    Kind.BEHIND: "behind",
}


def test_a_mentors_morning_names_each_planted_case_by_its_reason_and_no_fine_one(shown: Flask) -> None:
    moment, found = datetime.combine(TODAY, time(12), UTC), dict[int, list[str]]()
    with shown.app_context():
        for _, some in groupby(refreshing.behind(moment, of_all=True), key=attrgetter("day")):
            batch = refreshing.look_at(list(some), moment)
            refreshing.write(batch)
            found |= {row["learner_id"]: [one.rule for one in read_reasons(row["reasons"])] for row in batch.rows}
        cohort_id, kinds = cohort_named(NAME).id, by_kind()
        db.session.commit()
    assert len(found) == 30
    for kind, rule in NAMED.items():
        assert all(rule in found[one] for one in kinds[kind]), (kind, [found[one] for one in kinds[kind]])
    assert [one for kind in FINE for one in kinds[kind] if found[one]] == []
    carol, (stuck, _) = signed_in(shown, "carol"), kinds[Kind.STUCK]
    page = carol.get(f"/cohorts/{cohort_id}")
    assert "of 30 need you today" in page.find("h1")[0].text
    assert "stuck on" in page.element(f"learner-{stuck}").text
    for path in (
        "heat",
        "heat/sql.joins.outer",
        "misconceptions",
        f"learners/{stuck}",
        "tasks",
        "queue",
        "rules",
        "roster",
    ):
        carol.get(f"/cohorts/{cohort_id}/{path}")


def days_of(learner_id: int) -> list[date]:
    return list(db.session.scalars(select(ReviewDay.day).where(ReviewDay.learner_id == learner_id)))


def last_days() -> dict[int, date]:
    """The last day of the cohort's learners with an answer."""
    ours = select(ReviewDay.learner_id, func.max(ReviewDay.day, type_=ReviewDay.day.type))
    members = select(Membership.learner_id)
    rows = db.session.execute(ours.where(ReviewDay.learner_id.in_(members)).group_by(ReviewDay.learner_id))
    return {row[0]: row[1] for row in rows}


def missed() -> dict[tuple[int, bool], float]:
    """By learner, for joins and for the rest: lapses in proportion to reviews."""
    sums = (func.sum(CardState.lapses), func.sum(CardState.reviews))
    is_join = Card.topic.startswith("sql.joins")
    rows = select(CardState.learner_id, is_join, *sums).join(Card, Card.id == CardState.card_id)
    found = db.session.execute(rows.group_by(CardState.learner_id, is_join))
    return {(learner, bool(joins)): lapses / tries for learner, joins, lapses, tries in found}


def lacks(learner_id: int) -> float:
    """Hours of the plan that lack in the last four weeks."""
    first, last = TODAY - timedelta(days=28), TODAY - timedelta(days=1)
    planned = plan_queries.planned_days(learner_id, first, last)
    studied = minutes_by_day(learner_id, first, last)
    return (sum(planned.values()) - sum(studied.values())) / 60 if planned else 0


def test_who_is_stuck_believes_one_thing_and_shares_it_with_others(shown: Flask) -> None:
    with shown.app_context():
        for person in (one for one in crowd.people() if one.character.kind is Kind.STUCK):
            learner_id = id_of(address(person.name))
            of_learner = (LogRow.learner_id == learner_id, LogRow.misconceptions.is_not(None))
            shows = Counter(db.session.scalars(select(LogRow.misconceptions).where(*of_learner)))
            assert shows.most_common(1)[0][0] == person.character.belief, shows.most_common(3)
        believers = select(LogRow.learner_id).where(LogRow.misconceptions == "count-star-skips-null").distinct()
        assert len(db.session.scalars(believers).all()) > 10


def test_the_cohorts_mentors_read_what_is_shared(shown: Flask) -> None:
    page = signed_in(shown, "carol").get("/journal/shared")
    assert "Priya Raman" in page.html
    with shown.app_context():
        emeka = id_of("emeka@example.org")
        assert len(db.session.scalars(select(Share).where(Share.mentor_id == emeka)).all()) > 20
    learner = Browser(shown)
    learner.post("/sign-in", {"email": "mats@autumn.example.org", "password": PASSWORD}, status=303)
    assert "break" in learner.get("/plan").html


def test_the_demonstration_goes_without_a_trace_and_takes_nobody_along(shown: Flask) -> None:
    """All in one transaction that is taken back: the demonstration is dear to make."""
    with shown.app_context():
        dora = actions.add_user("dora@example.org", "Dora", "x" * 20, "UTC", LONG_AGO)
        bob = db.session.get_one(User, id_of("bob@example.org"))
        bob.created_at += timedelta(microseconds=1)  # somebody who signed up with that address
        cohort = cohort_named(NAME)
        joined = Membership(cohort_id=cohort.id, learner_id=dora.id, starts_on=TODAY, began_at=LONG_AGO)
        db.session.add(joined)
        db.session.flush()
        with pytest.raises(removing.RemovalRefused, match=r"dora@example\.org"):
            removing.remove()
        db.session.delete(joined)
        actions.end_mentorship(bob.id, id_of("carol@example.org"), LONG_AGO)
        db.session.flush()
        assert removing.remove() == 33
        left = {table.name for table in db.metadata.sorted_tables if db.session.execute(select(table).limit(1)).first()}
        assert set(db.session.scalars(select(User.email))) == {"bob@example.org", "dora@example.org"}
        of_bob = {"card_states", "review_log", "review_days", "desks", "card_reports", "sessions"}
        assert left - of_bob <= {"users", "cards", "card_pairs", "decks"} | {
            name for name in left if name.startswith("journal")
        }
        assert {*db.session.scalars(select(LogRow.learner_id).distinct())} == {bob.id}
        db.session.rollback()


def test_its_mentors_set_tasks_answer_judge_and_note(shown: Flask) -> None:
    moment = datetime.combine(TODAY, time(12), UTC)
    with shown.app_context():
        cohort_id, carol, emeka = cohort_named(NAME).id, id_of("carol@example.org"), id_of("emeka@example.org")
        found = standing.counted(cohort_id, None, moment)[0]
        assert ({one.task.kind for one in found}, sum(one.task.withdrawn_at is not None for one in found)) == (
            {*TaskKind},
            1,
        )
        assert len({one.task.due_on for one in found}) == len(found)
        late = [one.late for one in found if one.late and one.task.withdrawn_at is None]
        assert late, "some are late"
        assert max(late) < 15, "and most are not"
        assert any(one.excused for one in found)
        handed = db.session.scalars(select(Submission)).all()
        assert Counter(one.state for one in handed) == {"waiting": 3, "accepted": 3, "sent back": 3}
        for one in handed:
            events = select(SubmissionEvent.kind).where(SubmissionEvent.submission_id == one.id)
            kinds = db.session.scalars(events.order_by(SubmissionEvent.id))
            assert replay(map(Event, kinds)) == one.state, one.project
        assert [one.learner_id for one in feedback.unanswered(cohort_id, 9)] == [
            id_of(f"{name}@autumn.example.org") for name in ("chiara", "priya")
        ]
        unread = Counter(db.session.scalars(select(Reader.person_id).where(Reader.unread_since.is_not(None))))
        femi, viktor = (id_of(f"{name}@autumn.example.org") for name in ("femi", "viktor"))
        assert unread == {carol: 1, emeka: 3, femi: 1, viktor: 1}
        done = morning.done_lately(cohort_id, TODAY, moment)
        back = next(one.outcome for one in done if one.act.learner_id == id_of("sofia@autumn.example.org"))
        assert (back.is_over, back.before, back.after > 2) == (True, 0, True)
        opened = db.session.scalars(select(MentorView.opened_at).order_by(MentorView.id)).all()
        assert opened == sorted(opened), "who looked is read in its order"
