"""A card that is written in a form: its fields become the text of a deck, and complaints about it find their field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from quizzes.asking import TYPED
from quizzes.bodies import loose_ends
from quizzes.cards import Ask, Card, plain
from quizzes.grading import LONGEST_ANSWER
from quizzes.linting import CARDS_A_TOPIC, LONGEST_FROM_CARDS, LONGEST_SHARE, UNNAMED, breaches
from quizzes.misconceptions import Misconception
from quizzes.reading import read_card

MOST_ANSWERS = 8
_CHECKED = "2000-01-01"  # a second reader stands behind the card in another way than by a date in its text
_ANSWER = re.compile(r"(?:[-*+]\s+)?\[\s*([xX]?)\s*\]\s*(.*)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
KINDS = (Ask.CHOICE, Ask.MULTI, Ask.NUMBER, Ask.SHORT, Ask.CLOZE, Ask.SELF)  # no author's code runs for the others
_PROSE = ("question", "answer", "why")


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as somebody wrote it; every field is text, and "" is nothing.

    `answers` has one a line, "[x] right" or "[ ] wrong :: why {misconception}"; of a cloze card [x] is a further right
    answer beside its ==gap==. `answer` is what a self card is compared with; `sources` one a line, "Title <https://...>".
    """

    topic: str = ""
    ask: str = Ask.CHOICE.value
    level: str = "2"
    bloom: str = "understand"
    question: str = ""
    answers: str = ""
    answer: str = ""
    why: str = ""
    sources: str = ""


FIELDS = tuple(one.name for one in fields(Draft))


class Said(NamedTuple):
    """A complaint about a field of a draft, as a sentence."""

    field: str
    sentence: str


@dataclass(slots=True)
class _Text:
    """The text of a card while it is put together, and which field and line of it each of its lines is."""

    lines: list[str] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def add(self, line: str, name: str = "", number: int = 0) -> None:
        self.lines.append(line)
        self.places.append((name, number))

    def add_prose(self, name: str, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            self.add(line, name, number)
        self.add("")


def read_draft(
    slug: str, draft: Draft, misconceptions: Mapping[str, Misconception], topics: set[str]
) -> tuple[Card | None, tuple[Said, ...]]:
    """The card of a draft, and what author's rules say against it, by field; none: it may be published.

    The rules are those of the deck files, with two differences: a wrong answer need not name a misconception, and
    nothing is run, so that only somebody who read the source can confirm the card. None instead of a card where the
    parts cannot be told apart.
    """
    loose = [_said(name, line, reason) for name in _PROSE for line, reason in loose_ends(getattr(draft, name))]
    text, said = _composed(slug, draft)
    if draft.ask not in KINDS:
        said.append(Said("ask", _NO_KIND))
    if loose:
        return None, tuple(dict.fromkeys((*loose, *said)))
    card, findings = read_card("\n".join(text.lines))
    said += [_placed(text, finding.line, finding.reason) for finding in findings]
    if card is not None:
        found = (pair for pair in breaches(card, misconceptions, topics) if pair[1] != UNNAMED)
        said += [_placed(text, line, reason) for line, reason in found]
        said += _of_answers(card, text)
    if draft.sources.strip():
        said = [one for one in said if one.sentence != _NO_SOURCE]
    return card, tuple(dict.fromkeys(said))


def advice(drafts: Sequence[Draft]) -> list[str]:
    """What the cards of a deck tell together: too many facts to remember, or a key that its length gives away."""
    found, recalled = list[str](), sum(draft.bloom == "remember" for draft in drafts)
    if len(drafts) >= CARDS_A_TOPIC and 3 * recalled > len(drafts):
        found.append(f"{recalled} of {len(drafts)} cards ask for a fact alone: at most a third should.")
    lengths = [_lengths(draft.answers) for draft in drafts if draft.ask == Ask.CHOICE]
    longest = sum(right > wrong for right, wrong in lengths)
    low, high = LONGEST_SHARE
    if len(lengths) >= LONGEST_FROM_CARDS and not low <= longest / len(lengths) <= high:
        found.append(
            f"The right answer is the longest in {longest} of {len(lengths)} cards to pick from: learners notice that."
            " It should be in two or three of ten."
        )
    return found


def _lengths(answers: str) -> tuple[int, int]:
    """How many characters the shortest right answer has, and the longest wrong one; 0 where there is none."""
    options = [(is_right, len(plain(text.partition(" :: ")[0]))) for _, is_right, text in _options(answers, [])]
    right, wrong = ([length for is_right, length in options if is_right is wanted] for wanted in (True, False))
    return min(right, default=0), max(wrong, default=0)


def _composed(slug: str, draft: Draft) -> tuple[_Text, list[Said]]:
    text, said = _Text(), list[Said]()
    text.add(f"## {slug}")
    for name in ("ask", "topic", "bloom", "level"):
        if value := " ".join(getattr(draft, name).split()):
            text.add(f"{name}: {value}", name)
    for line in ("check: source", f"since: {_CHECKED}", f"reviewed: {_CHECKED}"):
        text.add(line)
    for number, line in _numbered(draft.sources):
        text.add(f"source: {line}", "sources", number)
    options = list(_options(draft.answers, said))
    for number, is_right, written in options if draft.ask == Ask.CLOZE else ():
        if is_right and written:
            text.add(f"accept: {written.partition(' :: ')[0].strip()}", "answers", number)
    text.add("")
    text.add_prose("question", draft.question)
    bullet = next((sign for sign in "-*+" if not re.search(rf"^\s*\{sign}\s", draft.question, re.MULTILINE)), "-")
    for number, is_right, written in options:
        if not (is_right and draft.ask == Ask.CLOZE):
            text.add(f"{bullet} [{'x' if is_right else ' '}] {written}".rstrip(), "answers", number)
    text.add("")
    for name, title in (("answer", "Answer"), ("why", "Why")):
        if getattr(draft, name).strip():
            text.add(f"### {title}", name)
            text.add_prose(name, getattr(draft, name))
    return text, said


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers, from 1."""
    return ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _options(text: str, said: list[Said]) -> Iterator[tuple[int, bool, str]]:
    """(line, whether it is right, the rest of it) of each answer; complains of lines that are none."""
    for number, line in _numbered(text):
        if found := _ANSWER.fullmatch(line):
            yield number, bool(found[1]), found[2]
        else:
            said.append(_said("answers", number, "begin with [x] for a right answer, or [ ] for a wrong one"))


def _of_answers(card: Card, text: _Text) -> Iterator[Said]:
    """What the author's rules leave to a run of the card."""
    if len(card.options) > MOST_ANSWERS:
        yield Said("answers", f"These are {len(card.options)} answers: at most {MOST_ANSWERS}.")
    for option in card.options:
        typed, number = plain(option.text), text.places[option.line - 1][1]
        if card.ask is Ask.NUMBER and not _NUMBER.fullmatch(typed):
            yield _said("answers", number, "write the number in digits, such as 12 or 0.5")
        if card.ask in TYPED and len(typed) > LONGEST_ANSWER:
            yield _said("answers", number, f"nobody types more than {LONGEST_ANSWER} characters")
    if card.gap and len(card.gap) > LONGEST_ANSWER:
        yield Said("question", f"Hide at most {LONGEST_ANSWER} characters: it has to be typed.")


def _said(name: str, line: int, reason: str) -> Said:
    where = f"Line {line}: " if line else ""
    return Said(name, f"{where}{reason if where else reason[:1].upper() + reason[1:]}.")


def _placed(text: _Text, line: int, reason: str) -> Said:
    """A complaint of the reader or the linter, beside the field it is about and in words that fit a form."""
    name, number = text.places[line - 1] if 0 < line <= len(text.places) else ("", 0)
    for shape, other, sentence in _WORDS:
        if found := shape.match(reason):
            words = sentence.format(*found.groups())
            return Said(other.format(*found.groups()), words) if other else _said(name or "question", number, words)
    is_line = name in {"answers", "sources", *_PROSE}
    return _said(name or "question", number if is_line else 0, reason)


_NO_SOURCE = "Name the source that says so: its title, then its address in < >."
_FORM = "answers have one line each, such as [ ] 12 :: why it is wrong"
_CHOOSE = "Choose one of the list."
_NO_KIND = f"{_CHOOSE[:-1]}: {', '.join(KINDS)}."
# (beginning of a reason, field or "" for the one of its line, sentence); a reason that stands here for the field of its
# line has no full stop.
_WORDS = tuple(
    (re.compile(shape), name, sentence)
    for shape, name, sentence in (
        ("no question", "question", "Write the question."),
        (r"the question has (\d+)", "question", "The question has {0} characters without its code: at most 450."),
        (r"the shown code has (\d+)", "question", "The code has {0} lines: at most 15."),
        ("a negative question", "question", "The question denies something: turn it round, or write **NOT** in bold."),
        ('the hidden text (".*")', "question", "What is hidden, {0}, also stands in the question."),
        (
            r"(\d+) gaps",
            "question",
            "{0} parts are hidden: hide exactly one, with two equals signs on each side, ==so==.",
        ),
        ("no explanation", "why", "Say why: the rule in one sentence, then the smallest example."),
        (r"the explanation has (\d+)", "why", "The explanation has {0} characters: at most 600."),
        ("no answer", "answer", "Write the answer that learners compare theirs with."),
        ("`### Answer` is for", "answer", "Only a card that learners grade themselves has this. Leave it empty here."),
        ("a self card has no options", "answers", "Learners grade this card themselves: leave the answers empty."),
        ("no key", "answers", "Mark the right answer: begin its line with [x]."),
        (r"(\d+) keys", "answers", "{0} answers are marked right: one choice has exactly one [x]."),
        (r"(\d+) wrong options", "answers", "Wrong answers so far: {0}; one choice has two to four of them."),
        ("no wrong answer", "answers", "Write a wrong answer that people give: [ ] answer :: why it is wrong."),
        ("a wrong option needs a reason", "", "say behind :: why this is wrong"),
        ("an option is one line|write an option as", "", _FORM),
        ("a right option names", "", "a right answer names no misconception"),
        ("write ` :: ` and a reason", "", "write :: and a reason before the misconception in braces"),
        (r"(\{{?.*\}}?) must end the option", "", "{0} stands at the end of the line"),
        ("unknown misconception (.*): declare", "", "there is no misconception {0}: choose one of the list, or none"),
        ("no option may speak", "", "no answer may speak about the others, for they are shuffled"),
        ('(".*") stands twice', "answers", "{0} stands twice among the answers."),
        ("no source", "sources", _NO_SOURCE),
        ("source: is written", "", "write the title, then the address: MySQL manual <https://dev.mysql.com/doc/>"),
        ("the head has no topic|unknown topic|topic: is written", "topic", "Choose a topic of the roadmap."),
        ("the head has no (ask|level|bloom)", "{0}", _CHOOSE),
        ("ask: ", "ask", _NO_KIND),
        ("bloom: ", "bloom", _CHOOSE),
        ("level: ", "level", "Choose a level from 1 to 5."),
        ("accept: has no value", "", _FORM),
    )
)
