"""A small bookshop, made with Flask 3.1 as RFC 9110 asks: cards about HTTP send it requests."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import Flask, Response, abort, request, send_file
from werkzeug.datastructures import ETags
from werkzeug.exceptions import HTTPException

KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
PEOPLE = {"Bearer ann": "reader", "Bearer eve": "editor"}

CHANGED = datetime(2026, 11, 22, 10, tzinfo=UTC)

app = Flask(__name__)
books: dict[int, dict[str, Any]] = {
    7: {"title": "Emma", "price": 9},
    8: {"title": "Dune", "price": 12},
}
versions = {7: 1, 8: 1}
basket: list[int] = []
payments: dict[str, int] = {}


def shown(thing: object, status: int = 200) -> Response:
    """Answer with JSON, in the order of the keys."""
    return Response(json.dumps(thing), status, mimetype="application/json")


def sent() -> Any:
    """Return the JSON of the request: 415 when it is something else, 400 when it cannot be read."""
    return request.get_json()


def checked(book: Any) -> Any:
    """Return a book that keeps the rules, or refuse it with 422."""
    if not isinstance(book, dict) or not book.get("title") or book.get("price", 0) < 0:
        abort(422)
    return book


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """Answer every refusal without a body, with the headers its status needs."""
    refusal = error.get_response()
    answer = Response(status=error.code)
    for name in ("Allow", "Content-Range"):
        if name in refusal.headers:
            answer.headers[name] = ", ".join(sorted(refusal.headers[name].split(", ")))
    return answer


@app.before_request
def know_the_method() -> None:
    """Refuse a method the shop knows nowhere: 501, where Flask by itself says 405."""
    if request.method not in KNOWN_METHODS:
        abort(501)


@app.get("/books")
def list_books() -> Response:
    """Show all books."""
    return shown([book["title"] for book in books.values()])


@app.post("/books")
def add_book() -> Response:
    """Add a book under the next number; a title stands once."""
    if request.content_length is None:
        abort(411)
    if request.content_length > 100:
        abort(413)
    book = checked(sent())
    if any(book["title"] == other["title"] for other in books.values()):
        abort(409)
    number = max(books) + 1
    books[number], versions[number] = book, 1
    answer = shown(book, 201)
    answer.headers["Location"] = f"/books/{number}"
    return answer


@app.get("/books/<int:number>")
def show_book(number: int) -> Response:
    """Show a book as JSON or as HTML, with an ETag."""
    book = books.get(number) or abort(404)
    kinds = ["application/json", "text/html"]
    wanted = request.accept_mimetypes
    kind = (wanted.best_match(kinds) or abort(406)) if wanted else kinds[0]
    answer = shown(book) if kind == "application/json" else Response(f"<p>{book['title']}</p>", mimetype=kind)
    answer.set_etag(str(versions[number]))
    answer.make_conditional(request)
    return answer


def hold_conditions(number: int) -> None:
    """Refuse a change with 412 when an If-Match or If-None-Match of the request is false."""
    tag = str(versions[number]) if number in books else ""
    if "If-Match" in request.headers and not (tag and request.if_match.contains(tag)):
        abort(412)
    if "If-None-Match" in request.headers and tag and _names(request.if_none_match, tag):
        abort(412)


def _names(tags: ETags, tag: str) -> bool:
    return tags.star_tag or tags.contains_weak(tag)


@app.put("/books/<int:number>")
def put_book(number: int) -> Response:
    """Put a book under this number: create it (201) or replace it whole (200)."""
    hold_conditions(number)
    book, is_new = checked(sent()), number not in books
    books[number], versions[number] = book, versions.get(number, 0) + 1
    return shown(book, 201 if is_new else 200)


@app.patch("/books/<int:number>")
def change_book(number: int) -> Response:
    """Change the parts that were sent (JSON Merge Patch)."""
    book = books.get(number) or abort(404)
    hold_conditions(number)
    book.update(sent())
    versions[number] += 1
    return shown(book)


@app.delete("/books/<int:number>")
def remove_book(number: int) -> Response:
    """Remove a book: 204, and 404 once it is gone."""
    if number not in books:
        abort(404)
    hold_conditions(number)
    del books[number]
    return Response(status=204)


@app.get("/books/<int:number>/remove")
def remove_by_link(number: int) -> Response:
    """Remove a book by GET, as no shop should."""
    books.pop(number, None)
    return shown("removed")


@app.get("/basket")
def show_basket() -> Response:
    """Show how many books are in the basket."""
    return shown(len(basket))


@app.post("/basket")
def fill_basket() -> Response:
    """Put one more book into the basket, and show how many there are."""
    basket.append(sent()["book"])
    return shown(len(basket), 201)


@app.post("/payments")
def pay() -> Response:
    """Pay once for each Idempotency-Key; without one, once for each request."""
    key = request.headers.get("Idempotency-Key", f"request {len(payments)}")
    return shown(payments.setdefault(key, len(payments) + 1), 201)


@app.get("/payments")
def count_payments() -> Response:
    """Show how many payments there are."""
    return shown(len(payments))


@app.post("/reports")
def order_report() -> Response:
    """Note the wish for a report."""
    return Response(status=202)


@app.get("/digits")
def digits() -> Response:
    """Send ten bytes, or the part of them that is asked for."""
    content = BytesIO(b"0123456789")
    return send_file(content, mimetype="text/plain", conditional=True, etag="new", last_modified=CHANGED)


@app.get("/live-digits")
def live_digits() -> Response:
    """Send ten bytes that are made on the fly: ranges are not understood here."""
    return Response("0123456789", mimetype="text/plain")


@app.get("/account")
def account() -> Response:
    """Show the account of whoever has a valid token, and ask everybody else for one (401)."""
    role = PEOPLE.get(request.headers.get("Authorization", ""))
    return shown({"role": role}) if role else Response(status=401, headers={"WWW-Authenticate": "Bearer"})


@app.get("/sales")
def sales() -> Response:
    """Show sales to editors: 401 without a valid token, 403 for readers."""
    asked_by = account()
    if asked_by.status_code == 401:
        return asked_by
    return shown(40) if PEOPLE[request.headers["Authorization"]] == "editor" else abort(403)
