"""Says that a wrong key or a wrong belief on a card that runs is found: every one of them is planted, and told."""

from pathlib import Path

import pytest
from factories import own_decks
from flipping import flips
from proving import SQL_VALUE, ProveIt, Write, complaint_of

from portal.cli import DECKS
from quizzes.cards import Card
from quizzes.truth import lock, prove
from quizzes.truth.remembering import FOLDER, Runs, remembering


def running(deck: str = "") -> list[Card]:
    """The cards that run, of all decks or of one."""
    cards = [card for found in own_decks() for card in found.cards if not card.is_retired]
    return [card for card in cards if card.check[0] != "source" and deck in {"", Path(card.path).stem}]


def unseen(card: Card, runs: Runs) -> list[str]:
    """What a card can be made to claim without a complaint; its programs run once for all of it."""
    with remembering(runs):
        return [f"{card.id}: {name}" for name, flipped in flips(card) if not prove(flipped, DECKS).complaints]


def test_the_first_card_of_each_engine_holds_and_its_flips_are_seen(tmp_path: Path) -> None:
    """A small fixed sample; the whole bank is `flask decks check` and `make prove`."""
    first = {card.check[0]: card for card in reversed(running())}
    for card in first.values():
        runs = Runs(tmp_path / card.id)
        with remembering(runs):
            proof = prove(card, DECKS)
        assert proof.complaints == ()
        assert lock.changes([card], [proof], (DECKS / lock.LOCK).read_text())[0] == []
        assert unseen(card, runs) == []


def test_what_a_card_is_made_to_claim_is_enough(write: Write) -> None:
    names = [name for name, _ in flips(write(*SQL_VALUE))]
    assert names == ['key "3"', 'key "2"', "one-row-each called left-is-inner"]


@pytest.mark.slow
@pytest.mark.parametrize("deck", sorted(path.stem for path in DECKS.glob("*.md")))
def test_every_flip_of_every_card_is_seen(deck: str) -> None:
    """After `flask decks check` nothing runs here: what is remembered there is judged again."""
    cards = running(deck)
    assert cards
    assert [lie for card in cards for lie in unseen(card, Runs(DECKS / FOLDER / f"{card.id}.json"))] == []


@pytest.mark.parametrize(
    ("accepted", "is_fine"),
    [("4", True), ("4 rows", True), ("4.0", True), ("14", False), ("four", False), ("rows", False)],
)
def test_an_accepted_answer_is_another_spelling_of_the_key(prove_it: ProveIt, accepted: str, is_fine: bool) -> None:
    ask = ("ask: choice", f"ask: short\naccept: {accepted}")
    proof = prove_it(*SQL_VALUE, swap=ask)
    if is_fine:
        assert proof.complaints == ()
    else:
        assert f'accept: "{accepted}" is no spelling of "4", which the query gives' in complaint_of(proof)
