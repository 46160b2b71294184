"""What happens to every answer on its way out: the fixed headers, who may keep a copy, and compression.

Outside of Flask, on the finished list of headers: an extension that asks and sets headers one by one costs as much as
drawing a card.
"""

import gzip
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import brotli
from werkzeug.http import parse_accept_header

Headers = list[tuple[str, str]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ACCEPTED = "HTTP_ACCEPT_ENCODING"
SMALLEST = 500  # bytes; below it a packet is a packet
TEXTS = ("text/html", "application/json", "application/problem+json")
PRIVATE = [("Cache-Control", "no-store"), ("Vary", "HX-Request, Cookie, Accept-Encoding")]


def outside(inner: Wsgi, fixed: Headers) -> Wsgi:
    """`inner` with these headers on every answer, `PRIVATE` where the answer says nothing of caching, compressed."""

    def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started: list[Any] = []
        body = inner(environ, lambda *given: started.extend(given))  # Flask starts before it returns
        status, headers, *more = started
        named = dict(headers)  # the last one of each name: none of those asked for comes twice
        kept = headers + fixed if "Cache-Control" in named else headers + fixed + PRIVATE
        if _is_worth_it(environ, named) and (encoding := _best(environ.get(ACCEPTED, ""))):
            whole = _shortened(body, encoding)
            kept.remove(("Content-Length", named["Content-Length"]))
            kept += [("Content-Encoding", encoding), ("Content-Length", str(len(whole)))]
            if "Cache-Control" in named:
                kept.append(("Vary", "Accept-Encoding"))
            body = [whole]
        start_response(status, kept, *more)
        return body

    return wsgi_app


def _is_worth_it(environ: dict[str, Any], named: dict[str, str]) -> bool:
    """Whether this is a text of some length that stands ready: nothing streamed, nothing compressed already."""
    is_text = named.get("Content-Type", "").partition(";")[0] in TEXTS
    is_long = int(named.get("Content-Length", 0)) >= SMALLEST
    return is_text and is_long and "Content-Encoding" not in named and environ["REQUEST_METHOD"] != "HEAD"


@lru_cache(maxsize=64)
def _best(accepted: str) -> str | None:
    """The encoding to use of those a browser takes."""
    weighed = parse_accept_header(accepted)
    return next((encoding for encoding in ("br", "gzip") if weighed[encoding] > 0), None)


def _shortened(body: Iterable[bytes], encoding: str) -> bytes:
    """The body in one piece. Level 1: the higher ones save a tenth of the bytes for twice the time.

    A window no larger than the body: the usual one of 4 MB is most of what compressing a fragment costs.
    """
    whole = b"".join(body)
    getattr(body, "close", bool)()
    if encoding == "gzip":
        return gzip.compress(whole, 1, mtime=0)
    shortened: bytes = brotli.compress(whole, quality=1, lgwin=max(10, min(len(whole).bit_length(), 22)))
    return shortened
