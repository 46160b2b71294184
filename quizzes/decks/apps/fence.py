"""A small account page, made with Flask 3.1: cards about CSRF, CORS, limits and headers send it requests."""

from collections import Counter
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

SESSIONS = {"a1": "ann", "e9": "eve"}
FORM_TOKENS = {"a1": "k7p2", "e9": "q4x8"}
PASSWORDS = {"ann": "lantern", "eve": "harbour"}
ORIGINS = {"https://app.example"}
TRIES_A_MINUTE = 3

app = Flask(__name__)
emails = {"ann": "ann@example.org", "eve": "eve@example.org"}
tries: Counter[str] = Counter()
readers = {"ann", "eve"}


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """Answer every refusal without a body."""
    return Response(status=error.code)


@app.after_request
def set_headers(answer: Response) -> Response:
    """Say what a browser may do with an answer, and which other origins may read it."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    origin = request.headers.get("Origin", "")
    if request.path.startswith("/loose/") and origin:
        allow_reading(answer, origin)
    elif request.path.startswith("/api/"):
        answer.vary.add("Origin")
        if origin in ORIGINS:
            allow_reading(answer, origin)
    return answer


def allow_reading(answer: Response, origin: str) -> None:
    """Let scripts of this origin read the answer, and send PUT and JSON with cookies."""
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = "PUT"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"


def whose(request_cookies: Any) -> str:
    """Return the name behind the session cookie, or refuse with 401."""
    return SESSIONS.get(request_cookies.get("session", "")) or abort(401)


@app.get("/api/email")
@app.get("/loose/email")
def show_email() -> Response:
    """Show the address of whoever is signed in."""
    return Response(emails[whose(request.cookies)], mimetype="text/plain")


@app.put("/api/email")
def put_email() -> Response:
    """Change the address from JSON."""
    emails[whose(request.cookies)] = request.get_json()["email"]
    return Response(status=204)


def change_email() -> Response:
    """Change the address from a form."""
    emails[whose(request.cookies)] = request.form["email"]
    return Response("changed", mimetype="text/plain")


@app.post("/open/email")
def change_openly() -> Response:
    """Change the address on the word of the session cookie alone, as no app should."""
    return change_email()


@app.post("/token/email")
def change_with_token() -> Response:
    """Change the address only with the form token of this very session."""
    wanted = FORM_TOKENS.get(request.cookies.get("session", ""))
    return change_email() if wanted and request.form.get("token") == wanted else abort(403)


@app.post("/double/email")
def change_with_double() -> Response:
    """Change the address when the form repeats the value of the cookie `token`, whoever set that cookie."""
    sent = request.form.get("token")
    return change_email() if sent and request.cookies.get("token") == sent else abort(403)


@app.post("/origin/email")
def change_from_here() -> Response:
    """Change the address only for pages of our own origin."""
    return change_email() if request.headers.get("Origin") == "https://shop.example" else abort(403)


@app.get("/letters")
def count_letters() -> Response:
    """Say whether the one who asks gets the newsletter."""
    return Response("yes" if whose(request.cookies) in readers else "no", mimetype="text/plain")


@app.get("/letters/stop")
def stop_letters() -> Response:
    """End the newsletter by GET, as no app should."""
    readers.discard(whose(request.cookies))
    return Response("stopped", mimetype="text/plain")


@app.post("/sign-in")
def sign_in() -> Response:
    """Let somebody in with the right password; after three tries a minute nobody is asked any more."""
    name = request.form.get("name", "")
    tries[name] += 1
    if tries[name] > TRIES_A_MINUTE:
        return Response(status=429, headers={"Retry-After": "60"})
    return Response(status=204 if PASSWORDS.get(name) == request.form.get("password") else 401)
