"""Reports on cards: what was said, with the card and the answer of that moment, and what was decided about them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.db import db
from portal.login import Me
from portal.quizzes.catalogue import ON_ROADMAP
from portal.quizzes.models import Card, LogRow, Report, ReportDecision
from portal.quizzes.presentations import Presentation
from portal.quizzes.queries import read_sheet
from quizzes.cards import Ask
from quizzes.ledger import Kind
from quizzes.sheets import Sheet, SheetOption, shuffled

PAGE = 50
WAITING, ACCEPTED, DECLINED = "waiting", "accept", "decline"
_newer = aliased(ReportDecision)
_LATEST = (
    select(func.max(_newer.id)).where(_newer.report_id == Report.id).correlate(Report).scalar_subquery()
)  # the decision that holds


class DecidedMeanwhile(ValueError):
    """Somebody else has decided about the report since its page was opened."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many reports of a card wait, were accepted and declined; `to_mend`: accepted, and the card still the same."""

    waiting: int = 0
    accepted: int = 0
    declined: int = 0
    to_mend: int = 0

    @property
    def asks(self) -> bool:
        """Whether there is something to do about the card."""
        return bool(self.waiting or self.to_mend)

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(
            self.waiting + other.waiting,
            self.accepted + other.accepted,
            self.declined + other.declined,
            self.to_mend + other.to_mend,
        )


class Reported(NamedTuple):
    """A report with its card and the decision that holds."""

    report: Report
    card: Card
    decision: ReportDecision | None

    @property
    def sheet(self) -> Sheet:
        """The card as it was shown to whoever reported it; of old reports only its present words are known."""
        return read_sheet(self.report.sheet or self.card.sheet)

    @property
    def is_changed(self) -> bool:
        """Whether the card reads otherwise today."""
        return self.report.sheet not in {None, self.card.sheet} or self.report.rev != self.card.rev


class AnswerThen(NamedTuple):
    """What its reporter had answered last: `options` in the order in which they stood, `picked` their keys.

    `typed` is any other answer; `is_right` None where the learner judged it, with `grade`.
    """

    at: datetime
    zone: str
    options: tuple[SheetOption, ...]
    picked: tuple[str, ...]
    typed: str
    is_right: bool | None
    grade: int
    seconds: int


def standings(card_id: int | None = None, deck_id: str | None = None) -> dict[int, Standing]:
    """How the reports of all cards, of a card or of a deck stand, by card."""
    is_same = and_(Report.rev == Card.rev, or_(Report.sheet.is_(None), Report.sheet == Card.sheet))
    same = func.sum(case((is_same, 1), else_=0))
    statement = (
        select(Report.card_id, ReportDecision.verdict, func.count(), same)
        .join(Card, Card.id == Report.card_id)
        .outerjoin(ReportDecision, ReportDecision.id == _LATEST)
        .group_by(Report.card_id, ReportDecision.verdict)
    )
    if card_id is not None:
        statement = statement.where(Report.card_id == card_id)
    if deck_id is not None:
        statement = statement.where(Card.deck_id == deck_id)
    found: dict[int, Standing] = {}
    for one, verdict, count, unchanged in db.session.execute(statement):
        found[one] = found.get(one, Standing()) + _standing(verdict, count, int(unchanged))
    return found


def _standing(verdict: str | None, count: int, unchanged: int) -> Standing:
    if verdict is None:
        return Standing(waiting=count)
    return Standing(accepted=count, to_mend=unchanged) if verdict == ACCEPTED else Standing(declined=count)


def _reports() -> Any:
    return (
        select(Report, Card, ReportDecision)
        .join(Card, Card.id == Report.card_id)
        .outerjoin(ReportDecision, ReportDecision.id == _LATEST)
    )


def inbox(state: str, before: int | None) -> tuple[list[Reported], int | None]:
    """A page of the reports that wait, oldest first, or were decided so, latest first; and where the next begins."""
    if state == WAITING:
        statement = _reports().where(ON_ROADMAP, ReportDecision.id.is_(None)).order_by(Report.id)
        statement = statement.where(Report.id > before) if before else statement
    else:
        statement = _reports().where(ON_ROADMAP, ReportDecision.verdict == state).order_by(Report.id.desc())
        statement = statement.where(Report.id < before) if before else statement
    rows = [Reported(*row) for row in db.session.execute(statement.limit(PAGE + 1))]
    return rows[:PAGE], rows[PAGE - 1].report.id if len(rows) > PAGE else None


def count_by_state() -> Mapping[str, int]:
    """How many reports wait, were accepted, were declined."""
    of_state = func.coalesce(ReportDecision.verdict, WAITING)
    statement = select(of_state, func.count()).select_from(Report).join(Card, Card.id == Report.card_id)
    statement = statement.where(ON_ROADMAP)
    statement = statement.outerjoin(ReportDecision, ReportDecision.id == _LATEST).group_by(of_state)
    return dict(db.session.execute(statement).all())


def find(report_id: int) -> Reported | None:
    """A report on a card of the roadmap; what a cohort has of its own is its mentors'."""
    row = db.session.execute(_reports().where(ON_ROADMAP, Report.id == report_id)).first()
    return None if row is None else Reported(*row)


def of_card(card_id: int, learner_id: int | None = None) -> list[Reported]:
    """The reports on a card (of this learner), the latest first."""
    statement = _reports().where(Report.card_id == card_id)
    statement = statement if learner_id is None else statement.where(Report.learner_id == learner_id)
    return [Reported(*row) for row in db.session.execute(statement.order_by(Report.id.desc()).limit(PAGE))]


def decisions_of(report_id: int) -> Sequence[ReportDecision]:
    """Everything that was decided about a report, oldest first."""
    statement = select(ReportDecision).where(ReportDecision.report_id == report_id)
    return db.session.scalars(statement.order_by(ReportDecision.id)).all()


def answer_then(one: Reported) -> AnswerThen | None:
    """What its learner had answered last when they reported the card; None: nothing yet."""
    of_card = (LogRow.learner_id == one.report.learner_id, LogRow.card_id == one.report.card_id)
    statement = select(LogRow).where(*of_card, LogRow.kind == Kind.ANSWER, LogRow.at <= one.report.created_at)
    row = db.session.scalar(statement.order_by(LogRow.version.desc()).limit(1))
    if row is None:
        return None
    given = [str(text) for text in json.loads(row.given)] if row.given else []
    options = shuffled(one.sheet, Presentation(row.token or "", 0, 0, 0, 0, 0).seed)
    is_picked = one.sheet.ask in {Ask.CHOICE, Ask.MULTI}
    typed = "" if is_picked else "\n".join(given)
    picked = tuple(given) if is_picked else ()
    return AnswerThen(row.at, row.zone, options, picked, typed, row.is_right, row.grade or 0, row.ms // 1000)


def decide(
    who: Me, one: Reported, verdict: str, words: str, token: str, seen: int, moment: datetime
) -> ReportDecision | None:
    """Accept or decline a report in words. `seen`: the decision that held on the page it was decided on, 0 for none.

    The same form sent twice decides once: None the second time. Raises DecidedMeanwhile.
    """
    report_id = one.report.id
    db.session.execute(select(Report.id).where(Report.id == report_id).with_for_update())  # one decision at a time
    made = decisions_of(report_id)
    if any(other.token == token for other in made):
        return None
    if (made[-1].id if made else 0) != seen:
        raise DecidedMeanwhile
    decision = ReportDecision(
        report_id=report_id,
        actor_id=who.id,
        actor=who.name,
        verdict=verdict,
        words=words,
        token=token,
        decided_at=moment,
    )
    db.session.add(decision)
    return decision
