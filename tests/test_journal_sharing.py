"""Sharing the journal over HTTP, from both sides: mentors, shares, comments, unread marks; and nothing else leaks."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import product
from threading import Thread
from typing import Any
from zipfile import ZipFile

import pytest
from browser import Browser
from factories import (
    LONG_AGO,
    OF_EVERYBODY,
    add_cohort,
    add_person,
    answer_card,
    begin_mentorship,
    change_entry,
    delete_entry,
    everything,
    join_cohort,
    make_own_card,
    me_of,
    share_entry,
    write_comment,
    write_entry,
)
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from portal.accounts import queries as account_queries
from portal.accounts.models import CohortMentor, Membership, Mentorship, User
from portal.db import db
from portal.journal import shares, threads
from portal.journal.models import LONGEST_COMMENT, Comment, Entry, Mark, Share, ShareEvent
from portal.journal.sharing import microseconds
from portal.plan.actions import note_done
from portal.quizzes.queries import find_card

DAY = date(2026, 11, 20)
WORDS = "A clear sentence about joins."


def id_of(browser: Browser) -> int:
    """Whose browser this is."""
    assert browser.person is not None
    return browser.person.id


def rows(app: Flask, *columns: Any) -> list[Any]:
    """What stands in the table, in the order it was put there."""
    with app.app_context():
        return [row[0] if len(columns) == 1 else tuple(row) for row in db.session.execute(select(*columns))]


def count(app: Flask, table: Any) -> int:
    """How many rows a table has."""
    with app.app_context():
        return db.session.execute(select(func.count()).select_from(table)).scalar_one()


def write(alice: Browser, body: str = WORDS, day: date = DAY) -> int:
    """An entry of hers; its id."""
    with alice.app.app_context():
        return write_entry(id_of(alice), day, body, ["sql"])


def name_mentor(alice: Browser, carol: Browser) -> None:
    """She names a mentor, as people do."""
    assert carol.person is not None
    alice.get("/me/mentors")
    alice.send_form("/me/mentors", htmx=False, email=carol.person.email)


def share(alice: Browser, entry_id: int, mentor: Browser) -> None:
    """Press "Share with" on the page of an entry."""
    alice.get(f"/journal/{entry_id}")
    alice.send_form(f"/{entry_id}/mentors/{id_of(mentor)}/share", htmx=False)


def stop(alice: Browser, entry_id: int, mentor: Browser) -> None:
    """Press "Stop sharing"."""
    alice.get(f"/journal/{entry_id}")
    alice.send_form(f"/{entry_id}/mentors/{id_of(mentor)}/stop", htmx=False)


def say(alice: Browser, entry_id: int, mentor: Browser, body: str) -> None:
    """The learner writes a comment."""
    alice.get(f"/journal/{entry_id}")
    alice.send_form(f"/mentors/{id_of(mentor)}/comment", htmx=False, body=body)


def answer(carol: Browser, entry_id: int, body: str) -> None:
    """The mentor writes a comment."""
    carol.get(f"/journal/shared/{entry_id}")
    carol.send_form("/comment", htmx=False, body=body)


@pytest.fixture
def dora(app: Flask) -> Browser:
    """Another mentor, signed in."""
    return Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="mentor"))


@pytest.fixture
def shared(alice: Browser, carol: Browser) -> int:
    """An entry of Alice's that Carol, her mentor, reads; its id."""
    assert carol.person is not None
    entry_id = write(alice)
    with alice.app.app_context():
        begin_mentorship(id_of(alice), carol.person)
        share_entry(id_of(alice), entry_id, id_of(carol))
    return entry_id


# ---- Who is whose mentor


def test_alice_names_a_mentor_by_address_and_lets_her_go(app: Flask, alice: Browser, carol: Browser) -> None:
    assert alice.get("/me").find("a", href="/me/mentors")
    assert "You have no mentor yet" in alice.get("/me/mentors").said
    alice.send_form("/me/mentors", htmx=False, email=" CAROL@example.org ")
    assert "Carol is your mentor now." in alice.page.said
    assert "your mentor since" in alice.page.said
    with app.app_context():
        assert account_queries.is_mentor_of(id_of(carol), id_of(alice))
        assert not account_queries.is_mentor_of(id_of(alice), id_of(carol))
        assert [one.name for one in account_queries.mentors_of(id_of(alice))] == ["Carol"]
        assert [one.name for one in account_queries.learners_of(id_of(carol))] == ["Alice"]
    alice.send_form("/end", htmx=False)
    assert "You have no mentor yet" in alice.page.said
    assert "Who was your mentor before" in alice.page.said
    with app.app_context():
        assert not account_queries.is_mentor_of(id_of(carol), id_of(alice))
        assert account_queries.mentors_of(id_of(alice)) == account_queries.learners_of(id_of(carol)) == []
    alice.post(f"/me/mentors/{id_of(carol)}/end", status=404)
    name_mentor(alice, carol)
    assert "your mentor since" in alice.page.said
    assert len(rows(app, Mentorship.id)) == 2, "what was is kept"


def test_an_address_of_nobody_of_a_learner_and_ones_own_get_the_same_words(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    answers = set()
    for browser, email in (
        (alice, "nobody@example.org"),
        (alice, "bob@example.org"),
        (alice, "alice@example.org"),
        (carol, "carol@example.org"),
    ):
        browser.get("/me/mentors")
        page = browser.send_form("/me/mentors", htmx=False, status=422, email=email)
        assert page.element("email").get("value") == email
        answers.add(page.element("email-error").text)
    assert len(answers) == 1
    assert "Write an e-mail address" in alice.post("/me/mentors", {"email": "carol"}, status=422).said
    assert count(alice.app, Mentorship) == 0


def test_guessing_addresses_of_mentors_has_a_limit(alice: Browser, bob: Browser, carol: Browser) -> None:
    for number in range(10):
        alice.post("/me/mentors", {"email": f"m{number}@example.org"}, status=422)
    page = alice.post("/me/mentors", {"email": "carol@example.org"}, status=429)
    assert "tried too often" in page.element("email-error").text
    assert count(alice.app, Mentorship) == 0
    bob.post("/me/mentors", {"email": "carol@example.org"}, status=303)


def test_naming_somebody_twice_makes_one_mentorship(alice: Browser, carol: Browser) -> None:
    for _ in range(2):
        name_mentor(alice, carol)
    assert count(alice.app, Mentorship) == 1
    with alice.app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(
            insert(Mentorship).values(learner_id=id_of(alice), mentor_id=id_of(carol), began_at=LONG_AGO)
        )


def test_whoever_loses_the_role_mentors_nobody(app: Flask, alice: Browser, carol: Browser, shared: int) -> None:
    with app.app_context():
        db.session.execute(update(User).where(User.id == id_of(carol)).values(role="learner"))
        db.session.commit()
        assert not account_queries.is_mentor_of(id_of(carol), id_of(alice))
    carol.get(f"/journal/shared/{shared}", status=404)
    carol.get("/journal/shared", status=404)
    assert "Only you can read this" in alice.get(f"/journal/{shared}").said


# ---- Sharing


def test_without_a_mentor_an_entry_says_that_nobody_else_reads_it(alice: Browser) -> None:
    page = alice.get(f"/journal/{write(alice)}")
    assert "Only you can read this" in page.element("sharing").text
    assert page.find("a", href="/me/mentors")


def test_before_sharing_it_is_said_what_a_mentor_will_see(alice: Browser, carol: Browser) -> None:
    entry_id = write(alice)
    name_mentor(alice, carol)
    said = alice.get(f"/journal/{entry_id}").element("sharing").text
    for part in ("as you change them later", "Not earlier versions, not drafts, no other entry", "does not see this"):
        assert part in said
    assert carol.get("/journal/shared").find("a", class_="title") == []


def test_carol_reads_what_alice_shares_as_it_is_now(alice: Browser, carol: Browser) -> None:
    entry_id = write(alice, "The first thought.")
    name_mentor(alice, carol)
    share(alice, entry_id, carol)
    assert "Carol reads this with you" in alice.page.said
    carol.get("/journal/shared")
    assert "Alice, Friday, 20 November 2026" in carol.page.find("a", class_="title")[0].text
    assert "The first thought." in carol.page.said
    page = carol.get(f"/journal/shared/{entry_id}")
    assert "The first thought." in page.find("div", class_="prose")[0].text
    assert [chip.text for chip in page.find("span", class_="chip")] == ["sql"]
    with alice.app.app_context():
        change_entry(id_of(alice), entry_id, "The second thought.")
    said = carol.get(f"/journal/shared/{entry_id}").said
    assert "The second thought." in said
    assert "first" not in said
    for path in (f"/journal/{entry_id}", f"/journal/{entry_id}/versions", f"/journal/{entry_id}/versions/1"):
        carol.get(path, status=404)


def test_who_shares_stands_before_who_does_not(app: Flask, alice: Browser, carol: Browser, shared: int) -> None:
    people = [add_person(app, f"{number}@example.org", f"Learner {number:02}") for number in range(20)]
    stranger = add_person(app, "sue@example.org", "Sue")
    with app.app_context():
        cohort_id = add_cohort(carol.person or people[0])
        for one in people:
            join_cohort(cohort_id, one)
        for one in people[7:10]:
            share_entry(one.id, write_entry(one.id, DAY, "New."), id_of(carol))
        last = write_entry(people[3].id, DAY, "Read.")
        share_entry(people[3].id, last, id_of(carol))
        shares.mark_read(id_of(carol), last, datetime.now(UTC) + timedelta(hours=1))
        db.session.commit()
    page = carol.get("/journal/shared")
    chips = [one.text for one in page.find("a") if page.element("whose") in one.parents]
    assert chips[0] == "Everybody’s"
    assert sorted(chips[1:5]) == ["Alice 1 unread", *(f"Learner {number:02} 1 unread" for number in (7, 8, 9))]
    assert chips[5:] == ["Learner 03", "and 16 more"]
    assert "Learner 04" not in carol.page.said
    assert "You also mentor Learner 00" in carol.get("/journal/shared?everybody=1").said
    page = carol.get(f"/journal/shared?learner={people[8].id}")
    assert [one.text[:10] for one in page.find("a", class_="title")] == ["Learner 08"]
    assert "shares nothing with you now" in carol.get(f"/journal/shared?learner={people[4].id}").said
    for nobody in (stranger.id, "x", 10**12):
        carol.get(f"/journal/shared?learner={nobody}", status=404)


def test_whoever_edits_a_shared_entry_is_told_who_will_read_it(alice: Browser, carol: Browser, shared: int) -> None:
    assert "Carol will read what you save." in alice.get(f"/journal/{shared}/edit").element("body-hint").text
    assert "Only you can read it." in alice.get("/journal/new").element("body-hint").text
    stop(alice, shared, carol)
    assert "Only you can read it." in alice.get(f"/journal/{shared}/edit").element("body-hint").text


def test_what_is_closed_is_nowhere_at_the_next_request(alice: Browser, carol: Browser, shared: int) -> None:
    def closes() -> None:
        carol.get(f"/journal/shared/{shared}", status=404)
        assert carol.get("/journal/shared").find("a", class_="title") == []
        for path in ("comment", "read"):
            carol.post(f"/journal/shared/{shared}/{path}", {"body": "x", "token": "x", "seen": "1"}, status=404)

    stop(alice, shared, carol)
    assert "Only you can read this" in alice.page.said
    closes()
    share(alice, shared, carol)
    carol.get(f"/journal/shared/{shared}")
    alice.post(f"/journal/{shared}/delete", status=303)
    closes()
    alice.post(f"/journal/{shared}/restore", status=303)
    carol.get(f"/journal/shared/{shared}")
    alice.post(f"/me/mentors/{id_of(carol)}/end", status=303)
    closes()


def test_a_mentorship_that_begins_anew_opens_no_old_share(alice: Browser, carol: Browser, shared: int) -> None:
    alice.post(f"/me/mentors/{id_of(carol)}/end", status=303)
    name_mentor(alice, carol)
    carol.get(f"/journal/shared/{shared}", status=404)
    assert "does not see this entry" in alice.get(f"/journal/{shared}").said
    share(alice, shared, carol)
    carol.get(f"/journal/shared/{shared}")


def test_every_sharing_and_unsharing_stands_on_the_page(
    app: Flask, alice: Browser, carol: Browser, dora: Browser, shared: int
) -> None:
    stop(alice, shared, carol)
    share(alice, shared, carol)
    alice.post(f"/journal/{shared}/mentors/{id_of(carol)}/share", status=303)  # a second click
    name_mentor(alice, dora)
    share(alice, shared, dora)
    alice.post(f"/me/mentors/{id_of(carol)}/end", status=303)
    alice.get(f"/journal/{shared}")
    lines = [item.text for item in alice.page.find("li") if item.text.startswith("Shared with")]
    assert [re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d", "then", line) for line in lines] == [
        "Shared with Carol on then, stopped on then.",
        "Shared with Carol on then, closed when they stopped being your mentor on then.",
        "Shared with Dora on then.",
    ]
    assert rows(app, ShareEvent.is_shared, ShareEvent.actor_id) == [
        (is_shared, id_of(alice)) for is_shared in (True, False, True, True)
    ]


def test_the_record_of_sharing_refuses_changes(app: Flask, shared: int) -> None:
    with app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("UPDATE journal_share_events SET actor_id = mentor_id"))


def test_only_ones_own_entries_are_shared_and_only_with_ones_mentors(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, dora: Browser, shared: int
) -> None:
    before = everything(app)
    alice.post(f"/journal/{shared}/mentors/{id_of(dora)}/share", status=404)
    alice.post(f"/journal/{shared}/mentors/{id_of(bob)}/share", status=404)
    for browser in (bob, carol, dora):
        for verb in ("share", "stop", "comment"):
            fields = {"body": "x", "token": "x"}
            browser.post(f"/journal/{shared}/mentors/{id_of(carol)}/{verb}", fields, status=404)
        browser.post(f"/journal/{shared}/read", {"seen": "1"}, status=404)
    assert everything(app) == before


# ---- Comments


def test_learner_and_mentor_talk_about_an_entry(alice: Browser, carol: Browser, shared: int) -> None:
    answer(carol, shared, "Why *not* an index?")
    assert "You and Alice" in carol.page.said
    assert carol.page.find("em")[0].text == "not"
    page = alice.get(f"/journal/{shared}")
    assert "Why not an index?" in page.element(f"with-{id_of(carol)}").text
    say(alice, shared, carol, "# Big words\n\n<b>I will try.</b>")
    page = carol.get(f"/journal/shared/{shared}")
    assert "<b>I will try.</b>" in page.said
    assert [heading.text for heading in page.find("h3")] == ["Big words"], "below the heading of the thread"


def test_another_mentor_of_the_same_entry_reads_another_thread(
    alice: Browser, carol: Browser, dora: Browser, shared: int
) -> None:
    name_mentor(alice, dora)
    share(alice, shared, dora)
    assert "Carol and Dora read this with you" in alice.page.said
    answer(carol, shared, "From Carol alone.")
    answer(dora, shared, "From Dora alone.")
    say(alice, shared, dora, "To Dora alone.")
    assert "From Carol alone." not in dora.get(f"/journal/shared/{shared}").said
    said = carol.get(f"/journal/shared/{shared}").said
    assert "Dora" not in said
    said = alice.get(f"/journal/{shared}").said
    assert said.index("From Carol") < said.index("From Dora") < said.index("To Dora")


def test_a_thread_stays_with_the_learner_and_comes_back_when_the_entry_is_shared_again(
    alice: Browser, carol: Browser, shared: int
) -> None:
    answer(carol, shared, "A question.")
    stop(alice, shared, carol)
    assert "A question." in alice.get(f"/journal/{shared}").said
    assert not alice.page.find("textarea", name="body")
    carol.get(f"/journal/shared/{shared}", status=404)
    alice.post(f"/me/mentors/{id_of(carol)}/end", status=303)
    assert "is not your mentor now" in alice.get(f"/journal/{shared}").said
    assert "A question." in alice.page.said
    name_mentor(alice, carol)
    share(alice, shared, carol)
    assert "A question." in carol.get(f"/journal/shared/{shared}").said


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(" \r\n ", "Write at least a word."), ("x" * (LONGEST_COMMENT + 1), "Use at most 4,000 characters.")],
)
def test_a_comment_that_does_not_fit_stands_in_its_form_with_the_reason(
    alice: Browser, carol: Browser, shared: int, body: str, sentence: str
) -> None:
    alice.get(f"/journal/{shared}")
    carol.get(f"/journal/shared/{shared}")
    for browser in (alice, carol):
        page = browser.send_form("/comment", htmx=False, status=422, body=body)
        assert sentence in page.element(f"comment-{id_of(carol)}-error").text
        assert page.element(f"comment-{id_of(carol)}").text == body.strip()
    assert count(alice.app, Comment) == 0


@pytest.mark.parametrize("body", ["😀" * LONGEST_COMMENT, "é\r\n" * (LONGEST_COMMENT // 2)], ids=["emoji", "lines"])
def test_the_longest_comment_arrives_whole(alice: Browser, carol: Browser, shared: int, body: str) -> None:
    say(alice, shared, carol, body)
    assert rows(alice.app, Comment.body) == [body.replace("\r\n", "\n")]


def test_a_comment_that_is_sent_twice_is_there_once(alice: Browser, carol: Browser, shared: int) -> None:
    carol.get(f"/journal/shared/{shared}")
    form = {**carol.page.form("/comment"), "body": "Once."}
    for _ in range(2):
        carol.post(form["action"], form, status=303)
    carol.post(form["action"], {**form, "body": "Other words."}, status=409)
    assert carol.page.element(f"comment-{id_of(carol)}").text == "Other words."
    assert "Send this as a second one" in carol.page.said
    carol.send_form("/comment", htmx=False, body="Other words.")
    assert rows(alice.app, Comment.body) == ["Once.", "Other words."]
    for token in ("", "a b", "x" * 17):
        carol.post(form["action"], {**form, "token": token}, status=400)


def test_a_learner_who_writes_to_somebody_who_reads_no_more_keeps_the_words(
    alice: Browser, carol: Browser, shared: int
) -> None:
    say(alice, shared, carol, "Before.")
    alice.get(f"/journal/{shared}")
    form = {**alice.page.form("/comment"), "body": "After."}
    stop(alice, shared, carol)
    page = alice.post(form["action"], form, status=409)
    assert page.element(f"comment-{id_of(carol)}").text == "After."
    assert "Share it again first" in page.said
    assert rows(alice.app, Comment.body) == ["Before."]


def test_whoever_wrote_a_comment_deletes_it_and_takes_that_back(alice: Browser, carol: Browser, shared: int) -> None:
    answer(carol, shared, "A hasty word.")
    (comment_id,) = rows(alice.app, Comment.id)
    for verb in ("delete", "restore"):
        alice.post(f"/journal/comments/{comment_id}/{verb}", status=404)
    carol.send_form(f"/comments/{comment_id}/delete", htmx=False)
    assert "You deleted this comment" in carol.page.said
    assert "A hasty word." not in carol.page.said
    said = alice.get(f"/journal/{shared}").said
    assert "deleted" not in said
    assert "hasty" not in said
    carol.send_form(f"/comments/{comment_id}/restore", htmx=False)
    assert "A hasty word." in alice.get(f"/journal/{shared}").said
    carol.post(f"/journal/comments/{comment_id}/restore", status=404)
    stop(alice, shared, carol)
    carol.post(f"/journal/comments/{comment_id}/delete", status=404)


def test_a_mentor_who_writes_while_the_entry_is_closed_is_refused(
    app: Flask, alice: Browser, carol: Browser, shared: int
) -> None:
    carol.get(f"/journal/shared/{shared}")
    form = {**carol.page.form("/comment"), "body": "Too late."}
    statuses: list[int] = []
    post = Thread(target=lambda: statuses.append(carol.send(form["action"], form).status_code))
    with app.app_context():  # Alice's request has written and not committed when Carol's arrives
        db.session.execute(delete(Share).where(Share.entry_id == shared))
        post.start()
        post.join(0.5)
        assert post.is_alive(), "Carol waits for what Alice is doing"
        db.session.commit()
    post.join()
    assert statuses == [404]
    assert count(app, Comment) == 0


# ---- What is unread


def waiting(browser: Browser) -> list[str]:
    """The marks on the open page."""
    marks = browser.page.find("span", class_="count")
    return [mark.text for mark in marks if any(parent.name == "main" for parent in mark.parents)]


def waits_for(carol: Browser) -> list[str]:
    """The marks on the mentor's list, and how many entries her own journal says are waiting."""
    carol.get("/journal")
    told = waiting(carol)
    carol.get("/journal/shared")
    assert told == ([f"{len(carol.page.find('a', class_='title'))} unread"] if waiting(carol) else [])
    return waiting(carol)


def mark_read(browser: Browser, page: str, htmx: bool = True) -> None:
    """What the page does by itself where there is JavaScript, and its button elsewhere."""
    browser.get(page)
    browser.send_form("/read", htmx=htmx)
    assert "Mark as read" not in browser.page.said


def test_a_mentor_sees_what_is_new_what_changed_and_what_was_said(alice: Browser, carol: Browser, shared: int) -> None:
    page = f"/journal/shared/{shared}"
    assert waits_for(carol) == ["new"]
    assert carol.page.find("h1")[0].text == "1 entry waits for you"
    before = everything(alice.app)
    assert "Mark as read" in carol.get(page).said
    (form,) = carol.page.find("form", hx_trigger="load")
    assert form.get("action") == form.get("hx-post") == f"{page}/read"
    after = everything(alice.app)
    assert len(after.pop("mentor_views")) == len(before.pop("mentor_views")) + 1, "she can read that Carol looked"
    assert after == before, "looking is not a change"
    mark_read(carol, page)
    assert waits_for(carol) == []
    assert "Mark as read" not in carol.get(page).said
    alice.get(f"/journal/{shared}/edit")
    alice.send_form("/edit", htmx=False, day=DAY.isoformat(), body="Changed.", tags="", minutes="")
    assert waits_for(carol) == ["changed"]
    for body in ("One.", "Two."):
        say(alice, shared, carol, body)
    assert waits_for(carol) == ["changed", "2 new comments"]
    mark_read(carol, page, htmx=False)
    assert waits_for(carol) == []


def test_a_learner_sees_comments_at_the_entry_and_on_top_of_the_list(
    alice: Browser, carol: Browser, shared: int
) -> None:
    assert waiting_at_home(alice) == []
    answer(carol, shared, "One.")
    answer(carol, shared, "Two.")
    assert waiting_at_home(alice) == ["2 new comments from Carol"]
    assert "Your mentors wrote to you" in alice.page.said
    alice.get(f"/journal/{shared}")
    assert waiting(alice) == ["2 new comments", "new", "new"]
    mark_read(alice, f"/journal/{shared}")
    assert waiting_at_home(alice) == []
    assert "Your mentors wrote" not in alice.page.said
    say(alice, shared, carol, "Mine is no news to me.")
    assert waiting_at_home(alice) == []


def waiting_at_home(alice: Browser) -> list[str]:
    """The marks on the learner's list."""
    alice.get("/journal")
    return waiting(alice)


def test_what_comes_while_one_reads_stays_unread(alice: Browser, carol: Browser, shared: int) -> None:
    answer(carol, shared, "Seen.")
    alice.get(f"/journal/{shared}")
    form = alice.page.form("/read")
    answer(carol, shared, "Not seen.")
    alice.post(form["action"], form, htmx=True)
    assert waiting_at_home(alice) == ["1 new comment from Carol"]
    alice.get(f"/journal/{shared}")
    (news,) = [item for item in alice.page.find("li") if "new" in item.text.split()]
    assert "Not seen." in news.text


def test_answering_marks_as_read(alice: Browser, carol: Browser, shared: int) -> None:
    answer(carol, shared, "A question.")
    assert waits_for(carol) == [], "she saw the entry when she wrote about it"
    assert waiting_at_home(alice) == ["1 new comment from Carol"]
    say(alice, shared, carol, "An answer.")
    assert waiting_at_home(alice) == []
    assert waits_for(carol) == ["1 new comment"]


def test_a_deleted_comment_and_a_closed_entry_are_no_news(alice: Browser, carol: Browser, shared: int) -> None:
    answer(carol, shared, "A hasty word.")
    (comment_id,) = rows(alice.app, Comment.id)
    carol.post(f"/journal/comments/{comment_id}/delete", status=303)
    assert waiting_at_home(alice) == []
    carol.post(f"/journal/comments/{comment_id}/restore", status=303)
    assert waiting_at_home(alice) == ["1 new comment from Carol"]
    say(alice, shared, carol, "Yes?")
    assert waits_for(carol) == ["1 new comment"]
    alice.post(f"/journal/{shared}/delete", status=303)
    assert waits_for(carol) == []
    alice.post(f"/journal/{shared}/restore", status=303)
    stop(alice, shared, carol)
    assert waits_for(carol) == []


def test_a_mark_that_nobody_drew_is_refused(alice: Browser, carol: Browser, shared: int) -> None:
    for seen in ("", "yesterday", "-1", "9" * 17):
        alice.post(f"/journal/{shared}/read", {"seen": seen}, status=400)
        carol.post(f"/journal/shared/{shared}/read", {"seen": seen}, status=400)


def test_the_list_and_the_marks_are_found_on_their_indexes(app: Flask) -> None:
    every, unread = (threads._entries_open_to(1, Entry.body, only_news=only).limit(21) for only in (False, True))
    with app.app_context():
        is_postgres = db.engine.dialect.name == "postgresql"
        ways = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort", "incremental_sort")
        for setting in (f"enable_{way}" for way in ways):
            if is_postgres:
                db.session.execute(text(f"SET LOCAL {setting} = off"))
        for statement, index in (
            (every.order_by(Share.shared_at.desc(), Share.entry_id.desc()), "ix_journal_shares_mentor"),
            (unread, "journal_marks"),
        ):
            sql = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
            explain = text(f"EXPLAIN {'' if is_postgres else 'QUERY PLAN '}{sql}".replace(":", r"\:"))
            plan = " ".join(str(row) for row in db.session.execute(explain))
            assert index in plan
            assert "SCAN journal" not in plan
            assert "TEMP B-TREE" not in plan


# ---- The mentor's list


def test_only_mentors_with_learners_are_led_to_what_is_shared(
    alice: Browser, carol: Browser, dora: Browser, shared: int
) -> None:
    assert carol.get("/journal").find("a", href="/journal/shared")
    for browser in (alice, dora):
        assert not browser.get("/journal").find("a", href="/journal/shared")
    assert "by naming your address" in dora.get("/journal/shared").said
    alice.get("/journal/shared", status=404)


def test_the_list_pages_through_everything_once_the_latest_first(alice: Browser, carol: Browser) -> None:
    assert carol.person is not None
    with alice.app.app_context():
        begin_mentorship(id_of(alice), carol.person)
        moment = datetime.now(UTC) - timedelta(days=1)
        ids = [write_entry(id_of(alice), DAY, f"Entry {number}.") for number in range(threads.PAGE + 3)]
        for number, entry_id in enumerate(ids):  # two at the same moment, too
            share_entry(id_of(alice), entry_id, id_of(carol), moment + timedelta(seconds=number // 2))
    for query in ("", "?unread=1"):
        page, seen = carol.get(f"/journal/shared{query}"), []
        seen += [link.get("href") for link in page.find("a", class_="title")]
        (more,) = [link for link in page.find("a", class_="button") if link.text == "Shared earlier"]
        page = carol.get(more.get("href") or "")
        seen += [link.get("href") for link in page.find("a", class_="title")]
        assert seen == [f"/journal/shared/{entry_id}" for entry_id in reversed(ids)]
        assert "Shared earlier" not in page.said
    carol.get(f"/journal/shared?before={microseconds(moment)}.1")
    assert "There is nothing older." in carol.page.said
    for before in ("x", "1", "1.1.1", "9" * 17 + ".1"):
        carol.get(f"/journal/shared?before={before}", status=404)


def test_what_was_read_leaves_the_list_of_the_unread(alice: Browser, carol: Browser, shared: int) -> None:
    assert carol.get("/journal/shared?unread=1").find("a", class_="title")
    mark_read(carol, f"/journal/shared/{shared}")
    assert "You have read everything" in carol.get("/journal/shared?unread=1").said
    assert carol.get("/journal/shared").find("a", class_="title")


# ---- Nobody else

BAIT, CANARY = "quokka", "pelican"  # one is searched for, the other must not be found beside it
OF_BOB, OF_CLEO = "bittern", "curlew"  # what learners of two more cohorts share with their own mentors


@pytest.fixture
def erin(app: Flask) -> Browser:
    """An admin, signed in."""
    return Browser(app).signed_in(add_person(app, "erin@example.org", "Erin", role="admin"))


@pytest.fixture
def gus(app: Flask) -> Browser:
    """One more mentor, signed in."""
    return Browser(app).signed_in(add_person(app, "gus@example.org", "Gus", role="mentor"))


@pytest.fixture
def cohorts(alice: Browser, bob: Browser, carol: Browser, dora: Browser, erin: Browser, gus: Browser) -> None:
    """Carol and Erin mentor Alice in a cohort. Gus mentors Bob in another, which Alice left, Dora Cleo in a third."""
    app, moment = alice.app, datetime.now(UTC)
    cleo = add_person(app, "cleo@example.org", OF_CLEO)
    people = [browser.person for browser in (alice, bob, carol, dora, erin, gus)]
    with app.app_context():
        a, b, c, d, e, g = (person for person in people if person is not None)
        first = add_cohort(c)
        db.session.add(CohortMentor(cohort_id=first, mentor_id=e.id, began_at=LONG_AGO))
        join_cohort(first, a)
        for mentor, learner, word in ((g, b, OF_BOB), (d, cleo, OF_CLEO)):
            cohort_id = add_cohort(mentor)
            join_cohort(cohort_id, learner)
            share_entry(learner.id, write_entry(learner.id, DAY, f"{BAIT} {word}"), mentor.id)
            if mentor is g:
                left_id = join_cohort(cohort_id, a)
                share_entry(a.id, write_entry(a.id, DAY, f"{BAIT} {CANARY}"), g.id)
                db.session.execute(update(Membership).where(Membership.id == left_id).values(ended_at=moment))
        db.session.commit()


@pytest.fixture
def nest(cohorts: None, alice: Browser, carol: Browser, dora: Browser) -> dict[str, int]:
    """What only Alice may read (and Dora, of `told`): an entry, deleted, a draft, a version, a tag, comments, a card
    of her own with its answer, a note in her plan.
    """
    assert alice.person is not None
    assert dora.person is not None
    learner, secret, moment = id_of(alice), f"{BAIT} {CANARY}", datetime.now(UTC)
    with alice.app.app_context():
        begin_mentorship(learner, dora.person)
        own_card = find_card(learner, make_own_card(learner, moment, f"{secret} ==in a gap=="))
        assert own_card is not None
        answer_card(me_of(alice.person), own_card, moment)
        note_done(learner, "calculator-app", DAY, secret, moment)
        own = write_entry(learner, DAY, secret, [f"{BAIT}-{CANARY}", BAIT])
        gone = write_entry(learner, DAY, secret)
        delete_entry(learner, gone)
        told = write_entry(learner, DAY, f"{secret} before", [f"{BAIT}-{CANARY}"])
        change_entry(learner, told, f"{BAIT}, shared.")
        stopped, let_go = write_entry(learner, DAY, secret), write_entry(learner, DAY, f"{BAIT}, shared too.")
        for mentor_id in (id_of(carol), id_of(dora)):
            share_entry(learner, told, mentor_id)
        share_entry(learner, let_go, id_of(dora))
        write_comment(id_of(dora), told, id_of(dora), secret)
        write_comment(learner, told, id_of(dora), secret)
        share_entry(learner, stopped, id_of(carol))
        write_comment(learner, stopped, id_of(carol), secret)
    stop(alice, stopped, carol)
    for page, form in ((f"/journal/{told}/edit", "/edit"), ("/journal/new", "/journal/new")):
        alice.get(page)
        fields = {"day": DAY.isoformat(), "body": secret, "tags": "", "minutes": ""}
        alice.post("/journal/draft", {**alice.page.form(form), **fields}, htmx=True)
    return {"own": own, "gone": gone, "told": told, "stopped": stopped}


def addresses(app: Flask) -> list[str]:
    """Every GET route, those of other features too, with whatever people's tables could put into it."""
    every = everything(app)
    tables = {name: rows for name, rows in every.items() if name not in {*OF_EVERYBODY, "sessions"}}
    values = {value for rows in tables.values() for row in rows for value in row}
    words = sorted(value for value in values if isinstance(value, str) and re.fullmatch(r"[\w-]{8,60}", value))
    ids = sorted({row[0] for rows in tables.values() for row in rows if isinstance(row[0], int)})
    known: dict[str, list[Any]] = {"step_id": ["sql-mysql"], "topic_id": ["sql.joins.outer"], "year": [DAY.year]}
    own = [slug for _, slug, *_ in every["cards"] if slug.startswith("own-")]
    known |= {"slug": ["http-401-or-403", *own], "month": [DAY.month], "number": [1, 2]}
    keys = {name: [row[0] for row in tables[name]] for name in ("users", "cohorts", "journal_entries")}
    known |= {"learner_id": keys["users"], "mentor_id": keys["users"], "cohort_id": keys["cohorts"]}
    known |= {"entry_id": keys["journal_entries"], "name": ["count-star-skips-null", f"{DAY:%Y-%m}"]}
    known |= {"project_id": ["calculator-app"]}
    known |= {"task_id": [1], "submission_id": [1], "report_id": [1]}  # nobody has one here
    known |= {"deck_id": [1], "card_id": [1]}
    found, adapter = [], app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "assets.static_file":
            continue
        is_number = {name: "Integer" in type(rule._converters[name]).__name__ for name in rule.arguments}
        choices = {name: known.get(name) or (ids if is_number[name] else words) for name in rule.arguments}
        for chosen in product(*choices.values()):
            found.append(adapter.build(rule.endpoint, dict(zip(choices, chosen, strict=True))))
        if not choices:
            found.append(adapter.build(rule.endpoint) + f"?q={BAIT}&tag={BAIT}")
    return found


def words_in(response: TestResponse) -> str:
    """The words of an answer; of an archive those of its files."""
    if response.mimetype != "application/zip":
        return response.get_data(as_text=True)
    with ZipFile(BytesIO(response.data)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def heard_at(browser: Browser, url: str) -> str:
    """What somebody gets there as a fragment and, where they get anything, as a page; without the address itself.

    On PostgreSQL as a page alone: both ask the database the same, and there the asking takes the time.
    """
    said, as_fragment = "", {"HX-Request": "true"}
    for headers in ({},) if "postgresql" in browser.app.config["SQLALCHEMY_DATABASE_URI"] else (as_fragment, {}):
        response = browser.http.get(url, headers=headers)
        assert response.status_code < 500, url
        said += words_in(response).replace(url, "")
        if response.status_code == 404:
            break
    return said


def test_no_word_that_is_not_shared_reaches_anybody(
    app: Flask,
    alice: Browser,
    bob: Browser,
    carol: Browser,
    dora: Browser,
    erin: Browser,
    gus: Browser,
    nest: dict[str, int],
) -> None:
    people = {"alice": alice, "bob": bob, "carol": carol, "dora": dora, "erin": erin, "gus": gus}
    heard = {(name, word): set[str]() for name in (*people, "nobody") for word in (CANARY, OF_BOB, OF_CLEO)}
    shared = 0
    for url in addresses(app):
        for name, browser in (*people.items(), ("nobody", Browser(app))):
            said = heard_at(browser, url)
            shared += name == "carol" and f"{BAIT}, shared." in said
            for word in (CANARY, OF_BOB, OF_CLEO):
                if word in said:
                    heard[name, word].add(url)
    assert len(heard.pop(("alice", CANARY))) > 5, "the canary sings where it may"
    assert shared > 2, "Carol reads what is shared"
    of_dora = {url.partition("?")[0] for url in heard.pop(("dora", CANARY))}
    assert of_dora == {f"/journal/shared/{nest['told']}", "/me/data/export.zip"}, "her own thread, and what she wrote"
    for owner in (("bob", OF_BOB), ("gus", OF_BOB), ("dora", OF_CLEO)):
        assert heard.pop(owner), f"{owner} hears it"
    assert not any(heard.values()), {key: urls for key, urls in heard.items() if urls}


def test_what_was_shared_goes_with_its_learner_and_a_comment_with_its_mentor(
    app: Flask, alice: Browser, carol: Browser, shared: int
) -> None:
    answer(carol, shared, "A question.")
    say(alice, shared, carol, "An answer.")
    with app.app_context():
        db.session.execute(delete(User).where(User.id == id_of(alice)))
        db.session.commit()
    tables = (Mentorship, Share, ShareEvent, Comment, Mark)
    assert [count(app, table) for table in tables] == [0] * len(tables)
    assert carol.get("/journal/shared").find("a", class_="title") == []
