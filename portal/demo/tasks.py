"""Tasks that the cohort's mentors set, and the projects that its learners handed in to them."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from portal.assignments import actions, queries
from portal.assignments.actions import Wish
from portal.assignments.models import BY_EVIDENCE, MOST_CARDS, Kind, Task
from portal.db import db
from portal.demo.talks import EVENING, SOON, Scene
from portal.projects import actions as projects
from portal.projects.actions import Actor, HandIn
from portal.projects.models import Submission
from portal.projects.queries import page_of
from portal.roadmap import content
from quizzes.handin import Judged
from quizzes.tasks import is_asked

_TEXT = Path(__file__).parent / "texts" / "tasks.toml"


def keep_tasks(scene: Scene) -> None:
    """Set the tasks, then hand the projects in, as the pages would have."""
    rows = tomllib.loads(_TEXT.read_text())
    for number, row in enumerate(rows["task"]):
        _set(scene, row, f"demo-{number}")
    for number, row in enumerate(rows["handed"]):
        _hand_in(scene, row, f"demo-{number}")


def _set(scene: Scene, row: dict[str, Any], token: str) -> None:
    kind, cards = Kind(row["kind"]), _cards(row)
    if kind in BY_EVIDENCE and not cards:
        return  # a bank without them
    moment, named = scene.moment(row["ago"]), [scene.id_of(name) for name in row.get("for", ())]
    wish = Wish(
        kind=kind,
        title=row["title"],
        about=row.get("about", ""),
        text=row.get("text", "").strip(),
        note=row["note"],
        minutes=row.get("minutes"),
        due_on=scene.until + timedelta(days=row["due"]),
        is_for_all=not named,
        card_ids=cards,
    )
    asked = named or _everybody(scene, wish, moment)
    _answer(scene, actions.set_task(scene.id_of(row["mentor"]), scene.cohort_id, token, wish, asked, moment), row)


def _cards(row: dict[str, Any]) -> list[int]:
    """The cards of a task, in the order in which they are asked."""
    match Kind(row["kind"]):
        case Kind.CARDS:
            return list(queries.cards_named(row["cards"]).values())
        case Kind.TOPICS:
            return queries.card_ids_about(row["about"].split())
        case Kind.STEP:
            step = content.find_step(row["about"])
            assert step is not None, f"no step {row['about']}"
            return queries.card_ids_about([topic.id for topic in step.every_topic])[:MOST_CARDS]
        case _:
            return []


def _everybody(scene: Scene, wish: Wish, moment: datetime) -> list[int]:
    """Those of the cohort who had begun, or have a week left for it."""
    members = queries.members_of(scene.cohort_id)
    return [one.id for one in members if is_asked(one.begins_on, one.day_then(moment), wish.due_on)]


def _answer(scene: Scene, task: Task, row: dict[str, Any]) -> None:
    for name, reason in row.get("excused", ()):
        actions.excuse(task, scene.id_of(name), reason)
    for name, ago, line in row.get("done", ()):
        actions.note_done(task, scene.id_of(name), line, scene.until - timedelta(days=ago))
    if "withdrawn" in row:
        actions.withdraw_task(task, scene.moment(row["withdrawn"]))


def _hand_in(scene: Scene, row: dict[str, Any], token: str) -> None:
    """One attempt: handed in, opened, decided, as far as it came."""
    name, one = row["learner"], scene.learners[row["learner"]]
    entries = [one.shared[-1].entry_id] if row.get("with_entry") else []
    given = HandIn(row["project"], row["repository"], row.get("live", ""), row["body"].strip(), entries)
    who = Actor(one.learner.id, one.person.shown_name, token)
    made_id = projects.hand_in(who, scene.cohort_id, given, scene.moment(row["ago"], row.get("hour", EVENING)))
    if "opened" in row:
        scene.looks(row["mentor"], name, page_of(made_id), scene.moment(row["opened"]))
    if "decided" in row:
        _decide(scene, row, db.session.get_one(Submission, made_id), token)


def _decide(scene: Scene, row: dict[str, Any], made: Submission, token: str) -> None:
    project = content.find_project(row["project"])
    assert project is not None, f"no project {row['project']}"
    lacks = dict(row.get("lacks", ()))
    judged = [Judged(need, number not in lacks, lacks.get(number, "")) for number, need in enumerate(project.needs)]
    mentor, moment = row["mentor"], scene.moment(row["decided"]) + SOON
    who = Actor(scene.mentors[mentor], scene.mentor_names[mentor], f"{token}-said")
    if row["verdict"] == "accept":
        projects.accept(made, who, judged, row["said"], "", moment)
    else:
        projects.send_back(made, who, judged, row["said"], moment)
