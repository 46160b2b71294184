"""Is the portal alive, and is its database ready? For load balancers and for `flask doctor`."""

import re

from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.db import db

UNDEFINED_TABLE = "42P01"  # PostgreSQL translates its sentences, never its codes
bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers. Asks no database, so a worker lives while the database is away."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The database answers and has the schema this code was written for; otherwise 503 and the reason."""
    problem = schema_problem()
    if problem is None:
        return jsonify(status="ok", revision=wanted_revision())
    response = jsonify(status="unavailable", reason=problem)
    response.headers["Retry-After"] = "5"
    return response, 503


def wanted_revision() -> str | None:
    """The newest migration in the code."""
    return ScriptDirectory(str(current_app.config["MIGRATIONS"])).get_current_head()


def schema_problem() -> str | None:
    """Why the database is not ready, in words for an operator, or None."""
    try:
        found = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        db.session.rollback()
        return _why_unanswered(error)
    wanted = wanted_revision()
    if found != wanted:
        return f"the schema is at {found}, this code needs {wanted}: run flask db upgrade"
    return None


def _why_unanswered(error: SQLAlchemyError) -> str:
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    if code == UNDEFINED_TABLE or "no such table" in str(error):
        return "the database has no schema yet: run flask db upgrade"
    # Whom PostgreSQL turns away at the door gets no code, only a sentence.
    if re.search(r'database ".*" does not exist', str(error)):
        return "the database does not exist: create it, then run flask db upgrade"
    return "the database cannot be reached"
