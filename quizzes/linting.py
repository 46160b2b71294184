"""Checks decks against the author's checklist: what a reader can parse may still be a bad card."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from quizzes.cards import GAP, Ask, Card, Deck, Option, plain
from quizzes.choosing import NAMES
from quizzes.findings import Finding
from quizzes.misconceptions import Misconception
from quizzes.varying import variants
from quizzes.writing import WRITTEN

PROMPT_CHARACTERS = 450
WHY_CHARACTERS = 600
CODE_LINES = 15
CARDS_A_TOPIC = 3
LONGEST_FROM_CARDS = 8
LONGEST_SHARE = (0.15, 0.40)
UNNAMED = "a wrong option needs a {misconception} at its end"

_FENCE = re.compile(r"^(?P<ticks>`{3,}|~{3,}).*?^(?P=ticks)[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_BOLD_NEGATION = re.compile(r"\*\*[^*]*\b(?:not|never|except)\b[^*]*\*\*", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:not|never|except)\b|n['’]t\b", re.IGNORECASE)
_QUESTION = re.compile(r"\bwhich\b[^?:.]*[?:]", re.IGNORECASE)
_SUBORDINATE = re.compile(r",|\b(?:when|if|because|although|while|after|before|that|who|whose|where)\b")
# What courses repeat and no source bears out; and the name of a protocol that nobody should speak any more.
_UNFOUNDED = (
    (re.compile(r"\b10\W{0,3}20\s*(?:%|percent) more (?:pay|money|salary)", re.IGNORECASE), "nobody has measured it"),
    (re.compile(r"\b80\s*(?:%|percent) of (?:all )?backend", re.IGNORECASE), "nobody has measured it"),
    (re.compile(r"\b(?:highest|best)[- ]pa(?:ying|id)\b", re.IGNORECASE), "it is no fact about software"),
    (re.compile(r"\beasiest\b|\bfree tier\b", re.IGNORECASE), "it is praise, or true for a month"),
    (re.compile(r"\bSSL\b(?! ?[23]\b)"), "say TLS; SSL is what came before it"),
)
_OF_THE_ABOVE = re.compile(r".*\bof the above\b.*|(?:all|none|both|neither|any) of (?:these|them)\W*", re.IGNORECASE)


def lint(
    decks: Sequence[Deck], misconceptions: Mapping[str, Misconception], topics: set[str] | None = None
) -> list[Finding]:
    """Return every breach of the checklist, by file and line; none means the decks are fit to publish.

    `topics` are the ids a card may lead to; None leaves that rule out. Retired cards only have to keep their
    id: the rules about content and shares are for cards that are still asked.
    """
    findings = [
        Finding(card.path, line, card.id, reason)
        for card in _cards(decks)
        if not card.is_retired
        for line, reason in breaches(card, misconceptions, topics)
    ]
    for deck in decks:
        findings += [Finding(deck.path, 1, "", reason) for reason in _deck_breaches(deck)]
    findings += _id_breaches(decks)
    findings += _need_breaches(decks)
    findings += _contrast_breaches(decks)
    findings += _twin_breaches(decks)
    findings += _topic_breaches(decks)
    findings += _misconception_breaches(decks, misconceptions, topics)
    return sorted(findings, key=lambda finding: (finding.path, finding.line))


def _cards(decks: Iterable[Deck]) -> Iterator[Card]:
    return (card for deck in decks for card in deck.cards)


def _asked(decks: Iterable[Deck]) -> list[Card]:
    return [card for card in _cards(decks) if not card.is_retired]


def breaches(
    card: Card, misconceptions: Mapping[str, Misconception], topics: set[str] | None
) -> Iterator[tuple[int, str]]:
    """Yield (line, reason) for every rule that one card breaks alone."""
    shown = variants(card)
    for reason in dict.fromkeys([*chain.from_iterable(map(_prompt_breaches, shown)), *_proof_breaches(card)]):
        yield card.line, reason
    for text, reason in _unfounded(card):
        yield card.line, f'"{text}": {reason}'
    if topics is not None and card.topic not in topics:
        yield card.line, f"unknown topic {card.topic}"
    for tag in sorted(set(card.tags) - NAMES.keys()):
        yield card.line, f"unknown tag {tag}: tags say whom a card is for, {', '.join(NAMES)}"
    for option in card.options:
        for reason in _option_breaches(option, misconceptions):
            yield option.line, reason
    yield from dict.fromkeys(chain.from_iterable(map(_equal_options, shown)))


def _prompt_breaches(card: Card) -> Iterator[str]:
    prose = _FENCE.sub("", card.prompt).strip()
    lines = sum(len(fence.code.splitlines()) for fence in card.fences if fence.role == "")
    if len(prose) > PROMPT_CHARACTERS:
        yield f"the question has {len(prose)} characters: at most {PROMPT_CHARACTERS}"
    if lines > CODE_LINES:
        yield f"the shown code has {lines} lines: at most {CODE_LINES}"
    if len(card.why) > WHY_CHARACTERS:
        yield f"the explanation has {len(card.why)} characters: at most {WHY_CHARACTERS}"
    if card.ask in {Ask.CHOICE, Ask.MULTI} and _is_quietly_negative(prose):
        yield "a negative question: turn it round, or write **NOT** in bold"
    if card.gap and _says_its_gap(prose, card.gap):
        yield f'the hidden text "{card.gap}" also stands in the prose'


def _unfounded(card: Card) -> Iterator[tuple[str, str]]:
    """Yield what a card says outside of code and may not repeat, and why."""
    own = [card.prompt, card.why, card.answer or "", card.hint]
    options = [f"{option.text} {option.reason or ''}" for option in card.options]
    prose = _CODE_SPAN.sub("", _FENCE.sub("", "\n\n".join([*own, *options])))
    for claim, reason in _UNFOUNDED:
        if found := claim.search(prose):
            yield found[0], reason


def _is_quietly_negative(prose: str) -> bool:
    """Tell whether a "which ...?" denies something outside code, bold type and subordinate clauses."""
    text = _BOLD_NEGATION.sub("", _CODE_SPAN.sub("", prose))
    return any(_NEGATION.search(_SUBORDINATE.split(found[0])[0]) for found in _QUESTION.finditer(text))


def _says_its_gap(prose: str, gap: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(gap)}(?!\w)", GAP.sub("", prose)) is not None


def _proof_breaches(card: Card) -> Iterator[str]:
    if not card.sources:
        yield "no source: name a primary source, `source: Title <https://...>`"
    if card.check[0] == "source" and card.reviewed is None:
        yield "no engine proves this card: a second reader adds `reviewed:` and the date"


def _option_breaches(option: Option, misconceptions: Mapping[str, Misconception]) -> Iterator[str]:
    if _OF_THE_ABOVE.fullmatch(plain(option.text)):
        yield "no option may speak about the others (options are shuffled)"
    if option.is_right:
        return
    if not option.reason:
        yield "a wrong option needs a reason after ` :: `"
    if not option.misconception:
        yield UNNAMED
    elif option.misconception not in misconceptions:
        yield f"unknown misconception {option.misconception}: declare it in misconceptions"


def _equal_options(card: Card) -> Iterator[tuple[int, str]]:
    """Yield answers that read the same; where only capitals differ, the capitals are the question."""
    if card.ask in WRITTEN:  # their options are classes of errors, and two beliefs may end in the same one
        return
    seen = {plain(text) for text in (*card.accept, card.gap or "") if text}
    for option in card.options:
        if plain(option.text) in seen:
            yield option.line, f'"{plain(option.text)}" stands twice among the answers'
        seen.add(plain(option.text))


def _deck_breaches(deck: Deck) -> Iterator[str]:
    cards = _asked([deck])
    recalled = sum(card.bloom == "remember" for card in cards)
    reviewed = sum(card.check[0] == "source" for card in cards)
    missing = sorted(set(range(1, 6)) - {card.level for card in cards})
    if 3 * recalled > len(cards):
        yield f"{recalled} of {len(cards)} cards are bloom: remember; at most a third"
    if 4 * reviewed > len(cards):
        yield f"{reviewed} of {len(cards)} cards are check: source; at most a quarter"
    if missing:
        yield f"no card of level {', '.join(map(str, missing))}: a deck has all five levels"
    yield from _telling_lengths(cards)


def _telling_lengths(cards: list[Card]) -> Iterator[str]:
    """Yield a reason when the length of the options gives the key away over a deck."""
    choices = [card for card in cards if card.ask is Ask.CHOICE]
    longest = [card.id for card in choices if is_key_longest(card)]
    if len(choices) < LONGEST_FROM_CARDS:
        return
    low, high = LONGEST_SHARE
    if not low <= len(longest) / len(choices) <= high:
        share = f"{len(longest)} of {len(choices)} choice cards"
        names = ", ".join(longest) or "none"
        yield f"the right option is strictly the longest in {share}, outside 15-40%: {names}"


def is_key_longest(card: Card) -> bool:
    """Tell whether the right option of a choice card is strictly the longest."""
    options = variants(card)[0].options
    right = [len(plain(option.text)) for option in options if option.is_right]
    wrong = [len(plain(option.text)) for option in options if not option.is_right]
    return min(right) > max(wrong)


def _id_breaches(decks: Sequence[Deck]) -> Iterator[Finding]:
    cards: dict[str, Card] = {}
    paths: dict[str, str] = {}
    for deck in decks:
        if paths.setdefault(deck.id, deck.path) != deck.path:
            yield Finding(deck.path, 1, "", f"deck: {deck.id} is already the name of {paths[deck.id]}")
    for card in _cards(decks):
        first = cards.setdefault(card.id, card)
        if first is not card:
            yield Finding(card.path, card.line, card.id, f"this id is taken at {first.path}:{first.line}")


def _twin_breaches(decks: Sequence[Deck]) -> Iterator[Finding]:
    """Yield cards that ask what another one asks: the same words, code and options."""
    first: dict[tuple[str, ...], Card] = {}
    for card in _asked(decks):
        texts = [" ".join(card.prompt.split()).casefold(), *sorted(option.text for option in card.options)]
        twin = first.setdefault(tuple(texts), card)
        if twin is not card:
            reason = f"asks what {twin.id} asks ({twin.path}:{twin.line})"
            yield Finding(card.path, card.line, card.id, reason)


def _need_breaches(decks: Sequence[Deck]) -> Iterator[Finding]:
    """Yield needs that name no card or a retired one, and cards that need themselves over some steps."""
    cards = {card.id: card for card in _cards(decks)}
    for card in cards.values():
        for need in card.needs:
            if need not in cards:
                yield Finding(card.path, card.line, card.id, f"needs: there is no card {need}")
            elif cards[need].is_retired and not card.is_retired:
                yield Finding(card.path, card.line, card.id, f"needs: {need} is retired")
        if card.id in _needed_by(card, cards):
            yield Finding(card.path, card.line, card.id, "needs: goes round in a circle back to this card")


def _contrast_breaches(decks: Sequence[Deck]) -> Iterator[Finding]:
    """Yield contrasts that name no card, a retired one or their own, or hang on what no option of the card says."""
    cards = {card.id: card for card in _cards(decks)}
    for card in _asked(decks):
        named = {option.misconception for option in card.options}
        for contrast in card.contrasts:
            other = cards.get(contrast.card)
            wrong = [f"no option names {{{one}}}" for one in contrast.on if one not in named]
            if other is None:
                wrong.append(f"there is no card {contrast.card}")
            elif other is card or other.is_retired:
                wrong.append("a card is no contrast to itself" if other is card else f"{other.id} is retired")
            yield from (Finding(card.path, card.line, card.id, f"contrast: {reason}") for reason in wrong)
        if len({contrast.on for contrast in card.contrasts}) < len(card.contrasts):
            yield Finding(card.path, card.line, card.id, "contrast: two lines are for the same misconceptions")


def _needed_by(card: Card, cards: Mapping[str, Card]) -> set[str]:
    """Return the ids of everything a card needs, over any number of steps."""
    found: set[str] = set()
    waiting = list(card.needs)
    while waiting:
        need = waiting.pop()
        if need in cards and need not in found:
            found.add(need)
            waiting += cards[need].needs
    return found


def _topic_breaches(decks: Sequence[Deck]) -> Iterator[Finding]:
    by_topic: defaultdict[str, list[Card]] = defaultdict(list)
    for card in _asked(decks):
        by_topic[card.topic].append(card)
    for topic, cards in by_topic.items():
        if len(cards) < CARDS_A_TOPIC:
            reason = f"topic {topic} has {len(cards)} of {CARDS_A_TOPIC} cards it needs"
            yield Finding(cards[0].path, cards[0].line, cards[0].id, reason)
        if min(card.level for card in cards) > 2:
            reason = f"topic {topic} has no card of level 1 or 2 to begin with"
            yield Finding(cards[0].path, cards[0].line, cards[0].id, reason)


def _misconception_breaches(
    decks: Sequence[Deck], misconceptions: Mapping[str, Misconception], topics: set[str] | None
) -> Iterator[Finding]:
    used = Counter(option.misconception for card in _cards(decks) for option in card.options)
    for found in misconceptions.values():
        if found.id not in used:
            yield Finding(found.path, found.line, found.id, "no card uses this misconception")
        if topics is not None and found.topic not in topics:
            yield Finding(found.path, found.line, found.id, f"unknown topic {found.topic}")
