"""Projects handed in and judged, threads with mentors, and the queue of what waits."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser import Browser
from factories import (
    Person,
    add_cohort,
    add_person,
    hand_in,
    join_cohort,
    nudge,
    say,
    share_entry,
    write_comment,
    write_entry,
)
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import CohortMentor, Membership, MentorView, User
from portal.db import db
from portal.projects.models import Submission, SubmissionEvent
from portal.roadmap import content
from quizzes import waiting
from quizzes.handin import Event, NotNow, State, criterion_id, replay

NOW = datetime.now(UTC)
CALCULATOR = "calculator-app"
CODE = "https://example.org/alice/calculator"


@dataclass(frozen=True)
class Class:
    """Carol and Dan mentor Alice and Mia."""

    id: int
    alice: Browser
    mia: Browser
    carol: Browser
    dan: Browser

    @property
    def url(self) -> str:
        """Where the cohort's pages begin."""
        return f"/cohorts/{self.id}"

    def thread(self, learner: Browser) -> str:
        """A learner's thread as a mentor opens it."""
        return f"{self.url}/feedback/{who(learner).id}"


def who(browser: Browser) -> Person:
    """Who is signed in."""
    assert browser.person is not None
    return browser.person


@pytest.fixture
def class_(app: Flask, alice: Browser, carol: Browser) -> Class:
    """A cohort with two mentors and two learners."""
    mia = Browser(app).signed_in(add_person(app, "mia@example.org", "Mia"))
    dan = Browser(app).signed_in(add_person(app, "dan@example.org", "Dan", role="mentor"))
    with app.app_context():
        cohort_id = add_cohort(who(carol))
        db.session.add(CohortMentor(cohort_id=cohort_id, mentor_id=who(dan).id, began_at=NOW))
        for one in (alice, mia):
            join_cohort(cohort_id, who(one))
    return Class(cohort_id, alice, mia, carol, dan)


def leave(app: Flask, learner: Browser) -> None:
    """End every membership of a learner."""
    with app.app_context():
        db.session.execute(update(Membership).where(Membership.learner_id == who(learner).id).values(ended_at=NOW))
        db.session.commit()


def judgement(shown: str = "yes", project: str = CALCULATOR, **more: str) -> dict[str, Any]:
    """What a mentor sends who says the same of every criterion."""
    found = content.find_project(project)
    assert found is not None
    return {f"shows-{criterion_id(text)}": shown for text in found.needs} | more


def waiting_id(app: Flask) -> int:
    """The hand-in that was made last."""
    with app.app_context():
        return db.session.execute(select(Submission.id).order_by(Submission.id.desc()).limit(1)).scalar_one()


def test_a_project_is_handed_in_sent_back_accepted_and_taken_back(class_: Class, app: Flask) -> None:
    alice, carol = class_.alice, class_.carol
    assert "Nine projects to build and show" in alice.get("/projects").said
    alice.get(f"/projects/{CALCULATOR}")
    alice.send_form("/hand-in", htmx=False, status=422, repository="javascript:alert(1)", body="It *adds*.")
    assert "Write an address such as" in alice.page.said
    assert alice.page.element("body").text == "It *adds*.", "what was typed is still there"
    alice.send_form("/hand-in", htmx=False, repository=CODE, body="It *adds*. <script>x</script>")
    assert "Waiting for less than a minute; nobody before you" in alice.page.said
    assert [link.get("rel") for link in alice.page.find("a", href=CODE)] == ["noopener nofollow"]
    page = f"{class_.url}/submissions/{waiting_id(app)}"
    carol.get(page)
    assert not carol.page.find("script", src="")
    assert "It adds." in carol.page.said
    for given, words in (({}, "Say of each point"), (judgement("no"), "Not every point is shown")):
        carol.send_form("/judge", htmx=False, status=422, verdict="accept", **given)
        assert words in carol.page.said
    carol.send_form("/judge", htmx=False, status=422, verdict="send-back", **judgement("no"))
    assert "Write at least one line of what to change." in carol.page.said
    carol.send_form("/judge", htmx=False, verdict="send-back", **judgement("no", said="Read `eval` again."))
    alice.get(f"/projects/{CALCULATOR}")
    assert "Sent back by Carol" in alice.page.said
    assert "Read eval again." in alice.page.said
    alice.send_form("/hand-in", htmx=False, repository=CODE, body="Without eval now.")
    page = f"{class_.url}/submissions/{waiting_id(app)}"
    carol.get(page)
    carol.send_form("/judge", htmx=False, verdict="accept", **judgement("no", reason="It does more."))
    assert "Accepted by Carol" in alice.get("/projects").said
    step = "/roadmap/steps/" + content.roadmap().steps[0].id
    assert "Project accepted by Carol on" in alice.get(step).said
    assert "Accepted all the same: It does more." in alice.get(f"/projects/{CALCULATOR}").said
    class_.dan.get(page)
    class_.dan.send_form("/take-back", htmx=False, status=422, reason=" ")
    class_.dan.send_form("/take-back", htmx=False, reason="It was somebody else's work.")
    assert "Project accepted" not in alice.get(step).said
    assert "It was somebody else's work." in alice.get(f"/projects/{CALCULATOR}").said
    assert "Attempt 1, sent back" in alice.page.said
    assert "Attempt 2, sent back" in alice.page.said
    with app.app_context():
        for row in db.session.scalars(select(Submission)):
            kinds = select(SubmissionEvent.kind).where(SubmissionEvent.submission_id == row.id)
            events = [Event(kind) for kind in db.session.scalars(kinds.order_by(SubmissionEvent.id))]
            assert row.state == replay(events), "the state is what happened"
        db.session.execute(delete(User).where(User.id == who(carol).id))
        db.session.commit()
        accepted = select(SubmissionEvent.actor_id, SubmissionEvent.actor).where(SubmissionEvent.kind == Event.ACCEPT)
        assert tuple(db.session.execute(accepted).one()) == (None, "Carol"), (
            "an account that goes takes no record along"
        )
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("UPDATE submission_events SET reason = 'none'"))


def test_a_click_sent_twice_counts_once_and_two_mentors_do_not_decide_twice(class_: Class, app: Flask) -> None:
    alice, carol, dan = class_.alice, class_.carol, class_.dan
    alice.get(f"/projects/{CALCULATOR}")
    form = {**alice.page.form("/hand-in"), "repository": CODE, "body": "It adds."}
    for _ in range(2):
        alice.post(f"/projects/{CALCULATOR}/hand-in", form, status=303)
    alice.post(f"/projects/{CALCULATOR}/hand-in", {**form, "token": "another"}, status=409)
    page = f"{class_.url}/submissions/{waiting_id(app)}"
    given = judgement(token="one", verdict="accept")
    for _ in range(2):
        carol.post(f"{page}/judge", given, status=303)
    dan.post(f"{page}/judge", {**given, "verdict": "send-back", "said": "Not so fast.", "token": "two"}, status=409)
    assert "Not so fast." in dan.page.said, "what Dan typed is not lost"
    with app.app_context():
        kinds = db.session.scalars(select(SubmissionEvent.kind).order_by(SubmissionEvent.id)).all()
        assert kinds == [Event.HAND_IN, Event.ACCEPT]


def test_a_hand_in_is_withdrawn_until_a_mentor_opens_it(class_: Class, app: Flask) -> None:
    alice, address = class_.alice, f"/projects/{CALCULATOR}"
    with app.app_context():
        hand_in(class_.id, who(alice))
    alice.get(address)
    alice.send_form("/withdraw", htmx=False)
    assert "Attempt 1, withdrawn" in alice.page.said
    with app.app_context():
        number = hand_in(class_.id, who(alice))
    alice.get(address)
    class_.carol.get(f"{class_.url}/submissions/{number}")
    alice.send_form("/withdraw", htmx=False)
    assert "It is not withdrawn" in alice.page.said
    assert "Seen by Carol" in alice.page.said
    leave(app, alice)
    assert "Nobody reads it" in alice.get(address).said
    class_.carol.get(f"{class_.url}/submissions/{number}", status=404)
    alice.send_form("/withdraw", htmx=False)
    assert "Attempt 2, withdrawn" in alice.page.said


def test_entries_go_along_only_as_far_as_they_are_shared(class_: Class, app: Flask) -> None:
    alice, carol = who(class_.alice), who(class_.carol)
    with app.app_context():
        shared, own = (write_entry(alice.id, NOW.date(), "Loops.") for _ in range(2))
        share_entry(alice.id, shared, carol.id)
    page = class_.alice.get(f"/projects/{CALCULATOR}")
    assert [box.get("value") for box in page.find("input", name="entries")] == [str(shared)]
    class_.alice.send_form("/hand-in", htmx=False, status=422, repository=CODE, body="x", entries=str(own))
    class_.alice.send_form("/hand-in", htmx=False, repository=CODE, body="x", entries=str(shared))
    address = f"{class_.url}/submissions/{waiting_id(app)}"
    assert class_.carol.get(address).find("a", href=f"/journal/shared/{shared}")
    assert not class_.dan.get(address).find("a", href=f"/journal/shared/{shared}"), "Dan was not given it"


def test_a_thread_is_read_by_both_sides_and_says_so(class_: Class, app: Flask) -> None:
    alice, carol, dan = class_.alice, class_.carol, class_.dan
    alice.get("/feedback", status=303)
    alice.follow()
    assert alice.page.find("h1")[0].text == "You and Carol and Dan"
    alice.send_form("/write", htmx=False, status=422, body=" ")
    alice.send_form("/write", htmx=False, body="Why does `eval` *hurt*? <script>x</script>")
    assert "You have been waiting for an answer for less than a minute; nobody before you" in alice.page.said
    for mentor in (carol, dan):
        mentor.get(class_.thread(alice))
        assert "Why does eval hurt?" in mentor.page.said
        assert "1 new" in mentor.page.said
    carol.send_form("/seen", status=200)
    assert "1 new" not in carol.get(class_.thread(alice)).said
    assert "Seen by Carol" in alice.get(f"/feedback/{class_.id}").said
    assert "Dan, " not in alice.page.said
    dan.send_form("/write", htmx=False, body="It runs what people type.")
    assert "You have been waiting" not in alice.get(f"/feedback/{class_.id}").said
    assert "It runs what people type." in alice.page.said
    assert "Write to your mentors 1 unread" in alice.get("/projects").said
    alice.get(f"/feedback/{class_.id}")
    assert "1 new" in alice.page.said
    alice.send_form("/seen", status=200)
    assert "Seen by Alice" in carol.get(class_.thread(alice)).said, "all mentors see the same"
    alice.get(f"/feedback/{class_.id}")
    form = {**alice.page.form("/write"), "body": "Thanks."}
    for _ in range(2):
        alice.post(f"/feedback/{class_.id}/write", form, status=303)
    alice.post(f"/feedback/{class_.id}/write", {**form, "body": "Other words."}, status=409)
    assert alice.get(f"/feedback/{class_.id}").said.count("Thanks.") == 1
    alice.post(alice.page.find("form", action=alice.page.form("/delete")["action"])[0].get("action") or "", status=303)
    assert "You deleted a message of" in alice.get(f"/feedback/{class_.id}").said
    assert "Alice deleted a message of" in dan.get(class_.thread(alice)).said
    with app.app_context():
        pages = db.session.scalars(select(MentorView.page)).all()
        assert set(pages) == {"thread"}
        assert len(pages) == 6


def test_prepared_messages_stand_in_the_thread_and_who_left_reads_on_alone(class_: Class, app: Flask) -> None:
    alice, carol = class_.alice, class_.carol
    with app.app_context():
        nudge(class_.id, who(carol), who(alice), "Ten cards are enough.")
        say(who(alice), class_.id, who(alice), "I was ill.")
    said = alice.get(f"/feedback/{class_.id}").said
    assert said.index("Ten cards are enough.") < said.index("I was ill.")
    leave(app, alice)
    carol.get(class_.thread(alice), status=404)
    carol.post(f"{class_.thread(alice)}/write", {"body": "x", "token": "x"}, status=404)
    assert "I was ill." in alice.get(f"/feedback/{class_.id}").said
    alice.post(f"/feedback/{class_.id}/write", {"body": "Still here?", "token": "x"}, status=409)
    assert "nobody would read it" in alice.page.said
    assert "Still here?" in alice.page.said


def test_the_queue_says_what_waits_and_since_when(class_: Class, app: Flask) -> None:
    alice, mia, carol = class_.alice, class_.mia, class_.carol
    assert carol.get(f"{class_.url}/queue").find("h1")[0].text == "Nothing waits for you"
    with app.app_context():
        hand_in(class_.id, who(alice), moment=NOW - timedelta(days=3), body="It adds and divides.")
        say(who(mia), class_.id, who(mia), "Where do I begin?", NOW - timedelta(days=1, hours=1))
        hand_in(class_.id, who(mia), moment=NOW)
        entry_id = write_entry(who(alice).id, NOW.date(), "Loops.")
        share_entry(who(alice).id, entry_id, who(carol).id)
        write_comment(who(alice).id, entry_id, who(carol).id, "Is that right?")
    page = carol.get(f"{class_.url}/queue")
    assert page.find("h1")[0].text == "4 things wait for you"
    assert "The oldest has waited 3 days." in page.said
    titles = [one.text for one in page.find("a", class_="title")]
    assert titles[:2] == ["Alice: Calculator App", "Mia: a message"]
    assert "1 new comment on an entry" in page.said
    assert "Nothing was answered in the last 30 days" in page.said
    assert "3 things wait for you" in class_.dan.get(f"{class_.url}/queue").said, "the comment was to Carol"
    assert "1 before you" in mia.get("/projects").said
    assert "1 before you in the queue" in mia.get(f"/feedback/{class_.id}").said
    assert "3 things wait" in carol.get("/feedback").said
    carol.get(class_.thread(mia))
    carol.send_form("/write", htmx=False, body="At step 1.")
    assert "an answer usually took about 1 day" in carol.get(f"{class_.url}/queue").said
    mia.post(f"/feedback/{class_.id}/write", {"body": "Thanks.", "token": "x"}, status=303)
    carol.get(class_.thread(mia))
    carol.send_form("/settle", htmx=False)
    assert "Mia: a message" not in carol.page.said


def test_an_open_queue_says_that_it_is_old_and_moves_nothing(class_: Class, app: Flask) -> None:
    carol, mia, alice = class_.carol, class_.mia, class_.alice
    with app.app_context():
        say(who(mia), class_.id, who(mia), "Where do I begin?", NOW - timedelta(days=1))
    news = carol.get(f"{class_.url}/queue").element("again").get("hx-get") or ""
    carol.get(news, htmx=True, status=204)
    assert carol.get(news, status=303) is not None
    with app.app_context():
        views = len(db.session.scalars(select(MentorView)).all())
        hand_in(class_.id, who(alice), moment=NOW)
    carol.post(f"{class_.thread(mia)}/settle", status=303)
    page = carol.get(news, htmx=True)
    assert "2 changes since" in page.element("now").text, "one came, one went"
    assert not page.find("li"), "the list stays as it is read"
    carol.get(page.element("again").get("hx-get") or "", htmx=True, status=204)
    with app.app_context():
        assert len(db.session.scalars(select(MentorView)).all()) == views, "what a page asks by itself is no look"
    for broken in ("?listed=m1&since=1", "?listed=m1.1&since=x"):
        carol.get(f"{class_.url}/queue/news{broken}", htmx=True, status=404)
    carol.http.delete_cookie("session")
    carol.get(news, htmx=True, status=401)


def test_three_cohorts_hear_nothing_of_each_other(app: Flask) -> None:
    rooms = []
    for name in ("north", "south", "west"):
        mentor = add_person(app, f"mentor.{name}@example.org", f"Mentor {name}", role="mentor")
        learner = add_person(app, f"learner.{name}@example.org", f"Learner {name}")
        with app.app_context():
            cohort_id = add_cohort(mentor, name)
            join_cohort(cohort_id, learner)
            number = hand_in(cohort_id, learner, body=f"canary of {name}")
            said = say(learner, cohort_id, learner, f"canary of {name}")
        rooms.append((name, mentor, learner, cohort_id, number, said))
    browsers = {one.id: Browser(app).signed_in(one) for _, *people, _, _, _ in rooms for one in people}
    for name, mentor, learner, cohort_id, number, said in rooms:
        own = [f"/cohorts/{cohort_id}/queue", f"/cohorts/{cohort_id}/submissions/{number}"]
        own += [f"/cohorts/{cohort_id}/feedback/{learner.id}"]
        for address in own:
            assert f"canary of {name}" in browsers[mentor.id].get(address).said
        for other, mentor2, learner2, cohort2, *_ in rooms:
            if other == name:
                continue
            for address in [
                *own,
                f"/cohorts/{cohort2}/submissions/{number}",
                f"/cohorts/{cohort2}/feedback/{learner.id}",
            ]:
                browsers[mentor2.id].get(address, status=404)
                browsers[learner2.id].get(address, status=404)
            browsers[learner2.id].get(f"/feedback/{cohort_id}", status=404)
            browsers[learner2.id].post(f"/projects/submissions/{number}/withdraw", {"token": "x"}, status=404)
            for stranger in (mentor2, learner2):
                browsers[stranger.id].post(f"/feedback/messages/{said}/delete", status=404)
                browsers[stranger.id].post(f"{own[1]}/judge", judgement(verdict="accept", token="x"), status=404)
            for page in ("/projects", f"/projects/{CALCULATOR}", "/feedback"):
                assert f"canary of {name}" not in browsers[learner2.id].get(page, status=None).html


def test_who_learns_in_two_cohorts_tells_each_its_own(class_: Class, app: Flask) -> None:
    eve = Browser(app).signed_in(add_person(app, "eve@example.org", "Eve", role="mentor"))
    alice = who(class_.alice)
    with app.app_context():
        other = add_cohort(who(eve), "Evenings")
        join_cohort(other, alice)
        first = hand_in(class_.id, alice, body="canary of the first")
        share_entry(alice.id, write_entry(alice.id, NOW.date(), "canary of the entry"), who(class_.carol).id)
        say(alice, class_.id, alice, "canary of the first")
        nudge(class_.id, who(class_.carol), alice, "canary of the first")
        second = hand_in(other, alice, "contact-manager", body="canary of the second")
        say(alice, other, alice, "canary of the second")
    for number, cohort_id, mentor, own, foreign in (
        (second, other, eve, "canary of the second", "canary of the first"),
        (first, class_.id, class_.carol, "canary of the first", "canary of the second"),
    ):
        for address in ("queue", f"feedback/{alice.id}", f"submissions/{number}"):
            page = mentor.get(f"/cohorts/{cohort_id}/{address}")
            assert (own in page.said, foreign in page.html, "of the entry" in page.html) == (True, False, False), (
                address
            )
        mentor.get(f"/cohorts/{cohort_id}/submissions/{first + second - number}", status=404)
        assert foreign not in class_.alice.get(f"/feedback/{cohort_id}").html


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([Event.HAND_IN], State.WAITING),
        ([Event.HAND_IN, Event.WITHDRAW], State.WITHDRAWN),
        ([Event.HAND_IN, Event.SEND_BACK], State.SENT_BACK),
        ([Event.HAND_IN, Event.ACCEPT], State.ACCEPTED),
        ([Event.HAND_IN, Event.ACCEPT, Event.TAKE_BACK], State.SENT_BACK),
        ([], None),
        ([Event.ACCEPT], None),
        ([Event.HAND_IN, Event.WITHDRAW, Event.ACCEPT], None),
        ([Event.HAND_IN, Event.TAKE_BACK], None),
        ([Event.HAND_IN, Event.SEND_BACK, Event.ACCEPT], None),
    ],
)
def test_what_happens_to_a_hand_in_follows_from_what_happened(events: list[Event], state: State | None) -> None:
    if state is not None:
        assert replay(events) is state
        return
    with pytest.raises(NotNow):
        replay(events)


def test_a_wait_is_said_in_its_largest_unit() -> None:
    lengths = [timedelta(seconds=59), timedelta(minutes=1), timedelta(hours=23), timedelta(days=2, hours=20)]
    assert list(map(waiting.span, lengths)) == ["less than a minute", "1 minute", "23 hours", "2 days"]
    assert waiting.usual(lengths[:3]) == timedelta(minutes=1)
    assert waiting.usual([]) is None
    assert waiting.roughly(timedelta(hours=44)) == "about 2 days"
    assert waiting.roughly(timedelta(seconds=5)) == "less than a minute"


def test_every_project_has_four_to_six_points_to_be_judged() -> None:
    counts = {len(project.needs) for step in content.roadmap().steps for project in step.projects}
    assert counts <= {4, 5, 6}
