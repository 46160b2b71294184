"""Pages that ask by themselves, every half minute, whether they are old; they never move what somebody reads.

The server keeps nothing for them: what a page shows comes back with its question, so 204 can say that all is as it was.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from hashlib import blake2s
from typing import Any

from flask import Response, abort, request

from portal.htmx import wants_fragment
from portal.login import me_or_none, mentor_required

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_SINCE = re.compile(r"\d{1,16}", re.ASCII)
_LISTED = re.compile(r"(?:\w{1,12}\.\w{1,40}(?:-(?=\w)|$)){0,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Live:
    """What a page says of its own age on its reader's day `today`.

    `mark` changes with anything, `listed` is what the page shows, since `since`; `changes` counts the things that are
    not as it shows them. `as_of`: of when the numbers are (None: there are none).
    """

    mark: str
    listed: str
    since: datetime | None
    as_of: datetime | None
    today: date
    changes: int = 0


def quietly(view: Any) -> Any:
    """What a page asks by itself must not lead a signed-out mentor away from a message half written."""

    @wraps(view)
    def guarded(*args: Any, **named: Any) -> Any:
        if wants_fragment() and me_or_none() is None:
            return Response(status=401)
        return mentor_required(view)(*args, **named)

    return guarded


def written(shown: Mapping[str, str]) -> str:
    """What a page shows, as its address carries it: short names of things, each with what would be a change of it."""
    return "-".join(f"{name}.{value}" for name, value in shown.items())


def microseconds(moment: datetime) -> int:
    """A moment as a number that an address can carry without losing a part of it."""
    return (moment - _EPOCH) // _MICROSECOND


def mark_of(*parts: object) -> str:
    """A short name for all of this together."""
    return blake2s(repr(parts).encode(), digest_size=9).hexdigest()


def shown_or_404() -> tuple[datetime, dict[str, str]]:
    """Since when the page that asks is open, and what it shows."""
    listed, since = request.args.get("listed", ""), request.args.get("since", "")
    if not _SINCE.fullmatch(since) or not _LISTED.fullmatch(listed):
        abort(404)
    pairs = (pair.partition(".")[::2] for pair in listed.split("-") if pair)
    return _EPOCH + int(since) * _MICROSECOND, dict(pairs)


def changes(was: Mapping[str, str], now: Mapping[str, str]) -> int:
    """In how many things what a page shows differs from what is."""
    return sum(was.get(name) != now.get(name) for name in was.keys() | now.keys())
