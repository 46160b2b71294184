"""Coming into a cohort and leaving it, over HTTP: codes, links, requests, invitations, moves; and what ends with it."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from browser import Browser
from factories import (
    LONG_AGO,
    PASSWORD,
    Person,
    add_code,
    add_cohort,
    add_person,
    ask_to_join,
    begin_mentorship,
    everything,
    invite,
    join_cohort,
    share_entry,
    write_entry,
)
from flask import Flask
from sqlalchemy import delete, select

from portal.accounts import queries as account_queries
from portal.accounts.models import CohortMentor, Membership
from portal.cohorts import actions
from portal.cohorts import queries as cohort_queries
from portal.cohorts.models import Invitation, JoinRequest
from portal.db import db

WORDS = ("Canary {}", "Learner {}", "Asker {}", "i{}@")  # what stands in one cohort and no other


def person_of(browser: Browser) -> Person:
    """Whose browser this is."""
    assert browser.person is not None
    return browser.person


def names_in(app: Flask, cohort_id: int) -> list[str]:
    """Who learns in a cohort."""
    with app.app_context():
        return [one.name for one in cohort_queries.all_members(cohort_id)]


@pytest.fixture
def autumn(app: Flask, carol: Browser) -> int:
    """Carol's cohort, without learners."""
    with app.app_context():
        return add_cohort(person_of(carol))


@pytest.fixture
def dora(app: Flask) -> Browser:
    """Another mentor, signed in."""
    return Browser(app).signed_in(add_person(app, "dora@example.org", "Dora", role="mentor"))


# ---- Codes and links


def test_carol_makes_a_cohort_and_alice_joins_it_by_the_code_she_reads_out(
    app: Flask, alice: Browser, bob: Browser, carol: Browser
) -> None:
    assert "You mentor no cohort yet" in carol.get("/cohorts").said
    carol.post("/cohorts", {"name": " "}, status=422)
    carol.get("/cohorts")
    carol.send_form("/cohorts", htmx=False, name="Autumn intake", about="We begin in September.")
    assert "Nobody learns in Autumn intake yet" in carol.page.said
    page = carol.send_form("/codes", htmx=False, status=422, days="0", most="many")
    assert "Write a number of days from 1 to 365" in page.element("days-error").text
    assert "Write a number from 1 to 10,000" in page.element("most-error").text
    carol.get(carol.response.request.path.replace("codes", "roster"))
    carol.send_form("/codes", htmx=False, days="14", most="1")
    code = carol.page.find("span", class_="title code-word")[0].text
    assert "You are in no cohort yet" in alice.get("/cohorts").said
    alice.send_form("/cohorts/join", htmx=False, code=f" {code.lower()} ")
    said = alice.page.said
    for part in ("Carol would like you in Autumn intake", "We begin in September.", "They do not see", "your journal"):
        assert part in said
    link = alice.response.request.path
    assert alice.get("/cohorts").find("section") == [], "reading it joins nobody"
    alice.get(link)
    alice.send_form(link.rpartition("/")[2], htmx=False)
    assert "Carol mentors you here" in alice.page.said
    assert "You belong to Autumn intake." in alice.get(link).said
    bob.get(link, status=410)
    assert "As many people as it was for have joined" in bob.page.said
    bob.post(link, status=409)
    assert "Alice" in carol.get(link_to_roster(carol)).said
    assert "1 of 1 came by it" in carol.page.said


def link_to_roster(carol: Browser) -> str:
    """The roster of the first cohort on a mentor's page."""
    return (carol.get("/cohorts").find("a", class_="title")[0].get("href") or "") + "/roster"


def test_whoever_is_signed_out_reads_first_signs_up_and_comes_back(app: Flask, client: Browser, autumn: int) -> None:
    with app.app_context():
        _, _, token = add_code(autumn)
    page = client.get(f"/cohorts/join/{token}")
    assert "Carol would like you in Autumn intake" in page.said
    client.get(next(a.get("href") or "" for a in page.find("a", class_="button primary")))
    fields = {
        "name": "Eve",
        "email": "eve@example.org",
        "password": "seven herons over the marsh",
        "zone": "Asia/Tokyo",
    }
    form = client.page.find("form")[0].get("action") or ""
    client.post(form, fields, status=303)
    client.follow()
    client.send_form(token, htmx=False)
    assert "You learn in Autumn intake" in client.page.said
    known = Browser(app)
    add_person(app, "finn@example.org", "Finn")
    known.get(f"/cohorts/join/{token}")
    known.get(known.page.find("a", class_="button")[0].get("href") or "")
    known.post(
        known.page.find("form")[0].get("action") or "", {"email": "finn@example.org", "password": PASSWORD}, status=303
    )
    assert known.response.location == f"/cohorts/join/{token}"
    assert Browser(app).post(f"/cohorts/join/{token}", status=303).said == ""


def test_a_link_that_lets_nobody_in_says_why(app: Flask, alice: Browser, carol: Browser, autumn: int) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        tokens = {
            "This code was for a time that is over.": add_code(autumn, until=now - timedelta(minutes=1))[2],
            "This code was taken back.": (revoked := add_code(autumn))[2],
            "This invitation was taken back.": (taken := invite(person_of(carol), autumn, "x@example.org")).token,
        }
    carol.post(f"/cohorts/{autumn}/codes/{revoked[0]}/revoke", status=303)
    carol.post(f"/cohorts/{autumn}/invitations/{taken.id}/revoke", status=303)
    for reason, token in tokens.items():
        assert reason in alice.get(f"/cohorts/join/{token}", status=410).said
        assert reason in alice.post(f"/cohorts/join/{token}", status=409).said
    alice.get("/cohorts/join/" + "x" * 22, status=404)
    with app.app_context():
        _, _, token = add_code(autumn)
    assert "You mentor this cohort" in carol.get(f"/cohorts/join/{token}").said
    assert "You mentor this cohort" in carol.post(f"/cohorts/join/{token}", status=409).said
    carol.post(f"/cohorts/{autumn}/archive", status=303)
    assert "is archived" in alice.get(f"/cohorts/join/{token}", status=410).said
    assert "is archived" in alice.post(f"/cohorts/join/{token}", status=409).said
    assert names_in(app, autumn) == []


def test_guessing_codes_has_a_limit(app: Flask, alice: Browser, autumn: int) -> None:
    with app.app_context():
        code = add_code(autumn)[1]
    for _ in range(10):
        page = alice.post("/cohorts/join", {"code": "ABCD-2345"}, status=422)
    assert "No cohort has this code" in page.element("code-error").text
    assert "tried too often" in alice.post("/cohorts/join", {"code": code}, status=429).element("code-error").text


# ---- Approval, invitations


def test_where_approval_is_needed_carol_lets_in_and_declines(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, autumn: int
) -> None:
    with app.app_context():
        _, _, token = add_code(autumn, needs_approval=True, most=1)
    alice.get(f"/cohorts/join/{token}")
    assert "A mentor lets each one in." in alice.page.said
    alice.send_form(token, htmx=False)
    assert "You asked to join" in alice.page.said
    assert names_in(app, autumn) == []
    bob.post(f"/cohorts/join/{token}", status=409)
    assert "As many people" in bob.page.said, "who waits takes a place"
    alice.get("/cohorts")
    alice.send_form("/withdraw", htmx=False)
    bob.post(f"/cohorts/join/{token}", status=303)
    assert "One asks to join" in carol.get(f"/cohorts/{autumn}/roster").said
    carol.send_form("/decline", htmx=False)
    assert "Bob" not in carol.page.said
    alice.post(f"/cohorts/join/{token}", status=303)
    carol.get(f"/cohorts/{autumn}/roster")
    carol.send_form("/accept", htmx=False)
    assert names_in(app, autumn) == ["Alice"]
    with app.app_context():
        assert account_queries.is_mentor_of(person_of(carol).id, person_of(alice).id)
        outcomes = db.session.scalars(select(JoinRequest.outcome).order_by(JoinRequest.id)).all()
    assert outcomes == ["withdrawn", "declined", "accepted"]


def upload(carol: Browser, cohort_id: int, text: str, status: int) -> None:
    """Send a roster file as a browser does."""
    carol.post(
        f"/cohorts/{cohort_id}/invitations/file", {"file": (BytesIO(text.encode()), "roster.csv")}, status=status
    )


def test_a_roster_is_read_shown_and_invites_all_or_nobody(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, autumn: int
) -> None:
    before = everything(app)
    upload(carol, autumn, "email,name\nalice@example.org,Alice\nbob\n", 422)
    assert "Nothing was read in" in carol.page.said
    assert "Line 3: “bob” is no e-mail address." in carol.page.said
    carol.post(f"/cohorts/{autumn}/invitations/file", {}, status=422)
    assert everything(app) == before, "all or nothing"
    upload(
        carol,
        autumn,
        "email,name,starts_on\nALICE@example.org,Al,2026-11-30\nb.ob@example.org,=Bob,\n" + "\n" * 400_000,
        303,
    )
    carol.follow()
    assert "This file invites 2 people" in carol.page.said
    with app.app_context():
        assert db.session.scalars(select(Invitation.id)).all() == []
    carol.send_form("/file/accept", htmx=False)
    assert "2 invitations wait for an answer" in carol.page.said
    upload(carol, autumn, "email\nalice@example.org\n", 303)
    carol.follow()
    assert "Everybody in this file is there or invited already" in carol.page.said
    carol.send_form("/file/discard", htmx=False)
    carol.get(f"/cohorts/{autumn}/invitations/file", status=404)
    assert names_in(app, autumn) == [], "an invited learner is in nothing yet"
    assert "Carol invites you to Autumn intake" in alice.get("/cohorts").said
    assert "invites you" not in bob.get("/cohorts").said
    alice.send_form("/decline", htmx=False)
    assert "invites you" not in alice.page.said
    rows = list(csv.reader(StringIO(carol.http.get(f"/cohorts/{autumn}/roster.csv").text.lstrip("\ufeff"))))
    assert [row[:4] for row in rows[1:]] == [["invited", "b.ob@example.org", "'=Bob", ""]]
    bob.get(rows[1][6].removeprefix("http://localhost"))
    assert "was written for another address than yours" in bob.page.said
    bob.send_form(rows[1][6][-22:], htmx=False)
    assert "invited as b.ob@example.org" in carol.get(f"/cohorts/{autumn}/roster").said
    said = carol.get(f"/cohorts/{autumn}/invitations").said
    assert "declined by Alice" in said
    assert "accepted by Bob, bob@example.org" in said


def test_an_account_made_later_finds_its_invitation(app: Flask, carol: Browser, autumn: int) -> None:
    with app.app_context():
        day = datetime(2026, 12, 1, tzinfo=UTC).date()
        invitation = invite(person_of(carol), autumn, "eve@example.org", starts_on=day)
    eve = Browser(app).signed_in(add_person(app, "eve@example.org", "Eve"))
    assert "Carol invites you to Autumn intake" in eve.get("/cohorts").said
    eve.post(f"/cohorts/invitations/{invitation.id}/accept", status=303)
    assert "Your first day is Tuesday, 1 December 2026" in eve.follow().said
    eve.post(f"/cohorts/invitations/{invitation.id}/accept", status=404)
    with app.app_context():
        other = invite(person_of(carol), autumn, "finn@example.org")
    carol.get(f"/cohorts/{autumn}/invitations")
    carol.post(f"/cohorts/{autumn}/invitations/revoke", status=303)
    Browser(app).signed_in(add_person(app, "finn@example.org", "Finn")).post(
        f"/cohorts/invitations/{other.id}/accept", status=404
    )


# ---- Leaving, moving, archiving


def test_what_alice_shared_closes_when_she_leaves_and_the_record_says_so(
    app: Flask, alice: Browser, carol: Browser, autumn: int
) -> None:
    her, mentor = person_of(alice), person_of(carol)
    with app.app_context():
        join_cohort(autumn, her)
        entry_id = write_entry(her.id, LONG_AGO.date(), "Joins.")
        share_entry(her.id, entry_id, mentor.id)
    said = alice.get("/me/mentors").said
    assert "through Autumn intake" in said
    assert "Let go" not in said
    assert alice.page.find("a", href="/cohorts")
    carol.get(f"/journal/shared/{entry_id}")
    alice.get("/cohorts")
    alice.send_form("/leave", htmx=False)
    carol.get(f"/journal/shared/{entry_id}", status=404)
    assert "closed when they stopped being your mentor on" in alice.get(f"/journal/{entry_id}").said
    assert "Who was your mentor before" in alice.get("/me/mentors").said
    alice.post(f"/cohorts/{autumn}/leave", status=404)
    with app.app_context():
        begin_mentorship(her.id, mentor, datetime.now(UTC))
        join_cohort(autumn, her, datetime.now(UTC))
        share_entry(her.id, entry_id, mentor.id)
        assert actions.end_membership(autumn, her.id, datetime.now(UTC))
        db.session.commit()
    carol.get(f"/journal/shared/{entry_id}")
    assert alice.get(f"/journal/{entry_id}").said.count("closed when they stopped") == 1, "the other way still holds"
    with app.app_context():
        assert len(account_queries.former_mentors_of(her.id)) == 1


def test_archiving_ends_it_for_everybody_and_restoring_begins_it_anew(
    app: Flask, alice: Browser, bob: Browser, carol: Browser, dora: Browser, autumn: int
) -> None:
    with app.app_context():
        eve = add_person(app, "eve@example.org", "Eve")
        for person in (person_of(alice), person_of(bob), eve):
            join_cohort(autumn, person)
        actions.end_membership(autumn, eve.id, LONG_AGO + timedelta(days=1))
        db.session.commit()
    carol.get(f"/cohorts/{autumn}/settings")
    carol.send_form("/mentors", htmx=False, status=422, email="alice@example.org")
    assert "No mentor here has this address." in carol.page.element("email-error").text
    carol.get(f"/cohorts/{autumn}/settings")
    carol.send_form("/mentors", htmx=False, email="dora@example.org")
    dora.get(f"/cohorts/{autumn}/settings")
    dora.send_form("/archive", htmx=False)
    for path in ("roster", "settings", "invitations", "roster.csv"):
        carol.get(f"/cohorts/{autumn}/{path}", status=404)
    with app.app_context():
        assert account_queries.learners_of(person_of(carol).id) == []
        ended = set(db.session.scalars(select(Membership.ended_at).where(Membership.learner_id != eve.id)))
        assert len(ended | set(db.session.scalars(select(CohortMentor.ended_at)))) == 1, "at one moment"
    assert "if its mentors take it up again" in bob.get("/cohorts").said
    bob.send_form("/leave", htmx=False)
    alice.post(f"/cohorts/{autumn}/restore", status=404)
    carol.get("/cohorts")
    carol.send_form("/restore", htmx=False)
    assert names_in(app, autumn) == ["Alice"], "Eve had left, and Bob left for good"
    dora.get(f"/cohorts/{autumn}/roster")
    with app.app_context():
        db.session.execute(delete(CohortMentor).where(CohortMentor.mentor_id == person_of(dora).id))
        db.session.commit()
    carol.get(f"/cohorts/{autumn}/settings")
    page = carol.post(f"/cohorts/{autumn}/mentors/{person_of(carol).id}/remove", status=422)
    assert "A cohort keeps at least one mentor." in page.said


def test_carol_moves_bob_and_he_reads_who_did_it(app: Flask, bob: Browser, carol: Browser, autumn: int) -> None:
    with app.app_context():
        spring = add_cohort(person_of(carol), "Spring intake")
        join_cohort(autumn, person_of(bob))
    at = f"/cohorts/{autumn}/roster/{person_of(bob).id}"
    carol.get(at)
    page = carol.send_form(at, htmx=False, status=422, starts_on="soon")
    assert "Write the day as 2026-11-22." in page.element("starts_on-error").text
    carol.get(at)
    carol.send_form(at, htmx=False, starts_on="2026-11-30")
    assert "2026-11-30" in carol.page.said
    carol.post(f"{at}/move", {"cohort": str(autumn)}, status=422)
    carol.get(at)
    carol.send_form("/move", htmx=False, cohort=str(spring))
    assert (names_in(app, autumn), names_in(app, spring)) == ([], ["Bob"])
    assert "Carol moved you here from Autumn intake." in bob.get("/cohorts").said
    assert "30 November 2026" in bob.page.said
    carol.post(f"/cohorts/{spring}/roster/{person_of(bob).id}/remove", status=303)
    assert names_in(app, spring) == []


# ---- Nothing crosses


def test_three_cohorts_never_cross(app: Flask, alice: Browser, carol: Browser, dora: Browser) -> None:
    """Whatever of one cohort is named in the address of another, for its mentor, its learner or a stranger: 404."""
    with app.app_context():
        erik = Browser(app).signed_in(add_person(app, "erik@example.org", "Erik", role="mentor"))
        mentors, ids, rows = (carol, dora, erik), [], []
        for number, mentor in enumerate(mentors):
            ids.append(cohort_id := add_cohort(person_of(mentor), f"Canary {number}"))
            learner = add_person(app, f"l{number}@example.org", f"Learner {number}")
            asker = add_person(app, f"a{number}@example.org", f"Asker {number}")
            join_cohort(cohort_id, learner)
            code_id, _, token = add_code(cohort_id, needs_approval=True)
            request_id = ask_to_join(asker, token)
            invited = invite(person_of(mentor), cohort_id, f"i{number}@example.org")
            rows.append((learner.id, code_id, request_id, invited.id, person_of(mentor).id))
    before = everything(app)
    for mine, other in ((0, 1), (1, 2), (2, 0)):
        learner_id, code_id, request_id, invitation_id, mentor_id = rows[other]
        pages = ["settings", "roster", "roster.csv", "invitations", "invitations/file", f"roster/{learner_id}"]
        forms = ["settings", "archive", "restore", "mentors", f"mentors/{mentor_id}/remove", "codes", "leave"]
        forms += [f"roster/{learner_id}", f"roster/{learner_id}/move", f"roster/{learner_id}/remove"]
        forms += [f"codes/{code_id}/revoke", f"requests/{request_id}/accept", f"requests/{request_id}/decline"]
        forms += ["invitations/file", "invitations/file/accept", "invitations/file/discard", "invitations/revoke"]
        forms += [f"invitations/{invitation_id}/revoke"]
        fields = {"cohort": str(ids[mine]), "name": "x", "email": "x@example.org", "starts_on": "2026-11-22"}
        for browser in (mentors[mine], alice) if mine == 0 else (mentors[mine],):
            for path in pages:
                browser.get(f"/cohorts/{ids[other]}/{path}", status=404)
            for path in forms:
                browser.post(f"/cohorts/{ids[other]}/{path}", fields, status=404)
            browser.post(f"/cohorts/invitations/{invitation_id}/accept", status=404)
            browser.post(f"/cohorts/requests/{request_id}/withdraw", status=404)
        for path in (f"roster/{learner_id}", f"roster/{learner_id}/remove", f"codes/{code_id}/revoke"):
            mentors[mine].post(f"/cohorts/{ids[mine]}/{path}", fields, status=404)
        for path in (f"requests/{request_id}/accept", f"invitations/{invitation_id}/revoke"):
            mentors[mine].post(f"/cohorts/{ids[mine]}/{path}", status=404)
        mentors[mine].post(f"/cohorts/{ids[mine]}/mentors/{mentor_id}/remove", status=404)
        mentors[mine].post(f"/cohorts/{ids[mine]}/roster/{rows[mine][0]}/move", {"cohort": str(ids[other])}, status=422)
        for path in ("/cohorts", f"/cohorts/{ids[mine]}/roster", f"/cohorts/{ids[mine]}/invitations"):
            said = mentors[mine].get(path).said + mentors[mine].http.get(f"/cohorts/{ids[mine]}/roster.csv").text
            assert not any(word.format(other) in said for word in WORDS)
        mentors[mine].get(f"/cohorts/{ids[mine]}/roster?after={learner_id}")
    assert everything(app) == before
