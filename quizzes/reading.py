"""Reads deck files and misconceptions, and says file, line and card for everything it does not understand."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from math import prod
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from quizzes.cards import GAP, Ask, Card, Contrast, Deck, Fence, Option, Source
from quizzes.varying import MOST_VARIANTS, FormulaError, variants
from quizzes.writing import WRITTEN, wrong_with_written

BLOOM = ("remember", "understand", "apply", "analyse", "evaluate")
_RUNNING = ("bigo", "git", "http", "mongo", "pytest", "python", "regex", "registry", "sql")
ENGINES = (*_RUNNING, "source", "write-regex", "write-sql")
TYPED = frozenset({Ask.NUMBER, Ask.SHORT, Ask.CLOZE})
_PROGRAMS = ("bash", "console", "java", "javascript", "jinja", "python", "sh", "sql")
_TEXTS = ("css", "diff", "html", "http", "ini", "json", "nginx", "text", "toml", "xml", "yaml")
LANGUAGES = frozenset((*_PROGRAMS, *_TEXTS))

ROLES = frozenset(("", "setup", "hidden", "answer", "wrong", "match", "reject", "match hidden", "reject hidden"))

_DECK_KEYS = ("deck", "title", "step")
_NEEDED_KEYS = ("ask", "check", "topic", "bloom", "level", "since")
_ONCE_KEYS = frozenset(
    (*_NEEDED_KEYS, "needs", "rev", "hint", "tags", "reviewed", "retired", "input", "sizes", "replaces", "vary")
)
_REPEATED_KEYS = frozenset({"source", "accept", "contrast"})
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TOPIC = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_HEAD_LINE = re.compile(r"([A-Za-z_-]+):(?:[ \t]+(.*))?")
_SOURCE = re.compile(r"(\S.*?)\s+<(https://[^\s<>]+)>")
_CONTRAST = re.compile(r"(\S.*?)\s+<([a-z0-9-]+)>(?:\s+on((?:\s+[a-z0-9-]+)+))?")
_VALUE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CHECKBOX = re.compile(r"\[.?\]")
_OPTION = re.compile(r"\[([ x])\] (\S.*)")
_SPAN_OR_SPLIT = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|( :: )")
_MISCONCEPTION = re.compile(r"(?<!\{)\{([a-z0-9-]+)\}(?!\})")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\ue000-\uf8ff\ufeff]")
_TOML_LINE = re.compile(r"at line ([0-9]+)")

_BLOCKS = MarkdownIt("commonmark", {"html": False}).enable("table")
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint about a deck: where it stands and what to do; `card` is "" when it is about the file."""

    path: str
    line: int
    card: str
    reason: str

    def __str__(self) -> str:
        """Return `file:line: card-id: reason`."""
        return ": ".join(part for part in (f"{self.path}:{self.line}", self.card, self.reason) if part)


class DeckError(ValueError):
    """Deck files that cannot be read. `findings` holds every complaint, in the order of the lines."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keep the complaints; the message is one line for each of them."""
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, findings)))


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong belief that options name: the belief in one sentence and the topic that cures it."""

    id: str
    says: str
    topic: str
    path: str = ""
    line: int = 0


@dataclass(slots=True)
class _Page:
    """A deck file while it is read: its lines and the complaints so far."""

    path: str
    lines: list[str]
    findings: list[Finding] = field(default_factory=list)

    def complain(self, line: int, card: str, reason: str) -> None:
        self.findings.append(Finding(self.path, line, card, reason))


@dataclass(slots=True)
class _Head:
    """The head lines of one card: key -> (line, value) pairs."""

    page: _Page
    card: str
    line: int
    values: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return the value of a key that stands once, or "" when it is not there."""
        return self.values[key][0][1] if key in self.values else ""

    def complain(self, key: str, reason: str) -> None:
        line = self.values[key][0][0] if key in self.values else self.line
        self.page.complain(line, self.card, reason)


@dataclass(slots=True)
class _Body:
    """What stands below the head of one card: Markdown by section, fences, options; `start` is its index."""

    page: _Page
    card: str
    start: int
    section: str = "prompt"
    parts: dict[str, list[str]] = field(default_factory=lambda: {"prompt": []})
    fences: list[Fence] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    is_whole: bool = True
    is_order: bool = False

    def markdown(self, section: str) -> str | None:
        return "\n\n".join(self.parts[section]) if section in self.parts else None

    def line(self, token: Token) -> int:
        return self.start + (token.map or [0])[0] + 1

    def complain(self, token: Token, reason: str) -> None:
        self.page.complain(self.line(token), self.card, reason)


def read_decks(folder: Path) -> tuple[Deck, ...]:
    """Read every `*.md` of the folder (README.md aside), in the order of their names.

    Raises DeckError with the complaints of all files, not only of the first broken one.
    """
    decks, findings = collect_decks(folder)
    if findings:
        raise DeckError(list(findings))
    return decks


def collect_decks(folder: Path) -> tuple[tuple[Deck, ...], tuple[Finding, ...]]:
    """Read every deck of the folder; return those that could be read and the complaints about the rest."""
    paths = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    if not paths:
        return (), (Finding(str(folder), 0, "", "no deck (*.md) in this folder"),)
    decks: list[Deck] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            decks.append(read_deck(path))
        except DeckError as error:
            findings.extend(error.findings)
    return tuple(decks), tuple(findings)


def read_deck(path: Path) -> Deck:
    """Read one deck file. Raises DeckError, with all complaints about the file, and nothing else."""
    page = _Page(str(path), _lines_of(path))
    head, body_start = _read_front_matter(page)
    starts = _card_starts(page, body_start)
    bounds = [*(index for index, _ in starts), len(page.lines)]
    cards = [
        _read_card(page, head["deck"], id_, start, end) for (start, id_), end in zip(starts, bounds[1:], strict=True)
    ]
    _complain_of_twins(page, cards)
    if page.findings:
        raise DeckError(sorted(page.findings, key=lambda finding: finding.line))
    return Deck(head["deck"], head["title"], int(head["step"]), tuple(cards), page.path)


def read_card(text: str) -> tuple[Card | None, tuple[Finding, ...]]:
    """Read the text of one card, from its `## id` line on, and say what is wrong with it, by line of the text.

    A card that is wrong in parts comes with stand-ins for them; None: there is no card in the text.
    """
    page = _Page("", re.split(r"\r\n|\r|\n", text))
    _complain_of_signs(page)
    starts = _card_starts(page, 0)
    card = _read_card(page, "", starts[0][1], starts[0][0], len(page.lines)) if starts else None
    return card, tuple(sorted(page.findings, key=lambda finding: finding.line))


def read_misconceptions(folder: Path) -> dict[str, Misconception]:
    """Read `misconceptions.toml` and `misconceptions.d/*.toml` below the folder: id -> misconception.

    Raises DeckError when a file is not TOML, an entry lacks `says` or `topic`, or an id stands twice.
    """
    found: dict[str, Misconception] = {}
    findings: list[Finding] = []
    paths = [folder / "misconceptions.toml", *sorted((folder / "misconceptions.d").glob("*.toml"))]
    for path in paths:
        if path.exists():
            _read_misconception_file(path, found, findings)
    if findings:
        raise DeckError(findings)
    return found


def _read_misconception_file(path: Path, found: dict[str, Misconception], findings: list[Finding]) -> None:
    try:
        lines = _lines_of(path)
        tables = tomllib.loads("\n".join(lines))
    except DeckError as error:
        findings.extend(error.findings)
        return
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _TOML_LINE.search(str(error))
        findings.append(Finding(str(path), int(line[1]) if line else 1, "", f"not TOML: {error}"))
        return
    for id_, table in tables.items():
        at = next((number for number, line in enumerate(lines, 1) if line.strip() == f"[{id_}]"), 1)
        wrong = _wrong_with_misconception(id_, table, found)
        if wrong:
            findings.append(Finding(str(path), at, id_, wrong))
        else:
            found[id_] = Misconception(id_, table["says"], table["topic"], str(path), at)


def _wrong_with_misconception(id_: str, table: object, found: dict[str, Misconception]) -> str:
    if not _ID.fullmatch(id_):
        return "write a misconception id in a-z, 0-9 and hyphens"
    if not isinstance(table, dict) or set(table) != {"says", "topic"}:
        return 'a misconception has exactly `says = "..."` and `topic = "..."`'
    if not all(isinstance(value, str) and value.strip() for value in table.values()):
        return "`says` and `topic` must be text"
    if id_ in found:
        return f"already declared at {found[id_].path}:{found[id_].line}"
    return ""


def _lines_of(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file, the first at index 0; line ends of every kind become one."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DeckError([Finding(str(path), 0, "", f"cannot be read: {error.strerror}")]) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DeckError([Finding(str(path), line, "", "not UTF-8: save the file as UTF-8")]) from error
    return re.split(r"\r\n|\r|\n", text)


def _read_front_matter(page: _Page) -> tuple[dict[str, str], int]:
    """Return deck, title and step (stand-ins where they are wrong) and the index after the front matter."""
    _complain_of_signs(page)
    if page.lines[0].rstrip() != "---":
        page.complain(1, "", "start with front matter: a line ---, then deck:, title: and step:, then ---")
        return {"deck": "", "title": "", "step": "0"}, 0
    fences = [index for index, line in enumerate(page.lines) if line.rstrip() == "---"]
    if len(fences) < 2:
        page.complain(1, "", "the front matter is not closed: add a line ---")
        return {"deck": "", "title": "", "step": "0"}, 1
    head: dict[str, str] = {}
    for index in range(1, fences[1]):
        _read_front_line(page, index, head)
    for key in _DECK_KEYS:
        if not head.get(key):
            page.complain(1, "", f"the front matter has no {key}:")
    if head.get("deck") and not _ID.fullmatch(head["deck"]):
        page.complain(1, "", "write deck: in a-z, 0-9 and hyphens")
    if head.get("step") and not re.fullmatch(r"10|[1-9]", head["step"]):
        page.complain(1, "", "step: is a number from 1 to 10")
        head["step"] = "0"
    return {"deck": "", "title": "", "step": "0"} | head, fences[1] + 1


def _complain_of_signs(page: _Page) -> None:
    for number, line in enumerate(page.lines, 1):
        if sign := _INVISIBLE.search(line):
            page.complain(number, "", f"delete the invisible character U+{ord(sign[0]):04X}")


def _read_front_line(page: _Page, index: int, head: dict[str, str]) -> None:
    line = page.lines[index]
    found = _HEAD_LINE.fullmatch(line.rstrip())
    if not line.strip():
        return
    if not found or found[1] not in _DECK_KEYS:
        page.complain(index + 1, "", f"front matter knows only deck:, title: and step:, not {_quoted(line)}")
    elif found[1] in head:
        page.complain(index + 1, "", f"{found[1]}: stands twice")
    else:
        head[found[1]] = (found[2] or "").strip()


def _card_starts(page: _Page, body_start: int) -> list[tuple[int, str]]:
    """Return (index of the `## id` line, id) of every card; a `##` inside a fence is code, not a card."""
    tokens = _BLOCKS.parse("\n".join(page.lines[body_start:]))
    starts = [
        (body_start + token.map[0], tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.markup == "##" and token.map
    ]
    first = starts[0][0] if starts else len(page.lines)
    if not starts:
        page.complain(len(page.lines), "", "no card: a card starts with a line `## its-id`")
    for index in range(body_start, first):
        if page.lines[index].strip():
            page.complain(index + 1, "", "text before the first card: move it below a `## id` line")
            break
    return starts


def _complain_of_twins(page: _Page, cards: list[Card]) -> None:
    first: dict[str, int] = {}
    for card in cards:
        if card.id in first:
            page.complain(card.line, card.id, f"this id is already taken at line {first[card.id]}")
        first.setdefault(card.id, card.line)


def _read_card(page: _Page, deck: str, id_: str, start: int, end: int) -> Card:
    """Read the card whose `## id` stands at index `start`; where it is wrong, complain and put a stand-in."""
    head, body_start = _read_head(page, id_, start, end)
    body = _read_body(page, id_, body_start, end, is_order=head.text("ask") == Ask.ORDER)
    card = Card(
        id=id_,
        deck=deck,
        ask=_ask(head),
        check=_check(head),
        topic=_matching(head, "topic", _TOPIC, "topic: is written like sql.joins.outer"),
        bloom=_bloom(head),
        level=_number(head, "level", 1, 5, 1),
        sources=_sources(head),
        needs=_ids(head, "needs"),
        since=_day(head, "since") or date.min,
        rev=_number(head, "rev", 1, 9999, 1),
        hint=head.text("hint"),
        tags=tuple(head.text("tags").split()),
        reviewed=_day(head, "reviewed"),
        is_retired=_day(head, "retired") is not None,
        prompt=body.markdown("prompt") or "",
        fences=tuple(body.fences),
        options=tuple(body.options),
        answer=body.markdown("Answer"),
        why=body.markdown("Why") or "",
        accept=tuple(value for _, value in head.values.get("accept", [])),
        input=head.text("input") or None,
        sizes=_sizes(head),
        line=start + 1,
        path=page.path,
        vary=_vary(head),
        contrasts=_contrasts(head),
        replaces=_matching(head, "replaces", _ID, "replaces: names one card id") or None,
    )
    return _complain_of_body(head, body, card)


def _read_head(page: _Page, id_: str, start: int, end: int) -> tuple[_Head, int]:
    """Return the head below the `## id` line and the index of the first line after it."""
    head = _Head(page, id_, start + 1)
    index = start + 1
    if not _ID.fullmatch(id_):
        page.complain(start + 1, "", f"write a card id in a-z, 0-9 and hyphens, not {_quoted(id_)}")
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


def _read_head_line(head: _Head, number: int, line: str) -> None:
    found = _HEAD_LINE.fullmatch(line)
    if not found:
        reason = f"{_quoted(line)} is not `key: value`; an empty line ends the head"
    elif found[1] not in _ONCE_KEYS | _REPEATED_KEYS:
        reason = f"unknown head key {_quoted(found[1])}"
    elif not (found[2] or "").strip():
        reason = f"{found[1]}: has no value; leave the line out"
    elif found[1] in head.values and found[1] not in _REPEATED_KEYS:
        reason = f"{found[1]}: stands twice"
    else:
        head.values.setdefault(found[1], []).append((number, found[2]))
        return
    head.page.complain(number, head.card, reason)


def _ask(head: _Head) -> Ask:
    value = head.text("ask")
    if value in list(Ask):
        return Ask(value)
    if value:
        head.complain("ask", f"ask: is one of {', '.join(Ask)}, not {_quoted(value)}")
    return Ask.SELF


def _check(head: _Head) -> tuple[str, ...]:
    words = tuple(head.text("check").split())
    if words and words[0] not in ENGINES:
        head.complain("check", f"no engine {_quoted(words[0])}: check: starts with {', '.join(ENGINES)}")
    return words


def _bloom(head: _Head) -> str:
    value = head.text("bloom")
    if value and value not in BLOOM:
        head.complain("bloom", f"bloom: is one of {', '.join(BLOOM)}, not {_quoted(value)}")
    return value


def _matching(head: _Head, key: str, shape: re.Pattern[str], reason: str) -> str:
    value = head.text(key)
    if value and not shape.fullmatch(value):
        head.complain(key, f"{reason}, not {_quoted(value)}")
    return value


def _number(head: _Head, key: str, low: int, high: int, default: int) -> int:
    value = head.text(key)
    if not value:
        return default
    if re.fullmatch(r"[0-9]{1,6}", value) and low <= int(value) <= high:
        return int(value)
    head.complain(key, f"{key}: is a whole number from {low} to {high}, not {_quoted(value)}")
    return default


def _sizes(head: _Head) -> tuple[int, ...]:
    words = head.text("sizes").replace(",", " ").split()
    if all(re.fullmatch(r"[1-9][0-9]{0,6}", word) for word in words):
        return tuple(int(word) for word in words)
    head.complain("sizes", "sizes: are whole numbers with spaces between them, like 4 6 8 10 12")
    return ()


def _vary(head: _Head) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names and values of `vary: n = 4 | 7, k = 2 | 3`."""
    parts = [part.partition("=") for part in head.text("vary").split(",")] if "vary" in head.values else []
    found = tuple((name.strip(), tuple(one.strip() for one in values.split("|"))) for name, _, values in parts)
    names = [name for name, _ in found]
    is_fine = all(_VALUE_NAME.fullmatch(name) and all(values) for name, values in found) and len({*names}) == len(names)
    if found and (not is_fine or not 2 <= prod(len({*values}) for _, values in found) <= MOST_VARIANTS):
        head.complain("vary", f"vary: is written n = 4 | 7, k = 2 | 3, with two to {MOST_VARIANTS} variants in all")
        return ()
    return found


def _day(head: _Head, key: str) -> date | None:
    value = head.text(key)
    if not value:
        return None
    try:
        return date.fromisoformat(value if _DAY.fullmatch(value) else "")
    except ValueError:
        head.complain(key, f"{key}: is a date like 2026-11-22, not {_quoted(value)}")
        return date.min


def _ids(head: _Head, key: str) -> tuple[str, ...]:
    words = head.text(key).split()
    for word in words:
        if not _ID.fullmatch(word):
            head.complain(key, f"{key}: holds card ids with spaces between them, not {_quoted(word)}")
    return tuple(words)


def _sources(head: _Head) -> tuple[Source, ...]:
    sources = []
    for number, value in head.values.get("source", []):
        found = _SOURCE.fullmatch(value)
        if found and _has_host(found[2]):
            sources.append(Source(found[1], found[2]))
        else:
            head.page.complain(number, head.card, "source: is written `Title <https://host/path>`")
    return tuple(sources)


def _contrasts(head: _Head) -> tuple[Contrast, ...]:
    contrasts = []
    for number, value in head.values.get("contrast", []):
        if found := _CONTRAST.fullmatch(value):
            contrasts.append(Contrast(found[1], found[2], tuple((found[3] or "").split())))
        else:
            reason = "contrast: is written `401 against 403 <card-id>`, and perhaps ` on misconception-id` behind it"
            head.page.complain(number, head.card, reason)
    return tuple(contrasts)


def _has_host(url: str) -> bool:
    try:
        return "." in (urlsplit(url).hostname or "")
    except ValueError:
        return False


def _read_body(page: _Page, id_: str, start: int, end: int, is_order: bool) -> _Body:
    """Read the Markdown between two indexes into prompt, fences, options, answer and why."""
    lines = page.lines[start:end]
    links: dict[str, object] = {}
    body = _Body(page, id_, start, is_order=is_order)
    for block in _top_blocks(_BLOCKS.parse("\n".join(lines), links)):
        first, last = block[0].map or [0, 0]
        source = "\n".join(lines[first:last]).rstrip()
        if block[0].type == "heading_open":
            _read_heading(body, block)
        elif block[0].type == "fence" and not _is_closed(lines, block[0]):
            body.complain(block[0], "this fence is never closed; what follows is lost in it")
            body.is_whole = False
        elif block[0].type == "fence":
            _read_fence(body, block[0], source)
        elif _is_option_list(block):
            _read_options(body, block)
        elif is_order and body.section == "prompt" and block[0].type == "ordered_list_open":
            _read_lines(body, block)
        else:
            _complain_of_block(body, block)
            body.parts[body.section].append(source)
    if links.get("references"):
        page.complain(start + 1, id_, "write links in place, like <https://...>, not as `[name]: address`")
    return body


def loose_ends(text: str) -> list[tuple[int, str]]:
    """What would break out of a piece of Markdown that becomes a part of a card, as (line, reason)."""
    lines, found = text.split("\n"), []
    for block in _top_blocks(_BLOCKS.parse(text)):
        line = (block[0].map or [0, 0])[0] + 1
        if block[0].type == "heading_open":
            found.append((line, "a heading cannot stand in a card: write it as **bold** text"))
        elif _is_option_list(block):
            found.append((line, "answers have a field of their own"))
        elif block[0].type == "fence" and not _is_closed(lines, block[0]):
            found.append((line, "this fence is never closed: end it with a line of ```"))
        elif block[0].type == "fence" and len(block[0].info.split()) > 1:
            found.append((line, "write nothing but the language behind the ```"))
    return found


def _top_blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """Cut a token stream into its outermost blocks."""
    start = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting != 1:
            yield tokens[start : index + 1]
            start = index + 1


def _is_closed(lines: list[str], fence: Token) -> bool:
    first, last = fence.map or [0, 0]
    closing = lines[last - 1].strip()
    return last - first >= 2 and set(closing) == {fence.markup[0]} and len(closing) >= len(fence.markup)


def _complain_of_block(body: _Body, block: list[Token]) -> None:
    if block[0].type == "code_block":
        body.complain(block[0], "indented code: put it into a fence with its language")
    elif any(token.type in {"fence", "code_block", "heading_open"} for token in block):
        body.complain(block[0], "code and headings cannot stand inside a list or a quotation")
    elif block[0].type == "paragraph_open" and re.match(r"#{1,6}\S", block[1].content):
        body.complain(block[0], "a heading needs a space after its #")


def _read_heading(body: _Body, block: list[Token]) -> None:
    title = block[1].content
    if block[0].markup != "###" or title not in {"Answer", "Why"}:
        known = "no heading but `### Answer` and `### Why` may stand here"
        body.complain(block[0], f"{known}, not {_quoted(title)}")
        return
    if title in body.parts:
        body.complain(block[0], f"a second `### {title}`: is a `## id` line missing before it?")
    if title == "Answer" and "Why" in body.parts:
        body.complain(block[0], "`### Answer` comes before `### Why`")
    body.parts.setdefault(title, [])
    body.section = title


def _read_fence(body: _Body, token: Token, source: str) -> None:
    language, _, role = " ".join(token.info.split()).partition(" ")
    misconception = role.removeprefix("wrong=") if role.startswith("wrong=") else None
    role = "wrong" if misconception is not None else role
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        body.complain(token, f"a fence needs a language ({known}), not {_quoted(language)}")
    if role not in ROLES:
        known = "a fence is shown, setup, hidden, answer, match, reject or wrong=id"
        body.complain(token, f"{known}, not {_quoted(role)}")
    if misconception is not None and not _ID.fullmatch(misconception):
        body.complain(token, "wrong= names a misconception id")
    if role and body.section != "prompt":
        body.complain(token, f"move the {role} fence above `### {body.section}`")
    if not role:
        body.parts[body.section].append(source)
    if body.section == "prompt":
        body.fences.append(Fence(language, role, token.content, body.line(token), misconception))


def _is_option_list(block: list[Token]) -> bool:
    return block[0].type == "bullet_list_open" and any(
        token.type == "inline" and _CHECKBOX.match(token.content) for token in block
    )


def _items(block: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each item of a list."""
    items = [place for place, token in enumerate(block) if token.type == "list_item_open" and token.level == 1]
    for place, after in zip(items, [*items[1:], len(block) - 1], strict=True):
        yield block[place:after]


def _read_lines(body: _Body, block: list[Token]) -> None:
    """The lines of an order card, numbered in the right order."""
    if any(option.is_right for option in body.options):
        body.complain(block[0], "a second numbered list: an order card has one, in the right order")
    for item in _items(block):
        if [token.type for token in item[1:-1]] != ["paragraph_open", "inline", "paragraph_close"]:
            body.complain(item[0], "a line of an order is one line of text: no lists, code blocks, second paragraphs")
        else:
            text = " ".join(item[2].content.split())
            body.options.append(Option(text, is_right=True, reason=None, misconception=None, line=body.line(item[0])))


def _read_options(body: _Body, block: list[Token]) -> None:
    for item in _items(block):
        if body.section != "prompt":
            body.complain(item[0], f"move the options above `### {body.section}`")
        if [token.type for token in item[1:-1]] != ["paragraph_open", "inline", "paragraph_close"]:
            body.complain(item[0], "an option is one line of text: no lists, code blocks, second paragraphs")
        elif found := _OPTION.fullmatch(" ".join(item[2].content.split())):
            body.options.append(_read_option(body, item[0], found[1] == "x", found[2]))
        else:
            body.complain(item[0], "write an option as `- [x] text` or `- [ ] text :: reason {misconception}`")


def _read_option(body: _Body, item: Token, is_right: bool, written: str) -> Option:
    split = next((found for found in _SPAN_OR_SPLIT.finditer(written) if found[2]), None)
    text = written[: split.start()] if split else written
    reason = written[split.end() :].strip() if split else ""
    found = _MISCONCEPTION.search(reason)
    if found and found.end() != len(reason):
        body.complain(item, f"{found[0]} must end the option; is an empty line missing below it?")
    if found and is_right:
        body.complain(item, "a right option names no misconception")
    if not split and not is_right and _MISCONCEPTION.fullmatch(text.split()[-1]):
        body.complain(item, "write ` :: ` and a reason between the option and its {misconception}")
    reason = reason[: found.start()].rstrip() if found else reason
    misconception = found[1] if found else None
    return Option(text.strip(), is_right, reason or None, misconception, body.line(item))


def _complain_of_body(head: _Head, body: _Body, card: Card) -> Card:
    """Return the card; complain about what its way of asking needs or forbids, where head and body could be read."""
    if not head.values or not body.is_whole:
        return card
    reasons = [*_wrong_with_options(card), *_wrong_with_sections(card)]
    if card.ask not in TYPED and card.accept:
        head.complain("accept", f"accept: is for typed answers, not for a {card.ask} card")
    if card.ask is Ask.SELF and card.check[:1] != ("source",) and "ask" in head.values:
        head.complain("check", "a self card is graded by the learner: check: source")
    try:
        variants(card)
    except FormulaError as error:
        reasons.append(str(error))
    for reason in reasons if head.text("ask") in list(Ask) else []:
        head.page.complain(card.line, card.id, reason)
    names = {option.misconception for option in card.options}
    for fence in card.fences:
        if fence.role == "wrong" and fence.misconception not in names:
            reason = f"no option names {{{fence.misconception}}}, so this fence proves nothing"
            head.page.complain(fence.line, card.id, reason)
    return card


def _wrong_with_options(card: Card) -> Iterator[str]:
    if card.ask in WRITTEN:
        yield from wrong_with_written(card)
        return
    right = sum(option.is_right for option in card.options)
    wrong = len(card.options) - right
    if card.ask is Ask.SELF and card.options:
        yield "a self card has no options: put the answer below `### Answer`"
    if card.ask is Ask.CLOZE and right:
        yield "a cloze card's key is its ==gap==: write further answers as accept:, not as [x]"
    if card.ask in {Ask.CHOICE, Ask.MULTI, Ask.NUMBER, Ask.SHORT} and not right:
        yield "no key: mark the right option with [x]"
    if card.ask is Ask.CHOICE and right > 1:
        yield f"{right} keys: a choice card has exactly one [x] (or ask: multi)"
    if card.ask is Ask.CHOICE and not 2 <= wrong <= 4:
        yield f"{wrong} wrong options: a choice card has two to four"
    if card.ask is Ask.ORDER:
        yield from _wrong_with_orders(card, right)
    elif card.ask not in {Ask.CHOICE, Ask.SELF} and not wrong:
        yield "no wrong answer: write at least one `- [ ] text :: reason {misconception}`"


def _wrong_with_orders(card: Card, lines: int) -> Iterator[str]:
    if not 3 <= lines <= 7:
        yield f"{lines} lines: an order card has three to seven, as a numbered list in the right order"
    wanted = [str(number) for number in range(1, lines + 1)]
    for option in card.options:
        words = option.text.split()
        if not option.is_right and (sorted(words) != wanted or words == wanted):
            yield f"{_quoted(option.text)} is no wrong order: name the lines by their numbers, like 2 1 3"


def _wrong_with_sections(card: Card) -> Iterator[str]:
    gaps = len(GAP.findall(card.prompt))
    if not card.prompt:
        yield "no question: write it below the head, after an empty line"
    if not card.why:
        yield "no explanation: add `### Why` and the rule"
    if card.ask is Ask.CLOZE and gaps != 1:
        yield f"{gaps} gaps: a cloze card hides exactly one ==text== in its prose or shown code"
    if card.ask is Ask.SELF and not card.answer:
        yield "no answer: a self card needs `### Answer`"
    if card.ask is not Ask.SELF and card.answer is not None:
        yield f"`### Answer` is for self cards, not for a {card.ask} card"


def _quoted(text: str) -> str:
    """Return at most 40 characters of what stands in the file, so that a complaint stays one line."""
    return f'"{text.strip()[:40]}"'
