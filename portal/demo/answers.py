"""A simulated learner's answers as the portal would have kept them: log, card states, days and desk."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from hashlib import blake2s
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from portal.db import db
from portal.quizzes.actions import log_values, state_values
from portal.quizzes.models import Card, CardState, Desk, LogRow, ReviewDay
from quizzes.cards import Ask
from quizzes.comeback import is_pause
from quizzes.grading import AnswerError, judge
from quizzes.ledger import Memory
from quizzes.ordering import numbers, placing, steps
from quizzes.sheets import Sheet, variant_of
from quizzes.simulating import Act, Habit, SimCard, SimulatedDay

AT_ONCE = 2_000  # rows a statement
SURE = 0.9  # the share of their wrong answers in which somebody says what they believe


class BankCard(NamedTuple):
    """An active card, as the demonstration needs it; `since`: the day on which the learner made it."""

    id: int
    slug: str
    topic: str
    topic_title: str
    position: int
    rev: int
    sheet: Sheet
    since: date | None = None

    @property
    def simulated(self) -> SimCard:
        """The card as the engine's learner meets it."""
        return SimCard(self.id, self.sheet.ask, self.sheet.level, self.since)

    @property
    def beliefs(self) -> frozenset[str]:
        """The misconceptions behind its wrong options."""
        return frozenset(option.misconception for option in self.sheet.options if not option.is_right)


def bank() -> list[BankCard]:
    """The active cards of the roadmap, in its order."""
    columns = (Card.id, Card.slug, Card.topic, Card.topic_title, Card.position, Card.rev, Card.sheet)
    rows = db.session.execute(select(*columns).where(Card.is_active, Card.position > 0).order_by(Card.position))
    return [BankCard(*row[:-1], Sheet.from_json(row[-1])) for row in rows]


def keep_answers(
    learner_id: int, cards: Sequence[BankCard], habit: Habit, lived: Sequence[SimulatedDay], name: str
) -> None:
    """Write everything these days left behind, in a few statements. `name` makes the log's tokens unlike others'."""
    by_id = {card.id: card for card in cards}
    acts = [act for day in lived for act in day.acts]
    of_learner = {"learner_id": learner_id}
    zone = {"zone": habit.zone, "rollover_hour": habit.rollover_hour}
    log = [
        of_learner | zone | _log_row(act, by_id[act.card_id], habit.belief, _token(name, number))
        for number, act in enumerate(acts)
    ]
    memories = {act.card_id: act.after for act in acts}
    states = [of_learner | {"card_id": card_id} | state_values(memory) for card_id, memory in memories.items()]
    days = [of_learner | {"day": day.day} | asdict(day.tally) for day in lived if day.tally.answers]
    for table, rows in ((LogRow, log), (CardState, states), (ReviewDay, days)):
        for start in range(0, len(rows), AT_ONCE):
            db.session.execute(insert(table), rows[start : start + AT_ONCE])
    answered = sorted({act.event.day for act in acts if act.is_answer})
    if answered:
        back_on = next((day for last, day in reversed([*pairwise(answered)]) if is_pause(last, day)), None)
        place = {"last_on": answered[-1], "frontier": _frontier(cards, memories), "back_on": back_on}
        db.session.merge(Desk(learner_id=learner_id, **place))


def _log_row(act: Act, card: BankCard, belief: str, token: str) -> dict[str, Any]:
    more: dict[str, Any] = {"card_id": card.id, "rev": card.rev, "grade": act.event.grade}
    if act.is_answer:
        more |= {"token": token, "proposed": act.proposed, "is_right": act.event.is_right}
        if act.proposed is not None:
            more |= _said(act, variant_of(card.sheet, token), belief)
    return log_values(act.event, act.after, **more)


def _said(act: Act, sheet: Sheet, belief: str) -> dict[str, Any]:
    given = given_answer(act, sheet, belief)
    found = " ".join(judge(sheet, given).misconceptions)[:200] or None
    return {"given": json.dumps(sorted(given), ensure_ascii=False), "misconceptions": found}


def given_answer(act: Act, sheet: Sheet, belief: str = "") -> list[str]:
    """What was picked or typed on an objective card by somebody with this belief."""
    if act.is_blank:
        return [""]
    if act.event.is_right:
        return right_answer(sheet)
    if act.slip < SURE and (held := _showing(sheet, belief)):
        return list(held)
    wrong = wrong_answers(sheet) or (("",),)
    # Squared: a belief that somebody holds shows again and again, the others now and then.
    return list(wrong[(act.card_id + int(len(wrong) * act.slip**2)) % len(wrong)])


def misconceptions_shown(act: Act, sheet: Sheet, belief: str) -> tuple[str, ...]:
    """The misconceptions the portal saw in an answer that somebody with this belief gave to an objective card."""
    return judge(sheet, given_answer(act, sheet, belief)).misconceptions


def right_answer(sheet: Sheet) -> list[str]:
    """What a form sends when an objective card is answered rightly."""
    right = [option for option in sheet.options if option.is_right]
    if sheet.ask is Ask.ORDER:
        return placing(sheet, [*range(1, len(right) + 1)])
    return [option.key for option in right] if sheet.ask in (Ask.CHOICE, Ask.MULTI) else [right[0].text]


@lru_cache(maxsize=4096)
def wrong_answers(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """Ways to answer an objective card wrongly; those that show a misconception come first."""
    wrong = [option for option in sheet.options if not option.is_right]
    if sheet.ask is Ask.CHOICE:
        tries: list[tuple[str, ...]] = [(option.key,) for option in wrong]
    elif sheet.ask is Ask.MULTI:
        right = tuple(right_answer(sheet))
        tries = [(*right, option.key) for option in wrong] + [(*right[:1], option.key) for option in wrong]
        tries += [tuple(key for key in right if key != left_out) for left_out in right]
    elif sheet.ask is Ask.ORDER:
        last = len(steps(sheet))
        tries = [tuple(placing(sheet, numbers(option.text))) for option in wrong]
        tries.append(tuple(placing(sheet, [*range(last, 0, -1)])))
    else:
        tries = [(option.text,) for option in wrong] or [("0",), ("none",)]
    return tuple(given for given in tries if _is_wrong(sheet, given))


@lru_cache(maxsize=4096)
def _showing(sheet: Sheet, belief: str) -> tuple[str, ...]:
    """The wrong answer that shows this belief, if there is one."""
    shown = (given for given in wrong_answers(sheet) if belief and belief in judge(sheet, list(given)).misconceptions)
    return next(shown, ())


def _is_wrong(sheet: Sheet, given: Iterable[str]) -> bool:
    try:
        return not judge(sheet, list(given)).is_right
    except AnswerError:
        return False


def _token(name: str, number: int) -> str:
    return urlsafe_b64encode(blake2s(f"{name} {number}".encode(), digest_size=9).digest()).decode()


def _frontier(cards: Sequence[BankCard], memories: dict[int, Memory]) -> int:
    """The place before the first card that waits to be learnt; behind all of them, the last place."""
    places = {card.position: (memories.get(card.id) or Memory()).is_new for card in cards if card.position}
    return next((place for place, is_new in sorted(places.items()) if is_new), max(places) + 1) - 1
