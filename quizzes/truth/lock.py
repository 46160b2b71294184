"""Keeps the answers that were computed, so that an update that changes one of them shows as a diff."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizzes.cards import Card
from quizzes.findings import Finding
from quizzes.truth import Proof
from quizzes.truth.versions import versions_of

LOCK = "truth.lock"


@dataclass(frozen=True, slots=True)
class Truth:
    """A line of the lock: what was computed, and by which versions."""

    computed: str
    versions: str
    line: int = 0

    def says_what(self, known: "Truth | None") -> bool:
        """Whether another line has this answer from the same programs, of whatever version."""
        return known is not None and self.computed == known.computed and _names(self) == _names(known)


def write(cards: Sequence[Card], proofs: Mapping[str, Proof], lock_text: str, is_fresh: bool = False) -> str:
    """The text of truth.lock: `id "answer" versions`, a line a card that runs, sorted by id.

    An answer that is as before keeps its line, whatever is installed today: so a diff is a truth that changed.
    `is_fresh` names today's versions everywhere. A card that is not proved keeps the line it has.
    """
    old, _ = _read(lock_text)
    lines = {}
    for card in cards:
        proof, known = proofs[card.id], old.get(card.id)
        if not proof.is_run:
            continue
        today = Truth(proof.computed, versions_of(card))
        truth = known if proof.complaints or (not is_fresh and today.says_what(known)) else today
        if truth:
            lines[card.id] = f"{card.id} {_quoted(truth.computed)} {truth.versions}".rstrip()
    return "".join(f"{lines[id_]}\n" for id_ in sorted(lines))


def _quoted(computed: str) -> str:
    r"""An answer as JSON, with `:\/\/` for `://`: an address that a card computes is none that a lock file asks for.

    To JSON both are the same text, so what is read back is the answer.
    """
    return json.dumps(computed, ensure_ascii=False).replace("://", r":\/\/")


def gaps(cards: Sequence[Card], lock_text: str) -> list[Finding]:
    """Cards that run and are not in the lock, and lines of the lock whose card does not run. Runs nothing."""
    locked, findings = _read(lock_text)
    running = {card.id: card for card in cards if card.check[0] != "source"}
    findings += [
        Finding(card.path, card.line, card.id, f"its answer is not in {LOCK}: write the lock anew")
        for card in running.values()
        if card.id not in locked
    ]
    gone = f"nothing runs this card any more: write {LOCK} anew"
    return findings + [Finding(LOCK, truth.line, id_, gone) for id_, truth in locked.items() if id_ not in running]


def changes(cards: Sequence[Card], proofs: Sequence[Proof], lock_text: str) -> tuple[list[Finding], int]:
    """Proved answers that differ from the lock, and how many agree with it though other versions gave them."""
    locked, _ = _read(lock_text)
    findings, others = [], 0
    for card, proof in zip(cards, proofs, strict=True):
        known = locked.get(card.id)
        if known is None or proof.complaints or not proof.is_run:
            continue
        versions = versions_of(card)
        if known.computed != proof.computed:
            told = f'computes "{proof.computed}"{_by(versions)}; {LOCK} has "{known.computed}"{_by(known.versions)}'
            findings.append(Finding(card.path, card.line, card.id, told))
        elif known.versions != versions:
            others += 1
    return findings, others


def _names(truth: Truth) -> list[str]:
    return [part.split()[0] for part in truth.versions.split(", ") if part]


def _by(versions: str) -> str:
    return f" ({versions})" if versions else ""


def _read(lock_text: str) -> tuple[dict[str, Truth], list[Finding]]:
    locked: dict[str, Truth] = {}
    findings: list[Finding] = []
    for number, line in enumerate(lock_text.split("\n"), 1):
        id_, _, rest = line.partition(" ")
        try:
            computed, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            computed, end = None, 0
        if isinstance(computed, str):
            locked[id_] = Truth(computed, rest[end:].strip(), number)
        elif line.strip():
            findings.append(Finding(LOCK, number, "", 'a line is `id "answer" versions`; write the lock anew'))
    return locked, findings
