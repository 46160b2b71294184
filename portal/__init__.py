"""The application: settings, extensions, blueprints."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import assets, cli, health
from portal.accounts.views import THEMES
from portal.accounts.views import bp as accounts_bp
from portal.config import ROOT, settings
from portal.cookies import RememberedSessions, init_csrf
from portal.db import init_database
from portal.errors import init_errors
from portal.htmx import fixed_url, wants_fragment
from portal.journal.views import bp as journal_bp
from portal.login import init_login
from portal.progress.habit import bp as progress_bp
from portal.quizzes.library import bp as quizzes_bp
from portal.roadmap.views import bp as roadmap_bp
from portal.security import init_headers
from portal.study.views import bp as study_bp


class Portal(Flask):
    """Flask without asking of every view whether it is a coroutine: none is (test_house)."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The view as it is."""
        return func


def create_app(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Flask:
    """The application. `environ` replaces the process's environment, `overrides` single settings (tests)."""
    environ = os.environ if environ is None else environ
    instance = Path(environ.get("INSTANCE", ROOT / "instance")).resolve()
    app = Portal("portal", static_folder=None, instance_path=str(instance))
    app.config.from_mapping(settings(environ, instance))
    app.config["MIGRATIONS"] = ROOT / "migrations"
    app.config.update(overrides or {})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    init_database(app)
    init_login(app)
    app.session_interface = RememberedSessions(app)
    init_csrf(app)
    init_headers(app)
    init_errors(app)
    cli.init_commands(app)
    for blueprint in (accounts_bp, quizzes_bp, journal_bp, study_bp, progress_bp, roadmap_bp, assets.bp, health.bp):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=assets.asset, fixed_url=fixed_url, wants_fragment=wants_fragment)
    app.context_processor(_theme)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _theme() -> dict[str, str]:
    chosen = request.cookies.get("theme", "system")
    return {"theme": chosen if chosen in THEMES else "system"}
