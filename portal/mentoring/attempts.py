"""Every answer of a learner for their mentor: what was asked, what they said, what it shows, what became of it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from html import escape
from typing import Any

from sqlalchemy import and_, or_, select, tuple_

from portal.config import ROOT
from portal.db import db
from portal.decks.queries import is_shown_in, number_of
from portal.quizzes import words
from portal.quizzes.models import Card, LogRow
from portal.quizzes.queries import read_sheet
from quizzes.cards import Ask
from quizzes.ledger import MS_CAP, Kind
from quizzes.marking import Marked
from quizzes.misconceptions import read_misconceptions
from quizzes.ordering import lines_as_put
from quizzes.sheets import Sheet, opening, variant_of
from quizzes.sm2 import Grade, grade_of
from quizzes.writing import WRITTEN

PAGE = 20
BLANK = "“I don’t know”"
GONE = "an answer that is not on the card any more"
_EPOCH = date(1970, 1, 1)
_PLACE = re.compile(r"(\d{1,6})\.(\d{1,16})", re.ASCII)

Place = tuple[date, int]  # the day of an answer, and its number: where a page ends


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers are asked for: those before a place, only wrong ones, only of a topic."""

    only_wrong: bool = False
    topic: str = ""
    before: Place | None = None

    @property
    def is_first(self) -> bool:
        """Whether this is how a mentor comes to the page."""
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An answer. Of a card that its learner made, or that another cohort has of its own (`is_of_others`), only how it
    went is known here, never its text: `title` is "".

    `of_cohort` is the number of a card in the decks of the cohort that asks (None: of the roadmap); `given` is what was
    picked or typed, as safe HTML, `told` what running it showed (the class of the error first), `beliefs` the
    misconceptions it shows in words, `changes` what happened to the answer later.
    """

    day: date
    at: str
    title: str
    topic: str
    slug: str
    given: Sequence[str]
    outcome: str
    is_right: bool
    told: str
    beliefs: Sequence[str]
    grade: str
    seconds: int
    changes: Sequence[str]
    is_taken_back: bool
    of_cohort: int | None
    is_of_others: bool


def read_place(text: str) -> Place | None:
    """The place in an address, as `written_place` wrote it; None for anything else."""
    parts = _PLACE.fullmatch(text)
    return None if parts is None else (_EPOCH + timedelta(days=int(parts[1])), int(parts[2]))


def written_place(place: Place) -> str:
    """A place as an address carries it."""
    return f"{(place[0] - _EPOCH).days}.{place[1]}"


def attempts(learner_id: int, cohort_id: int, wanted: Wanted) -> tuple[list[Attempt], Place | None]:
    """A page of a learner's answers, the latest first, and where the next begins (None: nowhere).

    `cohort_id` is the cohort whose mentor asks: the text of its own cards is known to it, those of others' not.
    """
    statement = select(LogRow, Card, is_shown_in(cohort_id).label("is_shown")).join(Card, Card.id == LogRow.card_id)
    statement = statement.where(LogRow.learner_id == learner_id, LogRow.kind == Kind.ANSWER.value)
    if wanted.only_wrong:
        failed = and_(LogRow.is_right.is_(None), LogRow.grade < Grade.HARD.value)
        statement = statement.where(or_(LogRow.is_right.is_(False), failed))
    if wanted.topic:
        statement = statement.where(Card.topic == wanted.topic)
    if wanted.before is not None:
        place = tuple_(*wanted.before, types=[LogRow.day.type, LogRow.id.type])
        statement = statement.where(tuple_(LogRow.day, LogRow.id) < place)
    ordered = statement.order_by(LogRow.day.desc(), LogRow.id.desc()).limit(PAGE + 1)
    rows = db.session.execute(ordered).all()
    shown = rows[:PAGE]
    later = _amendments(learner_id, {row.card_id for row, _, _ in shown})
    found = [_attempt(row, card, bool(is_shown), later.get(row.card_id, [])) for row, card, is_shown in shown]
    return found, (shown[-1][0].day, shown[-1][0].id) if len(rows) > PAGE else None


def _amendments(learner_id: int, cards: set[int]) -> dict[int, list[Any]]:
    """(kind, version, grade, takes_back) of what was done to answers of these cards, by card, oldest first."""
    columns = (LogRow.card_id, LogRow.kind, LogRow.version, LogRow.grade, LogRow.takes_back)
    statement = select(*columns).where(LogRow.learner_id == learner_id, LogRow.card_id.in_(cards))
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(statement.where(LogRow.takes_back.is_not(None)).order_by(LogRow.version)):
        found.setdefault(row.card_id, []).append(row)
    return found


def _attempt(row: LogRow, card: Card, is_shown: bool, amended: Sequence[Any]) -> Attempt:
    later = [one for one in amended if one.version > row.version]
    is_taken_back = any(one.kind == Kind.UNDO and one.takes_back <= row.version for one in later)
    changes = [f"changed to {_label(one.grade)}" for one in later if one.kind == Kind.REGRADE and _is_of(one, row)]
    sheet = variant_of(read_sheet(card.sheet), row.token) if is_shown else None
    is_right = row.is_right if row.is_right is not None else (row.grade or 0) >= Grade.HARD
    return Attempt(
        day=row.day,
        at=words.clock(row.at, row.zone),
        title=opening(sheet) if sheet else "",
        topic=card.topic_title if is_shown else "",
        slug=card.slug if is_shown else "",
        given=_given(sheet, row.given) if sheet else (),
        outcome=_outcome(row),
        is_right=is_right,
        told=_told(row.found) if sheet else "",
        beliefs=[_beliefs().get(name, name) for name in (row.misconceptions or "").split()] if sheet else (),
        grade=_label(row.grade),
        seconds=round(min(row.ms, MS_CAP) / 1000),
        changes=[*changes, *(["taken back"] if is_taken_back else [])],
        is_taken_back=is_taken_back,
        of_cohort=number_of(card.slug) if is_shown and card.position == 0 else None,
        is_of_others=not is_shown and card.owner_id is None,
    )


def _is_of(amendment: Any, row: LogRow) -> bool:
    return bool(amendment.takes_back == row.version)


def _label(grade: int | None) -> str:
    return grade_of(grade or 0).label


def _outcome(row: LogRow) -> str:
    if row.is_right is None:
        return "graded by themselves"
    return "right" if row.is_right else "not right"


def _told(found: str | None) -> str:
    """What was wrong with something that was written and run; "" for every other answer, and for a right one."""
    marked = Marked.from_json(found) if found else None
    if marked is None or marked.miss is None:
        return ""
    return " ".join(filter(None, (f"{marked.miss.capitalize()}.", marked.says, marked.differs)))


def _given(sheet: Sheet, written: str | None) -> list[str]:
    """What was picked or typed, as safe HTML."""
    if written is None:
        return []
    given: list[str] = json.loads(written)
    if given == [""] or not "".join(given).strip():
        return [BLANK]
    if sheet.ask in WRITTEN:
        return [f'<code class="typed-text">{escape(text)}</code>' for text in given]
    if sheet.ask is Ask.ORDER:
        return lines_as_put(sheet, given) or [GONE]
    if sheet.ask not in (Ask.CHOICE, Ask.MULTI):
        return [escape(text) for text in given]
    options: Mapping[str, str] = {option.key: option.html for option in sheet.options}
    return [options.get(key, GONE) for key in given]


@cache
def _beliefs() -> dict[str, str]:
    """What whoever shows a misconception believes, by its id."""
    return {name: found.says for name, found in read_misconceptions(ROOT / "quizzes" / "decks").items()}
