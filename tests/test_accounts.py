"""Accounts over HTTP: signing up, in and out, sessions, passwords, limits and the profile."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import pytest
from browser import Browser, lint_page
from factories import PASSWORD, Person, add_person, everything, me_of
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal import create_app
from portal.accounts import actions, passwords, queries
from portal.accounts.models import Role, Session, SignInFailure, User
from portal.db import db
from portal.login import ABSOLUTE, IDLE, load_me

NEW: dict[str, Any] = {
    "name": "Dora",
    "email": "Dora@Example.org ",
    "password": "seven herons over the marsh",
    "zone": "Asia/Tokyo",
}
ANOTHER = "nine otters under the old bridge"


def sign_in(browser: Browser, password: str = PASSWORD, email: str = "alice@example.org", **how: Any) -> TestResponse:
    """Send the sign-in form; the raw answer."""
    return browser.send("/sign-in", {"email": email, "password": password}, **how)


def token_of(browser: Browser) -> str | None:
    """The session token in this browser's cookie."""
    with browser.http.session_transaction() as session:
        return session.get("_user_id")


def is_signed_in(browser: Browser) -> bool:
    """Whether the server knows who this browser is."""
    return browser.http.get("/me").status_code == 200


def count_sessions(app: Flask) -> int:
    """How many browsers are signed in."""
    with app.app_context():
        return len(db.session.scalars(select(Session.id)).all())


@pytest.fixture
def someone(app: Flask) -> Person:
    """Alice's account; nobody is signed in with it in a browser."""
    return add_person(app, "alice@example.org", "Alice")


# ---- Signing up


def test_a_newcomer_signs_up_and_is_at_her_first_card(client: Browser) -> None:
    client.get("/sign-up")
    client.send_form("/sign-up", htmx=False, **NEW)
    assert client.response.request.path == "/quizzes/today"
    assert client.page.kind == "question"
    with client.app.app_context():
        user = queries.find_user("dora@example.org")
    assert user is not None
    assert (user.email, user.name, user.zone, user.role) == ("dora@example.org", "Dora", "Asia/Tokyo", "learner")
    assert (user.rollover_hour, user.new_per_day) == (4, 10)


def test_a_newcomer_gets_a_session_of_her_own_whatever_the_browser_held(client: Browser) -> None:
    with client.http.session_transaction() as session:
        session["_user_id"], session["kept"] = "planted-by-somebody-else", "planted"
    client.post("/sign-up", NEW, status=303)
    assert token_of(client) != "planted-by-somebody-else"
    with client.http.session_transaction() as session:
        assert "kept" not in session


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Write the name you want to be called by."),
        ("name", "x" * 81, "Use at most 80 characters."),
        ("email", "", "Write your e-mail address."),
        ("email", "dora", "Write an e-mail address, such as ada@example.org."),
        ("email", "dora@example.org, eve@example.org", "Write an e-mail address"),
        ("email", f"{'x' * 250}@example.org", "This address is too long."),
        ("zone", "Mars/Olympus", "Not a valid choice"),
        ("password", "", "Choose a password."),
        ("password", "fourteen chars", "Use at least 15 characters."),
        ("password", "x" * 257, "Use at most 256 characters."),
        ("password", "abababababababababab", "easy to guess"),
        ("password", "dora@example.org", "your own name or address"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(client: Browser, field: str, value: str, sentence: str) -> None:
    page = client.post("/sign-up", NEW | {field: value}, status=422)
    (told,) = [element for element in page.find("p", class_="error") if sentence in element.text]
    (input_,) = [element for element in page.elements if element.get("id") == field]
    assert told.get("id") in (input_.get("aria-describedby") or "").split()
    assert input_.get("aria-invalid") == "true"
    assert NEW["password"] not in page.html, "a password is never sent back"
    assert count_sessions(client.app) == 0


@pytest.mark.parametrize("password", ["correcthorsebatterystaple", "Password Password 123", "123456789012345"])
def test_passwords_that_everybody_thinks_of_are_refused(password: str) -> None:
    assert "easy to guess" in (passwords.complaint(password) or "")


@pytest.mark.parametrize("password", ["x y z 1 2 3 4 5 6 7", "ünïcödé wörds äre fine", "🦆" * 5 + "abcdefghijk" * 20])
def test_any_characters_and_any_length_up_to_256_are_fine(password: str) -> None:
    assert passwords.complaint(password, "Alice", "alice@example.org") is None


def test_a_password_beyond_72_bytes_counts_to_its_last_letter(client: Browser) -> None:
    long = "ein langer Satz über Möwen, " * 4
    client.post("/sign-up", NEW | {"password": long}, status=303)
    other = Browser(client.app)
    assert sign_in(other, long[:-2] + "!", "dora@example.org").status_code == 422
    assert sign_in(other, long, "dora@example.org").status_code == 303


def test_an_address_is_taken_once_in_any_case(client: Browser, someone: Person) -> None:
    page = client.post("/sign-up", NEW | {"email": "ALICE@example.org"}, status=422)
    assert "Sign in instead." in page.said
    assert count_sessions(client.app) == 1


def test_a_password_is_kept_salted_and_peppered(app: Flask, someone: Person) -> None:
    with app.app_context():
        _, stored = queries.find_credentials(someone.email) or (0, "")
        again = passwords.hash_password(PASSWORD, app.config["PASSWORD_PEPPER"], 4)
    assert stored.startswith("hmac384-bcrypt$2b$04$")
    assert stored != again
    assert passwords.is_right_password(PASSWORD, again, app.config["PASSWORD_PEPPER"])
    assert not passwords.is_right_password(PASSWORD, stored, "another pepper")


# ---- Signing in and out


def test_alice_comes_back(client: Browser, someone: Person) -> None:
    client.get("/sign-in")
    client.send_form("/sign-in", htmx=False, email=" Alice@Example.org", password=PASSWORD)
    assert client.response.request.path == "/"
    assert "Alice" in client.page.said


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(client: Browser, someone: Person) -> None:
    pages = [sign_in(client, ANOTHER), sign_in(client, ANOTHER, "nobody@example.org")]
    assert [page.status_code for page in pages] == [422, 422]
    known, unknown = (re.sub(r' value="[^"]*"|"X-CSRFToken": "[^"]*"', "", page.text) for page in pages)
    assert "do not belong together" in known
    assert known == unknown


def test_an_unknown_address_costs_the_work_of_a_known_one(
    client: Browser, someone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, check = list[bytes](), bcrypt.checkpw

    def note(secret: bytes, hashed: bytes) -> bool:
        checked.append(hashed[:7])  # "$2b$", the cost, "$"
        return check(secret, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", note)
    sign_in(client, ANOTHER, someone.email)
    known = checked[:]
    sign_in(client, ANOTHER, "nobody@example.org")
    assert (len(known), checked[1:]) == (1, known), "one check each, of the same cost"


def test_a_sign_in_makes_a_new_session_id(client: Browser, someone: Person) -> None:
    with client.http.session_transaction() as session:
        session["_user_id"] = "chosen-by-an-attacker"
    assert sign_in(client).status_code == 303
    first = token_of(client)
    assert sign_in(client).status_code == 303
    assert len({"chosen-by-an-attacker", first, token_of(client)}) == 3


def test_the_database_knows_only_a_digest_of_the_token(client: Browser, someone: Person) -> None:
    sign_in(client)
    token = token_of(client)
    assert token is not None
    assert token not in repr(everything(client.app))


def test_signing_out_ends_the_session_for_good(client: Browser, someone: Person) -> None:
    sign_in(client)
    stolen = token_of(client)
    client.get("/me")
    client.send_form("/sign-out", htmx=False, status=303)
    assert client.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)
    with client.http.session_transaction() as session:
        session["_user_id"] = stolen
    assert not is_signed_in(client)


def test_signing_out_twice_is_no_error(client: Browser) -> None:
    client.post("/sign-out", status=303)


@pytest.mark.parametrize("failures", [9, 10])
def test_ten_wrong_passwords_in_five_minutes_close_the_account_for_a_while(
    client: Browser, someone: Person, failures: int
) -> None:
    for _ in range(failures):
        assert sign_in(client, ANOTHER).status_code == 422
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    fields = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": client.csrf_token()}
    answer = client.http.post("/sign-in", data=fields, environ_overrides=elsewhere)
    assert answer.status_code == (303 if failures == 9 else 429)
    assert failures == 9 or "Wait five minutes" in answer.text


def test_ten_wrong_passwords_close_the_address_for_other_accounts_too(client: Browser, someone: Person) -> None:
    for number in range(10):
        assert sign_in(client, ANOTHER, f"guess{number}@example.org").status_code == 422
    assert sign_in(client).status_code == 429
    assert client.send("/sign-up", NEW).status_code == 429


def test_after_five_minutes_the_account_opens_again(client: Browser, someone: Person) -> None:
    for _ in range(10):
        sign_in(client, ANOTHER)
    with client.app.app_context():
        old = datetime.now(UTC) - queries.FAILURES_WITHIN - timedelta(seconds=1)
        db.session.execute(update(SignInFailure).values(failed_at=old))
        db.session.commit()
    assert sign_in(client).status_code == 303


def test_a_forwarded_address_counts_only_behind_a_proxy_we_trust(client: Browser, someone: Person) -> None:
    for number in range(10):
        answer = sign_in(client, ANOTHER, f"guess{number}@example.org", **{"X-Forwarded-For": f"198.51.100.{number}"})
        assert answer.status_code == 422
    assert sign_in(client, **{"X-Forwarded-For": "198.51.100.99"}).status_code == 429


@pytest.mark.parametrize(
    "location",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example/me",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "/no/such/page",
        "/sign-out",
        "me",
        "",
        " /me",
        "/me\r\nSet-Cookie: a=b",
    ],
)
def test_next_leads_only_to_pages_of_ours(client: Browser, someone: Person, location: str) -> None:
    client.http.get("/sign-in", query_string={"next": location})
    answer = client.http.post(
        "/sign-in",
        query_string={"next": location},
        data={"email": someone.email, "password": PASSWORD, "csrf_token": client.csrf_token()},
    )
    assert (answer.status_code, answer.location) == (303, "/")
    answer = client.send("/theme", {"theme": "dark", "next": location})
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("location", ["/me", "/quizzes/answers?from=mail", "/roadmap/topics/bigo.growth"])
def test_next_leads_back_to_a_page_of_ours(client: Browser, someone: Person, location: str) -> None:
    answer = client.http.post(
        "/sign-in",
        query_string={"next": location},
        data={"email": someone.email, "password": PASSWORD, "csrf_token": client.csrf_token()},
    )
    assert answer.location == location


# ---- Sessions


def test_alice_sees_where_she_is_signed_in_and_ends_one_browser(client: Browser, app: Flask, someone: Person) -> None:
    phone = Browser(app)
    sign_in(phone, **{"User-Agent": "Mozilla/5.0 (Android 15; Mobile) Gecko/141.0 Firefox/141.0"})
    sign_in(client, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"})
    page = client.get("/me")
    assert "Firefox on Android" in page.said
    (here,) = [row.text for row in page.find("li") if "this device" in row.text]
    assert here.startswith("Chrome on Linux")
    with app.app_context():
        on_phone = next(row for row in queries.sessions_of(someone.id) if "Android" in row.device)
    page = client.send_form(f"/me/sessions/{on_phone.id}/end", htmx=False)
    assert "That device is signed out." in page.said
    assert "Android" not in page.said
    assert not is_signed_in(phone)
    client.post(f"/me/sessions/{on_phone.id}/end", status=404)
    assert is_signed_in(client)


def test_a_new_password_ends_every_other_session(alice: Browser, someone_else: Browser) -> None:
    page = alice.post("/me/password", {"old": PASSWORD, "password": ANOTHER}, status=303)
    page = alice.follow()
    assert "Your password is changed." in page.said
    assert not is_signed_in(someone_else)
    assert is_signed_in(alice)
    fresh = Browser(alice.app)
    assert sign_in(fresh).status_code == 422
    assert sign_in(fresh, ANOTHER).status_code == 303


@pytest.fixture
def someone_else(alice: Browser) -> Browser:
    """Another browser of Alice's."""
    browser = Browser(alice.app)
    assert sign_in(browser).status_code == 303
    return browser


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"old": ANOTHER, "password": "seven herons over the marsh"}, "This is not your password of now."),
        ({"old": PASSWORD, "password": "short"}, "Use at least 15 characters."),
        ({"old": PASSWORD, "password": "alice@example.org"}, "your own name or address"),
        ({"old": "", "password": ANOTHER}, "Write your password of now."),
        ({"old": PASSWORD, "password": ""}, "Choose a password."),
    ],
)
def test_a_password_stays_as_it_is_when_something_is_wrong(
    alice: Browser, someone_else: Browser, fields: dict[str, str], sentence: str
) -> None:
    before = everything(alice.app)
    page = alice.post("/me/password", fields, status=422)
    assert sentence in page.said
    assert page.find("details", class_="fold")[0].get("open") == "", "the complaint is in sight"
    assert everything(alice.app) == before
    assert is_signed_in(someone_else)


def test_another_role_signs_out_everywhere(alice: Browser, someone_else: Browser) -> None:
    with alice.app.app_context():
        actions.change_role("Alice@example.org", Role.MENTOR)
        db.session.commit()
    assert not is_signed_in(alice)
    assert not is_signed_in(someone_else)
    sign_in(alice)
    alice.get("/quizzes/reports")


@pytest.mark.parametrize(
    ("column", "limit"), [(Session.seen_at, IDLE), (Session.started_at, ABSOLUTE)], ids=["idle", "absolute"]
)
def test_a_session_ends_by_itself(alice: Browser, column: Any, limit: timedelta) -> None:
    for seconds, is_known in ((60, True), (-60, False)):
        with alice.app.app_context():
            moment = datetime.now(UTC) - limit + timedelta(seconds=seconds)
            db.session.execute(update(Session).values({column: moment}))
            db.session.commit()
        assert is_signed_in(alice) is is_known


def test_using_the_portal_keeps_a_session_alive(alice: Browser) -> None:
    def seen() -> datetime:
        with alice.app.app_context():
            return db.session.scalars(select(Session.seen_at)).one()

    with alice.app.app_context():
        db.session.execute(update(Session).values(seen_at=datetime.now(UTC) - timedelta(days=13)))
        db.session.commit()
    before = seen()
    alice.get("/quizzes/today")
    assert seen() == before, "a GET never writes"
    alice.post("/theme", {"theme": "dark"}, status=303)
    assert seen() > datetime.now(UTC) - timedelta(minutes=1)
    latest = seen()
    alice.post("/theme", {"theme": "light"}, status=303)
    assert seen() == latest, "once an hour is enough"


def test_sessions_that_are_too_old_are_swept_at_the_next_sign_in(client: Browser, someone: Person) -> None:
    with client.app.app_context():
        db.session.execute(update(Session).values(started_at=datetime.now(UTC) - ABSOLUTE - timedelta(days=1)))
        db.session.commit()
    sign_in(client)
    assert count_sessions(client.app) == 1


def test_an_erased_person_is_nobody(alice: Browser) -> None:
    with alice.app.app_context():
        db.session.execute(db.delete(User))
        db.session.commit()
    assert not is_signed_in(alice)
    with alice.app.app_context():
        assert alice.person is not None
        assert load_me(alice.person.token) is None


# ---- Cookies and forged forms


@pytest.mark.parametrize("is_tls", [False, True])
def test_the_session_cookie_is_closed_to_scripts_and_other_sites(app: Flask, someone: Person, is_tls: bool) -> None:
    environ = {"TLS": str(int(is_tls)), "INSTANCE": app.instance_path, "BCRYPT_COST": "4"}
    served = create_app({}, environ | {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]})
    base = "https://localhost" if is_tls else "http://localhost"
    browser = served.test_client()
    page = browser.get("/sign-in", base_url=base)
    assert ("Strict-Transport-Security" in page.headers) is is_tls
    token = lint_page(page.text, is_whole=True).form("/sign-in")["csrf_token"]
    fields = {"email": someone.email, "password": PASSWORD, "csrf_token": token}
    answer = browser.post("/sign-in", data=fields, base_url=base, headers={"Referer": f"{base}/sign-in"})
    with served.app_context():
        db.engine.dispose()
    assert answer.status_code == 303
    name, _, flags = answer.headers["Set-Cookie"].partition("=")
    assert name == ("__Host-session" if is_tls else "session")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags.split("; "))
    assert ("Secure" in flags.split("; ")) is is_tls
    assert "Domain" not in flags


@pytest.mark.parametrize("token", [None, "", "0" * 40, "IjAi.aaaa.bbbb"])
def test_a_form_that_was_not_made_here_is_refused_in_words(alice: Browser, token: str | None) -> None:
    before = everything(alice.app)
    for url in ("/me", "/me/password", "/sign-out", "/theme", "/sign-in", "/sign-up", "/quizzes/try"):
        for headers in ({}, {"HX-Request": "true"}):
            fields = {} if token is None else {"csrf_token": token}
            answer = alice.http.post(url, data=fields, headers=headers)
            assert answer.status_code == 400, url
            assert "not made here" in answer.text
            assert ("<html" in answer.text) is not bool(headers)
    assert everything(alice.app) == before


def test_a_token_of_bobs_session_opens_nothing_in_alices(alice: Browser, bob: Browser) -> None:
    with bob.http.session_transaction() as session:
        session["csrf_token"] = "b" * 40
    answer = alice.http.post("/theme", data={"theme": "dark", "csrf_token": bob.csrf_token()})
    assert answer.status_code == 400


# ---- Profile and colours


def test_alice_arranges_her_day(alice: Browser) -> None:
    page = alice.get("/me")
    wanted: dict[str, Any] = {
        "name": "Alice L.",
        "zone": "America/New_York",
        "rollover_hour": "0",
        "new_per_day": "200",
    }
    page = alice.send_form("/me", htmx=False, **wanted, has_full_scale="y")
    assert "Saved." in page.said
    assert "Your day, Alice L." in page.said
    assert alice.person is not None
    with alice.app.app_context():
        who = me_of(alice.person)
    day = (who.name, who.zone, who.rollover_hour, who.new_per_day, who.has_full_scale)
    assert day == ("Alice L.", "America/New_York", 0, 200, True)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Write the name you want to be called by."),
        ("name", "x" * 81, "Use at most 80 characters."),
        ("zone", "Atlantis", "Not a valid choice"),
        ("rollover_hour", "24", "Write an hour from 0 to 23."),
        ("rollover_hour", "-1", "Write an hour from 0 to 23."),
        ("rollover_hour", "four", "Not a valid integer value"),
        ("new_per_day", "201", "Write a number from 0 to 200."),
        ("new_per_day", "", "Write a number from 0 to 200."),
        ("new_per_day", "9" * 30, "Write a number from 0 to 200."),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_a_reason(alice: Browser, field: str, value: str, sentence: str) -> None:
    before = everything(alice.app)
    fields = {"name": "Alice", "zone": "UTC", "rollover_hour": "4", "new_per_day": "10", field: value}
    page = alice.post("/me", fields, status=422)
    assert sentence in page.said
    assert everything(alice.app) == before


@pytest.mark.parametrize("theme", ["dark", "light", "system"])
def test_colours_are_kept_in_the_browser(client: Browser, theme: str) -> None:
    client.post("/theme", {"theme": "dark", "next": "/about"}, status=303)
    client.post("/theme", {"theme": theme, "next": "/about"}, status=303)
    page = client.follow()
    assert page.find("html")[0].get("data-theme") == theme
    pressed = [button.get("value") for button in page.find("button", name="theme", aria_pressed="true")]
    assert pressed == [theme]


def test_a_colour_that_is_none_is_refused(client: Browser) -> None:
    client.post("/theme", {"theme": "neon"}, status=422)
    client.http.set_cookie("theme", '"><script>')
    assert client.get("/about").find("html")[0].get("data-theme") == "system"
