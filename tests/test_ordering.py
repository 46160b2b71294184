"""An order card: lines are put into order by number, judged exactly, and told from the first wrong place on."""

from pathlib import Path

import pytest
from browser import Browser
from factories import held_by, log_of, right_answer, slugs_of, wrong_answer
from proving import Write, complaint_of

from quizzes.cards import Ask
from quizzes.grading import AnswerError, Verdict, judge
from quizzes.locking import digest
from quizzes.ordering import order_of, placing
from quizzes.sheets import make_sheet, shuffled
from quizzes.truth import prove

HEAD = "ask: order\ncheck: python value"
BODY = """
In which order?

1. Wash
2. **Rinse** the `cup`
3. Dry

- [ ] 3 1 2 :: A wet cup is not dry. {drying-comes-first}

```python hidden
print("Wash", "**Rinse** the cup", "Dry", sep="\\n")
```

```python wrong=drying-comes-first
print("Dry", "Wash", "**Rinse** the cup", sep="\\n")
```
"""


def test_the_program_prints_the_order_and_each_wrong_one(write: Write, folder: Path) -> None:
    card = write(HEAD, BODY)
    assert prove(card, folder).complaints == ()
    said = complaint_of(prove(write(HEAD, BODY, swap=("- [ ] 3 1 2", "- [ ] 3 2 1")), folder))
    assert 'drying-comes-first gives "Dry, Wash, **Rinse** the cup" but its option says' in said
    said, _ = prove(write(HEAD, BODY, swap=("1. Wash\n2.", "1. Wipe\n2.")), folder).complaints
    assert 'option "Wipe, **Rinse** the cup, Dry" is marked right but the program gives "Wash, ' in said
    moved = write(HEAD, BODY, swap=("1. Wash\n2. **Rinse** the `cup`", "1. **Rinse** the `cup`\n2. Wash"))
    assert digest(moved) != digest(card), "the order is what is asked"


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("3. Dry", ""), "2 lines: an order card has three to seven"),
        (("- [ ] 3 1 2", "- [ ] 3 1 1"), '"3 1 1" is no wrong order'),
        (("- [ ] 3 1 2", "- [ ] 1 2 3"), '"1 2 3" is no wrong order'),
        (("3. Dry", "3. Dry\n   - well"), "a line of an order is one line of text"),
        (("3. Dry", "3. Dry\n\nThen\n\n1. Rest"), "a second numbered list"),
    ],
)
def test_what_is_no_order_is_explained(write: Write, swap: tuple[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        write(HEAD, BODY, swap=swap)


def test_an_order_is_judged_exactly(write: Write) -> None:
    sheet = make_sheet(write(HEAD, BODY))
    keys = [option.key for option in sheet.options]
    assert judge(sheet, sorted(placing(sheet, [1, 2, 3]))) == Verdict(is_right=True)
    assert judge(sheet, placing(sheet, [3, 1, 2])).misconceptions == ("drying-comes-first",)
    assert judge(sheet, placing(sheet, [2, 1, 3])) == Verdict(is_right=False)
    assert order_of(sheet, placing(sheet, [3, 1, 2])) == (3, 1, 2)
    assert {option.text for option in shuffled(sheet, 4)} == {"Wash", "**Rinse** the cup", "Dry"}
    assert len({shuffled(sheet, seed) for seed in range(40)}) == 6
    twice = [f"{key}:1" for key in keys[:3]]
    for given, says in [([], "Give each line"), (twice, "Give each line"), (["abc:1"] * 3, "not on this card")]:
        with pytest.raises(AnswerError, match=says):
            judge(sheet, given)


def test_alice_puts_lines_into_order_without_javascript(alice: Browser) -> None:
    assert alice.person is not None
    slug = slugs_of(alice.app, Ask.ORDER)[0]
    held = held_by(alice.app, alice.person, slug)
    page = alice.get(f"/quizzes/today?card={slug}")
    count = len(page.find("select", name="answer"))
    assert count == len(right_answer(held))
    page = alice.answer(*right_answer(held)[:-1], "", status=422)
    assert "Give each line a place of its own" in page.said
    chosen = [str(option.get("value")) for option in page.find("option") if option.get("selected") is not None]
    assert sorted(filter(None, chosen)) == sorted(right_answer(held)[:-1]), "what she chose stands there still"
    page = alice.answer(*wrong_answer(held))
    assert ("Not quite" in page.said, page.html.count("The first wrong place: you put it at")) == (True, 1)
    assert log_of(alice.app, alice.person, slug)[0].is_right is False
    alice.get(f"/quizzes/cards/{slug}")
    alice.get(f"/quizzes/today?card={slug}")
    page = alice.answer(*right_answer(held))
    assert "Right." in page.said
    assert "The first wrong place" not in page.html
