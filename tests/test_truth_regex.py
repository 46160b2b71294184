"""Says that cards about patterns hold when Python's re says so, and that steps are counted as its matcher goes."""

import re

import pytest
from proving import ProveIt

from quizzes.truth.backtracking import BudgetError, PatternError, count_steps

COUNT = (
    "ask: number\ncheck: regex count",
    """
    How many pass?

    ```python
    re.match(r"[0-9]{2}", line)
    ```

    ```text
    12
    "12\\n"
    123
    ```

    - [x] 3
    - [ ] 1 :: Only the start is looked at. {whole}
    - [ ] 2 :: It is no end of a line. {lines}

    ```python wrong=whole
    re.fullmatch(r"[0-9]{2}", line)
    ```

    ```python wrong=lines
    re.match(r"[0-9]{2}$", line)
    ```
    """,
)
EACH = (
    "ask: multi\ncheck: regex each",
    'Which pass?\n\n```python\nre.search(r"^a$", line)\n```\n\n- [x] `a`\n- [x] `"a\\n"`\n- [ ] `b` :: No a. {other}',
)
LINES = "```text match\n10\n99\n```\n\n```text reject\n9\n100\n```\n"
FITS = (
    "ask: cloze\ncheck: regex fits",
    f'Two digits.\n\n```python\nre.fullmatch(r"[0-9]=={{2}}==", line)\n```\n\n{LINES}\n- [ ] + :: Any number. {{plus}}',
)
GROWTH = (
    "ask: choice\ncheck: regex growth",
    """
    How fast?

    ```python
    re.fullmatch(r"(a+)+", "a" * n + "!")
    ```

    - [x] O(2^n)
    - [ ] O(n) :: Nested. {line}
    - [ ] O(n^2) :: Nested. {square}

    ```python wrong=line
    re.fullmatch(r"a+", "a" * n + "!")
    ```

    ```python wrong=square
    re.search(r"a+$", "a" * n + "!")
    ```
    """,
)


@pytest.mark.parametrize(
    ("card", "key"), [(COUNT, "3"), (EACH, 'a | "a\\n"'), (FITS, "{2}"), (GROWTH, "O(2^n)")], ids=lambda one: one[0]
)
def test_a_right_pattern_card_is_proved(prove_it: ProveIt, card: tuple[str, str], key: str) -> None:
    proof = prove_it(*card)
    assert (proof.computed, proof.complaints, proof.is_run) == (key, (), True)


@pytest.mark.parametrize(
    ("card", "swap", "says"),
    [
        (COUNT, ("re.match(r", "re.search(r"), ""),
        (COUNT, ("\n    123\n", "\n    x\n"), 'marked right but the call gives "2"'),
        (COUNT, ("line)\n    ```\n\n    ```text", "open(line))\n    ```\n\n    ```text"), "does not know open(line)"),
        (COUNT, ("re.match(r", "import re; re.match(r"), "one call of re stands in this fence"),
        (COUNT, ("re.match(r", "re.findall(r"), "wants match, fullmatch, search"),
        (COUNT, ('{2}", line)\n    ```\n\n    ```text', '{2", other)\n    ```\n\n    ```text'), "no other"),
        (COUNT, ('[0-9]{2}", line)\n    ```\n\n', '(", line)\n    ```\n\n'), "fails with error: missing )"),
        (COUNT, ("```text", "```json"), "wants a shown text fence"),
        (COUNT, ("```python wrong=whole", "```text match"), "never runs this text match fence"),
        (COUNT, ("regex count", "regex speed"), 'is not "regex value|count|each|fits|growth"'),
        (EACH, ('"a\\n"', '"a\\n\\n"'), "is marked right but does not match"),
        (EACH, ('"a\\n"', '"a\\"'), "is no string in quotes"),
        (FITS, ("99\n", "999\n"), "does not match every line and reject the others"),
        (FITS, ("text reject", "text"), "wants a text match and a text reject fence"),
        (GROWTH, ('(r"(a+)+", "a" * n', '(r"(?=a)(a+)+", "a" * n'), '"(?=" is not counted'),
        (GROWTH, ('"a" * n + "!"', '"a" * n - "!"'), "is made of texts, n, + and *"),
        (GROWTH, ("(a+)+", "a*a*a*a*a*a*a*a*"), "sizes could be counted, 5 are needed"),
    ],
)
def test_a_pattern_card_that_does_not_hold_is_named(
    prove_it: ProveIt, card: tuple[str, str], swap: tuple[str, str], says: str
) -> None:
    head, body = card[0].replace(*swap), card[1].replace(*swap, 1)
    assert (head, body) != card
    complaints = prove_it(head, body).complaints
    assert says in complaints[0] if says else complaints == ()


def test_what_a_call_gives_is_told_so_that_white_space_shows(prove_it: ProveIt) -> None:
    body = 'What?\n\n```python\nre.sub(r"a", "\\n", "ba")\n```\n\n- [x] `\'b\\n\'`\n- [ ] b :: It stays. {gone}'
    assert prove_it("ask: short\ncheck: regex value", body).complaints == ()
    fails = prove_it(
        "ask: short\ncheck: regex value", body.replace('"a", "\\n"', '"(", ""').replace("`'b\\n'`", "error")
    )
    assert fails.computed == "error", "an exception is what it gives"


@pytest.mark.parametrize(
    "pattern", ["a*b|ab?c", "(a|ab)(c|bcd)(d*)", "a{1,2}?[^b-c]$", r"(?:\d+-?)*x", r"\ba+\b\Z", "^a$", "(a*)*b", "a{2}"]
)
def test_the_counting_matcher_finds_what_python_finds(pattern: str) -> None:
    for text in ("", "a", "ab", "abc", "abcd", "aa", "aax", "1-2-3x", "12-", "a\n", "a\n\n", "aab", "b a"):
        for call in ("match", "fullmatch", "search"):
            found = getattr(re, call)(pattern, text) is not None
            assert count_steps(call, pattern, text, 10_000)[1] is found, (call, text)


def test_a_step_is_a_character_held_against_a_part() -> None:
    assert count_steps("fullmatch", "ab", "ab", 9) == (2, True)
    assert count_steps("search", "b", "aab", 9) == (3, True)
    assert count_steps("fullmatch", "a+b", "aaa", 9) == (7, False), "a a a, no fourth; then b is tried three times"
    with pytest.raises(BudgetError):
        count_steps("fullmatch", "(a+)+", "a" * 30 + "!", 1_000)
    for unknown in ("(?i)a", r"(a)\1", "a++", "a)", "(a", "a{2", r"\B"):
        with pytest.raises(PatternError):
            count_steps("match", unknown, "a", 9)
