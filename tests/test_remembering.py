"""Authors wait for what changed alone: programs that ran are remembered, and their answers stand in truth.lock."""

from dataclasses import replace
from pathlib import Path

import pytest
from proving import PYTHON_VALUE, SQL_VALUE, Write

from portal.cli import DECKS
from quizzes.cards import Card
from quizzes.truth import Proof, lock, prove, prove_again
from quizzes.truth.versions import versions_of

LOUD = ("print(round(2.5))", "open('{}', 'a').write('.')\nprint(round(2.5))")


@pytest.fixture
def loud(write: Write, folder: Path) -> Card:
    """A card whose program leaves a mark each time it runs."""
    return write(*PYTHON_VALUE, swap=(LOUD[0], LOUD[1].format(folder / "marks")))


def test_a_program_runs_again_only_when_something_changed(loud: Card, folder: Path) -> None:
    marks = folder / "marks"
    first = prove_again(loud, folder)
    assert (first.complaints, marks.read_text()) == ((), ".."), "once for the answer, once to see that it is no luck"
    moved = replace(loud, line=99, why="Halves go to the even neighbour.")
    assert prove_again(moved, folder) == first
    assert marks.read_text() == "..", "the text of the program is the same"
    assert prove_again(loud, folder, is_fresh=True) == first
    assert marks.read_text() == "....", "asked for anew"
    flipped = replace(loud, options=tuple(replace(option, is_right=not option.is_right) for option in loud.options))
    assert prove_again(flipped, folder).complaints
    assert marks.read_text() == "......", "a complaint is never given from memory"
    edited = replace(loud, fences=tuple(replace(fence, code=f"\n{fence.code}") for fence in loud.fences))
    assert prove_again(edited, folder) == first
    assert marks.read_text() == "........"


def test_what_is_remembered_badly_is_run_and_what_cannot_be_kept_is_no_failure(loud: Card, folder: Path) -> None:
    first = prove_again(loud, folder)
    kept = folder / ".proofs" / f"{loud.id}.json"
    kept.write_text("half a fi")
    assert prove_again(loud, folder) == first
    assert kept.read_text() != "half a fi"
    kept.unlink()
    kept.parent.rmdir()
    kept.parent.write_text("no folder")
    assert prove_again(loud, folder) == first


def test_a_changed_truth_is_a_finding_and_other_versions_are_a_note(write: Write, folder: Path) -> None:
    card = write(*SQL_VALUE)
    proof = prove(card, folder)
    text = lock.write([card], {card.id: proof}, "")
    assert text == f'trial-card "4" {versions_of(card)}\n'
    assert versions_of(card).startswith("sqlite 3.")
    assert lock.changes([card], [proof], text) == ([], 0)
    old = 'trial-card "4" sqlite 3.8\n'
    assert lock.changes([card], [proof], old) == ([], 1)
    assert lock.write([card], {card.id: proof}, old) == old, "the same truth is no diff"
    assert lock.write([card], {card.id: proof}, old, is_fresh=True) == text
    (finding,), _ = lock.changes([card], [proof], 'trial-card "5" sqlite 3.8\n')
    assert f'computes "4" ({versions_of(card)}); truth.lock has "5" (sqlite 3.8)' in str(finding)
    unproved = Proof(card.id, "sql", "7", ("wrong",), is_run=True)
    assert lock.write([card], {card.id: unproved}, text) == text, "what is not proved changes no truth"
    assert lock.changes([card], [unproved], text) == ([], 0)
    address = Proof(card.id, "sql", "https://api.example/7", (), is_run=True)
    text = lock.write([card], {card.id: address}, text)
    assert "://" not in text, "a lock file names no host, not even one that a card computes"
    assert lock.changes([card], [address], text) == ([], 0)


def test_the_lock_has_every_card_that_runs_and_no_other(write: Write) -> None:
    card = write(*SQL_VALUE)
    assert [finding.reason for finding in lock.gaps([card], "")] == [
        "its answer is not in truth.lock: write the lock anew"
    ]
    said = [finding.reason for finding in lock.gaps([replace(card, check=("source",))], 'trial-card "4"\nrubbish\n')]
    assert said == [
        'a line is `id "answer" versions`; write the lock anew',
        "nothing runs this card any more: write truth.lock anew",
    ]
    text = (DECKS / lock.LOCK).read_text()
    assert "/" + "tmp" not in text
    assert str(DECKS.parents[1]) not in text
    assert text.splitlines() == sorted(text.splitlines(), key=lambda line: line.split()[0])


def test_the_libraries_a_program_imports_are_named(write: Write) -> None:
    card = write(*PYTHON_VALUE, swap=("print(round(2.5))", "import bcrypt, json\nimport sqlite3\nprint(2)"))
    names = [part.split()[0] for part in versions_of(card).split(", ")]
    assert names == ["python", "bcrypt", "sqlite"]
