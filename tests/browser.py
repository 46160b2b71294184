"""A test client that reads every page it opens as a strict reviewer would."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from factories import Person
from flask import Flask
from werkzeug.test import TestResponse

_BLOCKS = {"button", "dd", "div", "dt", "h1", "h2", "label", "legend", "li", "p", "pre", "section", "small", "td", "th"}
_TEMPLATE = re.compile(r'<template id="next">(.*)</template>', re.DOTALL)
_PIECE = re.compile(
    r"<!--.*?-->|<!doctype html>|</(?P<closed>[a-z][a-z0-9-]*)>"
    r"|<(?P<name>[a-z][a-zA-Z0-9-]*)(?P<attributes>(?:\s+[^\s\"'<>/=]+(?:=\"[^\"]*\"|='[^']*')?)*)\s*(?P<itself>/?)>"
    r"|(?P<words>[^<]+)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:="([^"]*)"|='([^']*)')?""")
_RAW = {"script", "style", "textarea", "title"}  # what stands in them is text, whatever it looks like
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(eq=False)
class Element:
    """A start tag with its attributes, and which of the page's pieces of text stand inside it."""

    name: str
    attributes: dict[str, str]
    parents: list["Element"]
    said: list[str]
    first: int
    last: int = 0

    @property
    def text(self) -> str:
        """The text inside, white space folded."""
        return " ".join("".join(self.said[self.first : self.last]).split())

    def get(self, name: str) -> str | None:
        """An attribute."""
        return self.attributes.get(name)


class Page:
    """The elements of a page or fragment, in order. What waits in a `<template>` is no part of it: `next`.

    It reads what our templates write and nothing looser: a bare `<`, an attribute without quotes or a tag closed out of
    turn is a mistake. That is a third of the work of html.parser, which has to forgive everything.
    """

    def __init__(self, html: str) -> None:
        html, *waiting = _TEMPLATE.split(html)
        self.html = html + "".join(waiting[1::2])
        self.next = Page(waiting[0]) if waiting else None
        self.elements: list[Element] = []
        self._said: list[str] = []
        self._open: list[Element] = []
        place = 0
        while place < len(self.html):
            place = self._read(place)
        assert not self._open, f"never closed: {[element.name for element in self._open]}"

    def _read(self, place: int) -> int:
        """Read one piece and give the place behind it."""
        found = _PIECE.match(self.html, place)
        assert found, f"no HTML of ours: {self.html[max(0, place - 60) : place + 60]!r}"
        if words := found["words"]:
            self._said.append(unescape(words) if "&" in words else words)
        elif closed := found["closed"]:
            self._close(closed)
        elif name := found["name"]:
            return self._start(name, found["attributes"], bool(found["itself"]), found.end())
        return found.end()

    def _start(self, name: str, attributes: str, is_closed: bool, place: int) -> int:
        pairs = [(key.lower(), quoted or ticked) for key, quoted, ticked in _ATTRIBUTE.findall(attributes)]
        given = {key: unescape(value) if "&" in value else value for key, value in pairs}
        element = Element(name, given, list(self._open), self._said, len(self._said))
        self.elements.append(element)
        if is_closed or name in _VOID:
            element.last = element.first
            return place
        self._open.append(element)
        if name not in _RAW:
            return place
        end = self.html.index(f"</{name}>", place)
        text = self.html[place:end]
        self._said.append(text if name in {"script", "style"} else unescape(text))
        return end

    def _close(self, name: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self._open, f"</{name}> closes nothing"
        innermost = self._open.pop()
        assert innermost.name == name, f"</{name}> closes <{innermost.name}>"
        innermost.last = len(self._said)
        if name in _BLOCKS:
            self._said.append(" ")

    def find(self, name: str, /, **attributes: str) -> list[Element]:
        """All elements of this name with these attributes (`_` at the end is dropped, `_` inside is `-`)."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.name == name and all(element.get(key) == value for key, value in wanted.items())
        ]

    def element(self, id_: str) -> Element:
        """The element with this id."""
        return next(element for element in self.elements if element.get("id") == id_)

    @property
    def kind(self) -> str:
        """The state of the review: question, revealed, feedback or done."""
        return self.element("review").get("data-kind") or ""

    @property
    def card(self) -> str:
        """The slug of the card that is asked or explained."""
        return self.form("/suspend")["action"].split("/")[-2]

    @property
    def said(self) -> str:
        """All that a reader sees, as one line."""
        outermost = [element for element in self.elements if not element.parents]
        return " ".join(element.text for element in outermost)

    def form(self, action_ends: str) -> dict[str, str]:
        """The hidden fields of the form whose action ends like this, and its address as `action`."""
        form = next(
            form for form in self.find("form") if (form.get("action") or "").split("?")[0].endswith(action_ends)
        )
        fields = {
            element.get("name") or "": element.get("value") or ""
            for element in self.find("input", type="hidden")
            if form in element.parents
        }
        return {**fields, "action": form.get("action") or ""}


def lint_page(html: str, is_whole: bool) -> Page:
    """Read a page or fragment. Fails on what would break it for somebody."""
    page = Page(html)
    if page.next is not None:
        lint_page(page.next.html, is_whole=False)
    ids = [id_ for element in page.elements if (id_ := element.get("id"))]
    assert len(ids) == len(set(ids)), f"the same id twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    if is_whole:
        assert len(page.find("h1")) == 1, f"{len(page.find('h1'))} h1 on a page"
        assert page.find("h1")[0].text, "an empty h1"
        assert page.find("title")[0].text, "an empty title"
        assert page.find("main"), "no main"
    _lint_elements(page, set(ids), is_whole)
    return page


def _lint_elements(page: Page, ids: set[str], is_whole: bool) -> None:
    labels = {label.get("for") for label in page.find("label")}
    for element in page.elements:
        attributes = element.attributes
        assert "style" not in attributes, f"a style attribute on <{element.name}>: the CSP forbids it"
        assert not any(name.startswith("on") for name in attributes), f"an inline handler on <{element.name}>"
        if element.name == "form":
            method = attributes.get("method", "get")
            assert method in {"get", "post", "dialog"}, "a form with a strange method"
            assert method == "dialog" or attributes.get("action"), "a form without an action"
        if element.name in {"input", "select", "textarea"} and attributes.get("type") not in {"hidden", "submit"}:
            is_wrapped = any(parent.name == "label" for parent in element.parents)
            assert is_wrapped or attributes.get("id") in labels or "aria-label" in attributes, f"no label: {attributes}"
        if element.name in {"a", "button"}:
            assert element.text or "aria-label" in attributes, f"a nameless <{element.name}> {attributes}"
        if element.name == "img":
            assert "alt" in attributes, "an image without alt"
        _lint_htmx(element, ids, is_whole)


def _lint_htmx(element: Element, ids: set[str], is_whole: bool) -> None:
    attributes = element.attributes
    if "hx-post" in attributes:
        plain = attributes.get("formaction" if element.name == "button" else "action")
        assert plain == attributes["hx-post"], f"hx-post without the same action: {attributes}"
    for name, value in attributes.items():
        if name.split(":")[0] == "hx-target" and value.startswith("#") and is_whole:
            assert value[1:] in ids, f"{name}={value}: there is no such element"
    for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
        for one in attributes.get(name, "").split():
            assert one in ids or not is_whole, f"{name}={one}: there is no such element"


class Browser:
    """A person's browser: keeps cookies, sends the CSRF token of the last page, lints what it opens."""

    def __init__(self, app: Flask) -> None:
        self.app, self.http, self.page = app, app.test_client(), Page("")
        self.person: Person | None = None

    def signed_in(self, person: Person) -> "Browser":
        """The same browser with a session of this person."""
        self.person = person
        with self.http.session_transaction() as session:
            session["_user_id"], session["csrf_token"] = person.token, "0" * 40
        return self

    def get(self, url: str, htmx: bool = False, status: int | None = 200, **more: Any) -> Page:
        """Open a page (or, with `htmx`, a fragment); it must answer with this status."""
        response = self.http.get(url, headers={"HX-Request": "true"} if htmx else {}, **more)
        return self._read(response, status, htmx)

    def post(self, url: str, fields: Any = None, htmx: bool = False, status: int | None = 200) -> Page:
        """Send a form with a valid CSRF token."""
        response = self.send(url, fields, htmx)
        return self._read(response, status, htmx)

    def send(self, url: str, fields: Any = None, htmx: bool = False, **headers: str) -> TestResponse:
        """Send a form and give the raw answer."""
        token = self.csrf_token()
        headers = {"X-CSRFToken": token, **({"HX-Request": "true"} if htmx else {}), **headers}
        return self.http.post(url, data=fields or {}, headers=headers)

    def follow(self) -> Page:
        """Open the page that the last answer, a 303, sent this browser to."""
        assert self.response.status_code == 303, self.response.status
        return self.get(self.response.location)

    def send_form(self, action_ends: str, htmx: bool = True, status: int = 200, **fields: Any) -> Page:
        """Send a form of the open page; without htmx go where the 303 leads."""
        form = self.page.form(action_ends)
        is_sent_on = status == 200 and not htmx
        page = self.post(form.pop("action"), {**form, **fields}, htmx, 303 if is_sent_on else status)
        return self.follow() if is_sent_on else page

    def answer(self, *given: str, **how: Any) -> Page:
        """Answer the card on the open page."""
        return self.send_form("/answer", answer=list(given), **how)

    def choose(self, grade: object, **how: Any) -> Page:
        """Give the answer on the open page this grade; a revealed card is answered by it."""
        return self.send_form("/grade" if self.page.kind == "feedback" else "/answer", grade=str(grade), **how)

    def csrf_token(self) -> str:
        """A token as a page of this browser's would carry it."""
        from itsdangerous import URLSafeTimedSerializer

        with self.http.session_transaction() as session:
            raw = session.setdefault("csrf_token", "0" * 40)
        return str(URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(raw))

    def _read(self, response: TestResponse, status: int | None, htmx: bool) -> Page:
        html = response.get_data(as_text=True) if response.mimetype != "application/zip" else ""
        assert status is None or response.status_code == status, f"{response.status}: {_gist(html)}"
        assert not (htmx and "<html" in html), "a whole page inside a fragment"
        self.response = response
        is_html = response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 308}
        self.page = lint_page(html, is_whole=not htmx) if is_html and html else Page("")
        return self.page


def _gist(html: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", html)[:400]
