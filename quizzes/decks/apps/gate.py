"""A gate with sessions and OAuth tokens, made with Flask 3.1: cards about who may come in send it requests.

Ids and tokens count up (s1, a1, r1 ...), so that a card can name them; a real gate takes them from `secrets`.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException


@dataclass
class Session:
    """What the server keeps of a visitor: who it is ("" before the sign-in) and the token of the forms."""

    name: str
    form_token: str


@dataclass
class Grant:
    """What a user allowed an app once: every token that stems from it ends with it."""

    name: str
    scope: frozenset[str]
    is_alive: bool = True


app = Flask(__name__)
passwords = {"ada": "correct horse", "bob": "tulips on tuesday"}
sessions: dict[str, Session] = {}
reset_tokens = {sha256(b"from-the-mail").hexdigest(): "ada"}

ADA_READS = Grant("ada", frozenset({"photos:read"}))
# The challenge belongs to the verifier of RFC 7636, appendix B.
codes = {"c1": (ADA_READS, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")}
used_codes: dict[str, Grant] = {}
access_tokens: dict[str, Grant] = {}
refresh_tokens: dict[str, Grant] = {}
used_refresh_tokens: dict[str, Grant] = {}


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """Answer every refusal without a body."""
    return Response(status=error.code)


def begin_session(name: str) -> str:
    """Begin a session under a fresh id, and return the id."""
    number = len(sessions) + 1
    sessions[f"s{number}"] = Session(name, f"t{number}")
    return f"s{number}"


def with_cookie(answer: Response, session_id: str) -> Response:
    """Give the visitor the id of the session."""
    answer.set_cookie("sid", session_id, secure=True, httponly=True, samesite="Lax")
    return answer


@app.get("/sign-in")
def show_form() -> Response:
    """Begin a session without a name; its form token is t1 for s1, and so on."""
    session_id = begin_session("")
    return with_cookie(Response(f"form token {sessions[session_id].form_token}"), session_id)


@app.post("/sign-in")
def sign_in() -> Response:
    """Sign in: 403 without the form's token, 401 for a wrong name or password, then a session with a new id."""
    before = sessions.get(request.cookies.get("sid", "")) or abort(403)
    if not compare_digest(request.form.get("token", ""), before.form_token):
        abort(403)
    name = request.form.get("name", "")
    if not compare_digest(request.form.get("password", ""), passwords.get(name, "no such user")):
        abort(401)
    session_id = begin_session(name)
    sessions[request.cookies["sid"]] = Session("", "")
    return with_cookie(Response(status=303, headers={"Location": "/me"}), session_id)


@app.get("/me")
def show_me() -> Response:
    """Show who is signed in; 401 without a session that has a name."""
    session = sessions.get(request.cookies.get("sid", ""))
    return Response(session.name) if session and session.name else abort(401)


@app.post("/sign-out")
def sign_out() -> Response:
    """End the session on the server, and delete the cookie."""
    sessions[request.cookies.get("sid", "")] = Session("", "")
    answer = Response(status=204)
    answer.delete_cookie("sid", secure=True, httponly=True, samesite="Lax")
    return answer


@app.post("/forgotten")
def forget() -> Response:
    """Say the same to a known and to an unknown name; only a known one gets a mail, with the token from-the-mail."""
    return Response("If the account exists, a mail is on its way.", 202)


@app.post("/reset")
def reset() -> Response:
    """Set a new password with the token of a mail: once, and all sessions of this user end."""
    digest = sha256(request.form.get("token", "").encode()).hexdigest()
    name = reset_tokens.pop(digest, None) or abort(400)
    passwords[name] = request.form["password"]
    for session_id, session in sessions.items():
        if session.name == name:
            sessions[session_id] = Session("", "")
    return Response(status=204)


@app.post("/token")
def issue_token() -> Response:
    """Trade a code or a refresh token for new tokens, as RFC 6749 and RFC 7636 ask."""
    kind = request.form.get("grant_type")
    if kind == "authorization_code":
        return trade_code(request.form.get("code", ""), request.form.get("code_verifier", ""))
    return rotate(request.form.get("refresh_token", "")) if kind == "refresh_token" else refuse_grant()


def trade_code(code: str, verifier: str) -> Response:
    """Trade a code, once and only with its verifier; a code that comes back ends what came of it."""
    if code in used_codes:
        used_codes[code].is_alive = False
    if code not in codes:
        return refuse_grant()
    grant, challenge = codes[code]
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not compare_digest(digest, challenge):
        return refuse_grant()
    used_codes[code] = codes.pop(code)[0]
    return hand_out(grant)


def rotate(refresh_token: str) -> Response:
    """Trade a refresh token, once; one that comes back is in two hands, so everything of its grant ends."""
    if refresh_token in used_refresh_tokens:
        used_refresh_tokens[refresh_token].is_alive = False
    grant = refresh_tokens.pop(refresh_token, None)
    if grant is None or not grant.is_alive:
        return refuse_grant()
    used_refresh_tokens[refresh_token] = grant
    return hand_out(grant)


def hand_out(grant: Grant) -> Response:
    """Answer with the next pair of tokens: a1 and r1, then a2 and r2."""
    number = len(access_tokens) + 1
    access_tokens[f"a{number}"] = refresh_tokens[f"r{number}"] = grant
    shown = {"access_token": f"a{number}", "refresh_token": f"r{number}"}
    return Response(json.dumps(shown), headers={"Cache-Control": "no-store"}, mimetype="application/json")


def refuse_grant() -> Response:
    """Refuse a code or a refresh token."""
    return Response(json.dumps({"error": "invalid_grant"}), 400, mimetype="application/json")


def ask_for_scope(wanted: str) -> None:
    """Refuse with 401 whoever brings no living token, and with 403 a token without this scope."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = access_tokens.get(token)
    if scheme != "Bearer" or grant is None or not grant.is_alive:
        abort(401)
    if wanted not in grant.scope:
        abort(403)


@app.get("/photos")
def list_photos() -> Response:
    """Show the photos to a token with the scope photos:read."""
    ask_for_scope("photos:read")
    return Response("harbour.jpg")


@app.delete("/photos/<int:number>")
def remove_photo(number: int) -> Response:  # noqa: ARG001
    """Remove a photo for a token with the scope photos:write."""
    ask_for_scope("photos:write")
    return Response(status=204)
