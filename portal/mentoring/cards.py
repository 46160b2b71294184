"""Behind the heat map: the cards of a topic, who got which of them wrong, and what they said."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.db import db
from portal.mentoring.beliefs import is_telling, stands
from portal.mentoring.heatmap import Learner
from portal.quizzes.catalogue import ON_ROADMAP, is_for, misconceptions
from portal.quizzes.models import Card, CardState, LogRow
from portal.quizzes.queries import read_sheet
from quizzes.cards import Ask
from quizzes.choosing import audience
from quizzes.grading import AnswerError, judge
from quizzes.ledger import Kind
from quizzes.ordering import lines_as_put, numbers, order_of
from quizzes.recall import recall
from quizzes.sheets import Sheet, variant_of
from quizzes.sm2 import Grade

LATELY_DAYS = 14
_BLANK = Markup("I don’t know")
_TOO_FEW = Markup("only some of the right ones")
_GONE = Markup("an answer that is no longer on the card")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer, with what was picked or typed as safe HTML, the belief it shows, and who gave it."""

    said: Markup
    belief: str
    learners: list[Learner]


@dataclass(frozen=True, slots=True)
class CardOfTopic:
    """A card and some learners: mean `recall` of those who started it, `missed` by how many in the last two weeks."""

    id: int
    slug: str
    sheet: Sheet
    recalls: dict[int, float]
    missed: int
    wrong: list[Wrong]

    @property
    def recall(self) -> float | None:
        """The mean, 0 to 1; None before anybody has started it."""
        return sum(self.recalls.values()) / len(self.recalls) if self.recalls else None


class Attempt(NamedTuple):
    """An answer that stands; `said` and `belief` are of a wrong one, `is_repeat`: not the first of its day."""

    day: date
    is_right: bool
    grade: int
    ms: int
    said: Markup
    belief: str
    is_repeat: bool


class CardOfLearner(NamedTuple):
    """A card and one learner: `recall` None before it is started; the attempts, the latest first.

    `audience`: whom it is for, where it does not come to this learner as new (quizzes.choosing.audience), else "".
    """

    slug: str
    sheet: Sheet
    recall: float | None
    audience: str
    attempts: list[Attempt]

    @property
    def is_theirs(self) -> bool:
        """Whether it is one of the learner's cards of the topic: one that comes to them, or was started."""
        return not self.audience or self.recall is not None


def _of_topic(topic: str, *more: Any) -> Iterator[Any]:
    """(id, slug, sheet, and what else is asked for) of the active cards of a topic, in roadmap order."""
    statement = select(Card.id, Card.slug, Card.sheet, *more).where(Card.topic == topic, Card.is_active, ON_ROADMAP)
    for card_id, slug, text, *rest in db.session.execute(statement.order_by(Card.position)):
        yield card_id, slug, read_sheet(text), *rest


def topic_cards(topic: str, who: Sequence[Learner], day: date) -> list[CardOfTopic]:
    """How these learners stand with each card of a topic on this day, and what they got wrong. Three statements."""
    cards = list(_of_topic(topic))
    of_cards, ids = [card_id for card_id, _, _ in cards], [learner.id for learner in who]
    recalls, by_id = _recalls(ids, of_cards, day), {learner.id: learner for learner in who}
    missed: dict[int, list[Any]] = {card_id: [] for card_id in of_cards}
    for row in _missed(ids, of_cards):
        missed[row.card_id].append(row)
    lately = day - timedelta(days=LATELY_DAYS)
    return [
        CardOfTopic(
            card_id,
            slug,
            sheet,
            recalls.get(card_id, {}),
            sum(row.day > lately for row in missed[card_id]),
            _grouped(sheet, missed[card_id], by_id),
        )
        for card_id, slug, sheet in cards
    ]


def _recalls(learner_ids: Sequence[int], card_ids: Sequence[int], day: date) -> dict[int, dict[int, float]]:
    """Card -> learner -> predicted recall, of the cards that were started."""
    columns = (CardState.card_id, CardState.learner_id, CardState.interval_days, CardState.last_on)
    of_page = (CardState.learner_id.in_(learner_ids), CardState.card_id.in_(card_ids), CardState.last_on.is_not(None))
    found: dict[int, dict[int, float]] = {}
    for card_id, learner_id, interval_days, last_on in db.session.execute(select(*columns).where(*of_page)):
        elapsed = (day - (last_on or day)).days
        found.setdefault(card_id, {})[learner_id] = recall(interval_days, elapsed)
    return found


def _missed(learner_ids: Sequence[int], card_ids: Sequence[int]) -> Sequence[Any]:
    """The wrong ones among the answers that tell most (beliefs.is_telling), the latest first."""
    answer = aliased(LogRow)
    is_wrong = or_(answer.is_right.is_(False), and_(answer.is_right.is_(None), _final_grade(answer) < Grade.HARD))
    of_page = (answer.learner_id.in_(learner_ids), answer.card_id.in_(card_ids))
    statement = select(answer.learner_id, answer.card_id, answer.given, answer.token, answer.day)
    statement = statement.where(*of_page, is_wrong, is_telling(answer))
    return db.session.execute(statement.order_by(answer.day.desc(), answer.id.desc())).all()


def _final_grade(answer: type[LogRow]) -> ColumnElement[int]:
    """The grade that an answer has now: the last one it was given."""
    change = aliased(LogRow)
    of_answer = (change.learner_id == answer.learner_id, change.card_id == answer.card_id)
    is_change = (change.kind == Kind.REGRADE, change.takes_back == answer.version)
    latest = select(change.grade).where(*of_answer, *is_change).order_by(change.version.desc()).limit(1)
    return func.coalesce(latest.scalar_subquery(), answer.grade)


def _grouped(sheet: Sheet, rows: Sequence[Any], by_id: Mapping[int, Learner]) -> list[Wrong]:
    """Equal wrong answers together, the most frequent first."""
    found: dict[tuple[Markup, str], list[Learner]] = {}
    for row in rows:
        if row.given is not None:
            found.setdefault(what_was_said(variant_of(sheet, row.token), row.given), []).append(by_id[row.learner_id])
    groups = [
        Wrong(said, belief, sorted(who, key=lambda one: (one.name, one.id))) for (said, belief), who in found.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.learners), group.said))


def what_was_said(sheet: Sheet, given: str) -> tuple[Markup, str]:
    """(safe HTML, belief in a sentence or "") of a wrong answer. `given`: JSON of keys or of a typed text."""
    texts = [str(text) for text in json.loads(given)]
    if not any(text.strip() for text in texts):
        return _BLANK, ""
    if sheet.ask is Ask.ORDER:
        return _ordered(sheet, texts)
    if sheet.ask not in (Ask.CHOICE, Ask.MULTI):
        return _typed(sheet, texts[0])
    wrong = [option for option in sheet.options if option.key in texts and not option.is_right]
    if wrong:
        said = Markup(" and ").join(Markup(option.html) for option in wrong)  # noqa: S704 - a sheet's HTML is safe
        return said, " ".join(filter(None, (_belief(option.misconception) for option in wrong)))
    is_known = all(any(option.key == key for option in sheet.options) for key in texts)
    return (_TOO_FEW if is_known else _GONE), ""


def _ordered(sheet: Sheet, texts: list[str]) -> tuple[Markup, str]:
    """The same of an order: its lines as they were put."""
    put = order_of(sheet, texts)
    if put is None:  # the card asks something else by now
        return _GONE, ""
    named = next((one for one in sheet.options if not one.is_right and numbers(one.text) == put), None)
    said = Markup(", ").join(Markup(html) for html in lines_as_put(sheet, texts))  # noqa: S704 - a sheet's HTML is safe
    return said, _belief(named.misconception) if named else ""


def _typed(sheet: Sheet, text: str) -> tuple[Markup, str]:
    """The same of what was typed; equal answers in other spellings are one."""
    try:
        picked = judge(sheet, [text]).picked
    except AnswerError:  # the card asks something else by now
        picked = ()
    known = next((option for option in sheet.options if option.key in picked), None)
    return (escape(known.text), _belief(known.misconception)) if known else (escape(text), "")


def _belief(name: str) -> str:
    found = misconceptions().get(name)
    return found.says if found else ""


# ---- One learner


def cards_of_learner(learner_id: int, topic: str, day: date) -> list[CardOfLearner]:
    """How this learner stands with each card of a topic on this day, and all their attempts. Three statements."""
    cards = list(_of_topic(topic, Card.kept_back_by, is_for(learner_id)))
    of_cards = [card_id for card_id, *_ in cards]
    recalls, answers = _recalls([learner_id], of_cards, day), _answers(learner_id, of_cards)
    return [
        CardOfLearner(
            slug,
            sheet,
            recalls.get(card_id, {}).get(learner_id),
            "" if is_mine else audience(bits),
            _attempts(sheet, answers.get(card_id, [])),
        )
        for card_id, slug, sheet, bits, is_mine in cards
    ]


def _answers(learner_id: int, card_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The answers of a learner that stand, by card, oldest first."""
    answer = aliased(LogRow)
    columns = (answer.card_id, answer.day, answer.is_right, answer.ms, answer.given, answer.token)
    statement = select(*columns, _final_grade(answer).label("grade"))
    statement = statement.where(answer.learner_id == learner_id, answer.card_id.in_(card_ids), stands(answer))
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(statement.order_by(answer.version)):
        found.setdefault(row.card_id, []).append(row)
    return found


def _attempts(sheet: Sheet, rows: Sequence[Any]) -> list[Attempt]:
    found, days = [], set()
    for row in rows:
        is_right = row.grade >= Grade.HARD if row.is_right is None else row.is_right
        asked = variant_of(sheet, row.token)
        said, belief = (Markup(), "") if is_right or row.given is None else what_was_said(asked, row.given)
        found.append(Attempt(row.day, is_right, row.grade, row.ms, said, belief, row.day in days))
        days.add(row.day)
    return found[::-1]
