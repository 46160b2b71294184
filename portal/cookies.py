"""Signatures checked once: the session cookie and the form token of a browser stay the same from answer to answer.

Verifying both costs as much as half a page. Whoever presents a string that this process has verified before presents
the same signed words again, so the verdict is kept, for the few thousand browsers seen last. What the words mean is
looked up each time: the session's row decides whether it is still open.
"""

from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response, g
from flask.globals import _cv_request  # what the proxies ask, at a fifth of their price
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

TOKEN_HEADER = "HTTP_X_CSRFTOKEN"  # noqa: S105
COOKIES = "HTTP_COOKIE"
REMEMBERED = 4096
LONGEST = 1000  # letters; what is longer is not kept
csrf = CSRFProtect()


class RememberedSessions(SecureCookieSessionInterface):
    """Flask's signed session cookie; a cookie that was verified is not verified again.

    Its age is not looked at here: the session's row knows when it began and when it was last used.
    """

    def __init__(self, app: Flask) -> None:
        self._name = self.get_cookie_name(app)
        self._serializer = self.get_signing_serializer(app)
        self._verified = lru_cache(maxsize=REMEMBERED)(self._verify)

    def open_session(self, _app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of this request; an empty one for a cookie that is missing or not ours."""
        cookies = request.environ.get(COOKIES, "")
        try:
            verify = self._verify if len(cookies) > LONGEST else self._verified
            words = verify(cookies) if cookies else {}
        except BadSignature:
            words = {}
        return SecureCookieSession(
            {name: list(word) if isinstance(word, list) else word for name, word in words.items()}
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where something in it changed. (`Vary` stands on every answer: wire.py.)"""
        if session.modified:
            super().save_session(app, session, response)

    def _verify(self, cookies: str) -> dict[str, Any]:
        """What the session's cookie says, out of all the cookies a browser sent. Raises BadSignature."""
        cookie = parse_cookie(cookies).get(self._name)
        if self._serializer is None or not cookie:
            raise BadSignature("nothing to check, or no key to check with")
        return dict(self._serializer.loads(cookie))


def init_csrf(app: Flask) -> None:
    """Check the form token of every unsafe request, with Flask-WTF when it is seen for the first time."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)
    verified: dict[tuple[str, str], None] = {}
    unsafe = frozenset(app.config["WTF_CSRF_METHODS"])

    @app.before_request
    def check_token() -> None:
        context = _cv_request.get()
        asked = context.request
        if asked.method not in unsafe or not asked.endpoint:
            return
        pair = (context.session.get("csrf_token", ""), asked.environ.get(TOKEN_HEADER, ""))
        if pair in verified:
            g.csrf_valid = True
            return
        csrf.protect()
        if all(pair):
            if len(verified) >= REMEMBERED:
                verified.clear()
            verified[pair] = None
