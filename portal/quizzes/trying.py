"""One card for visitors without an account: judged at once, kept nowhere."""

from dataclasses import dataclass

from portal.quizzes import catalogue, queries
from portal.quizzes.verdicts import Feedback, told
from quizzes.grading import judge
from quizzes.sheets import Sheet, SheetOption, shuffled

TRY_CARD = "http-401-or-403"
SEED = 7


@dataclass(frozen=True, slots=True)
class Trial:
    """What `quizzes/_try.html` draws."""

    slug: str
    sheet: Sheet
    options: tuple[SheetOption, ...]
    feedback: Feedback | None = None
    given: tuple[str, ...] = ()


def try_context(slug: str = TRY_CARD, given: list[str] | None = None) -> Trial | None:
    """The try-it card, with feedback when it was answered; None when no cards are loaded. Raises AnswerError."""
    card = catalogue.try_card(slug)
    sheet = queries.read_sheet(card.sheet) if card else None
    if sheet is None or sheet.exercise is not None:  # nothing is run for visitors
        return None
    feedback = None if given is None else told(sheet, 0, given, judge(sheet, given))
    return Trial(slug, sheet, shuffled(sheet, SEED), feedback, tuple(given or ()))
