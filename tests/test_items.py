"""The statistics of cards: planted bad ones are found, good ones left alone, each threshold speaks where it says."""

import json
from collections import Counter
from dataclasses import replace
from math import exp
from random import Random
from statistics import correlation
from typing import Any

import pytest

from quizzes.items import (
    BLANK,
    LEAST_OTHERS,
    OTHER,
    WHOLE,
    Attempt,
    Flag,
    Item,
    ItemStatistics,
    Spread,
    Use,
    findings,
    measure,
    need,
    note_beliefs,
    rest_scores,
)

KEY, WRONG = "aaaaaa", ("bbbbbb", "cccccc", "dddddd")
CARD = Item(1, (KEY,), WRONG)
GOOD = ItemStatistics(
    answers=100,
    right=60,
    seconds=20.0,
    ranked=90,
    discrimination=0.35,
    thirds=(30, 30, 30),
    right_thirds=(10, 20, 25),
    uses=(Use(KEY, 60, (10, 20, 25)), *(Use(key, 10, (4, 3, 2)) for key in WRONG)),
    learnt=90,
)


def flags(found: ItemStatistics, item: Item = CARD) -> list[Flag]:
    """What is said about a card."""
    return [one.flag for one in findings(item, found, {})]


def answers_of(planted: dict[int, str], seed: int, cards: int = 20, learners: int = 200) -> list[Attempt]:
    """First answers of learners of all abilities to good cards; `planted` names those that are bad."""
    chance, made = Random(seed), []
    for learner in range(learners):
        able = chance.gauss(0, 1.3)
        for card in range(cards):
            bad, hard = planted.get(card, ""), (card % 5 - 2) / 2.5
            sure = 1 / (1 + exp(hard - able))
            knows = chance.random() < {"easy": 1.0, "hopeless": 0.02, "upside down": 1 - sure}.get(bad, sure)
            wrong = chance.choice(WRONG[:2] if bad == "dead option" else WRONG)
            picked = KEY if knows else wrong
            if bad == "miskeyed":  # whoever knows picks what is right, which the card takes for wrong
                picked = WRONG[0] if knows else chance.choice((KEY, *WRONG[1:]))
            seconds = chance.lognormvariate(4.4 if bad == "slow" else 2.7, 0.4)
            made.append(Attempt(learner, card, picked == KEY, (picked,), round(1000 * seconds)))
    return made


def test_planted_bad_cards_are_found_and_good_ones_are_left_alone() -> None:
    bad = {"miskeyed": Flag.MISKEY, "easy": Flag.EASY, "hopeless": Flag.HARD, "dead option": Flag.UNUSED}
    bad |= {"upside down": Flag.NEGATIVE, "slow": Flag.SLOW}
    planted = dict(zip((1, 4, 7, 10, 13, 16), bad, strict=True))
    items = [Item(card, (KEY,), WRONG) for card in range(20)]
    for seed in range(3):
        measured = measure(items, answers_of(planted, seed), {})
        for item in items:
            found = flags(measured[item.id], item)
            assert (bad[planted[item.id]] in found) if item.id in planted else not found, (seed, item.id, found)
    words = " ".join(one.words for one in findings(items[1], measured[1], {WRONG[0]: "LEFT JOIN"}))
    assert "picked “LEFT JOIN” and" in words, words
    assert need(flags(measured[1])) > need(flags(measured[4])) > 0


def told(key: str, by: int) -> tuple[Use, ...]:
    """The uses of a good card, but for one option."""
    return tuple(use._replace(by=by) if use.key == key else use for use in GOOD.uses)


SILENT_AND_SPEAKING = [
    (Flag.EASY, {"right": 95}, {"right": 96}),
    (Flag.EASY, {"answers": 19, "right": 19, "ranked": 19}, {"answers": 20, "right": 20, "ranked": 19}),
    (Flag.HARD, {"right": 20}, {"right": 19}),
    (Flag.WEAK, {"discrimination": 0.1}, {"discrimination": 0.0999}),
    (Flag.WEAK, {"discrimination": 0.05, "ranked": 39}, {"discrimination": 0.05, "ranked": 40}),
    (Flag.NEGATIVE, {"discrimination": 0.0}, {"discrimination": -0.001}),
    (Flag.UNUSED, {"uses": told(WRONG[0], 5)}, {"uses": told(WRONG[0], 4)}),
    (Flag.UNUSED, {"answers": 39, "right": 20, "uses": told(WRONG[0], 0)}, {"answers": 40, "uses": told(WRONG[0], 0)}),
    (Flag.SLOW, {"seconds": 60.0}, {"seconds": 60.1}),
    (Flag.LEECH, {"leeches": 4}, {"leeches": 5}),
    (Flag.LEECH, {"leeches": 19, "learnt": 19}, {"leeches": 1, "learnt": 20}),
    (Flag.MISKEY, {"right_thirds": (5, 5, 2)}, {"right_thirds": (5, 5, 1)}),
    (Flag.MISKEY, {"right_thirds": (1, 1, 1), "thirds": (9, 9, 9)}, {"right_thirds": (1, 1, 1), "thirds": (10, 9, 10)}),
]


@pytest.mark.parametrize(("flag", "silent", "speaking"), SILENT_AND_SPEAKING)
def test_each_threshold_speaks_from_its_number_on(flag: Flag, silent: dict[str, Any], speaking: dict[str, Any]) -> None:
    assert flag not in flags(replace(GOOD, **silent))
    found = [one for one in findings(CARD, replace(GOOD, **speaking), {}) if one.flag is flag]
    assert found
    assert any(letter.isdigit() for letter in found[0].words), found


def test_what_is_typed_is_recognised_or_not_and_a_self_card_is_judged_by_its_learner() -> None:
    typed = replace(GOOD, uses=(*GOOD.uses, Use(f"{OTHER}left outer", 40, (0, 5, 26)), Use(OTHER, 60, (30, 30, 30))))
    found = findings(Item(1, (KEY,), (), is_picked=False), typed, {})
    assert [one.flag for one in found] == [Flag.MISKEY]  # recognised answers are no options: nobody has to take them
    assert "26 typed “left outer” and 25 answered rightly" in found[0].words
    assert ItemStatistics.of_fields(json.loads(json.dumps(typed.fields()))) == typed


def test_a_plain_recount_gives_the_same_numbers() -> None:
    for seed in range(6):
        chance = Random(seed)
        attempts = [one for one in answers_of({2: "miskeyed"}, seed, 8, 25) if chance.random() < 0.8]
        attempts = [one if one.is_right or chance.random() < 0.8 else one._replace(picked=(BLANK,)) for one in attempts]
        items = [Item(card, (KEY,), WRONG, is_judged=card != 7) for card in range(8)]
        found = measure(items, attempts, {0: (9, 30, 2)})
        assert (found[0].learnt, found[0].lapses, found[0].leeches) == (9, 30, 2)
        of_card = {card: [one for one in attempts if one.item == card] for card in range(8)}
        share = {card: WHOLE * sum(one.is_right for one in mine) // len(mine) for card, mine in of_card.items()}
        for card, mine in of_card.items():
            ranked = []
            for one in mine:
                others = [it for it in attempts if it.learner == one.learner and it.item not in {card, 7}]
                if card != 7 and len(others) >= LEAST_OTHERS:
                    rest = sum(WHOLE * it.is_right - share[it.item] for it in others) // len(others)
                    ranked.append((rest, one))
            top = [one for _, one in sorted(ranked)[len(ranked) - len(ranked) // 3 :]]
            assert (found[card].ranked, found[card].right_thirds[2]) == (len(ranked), sum(one.is_right for one in top))
            everybody, best = (Counter(one.picked[0] for one in some) for some in (mine, top))
            assert {use.key: (use.by, use.thirds[2]) for use in found[card].uses if use.by} == {
                key: (by, best[key]) for key, by in everybody.items()
            }
            plain = None
            if len({one.is_right for _, one in ranked}) == 2:
                plain = correlation([float(one.is_right) for _, one in ranked], [float(rest) for rest, _ in ranked])
            assert found[card].discrimination == pytest.approx(plain, abs=1e-6)


def test_a_rest_score_leaves_the_card_itself_out_and_takes_hard_cards_for_hard() -> None:
    """Ada met five cards that half of the others know, and knew all of them; Ben met them, and knew none."""
    attempts = {
        card: [Attempt(1, card, True, (), 1), Attempt(2, card, False, (), 1)] for card in range(LEAST_OTHERS + 1)
    }
    scores = rest_scores(attempts)
    assert (scores[1, 0], scores[2, 0]) == (500_000, -500_000)
    del attempts[0]
    assert rest_scores(attempts) == {}, "five cards have only four others"


def test_a_misconception_goes_as_far_as_its_cards_and_learners() -> None:
    spreads: dict[str, Spread] = {}
    first = [Attempt(1, 1, False, ("b",), 1, ("null-is-zero",)), Attempt(2, 1, True, ("a",), 1)]
    note_beliefs(spreads, first, {1: {"null-is-zero"}, 2: {"null-is-zero"}, 3: {"rows-are-ordered"}})
    note_beliefs(spreads, [Attempt(1, 4, False, ("b",), 1, ("null-is-zero",))], {4: {"null-is-zero"}})
    one = spreads["null-is-zero"]
    assert (len(one.cards), len(one.shown_on), len(one.met), len(one.holders)) == (3, 2, 2, 1)
    assert (one.answers, one.shown, spreads["rows-are-ordered"].met) == (3, 2, set())
