"""Proves cards about HTTP status codes from the registry's own table, not from Python's http.HTTPStatus."""

import csv
import re
from functools import cache
from pathlib import Path

from quizzes.cards import Card
from quizzes.truth.claims import (
    Claim,
    Finding,
    ProofError,
    claims_with_accepted,
    judge,
    judge_each,
    refuse_idle_fences,
)

TABLE = Path(__file__).with_name("http_status.csv")
FIELDS = {"phrase": "phrase", "class": "class", "reference": "reference", "header": "required_header"}
USAGE = '"status CODE phrase|class|reference|header", "code PHRASE" or "each CONDITION"'
CONDITIONS = '"class 4xx", "requires-header NAME", "exists" or "rfc NUMBER"'


@cache
def statuses() -> dict[int, dict[str, str]]:
    """Return code -> {code, phrase, class, reference, required_header} (IANA registry, RFC 9110)."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        return {int(row["code"]): row for row in csv.DictReader(table)}


def prove(card: Card, folder: Path) -> Finding:  # noqa: ARG001 - every engine is called alike
    """Prove a card whose check is `registry status|code|each ...`."""
    refuse_idle_fences(card, "", frozenset())
    match card.check[1:]:
        case ("status", code, field):
            return _settle(card, _field(card, code, field))
        case ("code", *words) if words:
            return _settle(card, str(_code_of(card, " ".join(words))))
        case ("each", *condition) if condition:
            return _prove_each(card, condition)
    raise ProofError(card.line, f"registry wants {USAGE}")


def _settle(card: Card, computed: str) -> Finding:
    return Finding(computed, judge(card, computed, (), "the registry"))


def _field(card: Card, code: str, field: str) -> str:
    if field not in FIELDS or not code.isdecimal():
        raise ProofError(card.line, f"registry wants {USAGE}")
    if int(code) not in statuses():
        raise ProofError(card.line, f"the registry has no status {code}")
    return statuses()[int(code)][FIELDS[field]] or "none"


def _code_of(card: Card, phrase: str) -> int:
    for code, row in statuses().items():
        if row["phrase"].casefold() == phrase.casefold():
            return code
    raise ProofError(card.line, f'the registry has no phrase "{phrase}"')


def _prove_each(card: Card, condition: list[str]) -> Finding:
    verdicts = [(claim, _holds(card, claim, condition)) for claim in claims_with_accepted(card)]
    return judge_each(card, verdicts, f'satisfy "{" ".join(condition)}"')


def _holds(card: Card, claim: Claim, condition: list[str]) -> bool:
    found = re.search(r"\d+", claim.text)
    if found is None:
        raise ProofError(claim.line, f'"{claim.text}" names no status code')
    row = statuses().get(int(found[0]))
    match condition:
        case ["exists"]:
            return row is not None and row["phrase"] != "(Unused)"
        case ["class", wanted] if re.fullmatch(r"[1-5]xx", wanted):
            return row is not None and row["class"] == wanted
        case ["requires-header", name]:
            return row is not None and row["required_header"].casefold() == name.casefold()
        case ["rfc", number] if number.isdecimal():
            return row is not None and row["reference"].startswith(f"RFC {number} ")
    raise ProofError(card.line, f"registry each wants {CONDITIONS}")
