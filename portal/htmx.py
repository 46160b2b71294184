"""Page or fragment: what htmx asked for, and how to answer it."""

from functools import lru_cache

from flask import Request, Response, redirect, url_for
from flask.globals import _cv_request
from flask.typing import ResponseReturnValue


def asked() -> Request:
    """What the proxy `request` stands for, at a fifth of its price: for what every answer asks."""
    return _cv_request.get().request


def wants_fragment() -> bool:
    """True when htmx asks for a part of a page; a history restore wants the whole page again."""
    headers = asked().environ
    return headers.get("HTTP_HX_REQUEST") == "true" and headers.get("HTTP_HX_HISTORY_RESTORE_REQUEST") != "true"


@lru_cache(maxsize=64)
def fixed_url(endpoint: str) -> str:
    """The address of a page without parameters, built once. (The portal lives at the root of its host: assets.py.)"""
    return url_for(endpoint)


def see_other(location: str) -> ResponseReturnValue:
    """Send the browser to another page: a 303 for a form, HX-Redirect for a fragment."""
    if wants_fragment():
        return Response(status=200, headers={"HX-Redirect": location})
    return redirect(location, 303)
