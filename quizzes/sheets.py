"""The card as the portal stores and serves it: rendered once, kept as JSON, read back fast."""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2s
from html import escape, unescape

from quizzes.cards import GAP, Ask, Card, Contrast, Option, plain
from quizzes.varying import variants
from quizzes.writing import WRITTEN, Exercise, model_of, wrongs_of

OPENING = 70  # characters
_CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
_TAG = re.compile(r"<[^>]*>")
_MOST_COLOURED = 1_000


@dataclass(frozen=True, slots=True)
class SheetOption:
    """One option to pick, or one typed answer that is recognised.

    `key` is 6 hex digits of the card's id and the text: it survives reordering. `text` is what a learner
    would type, without code ticks; `html` and `reason` are safe HTML, `misconception` may be "".
    """

    key: str
    text: str
    html: str
    is_right: bool
    reason: str
    misconception: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rendered card. `prompt`, `answer` and `why` are safe HTML; `hint` and `accept` are plain text.

    The options of a number, short or cloze card are its keys and its recognised wrong answers: never show
    them before the answer. `accept` holds further accepted spellings, `sources` pairs of title and address.
    A card that varies is its first variant, and has all of them in `variants`: ask `variant_of` which one was shown.
    """

    id: str
    deck: str
    ask: Ask
    topic: str
    level: int
    rev: int
    prompt: str
    options: tuple[SheetOption, ...]
    accept: tuple[str, ...]
    answer: str
    why: str
    hint: str
    sources: tuple[tuple[str, str], ...]
    variants: tuple["Sheet", ...] = ()
    exercise: Exercise | None = None
    contrasts: tuple[Contrast, ...] = ()

    def __hash__(self) -> int:
        return hash((self.id, self.rev))  # sheets are keys of caches: all of the text need not be read each time

    def contrast_to(self, misconceptions: Collection[str]) -> Contrast | None:
        """The card that sets against each other what a wrong answer with these misconceptions mixed up, if one does."""
        meant = (one for one in self.contrasts if not {*one.on}.isdisjoint(misconceptions))
        return next(meant, next((one for one in self.contrasts if not one.on), None))

    def to_json(self) -> str:
        """Return the sheet as one line of JSON."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields["options"] = [[getattr(option, name) for name in _OPTION_FIELDS] for option in self.options]
        fields["variants"] = [variant.to_json() for variant in self.variants]
        if not self.variants:
            del fields["variants"]
        fields["contrasts"] = [[one.pair, one.card, one.on] for one in self.contrasts]
        if not self.contrasts:
            del fields["contrasts"]
        if self.exercise is None:
            del fields["exercise"]
        else:
            fields["exercise"] = self.exercise.to_list()
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Sheet":
        """Read what `to_json` wrote. Raises SheetError when it is anything else."""
        try:
            fields = json.loads(text)
            fields["ask"] = Ask(fields["ask"])
            fields["options"] = tuple(SheetOption(*option) for option in fields["options"])
            fields["accept"] = tuple(fields["accept"])
            fields["sources"] = tuple((title, url) for title, url in fields["sources"])
            fields["variants"] = tuple(map(Sheet.from_json, fields.get("variants", ())))
            fields["contrasts"] = tuple(Contrast(pair, of, tuple(on)) for pair, of, on in fields.get("contrasts", ()))
            if "exercise" in fields:
                fields["exercise"] = Exercise.from_list(fields["exercise"])
            return Sheet(**fields)
        except (ValueError, TypeError, KeyError) as error:
            raise SheetError(f"not a stored card: {text[:60]!r}: {error}") from error


_FIELDS = tuple(Sheet.__dataclass_fields__)
_OPTION_FIELDS = tuple(SheetOption.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class OwnText:
    """A card as a learner wrote it, in Markdown, with what its sheet says besides. `is_plain`: == hides nothing."""

    id: str
    deck: str
    topic: str
    rev: int
    front: str
    back: str
    accept: tuple[str, ...]
    is_plain: bool
    sources: tuple[tuple[str, str], ...]


class SheetError(ValueError):
    """Stored text that is no sheet; the message shows its beginning."""


def make_sheet(card: Card) -> Sheet:
    """Render a card, in all its variants. What a cloze card hides and a self card's answer stay out of `prompt`."""
    sheets = tuple(_sheet(card, shown) for shown in variants(card))
    return replace(sheets[0], variants=sheets) if card.vary else sheets[0]


def variant_of(sheet: Sheet, token: str | None) -> Sheet:
    """The card as the showing with this token has it: the log keeps the token, so what was asked is never lost."""
    if not sheet.variants:
        return sheet
    drawn = int.from_bytes(blake2s(f"{token} {sheet.id}".encode(), digest_size=4).digest(), "big")
    return sheet.variants[drawn % len(sheet.variants)]


def _sheet(source: Card, card: Card) -> Sheet:
    """Render one variant of `source`; an option has the same key in all of them."""
    from quizzes.rendering import render_gapped, render_markdown

    is_cloze, is_written = card.ask is Ask.CLOZE, card.ask in WRITTEN
    key = [Option(card.gap, is_right=True, reason=None, misconception=None, line=card.line)] if card.gap else []
    return Sheet(
        id=card.id,
        deck=card.deck,
        ask=card.ask,
        topic=card.topic,
        level=card.level,
        rev=card.rev,
        prompt=render_gapped(card.prompt) if is_cloze else render_markdown(card.prompt),
        options=_written_options(card)
        if is_written
        else tuple(map(partial(_sheet_option, card), (*key, *card.options), _names(source))),
        accept=tuple(plain(text) for text in card.accept),
        answer=render_markdown(card.answer or ""),
        why=render_markdown(card.why),
        hint=plain(card.hint),
        sources=tuple((source.title, source.url) for source in card.sources),
        exercise=_exercise(card) if is_written else None,
        contrasts=card.contrasts,
    )


def own_gaps(front: str) -> list[re.Match[str]]:
    """The ==gaps== in what a learner wrote. In code `==` compares, and hides nothing."""
    code = [found.span() for found in _CODE.finditer(front)]
    return [gap for gap in GAP.finditer(front) if not any(start < gap.start() < end for start, end in code)]


def own_sheet(card: OwnText, wash: Callable[[str], str]) -> Sheet:
    """Render a card that a learner made. With one ==gap== in the front it is a cloze card: its answer is the whole
    sentence, and the back says why.

    Without a gap the learner compares with the back. `wash` gets every piece of HTML before it is kept.
    """
    from quizzes.rendering import render_holed, render_markdown

    gap = None if card.is_plain else next(iter(own_gaps(card.front)), None)
    front, answer, why = render_markdown(card.front, _MOST_COLOURED), render_markdown(card.back, _MOST_COLOURED), ""
    if gap:
        whole = f"{card.front[: gap.start()]}**{gap[1]}**{card.front[gap.end() :]}"
        front = render_holed(card.front, gap.start(), gap.end(), _MOST_COLOURED)
        answer, why = render_markdown(whole, _MOST_COLOURED), answer
    text = plain(gap[1]) if gap else ""
    key = SheetOption(_key(card.id, text), text, escape(text), is_right=True, reason="", misconception="")
    return Sheet(
        id=card.id,
        deck=card.deck,
        ask=Ask.CLOZE if gap else Ask.SELF,
        topic=card.topic,
        level=1,
        rev=card.rev,
        prompt=wash(front),
        options=(key,) if gap else (),
        accept=card.accept if gap else (),
        answer=wash(answer),
        why=wash(why),
        hint="",
        sources=card.sources,
    )


def opening(sheet: Sheet) -> str:
    """How a question begins, as plain text and without its code: a name for a card, which has no title."""
    asked = sheet.prompt.partition("<pre")[0].strip() or sheet.prompt
    text = " ".join(unescape(_TAG.sub("", asked.replace("</p>", " "))).split())
    return text if len(text) <= OPENING else f"{text[:OPENING].rsplit(' ', 1)[0].rstrip(' .,;:…')} …"


def shuffled(sheet: Sheet, seed: int) -> tuple[SheetOption, ...]:
    """Return the options to pick from, in an order that only the seed and the card decide.

    Always shuffled, numbers too: a fixed place of the key is learnt faster than the answer. Of an order card the
    lines come, not its wrong orders. Typed and self cards have nothing to pick from, so nothing of theirs comes back.
    """
    if sheet.ask not in {Ask.CHOICE, Ask.MULTI, Ask.ORDER}:
        return ()
    shown = sheet.options if sheet.ask is not Ask.ORDER else [option for option in sheet.options if option.is_right]
    return tuple(sorted(shown, key=lambda option: blake2s(f"{seed} {option.key}".encode()).digest()))


def _names(source: Card) -> list[str]:
    """What names the options of a card, whatever their values: the gap as it reads, the options as written."""
    return [*([source.gap] if source.gap else []), *(option.text for option in source.options)]


def _sheet_option(card: Card, option: Option, name: str) -> SheetOption:
    from quizzes.rendering import render_inline

    is_picked = card.ask in {Ask.CHOICE, Ask.MULTI} or (card.ask is Ask.ORDER and option.is_right)
    text = plain(option.text)
    return SheetOption(
        key=_key(card.id, name),
        text=text,
        html=render_inline(option.text) if is_picked else escape(text),
        is_right=option.is_right,
        reason=render_inline(option.reason or ""),
        misconception=option.misconception or "",
    )


def _exercise(card: Card) -> Exercise:
    from quizzes.exercises import make_exercise

    return make_exercise(card)


def _written_options(card: Card) -> tuple[SheetOption, ...]:
    """The model answer, and what somebody with each misconception would write."""
    from quizzes.rendering import highlight_code, render_inline

    model, language = model_of(card), "sql" if card.ask is Ask.WRITE_SQL else "text"
    html = f'<code class="code model">{highlight_code(model, language)}</code>'
    right = SheetOption(_key(card.id, model), model, html, is_right=True, reason="", misconception="")
    known = {option.misconception: option for option in card.options}
    wrong = []
    for fence in wrongs_of(card):
        option, text = known[fence.misconception], fence.code.rstrip("\n")
        reason = render_inline(option.reason or "")
        wrong.append(
            SheetOption(
                _key(card.id, text), text, escape(plain(option.text)), False, reason, option.misconception or ""
            )
        )
    return (right, *wrong)


def _key(card_id: str, text: str) -> str:
    return blake2s(f"{card_id} {text}".encode(), digest_size=3).hexdigest()
