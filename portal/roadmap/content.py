"""The roadmap as its content files tell it: steps, topics, projects, plans, and what comes afterwards."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.roadmap.entries import Entry, read_entry

FOLDER = Path(__file__).resolve().parent / "content"


@dataclass(frozen=True, slots=True)
class Link:
    """Something to read elsewhere. `url` is "" for a name without one address; `text` says what it is good for."""

    title: str
    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something free to learn from. `kind` is a word such as "book", `hours` our estimate of what it takes."""

    title: str
    url: str
    kind: str
    hours: int
    why: str


@dataclass(frozen=True, slots=True)
class Point:
    """A titled sentence: a reason, a tip, an entry of a list. `id` is stable."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A language with its frameworks: (name, remark or "")."""

    name: str
    points: tuple[str, ...]
    frameworks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to learn. One that stands below a bigger one names it as `parent`; the bigger one has no own hours."""

    id: str
    title: str
    text: str
    step: int
    is_from_source: bool
    hours: int
    parent: str = ""
    children: tuple["Topic", ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """Something to build; `needs` are the things a finished one can do, `after` the topics that come before it."""

    id: str
    step: int
    name: str
    brief: str
    tags: tuple[str, ...]
    needs: tuple[str, ...]
    hours: int
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the ten steps. `short` is its name where room is scarce."""

    number: int
    id: str
    title: str
    short: str
    purpose: str
    choices: tuple[Choice, ...]
    topics_heading: str
    topics: tuple[Topic, ...]
    projects: tuple[Project, ...]
    platforms_heading: str
    platforms_text: str
    platforms: tuple[Link, ...]
    resources: tuple[Resource, ...]

    @property
    def every_topic(self) -> tuple[Topic, ...]:
        """The topics, each followed by its children."""
        return tuple(_flat(self.topics))


@dataclass(frozen=True, slots=True)
class Plan:
    """A way to spread the work. Hours are (from, to); an open-ended plan may take longer than its months."""

    id: str
    label: str
    months: int
    is_open_ended: bool
    hours_per_day: tuple[int, int]
    hours_total: tuple[int, int]
    habits: tuple[str, ...]
    is_recommended: bool


@dataclass(frozen=True, slots=True)
class Extra:
    """Work of a plan that stands in no list: it comes after the topic `after`, or (`after` is "") once in each step."""

    title: str
    text: str
    hours: int
    after: str


@dataclass(frozen=True, slots=True)
class Part:
    """A titled list of points: what to do after the roadmap."""

    id: str
    title: str
    text: str
    entries: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """Resources of one kind."""

    id: str
    title: str
    text: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a sentence."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The whole roadmap. `months` is how long it takes at a steady pace, from and to."""

    title: str
    subtitle: str
    intro: Section
    reasons: tuple[Point, ...]
    journey: Section
    months: tuple[int, int]
    steps: tuple[Step, ...]
    tips_heading: str
    tips: tuple[Point, ...]
    plans_intro: Section
    plans_remark: str
    plans: tuple[Plan, ...]
    first_deployment: Extra
    own_projects: Extra
    consistency_heading: str
    consistency: tuple[str, ...]
    afterwards: Section
    parts: tuple[Part, ...]
    resources: Section
    categories: tuple[Category, ...]
    closing_heading: str
    closing: tuple[str, ...]
    call: str


@cache  # the files belong to the package and cannot change while it runs
def roadmap() -> Roadmap:
    """The roadmap of this package, read once at the first question. Raises ContentError."""
    return read_roadmap(FOLDER)


def read_roadmap(folder: Path) -> Roadmap:
    """Read the five content files of a folder. Raises ContentError naming the file, the place and what is wrong."""
    files = {name: read_entry(folder / f"{name}.toml") for name in ("roadmap", "afterwards", "resources")}
    frame, afterwards, resources = files["roadmap"], files["afterwards"], files["resources"]
    intro, journey, tips = frame.entry("intro"), frame.entry("journey"), frame.entry("tips")
    plans, closing = frame.entry("plans"), frame.entry("closing")
    consistency = plans.entry("consistency")
    found = Roadmap(
        title=frame.text("title"),
        subtitle=frame.text("subtitle"),
        intro=_section(intro),
        reasons=intro.each("reasons", _point),
        journey=_section(journey),
        months=journey.span("months"),
        steps=_read_steps(folder),
        tips_heading=tips.text("heading"),
        tips=tips.each("items", _point),
        plans_intro=_section(plans),
        plans_remark=plans.text("remark"),
        plans=plans.each("items", _plan),
        first_deployment=_extra(plans.entry("first_deployment")),
        own_projects=_extra(plans.entry("own_projects")),
        consistency_heading=consistency.text("heading"),
        consistency=consistency.texts("points"),
        afterwards=_section(afterwards),
        parts=afterwards.each("parts", _part),
        resources=_section(resources),
        categories=resources.each("categories", _category),
        closing_heading=closing.text("heading"),
        closing=closing.texts("points"),
        call=closing.text("call"),
    )
    for entry in (*files.values(), intro, journey, tips, plans, closing, consistency):
        entry.done()
    return found


def topic_ids() -> tuple[str, ...]:
    """The ids of all topics, in roadmap order."""
    return tuple(_topics())


def find_topic(topic_id: str) -> Topic | None:
    """The topic with this id, or None."""
    return _topics().get(topic_id)


def topic_title(topic_id: str) -> str:
    """A topic's title. Raises KeyError for an unknown id."""
    return _topics()[topic_id].title


def topic_step(topic_id: str) -> Step:
    """The step a topic belongs to. Raises KeyError for an unknown id."""
    return roadmap().steps[_topics()[topic_id].step - 1]


def find_step(step_id: str) -> Step | None:
    """The step with this id, or None."""
    return next((step for step in roadmap().steps if step.id == step_id), None)


def find_project(project_id: str) -> Project | None:
    """The project with this id, or None."""
    return next((project for step in roadmap().steps for project in step.projects if project.id == project_id), None)


def find_capstone(capstone_id: str) -> Point | None:
    """The capstone project with this id, or None."""
    capstones = next(part.entries for part in roadmap().parts if part.id == "capstone")
    return next((capstone for capstone in capstones if capstone.id == capstone_id), None)


@cache
def _topics() -> dict[str, Topic]:
    return {topic.id: topic for step in roadmap().steps for topic in step.every_topic}


def _flat(topics: Iterable[Topic]) -> Iterator[Topic]:
    for topic in topics:
        yield topic
        yield from topic.children


def _read_steps(folder: Path) -> tuple[Step, ...]:
    projects_file, steps_file = read_entry(folder / "projects.toml"), read_entry(folder / "steps.toml")
    projects = {project.id: project for project in projects_file.each("projects", _project)}
    steps = steps_file.each("steps", lambda entry: _step(entry, projects))
    projects_file.done()
    steps_file.done()
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise steps_file.error("the steps are not numbered 1, 2, 3, ... in this order")
    steps_file.refuse_twins(topic.id for step in steps for topic in step.every_topic)
    placed = {project.id for step in steps for project in step.projects}
    if missing := sorted(projects.keys() - placed):
        raise projects_file.error(f"no step has the project {', '.join(missing)}")
    return steps


def _step(entry: Entry, projects: dict[str, Project]) -> Step:
    number = entry.number("number")
    step = Step(
        number=number,
        id=entry.text("id"),
        title=entry.text("title"),
        short=entry.text("short"),
        purpose=entry.text("purpose"),
        choices=entry.each("choices", _choice, is_optional=True),
        topics_heading=entry.text("topics_heading", "What you will learn"),
        topics=entry.each("topics", lambda one: _topic(one, number)),
        projects=tuple(_known_project(entry, name, number, projects) for name in entry.texts("projects", [])),
        platforms_heading=entry.text("platforms_heading", ""),
        platforms_text=entry.text("platforms_text", ""),
        platforms=entry.each("platforms", _named_link, is_optional=True),
        resources=entry.each("resources", _resource),
    )
    entry.done()
    return step


def _known_project(entry: Entry, name: str, number: int, projects: dict[str, Project]) -> Project:
    if name not in projects or projects[name].step != number:
        raise entry.error(f"projects.toml has no project {name} for step {number}")
    return projects[name]


def _topic(entry: Entry, step: int, parent: str = "") -> Topic:
    topic_id = entry.text("id")
    children = () if parent else entry.each("children", lambda one: _topic(one, step, topic_id), is_optional=True)
    title, text, hours = entry.text("title"), entry.text("text"), 0 if children else entry.number("hours")
    topic = Topic(topic_id, title, text, step, entry.flag("from_source", True), hours, parent, children)
    entry.done()
    return topic


def _project(entry: Entry) -> Project:
    name, brief, tags, needs = entry.text("name"), entry.text("brief"), entry.texts("tags"), entry.texts("needs")
    step, hours, after = entry.number("step"), entry.number("hours"), entry.texts("after")
    project = Project(entry.text("id"), step, name, brief, tags, needs, hours, after)
    entry.done()
    return project


def _choice(entry: Entry) -> Choice:
    choice = Choice(entry.text("name"), entry.texts("points"), entry.each("frameworks", _framework))
    entry.done()
    return choice


def _framework(entry: Entry) -> tuple[str, str]:
    framework = entry.text("name"), entry.text("text", "")
    entry.done()
    return framework


def _plan(entry: Entry) -> Plan:
    plan = Plan(
        id=entry.text("id"),
        label=entry.text("label"),
        months=entry.number("months"),
        is_open_ended=entry.flag("is_open_ended"),
        hours_per_day=entry.span("hours_per_day"),
        hours_total=entry.span("hours_total"),
        habits=entry.texts("habits"),
        is_recommended=entry.flag("is_recommended"),
    )
    entry.done()
    return plan


def _extra(entry: Entry) -> Extra:
    extra = Extra(entry.text("title"), entry.text("text"), entry.number("hours"), entry.text("after", ""))
    entry.done()
    return extra


def _point(entry: Entry) -> Point:
    point = Point(entry.text("id"), entry.text("title"), entry.text("text"))
    entry.done()
    return point


def _part(entry: Entry) -> Part:
    part = Part(entry.text("id"), entry.text("title"), entry.text("text"), entry.each("entries", _point))
    entry.done()
    return part


def _category(entry: Entry) -> Category:
    links = entry.each("entries", _named_link)
    category = Category(entry.text("id"), entry.text("title"), entry.text("text"), links)
    entry.done()
    return category


def _named_link(entry: Entry) -> Link:
    link = Link(entry.text("name"), entry.text("url", ""), entry.text("text", ""))
    entry.done()
    return link


def _resource(entry: Entry) -> Resource:
    resource = Resource(*entry.link("name"), entry.text("kind"), entry.number("hours"), entry.text("why"))
    entry.done()
    return resource


def _section(entry: Entry) -> Section:
    return Section(entry.text("heading"), entry.text("text"))
