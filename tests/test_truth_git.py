"""Says that git cards hold when git itself says so, and that no run sees another's settings, folder or clock."""

import os
from pathlib import Path

import pytest
from proving import ProveIt, complaint_of

from quizzes.truth import Proof
from quizzes.truth.git import run_steps
from quizzes.truth.running import RunError

GIT_VALUE = (
    "ask: choice\ncheck: git value",
    """
    `a.txt` is committed; `b.txt` is new. How many files does the second commit change?

    ```sh setup
    echo one > a.txt
    git add a.txt
    git commit -m "Add a"
    echo two >> a.txt
    echo new > b.txt
    ```

    ```sh
    git commit -am "Add b"
    ```

    ```sh hidden
    git show --name-only --format= | wc -l
    ```

    - [x] 1
    - [ ] 2 :: `-a` stages changes of known files only. {commit-a-takes-new-files}
    - [ ] 0 :: It stages and commits. {commit-a-stages-only}

    ```sh wrong=commit-a-takes-new-files
    git add --all
    git commit -m "Add b"
    ```
    """,
)


def test_a_right_git_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*GIT_VALUE) == Proof("trial-card", "git", "1", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("- [x] 1", "- [x] 3"), 'option "3" is marked right but git gives "1"'),
        (("git add --all", "git add a.txt"), 'the wrong fence commit-a-takes-new-files gives the right answer, "1"'),
        (("git add a.txt\n", "git add c.txt\n"), "trial.md:30: card trial-card: the setup fails: fatal: pathspec"),
        (("| wc -l", "| wc -l; echo $$"), "the commands give something else on each run"),
        (("| wc -l", "| wc -l; git show nothing"), "the last command fails with exit status 128: fatal: ambiguous"),
        (("| wc -l", "| wc -l; exit 0"), "the commands end before the last one"),
        (("| wc -l", "| yes"), "writes more than 256 kB"),
        (("git value", "git log"), 'is not "git value", "git each" or "git command"'),
    ],
)
def test_a_git_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in complaint_of(prove_it(*GIT_VALUE, swap=swap))


def test_a_command_that_hangs_is_ended_and_named(prove_it: ProveIt) -> None:
    proof = prove_it(*GIT_VALUE, swap=("| wc -l", "| sleep 30"), limit_seconds=0.5)
    assert complaint_of(proof) == ("trial.md:30: card trial-card: the program was still running after 0.5 s")


def test_ids_are_the_same_whoever_runs_it_and_whenever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "git commit --allow-empty -m one; git symbolic-ref --short HEAD; git log --format='%H %an %cI'"
    (tmp_path / ".gitconfig").write_text("[user]\nname = Mallory\n[init]\ndefaultBranch = trunk\n")
    before = run_steps("", told)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert run_steps("", told) == before
    assert before.endswith("Ada 2026-01-01T00:02:00+00:00")
    assert "\nmain\n" in before


def test_git_reaches_no_network_and_asks_nobody() -> None:
    asked = "git ls-remote https://example.org/x.git 2>&1; git tag -a v1 2>&1; echo $?"
    said = run_steps("git commit --allow-empty -m one", asked)
    assert "transport 'https' not allowed" in said
    assert "no tag message?" in said


def test_a_machine_without_git_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(RunError, match="git is not installed"):
        run_steps("", "git --version")


GIT_EACH = (
    "ask: choice\ncheck: git each",
    """
    `a.txt` is staged. Which command prints its name?

    ```sh setup
    touch a.txt
    git add a.txt
    ```

    - [x] `git diff --staged --name-only`
    - [ ] `git diff --name-only` :: It compares with the stage. {diff-shows-all}
    - [ ] `git stash list` :: There is none. {stage-is-stash}

    ```sh hidden
    eval "$OPTION" | grep -q a.txt && echo yes || echo no
    ```
    """,
)
GIT_COMMAND = (
    "ask: short\ncheck: git command",
    """
    `a.txt` is staged. Take it off the stage, in the working tree it stays.

    ```sh setup
    git commit --allow-empty -m start
    echo one > a.txt
    git add a.txt
    ```

    - [x] `git restore --staged a.txt`
    - [ ] `git rm -f a.txt` :: The file is gone, too. {unstage-by-rm}

    ```sh answer
    git reset
    ```

    ```sh hidden
    git status --short
    ls
    ```
    """,
)


@pytest.mark.parametrize(
    ("card", "swap", "says"),
    [
        (GIT_EACH, ("--staged", "--stat"), "is marked right but does not print"),
        (GIT_EACH, ("git diff --name-only", "git diff --cached"), "is marked wrong but does print"),
        (GIT_EACH, ("echo no", "echo nay"), 'yes or no for each option; "git diff --name-only" gives "nay"'),
        (GIT_COMMAND, ("--staged a", "a"), '"git restore a.txt" is marked right but does not lead where'),
        (GIT_COMMAND, ("rm -f", "rm --cached"), "is marked wrong but does lead where the answer fence leads"),
        (GIT_COMMAND, ("git status --short\n", ""), "prints the same before the answer as after it"),
        (GIT_COMMAND, ("git reset\n", "git rm -f a.txt\n"), "is marked right but does not lead where"),
    ],
)
def test_options_that_do_otherwise_are_named(
    prove_it: ProveIt, card: tuple[str, str], swap: tuple[str, str], says: str
) -> None:
    assert prove_it(*card).complaints == ()
    assert any(says in complaint for complaint in prove_it(*card, swap=swap).complaints)


def test_a_gap_in_the_shown_commands_is_filled(prove_it: ProveIt) -> None:
    body = """
    Take `a.txt` off the stage.

    ```sh
    touch a.txt
    git add a.txt
    ==git reset==
    ```

    - [ ] `git rm -f a.txt` :: The file is gone, too. {unstage-by-rm}

    ```sh answer
    touch a.txt
    ```

    ```sh hidden
    git status --short
    ```
    """
    head = "ask: cloze\ncheck: git command\naccept: git rm --cached a.txt"
    assert prove_it(head, body).computed == "git reset | git rm --cached a.txt"
    wrong = prove_it(head, body, swap=("==git reset==", "==git stash=="))
    assert '"git stash" is marked right but does not lead' in complaint_of(wrong)
