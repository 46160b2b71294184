"""That somebody is who they say, by their password; and the end of a browser's session."""

from flask import current_app, redirect, session, url_for
from flask_login import logout_user
from werkzeug.wrappers import Response

from portal.accounts import passwords, queries
from portal.db import db
from portal.login import now

TOO_MANY = "That was tried too often. Wait five minutes, then try again."


def proved_user(email: str, password: str) -> int | None:
    """The id of the person whose password this is. The check runs outside any transaction."""
    found = queries.find_credentials(email)
    db.session.rollback()
    pepper, cost = pepper_and_cost()
    stored = passwords.nobodys_hash(pepper, cost) if found is None else found[1]
    is_right = passwords.is_right_password(password, stored, pepper)
    return found[0] if found is not None and is_right else None


def is_over_limit(subjects: list[str]) -> bool:
    """Whether one of these failed too often. What follows is slow (bcrypt) and must hold no lock, so this lets go."""
    is_over = queries.is_over_limit(subjects, now())
    db.session.rollback()
    return is_over


def pepper_and_cost() -> tuple[str, int]:
    """What passwords are hashed with here."""
    return current_app.config["PASSWORD_PEPPER"], current_app.config["BCRYPT_COST"]


def leave() -> Response:
    """To the front page without a session; the browser is told to forget what it kept."""
    logout_user()
    session.clear()
    response = redirect(url_for("roadmap.home"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
