"""Says that cards about tests hold when pytest, run on their files, gives what they claim: at most five starts."""

from proving import ProveIt, complaint_of

OUTCOMES = "ask: choice\ncheck: pytest outcomes -k 'not slow'"
BODY = """
What does pytest say?

```python setup
def half(number):
    return number // 2
```

```python
# conftest.py
import pytest

@pytest.fixture
def four():
    print("four")
    yield 4
    print("gone")
```

```python
import pytest
from app import half

def test_even(four):
    assert half(four) == 2

@pytest.mark.parametrize("number", [1, 3])
def test_odd(number):
    assert half(number) == number / 2

def test_slow():
    raise TimeoutError
```

- [x] 2 failed, 1 passed, 1 deselected
- [ ] 2 failed, 1 passed :: What is left out is counted. {a}
- [ ] 1 failed, 1 passed, 1 deselected :: Each value is a test. {b}
"""
CATCHES = """
Which line finds the bug?

```python
# app.py
def is_adult(age):
    return age > 18
```

```python answer
def is_adult(age):
    return age >= 18
```

- [x] `assert is_adult(18)`
- [ ] `assert is_adult(19)` :: Both versions say so. {a}
- [ ] `assert not is_adult(18)` :: The right code fails here. {b}
"""


def test_counts_names_and_prints_are_what_pytest_gives(prove_it: ProveIt) -> None:
    counted = prove_it(OUTCOMES, BODY)
    assert (counted.computed, counted.complaints) == ("2 failed, 1 passed, 1 deselected", ())
    printed = prove_it(OUTCOMES.replace("outcomes -k", "prints -k"), BODY)
    assert (printed.computed, printed.is_run) == ("four\ngone", True)
    assert 'trial.md:49: card trial-card: option "2 failed' in complaint_of(printed)


def test_a_line_catches_a_bug_when_only_the_right_code_passes(prove_it: ProveIt) -> None:
    proof = prove_it("ask: choice\ncheck: pytest each catches", CATCHES)
    assert (proof.computed, proof.complaints) == ("assert is_adult(18)", ())


def test_what_cannot_be_run_is_named_before_pytest_starts(prove_it: ProveIt) -> None:
    assert "pytest wants" in complaint_of(prove_it("ask: choice\ncheck: pytest colour", BODY))
    unfinished = prove_it("ask: choice\ncheck: pytest each catches", CATCHES, ("python answer", "text"))
    assert "wants an answer fence" in complaint_of(unfinished)


def test_a_test_that_nobody_wrote_is_no_option(prove_it: ProveIt) -> None:
    proof = prove_it("ask: multi\ncheck: pytest each passed", BODY)
    assert 'pytest ran no test "2 failed, 1 passed, 1 deselected", only test_even, test_odd[1]' in complaint_of(proof)
