"""Commands for operators: flask users, reviews, cohorts, demo, doctor; those of authors are attached here as well."""

import secrets
from datetime import datetime
from typing import IO, Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import authoring
from portal.accounts import actions, passwords, queries
from portal.accounts.forms import ADDRESS, NO_ADDRESS
from portal.accounts.models import Role, User
from portal.belongings import archive, bringing, leaving
from portal.db import bring_log_home, commit, db, journal_mode, line, sqlite_module
from portal.demo import cohort, crowd, people, removing, seeding, year
from portal.health import schema_problem
from portal.login import now
from portal.mentoring import refresher
from portal.mentoring import verifying as standings
from portal.quizzes import verifying
from quizzes.box import Box
from quizzes.day import day_of
from quizzes.ledger import LedgerError
from quizzes.misconceptions import read_misconceptions

DECKS = authoring.DECKS
users = AppGroup("users", help="Accounts: add people, change roles, export, import and erase.")
reviews = AppGroup("reviews", help="The ledger: state == replay(log).")
cohorts = AppGroup("cohorts", help="What is kept ready for mentors: standings == recount(log).")


def attach_to(commands: AppGroup) -> None:
    """Attach the commands to the application's own."""
    for command in (authoring.decks, users, reviews, cohorts, demo, doctor):
        commands.add_command(command)


@users.command("add")
@click.argument("email")
@click.option("--name", prompt=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.LEARNER.value)
@click.password_option()
def add_user(email: str, name: str, role: str, password: str) -> None:
    """Create an account, the first admin for example: flask users add ada@example.org --role admin."""
    email = email.strip()
    if not ADDRESS.regex.match(email):
        raise click.ClickException(NO_ADDRESS)
    if (reason := passwords.complaint(password, name, email)) is not None:
        raise click.ClickException(reason)
    hashed = passwords.hash_password(password, current_app.config["PASSWORD_PEPPER"], current_app.config["BCRYPT_COST"])
    try:
        actions.add_user(email, name, hashed, "UTC", now(), Role(role))
    except actions.EmailTaken as problem:
        raise click.ClickException(str(problem)) from None
    commit()
    click.echo(f"{email} can sign in, as {role}.")


@users.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(email: str, role: str) -> None:
    """Give somebody another role; they are signed out everywhere."""
    try:
        actions.change_role(email, Role(role))
    except actions.UserUnknown as problem:
        raise click.ClickException(str(problem)) from None
    commit()
    click.echo(f"{email} is now {role}.")


@users.command("list")
def list_users() -> None:
    """Everybody, with role."""
    for user in queries.users():
        click.echo(f"{user.email}\t{user.role}\t{user.name}")


@users.command("export")
@click.argument("email")
@click.argument("file", type=click.File("wb", lazy=True))
def export_user(email: str, file: IO[bytes]) -> None:
    """Write everything that is kept of somebody into a zip file, as they can do themselves."""
    archive.write(file, _user_or_refuse(email).id, now())
    click.echo(f"Everything that is kept of {email} is in {file.name}.")


@users.command("import")
@click.argument("file", type=click.File("rb"))
@click.argument("email")
def import_user(file: IO[bytes], email: str) -> None:
    """Bring the answers, own cards and settings of an archive into an account that has no answers yet."""
    user = _user_or_refuse(email)
    try:
        brought = bringing.bring(user.id, bringing.read(file), now())
    except (bringing.NotOurs, bringing.HasAnswers, LedgerError) as problem:
        raise click.ClickException(f"{problem} Nothing was brought.") from None
    commit()
    click.echo(f"{brought.events} events of the log, {brought.cards} cards with a schedule.")
    if brought.left_out:
        click.echo(f"{brought.left_out} events are of cards that are not here, a class's for example.")


@users.command("erase")
@click.argument("email")
@click.confirmation_option(prompt="Everything that is theirs goes for good. Go on?")
def erase_user(email: str) -> None:
    """Delete an account and all that is in it, as its owner can do themselves; nobody can bring it back."""
    user = _user_or_refuse(email)
    if in_the_way := leaving.obstacles(user.id, user.role):
        raise click.ClickException(" ".join(one.says for one in in_the_way))
    leaving.erase(user.id, user.email)
    commit()
    bring_log_home()
    click.echo(f"{email} is gone, with everything that was theirs.")


def _user_or_refuse(email: str) -> User:
    user = queries.find_user(email)
    if user is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    return user


@reviews.command("verify")
def verify_reviews() -> None:
    """Compare every card state and every day with the log; exit 1 when anything differs."""
    if count := authoring.say(verifying.verify()):
        raise click.ClickException(f"{count} differences. flask reviews rebuild makes the states from the log.")
    click.echo(f"{verifying.count_log()} log rows; every state and every day equals the log.")


@reviews.command("rebuild")
def rebuild_reviews() -> None:
    """Make card states and days from the log."""
    try:
        written = verifying.rebuild()
    except LedgerError as problem:
        raise click.ClickException(f"{problem}. Nothing was written.") from None
    commit()
    click.echo(f"{written} card states made from the log.")


@cohorts.command("refresh")
@click.option("--all", "of_all", is_flag=True, help="Everybody, whether anything has happened or not.")
def refresh_cohorts(of_all: bool) -> None:
    """Bring the standings of all cohorts up to date. `make run` does it by itself, every 20 seconds."""
    refreshed = refresher.refresh(is_whole=True, of_all=of_all)
    click.echo(f"{refreshed} learner{'' if refreshed == 1 else 's'} refreshed.")


@cohorts.command("verify")
def verify_cohorts() -> None:
    """Compare what is kept for mentors with a recount of the log; exit 1 when anything differs."""
    found = standings.verify(now())
    if count := authoring.say(found.differences):
        raise click.ClickException(f"{count} differences. flask cohorts refresh --all writes everything anew.")
    click.echo(f"{found.equal} standings equal the log, {found.waiting} wait to be refreshed.")


@click.command("demo")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last one in it; today by default.")
@click.option("--seed", default=2, show_default=True, help="Another number, other luck.")
@click.option("--password", help="For all of them; made up and printed by default.")
@click.option("--beside-others", is_flag=True, help="Even where people have accounts already.")
@click.option("--cohort/--no-cohort", "has_cohort", default=True, help="With a cohort of thirty learners, or without.")
@click.option("--remove", is_flag=True, help="Take all of them out again, and nobody else.")
@with_appcontext
def demo(
    until: datetime | None, seed: int, password: str | None, beside_others: bool, has_cohort: bool, remove: bool
) -> None:
    """Add invented people: Ada with nine months of learning, Bob, who has just begun, Carol, who mentors, a cohort."""
    if remove:
        return _remove_demo()
    password = password or secrets.token_urlsafe(12)
    if (reason := passwords.complaint(password)) is not None:
        raise click.ClickException(reason)
    day = until.date() if until else day_of(now(), year.ZONE, year.ROLLOVER_HOUR)
    hashed = passwords.hash_password(password, current_app.config["PASSWORD_PEPPER"], current_app.config["BCRYPT_COST"])
    try:
        told = seeding.seed(day, seed, hashed, _beliefs(), is_alone=not beside_others, has_cohort=has_cohort)
    except seeding.DemoRefused as problem:
        raise click.ClickException(str(problem)) from None
    commit()
    click.echo(f"{told.days} days of study, {told.answers} answers, {told.entries} journal entries, until {day}.")
    for name in people.NAMES:
        click.echo(f"Sign in as {people.address(name)} with the password {password}")
    if told.learners:
        one, second = (people.address(name) for name in (crowd.people()[0].name, cohort.SECOND[0]))
        click.echo(f"{told.learners} more learn in the cohort “{cohort.NAME}”, {one} for one, and {second} mentors it")
        click.echo("beside Carol: all with the same password.")
    return None


def _remove_demo() -> None:
    try:
        count = removing.remove()
    except removing.RemovalRefused as problem:
        raise click.ClickException(str(problem)) from None
    commit()
    click.echo(f"{count} invented people are gone, with everything that was theirs.")


def _beliefs() -> dict[str, str]:
    return {name: misconception.says for name, misconception in read_misconceptions(DECKS).items()}


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say whether this installation is safe to use, line by line; exit 1 when it is not."""
    lines = [*_database_lines(), *_setting_lines(), _box_line()]
    for is_good, said in lines:
        click.echo(f"{'ok  ' if is_good else 'BAD '} {said}")
    if not all(is_good for is_good, _ in lines):
        raise click.ClickException("Something needs attention.")


def _box_line() -> tuple[bool, str]:
    try:
        state = Box().ask({"kind": "state"})
    except OSError as error:
        return False, f"No process can be started for what learners write: {error}"
    if "sealed" not in state:
        return False, "The process for what learners write ends before it answers"
    kept = "the kernel keeps it from files and the network" if state["sealed"] else "kept from files by limits alone"
    return True, f"What learners write runs in a process of its own, on SQLite {state['sqlite']}; {kept}"


def _database_lines() -> list[tuple[bool, str]]:
    problem = schema_problem()
    if problem is not None:
        return [(False, problem[0].upper() + problem[1:])]
    is_sqlite = db.engine.dialect.name == "sqlite"
    return [
        (True, "The schema is the one this code needs"),
        *(_sqlite_lines() if is_sqlite else _postgres_lines()),
    ]


def _sqlite_lines() -> list[tuple[bool, str]]:
    module = sqlite_module()
    mode, synchronous = (_pragma("journal_mode"), _pragma("synchronous"))
    wanted = journal_mode(module.sqlite_version_info)
    levels = {"FULL": 2, "EXTRA": 3}
    waits = int(synchronous) == 1 and line().cable.log is not None
    is_safe = str(mode).upper() == wanted[0] and (waits or int(synchronous) >= levels[wanted[1]])
    how = f"{synchronous}, each commit waits for the log itself" if waits else synchronous
    return [
        (True, f"SQLite {module.sqlite_version} through {module.__name__}"),
        (is_safe, f"journal_mode={mode}, synchronous={how} (wanted: {wanted[0]}, {wanted[1]})"),
        (_pragma("foreign_keys") == 1, "Foreign keys are checked"),
        (_pragma("quick_check") == "ok", "The database file is sound (quick_check)"),
    ]


def _pragma(name: str) -> Any:
    return db.session.execute(text(f"PRAGMA {name}")).scalar_one()


def _postgres_lines() -> list[tuple[bool, str]]:
    try:
        version = db.session.execute(text("SHOW server_version")).scalar_one()
        commit = db.session.execute(text("SHOW synchronous_commit")).scalar_one()
    except SQLAlchemyError as error:
        return [(False, f"PostgreSQL does not answer: {error}")]
    is_safe = commit in {"on", "remote_apply", "remote_write"}
    return [
        (True, f"PostgreSQL {version}"),
        (is_safe, f"synchronous_commit={commit} (off would lose answers)"),
    ]


def _setting_lines() -> list[tuple[bool, str]]:
    config = current_app.config
    return [
        (len(config["SECRET_KEY"]) >= 32, "SECRET_KEY has 32 characters or more"),
        (len(config["PASSWORD_PEPPER"]) >= 32, "PASSWORD_PEPPER has 32 characters or more"),
        (config["BCRYPT_COST"] >= 12, f"BCRYPT_COST is {config['BCRYPT_COST']} (12 or more)"),
        (
            config["MIN_ANSWER_MS"] >= 100,
            f"MIN_ANSWER_MS is {config['MIN_ANSWER_MS']} (100 or more stops double clicks)",
        ),
    ]
