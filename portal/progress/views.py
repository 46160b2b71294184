"""Progress: pictures of a learner's own year."""

from flask import Blueprint

bp = Blueprint("progress", __name__, url_prefix="/progress")
