"""Says that the growth of known functions is found, and that no growth is forced into a class it does not fit."""

from collections.abc import Callable
from math import factorial, isqrt, log2, sqrt

import pytest
from proving import ProveIt

from quizzes.truth import Proof
from quizzes.truth.growth import CLASSES, GrowthError, fit_growth, normal_form

FUNCTIONS = """\
# first: O(1), time, list(range(n))
def f(items):
    return items[0]

# swap ends: O(1), time, list(range(n))
def f(a):
    a[0], a[-1] = a[-1], a[0]
    return a

# fixed inner loop: O(1), time, n
def f(n):
    for i in range(1000):
        n += i

# dict get: O(1), time, {i: i for i in range(n)}, n - 1
def f(d, k):
    return d.get(k)

# halving: O(log n), time, n
def f(n):
    k = 0
    while n > 1:
        n //= 2
        k += 1
    return k

# doubling: O(log n), time, n
def f(n):
    i = 1
    while i < n: i *= 2

# thirds: O(log n), time, n
def f(n):
    while n > 1:
        n //= 3

# halving recursion: O(log n), time, n
def f(n):
    if n <= 1:
        return 0
    return 1 + f(n // 2)

# binary search: O(log n), time, list(range(n)), n
def f(items, x):
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low

# trial division: O(sqrt n), time, n
def f(n):
    i = 2
    while i * i <= n:
        i += 1

# loop: O(n), time, list(range(n))
def f(items):
    total = 0
    for x in items:
        total += x
    return total

# one line: O(n), time, list(range(n))
def f(items):
    return [x * 2 for x in items]

# generator: O(n), time, list(range(n))
def f(items):
    return any(x < 0 for x in items)

# two loops: O(n), time, list(range(n))
def f(a):
    for x in a:
        pass
    for x in a:
        pass
    for i in range(50):
        pass

# recursion: O(n), time, n
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)

# halving sum: O(n), time, n
def f(n):
    while n > 1:
        for i in range(n):
            pass
        n //= 2

# memo: O(n), time, n
from functools import cache

@cache
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)

# seen set: O(n), time, list(range(n))
def f(items):
    seen = set()
    for x in items:
        if x in seen:
            return True
        seen.add(x)
    return False

# queue: O(n), time, n
from collections import deque

def f(n):
    q = deque()
    for i in range(n):
        q.append(i)
    while q:
        q.popleft()

# loop of halvings: O(n log n), time, n
def f(n):
    for i in range(n):
        k = n
        while k > 1:
            k //= 2

# merge sort: O(n log n), moves, shuffled(n)
def merge(a, b):
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    while i < len(a):
        out.append(a[i])
        i += 1
    while j < len(b):
        out.append(b[j])
        j += 1
    return out

def f(items):
    if len(items) < 2:
        return items
    middle = len(items) // 2
    return merge(f(items[:middle]), f(items[middle:]))

# nested: O(n^2), time, n
def f(n):
    for i in range(n):
        for j in range(n):
            pass

# pairs: O(n^2), time, n
def f(n):
    k = 0
    for i in range(n):
        for j in range(i + 1, n):
            k += 1
    return k

# nested one line: O(n^2), time, n
def f(n):
    return [(i, j) for i in range(n) for j in range(i)]

# bubble sort: O(n^2), time, shuffled(n)
def f(a):
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]

# triple: O(n^3), time, n
def f(n):
    for i in range(n):
        for j in range(n):
            for k in range(n):
                pass

# triangle triple: O(n^3), time, n
def f(n):
    for i in range(n):
        for j in range(i):
            for k in range(j):
                pass

# subsets: O(2^n), time, n
def f(n):
    if n == 0:
        return 1
    return f(n - 1) + f(n - 1)

# linear search: O(n), compares, list(range(n)), -1
def f(items, x):
    return x in items

# set search: O(1), compares, set(range(n)), 3
def f(items, x):
    return x in items

# list in a loop: O(n^2), compares, shuffled(n), list(range(n))
def f(a, b):
    return [x for x in a if x in b]

# unique by set: O(n), compares, list(range(n))
def f(a):
    return len(set(a)) == len(a)

# largest: O(n), compares, shuffled(n)
def f(a):
    return max(a)

# sorted: O(n log n), compares, shuffled(n)
def f(a):
    return sorted(a)

# sorted texts: O(n log n), compares, [str(i) for i in shuffled(n)]
def f(a):
    a.sort()

# bisect: O(log n), compares, list(range(n)), n
from bisect import bisect

def f(a, x):
    return bisect(a, x)

# appends: O(n), moves, n
def f(n):
    out = []
    for i in range(n):
        out.append(i)

# insert at the front: O(n^2), moves, n
def f(n):
    out = []
    for i in range(n):
        out.insert(0, i)

# pop the front: O(n^2), moves, list(range(n))
def f(a):
    while a:
        a.pop(0)

# pop the end: O(n), moves, list(range(n))
def f(a):
    while a:
        a.pop()

# slices: O(n^2), moves, list(range(n))
def f(a):
    return 0 if not a else a[0] + f(a[1:])

# one copy: O(n), moves, list(range(n))
def f(a):
    return a[:]

# concatenation: O(n^2), moves, n
def f(n):
    out = []
    for i in range(n):
        out = out + [i]

# extension: O(n), moves, n
def f(n):
    out = []
    for i in range(n):
        out += [i]

# text by adding: O(n^2), moves, n
def f(n):
    out = ''
    for i in range(n):
        out += 'x'

# text by joining: O(n), moves, n
def f(n):
    return ''.join(['x' for i in range(n)])

# deleting the front: O(n^2), moves, list(range(n))
def f(a):
    while a:
        del a[0]

# removing the last: O(n), moves, list(range(n)), n - 1
def f(a, x):
    a.remove(x)
"""


def known_functions() -> dict[str, tuple[str, str, str, str]]:
    """Read FUNCTIONS: name -> (class, mode, input, code)."""
    found = {}
    for part in FUNCTIONS.removeprefix("# ").split("\n# "):
        head, _, code = part.partition("\n")
        name, _, rest = head.partition(": ")
        growth, mode, given = rest.split(", ", 2)
        found[name] = (growth, mode, given, code.strip())
    return found


@pytest.mark.parametrize("name", known_functions())
def test_the_growth_of_a_known_function_is_found(prove_it: ProveIt, name: str) -> None:
    growth, mode, given, code = known_functions()[name]
    head = f"ask: short\ncheck: bigo {mode}\ninput: {given}"
    body = f"How does it grow?\n\n```python\n{code}\n```\n\n- [x] {growth}\n- [ ] O(n!) :: No. {{worst}}"
    assert prove_it(head, body) == Proof("trial-card", "bigo", growth, (), True)


@pytest.mark.parametrize(
    "grow",
    [
        lambda n: n * sqrt(n) + 2 * n + 2,
        lambda n: round(log2(n) ** 2),
        lambda n: n**2 * log2(n),
        lambda n: round(n * log2(n) ** 2),
        lambda n: n**4,
        lambda n: 3 ** (n // 8),
        lambda n: factorial(n // 8),
        lambda n: 5000 * (1 + n // 16 % 3),
    ],
)
def test_a_growth_outside_the_classes_is_not_forced_into_one(grow: Callable[[int], float]) -> None:
    with pytest.raises(GrowthError, match="no growth class fits clearly"):
        fit_growth([(n, int(grow(n))) for n in (16, 32, 64, 128, 256, 512)])


@pytest.mark.parametrize("name", CLASSES)
def test_overhead_does_not_hide_the_growth(name: str) -> None:
    sizes = (4, 6, 8, 10, 12, 14, 16) if name == "O(2^n)" else (16, 32, 64, 128, 256, 512)
    leading = CLASSES[name][-1]
    assert fit_growth([(n, 120 + round(3 * leading(n))) for n in sizes]) == name


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ((16, 32, 64, 128), "only 4 sizes could be counted"),
        ((200, 250, 300, 400, 500), "must span a factor of 3"),
        ((1, 2, 4, 8, 16), "the sizes start at 4"),
    ],
)
def test_sizes_that_cannot_tell_are_refused(sizes: tuple[int, ...], says: str) -> None:
    with pytest.raises(GrowthError, match=says):
        fit_growth([(n, n) for n in sizes])


def test_noise_of_rounding_down_is_borne() -> None:
    assert fit_growth([(n, isqrt(n) + 3) for n in (16, 32, 64, 128, 256, 512)]) == "O(sqrt n)"
    assert fit_growth([(n, round(4 * n + 2 * sqrt(n))) for n in (16, 32, 64, 128, 256, 512)]) == "O(n)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O(n²)", "O(n**2)"),
        ("O(n^2)", "o( n ^ 2 )"),
        ("O(√n)", "O(sqrt(n))"),
        ("O(log₂ n)", "O(log2(n))"),
        ("O(n · log n)", "O(n * log(n))"),
        ("O(2ⁿ)", "O(2^n)"),
    ],
)
def test_one_class_may_be_spelt_in_many_ways(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)
