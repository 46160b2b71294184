"""What invented learners share with their mentor, and what the two say about it."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.accounts import actions as account_actions
from portal.db import db
from portal.demo.people import Learner, address
from portal.journal import shares
from portal.journal.models import Entry

_TEXT = Path(__file__).parent / "texts" / "threads.toml"


def keep_threads(learner: Learner, mentor_id: int) -> int:
    """Make Carol the learner's mentor, and share the entries the file names; the number of entries."""
    began_at = learner.studied[0].ended_at - timedelta(hours=1)
    account_actions.begin_mentorship(learner.id, address("carol"), began_at)
    rows = tomllib.loads(_TEXT.read_text()).get(learner.name, [])
    found = [(entry, row) for row in rows if (entry := _find(learner, row["begins"])) is not None]
    for entry, row in sorted(found, key=lambda pair: pair[0].written_at):
        _share(learner, mentor_id, entry, row)
    return len(found)


def _find(learner: Learner, begins: str) -> Entry | None:
    of_learner = (Entry.learner_id == learner.id, Entry.deleted_at.is_(None))
    return db.session.scalar(select(Entry).where(*of_learner, Entry.body.startswith(begins, autoescape=True)))


def _share(learner: Learner, mentor_id: int, entry: Entry, row: dict[str, Any]) -> None:
    """Share an entry ten minutes after it was saved, then speak; each reads what the other said but for the last."""
    moment = entry.changed_at + timedelta(minutes=10)
    shares.share_entry(entry, mentor_id, moment)
    for number, (name, hours, text) in enumerate(row["said"]):
        moment = _awake(moment + timedelta(hours=hours))
        author = mentor_id if name == "carol" else learner.id
        shares.mark_read(author, entry.id, moment - timedelta(minutes=2))
        shares.write_comment(author, entry.id, mentor_id, f"demo-{number}", text.strip(), moment)
    _read_by_both(learner, mentor_id, entry, row.get("unread", ""), moment)
    if "stopped_after_days" in row:
        shares.stop_sharing(entry, mentor_id, moment + timedelta(days=row["stopped_after_days"]))


def _awake(moment: datetime) -> datetime:
    """The same moment, or a good night's sleep later."""
    return moment + timedelta(hours=9) if moment.hour >= 21 or moment.hour < 6 else moment


def _read_by_both(learner: Learner, mentor_id: int, entry: Entry, unread: str, moment: datetime) -> None:
    """All but `unread` ("ada" or "carol") have read what was said last."""
    people = {learner.name: learner.id, "carol": mentor_id}
    for name, person_id in people.items():
        if name != unread:
            shares.mark_read(person_id, entry.id, moment + timedelta(hours=9))
