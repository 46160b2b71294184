"""The strict list of HTML that may stand on a page when people wrote the Markdown it was made from."""

import re

import nh3

from quizzes.rendering import COLOURED

_INLINE = {"a", "br", "code", "em", "span", "strong", "s", "del"}
_BLOCKS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_OWN_PAGE = re.compile(r"/(?!/)[^\\]*")  # "//host" and "/\\host" lead away


def _own_page(url: str) -> str | None:
    return url if _OWN_PAGE.fullmatch(url) else None


_CLEANER = nh3.Cleaner(
    tags=_INLINE | _BLOCKS | _TABLES,
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "ol": {"start"}, "pre": {"tabindex"}},
    allowed_classes={
        "pre": {"code"},
        "span": {*COLOURED, "gap", "visually-hidden"},
        "li": {"task", "done"},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative=_own_page,
    link_rel="nofollow noopener noreferrer",
)


def washed(html: str) -> str:
    """The same HTML without anything that is not on the list: the last word before it is shown.

    The renderer makes nothing else, so a difference means that it was talked into something. Links lead to http,
    https, mailto or a page of the portal.
    """
    return str(_CLEANER.clean(html))
