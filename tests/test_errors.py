"""Every refusal is told in words: as a page, as a fragment, as problem+json; and nothing is lost by it."""

import io
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, lint_page
from conftest import make_app
from factories import Person, everything, slugs_of
from flask import Flask
from flask.typing import ResponseReturnValue
from flask_migrate import upgrade
from sqlalchemy import text
from werkzeug.test import TestResponse

from portal import create_app
from portal.assets import asset
from portal.config import SettingError
from portal.db import db
from quizzes.cards import Ask

NO_DATABASE = ("sqlite", "postgresql")
FORMS: list[tuple[dict[str, str], str]] = [
    ({}, "text/html"),
    ({"HX-Request": "true"}, "text/html"),
    ({"Accept": "application/json"}, "application/problem+json"),
]


def told(response: TestResponse, headers: dict[str, str]) -> str:
    """The words of a refusal, read as the client that asked would read it."""
    if "Accept" in headers:
        problem = json.loads(response.text)
        assert problem["status"] == response.status_code
        return f"{problem['title']} {problem['detail']}"
    is_whole = "HX-Request" not in headers
    assert ("<html" in response.text) is is_whole
    page = lint_page(response.text, is_whole)
    return page.said if is_whole else page.element("problem").text


# ---- What is not there, not allowed, too big


@pytest.mark.parametrize(("headers", "mimetype"), FORMS)
def test_a_page_that_does_not_exist_says_so(alice: Browser, headers: dict[str, str], mimetype: str) -> None:
    for url in ("/no/such/page", "/quizzes/cards/no-such-card", "/roadmap/topics/none", "/static/0/none.css"):
        response = alice.http.get(url, headers=headers)
        assert (response.status_code, response.mimetype) == (404, mimetype), url
        assert "Nothing here" in told(response, headers)


def test_a_history_restore_gets_the_whole_page_of_the_refusal(client: Browser) -> None:
    response = client.http.get("/none", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in response.text


@pytest.mark.parametrize(("headers", "mimetype"), FORMS)
def test_a_method_that_does_not_fit_says_which_does(client: Browser, headers: dict[str, str], mimetype: str) -> None:
    response = client.http.get("/sign-out", headers=headers)
    assert (response.status_code, response.mimetype) == (405, mimetype)
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert "Not like this" in told(response, headers)


@pytest.mark.parametrize(("headers", "mimetype"), FORMS)
def test_five_megabytes_are_too_much(alice: Browser, headers: dict[str, str], mimetype: str) -> None:
    before = everything(alice.app)
    slug, big = slugs_of(alice.app, Ask.SHORT)[0], "x" * 5_000_000
    for url in (f"/quizzes/cards/{slug}/answer", f"/quizzes/cards/{slug}/report", "/me", "/theme", "/sign-in"):
        part = f'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{big}\r\n--x--\r\n'
        for body, kind in ((f"text={big}", "x-www-form-urlencoded"), (part, "x-multipart"), (part, "json")):
            content = "multipart/form-data; boundary=x" if kind == "x-multipart" else f"application/{kind}"
            response = alice.http.post(url, data=body, content_type=content, headers=headers)
            assert (response.status_code, response.mimetype) == (413, mimetype), url
            assert "more than this form takes" in told(response, headers)
    assert everything(alice.app) == before


def test_a_form_of_a_thousand_parts_is_too_much(alice: Browser) -> None:
    parts = {f"answer{number}": (io.BytesIO(b"x"), "") for number in range(1000)}
    assert alice.http.post("/me", data=parts).status_code == 413


def test_bytes_that_are_no_form_are_an_incomplete_form(alice: Browser) -> None:
    answer = alice.http.post("/me", data=b"\xff\xfe{", content_type="application/json")
    assert answer.status_code == 400


HUGE = "9" * 30
STRANGE: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/quizzes/cards/%00", {}),
    ("GET", "/quizzes/decks/%00", {}),
    ("GET", "/roadmap/topics/%00", {}),
    ("GET", "/quizzes/today?card=%00", {}),
    ("GET", "/quizzes/cards/%ED%A0%80%FF", {}),
    ("GET", "/static/0/%00", {}),
    ("GET", f"/static/0/{'x' * 300}", {}),
    ("GET", "/static/0/../../portal/config.py", {}),
    ("GET", f"/quizzes/answers/{HUGE}", {}),
    ("GET", "/quizzes/answers/9223372036854775807", {}),
    ("POST", f"/quizzes/answers/{HUGE}/undo", {}),
    ("POST", f"/quizzes/answers/{HUGE}/grade", {"grade": "4"}),
    ("POST", f"/me/sessions/{HUGE}/end", {}),
    ("POST", "/me/sessions/9223372036854775807/end", {}),
    ("POST", "/sign-in", {"email": "a\0@example.org", "password": "\0" * 20}),
    ("POST", "/sign-up", {"email": "a\0@example.org", "name": "\0", "password": "six words\0 and more", "zone": "UTC"}),
    ("POST", "/quizzes/try", {"slug": "\0", "blank": "1"}),
    ("POST", "/quizzes/try", {"answer": "\0"}),
    ("POST", "/me", {"name": "A\0lice", "zone": "UTC", "rollover_hour": "4", "new_per_day": "10"}),
    ("POST", "/quizzes/cards/{slug}/report", {"reason": "key", "text": "a\0b"}),
    ("POST", "/quizzes/cards/{slug}/answer", {"token": "{token}", "answer": "a\0b"}),
]


@pytest.mark.parametrize(("method", "url", "fields"), STRANGE)
def test_what_no_browser_sends_breaks_nothing(alice: Browser, method: str, url: str, fields: dict[str, str]) -> None:
    slug = slugs_of(alice.app, Ask.SHORT)[0]
    token = alice.get(f"/quizzes/today?card={slug}").form("/answer")["token"]
    fields = {name: value.format(token=token) for name, value in fields.items()}
    alice.post(url.format(slug=slug), fields, status=None) if method == "POST" else alice.get(url, status=None)
    assert alice.response.status_code < 500
    alice.get("/me")


def test_code_outside_static_is_not_served(client: Browser) -> None:
    for path in ("../portal/config.py", "%2e%2e/portal/config.py", "..%2fwsgi.py", "%2fetc%2fpasswd"):
        assert client.http.get(f"/static/0/{path}", follow_redirects=True).status_code == 404


# ---- Static files


def test_a_static_file_is_kept_for_a_year_under_an_address_that_names_its_content(client: Browser) -> None:
    with client.app.app_context():
        url = asset("site.css")
    zipped = client.http.get(url, headers={"Accept-Encoding": "gzip"})
    plain = client.http.get(url)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert len(zipped.data) < len(plain.data)
    assert plain.headers["Cache-Control"] == zipped.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    old = client.http.get("/static/0123456789ab/site.css")
    assert (old.data, old.headers["Cache-Control"]) == (plain.data, "no-cache")
    assert "Set-Cookie" not in plain.headers


def test_an_asset_that_is_not_there_is_noticed_when_a_page_is_drawn() -> None:
    with pytest.raises(FileNotFoundError, match=r"static/none\.css"):
        asset("none.css")


# ---- Our own mistakes


def broken() -> ResponseReturnValue:
    """A view with a mistake."""
    raise RuntimeError("the secret of the trace")


@pytest.mark.parametrize(("headers", "mimetype"), FORMS)
def test_a_mistake_of_ours_shows_a_number_and_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, headers: dict[str, str], mimetype: str
) -> None:
    app = make_app("", tmp_path)
    app.add_url_rule("/broken", view_func=broken)
    response = app.test_client().get("/broken", headers=headers)
    assert (response.status_code, response.mimetype) == (500, mimetype)
    assert "Our mistake" in told(response, headers)
    assert "Traceback" not in response.text
    assert "secret" not in response.text
    (record,) = [record for record in caplog.records if record.exc_info]
    request_id = record.getMessage().split()[1].rstrip(":")
    assert request_id in response.text
    assert response.headers["Content-Security-Policy"]


# ---- A database that is away


def away_url(kind: str, folder: Path) -> str:
    """The address of a database that cannot be reached."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'removed' / 'portal.db'}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"postgresql://portal@127.0.0.1:{port}/portal"


@pytest.fixture
def away(request: pytest.FixtureRequest, tmp_path: Path) -> Browser:
    """Alice's browser, still signed in; the portal was started while its database is down."""
    app = make_app(away_url(request.param, tmp_path), tmp_path)
    return Browser(app).signed_in(Person(1, "alice@example.org", "a token"))


@pytest.mark.parametrize("away", NO_DATABASE, indirect=True)
@pytest.mark.parametrize(("headers", "mimetype"), FORMS)
def test_an_unreachable_database_is_a_moment_to_wait(away: Browser, headers: dict[str, str], mimetype: str) -> None:
    csrf = {"X-CSRFToken": away.csrf_token()}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/quizzes/today", {}),
        ("/", {}),
        ("/quizzes/cards/some-card/answer", {"method": "POST", "data": {"token": "x", "answer": "y"}}),
        ("/theme", {"method": "POST", "data": {"theme": "dark"}}),
        ("/sign-in", {"method": "POST", "data": {"email": "a@example.org", "password": "x" * 20}}),
    ]
    for url, how in asked:
        response = away.http.open(url, headers=headers | csrf, **how)
        assert (response.status_code, response.mimetype) == (503, mimetype), url
        assert response.headers["Retry-After"] == "5"
        assert "Nothing was counted." in told(response, headers)


@pytest.mark.parametrize("away", NO_DATABASE, indirect=True)
def test_a_worker_lives_while_its_database_is_away(away: Browser) -> None:
    nobody = Browser(away.app)
    assert nobody.http.get("/healthz").json == {"status": "ok"}
    ready = nobody.http.get("/readyz")
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    assert ready.json == {"status": "unavailable", "reason": "the database cannot be reached"}
    nobody.get("/about")
    nobody.get("/sign-in")
    nobody.get("/", status=503)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("/postgres?", "/nowhere?"), "the database does not exist: create it, then run flask db upgrade"),
        (("//postgres:", "//nobody:"), "the database cannot be reached"),
    ],
    ids=["no database", "no role"],
)
def test_a_postgresql_that_lets_nobody_in_is_not_taken_for_one_without_tables(
    postgres_server: str, tmp_path: Path, swap: tuple[str, str], says: str
) -> None:
    assert swap[0] in postgres_server
    app = make_app(postgres_server.replace(*swap), tmp_path)
    ready = Browser(app).http.get("/readyz")
    assert (ready.status_code, ready.json) == (503, {"status": "unavailable", "reason": says})
    doctor = app.test_cli_runner().invoke(args=["doctor"])
    assert doctor.exit_code == 1
    assert f"BAD  {says.capitalize()}" in doctor.output
    Browser(app).get("/", status=503)


def test_a_database_without_tables_says_what_to_do(empty_app: Flask) -> None:
    client = Browser(empty_app)
    page = client.get("/", status=503)
    assert "not set up yet" in page.said
    ready = client.http.get("/readyz")
    assert (ready.status_code, ready.json["reason"]) == (  # type: ignore[index]
        503,
        "the database has no schema yet: run flask db upgrade",
    )
    with empty_app.app_context():
        upgrade()
        db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        db.session.commit()
    assert "the schema is at older, this code needs " in client.http.get("/readyz").text


def test_a_portal_without_cards_has_pages_all_the_same(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
    client = Browser(empty_app)
    assert client.http.get("/readyz").status_code == 200
    for url in ("/", "/roadmap", "/quizzes/", "/roadmap/topics/bigo.growth"):
        client.get(url)
    client.get("/quizzes/try", status=404)
    new = {"name": "Dora", "email": "d@example.org", "password": "seven herons over the marsh", "zone": "UTC"}
    client.post("/sign-up", new, status=303)
    assert client.follow().kind == "done"
    for url in ("/", "/roadmap", "/quizzes/answers", "/me"):
        client.get(url)


# ---- Settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BCRYPT_COST", "3", "a whole number from 4 to 16"),
        ("BCRYPT_COST", "twelve", "BCRYPT_COST is 'twelve'"),
        ("MIN_ANSWER_MS", "-1", "MIN_ANSWER_MS is '-1'"),
        ("TLS", "perhaps", "write 1 or 0"),
        ("DATABASE_URL", "mysql://localhost/x", "sqlite or postgresql"),
        ("DATABASE_URL", "portal.db", "not a database address"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError, match=name) as told_:
        create_app({}, {"INSTANCE": str(tmp_path), name: value})
    assert sentence in str(told_.value)


def secrets_of(app: Flask) -> tuple[str, str]:
    """What signs cookies, and what peppers passwords."""
    return app.config["SECRET_KEY"], app.config["PASSWORD_PEPPER"]


def test_a_fresh_machine_makes_its_own_secrets_and_keeps_them(tmp_path: Path) -> None:
    first, again = (secrets_of(create_app({}, {"INSTANCE": str(tmp_path / "a")})) for _ in range(2))
    elsewhere = secrets_of(create_app({}, {"INSTANCE": str(tmp_path / "b")}))
    assert first == again
    assert not {*first} & {*elsewhere}
    assert min(map(len, first)) >= 32
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()}
    assert modes == {0o600}


def test_an_empty_secret_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("\n")
    with pytest.raises(SettingError, match="secret-key is empty"):
        create_app({}, {"INSTANCE": str(tmp_path)})


def test_a_trusted_proxy_tells_who_asks(tmp_path: Path) -> None:
    app = create_app({}, {"INSTANCE": str(tmp_path), "TRUSTED_PROXIES": "1"})

    @app.get("/who")
    def who() -> str:
        from flask import request

        return f"{request.remote_addr} {request.scheme}"

    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert app.test_client().get("/who", headers=headers).text == "203.0.113.9 https"
