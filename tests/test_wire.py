"""What goes over the wire: answers compressed for those who can read it, and forms read as they were sent."""

import gzip
import io
import re
from typing import Any

import brotli
import pytest
from browser import Browser
from werkzeug.test import EnvironBuilder, run_wsgi_app

from portal.wire import SMALLEST, outside

PAGE = "/roadmap"
SIGNED = re.compile(rb"[\w-]{30,}\.[\w-]+\.[\w-]+")  # a form token says in which second it was made


def opened(client: Browser, accepted: str | None, method: str = "GET", url: str = PAGE) -> Any:
    """An answer as it comes, nothing unpacked."""
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    return client.http.open(url, method=method, headers=headers)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("*", "br"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=much", None),
        (None, None),
    ],
)
def test_a_page_is_sent_as_the_browser_can_read_it(client: Browser, accepted: str | None, encoding: str | None) -> None:
    plain = opened(client, None)
    sent = opened(client, accepted)
    assert sent.headers.get("Content-Encoding") == encoding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert SIGNED.sub(b"", unpack(sent.data)) == SIGNED.sub(b"", plain.data)
    assert sent.headers["Content-Length"] == str(len(sent.data))
    assert len(sent.data) < len(plain.data) / 2 or encoding is None
    assert "Accept-Encoding" in sent.headers["Vary"]


def test_the_head_of_a_page_has_no_body(client: Browser) -> None:
    head = opened(client, "gzip, br", "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert "Content-Encoding" not in head.headers


@pytest.mark.parametrize(
    ("headers", "is_compressed"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, True),
        ({"Content-Type": "application/json"}, True),
        ({"Content-Type": "text/html", "Cache-Control": "public"}, True),
        ({"Content-Type": "image/png"}, False),
        ({"Content-Type": "text/html", "Content-Encoding": "gzip"}, False),
        ({}, False),
    ],
)
def test_only_texts_are_compressed_and_only_once(headers: dict[str, str], is_compressed: bool) -> None:
    assert ("br" in sent_through(headers, b"x" * 4 * SMALLEST)) == is_compressed


def sent_through(headers: dict[str, str], body: bytes, has_length: bool = True) -> str:
    """The encoding of an answer behind `outside`; "" for none."""
    sized = headers | ({"Content-Length": str(len(body))} if has_length else {})

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(sized.items()))
        return [body]

    environ = EnvironBuilder(headers=[("Accept-Encoding", "br")]).get_environ()
    sent, _, found = run_wsgi_app(outside(app, []), environ)
    assert len(b"".join(sent)) > 0
    assert "Accept-Encoding" in found.get("Vary", "")
    return ", ".join(found.getlist("Content-Encoding"))


def test_what_is_short_or_of_unknown_length_goes_as_it_is() -> None:
    text = {"Content-Type": "text/html"}
    assert sent_through(text, b"x" * SMALLEST) == "br"
    assert sent_through(text, b"x" * (SMALLEST - 1)) == ""
    assert sent_through(text, b"x" * 4 * SMALLEST, has_length=False) == "", "a stream"


# ---- Forms


def sent_raw(alice: Browser, body: bytes, **environ: Any) -> Any:
    """The profile form as a broken or strange client sends it."""
    given = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **environ}
    headers = {"X-CSRFToken": alice.csrf_token()}
    kind = "application/x-www-form-urlencoded"
    return alice.http.post("/theme", content_type=kind, headers=headers, environ_overrides=given)


def test_a_form_is_read_as_it_was_sent(alice: Browser) -> None:
    assert "theme=dark" in sent_raw(alice, b"theme=dark&empty=").headers["Set-Cookie"]


@pytest.mark.parametrize("body", [b"theme=\xff\xfe", b"theme=%00dark", b"theme=\0"])
def test_what_is_no_text_is_refused(alice: Browser, body: bytes) -> None:
    assert sent_raw(alice, body).status_code == 400


def test_half_a_form_is_no_form(alice: Browser) -> None:
    assert sent_raw(alice, b"theme=da", CONTENT_LENGTH="10").status_code == 400


def test_a_form_that_says_it_is_too_big_is_not_even_read(alice: Browser) -> None:
    assert sent_raw(alice, b"theme=dark", CONTENT_LENGTH=str(64 * 1024 + 1)).status_code == 413


def test_a_form_in_parts_is_read_as_well(alice: Browser) -> None:
    headers = {"X-CSRFToken": alice.csrf_token()}
    sent = alice.http.post("/theme", data={"theme": "dark"}, content_type="multipart/form-data", headers=headers)
    assert "theme=dark" in sent.headers["Set-Cookie"]
