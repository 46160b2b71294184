"""Every refusal: as a page, as a fragment or as problem+json, in words that say what to do."""

import logging
import secrets

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal.db import db
from portal.htmx import wants_fragment

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
_WORDS: dict[int, tuple[str, str, str]] = {
    400: (
        "That did not arrive whole",
        "The form was incomplete or too old.",
        "Load the page again and send it once more.",
    ),
    404: (
        "Nothing here",
        "This page does not exist, or it is not yours.",
        "Check the address, or start from the front page.",
    ),
    405: (
        "Not like this",
        "This address does not take that kind of request.",
        "Go back and use the page's own buttons.",
    ),
    409: ("It has moved on", "This was changed on another page or device.", "Load the page again."),
    413: ("Too big", "That was more than this form takes.", "Make it shorter and send it again."),
    422: ("Not understood", "Something in the form does not fit.", "Check it and send it again."),
    429: ("Too often", "That was tried too many times.", "Wait five minutes, then try again."),
    500: (
        "Our mistake",
        "Something broke on our side. Nothing you sent was half kept.",
        "Try again; if it stays, report it.",
    ),
    503: (
        "One moment",
        "The database cannot be reached or is not set up yet. Nothing was counted.",
        "Try again in a few seconds.",
    ),
}


def refuse(status: int, sentence: str | None = None, request_id: str | None = None) -> Response:
    """A refusal in the form the client can show."""
    title, usual, what_to_do = _WORDS.get(
        status, ("That did not work", "The request was refused.", "Go back and try again.")
    )
    sentence = sentence or usual
    if request.accept_mimetypes.best == "application/json":
        response = jsonify(type="about:blank", title=title, status=status, detail=sentence, request_id=request_id)
        response.mimetype = "application/problem+json"
    else:
        response = Response(_drawn(title, sentence, what_to_do, request_id), mimetype="text/html")
    response.status_code = status
    return response


def _drawn(title: str, sentence: str, what_to_do: str, request_id: str | None) -> str:
    words = {"title": title, "sentence": sentence, "what_to_do": what_to_do, "request_id": request_id}
    template = "errors/_fragment.html" if wants_fragment() else "errors/page.html"
    return render_template(template, home_url="/", **words)


def init_errors(app: Flask) -> None:
    """Answer every failure of a request."""

    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> ResponseReturnValue:
        if isinstance(problem, CSRFError):
            return refuse(400, "This form is from an earlier visit or was not made here.")
        if problem.code is None or problem.code < 400:
            return problem.get_response()
        own_words = problem.description if problem.description != type(problem).description else None
        response = refuse(problem.code, own_words)
        for name, value in problem.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(ProgrammingError)
    @app.errorhandler(PoolTimeout)
    def database_away(problem: Exception) -> ResponseReturnValue:
        return _unavailable(problem)

    @app.errorhandler(DBAPIError)
    def database_failed(problem: DBAPIError) -> ResponseReturnValue:
        return _unavailable(problem) if problem.connection_invalidated else broken(problem)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> ResponseReturnValue:
        request_id = secrets.token_hex(6)
        log.error("request %s: %s %s failed", request_id, request.method, request.path, exc_info=problem)
        _give_up()
        return refuse(500, request_id=request_id)


def _unavailable(problem: Exception) -> ResponseReturnValue:
    log.warning("database: %s %s: %s", request.method, request.path, str(problem).partition("\n")[0])
    _give_up()
    response = refuse(503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _give_up() -> None:
    """Roll back, and draw the page for nobody: the person cannot be looked up in a database that is away."""
    g._login_user = AnonymousUserMixin()
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()
