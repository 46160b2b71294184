"""The application: settings, extensions, blueprints."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask, request
from flask.cli import AppGroup
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import assets, health
from portal.accounts import views as accounts
from portal.assignments import mine as assignments_mine
from portal.belongings import views as belongings
from portal.cohorts import inviting as cohorts_inviting
from portal.cohorts import joining as cohorts_joining
from portal.config import ROOT, settings
from portal.cookies import RememberedSessions, init_csrf
from portal.db import init_database
from portal.decks import checking as decks_checking
from portal.decks import importing as decks_importing
from portal.errors import init_errors
from portal.feedback import waiting as feedback_waiting
from portal.htmx import fixed_url, wants_fragment
from portal.journal import archive as journal_archive
from portal.journal import notes as journal_notes
from portal.journal import sharing as journal_sharing
from portal.login import init_login
from portal.mentoring import acting as mentoring_acting
from portal.mentoring import heat as mentoring_heat
from portal.mentoring import messages as mentoring_messages
from portal.mentoring import misconceptions as mentoring_misconceptions
from portal.mentoring import person as mentoring_person
from portal.mentoring import ruling as mentoring_ruling
from portal.mentoring import seen as mentoring_seen
from portal.mentoring.refresher import Refresher
from portal.plan import breaks as plan_breaks
from portal.progress import habit as progress_habit
from portal.progress import showing as progress_showing
from portal.projects import views as projects
from portal.quizzes import choosing as quizzes_choosing
from portal.quizzes import inbox as quizzes_inbox
from portal.quizzes import library as quizzes_library
from portal.quizzes import own as quizzes_own
from portal.quizzes import running as quizzes_running
from portal.quizzes.boxes import Boxes
from portal.roadmap import views as roadmap
from portal.security import init_headers
from portal.study import views as study

# Every module of pages; those of one feature share its blueprint, and importing them fills it.
PAGES = (
    accounts,
    quizzes_library,
    quizzes_choosing,
    quizzes_inbox,
    quizzes_own,
    quizzes_running,
    journal_archive,
    journal_notes,
    journal_sharing,
    study,
    plan_breaks,
    progress_habit,
    progress_showing,
    assignments_mine,
    decks_checking,
    decks_importing,
    cohorts_inviting,
    cohorts_joining,
    mentoring_heat,
    mentoring_misconceptions,
    mentoring_person,
    mentoring_seen,
    mentoring_acting,
    mentoring_messages,
    mentoring_ruling,
    projects,
    feedback_waiting,
    roadmap,
    belongings,
    assets,
    health,
)


class Commands(AppGroup):
    """The commands of `flask`, imported when one is asked for: a server does without them, and without the demo, the
    linter and the engines behind them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        self._import()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        self._import()
        return super().get_command(ctx, cmd_name)

    def _import(self) -> None:
        if "users" not in self.commands:  # Flask-Migrate's stand there from the start
            from portal import cli

            cli.attach_to(self)


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
    app.cli = Commands("portal")
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
    app.extensions["refresher"] = Refresher(app)  # begins only when a worker of `make run` says so (portal/worker.py)
    app.extensions["boxes"] = Boxes(instance, app.config["BOXES"])
    for blueprint in dict.fromkeys(pages.bp for pages in PAGES):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=assets.asset, fixed_url=fixed_url, wants_fragment=wants_fragment)
    app.context_processor(_theme)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app


def _theme() -> dict[str, str]:
    chosen = request.cookies.get("theme", "system")
    return {"theme": chosen if chosen in accounts.THEMES else "system"}
