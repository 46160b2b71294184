"""What first answers say of each card: counted deck by deck from the log, kept, and proved by a recount."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, or_, select, text

from portal.db import UTCDateTime, db
from portal.quizzes.catalogue import ON_ROADMAP
from portal.quizzes.models import FIRST, BeliefStatistic, Card, CardState, ItemStatistic, LogRow
from portal.quizzes.queries import read_sheet
from quizzes.cards import Ask
from quizzes.grading import AnswerError, judge
from quizzes.items import (
    BLANK,
    OTHER,
    Attempt,
    Item,
    ItemStatistics,
    Spread,
    findings,
    measure,
    note_beliefs,
)
from quizzes.ledger import Kind
from quizzes.observed import LEECH_LAPSES
from quizzes.sheets import Sheet
from quizzes.sm2 import Grade

EVERY = timedelta(days=1)
LEAST_TYPED = 5  # learners who typed the same, before it is kept as it was typed
LONGEST_TYPED = 60  # characters
_PICKED, _TYPED = {Ask.CHOICE, Ask.MULTI}, {Ask.NUMBER, Ask.SHORT, Ask.CLOZE}
_ROWS = (LogRow.learner_id, LogRow.card_id, LogRow.version, LogRow.kind, LogRow.grade, LogRow.is_right)
UNSYNCHRONISED = {"synchronize_session": False}
_UPSERT = text(  # a command and the refresher may count at once
    "INSERT INTO item_statistics (card_id, seen, flags, told, counted_at)"
    " VALUES (:card_id, :seen, :flags, :told, :counted_at) ON CONFLICT (card_id) DO UPDATE SET seen = excluded.seen,"
    " flags = excluded.flags, told = excluded.told, counted_at = excluded.counted_at"
).bindparams(bindparam("counted_at", type_=UTCDateTime()))
_UPSERT_BELIEF = text(
    "INSERT INTO belief_statistics (misconception, cards, shown_on, met, holders, answers, shown)"
    " VALUES (:misconception, :cards, :shown_on, :met, :holders, :answers, :shown)"
    " ON CONFLICT (misconception) DO UPDATE SET cards = excluded.cards, shown_on = excluded.shown_on,"
    " met = excluded.met, holders = excluded.holders, answers = excluded.answers, shown = excluded.shown"
)
_MORE = (LogRow.given, LogRow.misconceptions, LogRow.ms)


class Counted(NamedTuple):
    """A deck that was counted: rows of item_statistics, and what adds to the misconceptions of the whole bank."""

    deck_id: str
    rows: list[dict[str, Any]]
    attempts: list[Attempt]
    able: dict[int, set[str]]


@dataclass(slots=True)
class Verified:
    """What a recount found: differences as sentences, how many cards are equal, how many wait for the next count."""

    differences: list[str] = field(default_factory=list)
    equal: int = 0
    waiting: int = 0


def deck_ids() -> Sequence[str]:
    """The decks of the bank."""
    return db.session.scalars(
        select(Card.deck_id).where(Card.is_active, ON_ROADMAP).distinct().order_by(Card.deck_id)
    ).all()


def is_due(moment: datetime) -> bool:
    """Whether the bank should be counted again: a card was never counted, or the last count is a day old."""
    of_card = and_(ItemStatistic.card_id == Card.id)
    numbers = (func.count(Card.id), func.count(ItemStatistic.card_id), func.min(ItemStatistic.counted_at))
    statement = select(*numbers).select_from(Card).outerjoin(ItemStatistic, of_card).where(Card.is_active, ON_ROADMAP)
    cards, counted, oldest = db.session.execute(statement).one()
    return bool(cards > counted or (oldest is not None and oldest <= moment - EVERY))


def item_of(card_id: int, sheet: Sheet) -> Item:
    """A card as something to be measured."""
    right, wrong = (tuple(one.key for one in sheet.options if one.is_right is wanted) for wanted in (True, False))
    return Item(card_id, right, wrong, sheet.ask in _PICKED, sheet.ask is not Ask.SELF)


def names_of(sheet: Sheet) -> dict[str, str]:
    """How the options of a card read in a sentence."""
    return {option.key: shorten(option.text, LONGEST_TYPED, placeholder=" …") for option in sheet.options}


def count_deck(deck_id: str, moment: datetime) -> Counted:
    """Count the first answers to the cards of a deck, each at its present revision. Four statements, all reading."""
    seen = db.session.execute(select(func.coalesce(func.max(LogRow.id), 0))).scalar_one()
    of_deck = select(Card.id, Card.rev, Card.sheet).where(Card.deck_id == deck_id, Card.is_active, ON_ROADMAP)
    cards = db.session.execute(of_deck.order_by(Card.position)).all()
    sheets = {card_id: read_sheet(sheet) for card_id, _, sheet in cards}
    items = [item_of(card_id, sheet) for card_id, sheet in sheets.items()]
    attempts = list(_attempts(sheets, {card_id: rev for card_id, rev, _ in cards}))
    measured = measure(items, attempts, _lapses(sheets))
    rows = [
        _row(item, measured[item.id], card.sheet, seen=seen, counted_at=moment)
        for item, card in zip(items, cards, strict=True)
    ]
    able = {
        card_id: {one.misconception for one in sheet.options if one.misconception and not one.is_right}
        for card_id, sheet in sheets.items()
    }
    return Counted(deck_id, rows, attempts, able)


def _row(item: Item, found: ItemStatistics, sheet_json: str, **more: Any) -> dict[str, Any]:
    flags = dict.fromkeys(one.flag.value for one in findings(item, found, names_of(read_sheet(sheet_json))))
    told = json.dumps(found.fields(), ensure_ascii=False, separators=(",", ":"))
    return {"card_id": item.id, "flags": " ".join(flags), "told": told, **more}


def _attempts(sheets: Mapping[int, Sheet], revs: Mapping[int, int]) -> Iterator[Attempt]:
    """First answers that were not taken back. Whoever put a card off before had seen it: that is no first answer."""
    rows, undone, regraded = [], set[tuple[int, int]](), dict[tuple[int, int], int]()
    for row in _first_rows(sheets, revs):
        learner_id, card_id, version, kind, grade = row[:5]
        if version == 0 and kind == Kind.ANSWER:
            rows.append(row)
        elif kind == Kind.UNDO:
            undone.add((learner_id, card_id))
        elif kind == Kind.REGRADE and grade is not None:
            regraded[learner_id, card_id] = grade
    picks = _Picks(sheets, [(row[1], row[6]) for row in rows])
    for learner_id, card_id, _, _, grade, is_right, given, beliefs, ms in rows:
        if (learner_id, card_id) in undone:
            continue
        is_known = regraded.get((learner_id, card_id), grade) >= Grade.HARD if is_right is None else is_right
        shown = tuple(beliefs.split()) if beliefs else ()
        yield Attempt(learner_id, card_id, is_known, picks.of(card_id, given), ms, shown)


def _first_rows(sheets: Mapping[int, Sheet], revs: Mapping[int, int]) -> Iterable[Any]:
    of_rev = [and_(LogRow.card_id.in_(ids), LogRow.rev == rev) for rev, ids in _by_rev(revs).items()]
    if not sheets:
        return ()
    # The condition of the index stands in the words of the index: only then SQLite uses it.
    statement = select(*_ROWS, *_MORE).where(text(f"({FIRST})"), LogRow.card_id.in_(sheets), or_(*of_rev))
    return db.session.execute(statement.order_by(LogRow.card_id, LogRow.learner_id, LogRow.version)).yield_per(2_000)


def _by_rev(revs: Mapping[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for card_id, rev in revs.items():
        found.setdefault(rev, []).append(card_id)
    return found


class _Picks:
    """Which options answers name; each answer to a card is judged once. What few have typed is not told."""

    def __init__(self, sheets: Mapping[int, Sheet], answers: Iterable[tuple[int, str | None]]) -> None:
        counts = Counter(answers)
        self._picks = {(card_id, given): picked(sheets[card_id], given) for card_id, given in counts}
        typed = Counter[tuple[int, tuple[str, ...]]]()
        for (card_id, given), count in counts.items():
            typed[card_id, self._picks[card_id, given]] += count
        for (card_id, given), keys in self._picks.items():
            if keys and keys[0].startswith(OTHER) and typed[card_id, keys] < LEAST_TYPED:
                self._picks[card_id, given] = (OTHER,)

    def of(self, card_id: int, given: str | None) -> tuple[str, ...]:
        return self._picks[card_id, given]


def picked(sheet: Sheet, given: str | None) -> tuple[str, ...]:
    """The options that an answer names, as quizzes.items.Attempt wants them. `given` is what the log keeps."""
    answers = json.loads(given) if given else []
    if len(answers) == 1 and not answers[0].strip():
        return (BLANK,)
    if sheet.ask in _PICKED:
        keys = {option.key for option in sheet.options}
        return tuple(dict.fromkeys(one if one in keys else OTHER for one in answers))
    if sheet.ask not in _TYPED or not answers:
        return ()
    try:
        verdict = judge(sheet, answers)
    except AnswerError:  # it was one on the day it was given
        return (OTHER,)
    right = tuple(option.key for option in sheet.options if option.is_right)[:1]
    return verdict.picked or (right if verdict.is_right else (_typed(answers[0]),))


def _typed(text: str) -> str:
    return OTHER + " ".join(text.split()).casefold()[:LONGEST_TYPED]


def _lapses(card_ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    numbers = (func.count(), func.sum(CardState.lapses), func.count().filter(CardState.lapses >= LEECH_LAPSES))
    statement = select(CardState.card_id, *numbers).where(
        CardState.card_id.in_(card_ids), CardState.due_on.is_not(None)
    )
    rows = db.session.execute(statement.group_by(CardState.card_id))
    return {card_id: (learnt, int(lapses), leeches) for card_id, learnt, lapses, leeches in rows}


def keep(counted: Counted) -> None:
    """Keep what was counted of a deck; what was kept of cards that are asked no more goes."""
    gone = select(Card.id).where(Card.deck_id == counted.deck_id, Card.is_active.is_(False))
    db.session.execute(delete(ItemStatistic).where(ItemStatistic.card_id.in_(gone)), execution_options=UNSYNCHRONISED)
    if counted.rows:
        db.session.execute(_UPSERT, counted.rows)


def spread_rows(spreads: Mapping[str, Spread]) -> list[dict[str, Any]]:
    """Rows of belief_statistics."""
    return [
        {
            "misconception": name,
            "cards": len(one.cards),
            "shown_on": len(one.shown_on),
            "met": len(one.met),
            "holders": len(one.holders),
            "answers": one.answers,
            "shown": one.shown,
        }
        for name, one in sorted(spreads.items())
    ]


def keep_beliefs(spreads: Mapping[str, Spread]) -> None:
    """Keep how far the misconceptions of the whole bank go."""
    gone = BeliefStatistic.misconception.not_in(list(spreads))
    db.session.execute(delete(BeliefStatistic).where(gone), execution_options=UNSYNCHRONISED)
    if rows := spread_rows(spreads):
        db.session.execute(_UPSERT_BELIEF, rows)


def verify(moment: datetime) -> Verified:
    """Compare what is kept with a recount. A deck that was answered since, or changed, waits for its next count."""
    found, spreads = Verified(), dict[str, Spread]()
    for deck_id in deck_ids():
        counted = count_deck(deck_id, moment)
        note_beliefs(spreads, counted.attempts, counted.able)
        kept = {row.card_id: row for row in db.session.scalars(_kept_of(deck_id))}
        if _is_waiting(deck_id, counted, kept):
            found.waiting += len(counted.rows)
            continue
        for row in counted.rows:
            unequal = [name for name in ("flags", "told") if getattr(kept[row["card_id"]], name) != row[name]]
            found.differences += [f"card {row['card_id']}: {', '.join(unequal)} differ from the log"] if unequal else []
            found.equal += not unequal
    if not found.waiting:
        found.differences += _belief_differences(spreads)
    return found


def _kept_of(deck_id: str) -> Any:
    return select(ItemStatistic).join(Card, Card.id == ItemStatistic.card_id).where(Card.deck_id == deck_id)


def _is_waiting(deck_id: str, counted: Counted, kept: Mapping[int, ItemStatistic]) -> bool:
    if {row["card_id"] for row in counted.rows} != kept.keys():
        return True
    seen = min((row.seen for row in kept.values()), default=0)
    newer = select(LogRow.id).join(Card, Card.id == LogRow.card_id).where(LogRow.id > seen, Card.deck_id == deck_id)
    return db.session.scalar(newer.limit(1)) is not None


def _belief_differences(spreads: Mapping[str, Spread]) -> Iterator[str]:
    names = [column.key for column in BeliefStatistic.__mapper__.column_attrs]
    kept = {
        row.misconception: {name: getattr(row, name) for name in names}
        for row in db.session.scalars(select(BeliefStatistic))
    }
    wanted = {row["misconception"]: row for row in spread_rows(spreads)}
    for name in sorted(kept.keys() | wanted.keys()):
        if kept.get(name) != wanted.get(name):
            yield f"misconception {name}: kept {kept.get(name)}, the log gives {wanted.get(name)}"
