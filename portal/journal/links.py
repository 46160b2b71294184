"""What entries name in [[...]]: topics and projects of the roadmap, cards, other entries; and where these are."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape, unescape
from typing import NamedTuple

from flask import url_for

from portal.journal import queries, texts
from portal.journal.texts import day_in_words
from portal.quizzes import catalogue
from portal.roadmap import content

KINDS = ("topic", "project", "card", "entry")
_NAME = re.compile(r"\[\[([^\[\]\n]{1,120})\]\]")
_NO_TEXT = re.compile(r"(<pre.*?</pre>|<code>.*?</code>|<a .*?</a>|<[^>]*>)", re.DOTALL)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class Target(NamedTuple):
    """Something that can be named: `kind` is topic, project, card or entry; `id` what stands in journal_links."""

    kind: str
    id: str
    title: str
    url: str


def linked(html: str, reader_id: int | None) -> str:
    """Rendered Markdown with a link for each name. What the reader may not see, and what nobody knows, stays as typed.

    Code and links are left alone. Of `html` everything that people wrote must be escaped.
    """
    if "[[" not in html:
        return html
    found = resolved(names_in(html), reader_id)
    parts = _NO_TEXT.split(html)
    parts[::2] = [_NAME.sub(lambda name: _link(name, found), part) for part in parts[::2]]
    return "".join(parts)


def plain(text: str, reader_id: int) -> str:
    """Markdown with titles in place of names, for where no link can be."""
    if "[[" not in text:
        return text
    found = resolved([_folded(name) for name in _NAME.findall(text)], reader_id)
    return _NAME.sub(lambda name: found[_folded(name[1])].title if _folded(name[1]) in found else name[0], text)


def excerpt(start: str) -> str:
    """The first words of an entry, topics and projects by their titles; a list looks nothing up in tables."""
    names = _roadmap_names()

    def title(name: re.Match[str]) -> str:
        target = names.get(_folded(name[1]))
        return name[0] if target is None else target.title

    return texts.excerpt(_NAME.sub(title, start))


def _link(name: re.Match[str], found: dict[str, Target]) -> str:
    target = found.get(_folded(name[1]))
    return name[0] if target is None else f'<a href="{escape(target.url)}">{escape(target.title)}</a>'


def names_in(html: str) -> list[str]:
    """Every name in rendered Markdown, folded, each once."""
    texts = _NO_TEXT.split(html)[::2]
    return list(dict.fromkeys(_folded(name) for text in texts for name in _NAME.findall(text)))


def named(body: str, learner_id: int) -> list[queries.Named]:
    """What an entry names, as it is kept beside it: each thing once, whatever it is called."""
    if "[[" not in body:
        return []
    from quizzes.rendering import render_markdown

    found = resolved(names_in(render_markdown(body, 0)), learner_id).values()
    return list(dict.fromkeys((target.kind, target.id) for target in found))


def _folded(name: str) -> str:
    return " ".join(unescape(name).split()).casefold()


def resolved(names: Iterable[str], reader_id: int | None) -> dict[str, Target]:
    """The targets behind folded names, as far as there are any that this reader may see."""
    wanted = list(names)
    found = {name: target for name in wanted if (target := _roadmap_names().get(name)) is not None}
    slugs = [name.removeprefix("card:").strip() for name in wanted if name.startswith("card:")]
    titles = catalogue.card_titles(reader_id, slugs) if slugs else {}
    days = queries.days_of(reader_id, _numbers(wanted)) if reader_id is not None else {}
    for name in wanted:
        kind, _, rest = name.partition(":")
        slug = rest.strip()
        if kind == "card" and slug in titles:
            found[name] = Target("card", slug, titles[slug], url_for("quizzes.card", slug=slug))
        elif kind == "entry" and slug.isdecimal() and int(slug) in days:
            title = day_in_words(days[int(slug)])
            found[name] = Target("entry", slug, title, url_for("journal.entry", entry_id=int(slug)))
    return found


def _numbers(names: Iterable[str]) -> list[int]:
    texts = (name.removeprefix("entry:").strip() for name in names if name.startswith("entry:"))
    return [int(text) for text in texts if _NUMBER.fullmatch(text)]


def find_target(kind: str, target_id: str, reader_id: int) -> Target | None:
    """What an address names, if this reader may see it."""
    name = target_id if kind == "topic" else f"{kind}:{target_id}"
    found = resolved([name.casefold()], reader_id).get(name.casefold())
    return found if found is not None and (found.kind, found.id) == (kind, target_id) else None


def of_roadmap() -> list[Target]:
    """The topics and then the projects, in roadmap order: what the form offers."""
    found = []
    for step in content.roadmap().steps:
        found += [_topic(topic) for topic in step.every_topic]
    return found + [_project(project) for step in content.roadmap().steps for project in step.projects]


def _topic(topic: content.Topic) -> Target:
    return Target("topic", topic.id, topic.title, f"/roadmap/topics/{topic.id}")


def _project(project: content.Project) -> Target:
    return Target("project", project.id, project.name, f"/roadmap/projects/{project.id}")


@cache  # the files belong to the package and cannot change while it runs
def _roadmap_names() -> dict[str, Target]:
    """Folded names of topics and projects: ids always, titles where only one thing is called so."""
    targets = of_roadmap()
    titles: dict[str, list[Target]] = {}
    for target in targets:
        titles.setdefault(_folded(target.title), []).append(target)
    names = {title: found[0] for title, found in titles.items() if len(found) == 1}
    for target in targets:
        if target.kind == "project":
            names[f"project:{_folded(target.title)}"] = names[f"project:{target.id}"] = target
        else:
            names[target.id] = names[f"topic:{target.id}"] = target
    return names
