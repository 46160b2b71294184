"""Response headers: what a browser may do with our pages, and who may keep a copy."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, abort, request

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
OVER_TLS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def refuse_nul() -> None:
    """A NUL is no text: PostgreSQL refuses it late and rudely, so it gets no further than this."""
    is_in_address = "\0" in request.path or b"%00" in request.query_string
    if is_in_address or any("\0" in text for texts in request.form.listvalues() for text in texts):
        abort(400, "There is a NUL character in it, which no text may have.")


def init_headers(app: Flask) -> None:
    """Put the headers on every answer; pages that know who is asking are never stored."""
    app.wsgi_app = _with_headers(app.wsgi_app, [*HEADERS, OVER_TLS] if app.config["TLS"] else HEADERS)  # type: ignore[method-assign,assignment]
    app.before_request(refuse_nul)

    @app.after_request
    def keep_private(response: Response) -> Response:
        if request.endpoint != "assets.static_file":
            response.headers["Cache-Control"] = "no-store"
            response.headers["Vary"] = "HX-Request, Cookie"
        return response


def _with_headers(inner: Wsgi, fixed: list[tuple[str, str]]) -> Wsgi:
    """The same headers for everything, added outside of Flask: one list, not a dozen lookups an answer."""

    def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *fixed], *more)

        return inner(environ, start)

    return wsgi_app
