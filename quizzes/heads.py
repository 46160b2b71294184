"""The head of a card: its `key: value` lines, and what each of them may say."""

import re
from dataclasses import dataclass, field
from datetime import date
from math import prod
from urllib.parse import urlsplit

from quizzes.cards import ID, Ask, Contrast, Source
from quizzes.findings import Page, quoted
from quizzes.varying import MOST_VARIANTS

BLOOM = ("remember", "understand", "apply", "analyse", "evaluate")
_RUNNING = ("bigo", "git", "http", "mongo", "pytest", "python", "regex", "registry", "sql")
ENGINES = (*_RUNNING, "source", "write-regex", "write-sql")

_NEEDED_KEYS = ("ask", "check", "topic", "bloom", "level", "since")
ONCE_KEYS = frozenset(
    (*_NEEDED_KEYS, "needs", "rev", "hint", "tags", "reviewed", "retired", "input", "sizes", "replaces", "vary")
)
REPEATED_KEYS = frozenset({"source", "accept", "contrast"})
HEAD_LINE = re.compile(r"([A-Za-z_-]+):(?:[ \t]+(.*))?")
_TOPIC = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_SOURCE = re.compile(r"(\S.*?)\s+<(https://[^\s<>]+)>")
_CONTRAST = re.compile(r"(\S.*?)\s+<([a-z0-9-]+)>(?:\s+on((?:\s+[a-z0-9-]+)+))?")
_VALUE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(slots=True)
class Head:
    """The head lines of one card: key -> (line, value) pairs.

    What a line says is asked for by its name. A line that is wrong is complained of, once it is asked for; the answer
    is then a stand-in, or what is written there.
    """

    page: Page
    card: str
    line: int
    values: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return the value of a key that stands once, or "" when it is not there."""
        return self.values[key][0][1] if key in self.values else ""

    def complain(self, key: str, reason: str) -> None:
        """Complain about the line of a key, or about the card when it has no such line."""
        line = self.values[key][0][0] if key in self.values else self.line
        self.page.complain(line, self.card, reason)

    def ask(self) -> Ask:
        """How the card is asked; a self card stands in."""
        value = self.text("ask")
        if value in list(Ask):
            return Ask(value)
        if value:
            self.complain("ask", f"ask: is one of {', '.join(Ask)}, not {quoted(value)}")
        return Ask.SELF

    def check(self) -> tuple[str, ...]:
        """The engine that proves the card, and what it is told."""
        words = tuple(self.text("check").split())
        if words and words[0] not in ENGINES:
            self.complain("check", f"no engine {quoted(words[0])}: check: starts with {', '.join(ENGINES)}")
        return words

    def bloom(self) -> str:
        """What it asks of the learner, one of BLOOM."""
        value = self.text("bloom")
        if value and value not in BLOOM:
            self.complain("bloom", f"bloom: is one of {', '.join(BLOOM)}, not {quoted(value)}")
        return value

    def topic(self) -> str:
        """The topic the card belongs to, like sql.joins.outer."""
        return self._matching("topic", _TOPIC, "topic: is written like sql.joins.outer")

    def replaces(self) -> str | None:
        """The id of the card whose place it takes, or None."""
        return self._matching("replaces", ID, "replaces: names one card id") or None

    def _matching(self, key: str, shape: re.Pattern[str], reason: str) -> str:
        value = self.text(key)
        if value and not shape.fullmatch(value):
            self.complain(key, f"{reason}, not {quoted(value)}")
        return value

    def number(self, key: str, low: int, high: int, default: int) -> int:
        """A whole number from `low` to `high`; `default` stands in."""
        value = self.text(key)
        if not value:
            return default
        if re.fullmatch(r"[0-9]{1,6}", value) and low <= int(value) <= high:
            return int(value)
        self.complain(key, f"{key}: is a whole number from {low} to {high}, not {quoted(value)}")
        return default

    def sizes(self) -> tuple[int, ...]:
        """The sizes at which a program's work is counted."""
        words = self.text("sizes").replace(",", " ").split()
        if all(re.fullmatch(r"[1-9][0-9]{0,6}", word) for word in words):
            return tuple(int(word) for word in words)
        self.complain("sizes", "sizes: are whole numbers with spaces between them, like 4 6 8 10 12")
        return ()

    def vary(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names and values of `vary: n = 4 | 7, k = 2 | 3`."""
        parts = [part.partition("=") for part in self.text("vary").split(",")] if "vary" in self.values else []
        found = tuple((name.strip(), tuple(one.strip() for one in values.split("|"))) for name, _, values in parts)
        names = [name for name, _ in found]
        is_named = all(_VALUE_NAME.fullmatch(name) for name in names) and len({*names}) == len(names)
        is_fine = is_named and all(all(values) for _, values in found)
        if found and (not is_fine or not 2 <= prod(len({*values}) for _, values in found) <= MOST_VARIANTS):
            self.complain("vary", f"vary: is written n = 4 | 7, k = 2 | 3, with two to {MOST_VARIANTS} variants in all")
            return ()
        return found

    def day(self, key: str) -> date | None:
        """A date, or None where the line is not there; the first of all days stands in."""
        value = self.text(key)
        if not value:
            return None
        try:
            return date.fromisoformat(value if _DAY.fullmatch(value) else "")
        except ValueError:
            self.complain(key, f"{key}: is a date like 2026-11-22, not {quoted(value)}")
            return date.min

    def ids(self, key: str) -> tuple[str, ...]:
        """The card ids of a line."""
        words = self.text(key).split()
        for word in words:
            if not ID.fullmatch(word):
                self.complain(key, f"{key}: holds card ids with spaces between them, not {quoted(word)}")
        return tuple(words)

    def sources(self) -> tuple[Source, ...]:
        """The primary sources; what is not written like one is left out."""
        sources = []
        for number, value in self.values.get("source", []):
            found = _SOURCE.fullmatch(value)
            if found and _has_host(found[2]):
                sources.append(Source(found[1], found[2]))
            else:
                self.page.complain(number, self.card, "source: is written `Title <https://host/path>`")
        return tuple(sources)

    def contrasts(self) -> tuple[Contrast, ...]:
        """The cards that set it against another; what is not written like one is left out."""
        contrasts = []
        for number, value in self.values.get("contrast", []):
            if found := _CONTRAST.fullmatch(value):
                contrasts.append(Contrast(found[1], found[2], tuple((found[3] or "").split())))
            else:
                shape = "`401 against 403 <card-id>`, and perhaps ` on misconception-id` behind it"
                self.page.complain(number, self.card, f"contrast: is written {shape}")
        return tuple(contrasts)


def _has_host(url: str) -> bool:
    try:
        return "." in (urlsplit(url).hostname or "")
    except ValueError:
        return False


def read_head(page: Page, id_: str, start: int, end: int) -> tuple[Head, int]:
    """Return the head below the `## id` line and the index of the first line after it."""
    head = Head(page, id_, start + 1)
    index = start + 1
    if not ID.fullmatch(id_):
        page.complain(start + 1, "", f"write a card id in a-z, 0-9 and hyphens, not {quoted(id_)}")
    while index < end and page.lines[index].strip():
        _read_head_line(head, index + 1, page.lines[index].strip())
        index += 1
    if not head.values:
        page.complain(start + 1, id_, "no head: write ask:, check:, topic: ... right below the `## id` line")
        return head, index
    for key in _NEEDED_KEYS:
        if key not in head.values:
            page.complain(start + 1, id_, f"the head has no {key}:")
    return head, index


def _read_head_line(head: Head, number: int, line: str) -> None:
    found = HEAD_LINE.fullmatch(line)
    if not found:
        reason = f"{quoted(line)} is not `key: value`; an empty line ends the head"
    elif found[1] not in ONCE_KEYS | REPEATED_KEYS:
        reason = f"unknown head key {quoted(found[1])}"
    elif not (found[2] or "").strip():
        reason = f"{found[1]}: has no value; leave the line out"
    elif found[1] in head.values and found[1] not in REPEATED_KEYS:
        reason = f"{found[1]}: stands twice"
    else:
        head.values.setdefault(found[1], []).append((number, found[2]))
        return
    head.page.complain(number, head.card, reason)
