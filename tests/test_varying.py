"""A card that varies: other numbers from time to time, every variant proved, and what was asked is never lost."""

from pathlib import Path

import pytest
from browser import Browser
from factories import held_by, log_of, own_decks
from proving import Write, complaint_of

from quizzes.linting import lint
from quizzes.locking import digest
from quizzes.misconceptions import Misconception
from quizzes.reading import read_decks
from quizzes.sheets import Sheet, make_sheet, variant_of
from quizzes.truth import prove
from quizzes.varying import FormulaError, variants, worked_out

HEAD = "ask: choice\ncheck: python value\nvary: n = 4 | 7"
BODY = """
How many pairs are there of {{n}}?

```python
print(len([1 for a in range({{n}}) for b in range(a)]))
```

- [x] =n*(n-1)//2
- [ ] =n*n :: {{n}} times {{n}} counts each pair twice. {pairs-are-a-square}
- [ ] =n**2 - n :: Each pair twice. {each-pair-twice}

```python wrong=pairs-are-a-square
print({{n}} * {{n}})
```
"""


@pytest.mark.parametrize(
    ("formula", "gives"),
    [
        ("n*(n-1)//2", "21"),
        ("-n % 4 + 2**3", "9"),
        ("max(n, 3) - min(n, k)", "5"),
        ("429 if n > 5 else 200", "429"),
        ("word", "LEFT"),
        ("n == 7", "True"),
    ],
)
def test_a_formula_is_worked_out(formula: str, gives: str) -> None:
    assert worked_out(formula, {"n": 7, "k": 2, "word": "LEFT"}) == gives


@pytest.mark.parametrize(
    "formula",
    ["m", "n/2", "n**99", "n//0", "9**60*9**60", "n.real", "print(n)", "[n]", "n +", "'a'*9", "True", "abs()"],
)
def test_anything_else_is_no_formula(formula: str) -> None:
    with pytest.raises(FormulaError, match="cannot be worked out"):
        worked_out(formula, {"n": 7})


def test_every_variant_is_proved(write: Write, folder: Path) -> None:
    card = write(HEAD, BODY)
    assert [shown.options[0].text for shown in variants(card)] == ["6", "21"]
    proof = prove(card, folder)
    assert (proof.complaints, proof.computed) == ((), "n = 4: 6; n = 7: 21")
    right_once = write(HEAD, BODY, swap=("=n*(n-1)//2", "=n + 2"))
    said = complaint_of(prove(right_once, folder))
    assert said.endswith('option "9" is marked right but the program gives "21" (n = 7)')
    assert digest(write(HEAD, BODY, swap=("4 | 7", "4 | 8"))) != digest(card)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("n = 4 | 7", "n = 4"), "vary: is written n = 4 | 7"),
        (("n = 4 | 7", "n = 4 | 4"), "vary: is written n = 4 | 7"),
        (("n = 4 | 7", "n = 1 | 2 | 3 | 4, k = 1 | 2 | 3 | 4"), "two to 12 variants in all"),
        (("n = 4 | 7", "n: 4"), "vary: is written"),
        (("=n*n", "=n*m"), "the formula 'n\\*m' cannot be worked out"),
    ],
)
def test_what_cannot_vary_is_explained(write: Write, swap: tuple[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        write(HEAD, BODY, swap=swap)


def test_no_two_options_are_equal_in_any_variant(write: Write, folder: Path) -> None:
    write(HEAD, BODY, swap=("=n*n ", "=n*3 - 6 "))
    known = {name: Misconception(name, "It is so.", "x") for name in ("pairs-are-a-square", "each-pair-twice")}
    said = [str(finding) for finding in lint(read_decks(folder), known)]
    assert any('"6" stands twice among the answers' in finding for finding in said)


def test_a_sheet_has_all_variants_and_the_token_says_which(write: Write) -> None:
    sheet = Sheet.from_json(make_sheet(write(HEAD, BODY)).to_json())
    assert sheet == make_sheet(write(HEAD, BODY))
    asked = {token: variant_of(sheet, token) for token in "abcdefgh"}
    assert {shown.prompt for shown in asked.values()} == {variant.prompt for variant in sheet.variants}
    assert all(variant_of(sheet, token) is shown for token, shown in asked.items())
    assert len({tuple(option.key for option in shown.options) for shown in sheet.variants}) == 1, "one option, one key"
    assert all("{{" not in shown.to_json() for shown in sheet.variants)


def test_alice_gets_other_numbers_and_her_answer_can_be_read_as_it_was_asked(alice: Browser) -> None:
    assert alice.person is not None
    slug = next(card.id for deck in own_decks() for card in deck.cards if card.vary and card.ask == "number")
    sheet = held_by(alice.app, alice.person, slug).sheet
    prompts = {variant.prompt for variant in sheet.variants}
    pages = [alice.get(f"/quizzes/today?card={slug}").html for _ in range(30)]
    assert len({prompt for prompt in prompts for html in pages if prompt in html}) > 1
    shown = next(variant for variant in sheet.variants if variant.prompt in alice.page.html)
    page = alice.answer("no number", status=422)
    assert shown.prompt in page.html, "the same numbers again"
    page = alice.answer(shown.options[0].text)
    assert ("Right." in page.said, shown.prompt in page.html) == (True, True)
    (row,) = log_of(alice.app, alice.person, slug)
    assert variant_of(sheet, row.token) == shown
    assert shown.prompt in alice.get(f"/quizzes/answers/{row.id}").html
    assert "one of its 4 variants" in alice.get(f"/quizzes/cards/{slug}").html
