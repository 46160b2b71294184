"""What is due, what comes next, and what is known of a learner's cards."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Float,
    Integer,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from portal.db import db
from portal.login import Me
from portal.quizzes.models import Call, Card, CardState, Deck, Desk, LogRow, Pair, ReviewDay
from portal.statements import Prepared
from quizzes import comeback
from quizzes.day import day_of, never_earlier
from quizzes.grading import Verdict
from quizzes.ledger import Kind, Memory
from quizzes.marking import Marked
from quizzes.picking import AGAIN_AFTER, Counts, Queue, next_queue
from quizzes.sheets import Sheet
from quizzes.sm2 import Grade, Schedule

read_sheet = lru_cache(maxsize=1024)(Sheet.from_json)


class Held(NamedTuple):
    """A card in a learner's hand: what is served, what is remembered, and the learner's latest day."""

    card_id: int
    slug: str
    deck_title: str
    topic: str
    topic_title: str
    position: int
    rev: int
    is_active: bool
    sheet_json: str
    memory: Memory
    is_kept: bool
    last_day: date | None

    @property
    def sheet(self) -> Sheet:
        """The card's content."""
        return read_sheet(self.sheet_json)

    @property
    def is_own(self) -> bool:
        """Whether this learner made it; cards of a cohort have no place on the roadmap either, but a topic of it."""
        return self.position == 0 and not self.topic


class Answer(NamedTuple):
    """An answer as it was logged; `given` is JSON, or None where only a grade was given.

    `found` is the JSON of quizzes.marking.Marked, for what was written and run; `verdict` is there when the answer was
    judged in this request, `is_called` whether it called its contrast (portal.quizzes.contrasting).
    """

    id: int
    card_id: int
    version: int
    day: date
    token: str | None
    grade: int
    proposed: int | None
    given: str | None
    is_right: bool | None
    found: str | None = None
    verdict: Verdict | None = None
    is_called: bool = False

    @property
    def marked(self) -> Marked | None:
        """What running a written answer showed."""
        return Marked.from_json(self.found) if self.found else None


class Start(NamedTuple):
    """Where the search for a learner's new cards begins, and what their choices keep back (quizzes.choosing)."""

    frontier: int = 0
    called_from: int | None = None
    choices: int = 0


class Today(NamedTuple):
    """A learner's day as it stands; `day` is the learner's own."""

    day: date
    counts: Counts
    answers: int
    right: int
    ms: int
    first_fresh: int | None
    again_is_ready: bool
    paused_days: int = 0  # since the last answer, for whoever comes back today and has not begun
    backlog: int = 0  # due cards that are left to the coming days
    back_on: date | None = None

    @property
    def waiting(self) -> int:
        """How many cards still come today."""
        return self.counts.due + self.counts.fresh + self.counts.again

    @property
    def queue(self) -> Queue | None:
        """Where the next card comes from."""
        return next_queue(self.counts, self.again_is_ready)


MEMORY = (
    CardState.version,
    CardState.ease,
    CardState.interval_days,
    CardState.repetitions,
    CardState.due_on,
    CardState.again_on,
    CardState.again_at,
    CardState.buried_on,
    CardState.is_suspended,
    CardState.is_retired,
    CardState.changed_on,
    CardState.first_on,
    CardState.last_on,
    CardState.last_grade,
    CardState.reviews,
    CardState.lapses,
)
_CARD = (Card.id, Card.slug, Deck.title, Card.topic, Card.topic_title, Card.position, Card.rev)
# Written out: SQLite plans a statement anew for each value bound to its LIMIT.
ONE = literal_column("1", Integer)
_LEARNER: BindParameter[int] = bindparam("learner")
_TODAY: BindParameter[date] = bindparam("today", type_=CardState.show_on.type)
_OF_LEARNER = and_(CardState.card_id == Card.id, CardState.learner_id == _LEARNER)
_IS_CALLED = (
    select(Call.id).where(Call.learner_id == _LEARNER, Call.card_id == Card.id, Card.owner_id.is_(None)).exists()
)
_HELD = (
    select(*_CARD, Card.is_active, Card.sheet, Desk.last_on, *MEMORY)
    .join(Deck, Deck.id == Card.deck_id)
    .outerjoin(CardState, _OF_LEARNER)
    .outerjoin(Desk, Desk.learner_id == _LEARNER)
    .where(or_(Card.position > 0, Card.owner_id == _LEARNER, _IS_CALLED))  # what somebody made is nobody else's
)
_HELD_BY_SLUG = Prepared(_HELD.where(Card.slug == bindparam("slug")))
_HELD_BY_ID = Prepared(_HELD.where(Card.id == bindparam("card")))
_ELAPSED = type_coerce(_TODAY - CardState.last_on, Integer)
_DUE = and_(CardState.learner_id == _LEARNER, CardState.show_on <= _TODAY)
_AGAIN = and_(CardState.learner_id == _LEARNER, CardState.again_on == _TODAY)
# The lowest predicted recall first: recall falls with elapsed / interval, whatever its curve is. Found on the index
# alone; only the one card that is picked is read whole.
_LOWEST_RECALL = (
    select(CardState.card_id)
    .where(_DUE)
    .order_by((cast(_ELAPSED, Float) / CardState.interval_days).desc(), CardState.card_id)
    .limit(ONE)
)
_LONGEST_WAITING = select(CardState.card_id).where(_AGAIN).order_by(CardState.again_at, CardState.card_id).limit(ONE)
_NEXT_DUE = Prepared(_HELD.where(Card.id == _LOWEST_RECALL.scalar_subquery()))
_NEXT_AGAIN = Prepared(_HELD.where(Card.id == _LONGEST_WAITING.scalar_subquery()))
_START = (Desk.frontier, Desk.called_from, Desk.choices)
_DAY = and_(ReviewDay.learner_id == _LEARNER, ReviewDay.day == _TODAY)
_again = select(func.count().label("cards"), func.min(CardState.again_at).label("since")).where(_AGAIN).subquery()
_TODAY_ROW = Prepared(
    select(
        select(func.count()).where(_DUE).scalar_subquery(),
        _again.c.cards,
        _again.c.since,
        Desk.last_on,
        Desk.back_on,
        *_START,
        *(func.coalesce(column, 0) for column in (ReviewDay.answers, ReviewDay.reviews, ReviewDay.fresh)),
        *(func.coalesce(column, 0) for column in (ReviewDay.right, ReviewDay.ms)),
    )
    .select_from(_again)
    .outerjoin(Desk, Desk.learner_id == _LEARNER)
    .outerjoin(ReviewDay, _DAY)
)
_ANSWER_FIELDS = (LogRow.id, LogRow.card_id, LogRow.version, LogRow.day, LogRow.token, LogRow.grade, LogRow.proposed)
_ANSWER = select(*_ANSWER_FIELDS, LogRow.given, LogRow.is_right, LogRow.found).where(
    LogRow.learner_id == _LEARNER, LogRow.kind == Kind.ANSWER.value
)
_ANSWER_BY_ID = Prepared(_ANSWER.where(LogRow.id == bindparam("answer")))
_ANSWER_BY_TOKEN = Prepared(_ANSWER.where(LogRow.token == bindparam("token")))
_IS_KNOWN = or_(CardState.due_on.is_not(None), CardState.is_suspended, CardState.buried_on >= _TODAY)
_CHOICES: BindParameter[int] = bindparam("choices")
# "< 1" for "= 0": PostgreSQL takes an equality of bits for one row in 200, and would read every card to find ten.
_IS_WANTED = Card.kept_back_by.bitwise_and(_CHOICES) < 1
_other = aliased(CardState)
# What a card needs is met by one right answer, ever or the last; what does not come to this learner need not be met.
IS_UNMET = and_(
    Pair.is_needed,
    Pair.kept_back_by.bitwise_and(_CHOICES) == 0,
    or_(
        _other.card_id.is_(None),
        and_(
            _other.repetitions == 0,
            _other.lapses == 0,
            _other.is_suspended.is_(False),
            func.coalesce(_other.last_grade, 0) < int(Grade.HARD),
        ),
    ),
)
# Asked from the pair to the other card's state, never the other way round: an outer join keeps its order.
PAIRED = (
    select(Pair.other_id)
    .outerjoin(_other, and_(_other.card_id == Pair.other_id, _other.learner_id == _LEARNER))
    .where(Pair.card_id == Card.id)
    .correlate(Card)
)
_IS_SIBLING = func.coalesce(_other.first_on == _TODAY, false())
_NEW = (
    select(Card.id)
    .where(Card.is_active, ~select(CardState.card_id).where(_OF_LEARNER, _IS_KNOWN).correlate(Card).exists())
    .limit(bindparam("most", type_=Integer) + 0)  # a sum: for a bare number SQLite plans anew each time, as for ONE
)
_OF_ROADMAP = _NEW.where(Card.position > bindparam("frontier"), _IS_WANTED).order_by(Card.position)
_CALLED = (
    _NEW.join(Call, and_(Call.card_id == Card.id, Call.learner_id == _LEARNER))
    .where(Call.id >= bindparam("called_from"))
    .order_by(Call.id)
)
_FRESH = Prepared(_OF_ROADMAP.where(~PAIRED.where(or_(_IS_SIBLING, IS_UNMET)).exists()))
_FRESH_CALLED = Prepared(_CALLED.where(~PAIRED.where(_IS_SIBLING).exists()))
_SIBLINGS, _SIBLINGS_CALLED = Prepared(_OF_ROADMAP.where(~PAIRED.where(IS_UNMET).exists())), Prepared(_CALLED)
_UNLEARNT_FROM = Prepared(
    select(Card.position)
    .outerjoin(CardState, _OF_LEARNER)
    .where(
        Card.is_active,
        _IS_WANTED,
        Card.position > bindparam("frontier"),
        or_(CardState.card_id.is_(None), and_(CardState.due_on.is_(None), CardState.is_suspended.is_(False))),
    )
    .order_by(Card.position)
    .limit(ONE)
)


def _held(row: Sequence[Any] | None) -> Held | None:
    if row is None:
        return None
    state = row[10:]
    return Held._make((*row[:9], memory_of(state), state[0] is not None, row[9]))  # _HELD has Held's order


def memory_of(state: Sequence[Any]) -> Memory:
    """The engine's memory from the columns of card_states, in the order of `MEMORY`; all None: nothing yet."""
    if state[0] is None:
        return Memory()
    version, ease, interval_days, repetitions, *rest = state
    return Memory(version, Schedule(ease, interval_days, repetitions), *rest)


def find_card(learner_id: int, slug: str) -> Held | None:
    """A card by its slug, with what this learner remembers of it."""
    return _held(_HELD_BY_SLUG.first({"learner": learner_id, "slug": slug}))


def find_card_by_id(learner_id: int, card_id: int) -> Held | None:
    """A card by its number, with what this learner remembers of it."""
    return _held(_HELD_BY_ID.first({"learner": learner_id, "card": card_id}))


def day_now(who: Me, moment: datetime, last_day: date | None) -> date:
    """The learner's own day; never earlier than the day of an answer that is already kept."""
    return never_earlier(day_of(moment, who.zone, who.rollover_hour), last_day)


def today(who: Me, moment: datetime, *, is_going_on: bool = False) -> Today:
    """What waits and what is done in this learner's day; `is_going_on`: also beyond its goal (quizzes.comeback)."""
    day = day_of(moment, who.zone, who.rollover_hour)
    row = _today_row(who.id, day)
    if row[3] is not None and row[3] > day:  # flew west: their day is the one they answered in
        day = row[3]
        row = _today_row(who.id, day)
    due, again, since, last_on, back_on, frontier, called_from, choices, answers, reviews, fresh, right, ms = row
    is_back = comeback.is_pause(last_on, day)
    back_on = day if is_back else back_on
    goal = comeback.goal(due, reviews, back_on, day, is_going_on)
    start = Start(frontier or 0, called_from, choices or 0)
    new = _fresh_cards(who, day, start, who.new_per_day - fresh, fresh) if goal is None else []
    wanted = due if goal is None else goal - reviews
    counts = Counts(due=wanted, fresh=len(new), again=again, reviews_done=reviews, fresh_done=fresh)
    is_ready = since is not None and moment - since >= AGAIN_AFTER
    paused = (day - last_on).days if is_back and goal is not None else 0
    return Today(day, counts, answers, right, ms, new[0] if new else None, is_ready, paused, due - wanted, back_on)


def _today_row(learner_id: int, day: date) -> tuple[Any, ...]:
    row = _TODAY_ROW.first({"learner": learner_id, "today": day})
    assert row is not None, "a select from one row gives one"
    return row


def _fresh_cards(who: Me, day: date, start: Start, most: int, met: int = 0) -> Sequence[int]:
    """The next new cards: those that were called first; then those of the roadmap.

    Siblings of what was `met` today, so many new cards, come only where nothing else is left.
    """
    if most <= 0:
        return []
    values = {"learner": who.id, "today": day, "most": most, **start._asdict()}
    found = _found(_FRESH_CALLED, _FRESH, values)
    if met and len(found) < most:
        found += _found(_SIBLINGS_CALLED, _SIBLINGS, values)
    return list(dict.fromkeys(found))[:most]  # a card of the roadmap can be called too


def _found(called: Prepared, roadmap: Prepared, values: Mapping[str, Any]) -> list[int]:
    first = [card_id for (card_id,) in called.all(values)] if values["called_from"] else []
    return first + ([card_id for (card_id,) in roadmap.all(values)] if len(first) < values["most"] else [])


def next_card(who: Me, now_today: Today) -> Held | None:
    """The card to show next, or None when the day is done."""
    values = {"learner": who.id, "today": now_today.day}
    match now_today.queue:
        case Queue.AGAIN:
            return _held(_NEXT_AGAIN.first(values))
        case Queue.DUE:
            return _held(_NEXT_DUE.first(values))
        case Queue.FRESH if now_today.first_fresh is not None:
            return find_card_by_id(who.id, now_today.first_fresh)
        case _:
            return None


def first_unlearnt_position(learner_id: int, frontier: int, choices: int = 0) -> int | None:
    """The position of the first active card after `frontier` that this learner has not learnt and lets come."""
    row = _UNLEARNT_FROM.first({"learner": learner_id, "frontier": frontier, "choices": choices})
    return None if row is None else int(row[0])


def find_answer(learner_id: int, answer_id: int) -> Answer | None:
    """One of this learner's answers."""
    row = _ANSWER_BY_ID.first({"learner": learner_id, "answer": answer_id})
    return None if row is None else Answer(*row)


def find_answer_by_token(learner_id: int, token: str) -> Answer | None:
    """The answer that was given to this presentation."""
    row = _ANSWER_BY_TOKEN.first({"learner": learner_id, "token": token})
    return None if row is None else Answer(*row)


def next_due(learner_id: int, day: date) -> tuple[date, int] | None:
    """The next day after `day` on which learnt cards come, and how many come by then."""
    soon = select(func.min(CardState.show_on)).where(CardState.learner_id == learner_id, CardState.show_on > day)
    if (first := db.session.scalar(soon)) is None:
        return None
    count = select(func.count()).where(CardState.learner_id == learner_id, CardState.show_on <= first)
    return first, db.session.execute(count).scalar_one()


def count_unlearnt(who: Me, day: date, most: int) -> int:
    """How many new cards a next day would bring, at most `most`."""
    found = db.session.execute(select(*_START).where(Desk.learner_id == who.id)).first()
    return len(_fresh_cards(who, tomorrow(day), Start(*found) if found else Start(), most))


def tomorrow(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)
