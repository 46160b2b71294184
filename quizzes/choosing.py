"""Which steps, language and framework a learner lets bring new cards: choices and cards as bits that meet or do not."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

FRAMEWORKS: Mapping[str, tuple[str, ...]] = {"python": ("flask", "django"), "java": ("spring",)}
NAMES = {"python": "Python", "java": "Java", "flask": "Flask", "django": "Django", "spring": "Spring Boot"}
LAST_STEP = 15
_PLACES = {tag: LAST_STEP + 1 + place for place, tag in enumerate(NAMES)}
TAGS = sum(1 << place for place in _PLACES.values())  # the bits of languages and frameworks; those of steps lie below


class ChoiceError(ValueError):
    """A choice that cannot be: a framework of another language, an unknown name."""


class Choices(NamedTuple):
    """What a learner chose: steps that bring no new cards, and one language with one of its frameworks ("": all)."""

    paused: frozenset[int] = frozenset()
    language: str = ""
    framework: str = ""

    @property
    def bits(self) -> int:
        """A bit for each paused step and for what was chosen. Raises ChoiceError."""
        if self.language not in {"", *FRAMEWORKS}:
            raise ChoiceError(f"there is no language {self.language!r}")
        if self.framework not in {"", *FRAMEWORKS.get(self.language, ())}:
            raise ChoiceError(f"{self.framework!r} is no framework of {self.language!r}")
        if not all(0 < step <= LAST_STEP for step in self.paused):
            raise ChoiceError(f"steps are numbered from 1 to {LAST_STEP}")
        chosen = sum(1 << _PLACES[tag] for tag in (self.language, self.framework) if tag)
        return chosen + sum(1 << step for step in self.paused)

    @property
    def words(self) -> str:
        """The language and the framework that were chosen: "Python", "Python with Flask"; "" for none."""
        return " with ".join(NAMES[tag] for tag in (self.language, self.framework) if tag)

    @property
    def sentence(self) -> str:
        """What was chosen, in words: "New cards: Python with Flask; none from steps 4 and 8."; "" for all there is."""
        steps = [str(step) for step in sorted(self.paused)]
        named = " and ".join([", ".join(steps[:-1]), steps[-1]] if steps[1:] else steps)
        none = f"none from step{'s' if steps[1:] else ''} {named}" if steps else ""
        said = "; ".join(filter(None, (self.words, none)))
        return f"New cards: {said}." if said else ""


def paths() -> list[Choices]:
    """Every language and framework that can be chosen, all of them first."""
    found = [Choices()]
    for language, frameworks in FRAMEWORKS.items():
        found += [Choices(language=language, framework=framework) for framework in ("", *frameworks)]
    return found


def choices_from(bits: int) -> Choices:
    """The choices that have these bits."""
    paused = frozenset(step for step in range(1, LAST_STEP + 1) if bits >> step & 1)
    language = next((tag for tag in FRAMEWORKS if bits >> _PLACES[tag] & 1), "")
    framework = next((tag for tag in FRAMEWORKS.get(language, ()) if bits >> _PLACES[tag] & 1), "")
    return Choices(paused, language, framework)


def kept_back_by(step: int, tags: Collection[str]) -> int:
    """The bits of the choices that keep a card back: its own step, and every language and framework it is not for.

    A card is for the languages and frameworks in its tags; one that names a framework is for its language as well. A
    card that names no language is for all of them, and one that names no framework is for all frameworks.
    """
    languages = {tag for tag, own in FRAMEWORKS.items() if tag in tags or not set(own).isdisjoint(tags)}
    frameworks = {tag for own in FRAMEWORKS.values() for tag in own if tag in tags}
    every_framework = {tag for own in FRAMEWORKS.values() for tag in own}
    foreign = (set(FRAMEWORKS) - languages if languages else set()) | (
        every_framework - frameworks if frameworks else set()
    )
    return sum(1 << _PLACES[tag] for tag in foreign) + (1 << step if 0 < step <= LAST_STEP else 0)


def audience(bits: int) -> str:
    """Whom a card with these bits is for: "Java", "Flask or Django"; "" for everybody."""
    for group in (tuple(tag for own in FRAMEWORKS.values() for tag in own), tuple(FRAMEWORKS)):
        its_own = [NAMES[tag] for tag in group if not bits >> _PLACES[tag] & 1]
        if len(its_own) < len(group):
            return " or ".join(its_own)
    return ""


def why_kept_back(bits: int, choices: Choices) -> str:
    """Why a card does not come as new, to its learner: a sentence, or "" when nothing keeps it back."""
    met = bits & choices.bits
    if met & TAGS:
        return f"It is for learners of {audience(bits)}, and you chose {choices.words}."
    paused = next((step for step in sorted(choices.paused) if met >> step & 1), None)
    return "" if paused is None else f"You paused step {paused}, so it does not come as a new card."
