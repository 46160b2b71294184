"""Settings, read once from the environment; the defaults serve one machine."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """A setting cannot be used; the message names it and says what would work."""


def settings(environ: Mapping[str, str], instance: Path) -> dict[str, Any]:
    """Flask's configuration from environment variables (README, "Settings").

    Secrets that are not given are made once and kept in `instance/`, so a fresh machine starts without
    a default secret and a second start keeps everybody signed in. Raises SettingError.
    """
    tls = _yes_or_no(environ, "TLS", False)
    return {
        "SECRET_KEY": environ.get("SECRET_KEY") or _kept_secret(instance / "secret-key"),
        "PASSWORD_PEPPER": environ.get("PASSWORD_PEPPER") or _kept_secret(instance / "password-pepper"),
        "BCRYPT_COST": _number(environ, "BCRYPT_COST", 12, 4, 16),
        "MIN_ANSWER_MS": _number(environ, "MIN_ANSWER_MS", 250, 0, 5_000),
        "BOXES": _number(environ, "BOXES", 0, 0, 64),
        "TRUSTED_PROXIES": _number(environ, "TRUSTED_PROXIES", 0, 0, 5),
        "SQLALCHEMY_DATABASE_URI": _database_url(environ, instance),
        "MAX_CONTENT_LENGTH": 64 * 1024,
        "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        "MAX_FORM_PARTS": 100,
        "TLS": tls,
        "SESSION_COOKIE_NAME": "__Host-session" if tls else "session",
        "SESSION_COOKIE_SECURE": tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": 90 * 24 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return _written_secret(path)


def _written_secret(path: Path) -> str:
    """Several workers may start at once: the file can exist a moment before its text does."""
    for _ in range(100):
        if text := path.read_text().strip():
            return text
        os.sched_yield()
    raise SettingError(f"{path} is empty: delete it, and the next start makes a new secret.")


def _database_url(environ: Mapping[str, str], instance: Path) -> str:
    url = environ.get("DATABASE_URL") or f"sqlite:///{instance / 'portal.db'}"
    url = url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        raise SettingError("DATABASE_URL is not a database address, such as postgresql://user@host/name.") from None
    if backend not in {"sqlite", "postgresql"}:
        raise SettingError(f"DATABASE_URL names {backend}; the portal runs on sqlite or postgresql.")
    return url


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingError(f"{name} is {text!r}; it must be a whole number from {low} to {high}.")
    return int(text)


def _yes_or_no(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "1" if default else "0").lower()
    if text not in {"0", "1", "yes", "no", "true", "false"}:
        raise SettingError(f"{name} is {text!r}; write 1 or 0.")
    return text in {"1", "yes", "true"}
