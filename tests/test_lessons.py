"""Every topic has a whole lesson, and it says what is so: its examples are run and print exactly what stands below."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import Browser

from portal.cli import DECKS
from portal.roadmap import content, lessons
from portal.roadmap.entries import ContentError
from portal.roadmap.lessons import Example, read_lesson
from quizzes.reading import read_decks
from quizzes.truth.git import run_steps
from quizzes.truth.sql import as_text, run_query

TOPICS_WITH_CARDS = {card.topic for deck in read_decks(DECKS) for card in deck.cards}
GOOD = """---
topic: sql.joins.outer
title: A title
minutes: 4
source: SQLite, SELECT <https://www.sqlite.org/lang_select.html> | reference | 10
project: library-database | The list of books keeps those without an author.
---
A rule.

```python run
print(1)
```

```text output
1
```
"""


def printed(example: Example, folder: Path) -> str:
    """What an example prints when it is run now."""
    if example.language == "sql":
        rows = run_query(lessons.DATASETS / f"{example.dataset}.sql", [example.code])[1]
        return as_text(rows, "lines")
    if example.language == "sh":
        return run_steps("", example.code)
    command = [sys.executable, "-I", "-c", example.code]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20, check=False)
    assert not run.stderr, run.stderr
    return run.stdout


def test_every_topic_has_a_lesson_and_every_lesson_a_topic() -> None:
    assert set(lessons.lesson_topics()) == set(content.topic_ids())
    assert set(content.topic_ids()) >= TOPICS_WITH_CARDS
    with pytest.raises(KeyError):
        lessons.lesson_html("dsa.graphs")


@pytest.mark.parametrize("topic_id", content.topic_ids())
def test_a_lesson_is_short_and_has_rule_example_misconception_sources_cards_and_project(topic_id: str) -> None:
    lesson, topic = lessons.lesson_of(topic_id), content.find_topic(topic_id)
    assert topic is not None
    rule, example, misconception = split_lesson(lesson.markdown)
    assert len(rule.split()) >= 20
    assert example.strip()
    assert lesson.examples
    assert len(misconception.split()) >= 20
    assert len(lesson.markdown.split()) <= 450, "a lesson is a page, not a chapter"
    assert 1 <= lesson.minutes <= 10
    assert 2 <= len({source.url for source in lesson.sources}) == len(lesson.sources) <= 4
    assert all(source.kind and source.minutes for source in lesson.sources)
    assert {topic_id, *(child.id for child in topic.children)} & TOPICS_WITH_CARDS
    assert 1 <= len(lesson.uses) <= 2


def test_the_page_of_every_topic_shows_all_of_its_lesson_its_cards_and_its_project(client: Browser) -> None:
    for topic_id in content.topic_ids():
        lesson, page = lessons.lesson_of(topic_id), client.get(f"/roadmap/topics/{topic_id}")
        text = page.find("main")[0].text
        links = [link.get("href") or "" for link in page.find("a")]
        headings = [heading.text for heading in page.find("h2")]
        assert headings[:3] == ["Smallest example", "The usual misconception", "Where this comes from"]
        assert len(page.find("pre", class_="code output")) == len(lesson.examples)
        assert all(
            source.url in links and f"{source.kind}, {source.minutes} minute" in text for source in lesson.sources
        )
        assert re.search(r"\d+ cards ask about this", text), topic_id
        assert any(re.match(r"/quizzes/decks/[\w-]+#[\w.-]+$", link) for link in links), topic_id
        for use in lesson.uses:
            assert use.text in text
            assert ("/roadmap/after#capstone" if use.is_capstone else f"/roadmap/projects/{use.id}") in links


def split_lesson(markdown: str) -> tuple[str, str, str]:
    """(rule, smallest example, usual misconception) of a lesson."""
    rule, there, rest = markdown.partition("## Smallest example\n")
    example, too, misconception = rest.partition("## The usual misconception\n")
    assert there
    assert too
    return rule, example, misconception


def test_every_project_says_which_lessons_go_into_it_and_no_two_topics_say_the_same(client: Browser) -> None:
    uses = [use for topic_id in content.topic_ids() for use in lessons.lesson_of(topic_id).uses]
    assert len({use.text for use in uses}) == len(uses)
    for project in (project for step in content.roadmap().steps for project in step.projects):
        used = lessons.lessons_of_project(project.id)
        assert len(used) >= 5
        page = client.get(f"/roadmap/projects/{project.id}")
        assert {f"/roadmap/topics/{topic}" for topic, _ in used} <= {link.get("href") for link in page.find("a")}
        assert all(text in page.find("main")[0].text for _, text in used)


def test_every_example_prints_exactly_what_the_lesson_shows(tmp_path: Path) -> None:
    examples = [(topic, example) for topic in lessons.lesson_topics() for example in lessons.lesson_of(topic).examples]
    assert len(examples) >= len(content.topic_ids())
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda pair: printed(pair[1], tmp_path), examples))
    wrong = [
        topic for (topic, example), text in zip(examples, texts, strict=True) if text.strip() != example.output.strip()
    ]
    assert wrong == []


def test_a_lesson_of_the_database_shows_its_tables() -> None:
    assert lessons.lesson_of("sql.joins.outer").datasets == ("library",)
    assert "member" in lessons.dataset_html("library")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("topic: sql.joins.outer", "topic: sql.joins.inner", "sql.joins.outer.md: the topic must be sql.joins.outer"),
        ("title: A title\n", "", '"title" stands 0 times'),
        ("minutes: 4", "minutes: soon", "'soon' is not a number of minutes"),
        ("minutes: 4", "author: me", "sql.joins.outer.md:4: not one of"),
        (" | reference | 10", "", "is not written as: title <https://address> | kind | minutes"),
        ("<https://www.sqlite.org/lang_select.html>", "sqlite.org", "is not written as"),
        ("project: library-database", "project: my-shop", "there is no project or capstone my-shop"),
        (" | The list of books keeps", ", the list of books keeps", "is not written as: project | one sentence"),
        ("project: library-database | The list of books keeps those without an author.\n", "", "names no project"),
        ("```text output\n1\n```\n", "", "an example has no text output block below it"),
        ("```python run", "```python", "each example needs a program and the output below it"),
        ("---\nA rule.", "A rule.", "wants a head between two --- lines"),
    ],
)
def test_a_broken_lesson_is_refused_with_its_file_and_the_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = tmp_path / "sql.joins.outer.md"
    path.write_text(GOOD)
    assert read_lesson(path).examples == (Example("python", "", "print(1)\n", "1\n"),)
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ContentError) as caught:
        read_lesson(path)
    assert reason in str(caught.value)
    assert "sql.joins.outer.md" in str(caught.value)
