"""The house as CONTRIBUTING.md draws it: each rule holds here, and each rule finds what it forbids."""

import configparser
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import house
import pytest

ROOT = Path(__file__).resolve().parent.parent


def breaches(rule: house.Rule) -> str:
    """What a rule finds in this project, one a line."""
    return "\n".join(rule(ROOT))


def test_the_rules_look_at_the_whole_project() -> None:
    names = {module.name for module in house.modules(ROOT)}
    assert {
        "wsgi",
        "portal",
        "portal.quizzes.actions",
        "portal.accounts.models",
        "quizzes.truth.sql",
        "house",
    } <= names | {name.removeprefix("tests.") for name in names}
    assert {"portal/templates/base.html", "portal/templates/quizzes/_review.html"} <= dict(house.templates(ROOT)).keys()
    assert {ROOT / "pyproject.toml", ROOT / "static" / "site.css"} <= set(house.files(ROOT))


def test_the_engine_knows_nothing_of_the_application() -> None:
    assert not breaches(house.engine_imports)


def test_the_engine_has_no_clock_and_no_chance_of_its_own() -> None:
    assert not breaches(house.engine_clock)


def test_the_application_reads_the_clock_in_one_place() -> None:
    assert not breaches(house.one_clock)


def test_models_queries_and_actions_know_no_request_and_no_template() -> None:
    assert not breaches(house.knows_no_http)


def test_models_queries_and_actions_never_look_back() -> None:
    assert not breaches(house.layers)


def test_features_meet_in_models_and_queries_of_the_feature_to_the_left() -> None:
    assert not breaches(house.across_features)


def test_every_exception_on_a_list_is_still_needed() -> None:
    assert not breaches(house.needless_exceptions)


def test_only_views_and_commands_commit() -> None:
    assert not breaches(house.commits)


def test_queries_change_nothing() -> None:
    assert not breaches(house.queries_only_read)


def test_relationships_raise_rather_than_load_row_by_row() -> None:
    assert not breaches(house.eager_relationships)


def test_no_function_is_a_coroutine() -> None:
    assert not breaches(house.coroutines)


def test_no_module_is_empty() -> None:
    assert not breaches(house.empty_modules)


def test_modules_functions_and_classes_say_what_they_are_for() -> None:
    assert not breaches(house.docstrings)


def test_names_say_what_a_thing_is() -> None:
    assert not breaches(house.forbidden_names)


def test_functions_fit_on_a_screen() -> None:
    assert not breaches(house.long_functions)


def test_modules_can_be_read_in_one_go() -> None:
    assert not breaches(house.long_modules)


def test_the_folder_of_tests_is_flat() -> None:
    assert not breaches(house.tests_in_folders)


def test_templates_begin_by_saying_who_shows_them() -> None:
    assert not breaches(house.template_heads)


def test_templates_can_be_seen_whole() -> None:
    assert not breaches(house.long_templates)


def test_templates_hold_no_inline_script_or_style() -> None:
    assert not breaches(house.inline_code)


def test_every_form_that_posts_carries_its_token() -> None:
    assert not breaches(house.forms_without_token)


def test_every_htmx_address_is_there_without_javascript_too() -> None:
    assert not breaches(house.htmx_without_address)


def test_the_vendored_htmx_is_the_one_we_read() -> None:
    assert not breaches(house.vendored_htmx)


def test_the_lock_pins_and_hashes_everything_and_names_no_host() -> None:
    assert not breaches(house.lock_file)


def test_nothing_is_left_for_later() -> None:
    assert not breaches(house.unfinished)


def test_no_file_names_this_machine_or_its_package_index() -> None:
    assert not "\n".join(house.names_of_this_machine(ROOT, *package_hosts()))


def test_sheet_and_script_stay_light() -> None:
    assert not breaches(house.heavy_files)


def test_migrations_are_one_line() -> None:
    assert not breaches(house.forked_migrations)


def package_hosts() -> set[str]:
    """The hosts pip is told to ask on this machine, except the public index and this machine itself."""
    told = [value for name, value in os.environ.items() if re.fullmatch(r"(PIP|UV)_\w*(INDEX|HOST)\w*", name)]
    home = Path.home()
    for path in ("/etc/pip.conf", home / ".config/pip/pip.conf", home / ".pip/pip.conf", Path(sys.prefix) / "pip.conf"):
        settings = configparser.RawConfigParser()
        settings.read(path)
        told += [value for part in settings.sections() for key, value in settings.items(part) if "index" in key]
    hosts = {urlsplit(word).hostname for value in told for word in value.split()}
    return {host for host in hosts if host} - {"pypi.org", "localhost", "127.0.0.1"}


PYPROJECT = """
[build-system]
requires = ["setuptools>=80"]
[project]
dependencies = ["flask>=3.1,<3.2"]
optional-dependencies = {dev = ["pytest>=9"]}
"""
LOCKED = "flask==3.1.0 \\\n    --hash=sha256:" + "0" * 64
SAID = '"""Says what it is for."""\n'

# (rule, file, what stands in it, what the rule says of it)
PLANTED = [
    (
        house.engine_imports,
        "quizzes/sm2.py",
        "from portal.db import db",
        "quizzes/sm2.py:1: the engine imports portal.db",
    ),
    (house.engine_imports, "quizzes/truth/sql.py", "import sqlalchemy", "imports sqlalchemy"),
    (house.engine_clock, "quizzes/day.py", "import random", "imports random"),
    (house.engine_clock, "quizzes/day.py", "from datetime import datetime\nx = datetime.now()", "2: reads the clock"),
    (house.engine_clock, "quizzes/day.py", "import datetime\nx = datetime.date.today()", "2: reads the clock"),
    (
        house.one_clock,
        "portal/quizzes/words.py",
        "from datetime import datetime as d\nx = datetime.now()",
        "reads the clock",
    ),
    (house.one_clock, "portal/quizzes/queries.py", "from portal.login import now", "asks for now()"),
    (house.knows_no_http, "portal/quizzes/actions.py", "from flask import request", "actions imports flask request"),
    (house.knows_no_http, "portal/quizzes/queries.py", "from portal import htmx", "queries imports portal htmx"),
    (
        house.knows_no_http,
        "portal/quizzes/queries.py",
        "from portal.login import me",
        "queries imports portal.login me",
    ),
    (
        house.knows_no_http,
        "portal/quizzes/actions.py",
        "from portal.quizzes.forms import F",
        "imports portal.quizzes.forms",
    ),
    (house.layers, "portal/quizzes/queries.py", "from portal.quizzes import actions", "queries imports"),
    (house.layers, "portal/quizzes/models.py", "from portal.login import Me", "models imports portal.login"),
    (
        house.across_features,
        "portal/accounts/views.py",
        "from portal.quizzes import queries",
        "imports portal.quizzes.queries",
    ),
    (
        house.across_features,
        "portal/roadmap/views.py",
        "from portal.quizzes import actions",
        "imports portal.quizzes.actions",
    ),
    (
        house.across_features,
        "portal/htmx.py",
        "from portal.quizzes.models import Card",
        "imports portal.quizzes.models",
    ),
    (
        house.across_features,
        "portal/roadmap/content.py",
        "from portal.quizzes.models import Card",
        "imports portal.quizzes.models",
    ),
    (house.needless_exceptions, "portal/login.py", SAID, "portal.login needs no exception for portal.accounts.models"),
    (house.needless_exceptions, "portal/looking.py", SAID, "portal.looking does not commit"),
    (house.needless_exceptions, "portal/db.py", SAID, "no function is called process_bind_param"),
    (house.commits, "portal/quizzes/actions.py", "def f(db): db.session.commit()", "actions.py:1: commits"),
    (house.queries_only_read, "portal/quizzes/queries.py", "from sqlalchemy import select, update", "(update)"),
    (house.queries_only_read, "portal/quizzes/queries.py", "def f(db, row): db.session.add(row)", "(add)"),
    (house.queries_only_read, "portal/quizzes/queries.py", "Q = 'DELETE FROM cards'", "(DELETE FROM"),
    (house.eager_relationships, "portal/quizzes/models.py", "cards = relationship(lazy='select')", "models.py:1"),
    (house.coroutines, "portal/quizzes/views.py", "async def today(): pass", "views.py:1: today is a coroutine"),
    (house.empty_modules, "portal/quizzes/forms.py", SAID, "forms.py: is empty"),
    (house.docstrings, "portal/quizzes/words.py", "x = 1", "words.py:1: the module's docstring"),
    (house.docstrings, "portal/quizzes/words.py", f"{SAID}def day(): pass", "2: day has no docstring"),
    (
        house.docstrings,
        "portal/quizzes/words.py",
        f'{SAID}class A:\n """A."""\n def b(self): pass',
        "4: b has no docstring",
    ),
    (house.forbidden_names, "portal/utils.py", SAID, "portal/utils.py: its own name"),
    (house.forbidden_names, "portal/quizzes/words.py", "class CardManager: pass", "words.py:1: CardManager"),
    (house.forbidden_names, "tests/test_words.py", "def _process_row(): pass", "1: _process_row"),
    (house.long_functions, "quizzes/sm2.py", "def f():\n" + "    x = 1\n" * 35, "f has 36 lines, 35 are allowed"),
    (house.long_functions, "tests/test_sm2.py", "def f():\n" + "    x = 1\n" * 60, "f has 61 lines, 60 are allowed"),
    (house.long_modules, "quizzes/sm2.py", "x = 1\n" * 401, "401 lines"),
    (house.tests_in_folders, "tests/quizzes/__init__.py", "", "tests/quizzes/__init__.py"),
    (house.template_heads, "portal/templates/a.html", "<p>Hello</p>", "a.html:1: no comment"),
    (house.long_templates, "portal/templates/a.html", "{# x #}\n" * 101, "101 lines"),
    (house.inline_code, "portal/templates/a.html", '<p\n style="color: red">', "a.html:2: style="),
    (house.inline_code, "portal/templates/a.html", "<script>alert(1)</script>", "<script"),
    (house.inline_code, "portal/templates/a.html", '<p onclick="x()">', "onclick="),
    (house.inline_code, "portal/templates/a.html", '<p hx-on:click="x()">', "hx-on:click="),
    (house.inline_code, "portal/templates/a.html", """<p hx-trigger="keyup[key=='u']">""", "hx-trigger="),
    (house.forms_without_token, "portal/templates/a.html", '<form method="post" action="/x"></form>', "without csrf()"),
    (
        house.forms_without_token,
        "portal/templates/a.html",
        '{% macro send(u) %}method="post" action="{{ u }}"{% endmacro %}\n<form {{ send("/x") }}>{{ held }}</form>',
        "a.html:2: a form that posts",
    ),
    (house.htmx_without_address, "portal/templates/a.html", '<form action="/a" hx-post="/b">', 'hx-post="/b"'),
    (house.htmx_without_address, "portal/templates/a.html", '<a hx-get="/b" data-href="/b">', 'hx-get="/b"'),
    (house.htmx_without_address, "portal/templates/a.html", '<a href="/b" hx-delete="/b">', "hx-delete"),
    (house.unfinished, "portal/words.py", "# TO" + "DO: words", "portal/words.py:1"),
]


@pytest.mark.parametrize(("rule", "place", "text", "said"), PLANTED)
def test_each_rule_finds_what_it_forbids(rule: house.Rule, place: str, text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert said in "\n".join(rule(tmp_path))


def test_the_htmx_of_another_day_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "static" / "vendor"
    folder.mkdir(parents=True)
    (folder / "htmx.min.js").write_text("alert(1)")
    (folder / "README.md").write_text(f"htmx, `{house.HTMX}`")
    assert [line.partition(": ")[0] for line in house.vendored_htmx(tmp_path)] == [
        "static/vendor/htmx.min.js",
        "static/vendor/README.md",
    ]


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (LOCKED, "setuptools is missing"),
        (LOCKED.replace("==", ">="), "flask>=3.1.0 \\ is not pinned"),
        ("flask==3.1.0", "flask==3.1.0 is not pinned and hashed"),
        (f"--index-url https://example.org/simple\n{LOCKED}", "says ://"),
    ],
)
def test_a_lock_with_holes_is_found(lock: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "requirements.lock").write_text(lock)
    assert said in "\n".join(house.lock_file(tmp_path))


def test_a_file_that_names_the_machine_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"Run {tmp_path}/run, packages from packages.example.org")
    assert [line.rpartition(" ")[2] for line in house.names_of_this_machine(tmp_path, "packages.example.org")] == [
        str(tmp_path),
        "packages.example.org",
    ]


def test_a_heavy_sheet_and_a_heavy_script_are_found(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "site.css").write_bytes(os.urandom(12 * 1024))
    (tmp_path / "static" / "site.js").write_bytes(os.urandom(5 * 1024))
    assert [line.partition(":")[0] for line in house.heavy_files(tmp_path)] == ["static/site.css", "static/site.js"]


def test_forked_and_lost_migrations_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "migrations" / "versions"
    folder.mkdir(parents=True)
    for name, before in (("0001", None), ("0002", "0001"), ("0003", "0001"), ("0005", "0004")):
        (folder / f"{name}_x.py").write_text(f"revision = {name!r}\ndown_revision = {before!r}\n")
    (folder / "0003_x.py").rename(folder / "lost.py")
    assert house.forked_migrations(tmp_path) == [
        "lost.py: is revision 0003",
        "two migrations follow 0001",
        "0005 follows 0004, which is not there",
    ]


def test_every_rule_is_shown_something_it_forbids() -> None:
    shown = {rule.__name__ for rule, *_ in PLANTED}
    shown |= {"vendored_htmx", "lock_file", "names_of_this_machine", "heavy_files", "forked_migrations"}
    rules = set(
        re.findall(r"^def ([a-z]\w*)\(root: Path.*\) -> list\[str\]:", Path(house.__file__).read_text(), re.MULTILINE)
    )
    assert rules == shown
