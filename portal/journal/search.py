"""What a search means: words as they are compared, the query language, and where an entry fits it.

Nothing here asks a database. Both get the words that this module makes, so they cannot disagree about what a word is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from portal.journal.texts import plain, read_tags

LONGEST_WORD = 64  # characters of a word that count; PostgreSQL refuses words of more than 2 KB
LONGEST_QUERY = 200
SNIPPET, BEFORE_HIT, MOST_HITS = 180, 50, 200  # characters shown, of those in front of a hit; hits that are compared
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(
    r'\s*(?P<minus>-?)(?:(?P<name>[^\W\d_]+):(?![:/]))?(?:"(?P<quoted>[^"]*)(?P<end>"?)|(?P<plain>[^\s"]*))'
)
_DAY = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)
_OPEN = re.compile(r"[^\W_]\*\s*$")
_DAY_OPERATORS = ("before", "after", "on")
_LONELY_OR = "OR stands between two words; here one of them is missing."
_QUOTES = str.maketrans("“”„«»", '"""""')


@dataclass(frozen=True, slots=True)
class Words:
    """One word, or several one behind the other; of the last one `is_open` knows only the beginning."""

    words: tuple[str, ...]
    is_open: bool = False
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Tagged:
    """Entries that carry this tag."""

    tag: str
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """Entries of these days, both ends with them; None: no end."""

    first: date | None
    last: date | None
    is_excluded: bool = False


Part = Words | Tagged | Days


@dataclass(frozen=True, slots=True)
class Query:
    """Every clause must hold, of each clause one part. `complaints`: what was not understood, in sentences."""

    clauses: tuple[tuple[Part, ...], ...]
    complaints: tuple[str, ...]

    @property
    def sought(self) -> list[Words]:
        """The words that an entry is found for."""
        return [part for clause in self.clauses for part in clause if isinstance(part, Words) and not part.is_excluded]


# ---- Words


class _Folding(dict[int, str]):
    """A character as it is compared: without case, accents and other marks, one form for all that mean the same."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        folded = "".join(one for one in plain if unicodedata.category(one)[0] != "M")
        if len(self) < 10_000:  # more than any journal uses; nobody makes it grow by writing all of Unicode
            self[code] = folded
        return folded


_FOLDING = _Folding()


def words_of(text: str) -> list[str]:
    """The words of a text in order, as they are compared: runs of letters and digits, folded, cut at LONGEST_WORD."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(text.translate(_FOLDING))]


def indexed(learner_id: int, words: Iterable[str]) -> str:
    """Words as the index holds them (models.EntryWords): each with its learner, a blank before and behind."""
    return "".join(f" {learner_id}_{word}" for word in words) + " "


def _placed_words(text: str) -> list[tuple[str, int, int]]:
    """The same words, each with its beginning and end in the text as it is."""
    if text.isascii():
        return [(found[0].lower()[:LONGEST_WORD], found.start(), found.end()) for found in _WORD.finditer(text)]
    folded, places = [], []
    for place, character in enumerate(text):
        for one in character.translate(_FOLDING):
            folded.append(one)
            places.append(place)
    found = _WORD.finditer("".join(folded))
    return [(one[0][:LONGEST_WORD], places[one.start()], places[one.end() - 1] + 1) for one in found]


# ---- The language


def read_query(text: str) -> Query:
    """What was typed, understood as far as possible."""
    complaints: list[str] = []
    if len(text) > LONGEST_QUERY:
        complaints.append(f"A search has at most {LONGEST_QUERY} characters; what came behind them was left out.")
    clauses: list[tuple[Part, ...]] = []
    joins = False  # whether OR stood in front of this part
    for found in _PART.finditer(text[:LONGEST_QUERY].translate(_QUOTES)):
        if not (typed := found[0].strip()):
            continue
        if typed == "OR":
            complaints += [_LONELY_OR] if joins or not clauses else []
            joins = bool(clauses)
            continue
        if (part := _read_part(found, complaints)) is not None:
            clauses[len(clauses) - joins :] = [(*(clauses[-1] if joins else ()), part)]
        joins = False
    complaints += [_LONELY_OR] if joins else []
    if text.strip() and not clauses and not complaints:
        complaints.append("There is no word in this search.")
    return Query(tuple(clauses), tuple(dict.fromkeys(complaints)))


def _read_part(found: re.Match[str], complaints: list[str]) -> Part | None:
    name, quoted, is_excluded = found["name"] or "", found["quoted"], bool(found["minus"])
    typed = found["plain"] if quoted is None else quoted
    if quoted is not None and not found["end"]:
        complaints.append(f"The quote before “{quoted.strip()}” is not closed; it was read to the end.")
    if (operator := name.lower()) == "tag":
        return _read_tag(typed, is_excluded, complaints)
    if operator in _DAY_OPERATORS:
        return _read_days(operator, typed, is_excluded, complaints)
    if name and typed:
        complaints.append(
            f"“{name}:” is no operator, so “{name}:{typed}” was looked for as words."
            " There are tag:, before:, after: and on:."
        )
    words = words_of(f"{name} {typed}")
    return Words(tuple(words), bool(_OPEN.search(typed.translate(_FOLDING))), is_excluded) if words else None


def _read_tag(typed: str, is_excluded: bool, complaints: list[str]) -> Tagged | None:
    try:
        (tag,) = read_tags(typed)
    except ValueError:  # none, two, or one that no entry can carry
        complaints.append(f"“tag:{typed}” names no tag and was left out; write it as tag:sql.")
        return None
    return Tagged(tag, is_excluded)


def _read_days(operator: str, typed: str, is_excluded: bool, complaints: list[str]) -> Days | None:
    try:
        first, last = days_of(typed)
        if operator == "before":
            return Days(None, first - timedelta(days=1), is_excluded)
        if operator == "after":
            return Days(last + timedelta(days=1), None, is_excluded)
        return Days(first, last, is_excluded)
    except (ValueError, OverflowError):
        complaints.append(f"“{operator}:{typed}” names no day and was left out; write it as {operator}:2026-10-01.")
        return None


def days_of(text: str) -> tuple[date, date]:
    """The first and the last day of "2026-11-20", of the month "2026-11" or of the year "2026". Raises ValueError."""
    if (found := _DAY.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no day, month or year.")
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None, "the pattern wants a year"
    first = date(year, month or 1, day or 1)
    if day is not None:
        return first, first
    later = date(year, 12, 31) if month in {None, 12} else date(year, (month or 1) + 1, 1) - timedelta(days=1)
    return first, later


# ---- Where an entry fits


def snippet(body: str, sought: Sequence[Words]) -> list[tuple[str, bool]]:
    """Plain words of an entry around what was sought, in pieces: (text, whether it was sought)."""
    text = plain(body)
    spans = _spans(_placed_words(text), sought)
    start, end = _window(text, spans)
    pieces = [("… ", False)] if start else []
    at = start
    for begin, stop, _ in spans:
        if begin < at or stop > end:
            continue
        pieces += [(text[at:begin], False), (text[begin:stop], True)]
        at = stop
    pieces.append((text[at:end] + (" …" if end < len(text) else ""), False))
    return [(words, is_sought) for words, is_sought in pieces if words]


def _spans(placed: Sequence[tuple[str, int, int]], sought: Sequence[Words]) -> list[tuple[int, int, int]]:
    """Where the text fits: beginning, end and which of `sought`, in order, at most MOST_HITS of each."""
    words = [word for word, _, _ in placed]
    return sorted(
        (placed[place][1], placed[place + len(part.words) - 1][2], number)
        for number, part in enumerate(sought)
        for place in islice(_places(words, part), MOST_HITS)
    )


def _places(words: Sequence[str], part: Words) -> Iterator[int]:
    *firsts, last = part.words
    for place in range(len(words) - len(firsts)):
        behind = words[place + len(firsts)]
        is_last = behind.startswith(last) if part.is_open else behind == last
        if is_last and list(words[place : place + len(firsts)]) == firsts:
            yield place


def _window(text: str, spans: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Beginning and end of the piece of text that shows most of what was sought; it cuts no word."""
    best, start = 0, 0
    for begin, _, _ in spans[:MOST_HITS]:
        shown = {number for other, stop, number in spans if begin <= other and stop <= begin + SNIPPET - BEFORE_HIT}
        if len(shown) > best:
            best, start = len(shown), begin
    start = text.find(" ", start - BEFORE_HIT) + 1 if start > BEFORE_HIT else 0
    if len(text) <= start + SNIPPET:
        return start, len(text)
    end = text.rfind(" ", start, start + SNIPPET)
    return start, end if end > start else start + SNIPPET
