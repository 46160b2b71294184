"""Tasks that mentors set: the cost before, the learner's side, evidence from the log, and who is asked at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from secrets import token_urlsafe
from typing import Any

import pytest
from browser import Browser, Page
from factories import Person, add_cohort, add_person, answer_card, join_cohort, me_of
from flask import Flask
from sqlalchemy import event, insert, select, update

from portal.accounts.models import Membership, MentorView, User
from portal.assignments import actions, queries, standing
from portal.assignments.actions import Wish
from portal.assignments.models import Kind, Task
from portal.db import db
from portal.login import Me
from portal.quizzes import actions as quiz_actions
from portal.quizzes.history import events_of
from portal.quizzes.models import Call, Card, Desk, ReviewDay
from portal.quizzes.queries import find_answer, find_card_by_id, today
from quizzes.ledger import effective, is_scheduled, replay
from quizzes.sm2 import Grade
from quizzes.tasks import Seen, Stand, State, is_asked, is_met

NOW = datetime.now(UTC)
TODAY = NOW.date()
FIVE_DAYS = (TODAY + timedelta(days=4)).isoformat()


@dataclass(frozen=True)
class Class:
    """Carol's cohort with Alice and Ben, and Bob who learns elsewhere; `slugs` are cards late on the roadmap."""

    id: int
    app: Flask
    carol: Browser
    alice: Browser
    ben: Browser
    slugs: list[str]

    @property
    def url(self) -> str:
        """Its tasks."""
        return f"/cohorts/{self.id}/tasks"

    def set(self, **fields: Any) -> int:
        """Set a task as Carol does; its id."""
        usual = {"kind": "cards", "slugs": " ".join(self.slugs), "who": "all", "due_on": FIVE_DAYS}
        self.carol.post(self.url, {**usual, "token": token_urlsafe(9), **fields}, status=303)
        return int(self.carol.response.location.rpartition("/")[2])

    def change(self, act: str, **fields: str) -> Page:
        """Do something with a task as Carol does, and see its page again."""
        self.carol.post(f"{self.url}/{act}", fields, status=303)
        return self.carol.follow()


def person(browser: Browser) -> Person:
    """Whose browser it is."""
    assert browser.person is not None
    return browser.person


@pytest.fixture
def class_(app: Flask, carol: Browser, alice: Browser) -> Class:
    """Two who learn, four new cards a day."""
    ben = Browser(app).signed_in(add_person(app, "ben@example.org", "Ben", new_per_day=4))
    with app.app_context():
        cohort_id = add_cohort(person(carol))
        for one in (alice, ben):
            join_cohort(cohort_id, person(one))
        ordered = select(Card.slug).where(Card.is_active, Card.position > 0).order_by(Card.position.desc()).limit(6)
        slugs = list(db.session.scalars(ordered))
    return Class(cohort_id, app, carol, alice, ben, slugs)


def answer_each(who: Me, card_ids: Iterable[int], moment: datetime) -> None:
    """Answer these cards rightly."""
    for card_id in card_ids:
        held = find_card_by_id(who.id, card_id)
        assert held is not None
        answer_card(who, held, moment)


def answer_all(one: Browser, slugs: Sequence[str], moment: datetime) -> None:
    """The same for somebody with a browser, by slug."""
    with one.app.app_context():
        answer_each(me_of(person(one)), queries.cards_named(slugs).values(), moment)


def calls(app: Flask) -> set[tuple[int, str]]:
    """(learner, slug) of every call there is."""
    with app.app_context():
        rows = db.session.execute(select(Call.learner_id, Card.slug).join(Card, Card.id == Call.card_id))
        return {(learner_id, slug) for learner_id, slug in rows}


def test_a_task_is_costed_sent_once_learnt_and_looked_at(class_: Class, app: Flask) -> None:
    carol, alice, ben = class_.carol, class_.alice, class_.ben
    assert carol.get(class_.url).find("h1")[0].text == "No task has been set yet"
    carol.get(f"{class_.url}/new")
    typed = {
        "kind": "cards",
        "slugs": "\n".join(class_.slugs),
        "due_on": FIVE_DAYS,
        "who": "all",
        "note": "Look twice.",
    }
    assert "no card named nowhere" in carol.post(f"{class_.url}/new", typed | {"slugs": "nowhere"}, status=422).said
    page = carol.post(f"{class_.url}/new", typed)
    assert "a day more for 5 days" in page.find("p", class_="lead")[0].text
    assert not calls(app), "a preview sends nothing"
    form = page.form("/tasks")
    carol.post(form["action"], form, status=303)
    assert "The task is set." in carol.follow().said
    where = carol.response.request.path
    for is_htmx in (False, True):
        carol.post(form["action"], form, is_htmx, status=200 if is_htmx else 303)
        leads_to = carol.response.headers["HX-Redirect" if is_htmx else "Location"]
        assert leads_to == where, "a double click sets it once"
    assert len(calls(app)) == 12
    page = alice.get("/")
    assert page.element("set-title").text == "Set by Carol"
    assert "Due in 4 days · 0 of 6 cards done" in page.element("set").text
    assert "Look twice." in alice.get(page.find("a", class_="title")[0].get("href") or "").said
    alice.send_form("/begin", htmx=False)
    assert alice.page.card == class_.slugs[0], "its cards come before the roadmap's"
    answer_all(alice, class_.slugs, NOW)
    assert "Set by Carol" not in alice.get("/").said
    assert f"Done on {TODAY.day}" in alice.get("/tasks").said
    page = carol.get(where)
    assert "Done on" in page.element(f"learner-{person(alice).id}").text
    assert "0 of 6 cards done" in page.element(f"learner-{person(ben).id}").text
    assert "1 of 2 done" in carol.get(class_.url).said
    with app.app_context():
        pages = set(db.session.scalars(select(MentorView.page)))
    assert pages == {"cost of a task", "task", "tasks"}, "the learners can read that Carol looked"


def test_the_cost_is_reckoned_from_each_learners_own_times(class_: Class, app: Flask) -> None:
    slow = {"answers": 200, "reviews": 100, "fresh": 60, "drills": 40, "lapses": 12, "right": 150, "ms": 15_000_000}
    with app.app_context():
        db.session.execute(insert(ReviewDay).values(learner_id=person(class_.ben).id, day=TODAY, **slow))
        db.session.commit()
    wanted = {"kind": "cards", "slugs": " ".join(class_.slugs), "due_on": TODAY.isoformat(), "who": "all"}
    page = class_.carol.post(f"{class_.url}/new", wanted)
    assert "About 6 minutes more today; most for Ben: 8." in page.said
    assert "Ben has room for 4 of 6 new cards until then." in page.said
    answer_all(class_.ben, class_.slugs, NOW)
    page = class_.carol.post(f"{class_.url}/new", wanted | {"who": "some", "learners": str(person(class_.ben).id)})
    assert "nothing in it is new to anybody" in page.said
    page = class_.carol.post(
        f"{class_.url}/new", wanted | {"kind": "reading", "title": "Joins", "link": "joins"}, status=422
    )
    assert "Write the whole address" in page.said


@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_reading_is_done_by_word_and_cards_by_evidence_alone(class_: Class, is_htmx: bool) -> None:
    reading = class_.set(
        kind="reading", title="Use the index", link="https://example.org/a", minutes="40", text="*Read*."
    )
    cards, alice = class_.set(), class_.alice
    assert "https://example.org/a" in alice.get(f"/tasks/{reading}").said
    alice.send_form("/done", htmx=is_htmx, line="An index is a sorted copy.")
    assert f"Done on {TODAY.day}" in alice.page.said
    assert "An index is a sorted copy." in class_.carol.get(f"{class_.url}/{reading}").said
    alice.get(f"/tasks/{reading}")
    alice.send_form("/reopen", htmx=is_htmx)
    assert "not read yet" in alice.page.said
    for act in ("done", "reopen"):
        alice.post(f"/tasks/{cards}/{act}", {"line": "Done, I promise."}, status=404)
    for kind, wrong in (("topics", "dsa.big-o"), ("step", "nowhere"), ("project", "nowhere"), ("cards", "")):
        fields = {"kind": kind, kind: wrong, "slugs": "", "due_on": FIVE_DAYS, "who": "all"}
        class_.carol.post(f"{class_.url}/new", fields, status=422)


def test_an_excuse_a_later_day_and_a_withdrawal_reach_the_learner(class_: Class, app: Flask) -> None:
    first, second, alice = class_.set(), class_.set(slugs=" ".join(class_.slugs[:2])), class_.alice
    her = f"{first}/learners/{person(alice).id}"
    class_.carol.post(f"{class_.url}/{her}/excuse", {"reason": " "}, status=422)
    assert "Excused: moves house" in class_.change(f"{her}/excuse", reason="moves house").said
    assert "moves house" in alice.get("/tasks").said
    own = {slug for who, slug in calls(app) if who == person(alice).id}
    assert own == set(class_.slugs[:2]), "what the other task asks still comes first"
    class_.change(f"{her}/ask")
    assert len(calls(app)) == 12
    class_.carol.post(f"{class_.url}/{first}/due", {"due_on": "soon"}, status=422)
    class_.change(f"{first}/due", due_on=(TODAY + timedelta(days=1)).isoformat())
    assert "Due tomorrow" in alice.get("/").said
    answer_all(alice, class_.slugs[5:], NOW)
    class_.change(f"{first}/withdraw")
    left = calls(app)
    assert left == {(person(one).id, slug) for one in (alice, class_.ben) for slug in class_.slugs[:2]} | {
        (person(alice).id, class_.slugs[5])
    }, "a call that led to something learnt stays"
    assert "No longer asked" in alice.get("/tasks").said
    for act in (f"{first}/withdraw", f"{her}/ask", f"{first}/due"):
        class_.carol.post(f"{class_.url}/{act}", {"due_on": FIVE_DAYS}, status=404)
    class_.change(f"{second}/withdraw")
    assert calls(app) == {(person(alice).id, class_.slugs[5])}
    with app.app_context():
        assert set(db.session.scalars(select(Desk.called_from))) == {None}


def test_who_comes_later_is_asked_with_a_week_left_and_who_leaves_no_more(class_: Class, app: Flask) -> None:
    soon, later = class_.set(), class_.set(due_on=(TODAY + timedelta(days=9)).isoformat())
    named = class_.set(who="some", learners=str(person(class_.ben).id), due_on=(TODAY + timedelta(days=9)).isoformat())
    dora = Browser(app).signed_in(add_person(app, "dora@example.org", "Dora"))
    with app.app_context():
        db.session.execute(update(Task).values(sent_at=NOW - timedelta(days=1)))
        join_cohort(class_.id, person(dora), NOW)
    assert len(dora.get("/tasks").find("a", class_="title")) == 1
    dora.get(f"/tasks/{later}")
    for other in (soon, named):
        dora.get(f"/tasks/{other}", status=404)
    dora.post(f"/tasks/{later}/begin", status=303)
    assert sum(who == person(dora).id for who, _ in calls(app)) == 6, "their cards come first as well"
    answer_all(class_.ben, class_.slugs[:1], NOW)
    with app.app_context():
        left = update(Membership).where(Membership.learner_id != person(class_.alice).id)
        db.session.execute(left.values(ended_at=datetime.now(UTC)))
        db.session.commit()
    assert "Set by Carol" not in class_.ben.get("/").said
    assert "You left the cohort" in class_.ben.get("/tasks").said
    class_.ben.post(f"/tasks/{named}/begin", status=404)
    assert "Ben" not in class_.carol.get(f"{class_.url}/{named}").said
    assert sum(who == person(class_.ben).id for who, _ in calls(app)) == 6, "the cards stay"


def test_a_day_ends_by_each_learners_own_clock(class_: Class, app: Flask) -> None:
    with app.app_context():
        zones = {class_.alice: "Pacific/Kiritimati", class_.ben: "Pacific/Pago_Pago"}
        for one, zone in zones.items():
            db.session.execute(update(User).where(User.id == person(one).id).values(zone=zone, rollover_hour=0))
        db.session.commit()
    task_id = class_.set()
    noon = datetime.combine(TODAY + timedelta(days=4), datetime.min.time(), UTC) + timedelta(hours=12)
    with app.app_context():
        found = queries.find_task(class_.id, task_id)
        assert found is not None
        states = {member.name: stand for member, stand, _ in standing.stands(found[0], noon)}
    assert (states["Alice"].late_days, states["Alice"].state) == (1, State.LATE), "there it is the next day already"
    assert (states["Ben"].late_days, states["Ben"].state) == (0, State.OPEN)


def recount(learner_id: int, card_ids: Sequence[int], set_on: date, due_on: date) -> tuple[int, date | None]:
    """From the log alone: how many cards are met, and the day on which the last one was."""
    met: list[date] = []
    for card_id in card_ids:
        events = events_of(learner_id, card_id)
        days = [event.day for event, before, _ in effective(events) if is_scheduled(before, event.day)]
        since, memory = [day for day in days if day >= set_on], replay(events)
        if since:
            met.append(since[0])
        elif memory.due_on is not None and memory.due_on > due_on:
            met.append(set_on)
    return len(met), max(met) if len(met) == len(card_ids) else None


def live(who: Me, card_ids: Sequence[int], moment: datetime, chance: Random) -> None:
    """Do something with one of these cards: answer it with some grade, or take that back."""
    held = find_card_by_id(who.id, chance.choice(card_ids))
    assert held is not None
    grade = chance.choice([Grade.AGAIN, Grade.GOOD, Grade.EASY])
    answer_id = answer_card(who, held, moment, grade)
    if chance.random() < 0.5:
        held, given = find_card_by_id(who.id, held.card_id), find_answer(who.id, answer_id)
        assert held is not None
        assert given is not None
        quiz_actions.undo(who, held, given, moment)
        db.session.commit()


@pytest.mark.parametrize("seed", [0, 5])  # with drills and undone answers that a careless count falls for
def test_what_is_done_equals_a_recount_of_the_log(class_: Class, app: Flask, seed: int) -> None:
    chance, alice = Random(seed), person(class_.alice)
    moment = datetime(2026, 10, 1, 12, tzinfo=UTC)
    with app.app_context():
        card_ids = list(queries.cards_named(class_.slugs[:2]).values())
        who, is_set, found = me_of(alice), 0, None
        for day in range(24):
            moment += timedelta(days=1)
            if day == 6:
                wish = Wish(Kind.CARDS, "Two", "", "", "", None, moment.date() + timedelta(days=8), True, card_ids)
                is_set = actions.set_task(person(class_.carol).id, class_.id, "x", wish, [alice.id], moment).id
                db.session.commit()
            if day < 2:
                answer_each(who, card_ids, moment)  # due again two days after the task is set
            elif day > 5 and chance.random() < 0.8:
                live(who, card_ids, moment, chance)
            if is_set:
                found = queries.find_task(class_.id, is_set)
                assert found is not None
                stand = next(row[1] for row in standing.stands(found[0], moment) if row[0].id == alice.id)
                wanted = recount(alice.id, card_ids, found[0].sent_at.date(), found[0].due_on)
                assert (stand.met, stand.done_on) == wanted, f"day {day}"
                own = standing.mine(alice.id, moment, task_id=is_set)[0].stand
                assert own == stand, "both sides see the same"
        assert today(who, moment).day == moment.date()


def test_three_cohorts_never_cross(class_: Class, app: Flask, bob: Browser) -> None:
    mentors = [add_person(app, f"mentor{number}@example.org", f"Mentor{number}", role="mentor") for number in (1, 2)]
    with app.app_context():
        for number, (mentor, learner) in enumerate(zip(mentors, (bob, class_.ben), strict=True), 1):
            other = add_cohort(mentor, f"canary-cohort-{number}")
            join_cohort(other, person(learner))
            wish = Wish(Kind.READING, f"canary-{number}", "https://example.org", "", "", None, TODAY, True, [])
            actions.set_task(mentor.id, other, "x", wish, [], NOW)
        db.session.commit()
        theirs = list(db.session.scalars(select(Task.id)))
    class_.set(note="canary-0")
    seen = {one: one.get("/").said + one.get("/tasks").said for one in (class_.alice, class_.ben, bob)}
    assert "canary" not in seen[class_.alice]
    assert "canary-1" in seen[bob]
    assert "canary-2" not in seen[bob]
    assert "canary-2" in seen[class_.ben], "who belongs to two is asked by both"
    assert "canary-1" not in seen[class_.ben]
    assert "canary-1" not in class_.carol.get(class_.url).said + class_.carol.get(f"{class_.url}/new").said
    for task_id in theirs:
        class_.alice.get(f"/tasks/{task_id}", status=404)
        for act in ("", "/due", "/withdraw", f"/learners/{person(class_.ben).id}/excuse"):
            class_.carol.post(f"{class_.url}/{task_id}{act}", {"reason": "x"}, status=None)
            assert class_.carol.response.status_code in {404, 405}
        class_.carol.get(f"{class_.url}/{task_id}", status=404)


def test_pages_ask_as_often_for_many_learners_and_tasks_as_for_few(class_: Class, app: Flask) -> None:
    asked: list[str] = []
    task_id = class_.set()
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def count() -> list[int]:
        numbers = []
        pages = (
            (class_.carol, class_.url),
            (class_.carol, f"{class_.url}/{task_id}"),
            (class_.carol, f"{class_.url}/new"),
        )
        for one, url in (*pages, (class_.alice, "/tasks"), (class_.alice, f"/tasks/{task_id}"), (class_.alice, "/")):
            asked.clear()
            one.get(url)
            numbers.append(len(asked))
        asked.clear()
        wanted = {"kind": "topics", "topics": "bigo.growth", "due_on": FIVE_DAYS, "who": "all"}
        class_.carol.post(f"{class_.url}/new", wanted)
        return [*numbers, len(asked)]

    few = count()
    for number in range(6):
        join = add_person(app, f"more{number}@example.org", f"More {number}")
        with app.app_context():
            join_cohort(class_.id, join)
        class_.set(slugs=class_.slugs[number])
        answer_all(class_.ben, class_.slugs[number : number + 1], NOW)
    assert count() == few
    assert max(few) <= 20, few


def test_a_late_comer_has_a_week_and_a_known_card_needs_nothing() -> None:
    day = date(2026, 11, 2)
    due = day + timedelta(days=7)
    assert is_asked(day, day, day), "who was there when it was set is asked, however soon it is due"
    assert is_asked(day, day - timedelta(days=1), due)
    assert not is_asked(day + timedelta(days=1), day, due)
    assert not is_met(Seen(), day, due)
    assert is_met(Seen(day, day + timedelta(days=1)), day, due)
    assert not is_met(Seen(day - timedelta(days=1), due), day, due), "it comes on the last day: it can be answered"
    assert is_met(Seen(day - timedelta(days=1), due + timedelta(days=1)), day, due)
    assert Stand(due + timedelta(days=2), due, 1, 2).late_days == 2
    assert Stand(due + timedelta(days=9), due, 2, 2, due + timedelta(days=1), "ill").state is State.DONE
