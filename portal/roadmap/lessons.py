"""Lessons: one Markdown file for each topic, with its sources, the examples that were run, and where it is used."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.config import ROOT
from portal.roadmap import content
from portal.roadmap.content import FOLDER
from portal.roadmap.entries import ContentError, split_link

LESSONS = FOLDER / "lessons"
DATASETS = ROOT / "quizzes" / "decks" / "datasets"
_KEYS = ("topic", "title", "minutes", "source", "project")
_HEAD_LINE = re.compile(r"([a-z]+): +(\S.*)")
_EXAMPLE = re.compile(
    r"^```(?P<language>\w+) run(?:=(?P<dataset>[\w-]+))?\n(?P<code>.*?)^```\n\s*"
    r"(?:^```text output\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_MISTAKE = "<h2>The usual misconception</h2>"  # where the feedback of a wrong answer leads (quizzes/drawing.py)
_PRINTED = '<pre class="code" tabindex="0"><code class="language-text">'


@dataclass(frozen=True, slots=True)
class LessonSource:
    """Where a lesson's facts come from; `kind` is a word such as "standard", `minutes` the time to read it."""

    title: str
    url: str
    kind: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Use:
    """How a project uses a topic. `id` and `name` are those of one of the nine projects, or of a capstone."""

    id: str
    name: str
    text: str
    is_capstone: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A program of a lesson and what it prints. `dataset` is the database of an SQL example, or ""."""

    language: str
    dataset: str
    code: str
    output: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A short lesson: the rule, the smallest example, the usual misconception. `uses` names a project or more."""

    topic: str
    title: str
    minutes: int
    sources: tuple[LessonSource, ...]
    uses: tuple[Use, ...]
    examples: tuple[Example, ...]
    markdown: str

    @property
    def datasets(self) -> tuple[str, ...]:
        """The databases its examples ask, each once."""
        return tuple(dict.fromkeys(example.dataset for example in self.examples if example.dataset))


@cache  # the files belong to the package and cannot change while it runs
def lesson_of(topic_id: str) -> Lesson:
    """The lesson of a topic: each has one. Raises KeyError for an unknown id, ContentError for a broken file."""
    if topic_id not in lesson_topics():
        raise KeyError(topic_id)
    return read_lesson(LESSONS / f"{topic_id}.md")


@cache
def lesson_topics() -> tuple[str, ...]:
    """The ids of the topics that have a lesson: all of them."""
    return tuple(sorted(path.stem for path in LESSONS.glob("*.md")))


@cache
def lessons_of_project(project_id: str) -> tuple[tuple[str, str], ...]:
    """(topic, how the project uses it) for a project, in roadmap order. Every lesson is read at the first question."""
    uses = ((topic, use) for topic in content.topic_ids() for use in lesson_of(topic).uses)
    return tuple((topic, use.text) for topic, use in uses if use.id == project_id)


@cache
def lesson_html(topic_id: str) -> str:
    """The text of a lesson as HTML. Raises KeyError for an unknown id. Rendered once: the first reader waits for it."""
    from quizzes.rendering import render_markdown

    html = render_markdown(lesson_of(topic_id).markdown)
    html = html.replace(_MISTAKE, _MISTAKE.replace("<h2", '<h2 id="misconception"'))
    # In a lesson a text block is always what the example above it prints.
    return html.replace(_PRINTED, _PRINTED.replace('"code"', '"code output"'))


@cache
def dataset_html(name: str) -> str:
    """The SQL that makes a dataset, highlighted."""
    from quizzes.rendering import highlight_code

    return highlight_code((DATASETS / f"{name}.sql").read_text(encoding="utf-8"), "sql")


def read_lesson(path: Path) -> Lesson:
    """Read a lesson file. Raises ContentError naming the file and what is wrong with it."""
    _, rule, rest = path.read_text(encoding="utf-8").partition("---\n")
    head, end, body = rest.partition("\n---\n")
    if not rule or not end or not body.strip():
        raise ContentError(f"{path.name}: wants a head between two --- lines and a text below it")
    values = _head(path, head.splitlines())
    if values["topic"] != [path.stem]:
        raise ContentError(f"{path.name}: the topic must be {path.stem}, as the file is called")
    return Lesson(
        topic=path.stem,
        title=_only(path, values, "title"),
        minutes=_minutes(path, _only(path, values, "minutes")),
        sources=tuple(_source(path, text) for text in values["source"]),
        uses=_uses(path, values["project"]),
        examples=_examples(path, body),
        markdown=body.strip(),
    )


def _head(path: Path, lines: list[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {key: [] for key in _KEYS}
    for number, line in enumerate(lines, 2):
        found = _HEAD_LINE.fullmatch(line)
        if found is None or found[1] not in _KEYS:
            raise ContentError(f"{path.name}:{number}: not one of {', '.join(_KEYS)}: {line!r}")
        values[found[1]].append(found[2])
    return values


def _only(path: Path, values: dict[str, list[str]], key: str) -> str:
    if len(values[key]) != 1:
        raise ContentError(f'{path.name}: "{key}" stands {len(values[key])} times, not once')
    return values[key][0]


def _minutes(path: Path, text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ContentError(f"{path.name}: {text!r} is not a number of minutes")
    return int(text)


def _source(path: Path, text: str) -> LessonSource:
    parts = [part.strip() for part in text.split(" | ")]
    link = split_link(parts[0])
    if len(parts) != 3 or link is None:
        raise ContentError(f"{path.name}: {text!r} is not written as: title <https://address> | kind | minutes")
    return LessonSource(*link, parts[1], _minutes(path, parts[2]))


def _uses(path: Path, lines: list[str]) -> tuple[Use, ...]:
    if not lines:
        raise ContentError(f"{path.name}: names no project that uses it")
    return tuple(_use(path, line) for line in lines)


def _use(path: Path, line: str) -> Use:
    project_id, bar, text = (part.strip() for part in line.partition(" | "))
    if not bar or not text.endswith("."):
        raise ContentError(f"{path.name}: {line!r} is not written as: project | one sentence on how it is used there.")
    if project := content.find_project(project_id):
        return Use(project_id, project.name, text, is_capstone=False)
    if capstone := content.find_capstone(project_id):
        return Use(project_id, capstone.title, text, is_capstone=True)
    raise ContentError(f"{path.name}: there is no project or capstone {project_id}")


def _examples(path: Path, body: str) -> tuple[Example, ...]:
    found = []
    for match in _EXAMPLE.finditer(body):
        if match["output"] is None:
            raise ContentError(f"{path.name}: an example has no text output block below it")
        found.append(Example(match["language"], match["dataset"] or "", match["code"], match["output"]))
    if not found or len(found) != len(re.findall(r"^```text output$", body, re.MULTILINE)):
        raise ContentError(f"{path.name}: each example needs a program and the output below it, and nothing between")
    return tuple(found)
