"""What colour a step has and why: worked out from predicted recall, never ticked by anybody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from portal.roadmap.content import Step, Topic

GREEN_FROM = 0.85
RED_BELOW = 0.60
WORST = 3  # so many weak topics are named; the bars show the rest
PAUSED = "Paused: it brings no new cards."
NO_CARDS = "No cards yet; read and build."
Colour = Literal["green", "amber", "red", "open", "far"]


class Recall(Protocol):
    """How a learner stands with the cards of one topic; `recall` is the mean over all of them, 0 for new ones."""

    @property
    def cards(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def due(self) -> int: ...
    @property
    def recall(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Cards of a topic or step (`id`): how many there are, started and due; `percent` is recall of those started."""

    id: str
    title: str
    cards: int
    started: int
    due: int
    known: float

    @property
    def is_new(self) -> bool:
        """Whether no card was started."""
        return self.started == 0

    @property
    def recall(self) -> float:
        """Predicted recall of the cards that were started, 0 to 1."""
        return self.known / self.started if self.started else 0.0

    @property
    def percent(self) -> int:
        """The same in whole percent, never rounded up over a border."""
        return int(100 * self.recall + 1e-9)


@dataclass(frozen=True, slots=True)
class Lack:
    """What green still needs, with its evidence: `text` behind the title of `topic` (None: of the step as a whole)."""

    topic: Standing | None
    text: str


@dataclass(frozen=True, slots=True)
class StepStatus:
    """Where a learner stands with a step. `sentence` says in words what the colour says; `missing` what green needs.

    `missing` rests on cards; other evidence that green may need one day adds its own lines to it.
    """

    step: Step
    colour: Colour
    is_here: bool
    whole: Standing
    topics: tuple[Standing, ...]
    sentence: str
    missing: tuple[Lack, ...]


def standing_of(topic: Topic, recalls: Mapping[str, Recall]) -> Standing:
    """A topic's cards, those of its children included."""
    found = [recalls[one.id] for one in (topic, *topic.children) if one.id in recalls]
    return Standing(
        id=topic.id,
        title=topic.title,
        cards=sum(one.cards for one in found),
        started=sum(one.started for one in found),
        due=sum(one.due for one in found),
        known=sum(one.recall * one.cards for one in found),
    )


def statuses(
    steps: Sequence[Step],
    recalls: Mapping[str, Recall],
    is_known: bool = True,
    paused: Collection[int] = (),
) -> list[StepStatus]:
    """The status of every step. `is_known`: somebody is signed in; otherwise nothing is claimed about recall.

    `paused` are the numbers of steps that bring no new cards: nothing of them is next, their colours stay true.
    """
    topics = [_with_cards(step, recalls) for step in steps]
    wholes = [_sum(step, found) for step, found in zip(steps, topics, strict=True)]
    active = [index for index, step in enumerate(steps) if step.number not in paused]
    bring = [index for index in active if wholes[index].started < wholes[index].cards]
    here = _here(wholes, active, bring) if is_known else -1
    found = [
        _status(step, whole, parts, _needs(index, here, steps, whole, bring), index == here, is_known)
        for index, (step, whole, parts) in enumerate(zip(steps, wholes, topics, strict=True))
    ]
    return [replace(one, sentence=f"{one.sentence} {PAUSED}") if one.step.number in paused else one for one in found]


def _with_cards(step: Step, recalls: Mapping[str, Recall]) -> tuple[Standing, ...]:
    leaves = [topic for topic in step.every_topic if topic.id in recalls]
    return tuple(standing_of(topic, recalls) for topic in leaves)


def _sum(step: Step, parts: Sequence[Standing]) -> Standing:
    return Standing(
        step.id,
        step.title,
        sum(part.cards for part in parts),
        sum(part.started for part in parts),
        sum(part.due for part in parts),
        sum(part.known for part in parts),
    )


def _here(wholes: Sequence[Standing], active: Sequence[int], bring: Sequence[int]) -> int:
    """The step in work: the first active one before any card; then the first with new or weak cards, or the last."""
    if not any(whole.started for whole in wholes):
        return next(iter(active), 0)
    weak = [index for index, whole in enumerate(wholes) if whole.cards and whole.recall < GREEN_FROM]
    return next(iter([*bring, *weak]), len(wholes) - 1)


def _needs(index: int, here: int, steps: Sequence[Step], whole: Standing, bring: Sequence[int]) -> str:
    """The step whose cards come first, as "step 3", or "" when this one is within reach."""
    if here < 0 or index <= here or whole.started:
        return ""
    first = next((one for one in bring if here <= one < index), None)
    return "" if first is None else f"step {steps[first].number}"


def _status(
    step: Step, whole: Standing, topics: tuple[Standing, ...], needs: str, is_here: bool, is_known: bool
) -> StepStatus:
    colour = _colour(whole, needs)
    missing = _missing(whole, topics) if is_known else ()
    sentence = _sentence(whole, topics, colour, needs) if is_known else _cards_only(whole)
    return StepStatus(step, colour, is_here, whole, topics, sentence, missing)


def _colour(whole: Standing, needs: str) -> Colour:
    if whole.started and whole.recall < RED_BELOW:
        return "red"
    if whole.started and whole.recall < GREEN_FROM:
        return "amber"
    if whole.cards and whole.started == whole.cards:
        return "green"
    return "far" if needs else "open"


def _cards_only(whole: Standing) -> str:
    return f"{count_cards(whole.cards)}." if whole.cards else NO_CARDS


def _sentence(whole: Standing, topics: Sequence[Standing], colour: Colour, needs: str) -> str:
    if not whole.cards:
        return NO_CARDS.replace(".", f" after {needs}.") if needs else NO_CARDS
    if whole.is_new:
        return f"{count_cards(whole.cards)}, after {needs}." if needs else f"{count_cards(whole.cards)}, none started."
    state = {"red": "mostly forgotten", "amber": "falling", "green": "solid"}.get(colour)
    weak = _weak(topics)
    names = f": {_names(weak)}" if weak and len(weak) < len(topics) else ""
    words = f"Recall {whole.percent}%" + (f", {state}{names}" if state else names)
    return words + (f"; {whole.started} of {whole.cards} cards started." if whole.started < whole.cards else ".")


def _weak(topics: Sequence[Standing]) -> list[Standing]:
    """Topics that were started and are below green, the weakest first."""
    return sorted((one for one in topics if one.started and one.recall < GREEN_FROM), key=lambda one: one.recall)


def _missing(whole: Standing, topics: Sequence[Standing]) -> tuple[Lack, ...]:
    """What stands between this step and green: cards never learnt, and topics that would bring recall up."""
    if not whole.cards:
        return ()
    new = [topic for topic in topics if topic.started < topic.cards]
    lines = []
    if new:
        lines.append(Lack(None, f"{whole.cards - whole.started} of {count_cards(whole.cards)} never learnt."))
        parts = [] if whole.is_new else new
        lines += [Lack(topic, f"{topic.cards - topic.started} of {topic.cards} never learnt") for topic in parts]
    if whole.started and whole.recall < GREEN_FROM:
        green = round(100 * GREEN_FROM)
        lines.append(Lack(None, f"Recall of the cards you started is {whole.percent}%; green begins at {green}%."))
        lines += [
            Lack(one, f"recall {one.percent}%, {one.due} of {one.cards} cards due") for one in _weak(topics)[:WORST]
        ]
    return tuple(lines)


def _names(topics: Sequence[Standing], most: int = 2) -> str:
    """ "Loops, Halving and 2 more"."""
    titles = [topic.title for topic in topics]
    more = f" and {len(titles) - most} more" if len(titles) > most else ""
    return ", ".join(titles[:most]) + more


def count_cards(count: int) -> str:
    """ "1 card", "7 cards"."""
    return f"{count} card{'' if count == 1 else 's'}"
