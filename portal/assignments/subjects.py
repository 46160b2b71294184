"""What a task can be about: cards, topics and steps with cards, projects, readings; and where each stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal.assignments import queries
from portal.assignments.models import LONGEST_TITLE, Kind, Task
from portal.decks.models import OF_COHORT
from portal.decks.queries import offered_decks, offered_ids
from portal.quizzes import catalogue
from portal.roadmap import content
from portal.roadmap.content import Project, Step

_SLUGS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a task is about: `title` where the mentor gives none, its cards, and the minutes of what is no card."""

    about: str
    title: str
    card_ids: Sequence[int] = ()
    minutes: int = 0


def split_slugs(text: str) -> list[str]:
    """Names of cards as they were typed, each once."""
    return list(dict.fromkeys(slug for slug in _SLUGS.split(text) if slug))


def of_deck(deck_id: str) -> Subject:
    """All cards of a deck."""
    title = next(deck.title for deck in catalogue.decks() if deck.id == deck_id)
    return Subject(deck_id, title, queries.card_ids_about(deck_id=deck_id))


def of_cohort_deck(cohort_id: int, key: str) -> Subject:
    """All cards that a deck of the cohort's own has for its learners now."""
    row = next(row for row in offered_decks(cohort_id) if row.key == key)
    return Subject(key, row.deck.title, offered_ids(cohort_id, row.deck.id))


def of_cards(found: dict[str, int]) -> Subject:
    """Single cards, by slug."""
    number = len(found)
    return Subject("", f"{number} card{'' if number == 1 else 's'}", list(found.values()))


def of_topics(topic_ids: Sequence[str]) -> Subject:
    """Every card of these topics."""
    titles = ", ".join(content.topic_title(topic) for topic in topic_ids)
    title = titles if len(titles) <= LONGEST_TITLE else f"{len(topic_ids)} topics"
    return Subject(" ".join(topic_ids), title, queries.card_ids_about(topics=topic_ids))


def of_step(step: Step) -> Subject:
    """Every card of a step."""
    topics = [topic.id for topic in step.every_topic]
    return Subject(step.id, f"Step {step.number}, {step.title}"[:LONGEST_TITLE], queries.card_ids_about(topics=topics))


def of_project(project: Project) -> Subject:
    """A project of the roadmap, with the hours it takes."""
    return Subject(project.id, project.name[:LONGEST_TITLE], minutes=60 * project.hours)


def leaves(topic_id: str) -> list[str]:
    """The topics that hold the cards of this one: itself, or the smaller ones below it; [] for an unknown one."""
    found = content.find_topic(topic_id)
    return [] if found is None else [topic.id for topic in found.children or (found,)]


def places(task: Task) -> list[tuple[str, str]]:
    """(title, address) of what a task is about; what left the roadmap since is left out."""
    match Kind(task.kind):
        case Kind.TOPICS:
            known = [topic for name in task.about.split() if (topic := content.find_topic(name)) is not None]
            return [(topic.title, url_for("roadmap.topic", topic_id=topic.id)) for topic in known]
        case Kind.STEP if (step := content.find_step(task.about)) is not None:
            return [(step.title, url_for("roadmap.step", step_id=step.id))]
        case Kind.PROJECT if (project := content.find_project(task.about)) is not None:
            return [(project.name, url_for("roadmap.project", project_id=project.id))]
        case Kind.CARDS if task.about.startswith(OF_COHORT):
            return [("The deck", url_for("decks.decks", cohort_id=task.cohort_id))]
        case Kind.CARDS if task.about:
            return [("The deck", url_for("quizzes.deck", deck_id=task.about))]
        case Kind.READING if task.about:
            return [(task.title, task.about)]
        case _:
            return []
