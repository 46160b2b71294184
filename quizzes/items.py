"""What first answers say of a card: how hard it is, whether it tells who knows, what its wrong options are good for.

Only somebody's first answer counts: after it they have read the key. The rest score, against which a card is held, is
how a learner did on the other cards of the deck, each taken by how hard it is; so it does not matter which of them a
learner has met so far. It is a whole number, and so are its sums: a recount gives the same to the last digit.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import sqrt
from statistics import median
from typing import Any, NamedTuple

from quizzes.observed import LEECH_LAPSES

BLANK = ""  # picked by whoever says "I don't know"
OTHER = "~"  # picked by whoever answers what no option is; with the text behind it, where many typed the same
WHOLE = 1_000_000  # a rest score of 1
LEAST_OTHERS = 5  # other cards of the deck, before a learner has a rest score
LEAST = 20  # first answers, or learners, before facility, seconds and leeches say anything
LEAST_BEST = 10  # learners in the best third, before it casts a doubt on the key
LEAST_EXACT = 40  # before an option that nobody takes, or a discrimination, does: both are small differences
EASY, HARD, UNUSED, LEECHED = 95, 20, 5, 5  # percent
WEAK = 0.10
SLOW_SECONDS = 60


class Item(NamedTuple):
    """A card to be measured: the keys of its options, right and wrong.

    `is_picked`: the options stand there to be picked; else they are answers that are recognised. `is_judged`: the
    program says what is right; where the learner does, the answer says nothing about how they do elsewhere.
    """

    id: int
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    is_picked: bool = True
    is_judged: bool = True


class Attempt(NamedTuple):
    """The first answer of a learner to a card: the options it names (BLANK for "I don't know"), what it shows."""

    learner: int
    item: int
    is_right: bool
    picked: tuple[str, ...]
    ms: int
    beliefs: tuple[str, ...] = ()


class Use(NamedTuple):
    """By how many an option was picked, and by how many of the lowest, middle and best third."""

    key: str
    by: int
    thirds: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """A card in numbers: `answers` first ones, `right` of them; `seconds` is the median.

    `ranked`: how many came from learners with a rest score, who make the `thirds`; `discrimination` is the correlation
    of being right with the rest score, None where either is the same for all. `learnt` learners have the card in their
    review, who forgot it `lapses` times; `leeches` of them LEECH_LAPSES times or more.
    """

    answers: int = 0
    right: int = 0
    seconds: float | None = None
    ranked: int = 0
    discrimination: float | None = None
    thirds: tuple[int, int, int] = (0, 0, 0)
    right_thirds: tuple[int, int, int] = (0, 0, 0)
    uses: tuple[Use, ...] = ()
    learnt: int = 0
    lapses: int = 0
    leeches: int = 0

    @property
    def facility(self) -> float | None:
        """The share of right first answers, 0 to 1."""
        return self.right / self.answers if self.answers else None

    def fields(self) -> dict[str, Any]:
        """Plain values, to be kept as JSON."""
        return asdict(self)

    @staticmethod
    def of_fields(kept: Mapping[str, Any]) -> "ItemStatistics":
        """What `fields` gave, from JSON."""
        lists = {name: tuple(kept[name]) for name in ("thirds", "right_thirds")}
        uses = tuple(Use(key, by, tuple(thirds)) for key, by, thirds in kept["uses"])
        return ItemStatistics(**{**kept, **lists, "uses": uses})


class Flag(StrEnum):
    """Why a card should be looked at."""

    MISKEY = "miskey"
    NEGATIVE = "negative"
    HARD = "hard"
    WEAK = "weak"
    LEECH = "leech"
    SLOW = "slow"
    EASY = "easy"
    UNUSED = "unused"


WEIGHTS = {Flag.MISKEY: 8, Flag.NEGATIVE: 7, Flag.HARD: 5, Flag.WEAK: 4, Flag.LEECH: 3, Flag.SLOW: 2, Flag.EASY: 1}


class Finding(NamedTuple):
    """A flag with its numbers, as a sentence."""

    flag: Flag
    words: str


@dataclass(slots=True)
class Spread:
    """How far a misconception goes: the `cards` that can show it and those that did, learners who met such a card and
    those who showed it, first answers and those that showed it.
    """

    cards: set[int] = field(default_factory=set)
    shown_on: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    holders: set[int] = field(default_factory=set)
    answers: int = 0
    shown: int = 0


def measure(
    items: Sequence[Item], attempts: Iterable[Attempt], lapses: Mapping[int, tuple[int, int, int]]
) -> dict[int, ItemStatistics]:
    """The statistics of all cards of a deck. `lapses`: of a card, (learnt, lapses, leeches)."""
    of_item: dict[int, list[Attempt]] = {item.id: [] for item in items}
    for attempt in attempts:
        if attempt.item in of_item:
            of_item[attempt.item].append(attempt)
    rests = rest_scores({item.id: of_item[item.id] for item in items if item.is_judged})
    return {item.id: _measured(item, of_item[item.id], rests, lapses.get(item.id, (0, 0, 0))) for item in items}


def rest_scores(of_item: Mapping[int, Sequence[Attempt]]) -> dict[tuple[int, int], int]:
    """(learner, card) -> how much better than others the learner did on the other cards, in parts of WHOLE.

    0 is as well as everybody on the same cards; without LEAST_OTHERS other cards there is none.
    """
    beyond: dict[tuple[int, int], int] = {}
    total, count = Counter[int](), Counter[int]()
    for item, attempts in of_item.items():
        usual = WHOLE * sum(attempt.is_right for attempt in attempts) // max(1, len(attempts))
        for attempt in attempts:
            more = WHOLE * attempt.is_right - usual
            beyond[attempt.learner, item] = more
            total[attempt.learner] += more
            count[attempt.learner] += 1
    return {
        (learner, item): (total[learner] - more) // (count[learner] - 1)
        for (learner, item), more in beyond.items()
        if count[learner] > LEAST_OTHERS
    }


def _measured(
    item: Item, attempts: Sequence[Attempt], rests: Mapping[tuple[int, int], int], lapses: tuple[int, int, int]
) -> ItemStatistics:
    ranked = sorted(
        (one for one in attempts if (one.learner, item.id) in rests), key=lambda one: (rests[one.learner, item.id], one)
    )
    third = len(ranked) // 3
    parts = (ranked[:third], ranked[third : len(ranked) - third], ranked[len(ranked) - third :])
    counts, by_third = _counted(attempts), [_counted(part) for part in parts]
    keys = [*item.right, *item.wrong, *sorted(counts.keys() - {*item.right, *item.wrong})]
    low, middle, top = ([one.is_right for one in part] for part in parts)
    return ItemStatistics(
        answers=len(attempts),
        right=sum(attempt.is_right for attempt in attempts),
        seconds=median(attempt.ms for attempt in attempts) / 1000 if attempts else None,
        ranked=len(ranked),
        discrimination=_correlation([(int(one.is_right), rests[one.learner, item.id]) for one in ranked]),
        thirds=(len(low), len(middle), len(top)),
        right_thirds=(sum(low), sum(middle), sum(top)),
        uses=tuple(Use(key, counts[key], (by_third[0][key], by_third[1][key], by_third[2][key])) for key in keys),
        learnt=lapses[0],
        lapses=lapses[1],
        leeches=lapses[2],
    )


def _counted(attempts: Iterable[Attempt]) -> Counter[str]:
    return Counter(key for attempt in attempts for key in attempt.picked)


def _correlation(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Pearson's, which is the point-biserial one where the first number is 0 or 1."""
    n, ones, rests = len(pairs), sum(one for one, _ in pairs), sum(rest for _, rest in pairs)
    both, squares = sum(one * rest for one, rest in pairs), sum(rest * rest for _, rest in pairs)
    width = (n * ones - ones * ones) * (n * squares - rests * rests)
    return round((n * both - ones * rests) / sqrt(width), 6) if width > 0 else None


def findings(item: Item, found: ItemStatistics, names: Mapping[str, str]) -> list[Finding]:
    """What is conspicuous about a card, the gravest first. `names`: how its options read."""
    by_rest = [*_suspected_key(item, found, names), *_by_discrimination(found)]
    return [*by_rest, *_by_facility(found), *_by_time(found), *_by_use(item, found, names)]


def need(flags: Iterable[Flag]) -> int:
    """How much a card needs to be looked at: the sum of its flags' weights."""
    return sum(WEIGHTS.get(flag, 1) for flag in flags)


def _suspected_key(item: Item, found: ItemStatistics, names: Mapping[str, str]) -> list[Finding]:
    right, best = found.right_thirds[2], found.thirds[2]
    wrong = [use for use in found.uses if use.key not in {*item.right, BLANK, OTHER} and use.thirds[2] > right]
    if best < LEAST_BEST or not wrong:
        return []
    most = max(wrong, key=lambda use: use.thirds[2])
    name = names.get(most.key, most.key.removeprefix(OTHER))
    gave = f"{most.thirds[2]} {'picked' if item.is_picked else 'typed'} “{name}”"
    words = f"Of the {best} who do best in this deck, {gave} and {right} answered rightly: the key may be wrong."
    return [Finding(Flag.MISKEY, words)]


def _by_discrimination(found: ItemStatistics) -> list[Finding]:
    if found.discrimination is None or found.ranked < LEAST_EXACT or found.discrimination >= WEAK:
        return []
    number = f"{found.discrimination:.2f} over {found.ranked} learners".replace("-", "−")
    if found.discrimination < 0:
        words = f"Those who do better in this deck do worse here (discrimination {number}): look at the key first."
        return [Finding(Flag.NEGATIVE, words)]
    says = "It hardly tells who knows this deck from who does not"
    return [Finding(Flag.WEAK, f"{says} (discrimination {number}; 0.10 or more is wanted).")]


def _by_facility(found: ItemStatistics) -> list[Finding]:
    if found.answers < LEAST:
        return []
    of_all = f"{found.right} of {found.answers}"
    if 100 * found.right < HARD * found.answers:
        return [Finding(Flag.HARD, f"Only {of_all} got it right at first: less than {HARD}%.")]
    if 100 * found.right > EASY * found.answers:
        return [Finding(Flag.EASY, f"{of_all} got it right at first, more than {EASY}%: it tells nobody apart.")]
    return []


def _by_time(found: ItemStatistics) -> list[Finding]:
    says = []
    if found.learnt >= LEAST and 100 * found.leeches >= LEECHED * found.learnt:
        often = f"{found.leeches} of {found.learnt} learners forgot it {LEECH_LAPSES} times or more."
        says.append(Finding(Flag.LEECH, often))
    if found.answers >= LEAST and found.seconds is not None and found.seconds > SLOW_SECONDS:
        took = f"Half of the first answers took {found.seconds:.1f} seconds or longer; {SLOW_SECONDS} should do."
        says.append(Finding(Flag.SLOW, took))
    return says


def _by_use(item: Item, found: ItemStatistics, names: Mapping[str, str]) -> list[Finding]:
    if not item.is_picked or found.answers < LEAST_EXACT:
        return []
    counts = {use.key: use.by for use in found.uses}
    return [
        Finding(
            Flag.UNUSED,
            f"{'Hardly anybody' if counts[key] else 'Nobody'} takes “{names.get(key, key)}”: {counts[key]} of "
            f"{found.answers}, less than {UNUSED}%.",
        )
        for key in item.wrong
        if 100 * counts.get(key, 0) < UNUSED * found.answers
    ]


def note_beliefs(spreads: dict[str, Spread], attempts: Iterable[Attempt], able: Mapping[int, Collection[str]]) -> None:
    """Add first answers to `spreads`, by misconception. `able`: which of them a card can show."""
    for item, names in able.items():
        for name in names:
            spreads.setdefault(name, Spread()).cards.add(item)
    learners: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        learners[attempt.item].append(attempt)
    for item, answered in learners.items():
        for name in able.get(item, ()):
            spread, shown = spreads[name], [one.learner for one in answered if name in one.beliefs]
            spread.met.update(one.learner for one in answered)
            spread.holders.update(shown)
            spread.answers += len(answered)
            spread.shown += len(shown)
            if shown:
                spread.shown_on.add(item)
