"""Whether a load of the decks would change anything, told without reading a card."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2s
from pathlib import Path

from sqlalchemy import select

from portal.db import db
from portal.quizzes import loading
from portal.quizzes.models import OFF_ROADMAP, Card, Deck, Pair
from quizzes.truth.remembering import surroundings

REMEMBERED = "loaded"  # a file of the instance folder


def digest(quizzes: Path, topic_titles: Mapping[str, str]) -> str:
    """What a load reads and what it keeps, as 64 hex digits.

    It reads every file below `quizzes` (decks, datasets, and the engine that draws them), the topics' titles,
    `loading.py` and whatever is installed; it keeps the rows of decks, cards and pairs of the roadmap. A load is made
    of nothing else, so one that had nothing to do has nothing to do wherever this digest is met again.
    """
    found = blake2s(surroundings().encode())
    found.update(repr(sorted(topic_titles.items())).encode())
    for path in [Path(loading.__file__), *_files(quizzes)]:
        content = path.read_bytes()
        found.update(f"\n{path.name} {len(content)}\n".encode() + content)
    for row in _rows():
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Every file below a folder, but for what is kept there about them."""
    parts = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(path for path in parts if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _rows() -> Iterator[Sequence[object]]:
    yield from db.session.execute(
        select(Deck.id, Deck.title, Deck.step).where(Deck.step < OFF_ROADMAP).order_by(Deck.id)
    )
    columns = (Card.slug, Card.deck_id, Card.topic, Card.topic_title, Card.position, Card.rev, Card.is_active)
    more = (Card.kept_back_by, Card.sheet)
    yield from db.session.execute(select(*columns, *more).where(Card.position > 0).order_by(Card.id))
    yield from db.session.execute(select(*Pair.__table__.columns).order_by(Pair.card_id, Pair.other_id))


def remembered(instance: Path) -> tuple[str, int]:
    """The digest after the last load and the number of cards it found; ("", 0) when nothing is known."""
    with suppress(OSError, ValueError):
        found, _, count = (instance / REMEMBERED).read_text(encoding="ascii").partition(" ")
        return found, int(count)
    return "", 0


def remember(instance: Path, found: str, count: int) -> None:
    """Keep the digest of what a load left. A folder that takes no file is no reason to fail."""
    with suppress(OSError):
        instance.mkdir(parents=True, exist_ok=True)
        (instance / REMEMBERED).write_text(f"{found} {count}", encoding="ascii")
