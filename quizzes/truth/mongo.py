"""Proves cards about MongoDB: runs their Python on a fresh mongomock database, and wants the manual beside it."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from quizzes.cards import Card, Fence
from quizzes.truth import python
from quizzes.truth.claims import Finding, ProofError, complain

MANUAL = "https://www.mongodb.com/docs/"
PRELUDE = """
import mongomock
from mongomock import DuplicateKeyError, ObjectId
from mongomock.collection import ReturnDocument
db = mongomock.MongoClient().shop
"""


def prove(card: Card, folder: Path, limit_seconds: float = 10.0) -> Finding:
    """Prove a card whose check is `mongo value` or `mongo each`: as `python`, with an empty database `db`.

    mongomock only stands in for a server, so a page of MongoDB's own documentation must vouch for the key too.
    """
    if card.check not in {("mongo", "value"), ("mongo", "each")}:
        raise ProofError(card.line, f'"check: {" ".join(card.check)}" is not "mongo value" or "mongo each"')
    if find_spec("mongomock") is None:
        raise ProofError(card.line, "mongomock is not installed: it comes with the development packages, .[dev]")
    if not any(source.url.startswith(MANUAL) for source in card.sources):
        raise ProofError(card.line, f"mongomock only stands in for MongoDB: name a source below {MANUAL}")
    opening = Fence("python", "setup", PRELUDE, card.line)
    finding = python.prove(replace(card, fences=(opening, *card.fences)), folder, limit_seconds)
    if finding.computed == "NotImplementedError":
        return Finding("", (complain(card, card.line, "mongomock cannot do this: prove the card in another way"),))
    return finding
