"""Fits counted costs to a growth class."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log2, sqrt

Term = Callable[[int], float]


class GrowthError(ValueError):
    """The costs fit no class, or two classes about equally well."""


def _one(_: int) -> float:
    return 1


def _line(n: int) -> float:
    return n


def _line_log(n: int) -> float:
    return n * log2(n)


# Simplest first. Each class is fitted with the lower terms its usual programs have (n(n-1)/2 is n^2 and n);
# the last term is the one that gives the class its name and must grow, so its coefficient is positive.
CLASSES: Mapping[str, tuple[Term, ...]] = {
    "O(1)": (_one,),
    "O(log n)": (_one, log2),
    "O(sqrt n)": (_one, sqrt),
    "O(n)": (_one, _line),
    "O(n log n)": (_one, _line, _line_log),
    "O(n^2)": (_one, _line, lambda n: n**2),
    "O(n^3)": (_one, lambda n: n**2, lambda n: n**3),
    "O(2^n)": (_one, _line, lambda n: 2**n),
}
# Growths that no card may be keyed with, so that they do not pass for the class next to them.
BETWEEN: Mapping[str, tuple[Term, ...]] = {
    "O(log log n)": (_one, lambda n: log2(log2(n))),
    "O(log^2 n)": (_one, lambda n: log2(n) ** 2),
    "O(n log^2 n)": (_one, _line, lambda n: n * log2(n) ** 2),
    "O(n sqrt n)": (_one, _line, lambda n: n * sqrt(n)),
    "O(n^2 log n)": (_one, _line, lambda n: n**2 * log2(n)),
}
MARGIN = 2
EXACT = 0.01
EXACT_CONSTANT = 0.002
WORST = 0.08
LEAST_SIZES = 5
LEAST_SHARE = 0.03
LEAST_SPAN = 3
LEAST_SIZE = 4


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one class fits: `error` is the relative residual per degree of freedom."""

    name: str
    error: float

    @property
    def is_exact(self) -> bool:
        """Whether a larger class could only fit better by imitating this one."""
        return self.error <= (EXACT_CONSTANT if self.name == "O(1)" else EXACT)


def fit_growth(costs: Sequence[tuple[int, int]]) -> str:
    """Return the growth class of (size, cost) pairs, "O(n log n)".

    Least squares on relative errors, class by class, the simplest first. A class counts only when its leading
    term grows and is at least 3% of the largest cost, and it must beat every simpler one by a factor of 2.
    Raises GrowthError when two classes are too close, the best misses by more than 8%, a growth between the
    classes fits twice as well, or there are too few sizes to tell.
    """
    if len(costs) < LEAST_SIZES:
        raise GrowthError(f"only {len(costs)} sizes could be counted, {LEAST_SIZES} are needed: set sizes:")
    sizes = [n for n, _ in costs]
    if min(sizes) < LEAST_SIZE:
        raise GrowthError(f"the sizes start at {LEAST_SIZE}, below that all classes look alike: {sizes}")
    fits = _fits(CLASSES, costs)
    best = fits[0]
    for fit in fits[1:]:
        if not best.is_exact and fit.error * MARGIN <= best.error:
            best = fit
    simpler = fits[: fits.index(best)]
    rivals = [fit for fit in simpler if fit.error < best.error * MARGIN]
    if not best.is_exact:
        rivals += [fit for fit in _fits(BETWEEN, costs) if fit.error * MARGIN <= best.error]
    if best.error > WORST or rivals:
        told = _tell([best, *(rivals or simpler[-1:])])
        raise GrowthError(f"no growth class fits clearly: {told}; {_tell_costs(costs)}")
    if best.name != "O(2^n)" and max(sizes) < LEAST_SPAN * min(sizes):
        raise GrowthError(f"the sizes must span a factor of {LEAST_SPAN} to tell classes apart: {sizes}")
    return best.name


def normal_form(text: str) -> str:
    """Return one spelling for each way to write a class: `O(n²)`, `O(n**2)` and `O(n^2)` are `o(n^2)`."""
    folded = text.casefold().replace("²", "^2").replace("³", "^3").replace("ⁿ", "^n").replace("**", "^")
    folded = folded.replace("√", "sqrt ").replace("·", " ").replace("*", " ").replace("×", " ").replace("₂", "")
    folded = re.sub(r"\blog_?2\b", "log", folded)
    folded = re.sub(r"\b(log|sqrt)\s*\(\s*([^()]+?)\s*\)", r" \1 \2", folded)
    return re.sub(r"\s*([()^+,])\s*", r"\1", " ".join(folded.split()))


def _fits(classes: Mapping[str, tuple[Term, ...]], costs: Sequence[tuple[int, int]]) -> list[Fit]:
    fits = (_fit(name, terms, costs) for name, terms in classes.items())
    return [fit for fit in fits if fit is not None]


def _fit(name: str, terms: Sequence[Term], costs: Sequence[tuple[int, int]]) -> Fit | None:
    """Fit cost = sum of coefficient * term; None when the leading term does not grow or hardly counts."""
    sizes, seen = zip(*costs, strict=True)
    columns = [[Fraction(term(n)) / max(cost, 1) for n, cost in costs] for term in terms]
    wanted = [Fraction(cost, max(cost, 1)) for cost in seen]
    solution = _solve(columns, wanted)
    if solution is None:
        return None
    if len(terms) > 1 and solution[-1] * Fraction(terms[-1](max(sizes))) < LEAST_SHARE * max(seen):
        return None
    rows = zip(*columns, strict=True)
    misses = [_dot(solution, list(row)) - cost for row, cost in zip(rows, wanted, strict=True)]
    freedom = max(len(costs) - len(terms), 1)
    return Fit(name, sqrt(sum(miss * miss for miss in misses) / freedom))


def _solve(columns: list[list[Fraction]], wanted: list[Fraction]) -> list[Fraction] | None:
    """Solve the normal equations exactly; None when the columns say the same."""
    size = len(columns)
    table = [[_dot(left, right) for right in columns] + [_dot(left, wanted)] for left in columns]
    for pivot in range(size):
        if table[pivot][pivot] == 0:
            return None
        table[pivot] = [cell / table[pivot][pivot] for cell in table[pivot]]
        for row in range(size):
            if row != pivot:
                factor = table[row][pivot]
                table[row] = [cell - factor * top for cell, top in zip(table[row], table[pivot], strict=True)]
    return [row[-1] for row in table]


def _dot(left: list[Fraction], right: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def _tell(fits: Sequence[Fit]) -> str:
    return ", ".join(f"{fit.name} misses by {fit.error:.1%}" for fit in fits)


def _tell_costs(costs: Sequence[tuple[int, int]]) -> str:
    return "costs " + ", ".join(f"{cost} at n = {n}" for n, cost in costs)
