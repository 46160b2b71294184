"""Nothing of the roadmap is lost, nothing unproved is claimed, and a step's colour says what recall says."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Page
from factories import answer_next, me_of
from flask import Flask
from sqlalchemy import event

from portal.cli import DECKS
from portal.db import db
from portal.login import now
from portal.quizzes.queries import Today
from portal.roadmap import content
from portal.roadmap.content import FOLDER, read_roadmap
from portal.roadmap.entries import ContentError
from portal.roadmap.home import at_home, greeting_at, minutes_for
from portal.roadmap.status import NO_CARDS, StepStatus, statuses
from quizzes.picking import Counts
from quizzes.reading import read_decks

INVENTORY: dict[str, Any] = tomllib.loads((Path(__file__).parent / "roadmap_inventory.toml").read_text())
STEPS = INVENTORY["steps"]
CARD_TOPICS = ("bigo.growth", "bigo.loops", "sql.joins.inner", "http.status.success", "security.tls")
PAGES = [
    "/",
    "/roadmap",
    "/roadmap/plans",
    "/roadmap/after",
    "/roadmap/resources",
    "/about",
    *(f"/roadmap/steps/{step.id}" for step in content.roadmap().steps),
    *(f"/roadmap/projects/{project['id']}" for project in INVENTORY["projects"]),
    *(f"/roadmap/topics/{topic_id}" for topic_id in content.topic_ids()),
]
UNPROVED = re.compile(
    r"10 ?(?:-|–|to) ?20 ?%|80 ?%|highest[- ]pa|better paid|free tier|easiest|(?<!formerly called )\b(?-i:SSL)\b",
    re.IGNORECASE,
)


def has(name: str, text: str) -> bool:
    """Whether every part of an inventory name stands in the text."""
    return all(part.casefold() in text.casefold() for part in name.split("&&"))


def missing(names: list[str], texts: list[str]) -> list[str]:
    """The names that no single one of the texts holds."""
    return [name for name in names if not any(has(name, text) for text in texts)]


def words(page: Page) -> str:
    """What a reader of the page reads, without menu and foot."""
    return page.find("main")[0].text


@dataclass(frozen=True)
class Known:
    """Cards of a topic, as the status reads them."""

    cards: int
    started: int
    due: int
    recall: float


def recalls(**changed: Known) -> dict[str, Known]:
    """Five topics with four new cards each; `bigo_loops=...` changes one."""
    return {topic: changed.get(topic.replace(".", "_").replace("-", "_"), Known(4, 0, 0, 0.0)) for topic in CARD_TOPICS}


def status_of(number: int, known: dict[str, Known], is_known: bool = True) -> StepStatus:
    """The status of one step."""
    return statuses(content.roadmap().steps, known, is_known)[number - 1]


# The inventory against the content files


def test_the_inventory_is_as_long_as_the_roadmap() -> None:
    lists, resources = INVENTORY["lists"], INVENTORY["resources"]
    seen = {
        "steps": len(STEPS),
        "projects": len(INVENTORY["projects"]),
        "tips": len(INVENTORY["tips"]),
        "plans": len(INVENTORY["plans"]),
        "platforms": sum(len(step.get("platforms", [])) for step in STEPS),
        "reasons": len(INVENTORY["reasons"]),
        **{name: len(lists[name]) for name in ("capstones", "roles", "advanced", "benefits")},
        **{name: len(names) for name, names in resources.items()},
    }
    assert seen == INVENTORY["counts"]


def test_no_step_choice_topic_project_or_platform_is_missing() -> None:
    for wanted, step in zip(STEPS, content.roadmap().steps, strict=True):
        assert (step.id, step.title) == (wanted["id"], wanted["title"])
        assert [project.id for project in step.projects] == wanted["projects"]
        assert [platform.title for platform in step.platforms] == wanted.get("platforms", [])
        own = [f"{topic.title} {topic.text}" for topic in step.topics if topic.is_from_source]
        assert missing(wanted["topics"], own) == []
        assert len(own) == len(wanted["topics"]), f"{step.id}: a topic of ours passes for one of the roadmap's"
        for choice_wanted, choice in zip(wanted.get("choices", []), step.choices, strict=True):
            assert choice.name == choice_wanted["name"]
            assert [name for name, _ in choice.frameworks] == choice_wanted["frameworks"]
            remarks = [*choice.points, *(text for _, text in choice.frameworks)]
            assert missing(choice_wanted["points"], remarks) == []


def test_every_project_has_its_name_brief_and_tags() -> None:
    for wanted in INVENTORY["projects"]:
        project = content.find_project(wanted["id"])
        assert project is not None
        assert (project.name, list(project.tags)) == (wanted["name"], wanted["tags"])
        assert all(has(part, " ".join((project.brief, *project.needs))) for part in wanted["brief"]), project.id


def test_tips_plans_and_what_comes_after_are_whole() -> None:
    roadmap, lists = content.roadmap(), INVENTORY["lists"]
    assert roadmap.months == tuple(INVENTORY["months"])
    tips = {tip.id: f"{tip.title} {tip.text}" for tip in roadmap.tips}
    assert tips.keys() == INVENTORY["tips"].keys()
    assert all(has(name, tips[tip]) for tip, name in INVENTORY["tips"].items())
    assert {plan.id for plan in roadmap.plans} == INVENTORY["plans"].keys()
    for plan in roadmap.plans:
        wanted = INVENTORY["plans"][plan.id]
        assert (plan.label, plan.months) == (wanted["label"], wanted["months"])
        assert [list(plan.hours_per_day), list(plan.hours_total)] == [wanted["hours_per_day"], wanted["hours_total"]]
        assert missing(wanted["habits"], list(plan.habits)) == []
    assert [plan.id for plan in roadmap.plans if plan.is_recommended] == lists["recommended"]
    assert [plan.id for plan in roadmap.plans if plan.is_open_ended] == lists["open_ended"]
    assert missing(lists["consistency"], list(roadmap.consistency)) == []
    parts = {part.id: [f"{entry.title} {entry.text}" for entry in part.entries] for part in roadmap.parts}
    for part, name in (
        ("capstone", "capstones"),
        ("jobs", "roles"),
        ("learning", "advanced"),
        ("open-source", "benefits"),
    ):
        assert missing(lists[name], parts[part]) == []
    assert missing(lists["closing"], [*roadmap.closing, roadmap.call]) == []
    assert missing(INVENTORY["reasons"], [f"{reason.title} {reason.text}" for reason in roadmap.reasons]) == []


def test_hours_of_a_plan_are_days_times_hours() -> None:
    for plan in content.roadmap().plans:
        counted = [plan.months * 30.4 * hours for hours in plan.hours_per_day]
        assert all(abs(total - hours) < 1.5 for total, hours in zip(plan.hours_total, counted, strict=True))


def test_every_resource_is_named_under_its_kind() -> None:
    found = {category.id: [link.title for link in category.links] for category in content.roadmap().categories}
    assert found == INVENTORY["resources"]


def test_every_step_names_free_resources_of_ours_also_where_the_roadmap_leaves_the_list_empty() -> None:
    assert [step["id"] for step in STEPS if step.get("empty_list")] == [
        content.roadmap().steps[number - 1].id for number in (1, 3, 7, 9)
    ]
    for wanted, step in zip(STEPS, content.roadmap().steps, strict=True):
        assert len(step.resources) >= (4 if wanted.get("empty_list") else 3)
        assert len({one.url for one in step.resources}) == len(step.resources)
        assert all(one.kind.islower() and 1 <= one.hours <= 250 for one in step.resources)
        assert all(one.why.endswith(".") and one.why.count(". ") < 2 for one in step.resources)


def test_topics_of_our_own_are_marked_where_the_roadmap_names_none() -> None:
    for step in content.roadmap().steps:
        has_own_list = any(topic.is_from_source for topic in step.topics)
        assert has_own_list == (step.number not in {1, 4, 5, 10})
        assert not any(child.is_from_source for topic in step.topics for child in topic.children)


# The inventory against the pages


def test_no_entry_is_missing_from_the_pages(client: Browser) -> None:
    roadmap_page = words(client.get("/roadmap"))
    assert missing([step["title"] for step in STEPS], [roadmap_page]) == []
    assert missing([project["name"] for project in INVENTORY["projects"]], [roadmap_page]) == []
    for names in (INVENTORY["reasons"], list(INVENTORY["tips"].values()), INVENTORY["lists"]["closing"]):
        assert missing(names, [roadmap_page]) == []
    plans_page = words(client.get("/roadmap/plans"))
    for plan in INVENTORY["plans"].values():
        hours = "{} to {} hours a day".format(*plan["hours_per_day"])
        total = "{:,} to {:,} hours".format(*plan["hours_total"])
        assert missing([f"{plan['label']}: {plan['months']} months", hours, total, *plan["habits"]], [plans_page]) == []
    assert has("Balanced: 9 months recommended", plans_page)
    assert missing(INVENTORY["lists"]["consistency"], [plans_page]) == []
    after_page = words(client.get("/roadmap/after"))
    for name in ("capstones", "roles", "advanced", "benefits"):
        assert missing(INVENTORY["lists"][name], [after_page]) == []
    resources_page = words(client.get("/roadmap/resources"))
    assert all(missing(names, [resources_page]) == [] for names in INVENTORY["resources"].values())


@pytest.mark.parametrize("wanted", STEPS, ids=[step["id"] for step in STEPS])
def test_a_step_page_shows_everything_of_its_step(client: Browser, wanted: dict[str, Any]) -> None:
    page = words(client.get(f"/roadmap/steps/{wanted['id']}"))
    step = content.find_step(wanted["id"])
    assert step is not None
    assert missing([*wanted["topics"], *wanted.get("platforms", []), step.purpose], [page]) == []
    assert missing([topic.title for topic in step.topics], [page]) == []
    assert missing([part for one in step.resources for part in (one.title, one.why)], [page]) == []
    assert "The selection is ours" in page
    for choice in wanted.get("choices", []):
        assert missing([choice["name"], *choice["points"], *choice["frameworks"]], [page]) == []
    for project in (one for one in INVENTORY["projects"] if one["id"] in wanted["projects"]):
        assert missing([project["name"], *project["tags"]], [page]) == []
        own = words(client.get(f"/roadmap/projects/{project['id']}"))
        assert missing([project["name"], *project["brief"], *project["tags"]], [own]) == []


def test_a_page_claims_nothing_unproved_and_ends_with_what_to_do_next(client: Browser, alice: Browser) -> None:
    for browser, url in product((client, alice), PAGES):
        page = browser.get(url)
        assert (url, UNPROVED.findall(words(page))) == (url, [])
        actions = [one for one in page.elements if "primary" in (one.get("class") or "").split()]
        assert (url, len(actions)) == (url, 1), "one main action a page"
        assert all(link.get("href") for link in page.find("a")), f"a link to nowhere on {url}"


def test_every_link_of_the_roadmap_leads_somewhere(alice: Browser) -> None:
    addresses = {link.get("href") or "" for url in PAGES for link in alice.get(url).find("a")}
    own = sorted({address.partition("#")[0] for address in addresses if address.startswith("/")} - {""})
    assert len(own) > len(PAGES) - 5
    for address in own:
        alice.get(address)


@pytest.mark.parametrize("url", ["/roadmap/steps/none", "/roadmap/topics/none", "/roadmap/projects/..%2f..%2fwsgi.py"])
def test_an_unknown_step_topic_or_project_is_not_found(client: Browser, url: str) -> None:
    client.get(url, status=404)


def test_nobody_can_tick_anything_on_the_roadmap(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("roadmap.")]
    assert len(rules) >= 9
    assert all((rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"} for rule in rules)


def test_a_lesson_page_shows_rule_example_output_sources_and_tables(client: Browser) -> None:
    page = client.get("/roadmap/topics/sql.joins.outer")
    assert "Outer joins keep the rows without a partner" in page.find("h1")[0].text
    headings = [heading.text for heading in page.find("h2")]
    assert headings[:3] == ["Smallest example", "The usual misconception", "Where this comes from"]
    assert page.find("pre", class_="code output")
    assert any("library" in summary.text for summary in page.find("summary"))
    assert "cards ask about this" in words(page)


def test_visitors_read_no_recall_and_no_place_of_theirs(client: Browser) -> None:
    page = client.get("/roadmap")
    assert not page.find("meter")
    assert "You are here" not in words(page)
    assert "Sign up" in words(page)
    assert len(page.find("li", class_="open")) == 10


# Queries


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements of a block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("url", "most"),
    [("/", 12), ("/roadmap", 7), ("/roadmap/steps/sql-mysql", 7), ("/roadmap/topics/sql.joins", 8), ("/about", 4)],
)
def test_a_page_asks_the_database_a_few_times_however_much_was_learnt(
    app: Flask, alice: Browser, url: str, most: int
) -> None:
    with counted(app) as before:
        alice.get(url)
    learn(app, alice, 8)
    with counted(app) as after:
        alice.get(url)
    assert len(after) <= len(before) + (url == "/"), "more answers, more queries"
    assert len(after) <= most


def learn(app: Flask, browser: Browser, cards: int) -> None:
    """Answer the first new cards."""
    assert browser.person is not None
    with app.app_context():
        for _ in range(cards):
            answer_next(me_of(browser.person), now())


# Colours


def lacks(status: StepStatus) -> list[str]:
    """What green still needs, in words."""
    return [f"{lack.topic.title}: {lack.text}" if lack.topic else lack.text for lack in status.missing]


def test_a_newcomer_stands_at_the_first_step_and_nothing_is_green() -> None:
    found = statuses(content.roadmap().steps, recalls())
    assert [status.step.number for status in found if status.is_here] == [1]
    assert {status.colour for status in found} == {"open", "far"}
    assert found[0].sentence == NO_CARDS
    assert found[2].sentence == "8 cards, none started."
    assert found[3].sentence == "4 cards, after step 3."
    assert found[3].colour == "far"
    assert found[4].sentence == "No cards yet; read and build after step 3."


def test_a_step_is_green_when_every_card_was_started_and_is_remembered() -> None:
    status = status_of(3, recalls(bigo_growth=Known(4, 4, 0, 0.9), bigo_loops=Known(4, 4, 0, 0.85)))
    assert status.colour == "green"
    assert status.sentence == "Recall 87%, solid."
    assert status.missing == ()


def test_a_well_remembered_step_with_new_cards_is_not_green_and_says_what_is_missing() -> None:
    status = status_of(3, recalls(bigo_growth=Known(4, 4, 0, 1.0), bigo_loops=Known(4, 1, 0, 0.25)))
    assert (status.colour, status.is_here) == ("open", True)
    assert status.sentence == "Recall 100%; 5 of 8 cards started."
    assert lacks(status) == ["3 of 8 cards never learnt.", "Loops: 3 of 4 never learnt"]


def test_a_falling_step_is_amber_and_names_the_topic_that_falls() -> None:
    status = status_of(3, recalls(bigo_growth=Known(4, 4, 0, 0.92), bigo_loops=Known(4, 4, 3, 0.63)))
    assert status.colour == "amber"
    assert status.sentence == "Recall 77%, falling: Loops."
    assert lacks(status) == [
        "Recall of the cards you started is 77%; green begins at 85%.",
        "Loops: recall 63%, 3 of 4 cards due",
    ]


def test_a_mostly_forgotten_step_is_red_even_when_it_was_only_begun() -> None:
    status = status_of(3, recalls(bigo_loops=Known(4, 2, 2, 0.2)))
    assert status.colour == "red"
    assert status.sentence == "Recall 40%, mostly forgotten: Loops; 2 of 8 cards started."


@pytest.mark.parametrize(("recall", "colour"), [(0.5999, "red"), (0.6, "amber"), (0.8499, "amber"), (0.85, "green")])
def test_the_colour_changes_exactly_at_its_borders_and_the_number_never_contradicts_it(
    recall: float, colour: str
) -> None:
    status = status_of(4, recalls(sql_joins_inner=Known(4, 4, 0, recall)))
    assert status.colour == colour
    assert (status.whole.percent >= 85) == (colour == "green")
    assert (status.whole.percent < 60) == (colour == "red")


def test_a_step_without_cards_is_never_green_by_itself() -> None:
    known = {topic: Known(4, 4, 0, 1.0) for topic in CARD_TOPICS}
    found = statuses(content.roadmap().steps, known)
    colours = {status.step.number: status.colour for status in found}
    assert {number for number, colour in colours.items() if colour == "green"} == {3, 4, 6, 9}
    assert {found[number - 1].sentence for number in (1, 2, 5, 7, 8, 10)} == {NO_CARDS}
    assert [status.step.number for status in found if status.is_here] == [10]


def test_when_all_cards_are_started_the_weak_step_is_where_you_are() -> None:
    known = {topic: Known(4, 4, 0, 0.95) for topic in CARD_TOPICS} | {"http.status.success": Known(4, 4, 4, 0.7)}
    assert [status.step.number for status in statuses(content.roadmap().steps, known) if status.is_here] == [6]


def test_without_an_account_nothing_is_said_about_recall() -> None:
    found = statuses(content.roadmap().steps, recalls(), is_known=False)
    assert not any(status.is_here or status.missing for status in found)
    assert {status.colour for status in found} == {"open"}
    assert found[3].sentence == "4 cards."


def test_without_any_cards_loaded_the_roadmap_still_stands() -> None:
    found = statuses(content.roadmap().steps, {})
    assert {status.sentence for status in found} == {NO_CARDS}


# The front page of a learner


def today_with(due: int = 0, fresh: int = 0, again: int = 0, answers: int = 0, ms: int = 0) -> Today:
    """A day with these counts."""
    counts = Counts(due=due, fresh=fresh, again=again, reviews_done=0, fresh_done=0)
    return Today(date(2026, 11, 22), counts, answers, answers, ms, 1 if fresh else None, False)


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [(3, "Good evening"), (4, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (18, "Good evening")],
)
def test_the_greeting_follows_the_learners_clock(hour: int, greeting: str) -> None:
    assert greeting_at(hour) == greeting


@pytest.mark.parametrize(
    ("today", "minutes"),
    [
        (today_with(due=12, fresh=4), 6),
        (today_with(due=1), 1),
        (today_with(due=30, answers=10, ms=100_000), 7),  # 10 s a card so far: 10 cards of it, and 5 usual ones
        (today_with(due=30, answers=100, ms=1_000_000), 6),
        (today_with(due=28, answers=1, ms=400), 8),  # one card in no time is no pace
        (today_with(due=30, answers=2, ms=1_200_000), 16),  # who was called away for ten minutes counts a minute a card
    ],
)
def test_the_minutes_follow_todays_own_pace(today: Today, minutes: int) -> None:
    assert minutes_for(today) == minutes


def test_the_front_page_says_what_waits_and_what_comes_next() -> None:
    begun = statuses(content.roadmap().steps, recalls(bigo_loops=Known(4, 2, 1, 0.4)))
    waiting = at_home("Ada", 20, today_with(due=12, fresh=4, again=2), begun, None)
    assert waiting.greeting == "Good evening, Ada."
    assert waiting.sentence == "18 cards wait today, about 6 minutes."
    assert (waiting.detail, waiting.state) == ("12 due · 4 new · 2 once more", "waiting")
    assert at_home("Ada", 9, today_with(due=1), begun, None).sentence == "1 card waits today, about 1 minute."
    done = at_home("Ada", 9, today_with(answers=9), begun, (date(2026, 11, 28), 7))
    assert (done.sentence, done.detail) == ("Done for today: 9 cards answered.", "The next 7 cards come in 6 days.")
    assert (done.state, done.next_on) == ("done", date(2026, 11, 28))
    soon = at_home("Ada", 9, today_with(), begun, (date(2026, 11, 23), 1))
    assert (soon.sentence, soon.detail) == ("No cards wait today.", "The next 1 card comes tomorrow.")
    nothing = at_home("Ada", 9, today_with(), begun, None)
    assert (nothing.detail, nothing.state, nothing.here.step.number) == ("", "done", 3)


def test_a_newcomer_is_offered_the_first_card(alice: Browser) -> None:
    page = alice.get("/")
    action = next(one for one in page.elements if "primary" in (one.get("class") or "").split())
    assert (action.text, action.get("href")) == ("Start your first card", "/quizzes/today")
    assert "Alice." in page.find("h1")[0].text


def test_after_the_first_answers_home_and_roadmap_show_where_the_learner_is(app: Flask, alice: Browser) -> None:
    learn(app, alice, 2)
    first = min(deck.step for deck in read_decks(DECKS))
    home = words(alice.get("/"))
    assert "cards started" in home
    assert f"Step {first}" in home
    page = alice.get("/roadmap")
    here = [item for item in page.find("li") if item.get("aria-current") == "step"]
    assert len(here) == 1
    assert "You are here." in here[0].text
    step = words(alice.get(f"/roadmap/steps/{content.roadmap().steps[first - 1].id}"))
    assert "What would turn this green" in step
    assert "cards never learnt" in step


def test_a_visitor_can_try_a_card(client: Browser) -> None:
    page = client.get("/")
    assert "Try one card" in words(page)
    assert page.form("/quizzes/try")["slug"]


# Broken content files


def broken(tmp_path: Path, name: str, old: str, new: str) -> str:
    """The complaint about the content files with one change in one of them."""
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text())
    path = tmp_path / f"{name}.toml"
    assert old in path.read_text(), f"{name}.toml has no {old!r}"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ContentError) as caught:
        read_roadmap(tmp_path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("roadmap", 'title = "Backend', 'titel = "Backend', 'roadmap.toml: "title" is missing'),
        ("roadmap", "months = [6, 9]", "months = [9, 6]", 'roadmap.toml: journey: "months" must be two whole numbers'),
        ("roadmap", "months = 6", 'months = "six"', 'plans: items intensive: "months" must be of type int, not str'),
        ("roadmap", "months = 6", "months = true", 'plans: items intensive: "months" must be of type int, not bool'),
        ("roadmap", "[journey]", "[journey]\nmood = 1", "roadmap.toml: journey: unknown: mood"),
        ("roadmap", "[plans]", "[plans", "roadmap.toml: cannot be read"),
        ("steps", "number = 2", "number = 7", "steps.toml: the steps are not numbered 1, 2, 3"),
        ("steps", 'id = "git.commits"', 'id = "git.branches"', "the id git.branches stands twice"),
        ("steps", 'id = "git.commits"', 'id = "dsa.arrays"', "steps.toml: the id dsa.arrays stands twice"),
        ("steps", "calculator-app", "calculator", "projects.toml has no project calculator for step 1"),
        ("steps", 'projects = ["auth-system"]', "", "projects.toml: no step has the project auth-system"),
        ("steps", "<https://git-scm.com/book/en/v2>", "", "is not written as: title <https://address>"),
        ("projects", 'brief = "A complete', 'brief = " "\nx = "', 'projects blog-platform: "brief" is empty'),
        ("resources", 'name = "LeetCode"', "name = 1", 'entries 1: "name" must be of type str, not int'),
        ("afterwards", 'id = "jobs"', 'id = "capstone"', "afterwards.toml: the id capstone stands twice"),
    ],
)
def test_a_broken_content_file_is_refused_with_file_place_and_reason(
    tmp_path: Path, name: str, old: str, new: str, reason: str
) -> None:
    assert reason in broken(tmp_path, name, old, new)


def test_a_missing_content_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"roadmap\.toml: cannot be read"):
        read_roadmap(tmp_path)
