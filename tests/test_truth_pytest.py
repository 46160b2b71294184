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

```python wrong=b
from app import half

def test_even(four):
    assert half(four) == 2

def test_odd():
    assert half(3) == 1.5
```
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
- [ ] `assert is_adult(17)` :: Both versions fail here. {b}
"""


def test_the_key_and_a_belief_are_what_pytest_counts(prove_it: ProveIt) -> None:
    proof = prove_it(OUTCOMES, BODY)
    assert (proof.computed, proof.is_run) == ("2 failed, 1 passed, 1 deselected", True)
    assert complaint_of(proof) == (
        'trial.md:53: card trial-card: the wrong fence b gives "1 failed, 1 passed" but its option says '
        '"1 failed, 1 passed, 1 deselected"'
    )


def test_a_line_catches_a_bug_when_only_the_right_code_passes(prove_it: ProveIt) -> None:
    proof = prove_it("ask: choice\ncheck: pytest each catches", CATCHES)
    assert (proof.computed, proof.complaints) == ("assert is_adult(18)", ())


def test_what_cannot_be_run_is_named_before_pytest_starts(prove_it: ProveIt) -> None:
    assert "pytest wants" in complaint_of(prove_it("ask: choice\ncheck: pytest colour", BODY))
    unfinished = prove_it("ask: choice\ncheck: pytest each catches", CATCHES, ("python answer", "text"))
    assert "wants an answer fence" in complaint_of(unfinished)


def test_a_test_that_nobody_wrote_is_no_option(prove_it: ProveIt) -> None:
    proof = prove_it("ask: multi\ncheck: pytest each passed", BODY, ("python wrong=b", "text"))
    assert 'pytest ran no test "2 failed, 1 passed, 1 deselected", only test_even, test_odd[1]' in complaint_of(proof)
