"""Says that bigo cards hold when counting says so, and that code whose cost cannot be counted is refused."""

import textwrap

import pytest
from proving import ProveIt, complaint_of

from quizzes.truth import Proof

BIGO = (
    "ask: choice\ncheck: bigo time",
    """
    How does it grow?

    ```python
    def f(n):
        for i in range(n):
            for j in range(n):
                pass
    ```

    - [x] O(n²)
    - [ ] `O(n)` :: The loops multiply. {loops-add}
    - [ ] O(n^3) :: Two loops, not three. {each-line-multiplies}

    ```python wrong=loops-add
    def f(n):
        for i in range(n):
            pass
        for j in range(n):
            pass
    ```
    """,
)


def test_a_right_growth_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*BIGO) == Proof("trial-card", "bigo", "O(n^2)", (), True)


LOOP = "for j in range(n):\n            pass\n```"


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("O(n²)", "O(n log n)"), 'option "O(n log n)" is marked right but counting gives "O(n^2)"'),
        (("`O(n)`", "O(log n)"), 'the wrong fence loops-add gives "O(n)" but its option says "O(log n)"'),
        (("O(n^3)", "O(n * n)"), ""),
        (("O(n^3)", "O(n**2)"), "is marked wrong but is what counting gives"),
        ((LOOP, "[1, 2].sort()\n```"), "trial.md:21: card trial-card: bigo time refuses [1, 2].sort()"),
        ((LOOP, "sorted(range(n))\n```"), "refuses sorted(range(n)): its cost hides in C"),
        ((LOOP, "sum(range(n))\n```"), "refuses sum(range(n))"),
        ((LOOP, "'abc'[1:]\n```"), "refuses a slice"),
        ((LOOP, "x = [*range(n)]\n```"), "refuses a starred expression"),
        ((LOOP, "x = [0] * n\n```"), "refuses f: it builds a list with an operator"),
        ((LOOP, "x = [0]\n        x *= n\n```"), "refuses f: it builds a list with an operator"),
        ((LOOP, "x = 'a' + 'b'\n```"), "refuses f: it builds a str with an operator"),
        ((LOOP, "i in list(i for i in range(n))\n```"), "refuses f: it searches a list with in"),
        ((LOOP, "[i].pop(0)\n```"), "refuses [i].pop(0)"),
        ((LOOP, "yield from range(n)\n```"), "refuses yield from"),
        ((LOOP, "import random\n```"), "refuses import random"),
        ((LOOP, "from os import *\n```"), "refuses from os import *"),
        ((LOOP, "d = {}; del d[i]\n```"), "refuses del on a subscript"),
        ((LOOP, "i / 0\n```"), "f(n) fails with ZeroDivisionError: division by zero"),
        ((LOOP, "while 2 in {2}: 1 / 1\n```"), "only 0 sizes could be counted"),
        ((LOOP, "for j in range(n\n```"), "trial.md:21: card trial-card: not Python"),
        (("def f(n):\n    for i in range(n):\n        for j", "for i in []:\n    if i:\n        for j"), "no function"),
    ],
)
def test_a_growth_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    written = (BIGO[0], textwrap.dedent(BIGO[1]))
    proof = prove_it(*written, swap=swap)
    assert proof.complaints == () if not says else says in complaint_of(proof)


def test_a_count_without_end_runs_out_of_time(prove_it: ProveIt) -> None:
    proof = prove_it(BIGO[0], textwrap.dedent(BIGO[1]), (LOOP, "while True: pass\n```"), limit_seconds=1)
    assert "still running after 1 s" in complaint_of(proof)


def test_a_hidden_driver_counts_a_shown_class(prove_it: ProveIt) -> None:
    body = """
    How do n calls of `push` grow?

    ```python
    class Stack:
        def __init__(self):
            self.items, self.used = [None], 0

        def push(self, item):
            if self.used == len(self.items):
                bigger = [None for _ in range(2 * self.used)]
                for place in range(self.used):
                    bigger[place] = self.items[place]
                self.items = bigger
            self.items[self.used] = item
            self.used += 1
    ```

    ```python hidden
    def drive(n):
        stack = Stack()
        for item in range(n):
            stack.push(item)
    ```

    - [x] O(n)
    - [ ] O(n^2) :: Few pushes copy. {each-push-copies}
    - [ ] O(n log n) :: The copies add up to n. {doubling-costs-log}

    ```python wrong=each-push-copies
    class Stack:
        def __init__(self):
            self.items = []

        def push(self, item):
            self.items = [old for old in self.items]
            self.items.append(item)
    ```
    """
    assert prove_it("ask: choice\ncheck: bigo time", body) == Proof("trial-card", "bigo", "O(n)", (), True)
    refused = prove_it("ask: choice\ncheck: bigo time", body, ("stack.push(item)", "stack.push(max(stack.items))"))
    assert "refuses max(stack.items)" in complaint_of(refused)


def test_what_the_setup_does_for_the_counted_code_is_read_as_well(prove_it: ProveIt) -> None:
    body = """
    ```python setup
    def total(items):
        return sum(items)
    ```

    How does it grow?

    ```python
    def f(items):
        return total(items)
    ```

    - [x] O(n)
    - [ ] O(1) :: The sum reads all. {one-call-one-step}
    """
    head = "ask: short\ncheck: bigo time\ninput: list(range(n))"
    assert complaint_of(prove_it(head, body)).startswith("trial.md:19: card trial-card: bigo time refuses sum(items)")


def test_sizes_of_a_card_are_used(prove_it: ProveIt) -> None:
    head = BIGO[0] + "\nsizes: 20 25 30 40 50"
    assert "must span a factor of 3" in complaint_of(prove_it(head, BIGO[1]))
