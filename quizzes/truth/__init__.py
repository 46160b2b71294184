"""One door to the engines that prove a card: run it, and compare what it claims with what happened."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from quizzes.cards import Ask, Card
from quizzes.truth import bigo, git, http, mongo, python, regex, registry, source, sql, testfiles, writing
from quizzes.truth.claims import Finding, ProofError, complain
from quizzes.truth.remembering import FOLDER, Runs, remembering
from quizzes.varying import names_of, variants

_PROGRAMS: dict[str, Callable[[Card, Path, float], Finding]] = {
    "python": python.prove,
    "bigo": bigo.prove,
    "git": git.prove,
    "http": http.prove,
    "mongo": mongo.prove,
    "pytest": testfiles.prove,
    "regex": regex.prove,
}
_OTHERS: dict[str, Callable[[Card, Path], Finding]] = {
    "sql": sql.prove,
    "registry": registry.prove,
    "source": source.prove,
    "write-sql": writing.prove,
    "write-regex": writing.prove,
}
ENGINES = (*_PROGRAMS, *_OTHERS)


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


def prove_again(card: Card, folder: Path, is_fresh: bool = False) -> Proof:
    """Prove one card, recalling the runs of last time (`folder`/.proofs) unless `is_fresh`; this time's are kept.

    A complaint is never given from memory: what was a busy machine's fault then is run again.
    """
    runs = Runs(folder / FOLDER / f"{card.id}.json")
    if is_fresh:
        runs.forget()
    with remembering(runs):
        proof = prove(card, folder)
        if proof.complaints and runs.is_from_memory:
            runs.forget()
            proof = prove(card, folder)
    if not proof.complaints:
        runs.keep()
    return proof


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Proof:
    """Prove one card; `folder` holds the decks, their datasets are in `folder`/datasets.

    `limit_seconds` bounds each program the card runs. A card that cannot be proved gives complaints, never
    an exception.
    """
    engine = card.check[0] if card.check else ""
    found = {
        name: _proved(shown, engine, folder, limit_seconds)
        for name, shown in zip(names_of(card), variants(card), strict=True)
    }
    finding = _joined(found) if card.vary else found[""]
    return Proof(card.id, engine, finding.computed, finding.complaints, engine in ENGINES and engine != "source")


def _proved(card: Card, engine: str, folder: Path, limit_seconds: float) -> Finding:
    try:
        return _engine(card, engine, limit_seconds)(card, folder)
    except ProofError as error:
        return Finding("", (complain(card, error.line, str(error)),))


def _joined(found: dict[str, Finding]) -> Finding:
    """What was found of all variants, each under its values."""
    computed = "; ".join(f"{name}: {finding.computed}" for name, finding in found.items())
    complaints = (f"{told} ({name})" for name, finding in found.items() for told in finding.complaints)
    return Finding(computed, tuple(complaints))


def prove_all(cards: Sequence[Card], folder: Path, workers: int = 2, is_fresh: bool = False) -> Iterator[Proof]:
    """Prove cards in their order, `workers` at a time (programs run in processes of their own)."""
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(partial(prove_again, folder=folder, is_fresh=is_fresh), cards)


def _engine(card: Card, name: str, limit_seconds: float) -> Callable[[Card, Path], Finding]:
    if card.ask is Ask.SELF and name != "source":
        raise ProofError(card.line, "a self card has no key to compute: use check: source")
    if name in _PROGRAMS:
        program = _PROGRAMS[name]
        return lambda card, folder: program(card, folder, limit_seconds)
    if name in _OTHERS:
        return _OTHERS[name]
    raise ProofError(card.line, f'there is no engine "{name}"; known are {", ".join(ENGINES)}')
