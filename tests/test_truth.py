"""Says that a check that cannot be done is explained, whatever its engine, and that all engines prove in order."""

from dataclasses import replace
from pathlib import Path

import pytest
from proving import PYTHON_VALUE, REGISTRY, SQL_VALUE, ProveIt, Write, complaint_of

from quizzes.truth import Proof, prove, prove_all


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("sql nowhere value", "there is no dataset nowhere.sql"),
        ("sql small guess", 'is not "sql DATASET value|column|rows|count|error|match|plan WORDS"'),
        ("sql small", "is not"),
        ("sql broken value", "the dataset broken.sql fails"),
        ("registry each class 4xx", "never runs this sql wrong fence"),
        ("python value", "never runs this sql wrong fence"),
        ("python speed", 'is not "python value" or "python each"'),
        ("bigo space", 'is not "bigo time|compares|moves"'),
        ("registry status 999 phrase", "never runs this sql wrong fence"),
        ("source", "needs a reviewed: date"),
        ("source of it", "takes no arguments"),
    ],
)
def test_a_check_that_cannot_be_done_is_explained(prove_it: ProveIt, folder: Path, check: str, says: str) -> None:
    (folder / "datasets" / "broken.sql").write_text("CREATE TABEL x;", encoding="utf-8")
    complaint = complaint_of(prove_it(*SQL_VALUE, swap=("sql small value", check)))
    assert says in complaint
    assert complaint.startswith("trial.md:")


def test_an_unknown_engine_is_named(write: Write, folder: Path) -> None:
    proof = prove(replace(write(*SQL_VALUE), check=("dice", "6")), folder)
    assert 'there is no engine "dice"' in complaint_of(proof)
    assert not proof.is_run


def test_one_computed_value_cannot_prove_several_answers(prove_it: ProveIt) -> None:
    proof = prove_it(*SQL_VALUE, swap=("ask: choice", "ask: multi"))
    assert "proves one answer, not several" in complaint_of(proof)


def test_a_reviewed_card_passes_and_counts_as_not_run(prove_it: ProveIt) -> None:
    proof = prove_it("ask: choice\ncheck: source\nreviewed: 2026-11-22", REGISTRY[1])
    assert proof == Proof("trial-card", "source", "", (), False)


def test_many_cards_are_proved_in_their_order(write: Write, folder: Path) -> None:
    cards = [write(*SQL_VALUE), write(*REGISTRY), write(*PYTHON_VALUE)]
    assert [proof.engine for proof in prove_all(cards, folder, workers=2)] == ["sql", "registry", "python"]
