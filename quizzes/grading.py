"""Is this answer right, which misconception does it show, and which grade does it suggest."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from quizzes.cards import Ask
from quizzes.marking import Marked
from quizzes.ordering import numbers, order_of, places, steps
from quizzes.sheets import Sheet, SheetOption
from quizzes.sm2 import Grade
from quizzes.writing import LONGEST_PATTERN, LONGEST_QUERY, WRITTEN

LONGEST_ANSWER = 200
AWAY_MS = 60_000
AWAY_WRITING_MS = 600_000
QUICK_SECONDS = {Ask.CHOICE: 8, Ask.MULTI: 12, Ask.NUMBER: 12, Ask.SHORT: 15, Ask.CLOZE: 15, Ask.ORDER: 20}
SLOW_SECONDS = {Ask.CHOICE: 25, Ask.MULTI: 35, Ask.NUMBER: 35, Ask.SHORT: 40, Ask.CLOZE: 40, Ask.ORDER: 45}
QUICK_SECONDS |= dict.fromkeys(WRITTEN, 60)
SLOW_SECONDS |= dict.fromkeys(WRITTEN, 180)

# What phones put in place of the plain characters that code is written in.
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "−": "-", "—": "--", "`": ""})
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|[+-]?\.[0-9]+")


class AnswerError(ValueError):
    """An answer that cannot be judged; the message says to the learner what is missing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is worth: `picked` are the keys of the options it names, `is_blank` means "I don't
    know"."""

    is_right: bool
    misconceptions: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()
    is_blank: bool = False


def judge(sheet: Sheet, given: Sequence[str]) -> Verdict:
    """Judge what a form sent: option keys for choice and multi, one typed text for number, short and cloze,
    `key:place` for each line of an order.

    One blank string is "I don't know": wrong, and blank. Raises AnswerError when nothing came, too much, an
    unknown option, more than 200 characters, or no number where one is asked; and for a self card, which only
    the learner can judge.
    """
    if sheet.ask is Ask.SELF:
        raise AnswerError(f"card {sheet.id} is judged by the learner")
    if len(given) == 1 and not given[0].strip():
        return Verdict(is_right=False, is_blank=True)
    if sheet.ask in (Ask.CHOICE, Ask.MULTI):
        return _judge_picked(sheet, given)
    if sheet.ask is Ask.ORDER:
        return _judge_order(sheet, given)
    if sheet.ask in WRITTEN:
        return _judge_known(sheet, given)
    return _judge_typed(sheet, given)


def propose(verdict: Verdict, ms: int, ask: Ask, level: int) -> Grade:
    """The grade an objective answer suggests; the learner may choose another.

    Blank -> WRONG, wrong -> AGAIN; right -> EASY, GOOD or HARD by the time it took. The bounds are
    QUICK_SECONDS and SLOW_SECONDS: at about four words a second a short card is read in five to eight
    seconds, so a pick within eight came without searching; several picks take longer than one, a typed word
    longer than a pick, and three times the quick bound is more than reading and typing can explain. Each
    level above 1 adds a tenth, for code takes longer to read. From a minute on (or with no sensible time)
    the clock tells nothing, the learner may have left the desk: GOOD. Raises AnswerError for a self card.
    """
    if ask is Ask.SELF:
        raise AnswerError("a self card is graded by the learner")
    if verdict.is_blank:
        return Grade.WRONG
    if not verdict.is_right:
        return Grade.AGAIN
    if not 0 <= ms < (AWAY_WRITING_MS if ask in WRITTEN else AWAY_MS):
        return Grade.GOOD
    if ms <= _bound_ms(QUICK_SECONDS[ask], level):
        return Grade.EASY
    return Grade.GOOD if ms <= _bound_ms(SLOW_SECONDS[ask], level) else Grade.HARD


def _bound_ms(seconds: int, level: int) -> int:
    return seconds * 100 * (9 + level)


def _judge_picked(sheet: Sheet, given: Sequence[str]) -> Verdict:
    options = {option.key: option for option in sheet.options}
    picked = set(given)
    if not picked:
        raise AnswerError("Pick an answer, or say that you don't know.")
    if sheet.ask is Ask.CHOICE and len(given) > 1:
        raise AnswerError("Pick one answer only.")
    if not picked <= options.keys():
        raise AnswerError("That answer is not on this card. Load the page again and pick once more.")
    chosen = [option for option in sheet.options if option.key in picked]
    return Verdict(
        is_right=all(option.is_right == (option.key in picked) for option in sheet.options),
        misconceptions=tuple(dict.fromkeys(m for option in chosen for m in _shown(option))),
        picked=tuple(option.key for option in chosen),
    )


def _judge_order(sheet: Sheet, given: Sequence[str]) -> Verdict:
    order = order_of(sheet, given)
    if order is None:
        if places(given).keys() - {line.key for line in steps(sheet)}:
            raise AnswerError("Those lines are not on this card. Load the page again and order them once more.")
        raise AnswerError("Give each line a place of its own, or say that you don't know.")
    if list(order) == sorted(order):
        return Verdict(is_right=True)
    known = next((one for one in sheet.options if not one.is_right and numbers(one.text) == order), None)
    return _verdict_of(known) if known else Verdict(is_right=False)


def _judge_known(sheet: Sheet, given: Sequence[str]) -> Verdict:
    """What is written has to run before it can be judged; only the author's own queries were run before."""
    written = written_answer(sheet, given)
    for option in sheet.options:
        if option.text.split() == written.split():
            return _verdict_of(option)
    raise AnswerError("That was not run yet.")


def written_answer(sheet: Sheet, given: Sequence[str]) -> str:
    """The one text that was written, fit to be run. Raises AnswerError."""
    if len(given) != 1:
        raise AnswerError("Write one answer, or say that you don't know.")
    most = LONGEST_QUERY if sheet.ask is Ask.WRITE_SQL else LONGEST_PATTERN
    if len(given[0]) > most:
        raise AnswerError(f"That is longer than any card needs: {most:,} characters are the most.")
    return given[0]


def judge_marked(sheet: Sheet, marked: Marked) -> Verdict:
    """The verdict on a written answer that was run and compared."""
    if marked.miss is None:
        return Verdict(is_right=True)
    shown = (marked.misconception,) if marked.misconception else ()
    picked = tuple(option.key for option in sheet.options if option.misconception in shown)
    return Verdict(False, shown, picked)


def _judge_typed(sheet: Sheet, given: Sequence[str]) -> Verdict:
    if len(given) != 1:
        raise AnswerError("Type one answer, or say that you don't know.")
    typed = given[0]
    if len(typed) > LONGEST_ANSWER:
        raise AnswerError(f"That answer is too long: {LONGEST_ANSWER} characters are enough for every card.")
    known = [(option.text, _verdict_of(option)) for option in sheet.options]
    known += [(spelling, Verdict(is_right=True)) for spelling in sheet.accept]
    return _judge_number(typed, known) if sheet.ask is Ask.NUMBER else _judge_text(typed, known)


def _verdict_of(option: SheetOption) -> Verdict:
    return Verdict(option.is_right, _shown(option), (option.key,))


def _shown(option: SheetOption) -> tuple[str, ...]:
    return (option.misconception,) if option.misconception and not option.is_right else ()


def _judge_number(typed: str, known: list[tuple[str, Verdict]]) -> Verdict:
    for spelling, verdict in known:
        if _caseless(spelling) == _caseless(typed):
            return verdict
    value = _number(typed)
    if value is None:
        raise AnswerError("Type a number in digits, such as 12 or 0.5, without separators or units.")
    for spelling, verdict in known:
        if _number(spelling) == value:
            return verdict
    return Verdict(is_right=False)


def _judge_text(typed: str, known: list[tuple[str, Verdict]]) -> Verdict:
    for spelling, verdict in known:
        if _folded(spelling) == _folded(typed):
            return verdict
    hits = [verdict for spelling, verdict in known if _caseless(spelling) == _caseless(typed)]
    # Where two known answers differ only by case, the case is the question: another spelling is neither.
    is_one = len({(verdict.is_right, verdict.misconceptions) for verdict in hits}) == 1
    return hits[0] if is_one else Verdict(is_right=False)


def _folded(text: str) -> str:
    words = " ".join(unicodedata.normalize("NFKC", text).translate(_PLAIN).split())
    return words.rstrip("; ") or words


def _caseless(text: str) -> str:
    return _folded(text).casefold()


def _number(text: str) -> Fraction | None:
    folded = _folded(text)
    return Fraction(folded) if _NUMBER.fullmatch(folded) else None
