"""One door to the engines that prove a card: run it, and compare what it claims with what happened."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from quizzes.cards import Ask, Card
from quizzes.truth import bigo, http, python, registry, source, sql, testfiles
from quizzes.truth.claims import Finding, ProofError, complain

ENGINES = ("sql", "python", "bigo", "http", "pytest", "registry", "source")


@dataclass(frozen=True, slots=True)
class Proof:
    """What an engine says about a card.

    `computed` is the key as computed ("" when nothing runs); `complaints` say file, line and card and are
    empty for a proved card; `is_run` is False for `source`, which only a second reader vouches for.
    """

    card_id: str
    engine: str
    computed: str
    complaints: tuple[str, ...]
    is_run: bool


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Proof:
    """Prove one card; `folder` holds the decks, their datasets are in `folder`/datasets.

    `limit_seconds` bounds each program the card runs. A card that cannot be proved gives complaints, never
    an exception.
    """
    engine = card.check[0] if card.check else ""
    try:
        finding = _engine(card, engine, limit_seconds)(card, folder)
    except ProofError as error:
        finding = Finding("", (complain(card, error.line, str(error)),))
    return Proof(card.id, engine, finding.computed, finding.complaints, engine in ENGINES and engine != "source")


def prove_all(cards: Sequence[Card], folder: Path, workers: int = 2) -> Iterator[Proof]:
    """Prove cards in their order, `workers` at a time (programs run in processes of their own)."""
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(partial(prove, folder=folder), cards)


def _engine(card: Card, name: str, limit_seconds: float) -> Callable[[Card, Path], Finding]:
    if card.ask is Ask.SELF and name != "source":
        raise ProofError(card.line, "a self card has no key to compute: use check: source")
    match name:
        case "sql":
            return sql.prove
        case "python":
            return partial(python.prove, limit_seconds=limit_seconds)
        case "bigo":
            return partial(bigo.prove, limit_seconds=limit_seconds)
        case "http":
            return partial(http.prove, limit_seconds=limit_seconds)
        case "pytest":
            return partial(testfiles.prove, limit_seconds=limit_seconds)
        case "registry":
            return registry.prove
        case "source":
            return source.prove
    raise ProofError(card.line, f'there is no engine "{name}"; known are {", ".join(ENGINES)}')
