"""Response headers: what a browser may do with our pages, and who may keep a copy."""

from itertools import chain
from urllib.parse import parse_qsl

from flask import Flask, Request, abort
from flask.globals import _cv_app, _cv_request  # what the proxies ask, at a fifth of their price
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.utils import cached_property

from portal.wire import outside

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]
LONGER_FORMS = {"journal": 256 * 1024}  # bytes: 20,000 characters, of which each may be twelve bytes on its way
OVER_TLS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


class ShortFormRequest(Request):
    """A request whose plain form is read in one go: most forms here are a token and an answer."""

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        """What was sent. Raises 413, and 400 for half a form or one that is not text."""
        length = self.content_length
        if length is None or self.mimetype != "application/x-www-form-urlencoded":
            return super().form
        most: int = _cv_app.get().app.config["MAX_CONTENT_LENGTH"]
        if length > most and length > LONGER_FORMS.get(self.blueprint or "", 0):
            raise RequestEntityTooLarge
        body = self.environ["wsgi.input"].read(length)
        if len(body) < length:
            raise ClientDisconnected
        self.__dict__["files"] = ImmutableMultiDict()
        try:
            return ImmutableMultiDict(_fields(body.decode()))
        except ValueError:
            abort(400, "The form is not text in UTF-8.")


def _fields(text: str) -> list[tuple[str, str]]:
    """Names and values of a form; where nothing is quoted, as in most answers, without unquoting each."""
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&") if pair)]


def refuse_nul() -> None:
    """A NUL is no text: PostgreSQL refuses it late and rudely, so it gets no further than this."""
    asked = _cv_request.get().request
    is_in_address = "\0" in asked.path or b"%00" in asked.query_string
    if is_in_address or "\0" in "".join(chain.from_iterable(asked.form.listvalues())):
        abort(400, "There is a NUL character in it, which no text may have.")


def init_headers(app: Flask) -> None:
    """Put the headers on every answer; nothing is stored anywhere unless its view says so."""
    app.wsgi_app = outside(app.wsgi_app, [*HEADERS, OVER_TLS] if app.config["TLS"] else HEADERS)  # type: ignore[method-assign,assignment]
    app.request_class = ShortFormRequest
    app.before_request(refuse_nul)
