"""Chromium, driven as a person would: by keys or by mouse, with the patience of a human."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import Person, add_person, held_by, log_of, right_answer, wrong_answer
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from serving import Nursery, Server, prepare
from sqlalchemy import select, update

from portal.accounts.models import User
from portal.db import db
from portal.quizzes.models import LogRow
from portal.quizzes.verifying import verify
from quizzes.cards import Ask
from quizzes.ledger import Kind

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
HUMAN_MS = 350  # nobody reads and decides faster; the portal refuses what comes within 250 ms
STANDS_BEFORE_FOCUS = "element => (document.activeElement.compareDocumentPosition(element) & 2) > 0"
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    if not CHROMIUM.exists():
        reason = f"there is no {CHROMIUM}: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        args = [*FLAGS.split(), "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=args)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def nursery(compiled: Path) -> Iterator[Nursery]:
    """Where servers come from: the second that imports take is most of a start."""
    forks = Nursery(compiled)
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Server]:
    """The portal as `make run` serves it, with every guard against double clicks on."""
    folder = tmp_path_factory.mktemp("site")
    server = Server(prepare(f"sqlite:///{folder / 'portal.db'}", folder), nursery)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.forget()


class Windows:
    """Windows of Chromium that visitors left: opening one costs as much as twenty pages, clearing one nearly nothing.

    A window is given to somebody with the same options, without cookies, without anything stored and on a blank page.
    """

    def __init__(self, browser: Browser, site: Server) -> None:
        self._browser, self._site = browser, site
        self._left: dict[str, list[Page]] = defaultdict(list)

    def open(self, **options: Any) -> Page:
        """A blank page in a context of its own."""
        if left := self._left[repr(options)]:
            page = left.pop()
            page.set_viewport_size(options.get("viewport", {"width": 1280, "height": 720}))
            page.emulate_media(color_scheme="light")
            return page
        context = self._browser.new_context(base_url=self._site.url, locale="en-GB", **options)
        context.set_default_timeout(15_000)
        return context.new_page()

    def leave(self, context: BrowserContext, **options: Any) -> None:
        """Clear a window for the next visitor; one with several tabs, or with its first one closed, is shut."""
        if len(context.pages) != 1:
            context.close()
            return
        (page,) = context.pages
        context.set_offline(False)
        if page.url.startswith(self._site.url) and options.get("java_script_enabled", True):
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.goto("about:blank")
        context.clear_cookies()
        self._left[repr(options)].append(page)


@pytest.fixture(scope="session")
def windows(chromium: Browser, site: Server) -> Windows:
    """The windows of all tests of a process."""
    return Windows(chromium, site)


class Visitor:
    """Somebody at a browser of their own. What goes wrong unseen (console, CSP, failed requests) is noted."""

    def __init__(self, site: Server, windows: Windows, **options: Any) -> None:
        self.site, self._windows, self._options = site, windows, options
        self.page: Page = windows.open(**options)
        self.context: BrowserContext = self.page.context
        self.problems: list[str] = []
        self._expected = ["net::ERR_ABORTED"]  # a page that is left ends its requests
        self._listeners = self._listen()
        self.person: Person | None = None

    def _listen(self) -> dict[Any, Callable[[Any], None]]:
        note = self.problems.append
        listeners: dict[Any, Callable[[Any], None]] = {
            "console": lambda said: note(said.text) if said.type in {"error", "warning"} else None,
            "weberror": lambda failed: note(str(failed.error)),
            "requestfailed": lambda request: note(f"{request.url}: {request.failure}"),
            "response": lambda got: note(f"{got.url}: {got.status}") if got.status >= 500 else None,
        }
        for name, listener in listeners.items():
            self.context.on(name, listener)
        return listeners

    def expects(self, *parts: str) -> None:
        """Problems with these words belong to what the test does."""
        self._expected += parts

    def leave(self) -> None:
        """Leave the browser to the next visitor. Fails on any problem nobody expected."""
        self._windows.leave(self.context, **self._options)
        for name, listener in self._listeners.items():
            self.context.remove_listener(name, listener)
        unexpected = [problem for problem in self.problems if not any(part in problem for part in self._expected)]
        assert unexpected == []

    # ---- Who

    def sign_in(self, person: Person) -> "Visitor":
        """Go on as this person, whose session is open already."""
        self.person = person
        self.context.add_cookies([{"name": "session", "value": self.site.cookie_of(person), "url": self.site.url}])
        return self

    def is_now(self, email: str, new_per_day: int) -> None:
        """This visitor just signed up with this address; from now on they learn so many cards a day."""
        with self.site.app.app_context():
            db.session.execute(update(User).where(User.email == email).values(new_per_day=new_per_day))
            user_id = db.session.execute(select(User.id).where(User.email == email)).scalar_one()
            db.session.commit()
        self.person = Person(user_id, email, "")

    def me(self) -> Person:
        """Who this is."""
        assert self.person is not None
        return self.person

    def log(self, kind: Kind | None = None) -> list[LogRow]:
        """What the log knows of this person."""
        return [row for row in log_of(self.site.app, self.me()) if kind in {None, row.kind}]

    # ---- Where

    def open(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(path)
        return self.page

    @property
    def kind(self) -> str:
        """The state of the review."""
        return self.page.locator("#review").get_attribute("data-kind") or ""

    def arrives(self, kind: str) -> None:
        """The review is in this state, and the focus where a keyboard goes on."""
        expect(self.page.locator("#review")).to_have_attribute("data-kind", kind)
        expect(self.focus_point(kind)).to_be_focused()

    def focus_point(self, kind: str) -> Locator:
        """Where the focus belongs in this state of the review."""
        review = self.page.locator("#review")
        if kind == "question":
            typed = review.locator(".typed :is(input, textarea)")
            return typed if typed.count() else review.locator("#prompt")
        return review.locator({"feedback": ".grades .primary", "revealed": ".grades .primary", "done": "h1"}[kind])

    def slug(self) -> str:
        """The card of the question that is shown."""
        return (self.page.locator("#ask").get_attribute("action") or "").split("/")[-2]

    def tab_to(self, goal: Locator, most: int = 40) -> int:
        """Press Tab, or Shift and Tab when the goal stands before the focus, until it is there; how often that was."""
        key = "Shift+Tab" if goal.evaluate(STANDS_BEFORE_FOCUS) else "Tab"
        for presses in range(most):
            if goal.evaluate("element => element === document.activeElement"):
                return presses
            self.page.keyboard.press(key)
        raise AssertionError(f"{most} times Tab does not lead to {goal}")

    def pause(self) -> None:
        """Read for a moment."""
        self.page.wait_for_timeout(HUMAN_MS)

    # ---- Answering

    def answer(self, by: "Way", is_right: bool = True) -> str:
        """Answer the question that is shown and, if it is a self card, grade it: good or again. Gives its slug."""
        slug = self.hand_in(by, is_right)
        if self.kind == "revealed":
            self.pause()
            by.grade(self, "Good" if is_right else "Again")
        return slug

    def hand_in(self, by: "Way", is_right: bool = True) -> str:
        """Answer the question that is shown, or have the answer of a self card shown. Gives its slug."""
        slug = self.slug()
        held = held_by(self.site.app, self.me(), slug)
        self.pause()
        if held.sheet.ask is Ask.SELF:
            by.go(self, "Show answer")
            expect(self.page.locator("#review")).to_have_attribute("data-kind", "revealed")
            return slug
        token = self.page.locator("#review input[name=token]").first.get_attribute("value") or ""
        given = right_answer(held, token) if is_right else wrong_answer(held, token)
        if held.sheet.ask is Ask.ORDER:
            for placed in given:
                by.place(self, placed)
        elif held.sheet.ask in (Ask.CHOICE, Ask.MULTI):
            inputs = self.page.locator("#review .option input")
            keys = [inputs.nth(n).get_attribute("value") for n in range(inputs.count())]
            for key in given:
                by.pick(self, keys.index(key))
        else:
            by.write(self, given[0])
        by.go(self, "Answer")
        expect(self.page.locator("#review")).to_have_attribute("data-kind", "feedback")
        return slug

    def ledger_is_clean(self) -> None:
        """Every state equals its log."""
        with self.site.app.app_context():
            assert list(verify()) == []


class Keys:
    """By keyboard alone."""

    def pick(self, visitor: Visitor, place: int) -> None:
        """Choose an option."""
        visitor.page.keyboard.press(str(place + 1))
        expect(visitor.page.locator("#review .option input").nth(place)).to_be_checked()

    def place(self, visitor: Visitor, placed: str) -> None:
        """Give a line its place: Tab to its list, type the number."""
        chooser = visitor.page.locator(f"#review select:has([value='{placed}'])")
        visitor.tab_to(chooser)
        visitor.page.keyboard.press(placed[-1])
        expect(chooser).to_have_value(placed)

    def write(self, visitor: Visitor, text: str) -> None:
        """Type an answer: the focus is in its field already."""
        visitor.page.keyboard.type(text)

    def go(self, visitor: Visitor, name: str) -> None:
        """Send the answer, or show it."""
        visitor.page.keyboard.press("Space" if name == "Show answer" else "Enter")

    def grade(self, visitor: Visitor, label: str) -> None:
        """Choose a grade by its number."""
        visitor.page.keyboard.press({"Again": "1", "Hard": "2", "Good": "3", "Easy": "4"}[label])

    def take_back(self, visitor: Visitor) -> None:
        """Undo."""
        visitor.page.keyboard.press("u")


class Tabs(Keys):
    """By keyboard with no key of ours: Tab, arrows, Space, Enter and typing, as it is without JavaScript."""

    def pick(self, visitor: Visitor, place: int) -> None:
        """Choose an option: Tab to a box of several, Tab to the first of one and arrows down from there."""
        options = visitor.page.locator("#review .option input")
        is_one = options.first.get_attribute("type") == "radio"
        visitor.tab_to(options.nth(0 if is_one else place))
        visitor.page.keyboard.press("Space")
        for _ in range(place if is_one else 0):
            visitor.page.keyboard.press("ArrowDown")
        expect(options.nth(place)).to_be_checked()

    def go(self, visitor: Visitor, name: str) -> None:
        """Send the answer, or show it."""
        self._press(visitor, visitor.page.locator("#review").get_by_role("button", name=re.compile(f"^{name}")))

    def grade(self, visitor: Visitor, label: str) -> None:
        """Choose a grade; the focus stands on the proposed one."""
        self._press(visitor, visitor.page.locator(".grades .button", has_text=label))

    def _press(self, visitor: Visitor, button: Locator) -> None:
        visitor.tab_to(button)
        visitor.page.keyboard.press("Enter")


class Mouse:
    """By mouse; the keyboard only types answers."""

    def pick(self, visitor: Visitor, place: int) -> None:
        """Choose an option."""
        visitor.page.locator("#review label.option").nth(place).click()

    def place(self, visitor: Visitor, placed: str) -> None:
        """Give a line its place."""
        visitor.page.locator(f"#review select:has([value='{placed}'])").select_option(placed)

    def write(self, visitor: Visitor, text: str) -> None:
        """Type an answer."""
        visitor.page.locator("#review .typed :is(input, textarea)").fill(text)

    def go(self, visitor: Visitor, name: str) -> None:
        """Send the answer, or show it."""
        visitor.page.get_by_role("button", name=re.compile(f"^{name}")).click()

    def grade(self, visitor: Visitor, label: str) -> None:
        """Choose a grade."""
        visitor.page.locator(".grades .button", has_text=label).click()

    def take_back(self, visitor: Visitor) -> None:
        """Undo."""
        visitor.page.locator("#review").get_by_role("button", name=re.compile("^Undo")).click()


Way = Keys | Mouse  # Tabs is a way with keys
Enter = Callable[..., Visitor]


@pytest.fixture
def visit(site: Server, windows: Windows) -> Iterator[Enter]:
    """Let somebody in: `visit("ada", new_per_day=3)` is signed in, `visit()` is nobody; `options` are the browser's."""
    visitors: list[Visitor] = []

    def enter(name: str | None = None, options: dict[str, Any] | None = None, **profile: Any) -> Visitor:
        visitor = Visitor(site, windows, **(options or {}))
        visitors.append(visitor)
        if name is not None:
            visitor.sign_in(add_person(site.app, f"{name}@example.org", name.capitalize(), **profile))
        return visitor

    yield enter
    while visitors:
        visitors.pop().leave()
