"""Lessons say what is so: every example is run, and prints exactly what stands below it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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


def test_every_topic_with_cards_has_a_lesson_and_every_lesson_a_topic_with_cards() -> None:
    assert set(lessons.lesson_topics()) == TOPICS_WITH_CARDS
    assert set(content.topic_ids()) >= TOPICS_WITH_CARDS


@pytest.mark.parametrize("topic", lessons.lesson_topics())
def test_a_lesson_is_short_names_its_sources_and_is_drawn_with_its_output(topic: str) -> None:
    lesson = lessons.find_lesson(topic)
    assert lesson is not None
    assert 2 <= len(lesson.sources) <= 4
    assert len({source.url for source in lesson.sources}) == len(lesson.sources)
    assert 1 <= lesson.minutes <= 10
    assert len(lesson.markdown.split()) <= 450, "a lesson is a page, not a chapter"
    assert "## Smallest example\n" in lesson.markdown
    assert "## The usual misconception\n" in lesson.markdown
    assert lessons.lesson_html(topic).count('class="code output"') == len(lesson.examples)


def test_every_example_prints_exactly_what_the_lesson_shows(tmp_path: Path) -> None:
    examples = [
        (lesson.topic, example)
        for lesson in map(lessons.find_lesson, lessons.lesson_topics())
        if lesson
        for example in lesson.examples
    ]
    assert len(examples) >= len(TOPICS_WITH_CARDS)
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda pair: printed(pair[1], tmp_path), examples))
    wrong = [
        topic for (topic, example), text in zip(examples, texts, strict=True) if text.strip() != example.output.strip()
    ]
    assert wrong == []


def test_a_lesson_of_the_database_shows_its_tables() -> None:
    lesson = lessons.find_lesson("sql.joins.outer")
    assert lesson is not None
    assert lesson.datasets == ("library",)
    assert "member" in lessons.dataset_html("library")


def test_a_topic_without_cards_has_no_lesson() -> None:
    assert lessons.find_lesson("dsa.big-o") is None
    with pytest.raises(KeyError):
        lessons.lesson_html("dsa.big-o")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("topic: sql.joins.outer", "topic: sql.joins.inner", "sql.joins.outer.md: the topic must be sql.joins.outer"),
        ("title: A title\n", "", '"title" stands 0 times'),
        ("minutes: 4", "minutes: soon", "'soon' is not a number of minutes"),
        ("minutes: 4", "author: me", "sql.joins.outer.md:4: not one of"),
        (" | reference | 10", "", "is not written as: title <https://address> | kind | minutes"),
        ("<https://www.sqlite.org/lang_select.html>", "sqlite.org", "is not written as"),
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
