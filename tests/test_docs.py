"""README, CONTRIBUTING, CHANGELOG and LICENSE say what is so: settings, commands, paths, links and versions."""

import ast
import re
import tomllib
from pathlib import Path

import click
import house
import pytest

from portal import create_app, db, login
from portal.accounts import passwords
from portal.cli import DECKS
from portal.journal import texts
from portal.journal.models import LONGEST_BODY
from portal.roadmap import status
from quizzes import heads, linting, misconceptions, reading, sm2, truth

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
LICENSE = (ROOT / "LICENSE").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PAGES = {"README.md": README, "CONTRIBUTING.md": CONTRIBUTING, "CHANGELOG.md": CHANGELOG}
READERS = {"get", "_number", "_yes_or_no"}  # what config.py reads the environment with


def settings_read(text: str) -> dict[str, str]:
    """The environment variables a module reads, each with its default where that is a plain number or flag."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in READERS:
            continue
        words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        names = [word for word in words if isinstance(word, str) and word.isupper()]
        if names and "environ" in ast.unparse(node):
            default = words[1] if len(words) > 1 else ""
            found[names[0]] = str(int(default) if isinstance(default, bool) else default)
    return found


def settings_made() -> dict[str, str]:
    """The variables of the Makefile with their defaults."""
    return dict(re.findall(r"^(\w+) \?= (.*)$", MAKEFILE, re.MULTILINE))


def settings_told() -> dict[str, str]:
    """The rows of the README's table of settings: name and default."""
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))


def test_the_table_of_settings_is_the_settings_that_are_read() -> None:
    read = settings_made()
    for module in house.modules(ROOT):
        if module.name.startswith("portal"):
            read |= settings_read(module.text)
    assert {"DATABASE_URL", "INSTANCE", "SECRET_KEY", "PORT"} <= read.keys()
    assert settings_told().keys() == read.keys()


def test_the_table_of_settings_gives_the_true_defaults() -> None:
    read = settings_made() | settings_read((ROOT / "portal" / "config.py").read_text())
    told = settings_told()
    assert {name: default for name, default in read.items() if default} == {
        name: told[name].strip("`") for name, default in read.items() if default
    }


def make_targets() -> set[str]:
    """What `make` can make by name."""
    return set(re.findall(r"^([a-z]\w*):", MAKEFILE, re.MULTILINE))


def commands(text: str, tool: str) -> set[str]:
    """What a page names in code after `make` or `flask`, up to two words."""
    code = "\n".join(_code(text))
    found = re.findall(rf"(?:^|[;/] ?|=\S+ ){tool}((?: [a-z][a-z-]*){{1,2}})", code, re.MULTILINE)
    return {words.strip() for words in found}


def _code(text: str) -> list[str]:
    fences = re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [*fences, *re.findall(r"`([^`]+)`", rest)]


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    named = {words.split()[0] for words in commands(PAGES[page], "make")}
    assert named <= make_targets()


def test_every_make_target_is_named_somewhere() -> None:
    named = {words.split()[0] for page in PAGES.values() for words in commands(page, "make")}
    assert make_targets() <= named
    assert set(re.findall(r"\w+", re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)[0])) == make_targets()


@pytest.fixture(scope="module")
def flask_commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Each `flask` command with its subcommands."""
    app = create_app({}, {"INSTANCE": str(tmp_path_factory.mktemp("instance"))})
    names = app.cli.list_commands(click.Context(app.cli))
    groups = {name: command for name in names if isinstance(command := app.cli.commands[name], click.Group)}
    return {name: set(groups[name].commands) if name in groups else set() for name in names}


@pytest.mark.parametrize("page", PAGES)
def test_every_flask_command_that_a_page_names_exists(page: str, flask_commands: dict[str, set[str]]) -> None:
    for words in commands(PAGES[page], "flask"):
        first, *more = words.split()
        assert first in flask_commands, f"flask {words}"
        assert not flask_commands[first] or not more or more[0] in flask_commands[first], f"flask {words}"


def test_the_readme_names_every_command_of_ours(flask_commands: dict[str, set[str]]) -> None:
    known = {"decks", "users", "reviews", "demo", "doctor"}
    ours = {name: inner for name, inner in flask_commands.items() if name in known}
    assert len(ours) == 5
    named = commands(README, "flask")
    for name, inner in ours.items():
        missing = {f"{name} {one}" for one in inner} - named if inner else {name} - {w.split()[0] for w in named}
        assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", PAGES[page])
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def tree_of(text: str, heading: str) -> list[str]:
    """The paths of the drawn tree below a heading: indented names belong to the folder above them."""
    drawn = re.search(r"```text\n(.*?)```", text.partition(heading)[2], re.DOTALL)
    assert drawn is not None
    found, folder = [], [""]
    for line in drawn[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"  +", line.strip())[0].split(" ")
        folder[depth:] = [names[0]]
        found += ["".join(folder[:depth]) + name for name in names if name]
    return found


@pytest.mark.parametrize(("page", "heading"), [("README.md", "## The map"), ("CONTRIBUTING.md", "### The tree")])
def test_everything_on_the_map_is_there(page: str, heading: str) -> None:
    paths = tree_of(PAGES[page], heading)
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_tree_shows_every_module_of_the_product() -> None:
    shown = set(tree_of(CONTRIBUTING, "### The tree"))
    parts = [module.place for module in house.product(ROOT) if not module.place.endswith("/__init__.py")]
    assert [place for place in parts if place not in shown] == []


@pytest.mark.parametrize(
    "words",
    [
        f"at most {house.LONGEST_FUNCTION} lines",
        f"a module {house.LONGEST_MODULE}, a template {house.LONGEST_TEMPLATE}",
        f"{login.IDLE.days} days idle, {login.ABSOLUTE.days} days in all",
        f"Green means {status.GREEN_FROM:.0%} predicted recall, red below {status.RED_BELOW:.0%}",
        f"caps an interval at {sm2.CAP_DAYS:,} days",
        f"never below {sm2.EASE_FLOOR / 100}",
        f"**Passwords: {passwords.SHORTEST} characters or more",
        f"At most {linting.PROMPT_CHARACTERS} characters and {linting.CODE_LINES} lines of code (L)",
        f"in at most {linting.WHY_CHARACTERS} characters (L)",
        "in {:.0%} to {:.0%} (L)".format(*linting.LONGEST_SHARE).replace("% to", " to"),
        f"Only the first {texts.COLOURED:,} characters of its code get colours",
        f"so that {LONGEST_BODY:,} characters arrive in every script",
        "up to {}.{}.{} can corrupt".format(*db.WAL_RESET_BUG_UNTIL),
    ],
)
def test_figures_in_contributing_are_those_of_the_code(words: str) -> None:
    assert words in CONTRIBUTING


def test_the_card_that_shows_authors_the_format_is_a_proved_card(tmp_path: Path) -> None:
    written = re.search(r"^````markdown\n(.*?)^````", CONTRIBUTING, re.DOTALL | re.MULTILINE)
    assert written is not None
    (tmp_path / "shown.md").write_text(f"---\ndeck: shown\ntitle: Shown\nstep: 4\n---\n\n{written[1]}")
    deck = reading.read_deck(tmp_path / "shown.md")
    proof = truth.prove(deck.cards[0], DECKS)
    assert (proof.computed, proof.complaints) == ("1", ())
    known = misconceptions.read_misconceptions(DECKS)
    assert {option.misconception for option in deck.cards[0].options} <= {None, *known}


def test_the_engines_that_authors_are_told_of_are_the_engines_there_are() -> None:
    table = CONTRIBUTING.partition("**Engines**")[2].partition("**Misconceptions**")[0]
    assert set(re.findall(r"^\| `([\w-]+)", table, re.MULTILINE)) == set(truth.ENGINES)


def test_authors_are_told_of_every_head_line() -> None:
    told = CONTRIBUTING.partition("**Head.**")[2].partition("**Ways of asking.**")[0]
    assert set(re.findall(r"`([a-z]+)(?:`|:)", told)) == heads.ONCE_KEYS | heads.REPEATED_KEYS


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.findall(r"^## (\S+)", CHANGELOG, re.MULTILINE)[0] == version


def test_the_license_names_both_licences_and_every_folder_of_content() -> None:
    assert "MIT License" in LICENSE
    assert "https://creativecommons.org/licenses/by/4.0/" in LICENSE
    folders = re.findall(r"^- `(.+?)/?`", LICENSE, re.MULTILINE)
    assert {"quizzes/decks", "portal/roadmap/content"} <= set(folders)
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_a_setting_that_is_read_and_not_told_is_found() -> None:
    text = 'x = environ.get("TLS_KEY")\ny = _number(environ, "DEPTH", 3, 1, 9)\nz = row.get("NAME")'
    assert settings_read(text) == {"TLS_KEY": "", "DEPTH": "3"}


def test_commands_are_found_in_code_only() -> None:
    text = (
        "To make sure: `make test`, `flask users add ada@example.org`.\n\n```sh\nflask doctor\n```\nflask decks fly\n"
    )
    assert commands(text, "make") == {"test"}
    assert commands(text, "flask") == {"users add", "doctor"}


def test_a_drawn_tree_is_read_as_paths() -> None:
    drawn = "wsgi.py      what is served\nportal/      pages\n  a.py b.py  two\n  c/         more\n    d.py\n"
    text = f"## Map\n\n```text\n{drawn}```\n"
    assert tree_of(text, "## Map") == ["wsgi.py", "portal/", "portal/a.py", "portal/b.py", "portal/c/", "portal/c/d.py"]
