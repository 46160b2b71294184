"""The body of a card: Markdown cut into question, fences, options, answer and explanation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from quizzes.cards import ID, Fence, Option
from quizzes.findings import Page, quoted

_PROGRAMS = ("bash", "console", "java", "javascript", "jinja", "python", "sh", "sql")
_TEXTS = ("css", "diff", "html", "http", "ini", "json", "nginx", "text", "toml", "xml", "yaml")
LANGUAGES = frozenset((*_PROGRAMS, *_TEXTS))
ROLES = frozenset(("", "setup", "hidden", "answer", "wrong", "match", "reject", "match hidden", "reject hidden"))

_CHECKBOX = re.compile(r"\[.?\]")
_OPTION = re.compile(r"\[([ x])\] (\S.*)")
_SPAN_OR_SPLIT = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|( :: )")
_MISCONCEPTION = re.compile(r"(?<!\{)\{([a-z0-9-]+)\}(?!\})")

BLOCKS = MarkdownIt("commonmark", {"html": False}).enable("table")
BLOCKS.core.ruler.enableOnly(["normalize", "block"])


@dataclass(slots=True)
class Body:
    """What stands below the head of one card: Markdown by section, fences, options; `start` is its index.

    `is_whole` is False when a fence that is never closed has swallowed the rest.
    """

    page: Page
    card: str
    start: int
    section: str = "prompt"
    parts: dict[str, list[str]] = field(default_factory=lambda: {"prompt": []})
    fences: list[Fence] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    is_whole: bool = True
    is_order: bool = False

    def markdown(self, section: str) -> str | None:
        """What stands in a section ("prompt", "Answer", "Why"), or None when the card has none."""
        return "\n\n".join(self.parts[section]) if section in self.parts else None

    def line(self, token: Token) -> int:
        """The line of a token in the file, counted from 1."""
        return self.start + (token.map or [0])[0] + 1

    def complain(self, token: Token, reason: str) -> None:
        """Complain about the line of a token."""
        self.page.complain(self.line(token), self.card, reason)


def read_body(page: Page, id_: str, start: int, end: int, is_order: bool) -> Body:
    """Read the Markdown between two indexes into prompt, fences, options, answer and why."""
    lines = page.lines[start:end]
    links: dict[str, object] = {}
    body = Body(page, id_, start, is_order=is_order)
    for block in _top_blocks(BLOCKS.parse("\n".join(lines), links)):
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
    for block in _top_blocks(BLOCKS.parse(text)):
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


def _complain_of_block(body: Body, block: list[Token]) -> None:
    if block[0].type == "code_block":
        body.complain(block[0], "indented code: put it into a fence with its language")
    elif any(token.type in {"fence", "code_block", "heading_open"} for token in block):
        body.complain(block[0], "code and headings cannot stand inside a list or a quotation")
    elif block[0].type == "paragraph_open" and re.match(r"#{1,6}\S", block[1].content):
        body.complain(block[0], "a heading needs a space after its #")


def _read_heading(body: Body, block: list[Token]) -> None:
    title = block[1].content
    if block[0].markup != "###" or title not in {"Answer", "Why"}:
        known = "no heading but `### Answer` and `### Why` may stand here"
        body.complain(block[0], f"{known}, not {quoted(title)}")
        return
    if title in body.parts:
        body.complain(block[0], f"a second `### {title}`: is a `## id` line missing before it?")
    if title == "Answer" and "Why" in body.parts:
        body.complain(block[0], "`### Answer` comes before `### Why`")
    body.parts.setdefault(title, [])
    body.section = title


def _read_fence(body: Body, token: Token, source: str) -> None:
    language, _, role = " ".join(token.info.split()).partition(" ")
    misconception = role.removeprefix("wrong=") if role.startswith("wrong=") else None
    role = "wrong" if misconception is not None else role
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        body.complain(token, f"a fence needs a language ({known}), not {quoted(language)}")
    if role not in ROLES:
        known = "a fence is shown, setup, hidden, answer, match, reject or wrong=id"
        body.complain(token, f"{known}, not {quoted(role)}")
    if misconception is not None and not ID.fullmatch(misconception):
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


def _read_lines(body: Body, block: list[Token]) -> None:
    """The lines of an order card, numbered in the right order."""
    if any(option.is_right for option in body.options):
        body.complain(block[0], "a second numbered list: an order card has one, in the right order")
    for item in _items(block):
        if [token.type for token in item[1:-1]] != ["paragraph_open", "inline", "paragraph_close"]:
            body.complain(item[0], "a line of an order is one line of text: no lists, code blocks, second paragraphs")
        else:
            text = " ".join(item[2].content.split())
            body.options.append(Option(text, is_right=True, reason=None, misconception=None, line=body.line(item[0])))


def _read_options(body: Body, block: list[Token]) -> None:
    for item in _items(block):
        if body.section != "prompt":
            body.complain(item[0], f"move the options above `### {body.section}`")
        if [token.type for token in item[1:-1]] != ["paragraph_open", "inline", "paragraph_close"]:
            body.complain(item[0], "an option is one line of text: no lists, code blocks, second paragraphs")
        elif found := _OPTION.fullmatch(" ".join(item[2].content.split())):
            body.options.append(_read_option(body, item[0], found[1] == "x", found[2]))
        else:
            body.complain(item[0], "write an option as `- [x] text` or `- [ ] text :: reason {misconception}`")


def _read_option(body: Body, item: Token, is_right: bool, written: str) -> Option:
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
