"""Turns Markdown into safe HTML: no raw HTML, no images, no inline style, code highlighted by classes."""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from math import inf
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from quizzes.cards import GAP

GAP_HTML = '<span class="gap">…</span>'
# A private-use sign holds the gap's place, so that the hidden text is gone before anything is rendered.
_HOLE = "\ue000"
_LEFT = "characters of code that still get colours"
_LANGUAGE = re.compile(r"[a-z0-9+-]+")
_SPAN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
# The classes that have a colour (site.css, `.code`); a span around anything else is weight without effect.
COLOURED = frozenset(
    "k kn kd kc kt kr kp ow nt s s1 s2 sa sb sd se sh si sx sr ss dl m mi mf mh mo mb il"
    " nf fm nc nd nb bp na ne c c1 ch cm cp cs".split()
)


def render_markdown(text: str, most_coloured: int | None = None) -> str:
    """Return block HTML of trusted or untrusted Markdown (CommonMark and tables; raw HTML is shown as text).

    A fence becomes `<pre class="code" tabindex="0"><code class="language-sql">` with short pygments classes. Of
    untrusted text give colours to `most_coloured` characters of code only: lexers take seconds for what is made to
    slow them down (10,000 lines of one space are 13 s of Python's).
    """
    return str(_markdown().render(text.replace(_HOLE, ""), _left(most_coloured)))


def render_inline(text: str) -> str:
    """Return the HTML of one line of Markdown, without a paragraph around it."""
    return str(_markdown().renderInline(text.replace(_HOLE, "")))


def render_gapped(text: str) -> str:
    """Return block HTML with every `==gap==` as an empty place: what it hides is nowhere in the result."""
    holed = GAP.sub(_HOLE, text.replace(_HOLE, ""))
    return str(_markdown().render(holed)).replace(_HOLE, GAP_HTML)


def render_holed(text: str, start: int, end: int, most_coloured: int) -> str:
    """Return block HTML with an empty place for `text[start:end]`: what it hides is nowhere in the result."""
    before, after = text[:start].replace(_HOLE, ""), text[end:].replace(_HOLE, "")
    return str(_markdown().render(f"{before}{_HOLE}{after}", _left(most_coloured))).replace(_HOLE, GAP_HTML)


def _left(most_coloured: int | None) -> dict[str, Any]:
    return {} if most_coloured is None else {_LEFT: most_coloured}


def highlight_code(code: str, language: str) -> str:
    """Return code as HTML with spans of short pygments classes; plain escaped text for an unknown language."""
    lexer = _lexer(language)
    if lexer is None:
        return escape(code, quote=False)
    html = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return _SPAN.sub(lambda span: span[0] if span[1] in COLOURED else span[2], html)


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    markdown.add_render_rule("link_open", _link_open)
    markdown.add_render_rule("th_open", _cell_open)
    markdown.add_render_rule("td_open", _cell_open)
    return markdown


@cache
def _lexer(language: str) -> Lexer | None:
    if language in {"", "text"}:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


def _fence(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    words = tokens[index].info.split()
    language = words[0] if words and _LANGUAGE.fullmatch(words[0]) else "text"
    left = env.get(_LEFT, inf) - len(tokens[index].content)
    if left >= 0:
        env[_LEFT] = left
    code = highlight_code(tokens[index].content, language if left >= 0 else "text")
    return f'<pre class="code" tabindex="0"><code class="language-{language}">{code}</code></pre>\n'


def _link_open(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    tokens[index].attrSet("rel", "noopener")
    return renderer.renderToken(tokens, index, options, env)


def _cell_open(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    # markdown-it aligns a column with a style attribute, which the Content-Security-Policy forbids.
    tokens[index].attrs.pop("style", None)
    return renderer.renderToken(tokens, index, options, env)
