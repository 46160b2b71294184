"""What the cohort's mentors and its learners said to each other, and what the mentors keep: threads, notes, snoozes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from portal.accounts.actions import note_view
from portal.demo.crowd import Lived
from portal.feedback import actions as threads
from portal.mentoring import actions, letters, queries
from quizzes.day import day_of
from quizzes.needs import Reason, Rule

_TEXT = Path(__file__).parent / "texts" / "talks.toml"
MORNING, EVENING = 8, 18  # hours, UTC
MORNINGS = 9  # on which Carol opened the page of the cohort
SOON = timedelta(hours=2)  # after something is said, it is read


@dataclass(frozen=True)
class Scene:
    """The cohort on the day `until`: its learners and mentors by the names that the files call them.

    `looked`: (moment, mentor, learner, page) of what mentors opened, in any order; `keep_looks` writes it down.
    """

    cohort_id: int
    learners: Mapping[str, Lived]
    mentors: Mapping[str, int]
    mentor_names: Mapping[str, str]
    until: date
    looked: list[tuple[datetime, int, int | None, str]] = field(default_factory=list)

    def moment(self, ago: int, hour: int = MORNING) -> datetime:
        """An hour (UTC) so many days ago."""
        return datetime.combine(self.until - timedelta(days=ago), time(hour), UTC)

    def id_of(self, name: str) -> int:
        """The account of a learner or a mentor."""
        return self.mentors[name] if name in self.mentors else self.learners[name].learner.id

    def day_of(self, name: str, moment: datetime) -> date:
        """The day it is for a learner."""
        habit = self.learners[name].learner.habit
        return day_of(moment, habit.zone, habit.rollover_hour)

    def looks(self, mentor: str, learner: str | None, page: str, moment: datetime) -> None:
        """A mentor opens a page about a learner, or (None) about the cohort."""
        self.looked.append((moment, self.mentors[mentor], None if learner is None else self.id_of(learner), page))


def keep_looks(scene: Scene) -> None:
    """Write down for the learners what mentors opened, in its order; the last mornings began with the cohort's page."""
    for ago in range(MORNINGS, 0, -1):
        scene.looks("carol", None, "cohort", scene.moment(ago, MORNING - 1))
    for moment, mentor_id, learner_id, page in sorted(scene.looked, key=itemgetter(0)):
        note_view(mentor_id, scene.cohort_id, learner_id, page, moment)


def keep_talks(scene: Scene) -> None:
    """Write all of it, as the pages would have."""
    rows = tomllib.loads(_TEXT.read_text())
    for row in rows["thread"]:
        _talk(scene, row)
    for number, row in enumerate(rows["message"]):
        _send(scene, row, f"demo-{number}")
    for number, row in enumerate(rows["note"]):
        moment = scene.moment(row["ago"])
        scene.looks(row["mentor"], row["learner"], "note", moment)
        about = (scene.id_of(row["mentor"]), scene.cohort_id, scene.id_of(row["learner"]))
        actions.write_note(*about, f"demo-{number}", row["text"], moment)
    for row in rows["snooze"]:
        moment = scene.moment(row["ago"])
        day, until_on = scene.day_of(row["learner"], moment), scene.until + timedelta(days=row["days"])
        about = (scene.id_of(row["mentor"]), scene.cohort_id, scene.id_of(row["learner"]))
        actions.snooze(*about, row["reason"], day, until_on, moment)


def _talk(scene: Scene, row: dict[str, Any]) -> None:
    """One thread. Each of its readers reads what was said before something new is said."""
    learner, readers = row["learner"], {row["learner"], *scene.mentors}
    moment: datetime | None = None
    author = ""
    for number, (ago, hour, speaker, text) in enumerate(row["said"]):
        if moment is not None:
            _read(scene, learner, readers - {author}, moment)
        moment, author = scene.moment(ago, hour), speaker
        here = (scene.id_of(author), scene.cohort_id, scene.id_of(learner))
        threads.write_message(*here, f"demo-{learner}-{number}", text, moment)
    assert moment is not None, "a thread has a message"
    _read(scene, learner, readers - {author, *row.get("unread", ())}, moment)
    if "settled" in row:
        threads.settle(scene.cohort_id, scene.id_of(learner), moment + SOON)


def _read(scene: Scene, learner: str, readers: set[str], said_at: datetime) -> None:
    for reader in sorted(readers):
        threads.mark_read(scene.id_of(reader), scene.cohort_id, scene.id_of(learner), said_at, said_at + SOON)
        if reader in scene.mentors:
            scene.looks(reader, learner, "thread", said_at + SOON)


def _send(scene: Scene, row: dict[str, Any], token: str) -> None:
    """A message about a reason, in the words prepared for it; what the learner answered."""
    name, mentor, moment = row["learner"], row["mentor"], scene.moment(row["ago"])
    one, day = scene.learners[name], scene.day_of(name, moment)
    silence = min((day - studied.day).days for studied in one.learner.studied if studied.day <= day)
    reason = Reason(Rule(row["rule"]), row["words"].format(silence=silence), 1, "days", silence, 1)
    text = letters.prepared(one.person.shown_name, reason, scene.mentor_names[mentor])
    scene.looks(mentor, name, "write", moment)
    here = (scene.mentors[mentor], scene.cohort_id, one.learner.id, token)
    actions.send_nudge(*here, reason.rule, text, day, moment)
    sent = queries.messages_to(one.learner.id, 1)[0][0]
    if "answer" in row:
        actions.answer_message(sent, row["answer"], scene.moment(row["answered"], EVENING))
    elif row.get("is_seen"):
        actions.mark_seen(sent, moment + SOON)
