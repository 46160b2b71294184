"""What a written query costs its learner: from asking a box to the verdict, for the cards' own model answers."""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from portal.cli import DECKS
from portal.quizzes.boxes import Boxes
from quizzes.cards import Ask
from quizzes.exercises import make_exercise
from quizzes.reading import read_decks
from quizzes.writing import Exercise, model_of

PAUSE_SECONDS = 0.3  # far less than anybody needs between two queries


@dataclass(frozen=True)
class Waits:
    """Milliseconds until a verdict stands: median and 95th percentile."""

    p50: float
    p95: float


def waits(folder: Path, count: int) -> dict[str, Waits]:
    """A normal query with a child that waits ready, and one right behind another, which starts its own."""
    cards = [card for deck in read_decks(DECKS) for card in deck.cards if card.ask is Ask.WRITE_SQL]
    asked = [(make_exercise(card), model_of(card)) for card in cards]
    boxes = Boxes(folder, 0)
    boxes.ask(asked[0][0].request(asked[0][1]), asked[0][0].limits)
    return {name: _waits(boxes, asked, count, pause) for name, pause in (("ready", PAUSE_SECONDS), ("in a row", 0.0))}


def _waits(boxes: Boxes, asked: list[tuple[Exercise, str]], count: int, pause: float) -> Waits:
    found = []
    for number in range(count):
        exercise, query = asked[number % len(asked)]
        time.sleep(pause)
        begun = time.perf_counter()
        marked = exercise.mark(boxes.ask(exercise.request(query), exercise.limits))
        found.append((time.perf_counter() - begun) * 1000)
        assert marked.miss is None, marked
    cuts = quantiles(found, n=20)
    return Waits(cuts[9], cuts[18])
