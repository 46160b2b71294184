"""The review as HTML: templates drawn once, with holes for what changes from answer to answer.

Jinja needs longer for a card than all the rest of an answer together, and nearly all of it is the same each time. So
`_review.html` is drawn once for each sort of state, each part of a card once for each card, and an answer only puts
them together. What goes into a hole is escaped unless it is markup, as Jinja does it.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup, escape

from portal.quizzes.reviews import Review, ShownCard, Tallied
from portal.quizzes.verdicts import Feedback
from quizzes.cards import Ask
from quizzes.marking import Miss
from quizzes.ordering import places, steps
from quizzes.sheets import Sheet
from quizzes.writing import Exercise, result_html

CONTRAST, WRITTEN = "quizzes/_contrast.html", "quizzes/_written.html"
_EDGE = "\0"  # no text has a NUL in it: security.refuse_nul, and the reader of the decks


def safe(html: str) -> Markup:
    """Markup as it is: drawn by Jinja, or rendered and escaped by quizzes.sheets. Never for what somebody typed."""
    return str.__new__(Markup, html)  # Markup(html) looks for `__html__` first, which takes five times as long


def spelt(html: str) -> Markup:
    """Markup in ASCII, other letters as references: one ’ makes Python join, copy and encode a whole page four times
    more slowly."""
    return safe(html.encode("ascii", "xmlcharrefreplace").decode())


NOTHING = safe("")
OF_ORDER = {"line", "placed"}
_ONLY_MARKUP = {Markup}


class Frame:
    """A template drawn around named holes."""

    def __init__(self, text: str) -> None:
        parts = text.split(_EDGE)
        self._texts, self._names, self._last = parts[0:-1:2], parts[1::2], parts[-1]

    def fill(self, contents: Mapping[str, Any]) -> Markup:
        """The whole, each hole filled in one pass. Raises KeyError for a hole without content."""
        found = [*map(contents.__getitem__, self._names)]
        if {*map(type, found)} != _ONLY_MARKUP:  # rare: what is drawn here comes escaped
            found = [*map(escape, found)]
        return safe("".join(chain.from_iterable(zip(self._texts, found, strict=True))) + self._last)


class Holes:
    """What a template names: `{{ hole.token }}` leaves a hole called "token"."""

    def __getattr__(self, name: str) -> Markup:
        return safe(f"{_EDGE}{name}{_EDGE}")


HOLES = Holes()


@lru_cache(maxsize=64)
def frame(template: str, kind: str = "", ask: str = "") -> Frame:
    """A template with holes, drawn once. It sees no request: nothing of one person can end up before another."""
    return Frame(str(spelt(current_app.jinja_env.get_template(template).render(hole=HOLES, kind=kind, ask=ask))))


def draw(macro: str, *given: object, template: str = "") -> Markup:
    """A macro of this template: `_order.html` for what only orders need, else `_ask.html`."""
    file = template or f"quizzes/{'_order' if macro in OF_ORDER else '_ask'}.html"
    module: Any = current_app.jinja_env.get_template(file).module
    drawn: Markup = getattr(module, macro)(*given)
    return drawn


@lru_cache(maxsize=16_384)  # ten parts a card, 850 cards: with half of it each answer draws five anew
def part(macro: str, *given: Hashable) -> Markup:
    """A macro of `_ask.html` that says nothing of a learner, drawn once."""
    return spelt(draw(macro, *given))


def review_html(review: Review, following: Review | None, is_fragment: bool) -> Markup:
    """A state of the review, for `today.html` or for htmx alone.

    `following` is the card after this one: site.js shows it at once to whoever takes the proposed grade.
    """
    return _drawn(review, following, NOTHING if is_fragment else _csrf())


def _drawn(review: Review, following: Review | None, csrf: Markup) -> Markup:
    sheet, card = review.sheet, review.card
    contents = {"csrf": csrf, "token": escape(review.token), **_tally(review.counts)}
    contents["notice"] = part("notice", review.notice) if review.notice else NOTHING
    if sheet is None or card is None:
        contents["done"] = safe(render_template("quizzes/_done.html", review=review, csrf=contents["csrf"]))
        return frame("quizzes/_review.html", review.kind).fill(contents)
    contents["undo"] = NOTHING
    if (undo := review.undo) is not None:
        contents |= {"undo_url": escape(undo.url), "undo_label": escape(undo.label)}
        contents["undo"] = frame("quizzes/_undo.html").fill(contents)
    contents |= _of_card(sheet, card)
    contents |= _of_kind(sheet, review)
    contents["next"] = NOTHING if following is None else _next(_drawn(following, None, csrf))
    return frame("quizzes/_review.html", review.kind, sheet.ask).fill(contents)


def _next(drawn: Markup) -> Markup:
    return safe(f'<template id="next">{drawn}</template>')


def _joined(drawn: Iterable[Markup]) -> Markup:
    return safe("".join(drawn))


def _csrf() -> Markup:
    """The form token of a page; a fragment needs none (`_forms.html`)."""
    module: Any = current_app.jinja_env.get_template("_forms.html").module
    drawn: Markup = module.csrf()
    return drawn


_number = lru_cache(maxsize=1024)(escape)


@lru_cache(maxsize=1024)  # drawn twice an answer: over the feedback and over the card behind it
def _tally(counts: Tallied) -> dict[str, Any]:
    total = counts.done + counts.due + counts.fresh + counts.again
    return {
        "most": _number(total or 1),
        "reached": _number(counts.done if total else 1),
        "done_count": _number(counts.done),
        "total": _number(total),
        "due": _number(counts.due),
        "fresh": _number(counts.fresh),
        "again": part("again", counts.again) if counts.again else NOTHING,
    }


@lru_cache(maxsize=1024)
def _of_card(sheet: Sheet, card: ShownCard) -> dict[str, Any]:
    """What a card puts into every state of its review."""
    return {
        "title": spelt(escape(f"{card.deck_title} · {card.topic_title}")),
        "card_url": escape(card.url),
        "changed": part("changed") if card.is_changed else NOTHING,
        "prompt": spelt(sheet.prompt),
        "hint": part("hint", sheet.hint) if sheet.hint else NOTHING,
        "why": part("why", sheet, card.topic_url, card.topic_title),
    }


def _of_kind(sheet: Sheet, review: Review) -> dict[str, Any]:
    given = review.given
    if review.kind == "question":
        options = _joined(_offered(sheet, review)) if sheet.exercise is None else _beside(sheet.exercise)
        typed = escape(given[0]) if given else NOTHING
        return {"options": options, "typed": typed, "result": review.result or NOTHING}
    grades = [
        part("grade", button.value, button.label, button.key, button.when, button.is_chosen)
        for button in review.buttons
    ]
    six = part("six") if len(grades) > 4 else NOTHING
    bar = {"grades": _joined(grades), "six": six, "comes_back": part("says", review.comes_back)}
    if (told := review.feedback) is None:
        return bar
    if not told.is_right and review.card is not None:
        bar["why"] = part("why", sheet, f"{review.card.topic_url}#misconception", review.card.topic_title)
    bar["contrast"] = spelt(draw("contrast", told.contrast, template=CONTRAST)) if told.contrast else NOTHING
    if sheet.exercise is not None:
        return {**bar, "verdict": _written(sheet, sheet.exercise, told, given), "grade_url": escape(told.url)}
    marked = [part("marked", option.html, option.is_right, option.key in given) for option in review.options]
    if sheet.ask is Ask.ORDER:
        marked = _ordered(sheet, given)
    drawing = draw if told.wrote else part
    verdict = drawing("verdict", sheet.ask, told.is_right, told.is_blank, told.reasons, told.right_answers, told.wrote)
    return {**bar, "options": _joined(marked), "verdict": verdict, "grade_url": escape(told.url)}


def _offered(sheet: Sheet, review: Review) -> list[Markup]:
    """What there is to pick from, or to put into order, with what was chosen before."""
    options, given = review.options, review.given
    if sheet.ask is Ask.ORDER:
        chosen = places(given)
        return [part("line", one.key, one.html, len(options), chosen.get(one.key, 0)) for one in options]
    return [
        part("option", sheet.ask, option.key, option.html, option.key in given, place)
        for place, option in enumerate(options, 1)
    ]


def _ordered(sheet: Sheet, given: Sequence[str]) -> list[Markup]:
    """The lines in their right order, each with the place it was given, and the first wrong one named."""
    put, lines = places(given), steps(sheet)
    wrong = [place for place, line in enumerate(lines, 1) if put.get(line.key, place) != place]
    return [
        part("placed", line.html, place, put.get(line.key, 0), place == min(wrong, default=0))
        for place, line in enumerate(lines, 1)
    ]


@lru_cache(maxsize=256)
def _beside(exercise: Exercise) -> Markup:
    """What stands beside the box of an exercise."""
    return spelt(safe(exercise.shown))


def _written(sheet: Sheet, exercise: Exercise, told: Feedback, given: Sequence[str]) -> Markup:
    """The verdict on something that was written and run: the class of the error, both results, one way to write it."""
    marked, tables = told.marked, ""
    if marked and marked.shown and marked.miss not in {None, Miss.ELSEWHERE}:
        mine = result_html(marked.shown, "Your result", marked.left)
        tables = f'<div class="pair"><div>{mine}</div><div>{result_html(exercise.wanted[0], "Wanted")}</div></div>'
    model = next(option.html for option in sheet.options if option.is_right)
    text = "" if told.is_blank else "".join(given)
    return spelt(draw("written", told, marked, text, safe(tables), safe(model), template=WRITTEN))


def not_run(sentence: str) -> Markup:
    """Why a try gave nothing."""
    return spelt(draw("not_run", sentence, template=WRITTEN))
