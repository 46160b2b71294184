"""One state of the daily review, ready for its template: question, revealed, feedback or done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from flask import url_for
from flask.globals import _cv_app  # what the proxy `current_app` asks, at a fifth of its price
from markupsafe import Markup

from portal.htmx import fixed_url
from portal.login import Me
from portal.quizzes import catalogue, history, queries, words
from portal.quizzes.contrasting import contrasted
from portal.quizzes.presentations import Presentation, present
from portal.quizzes.queries import Answer, Held, Today
from portal.quizzes.verdicts import Feedback, answer_url, given_in, told_to
from quizzes.cards import Ask
from quizzes.comeback import SITTING, SPREAD_DAYS, Spread, spread
from quizzes.ledger import Memory, effective, is_scheduled
from quizzes.sheets import Sheet, SheetOption, shuffled, variant_of
from quizzes.sm2 import Grade, Schedule, review

KEPT = "Your answer is kept. It comes back:"
DRILL = "A second try today: it does not change when the card comes back."
BACK = "You last reviewed {} days ago. Start with ten."
SHORT_SCALE = (Grade.AGAIN, Grade.HARD, Grade.GOOD, Grade.EASY)


class Tallied(NamedTuple):
    """The honest counts over the card."""

    due: int
    fresh: int
    again: int
    done: int


class ShownCard(NamedTuple):
    """What the page says of the card itself. `id` is its slug."""

    id: str
    topic: str
    topic_title: str
    topic_url: str
    deck_title: str
    is_changed: bool
    url: str
    rev: int


class Button(NamedTuple):
    """A grade to choose, and when the card would come back."""

    value: int
    label: str
    key: str
    when: str
    is_chosen: bool


class Undo(NamedTuple):
    """The answer that `u` takes back; `url` takes the form."""

    answer_id: int
    label: str

    @property
    def url(self) -> str:
        """Where the form goes."""
        return answer_url(self.answer_id, "undo")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do next."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a day."""

    next_when: str | None
    next_date: str
    answered: int
    minutes: int
    right: int
    learnt: list[str]
    suggestion: Suggestion
    reviewed: int
    spread: Spread | None = None

    @property
    def title(self) -> str:
        """What the page says first."""
        if self.spread is None:
            return "Done for today." if self.answered else "Nothing is due."
        return "Ten are done." if self.reviewed == SITTING else "That is enough for today."

    @property
    def portion(self) -> str:
        """The cards a day of the spread: "10", "10 to 12"."""
        if self.spread is None:
            return ""
        least, most = self.spread.least, self.spread.most
        return str(least) if least == most else f"{least} to {most}"


class Review(NamedTuple):
    """Everything `drawing.review_html` draws."""

    kind: str
    counts: Tallied
    token: str
    card: ShownCard | None = None
    sheet: Sheet | None = None
    options: tuple[SheetOption, ...] = ()
    given: Sequence[str] = ()
    buttons: tuple[Button, ...] = ()
    comes_back: str = ""
    feedback: Feedback | None = None
    done: Done | None = None
    undo: Undo | None = None
    notice: str | None = None
    result: Markup | None = None  # of a try


def secret() -> str:
    """What signs presentations."""
    return str(_cv_app.get().app.config["SECRET_KEY"])


def next_review(
    who: Me, moment: datetime, undo: Undo | None = None, notice: str | None = None, *, is_going_on: bool = False
) -> Review:
    """The next card of the day, or its end; `is_going_on`: beyond the goal of whoever came back after a pause."""
    now_today = queries.today(who, moment, is_going_on=is_going_on)
    held = queries.next_card(who, now_today)
    undo = undo or last_undo(who, now_today.day)
    if held is None:
        return _done(who, now_today, moment, undo, notice)
    if now_today.paused_days and notice is None:
        notice = BACK.format(now_today.paused_days)
    return question(who, held, now_today, moment, undo=undo, notice=notice)


def following(who: Me, now_today: Today, moment: datetime, undo: Undo) -> Review | None:
    """The card after this one, for whoever takes the proposed grade; None when this was the day's last."""
    held = queries.next_card(who, now_today)
    return None if held is None else question(who, held, now_today, moment, undo=undo)


def last_undo(who: Me, day: date) -> Undo | None:
    """The latest answer of the day, to take back."""
    found = history.last_answer(who.id, day)
    return None if found is None else Undo(found[0], "the last answer")


def question(
    who: Me,
    held: Held,
    now_today: Today,
    moment: datetime,
    shown: Presentation | None = None,
    undo: Undo | None = None,
    notice: str | None = None,
    given: Sequence[str] = (),
) -> Review:
    """A card as a question; `shown` is the showing to go on with, otherwise a new one begins."""
    shown = shown or present(who.id, held.card_id, held.memory.version, moment)
    sheet = variant_of(held.sheet, shown.nonce)
    return Review(
        kind="question",
        counts=_tallied(now_today),
        token=shown.sign(secret()),
        card=shown_card(held),
        sheet=sheet,
        options=shuffled(sheet, shown.seed),
        given=given,
        undo=undo,
        notice=notice,
    )


def revealed(who: Me, held: Held, shown: Presentation, moment: datetime, notice: str | None = None) -> Review:
    """A self card with its answer, waiting for a grade."""
    now_today = queries.today(who, moment)
    asked = question(who, held, now_today, moment, shown.rearmed(moment), last_undo(who, now_today.day), notice)
    buttons = _buttons(held.memory, now_today.day, None, who.has_full_scale)
    return asked._replace(kind="revealed", buttons=buttons, comes_back="How well did you know it? It comes back:")


def feedback(
    who: Me,
    held: Held,
    answer: Answer,
    moment: datetime,
    before: Memory | None = None,
    notice: str | None = None,
    now_today: Today | None = None,
) -> Review | None:
    """An answer of an objective card with all that can be said of it; None when it was taken back.

    `before` is the memory the answer acted on and `now_today` the day after it, when the caller has them.
    """
    grade, version = answer.grade, answer.version + 1  # "Not today" here acts on the memory after the answer
    if before is None:
        version = held.memory.version
        if (counting := _counting(who, answer)) is None:
            return None
        before, grade = counting
    shown = Presentation(answer.token or "", who.id, held.card_id, version, 0, 0).rearmed(moment)
    sheet = variant_of(held.sheet, answer.token)
    return Review(
        kind="feedback",
        counts=_tallied(now_today or queries.today(who, moment)),
        token=shown.sign(secret()),
        card=shown_card(held),
        sheet=sheet,
        options=shuffled(sheet, shown.seed),
        given=given_in(answer),
        buttons=_buttons(before, answer.day, grade, who.has_full_scale),
        comes_back=KEPT if is_scheduled(before, answer.day) else DRILL,
        feedback=told_to(who, sheet, answer),
        undo=Undo(answer.id, "this answer"),
        notice=notice,
    )


def contrast_of(who: Me, held: Held, answer: Answer) -> str | None:
    """What comes of a card that was just graded by the learner: nothing else is told of it."""
    if answer.given is not None or answer.grade >= Grade.HARD:
        return None
    comes = contrasted(who.id, held.sheet.contrast_to(()), answer.is_called)
    return None if comes is None else comes.sentence


def _counting(who: Me, answer: Answer) -> tuple[Memory, int] | None:
    """The memory an answer acted on and the grade it counts with now; None when it was taken back."""
    found = (step for step in effective(history.events_of(who.id, answer.card_id)) if step[0].version == answer.version)
    return next(((before, event.grade or 0) for event, before, _ in found), None)


def _buttons(before: Memory, day: date, chosen: int | None, is_full_scale: bool) -> tuple[Button, ...]:
    waits = None if is_scheduled(before, day) or before.due_on is None else (before.due_on - day).days
    return _scale(before.schedule, waits, chosen, is_full_scale)


@lru_cache(maxsize=1024)
def _scale(schedule: Schedule, waits: int | None, chosen: int | None, is_full_scale: bool) -> tuple[Button, ...]:
    """A button a grade. `waits` None: the grade moves the schedule; otherwise the card comes in so many days anyway."""
    if not is_full_scale and chosen is not None:
        chosen = max(chosen, Grade.AGAIN)  # "I don't know" is graded 1; the short scale calls that "again"
    return tuple(
        Button(
            value=int(grade),
            label=grade.label.capitalize(),
            key=str(int(grade) if is_full_scale else grade - 1),
            when=words.interval(_days(schedule, grade, waits)),
            is_chosen=grade == (Grade.GOOD if chosen is None else chosen),
        )
        for grade in (tuple(Grade) if is_full_scale else SHORT_SCALE)
    )


def _days(schedule: Schedule, grade: Grade, waits: int | None) -> int:
    if grade < Grade.HARD:
        return 0
    return review(schedule, grade).interval_days if waits is None else waits


def _tallied(now_today: Today) -> Tallied:
    counts = now_today.counts
    return Tallied(counts.due, counts.fresh, counts.again, now_today.answers)


def shown_card(held: Held) -> ShownCard:
    """What a page says of a card."""
    is_changed = held.memory.changed_on is not None
    root = fixed_url("quizzes.decks")
    return _shown_card(root, held.slug, held.topic, held.topic_title, held.deck_title, is_changed, held.rev)


@lru_cache(maxsize=1024)
def _shown_card(
    root: str, slug: str, topic: str, topic_title: str, deck_title: str, is_changed: bool, rev: int
) -> ShownCard:
    return ShownCard(
        id=slug,
        topic=topic,
        topic_title=topic_title,
        topic_url=f"{fixed_url('roadmap.roadmap')}/topics/{topic}",
        deck_title=deck_title,
        is_changed=is_changed,
        url=f"{root}cards/{slug}",
        rev=rev,
    )


def _done(who: Me, now_today: Today, moment: datetime, undo: Undo | None, notice: str | None) -> Review:
    waits = _spread(who, now_today) if now_today.backlog else None
    when, on = (None, "") if waits else _next_cards(who, now_today.day)
    end = Done(
        next_when=when,
        next_date=on,
        answered=now_today.answers,
        minutes=max(1, ceil(now_today.ms / 60_000)),
        right=now_today.right,
        learnt=history.topics_on(who.id, now_today.day),
        suggestion=Suggestion("Read on in the roadmap", url_for("roadmap.roadmap")),
        reviewed=now_today.counts.reviews_done,
        spread=waits,
    )
    token = present(who.id, 0, 0, moment).sign(secret())
    return Review("done", _tallied(now_today), token, done=end, undo=undo, notice=notice)


def _spread(who: Me, now_today: Today) -> Spread:
    """What waits after a pause, on its way down."""
    assert now_today.back_on is not None, "only a pause leaves a backlog"
    arriving = catalogue.due_on_days(who.id, now_today.day, SPREAD_DAYS)
    return spread(now_today.backlog, arriving, now_today.back_on, now_today.day)


def _next_cards(who: Me, day: date) -> tuple[str | None, str]:
    """When the next cards come, in words with their number, and that day in ISO form."""
    fresh = queries.count_unlearnt(who, day, who.new_per_day)
    found = queries.next_due(who.id, day)
    if fresh:
        tomorrow = queries.tomorrow(day)
        due = found[1] if found and found[0] == tomorrow else 0
        return f"tomorrow: {words.cards(due + fresh)}, {fresh} of them new", tomorrow.isoformat()
    if found is None:
        return None, ""
    return f"{words.day(found[0], day)}: {words.cards(found[1])}", found[0].isoformat()


def is_self_graded(held: Held) -> bool:
    """Whether only the learner can tell if the answer was right."""
    return held.sheet.ask is Ask.SELF
