"""The thresholds of the rules that say who needs a mentor: each with its unit, its bounds and why it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


class ThresholdError(ValueError):
    """A threshold that cannot be used; the message names it and its bounds."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold as a page shows it: whole numbers from `least` to `most`; `says` is one sentence."""

    name: str
    label: str
    unit: str
    default: int
    least: int
    most: int
    says: str


def _number(default: int, least: int, most: int, unit: str, label: str, says: str) -> Any:
    return field(default=default, metadata={"label": label, "unit": unit, "bounds": (least, most), "says": says})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a rule begins to speak. A cohort may have its own; these are the ones it begins with."""

    quiet_days: int = _number(
        5, 2, 28, "days", "Silence", "Somebody is quiet after this many days without a review, breaks left out."
    )
    quiet_gaps: int = _number(
        3, 2, 8, "usual gaps", "Silence by rhythm", "Nor is anybody quiet before this many of their own usual gaps."
    )
    gone_days: int = _number(
        21, 7, 28, "days", "Silence of anybody", "After this many days everybody is quiet, however seldom they review."
    )
    new_quiet_days: int = _number(
        7, 2, 28, "days", "Silence without a rhythm", "The same while too little is known for a usual rhythm."
    )
    unstarted_days: int = _number(
        5, 1, 28, "days", "Not begun", "Somebody who joined has answered no card for this long."
    )
    behind_hours: int = _number(
        6, 1, 80, "hours", "Behind the plan", "So many hours of the plan are missing in the last four weeks."
    )
    behind_percent: int = _number(
        25, 5, 100, "%", "Behind the plan, share", "They must also be this share of what was planned."
    )
    pile_cards: int = _number(40, 10, 500, "cards", "Cards waiting", "Fewer cards that wait are no pile.")
    pile_days: int = _number(
        3, 2, 20, "usual days", "Cards waiting, in days", "A pile is also this many of the learner's own usual days."
    )
    fell_points: int = _number(
        20, 5, 80, "points", "Recall fell", "Predicted recall of a topic fell by this much in two weeks."
    )
    fell_below: int = _number(75, 30, 95, "%", "Recall fell, to below", "A topic that stays above this is no worry.")
    stuck_percent: int = _number(
        50, 20, 100, "%", "Stuck on a topic", "This share of a topic's reviews was missed in two weeks."
    )
    stuck_tries: int = _number(
        10, 4, 100, "reviews", "Stuck on a topic, reviews", "Fewer reviews of a topic in two weeks say nothing yet."
    )
    crammed_percent: int = _number(
        80, 50, 100, "%", "Crammed", "This share of a week's answers came on one day, two weeks running."
    )
    crammed_cards: int = _number(40, 10, 500, "answers", "Crammed, answers", "A week with fewer answers says nothing.")
    leech_cards: int = _number(
        3, 1, 50, "cards", "Cards that keep failing", "So many cards were forgotten eight times or more."
    )
    steady_days: int = _number(
        5, 2, 7, "days a week", "In rhythm", "Two weeks with this many days of review each are worth a word."
    )
    risen_percent: int = _number(80, 50, 100, "%", "A topic has risen", "Recall of a topic rose to this in two weeks.")

    def __post_init__(self) -> None:
        for one in EVERY:
            value = getattr(self, one.name)
            if type(value) is not int or not one.least <= value <= one.most:
                raise ThresholdError(_complaint(one, value))


def _declared(name: str, default: Any, label: str, unit: str, bounds: tuple[int, int], says: str) -> Threshold:
    return Threshold(name, label, unit, default, *bounds, says)


EVERY = tuple(_declared(one.name, one.default, **one.metadata) for one in fields(Thresholds))


def thresholds_from(values: Mapping[str, object]) -> Thresholds:
    """Thresholds from whole numbers or their digits by name; those that are not named keep their default.

    Raises ThresholdError for an unknown name, for what is no whole number, and out of bounds.
    """
    known = {one.name: one for one in EVERY}
    for name in values:
        if name not in known:
            raise ThresholdError(f"There is no threshold {name!r}.")
    return Thresholds(**{name: _whole(known[name], value) for name, value in values.items()})


def _whole(one: Threshold, value: object) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise ThresholdError(_complaint(one, value))
    return int(text)


def _complaint(one: Threshold, value: object) -> str:
    return f"{one.name} ({one.label}) is {value!r}; it must be a whole number from {one.least} to {one.most}."
