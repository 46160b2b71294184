"""A card is rendered once, safely, and tells nothing before the answer."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.cards import Ask, Card, Contrast, Option, Source
from quizzes.rendering import COLOURED, highlight_code, render_gapped, render_inline, render_markdown
from quizzes.sheets import Sheet, SheetError, make_sheet, shuffled

CARD = Card(
    id="join-dee-counts",
    deck="joins",
    ask=Ask.CHOICE,
    check=("sql", "library", "value"),
    topic="sql.joins.outer",
    bloom="apply",
    level=3,
    sources=(Source("SQLite, count(*)", "https://sqlite.org/lang_aggfunc.html"),),
    needs=(),
    since=date(2026, 11, 22),
    rev=2,
    hint="Count the `NULL` rows first.",
    tags=(),
    reviewed=None,
    is_retired=False,
    prompt="What does <b>this</b> return?\n\n```sql\nSELECT COUNT(*) FROM member;\n```",
    fences=(),
    options=(
        Option("`1`", True, "one *row*", None, 20),
        Option("`a < b`", False, "no `rows`", "mix-up", 21),
        Option("NULL", False, "never", "null-up", 22),
    ),
    answer=None,
    why="One **rule**.",
    accept=(),
    input=None,
    sizes=(),
    line=7,
    path="joins.md",
    contrasts=(Contrast("one against two", "one-or-two"), Contrast("NULL against 0", "null-or-0", ("null-up",))),
)
CLOZE = replace(
    CARD,
    ask=Ask.CLOZE,
    prompt="Keep `==LEFT JOIN==` all.",
    accept=("`LEFT OUTER JOIN`",),
    options=(Option("JOIN < all", False, "drops `rows`", "mix-up", 21),),
)


class Tags(HTMLParser):
    """Collects what a browser would make of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_a_sheet_carries_the_rendered_card() -> None:
    sheet = make_sheet(CARD)
    assert (sheet.id, sheet.deck, sheet.ask, sheet.topic) == (
        "join-dee-counts",
        "joins",
        Ask.CHOICE,
        "sql.joins.outer",
    )
    assert (sheet.level, sheet.rev, sheet.hint) == (3, 2, "Count the NULL rows first.")
    assert sheet.prompt.startswith("<p>What does &lt;b&gt;this&lt;/b&gt; return?</p>\n<pre ")
    assert (sheet.answer, sheet.why) == ("", "<p>One <strong>rule</strong>.</p>\n")
    assert sheet.sources == (("SQLite, count(*)", "https://sqlite.org/lang_aggfunc.html"),)
    assert [(one.text, one.html, one.is_right, one.reason, one.misconception) for one in sheet.options] == [
        ("1", "<code>1</code>", True, "one <em>row</em>", ""),
        ("a < b", "<code>a &lt; b</code>", False, "no <code>rows</code>", "mix-up"),
        ("NULL", "NULL", False, "never", "null-up"),
    ]


def test_option_keys_stay_when_options_are_reordered_and_differ_between_cards() -> None:
    turned = make_sheet(replace(CARD, options=CARD.options[::-1]))
    assert [one.key for one in turned.options] == [one.key for one in make_sheet(CARD).options][::-1]
    assert all(re.fullmatch(r"[0-9a-f]{6}", one.key) for one in turned.options)
    other = make_sheet(replace(CARD, id="another"))
    assert not {one.key for one in turned.options} & {one.key for one in other.options}


def test_a_cloze_sheet_knows_the_gap_but_never_shows_it() -> None:
    sheet = make_sheet(CLOZE)
    assert sheet.prompt == '<p>Keep <code><span class="gap">…</span></code> all.</p>\n'
    assert [(one.text, one.html, one.is_right) for one in sheet.options] == [
        ("LEFT JOIN", "LEFT JOIN", True),
        ("JOIN < all", "JOIN &lt; all", False),
    ]
    assert sheet.accept == ("LEFT OUTER JOIN",)


def test_a_self_sheet_keeps_the_answer_out_of_the_question() -> None:
    sheet = make_sheet(replace(CARD, ask=Ask.SELF, options=(), answer="It is *lazy*."))
    assert sheet.answer == "<p>It is <em>lazy</em>.</p>\n"
    assert "lazy" not in sheet.prompt
    assert sheet.options == ()


def test_double_equals_is_a_gap_on_cloze_cards_only() -> None:
    sheet = make_sheet(replace(CARD, prompt="Is `a==b==c` true?"))
    assert sheet.prompt == "<p>Is <code>a==b==c</code> true?</p>\n"


def test_what_was_mixed_up_decides_which_contrast_comes() -> None:
    sheet = make_sheet(CARD)
    for_all, for_null = sheet.contrasts
    assert [sheet.contrast_to(mixed) for mixed in (["null-up"], ["mix-up", "null-up"])] == [for_null] * 2
    assert [sheet.contrast_to(mixed) for mixed in ([], ["mix-up"])] == [for_all] * 2
    assert make_sheet(replace(CARD, contrasts=CARD.contrasts[1:])).contrast_to(["mix-up"]) is None


@pytest.mark.parametrize("card", [CARD, CLOZE, replace(CARD, ask=Ask.SELF, options=(), answer="So.")])
def test_a_sheet_comes_back_from_json_unchanged(card: Card) -> None:
    sheet = make_sheet(card)
    text = sheet.to_json()
    assert Sheet.from_json(text) == sheet
    assert "\n" not in text
    assert json.loads(text)["id"] == card.id


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{}", '{"ask":"choice"}', "not json"),
        make_sheet(CARD).to_json().replace('"choice"', '"guess"', 1),
        make_sheet(CARD).to_json().replace('"hint"', '"tip"', 1),
    ],
)
def test_text_that_is_no_sheet_is_refused(text: str) -> None:
    with pytest.raises(SheetError, match="not a stored card"):
        Sheet.from_json(text)


def test_one_seed_gives_one_order_whatever_the_author_wrote_first() -> None:
    sheet = make_sheet(CARD)
    turned = make_sheet(replace(CARD, options=CARD.options[::-1]))
    for seed in (0, 1, 2**63, -5):
        assert shuffled(sheet, seed) == shuffled(turned, seed)
        assert set(shuffled(sheet, seed)) == set(sheet.options)


def test_the_key_stands_in_every_place_about_equally_often() -> None:
    sheet = make_sheet(CARD)
    places = [[one.is_right for one in shuffled(sheet, seed)].index(True) for seed in range(3000)]
    assert all(900 < places.count(place) < 1100 for place in range(3))


@pytest.mark.parametrize("ask", [Ask.NUMBER, Ask.SHORT, Ask.CLOZE, Ask.SELF])
def test_there_is_nothing_to_pick_from_when_the_answer_is_typed(ask: Ask) -> None:
    assert shuffled(replace(make_sheet(CARD), ask=ask), 7) == ()
    assert len(shuffled(replace(make_sheet(CARD), ask=Ask.MULTI), 7)) == 3


def test_reading_a_sheet_back_needs_neither_markdown_nor_pygments() -> None:
    program = (
        "import sys; from quizzes.sheets import Sheet; Sheet.from_json(sys.argv[1]);"
        "print([name for name in ('markdown_it', 'pygments', 'quizzes.rendering') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, make_sheet(CARD).to_json()]
    root = Path(__file__).parents[1]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_code_is_highlighted_by_classes_in_a_focusable_box() -> None:
    html = render_markdown("```sql\nSELECT 1; -- a < b\n```")
    assert html.startswith('<pre class="code" tabindex="0"><code class="language-sql"><span class="k">SELECT')
    assert '<span class="c1">-- a &lt; b</span>' in html
    assert "style=" not in html


def test_code_of_no_known_language_is_plain_text() -> None:
    assert render_markdown('```text\n<a> & "b"\n```') == (
        '<pre class="code" tabindex="0"><code class="language-text">&lt;a&gt; &amp; "b"\n</code></pre>\n'
    )
    assert highlight_code("<i>", "klingon") == "&lt;i&gt;"
    assert 'class="language-text"' in render_markdown('```"onload=x\n1\n```')


def test_what_a_lexer_does_not_know_is_not_marked_as_an_error() -> None:
    assert "err" not in highlight_code("SELECT $$ \\ ?", "sql")


def test_links_get_noopener_and_pictures_and_scripts_get_nothing() -> None:
    assert render_inline("[a](https://a.example) <https://b.example>") == (
        '<a href="https://a.example" rel="noopener">a</a> '
        '<a href="https://b.example" rel="noopener">https://b.example</a>'
    )
    assert "<img" not in render_markdown("![a](https://a.example/a.png)")
    assert "<a" not in render_markdown("[a](javascript:alert(1))")


def test_table_columns_are_not_aligned_by_inline_style() -> None:
    html = render_markdown("| a | b |\n|--:|---|\n| 1 | 2 |\n")
    assert "<td>1</td>" in html
    assert "style" not in html


@pytest.mark.parametrize(
    "prompt",
    [
        "Say ==zebra== now.",
        "Say **==zebra==** now.",
        "Say `x ==zebra== y` now.",
        "Say ==`zebra`== now.",
        "```sql\nSELECT * FROM a ==zebra== b ON 'c';\n```",
        "```sql\nSELECT '==zebra==' -- c\n```",
        '```python\nprint(f"==zebra==")  # ==zebra==\n```',
        "```http\nGET / HTTP/1.1\nHost: ==zebra==\n```",
        "| a | b |\n|---|---|\n| ==zebra== | c |",
    ],
)
def test_a_gap_is_empty_wherever_it_stands(prompt: str) -> None:
    html = render_gapped(prompt)
    assert '<span class="gap">…</span>' in html
    assert "zebra" not in html
    assert "==" not in html


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="<>&\"'`*_[]()!#-=|\n ajx:/\\{}~\ue000", max_size=80))
def test_whatever_the_markdown_says_the_html_is_harmless(text: str) -> None:
    allowed = "a blockquote br code em h1 h2 h3 h4 h5 h6 hr li ol p pre span strong table tbody td th thead tr ul"
    for html in (render_markdown(text), render_inline(text), render_gapped(text)):
        tags = tags_of(html)
        assert tags.names <= set(allowed.split())
        assert tags.attributes <= {"class", "href", "rel", "start", "tabindex", "title"}
        assert not [link for link in tags.links if link.lower().startswith(("javascript:", "data:"))]


@given(html=st.sampled_from(["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>"]))
def test_raw_html_is_shown_as_text_in_every_part_of_a_sheet(html: str) -> None:
    options = (Option(html, True, html, None, 1), Option("x", False, html, "mix-up", 2))
    for ask in (Ask.CHOICE, Ask.SHORT, Ask.SELF):
        sheet = make_sheet(replace(CARD, ask=ask, prompt=html, why=html, answer=html, options=options))
        shown = [sheet.prompt, sheet.why, sheet.answer, *(one.html + one.reason for one in sheet.options)]
        assert not tags_of("".join(shown)).names & {"script", "img", "a"}


def test_code_has_spans_for_what_the_style_sheet_colours_and_no_others() -> None:
    style = (Path(__file__).parent.parent / "static" / "site.css").read_text()
    coloured = {name for rule in re.findall(r"\.code :is\(([^)]*)\)", style) for name in re.findall(r"\.(\w+)", rule)}
    assert coloured == COLOURED
    html = render_markdown("```python\ndef total(rows):\n    return sum(rows) + 1  # ok\n```")
    assert set(re.findall(r'<span class="(\w+)">', html)) == {"k", "nf", "nb", "mi", "c1"}
    assert ">total</span>(rows):" in html
