"""Static files under an address that names their content, so that browsers may keep them for a year."""

import gzip
from functools import lru_cache
from hashlib import blake2s
from mimetypes import guess_type

from flask import Blueprint, Response, abort, request

from portal.config import ROOT

bp = Blueprint("assets", __name__)
STATIC = ROOT / "static"
A_YEAR = 365 * 24 * 3600


@lru_cache(maxsize=64)  # bounded: the names come from outside
def _file(path: str) -> tuple[bytes, bytes, str] | None:
    """(content, gzipped content, digest) of a file in static/, or None."""
    try:
        found = (STATIC / path).resolve()
        if not found.is_relative_to(STATIC) or not found.is_file():
            return None
        content = found.read_bytes()
    except (OSError, ValueError):  # a name no file can have: 300 letters, a NUL
        return None
    return content, gzip.compress(content, 9, mtime=0), blake2s(content, digest_size=6).hexdigest()


def asset(path: str) -> str:
    """The address of a static file; it changes when the file does. Raises FileNotFoundError."""
    if (file := _file(path)) is None:
        raise FileNotFoundError(f"static/{path} is not there.")
    return f"/static/{file[2]}/{path}"


@bp.get("/static/<digest>/<path:path>")
def static_file(digest: str, path: str) -> Response:
    """A static file. An old digest still gets today's file, but may not be kept."""
    if (file := _file(path)) is None:
        abort(404)
    content, zipped, current = file
    is_zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(zipped if is_zipped else content, mimetype=guess_type(path)[0])
    if is_zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    is_current = digest == current
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if is_current else "no-cache"
    return response
