"""Cards that invented learners made of their own sentences: met like all others, from the day they were made."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.db import db
from portal.demo.answers import BankCard
from portal.demo.people import Learner
from portal.demo.year import Year
from portal.journal.models import Entry
from portal.quizzes import making
from portal.quizzes.making import Written
from portal.quizzes.models import Card
from quizzes.cards import Ask
from quizzes.sheets import Sheet
from quizzes.simulating import SimulatedDay

_TEXT = Path(__file__).parent / "texts" / "own_cards.toml"


@dataclass(frozen=True, slots=True)
class Planned:
    """A card before it is made: `number` is below 0 until then."""

    number: int
    made_on: date
    written: Written
    begins: str


def planned(year: Year) -> list[Planned]:
    """Ada's own cards with the days on which she makes them."""
    length = (year.last - year.first).days
    return [
        Planned(
            -number,
            year.first + timedelta(days=int(row["at"] * length)),
            Written(row["front"].strip(), row["back"].strip(), ()),
            row.get("begins", ""),
        )
        for number, row in enumerate(tomllib.loads(_TEXT.read_text())["card"], 1)
    ]


def with_own(cards: Sequence[BankCard], plans: Sequence[Planned]) -> list[BankCard]:
    """The bank with stand-ins for cards that are not made yet; they lie before it, at the place 0."""
    blank = Sheet("", "own", Ask.SELF, "", 2, 1, "", (), (), "", "", "", ())
    own = [BankCard(plan.number, "", "", "", 0, 1, blank, plan.made_on) for plan in plans]
    return [*own, *cards]


def make_own(learner: Learner, plans: Sequence[Planned]) -> Learner:
    """Make the cards, and give the learner's days their true numbers."""
    numbers: dict[int, int] = {}
    for plan in plans:
        moment = datetime.combine(plan.made_on, datetime.min.time(), learner.studied[0].ended_at.tzinfo)
        entry_id = _entry(learner, plan)
        slug = making.make_card(learner.id, f"demo{plan.number}", entry_id, plan.written, moment + timedelta(hours=5))
        numbers[plan.number] = db.session.scalars(select(Card.id).where(Card.slug == slug)).one()
    cards = [card._replace(id=numbers.get(card.id, card.id)) for card in learner.cards]
    return replace(learner, cards=cards, lived=[_renumbered(day, numbers) for day in learner.lived])


def _entry(learner: Learner, plan: Planned) -> int | None:
    """The entry a card was made of: the latest one of its day or before that begins so."""
    if not plan.begins:
        return None
    of_learner = (Entry.learner_id == learner.id, Entry.body.startswith(plan.begins, autoescape=True))
    return db.session.scalar(select(Entry.id).where(*of_learner).order_by(Entry.day.desc()).limit(1))


def _renumbered(day: SimulatedDay, numbers: Mapping[int, int]) -> SimulatedDay:
    return replace(day, acts=tuple(replace(act, card_id=numbers.get(act.card_id, act.card_id)) for act in day.acts))
