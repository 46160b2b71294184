"""Passwords: what is accepted, and how they are kept."""

import base64
import hashlib
import hmac
import secrets
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

import bcrypt

SCHEME = "hmac384-bcrypt"
SHORTEST, LONGEST = 15, 256  # characters; NIST SP 800-63B-4, section 3.1.1.2: 15 without a second factor
_ONE_AT_A_TIME = BoundedSemaphore(1)  # a check costs a quarter of a second of CPU: sign-ins must not starve reviews


def complaint(password: str, *known: str) -> str | None:
    """Why this password is not accepted, as a sentence, or None. `known`: the person's name and address."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Four or five words that only you would put together are good."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    folded = password.casefold()
    if _plain(folded) in _common_passwords() or len(set(folded)) < 5:
        return "This password is easy to guess. Choose one that nobody else would think of."
    if any(len(word) > 3 and folded.replace(word.casefold(), "").strip(" 0123456789!.-_") == "" for word in known):
        return "This password is your own name or address. Choose one that nobody else would think of."
    return None


def _plain(text: str) -> str:
    return "".join(text.split())


@cache
def _common_passwords() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text().splitlines()
    return frozenset(_plain(line.casefold()) for line in lines if line and not line.startswith("#"))


def hash_password(password: str, pepper: str, cost: int) -> str:
    """What to store. bcrypt reads 72 bytes only, so it gets an HMAC of the whole password (64 characters)."""
    with _ONE_AT_A_TIME:
        return f"{SCHEME}{bcrypt.hashpw(_digest(password, pepper), bcrypt.gensalt(cost)).decode()}"


def is_right_password(password: str, stored: str, pepper: str) -> bool:
    """Whether `password` is the one that was stored. Takes a quarter of a second: call it outside transactions."""
    with _ONE_AT_A_TIME:
        return bcrypt.checkpw(_digest(password, pepper), stored.removeprefix(SCHEME).encode())


@cache
def nobodys_hash(pepper: str, cost: int) -> str:
    """A hash that no password fits: unknown addresses cost the same time as known ones."""
    return hash_password(secrets.token_urlsafe(), pepper, cost)


def _digest(password: str, pepper: str) -> bytes:
    return base64.b64encode(hmac.digest(pepper.encode(), password.encode(), hashlib.sha384))
