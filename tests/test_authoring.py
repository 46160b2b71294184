"""An author at the keyboard: a card to begin with, a card as learners see it, and what the decks are made of."""

from datetime import date
from pathlib import Path

import pytest
from conftest import make_app
from factories import own_decks
from flask import Flask
from test_cli import BELIEFS, GOOD_CARD, run

from portal.cli import DECKS
from quizzes import telling
from quizzes.cards import Ask
from quizzes.reading import read_deck, read_decks
from quizzes.sketching import sketch
from quizzes.tallying import old_reviews, table, tallies
from quizzes.truth import ENGINES, prove

FRONT = "---\ndeck: trial\ntitle: Trial\nstep: 1\n---\n\n"
COLUMNS = ("cards", "L1", "L5", "choice", "number", "apply", "executed", "longest", "old")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one deck of one card."""
    (tmp_path / "misconceptions.d").mkdir()
    (tmp_path / "odd.md").write_text(GOOD_CARD)
    (tmp_path / "misconceptions.d" / "odd.toml").write_text(BELIEFS)
    return tmp_path


@pytest.fixture
def offline(tmp_path: Path) -> Flask:
    """An application whose database nobody asks."""
    return make_app("", tmp_path / "instance")


@pytest.mark.parametrize("ask", [Ask.CHOICE, Ask.MULTI, Ask.NUMBER, Ask.SHORT, Ask.CLOZE, Ask.ORDER, Ask.SELF])
def test_a_sketched_card_can_be_read_and_most_are_proved(tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "trial.md"
    for engine in ENGINES:
        path.write_text(FRONT + sketch("trial-card", ask, engine, "git.basics", date(2026, 11, 23)))
        assert read_deck(path).cards[0].ask is ask
    path.write_text(FRONT + sketch("trial-card", ask, "python", "git.basics", date(2026, 11, 23)))
    if ask is not Ask.MULTI:  # one program proves one answer
        assert prove(read_deck(path).cards[0], DECKS).complaints == ()


def test_a_new_card_is_printed_or_stands_at_the_end_of_its_deck(offline: Flask, folder: Path) -> None:
    where = ("--folder", str(folder))
    assert "## odd-next\nask: number" in run(offline, "decks", "new", "odd-next", "--ask", "number", *where).output
    assert "already" in run(offline, "decks", "new", "odd-sum", *where).stderr
    assert "no deck even; there are odd" in run(offline, "decks", "new", "odd-next", "--deck", "even", *where).stderr
    assert "end of odd.md" in run(offline, "decks", "new", "odd-next", "--deck", "odd", *where).output
    assert [card.topic for card in read_decks(folder)[0].cards] == ["bigo.growth"] * 2


def test_a_second_reader_sees_the_question_and_not_the_key(offline: Flask, folder: Path) -> None:
    where = ("--folder", str(folder))
    blind = run(offline, "decks", "show", "odd", "--blind", *where).output
    letter = next(line.split(")")[0].strip() for line in blind.splitlines() if line.endswith(") 9"))
    assert blind.count("\n  ") == 3, "three options"
    assert not any(word in blind for word in ("Key", "less", "off-by-one", "adds up"))
    told = run(offline, "decks", "show", "odd-sum", *where).output
    assert "odd-sum" not in blind, "many an id tells the key"
    assert told.removeprefix("--- 1 odd-sum").startswith(blind.removeprefix("--- 1").rstrip())
    assert f"Key: {letter}) 9\n" in told
    assert "8: That is one less. {off-by-one}" in told
    assert "gives '9' with python 3." in told
    assert "no card and no deck even" in run(offline, "decks", "show", "even", *where).stderr


def test_every_kind_of_card_can_be_read_with_and_without_its_key() -> None:
    one_of_each = {card.ask: card for deck in own_decks() for card in deck.cards}
    assert set(one_of_each) == set(Ask)
    for card in one_of_each.values():
        asked, told = telling.question(card, 0), telling.answer(card, 0)
        assert card.why in told
        assert all(option.reason in told for option in card.options if option.reason)
        assert card.why not in asked


def test_the_table_counts_cards_levels_and_shares(offline: Flask, folder: Path) -> None:
    odd = read_decks(folder)
    head, of_deck, total = table(tallies(odd, date(2026, 11, 23)))
    row = dict(zip(head, of_deck, strict=True))
    assert [row[name] for name in COLUMNS if name in row] == ["1", "1", "0", "1", "1", "100%", "0%", "0"]
    assert total[1:] == of_deck[1:]
    lines = run(offline, "decks", "stats", "--folder", str(folder)).output.splitlines()
    assert [line.split() for line in lines] == [head, of_deck, total]
    assert run(offline, "decks", "stats", "--csv", "--folder", str(folder)).output.splitlines()[1] == ",".join(of_deck)
    (folder / "odd.md").write_text(GOOD_CARD.replace("check: python value", "check: source\nreviewed: 2024-11-22"))
    reviewed = read_decks(folder)
    assert [card.id for card in old_reviews(reviewed, date(2026, 11, 23))] == ["odd-sum"]
    assert old_reviews(reviewed, date(2026, 1, 1)) == []
    assert table(tallies(reviewed, date(2026, 11, 23)))[1][-3:] == ["0%", "0%", "1"]
