"""Reads deck files, and says file, line and card for everything it does not understand."""

import re
from datetime import date
from pathlib import Path

from quizzes.asking import TYPED, wrong_with_asking
from quizzes.bodies import BLOCKS, Body, read_body
from quizzes.cards import ID, Ask, Card, Deck
from quizzes.findings import DeckError, Finding, Page, lines_of, quoted, split_lines
from quizzes.heads import HEAD_LINE, Head, read_head
from quizzes.varying import FormulaError, variants

_DECK_KEYS = ("deck", "title", "step")


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
    page = Page(str(path), lines_of(path))
    head, body_start = _read_front_matter(page)
    starts = _card_starts(page, body_start)
    bounds = [*(index for index, _ in starts), len(page.lines)]
    cards = [
        _read_card(page, head["deck"], id_, start, end) for (start, id_), end in zip(starts, bounds[1:], strict=True)
    ]
    _complain_of_twins(page, cards)
    if page.findings:
        raise DeckError(page.in_order())
    return Deck(head["deck"], head["title"], int(head["step"]), tuple(cards), page.path)


def read_card(text: str) -> tuple[Card | None, tuple[Finding, ...]]:
    """Read the text of one card, from its `## id` line on, and say what is wrong with it, by line of the text.

    A card that is wrong in parts comes with stand-ins for them; None: there is no card in the text.
    """
    page = Page("", split_lines(text))
    page.complain_of_signs()
    starts = _card_starts(page, 0)
    card = _read_card(page, "", starts[0][1], starts[0][0], len(page.lines)) if starts else None
    return card, tuple(page.in_order())


def _read_front_matter(page: Page) -> tuple[dict[str, str], int]:
    """Return deck, title and step (stand-ins where they are wrong) and the index after the front matter."""
    page.complain_of_signs()
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
    if head.get("deck") and not ID.fullmatch(head["deck"]):
        page.complain(1, "", "write deck: in a-z, 0-9 and hyphens")
    if head.get("step") and not re.fullmatch(r"10|[1-9]", head["step"]):
        page.complain(1, "", "step: is a number from 1 to 10")
        head["step"] = "0"
    return {"deck": "", "title": "", "step": "0"} | head, fences[1] + 1


def _read_front_line(page: Page, index: int, head: dict[str, str]) -> None:
    line = page.lines[index]
    found = HEAD_LINE.fullmatch(line.rstrip())
    if not line.strip():
        return
    if not found or found[1] not in _DECK_KEYS:
        page.complain(index + 1, "", f"front matter knows only deck:, title: and step:, not {quoted(line)}")
    elif found[1] in head:
        page.complain(index + 1, "", f"{found[1]}: stands twice")
    else:
        head[found[1]] = (found[2] or "").strip()


def _card_starts(page: Page, body_start: int) -> list[tuple[int, str]]:
    """Return (index of the `## id` line, id) of every card; a `##` inside a fence is code, not a card."""
    tokens = BLOCKS.parse("\n".join(page.lines[body_start:]))
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


def _complain_of_twins(page: Page, cards: list[Card]) -> None:
    first: dict[str, int] = {}
    for card in cards:
        if card.id in first:
            page.complain(card.line, card.id, f"this id is already taken at line {first[card.id]}")
        first.setdefault(card.id, card.line)


def _read_card(page: Page, deck: str, id_: str, start: int, end: int) -> Card:
    """Read the card whose `## id` stands at index `start`; where it is wrong, complain and put a stand-in."""
    head, body_start = read_head(page, id_, start, end)
    body = read_body(page, id_, body_start, end, is_order=head.text("ask") == Ask.ORDER)
    card = Card(
        id=id_,
        deck=deck,
        ask=head.ask(),
        check=head.check(),
        topic=head.topic(),
        bloom=head.bloom(),
        level=head.number("level", 1, 5, 1),
        sources=head.sources(),
        needs=head.ids("needs"),
        since=head.day("since") or date.min,
        rev=head.number("rev", 1, 9999, 1),
        hint=head.text("hint"),
        tags=tuple(head.text("tags").split()),
        reviewed=head.day("reviewed"),
        is_retired=head.day("retired") is not None,
        prompt=body.markdown("prompt") or "",
        fences=tuple(body.fences),
        options=tuple(body.options),
        answer=body.markdown("Answer"),
        why=body.markdown("Why") or "",
        accept=tuple(value for _, value in head.values.get("accept", [])),
        input=head.text("input") or None,
        sizes=head.sizes(),
        line=start + 1,
        path=page.path,
        vary=head.vary(),
        contrasts=head.contrasts(),
        replaces=head.replaces(),
    )
    return _complain_of_body(head, body, card)


def _complain_of_body(head: Head, body: Body, card: Card) -> Card:
    """Return the card; complain about what its way of asking needs or forbids, where head and body could be read."""
    if not head.values or not body.is_whole:
        return card
    reasons = [*wrong_with_asking(card)]
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
