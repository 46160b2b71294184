"""The bank as it was counted: decks and cards with their flags, a card's options, misconceptions."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.db import db
from portal.quizzes.catalogue import ON_ROADMAP, decks, misconceptions
from portal.quizzes.counting import item_of, names_of
from portal.quizzes.models import BeliefStatistic, Card, ItemStatistic
from portal.quizzes.queries import read_sheet
from portal.quizzes.reporting import Standing, standings
from quizzes.items import BLANK, OTHER, Finding, Flag, ItemStatistics, Use, findings, need
from quizzes.misconceptions import Misconception
from quizzes.sheets import Sheet, opening

MOST_SPREADS = 100
LEAST_SHOWN = 5  # first answers, before anything is said about a card: fewer would be about persons
_OPEN, _WAITS = 3, 2  # what an accepted report adds to the need of a card, and one that nobody has read


class DeckRow(NamedTuple):
    """A deck of the bank: how many of its cards carry which flag, how its reports stand, how many cards need a look."""

    id: str
    title: str
    step: int
    cards: int
    needy: int
    flags: Mapping[str, int]
    reports: Standing


@dataclass(frozen=True)
class Measured:
    """A card of the bank. `found` is None where it was not counted yet, or not since it was changed."""

    card_id: int
    slug: str
    sheet: Sheet
    found: ItemStatistics | None
    reports: Standing

    @property
    def told(self) -> ItemStatistics | None:
        """The numbers, where there are enough of them to be shown."""
        return self.found if self.found is not None and self.found.answers >= LEAST_SHOWN else None

    @cached_property
    def findings(self) -> list[Finding]:
        """What is conspicuous, in sentences."""
        found = self.told
        return findings(item_of(self.card_id, self.sheet), found, names_of(self.sheet)) if found else []

    @property
    def flags(self) -> list[Flag]:
        """The same as flags, each once."""
        return list(dict.fromkeys(one.flag for one in self.findings))

    @property
    def need(self) -> int:
        """How much it needs to be looked at; 0: not at all."""
        return need(self.flags) + _OPEN * self.reports.to_mend + _WAITS * self.reports.waiting

    @property
    def opening(self) -> str:
        """How its question begins."""
        return opening(self.sheet)

    @property
    def line(self) -> str:
        """Its numbers in a line."""
        if (found := self.told) is None:
            return (
                "Too few first answers to say anything."
                if self.found
                else "Not counted yet, or not since it was changed."
            )
        words = f"{found.right} of {found.answers} right at first"
        if found.discrimination is not None:
            words += f", discrimination {found.discrimination:.2f}".replace("-", "−")
        return f"{words}, {found.seconds:.0f} seconds in the middle, forgotten {found.lapses} times."


class Spread(NamedTuple):
    """How far a misconception goes: learners who showed it of those who met it, and the same of cards and answers."""

    misconception: Misconception
    holders: int
    met: int
    shown_on: int
    cards: int
    shown: int
    answers: int

    @property
    def share(self) -> float:
        """Of the learners, 0 to 1."""
        return self.holders / self.met


class OptionRow(NamedTuple):
    """What first answers did with an option: shares in percent, of all and of the low, middle and best third."""

    html: str
    is_right: bool
    belief: str
    spread: Spread | None
    by: int
    share: int
    thirds: tuple[int | None, ...]


def bank() -> tuple[list[DeckRow], datetime | None]:
    """The decks in roadmap order, and since when the numbers stand. Three statements."""
    statement = select(Card.id, Card.deck_id, ItemStatistic.flags, ItemStatistic.counted_at)
    statement = statement.outerjoin(ItemStatistic, ItemStatistic.card_id == Card.id).where(Card.is_active, ON_ROADMAP)
    cards: dict[str, list[Any]] = {}
    for row in db.session.execute(statement):
        cards.setdefault(row.deck_id, []).append(row)
    reported = standings()
    rows = [_deck_row(deck, cards[deck.id], reported) for deck in decks() if deck.id in cards]
    moments = [row.counted_at for of_deck in cards.values() for row in of_deck if row.counted_at is not None]
    return rows, min(moments, default=None)


def _deck_row(deck: Any, cards: Sequence[Any], reported: Mapping[int, Standing]) -> DeckRow:
    flags = Counter(flag for row in cards for flag in (row.flags or "").split())
    reports = [reported.get(row.id, Standing()) for row in cards]
    needy = sum(bool(row.flags) or one.asks for row, one in zip(cards, reports, strict=True))
    return DeckRow(deck.id, deck.title, deck.step, len(cards), needy, flags, sum(reports, Standing()))


def cards_of_deck(deck_id: str) -> list[Measured]:
    """The active cards of a deck with their numbers, in its order. Two statements."""
    rows = db.session.execute(_measured().where(Card.deck_id == deck_id, Card.is_active).order_by(Card.position)).all()
    reported = standings(deck_id=deck_id)
    return [_read(row, reported) for row in rows]


def card(slug: str) -> Measured | None:
    """A card of the bank, one that is asked no more too. Two statements."""
    row = db.session.execute(_measured().where(Card.slug == slug)).first()
    return None if row is None else _read(row, standings(card_id=row.id))


def _measured() -> Any:
    columns = (Card.id, Card.slug, Card.sheet, ItemStatistic.told)
    return select(*columns).outerjoin(ItemStatistic, ItemStatistic.card_id == Card.id).where(ON_ROADMAP)


def _read(row: Any, reported: Mapping[int, Standing]) -> Measured:
    found = ItemStatistics.of_fields(json.loads(row.told)) if row.told else None
    return Measured(row.id, row.slug, read_sheet(row.sheet), found, reported.get(row.id, Standing()))


def options_of(one: Measured) -> list[OptionRow]:
    """What first answers did with the options of a card, the right ones first. One statement."""
    found = one.told
    if found is None:
        return []
    known = {option.key: option for option in one.sheet.options}
    names = {option.misconception for option in known.values()}
    of_card = _spreads(_spread().where(BeliefStatistic.misconception.in_(names)))
    spread = {row.misconception.id: row for row in of_card}
    rows = []
    for use in found.uses:
        option = known.get(use.key)
        belief = option.misconception if option and not option.is_right else ""
        says = misconceptions()[belief].says if belief in misconceptions() else ""
        name, is_right = (option.html, option.is_right) if option else (_unlisted(use.key), False)
        share = round(100 * use.by / found.answers)
        rows.append(OptionRow(name, is_right, says, spread.get(belief), use.by, share, _thirds(use, found)))
    return rows


def _unlisted(key: str) -> str:
    if key == BLANK:
        return "“I don’t know”"
    return f"“{key.removeprefix(OTHER)}”, typed" if key != OTHER else "anything else"


def _thirds(use: Use, found: ItemStatistics) -> tuple[int | None, ...]:
    return tuple(
        round(100 * by / of) if of >= LEAST_SHOWN else None for by, of in zip(use.thirds, found.thirds, strict=True)
    )


def spreads() -> tuple[list[Spread], int]:
    """The misconceptions that enough learners have met, the widest first, at most MOST_SPREADS; and how many are."""
    share = BeliefStatistic.holders * 1000 / BeliefStatistic.met
    statement = _spread().order_by(share.desc(), BeliefStatistic.holders.desc(), BeliefStatistic.misconception)
    count = select(func.count()).select_from(_spread().subquery())
    return _spreads(statement.limit(MOST_SPREADS)), db.session.execute(count).scalar_one()


def _spread() -> Any:
    return select(BeliefStatistic).where(BeliefStatistic.met >= LEAST_SHOWN)


def _spreads(statement: Any) -> list[Spread]:
    known = misconceptions()
    return [
        Spread(known[row.misconception], row.holders, row.met, row.shown_on, row.cards, row.shown, row.answers)
        for row in db.session.scalars(statement)
        if row.misconception in known
    ]
