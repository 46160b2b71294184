"""Deck files are read into cards, and whatever is wrong with them is named with file, line and card."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.cards import Ask, Card, Fence, Option, Source, plain
from quizzes.findings import DeckError, Finding
from quizzes.linting import lint
from quizzes.locking import write
from quizzes.misconceptions import read_misconceptions
from quizzes.reading import collect_decks, read_deck, read_decks
from quizzes.sheets import make_sheet

FRONT = """---
deck: joins
title: SQL joins
step: 4
---

"""

CHOICE = """## join-dee-counts
ask: choice
check: sql library value
topic: sql.joins.outer
bloom: apply
level: 3
source: SQLite, count(*) <https://sqlite.org/lang_aggfunc.html#count>
source: PostgreSQL, joins <https://www.postgresql.org/docs/current/tutorial-join.html>
needs: join-keeps join-drops
since: 2026-11-22
rev: 2
hint: Count the rows first.
tags: outer counting
replaces: join-old

Dee has never borrowed a book. What does this return?

```sql setup
DELETE FROM loan WHERE id = 9;
```

```sql
-- ## this is code, not a card
SELECT COUNT(*) FROM member;
```

- [x] 1 :: one row, Dee's
- [ ] `0` :: `a :: b` counts rows,
  not loans {count-star-skips-null}
- [ ] `xs[::2] :: y` :: never {aggregate-of-nothing}

```sql wrong=count-star-skips-null
SELECT 0;
```

### Why
One rule.

```sql
SELECT 1;
```
"""

SELF = """## join-say-it
ask: self
check: source
topic: sql.joins.outer
bloom: understand
level: 1
source: SQLite <https://sqlite.org/lang_select.html>
since: 2026-11-22
reviewed: 2026-11-23
retired: 2026-12-01

Say what an outer join keeps.

### Answer
The rows **without** a partner.

### Why
That is its purpose.
"""

CLOZE = """## join-fill
ask: cloze
check: sql library value
topic: sql.joins.outer
bloom: apply
level: 2
source: SQLite <https://sqlite.org/lang_select.html>
since: 2026-11-22
accept: LEFT OUTER JOIN
accept: left join

Keep every member.

```sql
SELECT COUNT(*) FROM member ==LEFT JOIN== loan ON loan.member_id = member.id;
```

- [ ] JOIN :: drops members without loans {inner-keeps-all}

### Why
One rule.
"""


def saved(folder: Path, text: str, name: str = "joins.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def cards_of(folder: Path, *cards: str) -> tuple[Card, ...]:
    return read_deck(saved(folder, FRONT + "\n".join(cards))).cards


def complaints(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DeckError) as raised:
        read_deck(saved(folder, text))
    return [(finding.line, finding.card, finding.reason) for finding in raised.value.findings]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_front_matter_names_the_deck(tmp_path: Path) -> None:
    path = saved(tmp_path, FRONT + CHOICE)
    deck = read_deck(path)
    assert (deck.id, deck.title, deck.step, deck.path) == ("joins", "SQL joins", 4, str(path))
    assert [card.id for card in deck.cards] == ["join-dee-counts"]


def test_the_head_of_a_card_is_read_into_its_fields(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CHOICE)
    assert (card.ask, card.check, card.deck) == (Ask.CHOICE, ("sql", "library", "value"), "joins")
    assert (card.topic, card.bloom, card.level, card.rev) == ("sql.joins.outer", "apply", 3, 2)
    assert card.sources == (
        Source("SQLite, count(*)", "https://sqlite.org/lang_aggfunc.html#count"),
        Source("PostgreSQL, joins", "https://www.postgresql.org/docs/current/tutorial-join.html"),
    )
    assert (card.needs, card.since) == (("join-keeps", "join-drops"), date(2026, 11, 22))
    assert (card.hint, card.tags, card.replaces) == (
        "Count the rows first.",
        ("outer", "counting"),
        "join-old",
    )
    assert (card.reviewed, card.is_retired, card.line) == (None, False, 7)


def test_the_prompt_holds_the_shown_fence_only(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CHOICE)
    assert card.prompt == (
        "Dee has never borrowed a book. What does this return?\n\n"
        "```sql\n-- ## this is code, not a card\nSELECT COUNT(*) FROM member;\n```"
    )


def test_fences_carry_language_role_code_and_line(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CHOICE)
    text = FRONT + CHOICE
    assert card.fences == (
        Fence("sql", "setup", "DELETE FROM loan WHERE id = 9;\n", line_of(text, "```sql setup")),
        Fence(
            "sql",
            "",
            "-- ## this is code, not a card\nSELECT COUNT(*) FROM member;\n",
            line_of(text, "-- ## this") - 1,
        ),
        Fence("sql", "wrong", "SELECT 0;\n", line_of(text, "```sql wrong"), "count-star-skips-null"),
    )


def test_options_split_at_the_first_double_colon_outside_code(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CHOICE)
    at = line_of(FRONT + CHOICE, "- [x] 1")
    assert card.options == (
        Option("1", True, "one row, Dee's", None, at),
        Option("`0`", False, "`a :: b` counts rows, not loans", "count-star-skips-null", at + 1),
        Option("`xs[::2] :: y`", False, "never", "aggregate-of-nothing", at + 3),
    )


def test_the_explanation_keeps_its_own_fences(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CHOICE)
    assert card.why == "One rule.\n\n```sql\nSELECT 1;\n```"
    assert card.answer is None


def test_a_self_card_has_an_answer_and_may_be_retired(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, SELF)
    assert (card.answer, card.why) == ("The rows **without** a partner.", "That is its purpose.")
    assert (card.reviewed, card.is_retired, card.gap) == (date(2026, 11, 23), True, None)


def test_a_cloze_card_knows_its_gap_and_further_answers(tmp_path: Path) -> None:
    (card,) = cards_of(tmp_path, CLOZE)
    assert (card.gap, card.accept) == ("LEFT JOIN", ("LEFT OUTER JOIN", "left join"))
    assert "==LEFT JOIN==" in card.fences[0].code


def test_comparing_with_double_equals_is_no_gap(tmp_path: Path) -> None:
    code = CLOZE.replace("Keep every member.", "Keep `a == b and c == d` and `x === y === z` in mind.")
    (card,) = cards_of(tmp_path, code)
    assert card.gap == "LEFT JOIN"


def test_bigo_cards_may_set_input_and_sizes(tmp_path: Path) -> None:
    text = CHOICE.replace("rev: 2", "input: list(range(n)), 3\nsizes: 4 6, 8")
    (card,) = cards_of(tmp_path, text)
    assert (card.input, card.sizes, card.rev) == ("list(range(n)), 3", (4, 6, 8), 1)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, FRONT + CHOICE)
    expected = read_deck(path)
    path.write_bytes(b"\xef\xbb\xbf" + (FRONT + CHOICE).replace("\n", "\r\n").encode())
    assert read_deck(path) == expected


def test_spaces_at_the_end_of_lines_change_nothing(tmp_path: Path) -> None:
    padded = CHOICE.replace("level: 3", "level:   3  ").replace("SELECT 0;\n```", "SELECT 0;\n```  ")
    assert cards_of(tmp_path, padded) == cards_of(tmp_path, CHOICE)


def test_a_list_without_boxes_is_part_of_the_question(tmp_path: Path) -> None:
    words = "[a] and these:\n\n- one\n- two\n\n1. [x] three"
    (card,) = cards_of(tmp_path, SELF.replace("Say what an outer join keeps.", words))
    assert (card.prompt, card.options) == (words, ())


def test_a_card_without_a_head_is_one_complaint_at_its_id(tmp_path: Path) -> None:
    text = FRONT + "## alone\n\nWhat?\n"
    assert complaints(tmp_path, text) == [
        (7, "alone", "no head: write ask:, check:, topic: ... right below the `## id` line")
    ]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("`NULL`", "NULL"),
        ("`` `a` ``", "`a`"),
        (" 1,\n 2 ", "1, 2"),
        ("`a` and `b`", "a and b"),
        ("``", "``"),
    ],
)
def test_plain_text_is_what_a_learner_would_type(written: str, typed: str) -> None:
    assert plain(written) == typed


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "ask: choice",
            "ask: guess",
            "ask: is one of choice, multi, number, short, cloze, order, write-sql, write-regex, self",
        ),
        ("ask: choice\n", "", "the head has no ask:"),
        ("ask: choice", "asks: choice", 'unknown head key "asks"'),
        ("ask: choice", "ask: choice\nask: multi", "ask: stands twice"),
        ("ask: choice", "ask choice", "is not `key: value`"),
        ("ask: choice", "ask:", "ask: has no value"),
        ("check: sql", "check: sqlite", 'no engine "sqlite"'),
        ("topic: sql.joins.outer", "topic: SQL joins", "topic: is written like sql.joins.outer"),
        ("bloom: apply", "bloom: create", "bloom: is one of remember"),
        ("level: 3", "level: 6", "level: is a whole number from 1 to 5"),
        ("level: 3", "level: three", "level: is a whole number from 1 to 5"),
        ("level: 3", f"level: {'9' * 5000}", "level: is a whole number from 1 to 5"),
        ("rev: 2", "rev: 0", "rev: is a whole number from 1"),
        ("since: 2026-11-22", "since: 2026-02-30", "since: is a date like 2026-11-22"),
        ("since: 2026-11-22", "since: 20261122", "since: is a date like 2026-11-22"),
        ("<https://sqlite.org", "<http://sqlite.org", "source: is written `Title <https://host/path>`"),
        ("<https://sqlite.org/", "<https://[sqlite/", "source: is written `Title <https://host/path>`"),
        ("SQLite, count(*) <", "<", "source: is written `Title <https://host/path>`"),
        ("needs: join-keeps", "needs: Join_keeps", "needs: holds card ids"),
        ("rev: 2", "contrast: one-or-two", "contrast: is written `401 against 403 <card-id>`"),
        ("rev: 2", "contrast: 1 against 2 <one-or-two> off x", "contrast: is written `401 against 403 <card-id>`"),
        ("rev: 2", "sizes: 4 x", "sizes: are whole numbers"),
        ("replaces: join-old", "replaces: a b", "replaces: names one card id"),
        ("rev: 2", "accept: 1", "accept: is for typed answers, not for a choice card"),
        ("## join-dee-counts", "## Join Dee", "write a card id in a-z, 0-9 and hyphens"),
        ("- [x] 1 :: one row, Dee's\n", "", "no key: mark the right option with [x]"),
        ("- [ ] `0`", "- [x] `0`", "2 keys: a choice card has exactly one [x]"),
        ("- [ ] `xs[::2] :: y` :: never {aggregate-of-nothing}\n", "", "1 wrong options: a choice card has"),
        ("- [x] 1", "- [y] 1", "write an option as `- [x] text`"),
        ("- [x] 1", "- [x] 1\n\n  more", "an option is one line of text"),
        ("- [x] 1 :: one row, Dee's", "- [x]", "write an option as `- [x] text`"),
        (":: never {", "{", "write ` :: ` and a reason between"),
        ("Dee's\n", "Dee's {of-course}\n", "a right option names no misconception"),
        ("never {aggregate-of-nothing}", "{aggregate-of-nothing} never", "must end the option"),
        ("### Why\nOne rule.\n\n```sql\nSELECT 1;\n```\n", "", "no explanation: add `### Why`"),
        ("### Why", "### Because", "no heading but `### Answer` and `### Why`"),
        ("### Why", "### Why\nx\n\n### Why", "a second `### Why`"),
        ("### Why", "### Answer\nx\n\n### Why", "`### Answer` is for self cards"),
        ("### Why", "###Why", "a heading needs a space after its #"),
        ("One rule.", "- [x] one", "move the options above `### Why`"),
        ("```sql\nSELECT 1;", "```sql hidden\nSELECT 1;", "move the hidden fence above `### Why`"),
        ("```sql setup", "```sql first", "a fence is shown, setup, hidden, answer, match, reject or wrong=id"),
        ("```sql setup", "```slq setup", "a fence needs a language"),
        ("```sql wrong=count", "```sql wrong=Count", "wrong= names a misconception id"),
        ("```sql wrong=count-star-skips-null", "```sql wrong=typo", "no option names {typo}"),
        ("Dee has", "    Dee has", "indented code: put it into a fence"),
        ("Dee has", "> ```sql\n> 1\n> ```\n\nDee has", "code and headings cannot stand inside"),
        ("Dee has", "[a]: https://x.org\n\nDee has", "write links in place"),
        ("Dee has never", "Dee\u200b has", "delete the invisible character U+200B"),
    ],
)
def test_a_broken_card_is_named_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in CHOICE
    text = FRONT + CHOICE.replace(old, new, 1)
    found = complaints(tmp_path, text)
    assert [line for line, _, told in found if reason in told], found
    assert all(1 <= line <= text.count("\n") + 1 for line, _, _ in found)


@pytest.mark.parametrize(
    ("card", "old", "new", "reason"),
    [
        (CLOZE, "==LEFT JOIN==", "LEFT JOIN", "0 gaps"),
        (CLOZE, "Keep every", "Keep ==every==", "2 gaps"),
        (CLOZE, "- [ ] JOIN", "- [x] JOIN", "a cloze card's key is its ==gap=="),
        (CLOZE, "- [ ] JOIN :: drops members without loans {inner-keeps-all}\n", "", "no wrong answer"),
        (CLOZE, "ask: cloze", "ask: short", "no key"),
        (SELF, "### Answer\nThe rows **without** a partner.\n", "", "a self card needs `### Answer`"),
        (SELF, "### Answer", "- [x] a\n\n### Answer", "a self card has no options"),
        (SELF, "check: source", "check: sql library value", "a self card is graded by the learner"),
        (SELF, "Say what an outer join keeps.\n", "", "no question"),
        (SELF, "### Why\nThat is its purpose.", "", "no explanation"),
        (SELF, "### Answer\nThe", "### Why\nx\n\n### Answer\nThe", "`### Answer` comes before `### Why`"),
    ],
)
def test_each_way_of_asking_needs_its_parts(tmp_path: Path, card: str, old: str, new: str, reason: str) -> None:
    assert old in card
    found = complaints(tmp_path, FRONT + card.replace(old, new, 1))
    assert [told for _, _, told in found if reason in told], found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "start with front matter"),
        (CHOICE, "start with front matter"),
        ("---\ndeck: x\n", "the front matter is not closed"),
        (FRONT, "no card"),
        (FRONT.replace("deck: joins\n", "") + CHOICE, "the front matter has no deck:"),
        (FRONT.replace("step: 4", "step: 11") + CHOICE, "step: is a number from 1 to 10"),
        (FRONT.replace("step: 4", "step: 4\ncolour: red") + CHOICE, 'not "colour: red"'),
        (FRONT.replace("step: 4", "step: 4\nstep: 5") + CHOICE, "step: stands twice"),
        (FRONT.replace("deck: joins", "deck: SQL joins") + CHOICE, "write deck: in a-z"),
        (FRONT + "Some words.\n\n" + CHOICE, "text before the first card"),
        (FRONT + CHOICE + "\n" + CHOICE, "this id is already taken at line 7"),
    ],
)
def test_a_broken_file_is_named_too(tmp_path: Path, text: str, reason: str) -> None:
    found = complaints(tmp_path, text)
    assert [told for _, _, told in found if reason in told], found


def test_an_unclosed_fence_is_the_only_complaint_about_its_card(tmp_path: Path) -> None:
    text = FRONT + SELF.replace("Say what", "```sql\nSELECT 1;\n\nSay what")
    assert [(line, reason.split(";")[0]) for line, _, reason in complaints(tmp_path, text)] == [
        (line_of(text, "```sql"), "this fence is never closed")
    ]


def test_all_complaints_of_a_file_come_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = (
        FRONT
        + CHOICE.replace("level: 3", "level: 9").replace("- [x] 1", "- [ ] 1")
        + SELF.replace("since: 2026-11-22", "since: today")
    )
    path = saved(tmp_path, text)
    with pytest.raises(DeckError) as raised:
        read_deck(path)
    assert str(raised.value).splitlines() == [
        f"{path}:7: join-dee-counts: no key: mark the right option with [x]",
        f'{path}:12: join-dee-counts: level: is a whole number from 1 to 5, not "9"',
        f'{path}:{line_of(text, "since: today")}: join-say-it: since: is a date like 2026-11-22, not "today"',
    ]


def test_bytes_that_are_no_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "joins.md"
    path.write_bytes(FRONT.encode() + b"caf\xe9\n")
    with pytest.raises(DeckError, match=r"joins\.md:7: not UTF-8"):
        read_deck(path)


def test_a_missing_file_and_an_empty_folder_are_deck_errors(tmp_path: Path) -> None:
    with pytest.raises(DeckError, match=r"gone\.md:0: cannot be read: No such file"):
        read_deck(tmp_path / "gone.md")
    with pytest.raises(DeckError, match="no deck"):
        read_decks(tmp_path)
    with pytest.raises(DeckError, match="no deck"):
        read_decks(tmp_path / "gone")


def test_a_folder_gives_the_readable_decks_and_the_complaints_about_the_rest(tmp_path: Path) -> None:
    saved(tmp_path, FRONT + CHOICE, "b.md")
    saved(tmp_path, "nothing", "a.md")
    saved(tmp_path, "# For authors", "README.md")
    decks, findings = collect_decks(tmp_path)
    assert [deck.id for deck in decks] == ["joins"]
    assert {Path(finding.path).name for finding in findings} == {"a.md"}
    with pytest.raises(DeckError) as raised:
        read_decks(tmp_path)
    assert raised.value.findings == findings
    (tmp_path / "a.md").unlink()
    assert read_decks(tmp_path) == decks


def test_a_finding_about_a_whole_file_names_no_card() -> None:
    assert str(Finding("a.md", 3, "", "odd")) == "a.md:3: odd"


def test_misconceptions_come_from_the_file_and_the_folder(tmp_path: Path) -> None:
    saved(tmp_path, '# all\n\n[one]\nsays = "One."\ntopic = "a.b"\n', "misconceptions.toml")
    (tmp_path / "misconceptions.d").mkdir()
    saved(tmp_path, '[two]\nsays = "Two."\ntopic = "a.c"\n', "misconceptions.d/x.toml")
    found = read_misconceptions(tmp_path)
    assert {id_: (one.says, one.topic, one.line) for id_, one in found.items()} == {
        "one": ("One.", "a.b", 3),
        "two": ("Two.", "a.c", 1),
    }
    assert read_misconceptions(tmp_path / "gone") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[one]\nsays = "x\n', "2: not TOML"),
        ('[one]\nsays = "x"\n', "1: one: a misconception has exactly"),
        ('[one]\nsays = ""\ntopic = "a"\n', "`says` and `topic` must be text"),
        ('[one]\nsays = 1\ntopic = "a"\n', "`says` and `topic` must be text"),
        ('[One]\nsays = "x"\ntopic = "a"\n', "write a misconception id"),
        ('says = "x"\n', "a misconception has exactly"),
        ('[one]\nsays = "x"\ntopic = "a"\n[one]\nsays = "x"\ntopic = "a"\n', "not TOML"),
        ('[two]\nsays = "x"\ntopic = "a"\n', "already declared at"),
        (f"a = {'[' * 5000}", "not TOML"),
    ],
)
def test_a_broken_misconception_file_is_named_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    saved(tmp_path, '[two]\nsays = "Two."\ntopic = "a.c"\n', "misconceptions.toml")
    (tmp_path / "misconceptions.d").mkdir()
    saved(tmp_path, text, "misconceptions.d/x.toml")
    with pytest.raises(DeckError) as raised:
        read_misconceptions(tmp_path)
    assert "x.toml:" in str(raised.value)
    assert reason in str(raised.value)


SIGNS = ["\n", "\t", "\r", "\\", "`", "|", "{", "}", "```", "~~~\n", "==", "::", ">", "\x00", "\ue000"]
LINES = (
    "---\n",
    "## ",
    "### Why\n",
    "- [x] ",
    "- [ ] ",
    " :: ",
    "ask: ",
    "level: ٣\n",
    "    ",
    "[a]: b\n",
    "1. ",
)
PIECES = st.sampled_from((*SIGNS, *LINES, "<https://["))
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 60), st.one_of(PIECES, st.text(max_size=8))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(edits=EDITS, broken_byte=st.booleans())
def test_whatever_is_typed_into_a_deck_only_deck_errors_come_out(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, str]], broken_byte: bool
) -> None:
    text = FRONT + "\n".join([CHOICE, SELF, CLOZE])
    for place, length, piece in edits:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    raw = text.encode("utf-8", "surrogatepass")
    path = tmp_path_factory.getbasetemp() / "mutated.md"
    path.write_bytes(raw[: len(raw) // 2] + b"\xff" * broken_byte + raw[len(raw) // 2 :])
    findings: tuple[Finding, ...] = ()
    try:
        deck = read_deck(path)
    except DeckError as error:
        findings = error.findings
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    assert all(0 < finding.line <= lines for finding in findings)
    if not findings:
        lint([deck], {}, set())
        assert write([deck]).count("\n") == len(deck.cards)
        assert [make_sheet(card).id for card in deck.cards] == [card.id for card in deck.cards]
