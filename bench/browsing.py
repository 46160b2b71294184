"""Rows 11 and 12: what a review takes over the wire, as Chromium's own network log counts it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.reviewing import Sheets, Shown, cookie_of, shown_in
from bench.serving import HOST, NotMeasured, Server

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
READING_MS = 350  # the page ignores keys within 250 ms of a swap
CARDS = 10


@dataclass(frozen=True)
class Wire:
    """Requests, and KB received with their heads."""

    requests: float
    kb: float


@dataclass(frozen=True)
class Traffic:
    """The review page with an empty cache, and the mean of the cards after it."""

    first: Wire
    card: Wire


class Meter:
    """Adds up what the network brings; what comes from a cache weighs nothing and is no request."""

    def __init__(self, session: "CDPSession") -> None:
        self.sizes: list[float] = []
        session.on("Network.loadingFinished", self._note)
        session.send("Network.enable")

    def _note(self, event: dict[str, Any]) -> None:
        if size := float(event["encodedDataLength"]):
            self.sizes.append(size)

    def read(self) -> Wire:
        """All since the last reading."""
        found = Wire(len(self.sizes), sum(self.sizes) / 1024)
        self.sizes.clear()
        return found


def traffic(server: Server, learner: int, sheets: Sheets) -> Traffic:
    """Open the review in a browser that has seen nothing, then answer CARDS cards. Raises NotMeasured."""
    address = f"http://{HOST}:{server.port}"
    with _page() as page:
        page.context.add_cookies([{"name": "session", "value": cookie_of(learner), "url": address}])
        meter = Meter(page.context.new_cdp_session(page))
        page.goto(f"{address}/quizzes/today", wait_until="networkidle")
        first = meter.read()
        for number in range(1, CARDS + 1):
            _answer(page, sheets, is_right=number % 5 > 0)
        page.wait_for_load_state("networkidle")
        rest = meter.read()
    return Traffic(first, Wire(rest.requests / CARDS, rest.kb / CARDS))


@contextmanager
def _page() -> Iterator["Page"]:
    if (chromium := shutil.which("chromium")) is None:
        raise NotMeasured("chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NotMeasured("playwright is not installed") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS.split(), "--no-first-run"])
        try:
            yield browser.new_page()
        finally:
            browser.close()


def _answer(page: "Page", sheets: Sheets, is_right: bool) -> None:
    """One card with the keyboard: fill in, Enter, read, Enter, until the next question stands there."""
    shown = shown_in(page.content())
    while True:
        page.wait_for_timeout(READING_MS)
        if shown.kind == "question" and shown.takes_answer:
            _fill_in(page, shown, sheets, is_right)
        page.keyboard.press("Enter")
        page.locator(f'#review:not([data-kind="{shown.kind}"])').wait_for()
        shown = shown_in(page.content())
        if shown.kind == "question":
            return


def _fill_in(page: "Page", shown: Shown, sheets: Sheets, is_right: bool) -> None:
    ask, right = sheets[shown.slug]
    if ask == "order":
        keys = [placed.partition(":")[0] for placed in right]
        for place, key in enumerate(keys if is_right else reversed(keys), 1):
            placed = f"{key}:{place}"
            page.locator(f"select:has([value='{placed}'])").select_option(placed)
    elif ask not in ("choice", "multi"):
        page.locator(".typed input").fill(right[0] if is_right else "0")
    elif is_right:
        for key in right:
            page.locator(f'.option input[value="{key}"]').check()
    else:
        page.locator(".option input" + "".join(f':not([value="{key}"])' for key in right)).first.check()
