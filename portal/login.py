"""Who is asking: the login manager, and what only signed-in people, mentors or admins may open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from hashlib import sha256
from typing import Any, ParamSpec

from flask import Flask, Response, abort, request, url_for
from flask.globals import _cv_app, _cv_request  # what the proxies ask, at a fifth of their price
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, LoginManager, UserMixin
from sqlalchemy import bindparam, select

from portal.accounts.models import Role, Session, User
from portal.cookies import REMEMBERED
from portal.htmx import see_other, wants_fragment
from portal.statements import Prepared

P = ParamSpec("P")
IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
login_manager = LoginManager()
login_manager.session_protection = None  # an address that changes is a phone on a train, not a thief


@dataclass(slots=True)  # not frozen, which sets each field by a call
class Me(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """The signed-in person, read in one statement: no ORM object, no second query."""

    token: str
    session_id: int
    seen_at: datetime
    id: int
    email: str
    name: str
    role: str
    zone: str
    rollover_hour: int
    new_per_day: int
    has_full_scale: bool

    def get_id(self) -> str:
        """Flask-Login keeps the session's token, so ending the session row signs this browser out."""
        return self.token


_WHO = Prepared(
    select(
        Session.id,
        Session.started_at,
        Session.seen_at,
        User.id,
        User.email,
        User.name,
        User.role,
        User.zone,
        User.rollover_hour,
        User.new_per_day,
        User.has_full_scale,
    )
    .join(User, User.id == Session.user_id)
    .where(Session.token_digest == bindparam("digest"))
)


def now() -> datetime:
    """This moment, in UTC. The one clock of the application: everything below a view gets it as an argument."""
    return datetime.now(UTC)


@lru_cache(maxsize=REMEMBERED)
def token_digest(token: str) -> str:
    """What the sessions table knows of a browser's token. Kept like the cookies it came in (portal.cookies)."""
    return sha256(token.encode()).hexdigest()


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_me(token: str) -> Me | None:
    """The person behind a session token, or None when that session has ended."""
    row = _WHO.first({"digest": token_digest(token)})
    if row is None:
        return None
    session_id, started_at, seen_at, *person = row
    moment = now()
    is_open = moment - seen_at < IDLE and moment - started_at < ABSOLUTE
    return Me(token, session_id, seen_at, *person) if is_open else None


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def ask_to_sign_in() -> ResponseReturnValue:
    """Send a page to the sign-in form; a fragment must not get a login form inside a card."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    location = url_for("accounts.sign_in", next=back)
    if wants_fragment():
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.sign_in")})
    return see_other(location)


def me() -> Me:
    """The signed-in person. Only behind `learner_required` and the like."""
    who: Me = _cv_app.get().g._login_user
    return who


def me_or_none() -> Me | None:
    """The signed-in person, or None."""
    context = _cv_app.get().g
    who = context.__dict__.get("_login_user")
    if who is None:
        who = context._login_user = _load()
    return who if isinstance(who, Me) else None


def _load() -> Me | AnonymousUserMixin:
    """Flask-Login's own way also looks for remember cookies and login headers, and hashes the browser's name."""
    token = _cv_request.get().session.get("_user_id")
    return (token and load_me(token)) or AnonymousUserMixin()


def learner_required(view: Callable[P, Any]) -> Callable[P, Any]:
    """Only for people who are signed in; others are sent to the sign-in form."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        return ask_to_sign_in() if me_or_none() is None else view(*args, **kwargs)

    return guarded


def _role_required(*roles: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            if me().role not in roles:
                abort(404)
            return view(*args, **kwargs)

        return learner_required(guarded)

    return decorate


mentor_required = _role_required(Role.MENTOR, Role.ADMIN)


def init_login(app: Flask) -> None:
    """Attach Flask-Login; templates know the signed-in person as `me`, or None."""
    app.login_manager = login_manager  # type: ignore[attr-defined]  # its init_app also keeps remember cookies: none here
    app.context_processor(lambda: {"me": me_or_none()})
