"""The roadmap as work to be planned: its topics and projects as items, and the three plans as presets."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from portal.roadmap import content
from portal.roadmap.content import Extra, Step
from quizzes.planning import Item, Kind

FIRST_DEPLOYMENT = "first-deployment"
OWN = "own-project-"
HOUR = 60


@dataclass(frozen=True, slots=True)
class Preset:
    """One of the roadmap's three plans with the middle of its hours, every day of the week the same."""

    id: str
    label: str
    months: int
    is_open_ended: bool
    is_recommended: bool
    minutes: int
    has_own_projects: bool
    habits: tuple[str, ...]

    @property
    def week(self) -> tuple[int, ...]:
        """Minutes for Monday to Sunday."""
        return (self.minutes,) * 7


def presets() -> dict[str, Preset]:
    """The three plans. The one with a project every weekend counts on projects of one's own."""
    return {
        plan.id: Preset(
            plan.id,
            plan.label,
            plan.months,
            plan.is_open_ended,
            plan.is_recommended,
            sum(plan.hours_per_day) * HOUR // 2,
            any("project every weekend" in habit for habit in plan.habits),
            plan.habits,
        )
        for plan in content.roadmap().plans
    }


def items(cards: Mapping[str, int], has_own_projects: bool) -> tuple[Item, ...]:
    """Everything there is to learn and build, in roadmap order. `cards`: how many a topic has."""
    return _items(tuple(sorted(cards.items())), has_own_projects)


@lru_cache(maxsize=32)  # a few for each language and framework that learners choose
def _items(cards: tuple[tuple[str, int], ...], has_own_projects: bool) -> tuple[Item, ...]:
    counts = dict(cards)
    return tuple(item for step in content.roadmap().steps for item in _of_step(step, counts, has_own_projects))


def _of_step(step: Step, cards: Mapping[str, int], has_own_projects: bool) -> list[Item]:
    topics = [topic for topic in step.every_topic if not topic.children]
    first = content.roadmap().first_deployment
    found = [
        Item(topic.id, Kind.TOPIC, step.number, topic.hours * HOUR, cards=cards.get(topic.id, 0)) for topic in topics
    ]
    if first.after in {topic.id for topic in topics}:
        needs = (first.after,)
        found.append(Item(FIRST_DEPLOYMENT, Kind.PROJECT, step.number, first.hours * HOUR, needs, is_early=True))
    for project in step.projects:
        found.append(Item(project.id, Kind.PROJECT, step.number, project.hours * HOUR, project.after))
    if has_own_projects:
        minutes = content.roadmap().own_projects.hours * HOUR
        found.append(Item(f"{OWN}{step.number}", Kind.PROJECT, step.number, minutes, (topics[-1].id,)))
    return found


def own_projects() -> Extra:
    """What a project of one's own is, as the roadmap says it."""
    return content.roadmap().own_projects


def step_items(step: int) -> tuple[str, ...]:
    """The ids of everything in a step, the projects of one's own included."""
    return tuple(item.id for item in items({}, True) if item.step == step)


def is_listed(item_id: str) -> bool:
    """Whether this is one of the roadmap's projects, with a page of its own."""
    return content.find_project(item_id) is not None


def title(item_id: str) -> str:
    """What an item is called. Raises KeyError for an unknown id."""
    if item_id == FIRST_DEPLOYMENT:
        return content.roadmap().first_deployment.title
    if item_id.startswith(OWN):
        return content.roadmap().own_projects.title
    project = content.find_project(item_id)
    return content.topic_title(item_id) if project is None else project.name


def text(item_id: str) -> str:
    """What an item is about, in a sentence or two. Raises KeyError for an unknown id."""
    if item_id == FIRST_DEPLOYMENT:
        return content.roadmap().first_deployment.text
    if item_id.startswith(OWN):
        return content.roadmap().own_projects.text
    if (project := content.find_project(item_id)) is not None:
        return project.brief
    if (topic := content.find_topic(item_id)) is None:
        raise KeyError(item_id)
    return topic.text
