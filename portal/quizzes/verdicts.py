"""What can be said of an answer: right or not, why, what would have been right, which card sets it straight."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from portal.htmx import fixed_url
from portal.login import Me
from portal.quizzes.contrasting import Contrasted, contrasted
from portal.quizzes.queries import Answer
from quizzes.cards import Ask
from quizzes.grading import Verdict, judge, judge_marked
from quizzes.marking import Marked
from quizzes.sheets import Sheet
from quizzes.writing import WRITTEN

PICKED = frozenset({Ask.CHOICE, Ask.MULTI, Ask.ORDER})


class Feedback(NamedTuple):
    """What an objective answer was worth. `reasons` are wrong picks, as safe HTML, and why each is wrong.

    `wrote` is what was typed, where nothing else can be said of it; `marked` what running it showed, if it ran;
    `contrast` the card that sets against each other what was mixed up.
    """

    answer_id: int
    is_right: bool
    is_blank: bool
    reasons: tuple[tuple[str, str], ...]
    right_answers: tuple[str, ...]
    wrote: str
    marked: Marked | None = None
    contrast: Contrasted | None = None

    @property
    def url(self) -> str:
        """Where the grade goes."""
        return answer_url(self.answer_id, "grade")


def answer_url(answer_id: int, verb: str) -> str:
    """The address of an answer's form."""
    return f"{fixed_url('quizzes.answers')}/{answer_id}/{verb}"


def told(
    sheet: Sheet, answer_id: int, given: Sequence[str], verdict: Verdict, marked: Marked | None = None
) -> Feedback:
    """What the card itself says of an answer."""
    wrong = {option.key: option for option in sheet.options if not option.is_right}
    reasons = tuple((wrong[key].html, wrong[key].reason) for key in verdict.picked if key in wrong)
    is_unknown = not (verdict.is_right or verdict.is_blank or reasons) and sheet.ask not in PICKED | WRITTEN
    return Feedback(
        answer_id=answer_id,
        is_right=verdict.is_right,
        is_blank=verdict.is_blank,
        reasons=reasons,
        right_answers=() if verdict.is_right else tuple(option.html for option in sheet.options if option.is_right),
        wrote=", ".join(given) if is_unknown else "",
        marked=marked,
    )


def told_to(who: Me, sheet: Sheet, answer: Answer) -> Feedback:
    """What the card says of an answer that is kept, and which card comes of it."""
    verdict = answer.verdict or _verdict(sheet, answer)
    feedback = told(sheet, answer.id, given_in(answer), verdict, answer.marked)
    contrast = None if verdict.is_right else sheet.contrast_to(verdict.misconceptions)
    return feedback._replace(contrast=contrasted(who.id, contrast, answer.is_called)) if contrast else feedback


def given_in(answer: Answer) -> tuple[str, ...]:
    """What was answered, as it was sent."""
    return _given(answer.given) if answer.given else ()


@lru_cache(maxsize=64)  # an answer is told of from several sides
def _given(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def _verdict(sheet: Sheet, answer: Answer) -> Verdict:
    """The verdict again, for its words; a card whose options changed since has nothing to say of the old ones."""
    try:
        verdict = judge_marked(sheet, answer.marked) if answer.marked else judge(sheet, given_in(answer))
    except ValueError:
        verdict = Verdict(is_right=False)
    return replace(verdict, is_right=bool(answer.is_right))
