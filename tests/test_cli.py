"""What operators and authors type: flask decks, flask users."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from browser import Browser
from click.testing import Result
from conftest import make_app
from factories import PASSWORD, everything, own_decks
from flask import Flask
from sqlalchemy import update

from portal.config import ROOT
from portal.db import db
from portal.quizzes import unchanged
from portal.quizzes.models import Card

GOOD_CARD = """---
deck: odd
title: Odd numbers
step: 3
---

## odd-sum
ask: choice
check: python value
topic: bigo.growth
bloom: apply
level: 1
source: Python, Numeric types <https://docs.python.org/3/library/stdtypes.html>
since: 2026-11-22

What is printed?

```python
print(1 + 3 + 5)
```

- [x] 9
- [ ] 8 :: That is one less. {off-by-one}
- [ ] 6 :: That leaves the first and the last one out. {ends-left-out}

```python wrong=off-by-one
print(1 + 3 + 5 - 1)
```

```python wrong=ends-left-out
print(1 + 5)
```

### Why
Three odd numbers add up to three times three.
"""
BELIEFS = """[off-by-one]
says = "The last one does not count"
topic = "bigo.growth"

[ends-left-out]
says = "The ends do not count"
topic = "bigo.growth"
"""


@pytest.fixture
def offline(tmp_path: Path) -> Flask:
    """An application whose database nobody asks."""
    return make_app("", tmp_path / "instance")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one deck of one card that is right."""
    folder = tmp_path / "decks"
    (folder / "misconceptions.d").mkdir(parents=True)
    (folder / "datasets").mkdir()
    (folder / "odd.md").write_text(GOOD_CARD)
    (folder / "misconceptions.d" / "odd.toml").write_text(BELIEFS)
    return folder


def run(app: Flask, *words: str) -> Result:
    """Type a command."""
    return app.test_cli_runner().invoke(args=words)


def findings(app: Flask, folder: Path, *words: str) -> list[str]:
    """What `decks check` complains about, but for what is wrong with any deck of one card."""
    result = run(app, "decks", "check", "--folder", str(folder), *words)
    assert (result.exit_code, "Nothing was loaded." in result.stderr) == (1, True)
    of_any = ("ids.lock", "truth.lock", "a deck has all five levels", "cards it needs", "Error: ")
    return [line for line in result.stderr.splitlines() if not any(part in line for part in of_any)]


# ---- flask decks check


def test_a_deck_that_is_right_has_no_finding_of_its_own(offline: Flask, folder: Path) -> None:
    assert findings(offline, folder) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        ("topic: bigo.growth", "", "odd.md:7: odd-sum", "topic"),
        ("level: 1", "level: 9", "odd.md:12: odd-sum", "level"),
        ("level: 1", "colour: red", "odd.md:12: odd-sum", "colour"),
        ("- [x] 9", "- [ ] 9 :: No. {off-by-one}", "odd.md:7: odd-sum", "[x]"),
        ("### Why", "### Because", "odd.md:7: odd-sum", "Why"),
        ("- [x] 9", "- [x] 7", "odd.md:22: card odd-sum", 'the program gives "9"'),
        ("off-by-one", "nobody-believes-this", "odd.md", "nobody-believes-this"),
    ],
)
def test_a_deck_with_a_mistake_is_named_with_file_line_and_reason(
    offline: Flask, folder: Path, right: str, wrong: str, line: str, reason: str
) -> None:
    (folder / "odd.md").write_text(GOOD_CARD.replace(right, wrong))
    found = findings(offline, folder)
    assert [said for said in found if line in said and reason in said], found


def test_a_key_that_is_wrong_is_found_only_by_running_it(offline: Flask, folder: Path) -> None:
    (folder / "odd.md").write_text(GOOD_CARD.replace("- [x] 9", "- [x] 7"))
    assert findings(offline, folder, "--no-run") == []
    assert findings(offline, folder) != []


def test_our_own_decks_are_without_a_finding(offline: Flask) -> None:
    result = run(offline, "decks", "check", "--no-run")
    assert result.exit_code == 0, result.stderr
    assert "no finding" in result.stdout


def test_a_folder_that_is_not_there_is_told(offline: Flask, tmp_path: Path) -> None:
    result = run(offline, "decks", "check", "--folder", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_the_locks_are_written_by_one_command(offline: Flask, folder: Path) -> None:
    assert run(offline, "decks", "lock", "--folder", str(folder)).output == "ids.lock and truth.lock written.\n"
    assert (folder / "ids.lock").read_text().startswith("odd-sum 1 ")
    assert (folder / "truth.lock").read_text().startswith('odd-sum "9" python 3.')
    (folder / "odd.md").write_text(GOOD_CARD.replace("1 + 3 + 5)", "3 + 5 + 7)").replace("- [x] 9", "- [x] 15"))
    said = run(offline, "decks", "check", "--folder", str(folder)).stderr
    assert 'odd.md:7: odd-sum: computes "15"' in said


# ---- flask decks load


def test_a_load_reads_the_cards_only_where_files_or_tables_have_changed(app: Flask) -> None:
    before, count = everything(app), sum(len(deck.cards) for deck in own_decks())
    as_before = f"0 cards added, 0 changed, 0 withdrawn, {count} as before.\n"
    kept = Path(app.instance_path) / unchanged.REMEMBERED
    assert run(app, "decks", "load").output == as_before
    assert everything(app) == before
    kept.write_text(kept.read_text().replace(f" {count}", " 5"))
    assert ", 5 as before" in run(app, "decks", "load").output, "told from memory"
    with app.app_context():
        db.session.execute(update(Card).where(Card.position == 1).values(topic_title="Mistyped"))
        db.session.commit()
    assert f"1 changed, 0 withdrawn, {count - 1} as before" in run(app, "decks", "load").output
    assert run(app, "decks", "load").output == as_before


def test_what_a_load_reads_is_every_file_and_every_title(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        met = [unchanged.digest(tmp_path, {})]
        for text, titles in ((GOOD_CARD, {}), (f"{GOOD_CARD} ", {}), (GOOD_CARD, {"bigo.growth": "Growth"})):
            (tmp_path / "odd.md").write_text(text)
            met.append(unchanged.digest(tmp_path, titles))
        assert len({*met}) == len(met)
        (tmp_path / "odd.md").rename(tmp_path / ".odd.md")
        assert unchanged.digest(tmp_path, {}) == met[0], "what is kept about the files is none of them"


# ---- flask users


def add(app: Flask, email: str = "dora@example.org", password: str = PASSWORD, role: str = "admin") -> Result:
    """Create an account as an operator would."""
    return run(app, "users", "add", email, "--name", "Dora", "--role", role, "--password", password)


def test_the_first_admin_is_made_at_the_keyboard_and_can_sign_in(app: Flask) -> None:
    assert add(app, " Dora@example.org").output == "Dora@example.org can sign in, as admin.\n"
    browser = Browser(app)
    browser.post("/sign-in", {"email": "dora@example.org", "password": PASSWORD}, status=303)
    browser.get("/quizzes/reports")


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("dora", PASSWORD, "Write an e-mail address"),
        ("dora@example.org", "short", "Use at least 15 characters."),
        ("dora@example.org", "dora@example.org", "your own name or address"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(app: Flask, email: str, password: str, sentence: str) -> None:
    before = everything(app)
    result = add(app, email, password)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert everything(app) == before


def test_an_address_is_taken_once(app: Flask) -> None:
    add(app)
    result = add(app, "DORA@example.org")
    assert result.exit_code == 1
    assert "There is an account with DORA@example.org already." in result.stderr
    assert run(app, "users", "list").output == "dora@example.org\tadmin\tDora\n"


def test_a_role_is_given_and_taken(app: Flask, alice: Browser) -> None:
    assert run(app, "users", "role", "Alice@example.org", "mentor").output == "Alice@example.org is now mentor.\n"
    assert alice.http.get("/me").status_code == 303, "who gets another role signs in again"
    assert run(app, "users", "list").output == "alice@example.org\tmentor\tAlice\n"
    result = run(app, "users", "role", "nobody@example.org", "mentor")
    assert (result.exit_code, "Nobody here has the address nobody@example.org." in result.stderr) == (1, True)
    assert run(app, "users", "role", "alice@example.org", "queen").exit_code == 2


def test_somebodys_belongings_are_written_and_their_account_ends(app: Flask, alice: Browser, tmp_path: Path) -> None:
    file = tmp_path / "alice.zip"
    result = run(app, "users", "export", "alice@example.org", str(file))
    assert result.output == f"Everything that is kept of alice@example.org is in {file}.\n"
    assert set(zipfile.ZipFile(file).namelist()) >= {"README.txt", "all.json", "tables/users.csv"}
    refused = app.test_cli_runner().invoke(args=["users", "erase", "alice@example.org"], input="n\n")
    assert refused.exit_code == 1
    assert len(everything(app)["users"]) == 1
    result = run(app, "users", "erase", "Alice@example.org", "--yes")
    assert result.output == "Alice@example.org is gone, with everything that was theirs.\n"
    assert everything(app)["users"] == []
    for command in (("erase", "--yes"), ("export", str(tmp_path / "x.zip"))):
        result = run(app, "users", command[0], "alice@example.org", command[1])
        assert (result.exit_code, "Nobody here has the address alice@example.org." in result.stderr) == (1, True)
    assert not (tmp_path / "x.zip").exists()
    run(app, "users", "add", "a@example.org", "--name", "Ann", "--role", "admin", "--password", PASSWORD)
    result = run(app, "users", "erase", "a@example.org", "--yes")
    assert (result.exit_code, "Nobody else is an admin here." in result.stderr) == (1, True)


def test_a_server_starts_without_what_only_commands_and_calendars_need(tmp_path: Path) -> None:
    seen = "import sys, wsgi; print(*sys.modules)"
    environ = {"PATH": os.environ["PATH"], "INSTANCE": str(tmp_path)}
    started = subprocess.run(
        [sys.executable, "-c", seen], cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(started.stdout.split())
    assert {"portal.quizzes.views", "portal.plan.feed"} <= modules
    assert modules.isdisjoint({"portal.cli", "portal.demo", "quizzes.truth", "icalendar"})
