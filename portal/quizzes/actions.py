"""What learners do with cards. Each action writes one log row and what follows from it; nothing here commits."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, case, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.db import Base, DayNumber, db
from portal.login import Me
from portal.quizzes.calling import OPEN_DESK, look_for_called
from portal.quizzes.contrasting import Called, call_contrast, note_call, take_back
from portal.quizzes.digests import digest_days
from portal.quizzes.history import events_of
from portal.quizzes.models import Card, CardState, Desk, LogRow, Report
from portal.quizzes.presentations import Presentation
from portal.quizzes.queries import Answer, Held, day_now, first_unlearnt_position
from portal.statements import Prepared
from quizzes.cards import Contrast
from quizzes.comeback import PAUSE_DAYS
from quizzes.grading import Verdict, judge, judge_marked, propose
from quizzes.ledger import (
    Event,
    Kind,
    LedgerError,
    Memory,
    Tally,
    amended,
    apply,
    effective,
    tally_of,
)
from quizzes.marking import Marked
from quizzes.sheets import Sheet, variant_of
from quizzes.sm2 import Grade

_written = json.JSONEncoder(ensure_ascii=False).encode
AN_HOUR = 3_600_000  # ms; an answer that took longer is kept as an hour
MOST_RUNS, RUNS_WITHIN = 60, timedelta(minutes=10)


class StaleCard(ValueError):
    """The card has moved on since it was shown: another tab or device answered it."""


class RunTooOften(ValueError):
    """A learner ran MOST_RUNS queries within RUNS_WITHIN; `minutes` until they may run the next."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"no more runs for {minutes} minutes")
        self.minutes = minutes


class DayIsOver(ValueError):
    """The answer belongs to a day that has ended."""


def _bound(table: type[Base], without: str = "") -> dict[str, Any]:
    """A parameter for each column of a table."""
    return {column.key: bindparam(column.key) for column in table.__table__.columns if column.key != without}


_UPSERT_DAY = Prepared(
    text(
        "INSERT INTO review_days (learner_id, day, answers, reviews, fresh, drills, lapses, right_answers, ms)"
        " VALUES (:learner, :day, :answers, :reviews, :fresh, :drills, :lapses, :right, :ms)"
        " ON CONFLICT (learner_id, day) DO UPDATE SET answers = review_days.answers + excluded.answers,"
        " reviews = review_days.reviews + excluded.reviews, fresh = review_days.fresh + excluded.fresh,"
        " drills = review_days.drills + excluded.drills, lapses = review_days.lapses + excluded.lapses,"
        " right_answers = review_days.right_answers + excluded.right_answers, ms = review_days.ms + excluded.ms"
    ).bindparams(bindparam("day", type_=DayNumber()))
)
_UPSERT_DESK = Prepared(
    text(
        "INSERT INTO desks (learner_id, last_on, frontier) VALUES (:learner, :day, 0)"
        " ON CONFLICT (learner_id) DO UPDATE SET last_on = excluded.last_on, back_on ="
        " CASE WHEN excluded.last_on - desks.last_on >= :pause THEN excluded.last_on ELSE desks.back_on END"
        " WHERE desks.last_on IS NULL OR desks.last_on < excluded.last_on"
    ).bindparams(bindparam("day", type_=DayNumber()), bindparam("pause", type_=Integer()))
)
_STATE_COLUMNS = [column.key for column in CardState.__table__.columns if not column.primary_key]
_UPDATE_STATE = Prepared(
    update(CardState)
    .where(
        CardState.learner_id == bindparam("of_learner"),
        CardState.card_id == bindparam("of_card"),
        CardState.version == bindparam("shown"),
    )
    .values({name: bindparam(name) for name in _STATE_COLUMNS})
)
_INSERT_STATE = Prepared(insert(CardState).values(_bound(CardState)))
_INSERT_LOG = Prepared(insert(LogRow).values(_bound(LogRow, without="id")).returning(LogRow.id))


_FRONTIER = Prepared(
    select(Desk.frontier, Desk.called_from, Desk.choices, select(func.max(Card.position)).scalar_subquery()).where(
        Desk.learner_id == bindparam("learner")
    )
)
_SET_FRONTIER = Prepared(
    update(Desk)
    .where(Desk.learner_id == bindparam("of_learner"), Desk.choices == bindparam("chosen"))  # or they choose meanwhile
    .values(frontier=bindparam("to"))
)


class Weighed(NamedTuple):
    """What an answer comes to: the event, the memory after it, what the log says besides, and the contrast it calls."""

    event: Event
    after: Memory
    token: str
    judged: dict[str, Any]
    verdict: Verdict | None
    contrast: Contrast | None


def weigh_answer(
    who: Me,
    held: Held,
    shown: Presentation,
    given: Sequence[str],
    grade: Grade | None,
    moment: datetime,
    marked: Marked | None = None,
) -> Weighed:
    """Judge an answer, while others write. Objective cards get the grade that is proposed.

    `given` is judged for objective cards; `grade` is what the learner said of a self card; `marked` is what running a
    written answer showed. Raises StaleCard when the card has moved on since it was shown, AnswerError, GradeError.
    """
    if held.memory.version != shown.version or not held.is_active:
        raise StaleCard
    day = day_now(who, moment, held.last_day)
    ms = shown.answer_ms(moment)
    sheet = variant_of(held.sheet, shown.nonce)
    verdict = _verdict(sheet, given, marked) if grade is None else None
    judged = _judged(sheet, given, grade, verdict, ms) | {"found": marked.to_json() if marked else None}
    event = Event(shown.version, Kind.ANSWER, day, moment, judged["grade"], None, min(ms, AN_HOUR), judged["is_right"])
    contrast = sheet.contrast_to(verdict.misconceptions if verdict else ()) if judged["grade"] < Grade.HARD else None
    return Weighed(event, _applied(held.memory, event), shown.nonce, judged, verdict, contrast)


def keep_answer(who: Me, held: Held, weighed: Weighed) -> Answer:
    """Write an answer down. Raises StaleCard when another device was faster, or this showing was answered already."""
    event, judged, contrast = weighed.event, weighed.judged, weighed.contrast
    answer_id = _write(who, held, event, weighed.after, token=weighed.token, **judged)
    _add_to_day(who, event.day, tally_of(held.memory, event))
    called = call_contrast(who.id, contrast, event.at) if contrast else None  # calls are locked before desks
    _set_desk(who.id, held, event.day, called)
    told = {name: judged[name] for name in ("grade", "proposed", "given", "is_right", "found")}
    kept = Answer(answer_id, held.card_id, event.version, event.day, weighed.token, verdict=weighed.verdict, **told)
    return kept._replace(is_called=True) if called else kept


def _set_desk(learner_id: int, held: Held, day: date, called: Called | None) -> None:
    """What a learner's desk has to know of an answer."""
    if held.last_day != day:
        _UPSERT_DESK.count({"learner": learner_id, "day": day, "pause": PAUSE_DAYS})
        digest_days(learner_id, day)
    if called is not None:
        note_call(learner_id, called)
    if held.memory.is_new:
        look_for_called(learner_id) if held.position == 0 else move_frontier(learner_id)


def _verdict(sheet: Sheet, given: Sequence[str], marked: Marked | None) -> Verdict:
    return judge(sheet, given) if marked is None else judge_marked(sheet, marked)


def _judged(
    sheet: Sheet, given: Sequence[str], grade: Grade | None, verdict: Verdict | None, ms: int
) -> dict[str, Any]:
    if verdict is None:
        return dict.fromkeys(("proposed", "given", "is_right", "misconceptions")) | {"grade": int(grade or 0)}
    proposed = int(propose(verdict, ms, sheet.ask, sheet.level))
    return {
        "grade": proposed,
        "proposed": proposed,
        "given": _written(sorted(given)),
        "is_right": verdict.is_right,
        "misconceptions": " ".join(verdict.misconceptions)[:200] or None,
    }


def _applied(before: Memory, event: Event) -> Memory:
    try:
        return apply(before, event)
    except LedgerError as problem:
        raise StaleCard from problem


def count_run(learner_id: int, moment: datetime) -> None:
    """Count one run of something written, a try or an answer. Raises RunTooOften."""
    db.session.execute(OPEN_DESK, {"learner": learner_id})
    desk = db.session.get_one(Desk, learner_id, with_for_update=True, populate_existing=True)
    since, runs = desk.runs_from, desk.runs or 0
    if since is None or not moment - RUNS_WITHIN < since <= moment:
        since, runs = moment, 0
    if runs >= MOST_RUNS:
        raise RunTooOften(max(1, ceil((since + RUNS_WITHIN - moment) / timedelta(minutes=1))))
    desk.runs_from, desk.runs = since, runs + 1


def same_answer(row: Answer, given: Sequence[str], grade: Grade | None) -> bool:
    """Whether a stored answer is the one that was sent again."""
    if grade is not None:
        return row.given is None and row.grade == grade
    return row.given == _written(sorted(given))


def regrade(who: Me, held: Held, answer: Answer, grade: Grade, moment: datetime) -> None:
    """Give an answer of today another grade, as if it had been chosen at once. Raises StaleCard, DayIsOver."""
    events = events_of(who.id, held.card_id)
    counting = next((event for event, _, _ in effective(events) if event.version == answer.version), None)
    if counting is None:
        raise StaleCard
    if counting.grade == grade:
        return
    _amend(who, held, answer, events, Kind.REGRADE, int(grade), moment)


def undo(who: Me, held: Held, answer: Answer, moment: datetime) -> bool:
    """Take an answer of today back, with what came after it on this card; False when it was taken back before."""
    events = events_of(who.id, held.card_id)
    if all(event.version != answer.version for event, _, _ in effective(events)):
        return False
    _amend(who, held, answer, events, Kind.UNDO, None, moment)
    given = next(event for event in events if event.version == answer.version)
    if held.sheet.contrasts and (given.grade or 0) < Grade.HARD:
        take_back(who.id, held.sheet.contrasts, given.at)
    _find_again(who.id, held)
    return True


def _amend(
    who: Me, held: Held, answer: Answer, events: list[Event], kind: Kind, grade: int | None, moment: datetime
) -> None:
    day = day_now(who, moment, held.last_day)
    if answer.day != day:
        raise DayIsOver
    event = Event(held.memory.version, kind, day, moment, grade, answer.version)
    after, changes = amended(events, event)
    _write(who, held, event, after, grade=grade)
    for changed_day, change in changes.items():
        _add_to_day(who, changed_day, change)


def set_aside(who: Me, held: Held, kind: Kind, version: int, moment: datetime) -> None:
    """Bury a card until tomorrow, suspend it, or resume it. Raises StaleCard when the card has moved on."""
    if held.memory.version != version:
        raise StaleCard
    event = Event(version, kind, day_now(who, moment, held.last_day), moment)
    _write(who, held, event, apply(held.memory, event))
    if kind is Kind.RESUME:
        _find_again(who.id, held)


def report_card(who: Me, held: Held, reason: str, words: str, moment: datetime) -> None:
    """Keep a learner's word that a card is wrong, with the card as it is now."""
    report = Report(
        card_id=held.card_id,
        learner_id=who.id,
        rev=held.rev,
        reason=reason,
        text=words.strip(),
        created_at=moment,
        sheet=held.sheet_json,
    )
    db.session.add(report)


def state_values(after: Memory) -> dict[str, Any]:
    """The columns of card_states for a memory; they stand in the memory's order."""
    return dict(zip(_STATE_COLUMNS, (after.version, *after.schedule, *after[2:], after.show_on), strict=True))


_NOT_GRADED = dict.fromkeys(("token", "grade", "proposed", "given", "is_right", "misconceptions", "found"))


def log_values(event: Event, after: Memory, **more: Any) -> dict[str, Any]:
    """The columns of review_log for an event and the memory after it."""
    return {
        **_NOT_GRADED,
        "version": event.version,
        "kind": event.kind.value,
        "takes_back": event.takes_back,
        "ms": event.ms,
        "at": event.at,
        "day": event.day,
        "ease": after.schedule.ease,
        "interval_days": after.schedule.interval_days,
        "due_on": after.due_on,
        **more,
    }


def _write(who: Me, held: Held, event: Event, after: Memory, **more: Any) -> int:
    """The state, if its version is still the one that was shown, then the log row. Raises StaleCard."""
    values = state_values(after)
    if held.is_kept:
        keys = {"of_learner": who.id, "of_card": held.card_id, "shown": event.version}
        if _UPDATE_STATE.count(values | keys) != 1:
            raise StaleCard
    else:
        try:
            _INSERT_STATE.count(values | {"learner_id": who.id, "card_id": held.card_id})
        except IntegrityError as problem:  # another device was first with this new card
            raise StaleCard from problem
    zone = {"zone": who.zone, "rollover_hour": who.rollover_hour, "rev": held.rev}
    row = log_values(event, after, learner_id=who.id, card_id=held.card_id, **zone, **more)
    written = _INSERT_LOG.first(row)
    assert written is not None, "INSERT ... RETURNING gives a row"
    return int(written[0])


def _add_to_day(who: Me, day: date, change: Tally) -> None:
    _UPSERT_DAY.count(
        {
            "learner": who.id,
            "day": day,
            "answers": change.answers,
            "reviews": change.reviews,
            "fresh": change.fresh,
            "drills": change.drills,
            "lapses": change.lapses,
            "right": change.right,
            "ms": change.ms,
        },
    )


def move_frontier(learner_id: int) -> None:
    """Start the next search for new cards behind the ones that are learnt."""
    frontier, called_from, choices, last = _FRONTIER.first({"learner": learner_id}) or (0, None, 0, 0)
    first = first_unlearnt_position(learner_id, frontier, choices) or last + 1
    if first - 1 != frontier:
        _SET_FRONTIER.count({"of_learner": learner_id, "to": first - 1, "chosen": choices})
    if called_from:
        look_for_called(learner_id)


def _find_again(learner_id: int, held: Held) -> None:
    """A card that may be new again must be found again."""
    look_for_called(learner_id)
    if held.position == 0:
        return
    nearer = case((Desk.frontier >= held.position, held.position - 1), else_=Desk.frontier)
    db.session.execute(update(Desk).where(Desk.learner_id == learner_id).values(frontier=nearer))
