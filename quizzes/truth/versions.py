"""Names the programs and libraries that gave a card's answer, so far as an update of them could change it."""

import re
import sys
from functools import cache
from importlib.metadata import packages_distributions, version
from sqlite3 import sqlite_version

from quizzes.cards import Card
from quizzes.truth.remembering import git_version

# What an engine asks; every other engine asks Python alone.
ASKED = {
    "registry": (),
    "sql": ("sqlite",),
    "write-sql": ("sqlite",),
    "git": ("git",),
    "mongo": ("python", "mongomock"),
    "http": ("python", "flask", "werkzeug"),
    "pytest": ("python", "pytest"),
}
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)


def versions_of(card: Card) -> str:
    """The versions behind a card's answer, "python 3.11, bcrypt 5.0"; "" when nothing installed has a say.

    Two numbers of each: what changes a rule changes one of them, and a patch should not touch a thousand lines.
    """
    names = dict.fromkeys(ASKED.get(card.check[0], ("python",)))
    for fence in card.fences:
        if fence.language == "python":
            names |= dict.fromkeys(name for module in _IMPORT.findall(fence.code) for name in _named(module))
    return ", ".join(f"{name} {_short(_version(name))}" for name in names)


def _named(module: str) -> list[str]:
    """The libraries behind an import; none for Python's own."""
    if module == "sqlite3":
        return ["sqlite"]
    return [] if module in sys.stdlib_module_names else [name.lower() for name in _libraries().get(module, [])[:1]]


@cache
def _libraries() -> dict[str, list[str]]:
    return {module: sorted(set(names)) for module, names in packages_distributions().items()}


@cache
def _version(name: str) -> str:
    if name == "git":
        return git_version()
    known = {"python": sys.version.split()[0], "sqlite": sqlite_version}
    return known.get(name) or version(name)


def _short(full: str) -> str:
    return ".".join(full.split(".")[:2])
