"""The pages of the card bank for mentors and admins: decks, the cards of a deck, a card in numbers, misconceptions."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.login import mentor_required
from portal.quizzes import catalogue, measured, reporting
from portal.quizzes.forms import REASONS
from portal.quizzes.measured import Measured
from portal.sorting import Column, NoSuchOrder, Order, read_order
from quizzes.items import Flag

bp = Blueprint("bank", __name__, url_prefix="/quizzes")

FLAGS = {
    Flag.MISKEY: "key in doubt",
    Flag.NEGATIVE: "upside down",
    Flag.HARD: "too hard",
    Flag.WEAK: "tells little",
    Flag.LEECH: "keeps failing",
    Flag.SLOW: "slow",
    Flag.EASY: "too easy",
    Flag.UNUSED: "option unused",
}


COLUMNS = (
    Column("place", "Card", is_falling=False),
    Column("need", "What stands out"),
    Column("answers", "First answers"),
    Column("right", "Right", is_falling=False),
    Column("discrimination", "Discrimination", is_falling=False),
    Column("seconds", "Seconds"),
    Column("lapses", "Forgotten"),
    Column("reports", "Reports"),
)


@bp.get("/bank")
@mentor_required
def decks() -> ResponseReturnValue:
    """All decks, with what stands out in them."""
    rows, counted_at = measured.bank()
    return render_template(
        "quizzes/bank.html",
        decks=rows,
        counted_at=counted_at,
        reports=reporting.count_by_state(),
        flags=FLAGS,
        cards=sum(row.cards for row in rows),
        needy=sum(row.needy for row in rows),
    )


@bp.get("/bank/decks/<deck_id>")
@mentor_required
def deck(deck_id: str) -> ResponseReturnValue:
    """The cards of a deck, those first that need to be looked at; sorted and filtered by the address."""
    found = next((deck for deck in catalogue.decks() if deck.id == deck_id), None)
    order, flag = _order(), request.args.get("flag", "")
    if found is None or order is None or (flag and flag not in FLAGS):
        abort(404, "There is no such list of cards.")
    cards = measured.cards_of_deck(deck_id)
    shown = [one for one in _sorted(cards, order.column.name, order.is_falling) if not flag or flag in one.flags]
    return render_template(
        "quizzes/bank_deck.html",
        deck=found,
        cards=shown,
        all_cards=cards,
        columns=COLUMNS,
        order=order,
        flag=flag,
        flags=FLAGS,
        counts={one: sum(one in card.flags for card in cards) for one in FLAGS},
    )


def _order() -> Order | None:
    try:
        return read_order(COLUMNS, request.args.get("sort", "-need"))
    except NoSuchOrder:
        return None


def _sorted(cards: Sequence[Measured], column: str, is_falling: bool) -> list[Measured]:
    """By the column, then in the order of the deck; what has no number comes last either way."""
    if column == "place":
        return list(reversed(cards)) if is_falling else list(cards)
    known = [one for one in cards if _value(one, column) is not None]
    known.sort(key=lambda one: _value(one, column), reverse=is_falling)
    return known + [one for one in cards if _value(one, column) is None]


def _value(one: Measured, column: str) -> Any:
    if column == "need":
        return one.need
    if column == "reports":
        return one.reports.waiting, one.reports.to_mend, one.reports.accepted
    found = one.told
    if column == "right":
        return found and found.facility
    return found and getattr(found, column)


@bp.get("/bank/misconceptions")
@mentor_required
def misconceptions() -> ResponseReturnValue:
    """How far each misconception goes."""
    spreads, count = measured.spreads()
    return render_template("quizzes/bank_misconceptions.html", spreads=spreads, count=count)


@bp.get("/bank/<slug>")
@mentor_required
def card(slug: str) -> ResponseReturnValue:
    """A card in numbers: the key, what each option is good for, reports."""
    one = measured.card(slug)
    if one is None:
        abort(404, "There is no such card.")
    return render_template(
        "quizzes/bank_card.html",
        one=one,
        found=one.told,
        options=measured.options_of(one),
        reports=reporting.of_card(one.card_id),
        reasons=dict(REASONS),
        deck=next(deck for deck in catalogue.decks() if deck.id == one.sheet.deck),
    )
