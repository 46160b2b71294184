"""What invented learners keep about topics of the roadmap: notes, and links of their own."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from portal.demo.people import Learner
from portal.journal import keeping, queries

_TEXT = Path(__file__).parent / "texts" / "notes.toml"


def keep_notes(learner: Learner) -> int:
    """Write the notes of the topics that the learner met, some of them twice; the number of topics."""
    met = _first_met(learner)
    rows = [row for row in tomllib.loads(_TEXT.read_text())["topic"] if row["id"] in met]
    for row in rows:
        moment = met[row["id"]] + timedelta(minutes=30)
        for version, body in enumerate(row["bodies"]):
            assert queries.notes_of(learner.id, row["id"]).version == version, "an invented learner has one device"
            keeping.keep_note(learner.id, row["id"], version, body.strip(), moment + version * timedelta(days=17))
        for title, url in row["links"]:
            keeping.add_link(learner.id, row["id"], title, url)
    return len(rows)


def _first_met(learner: Learner) -> dict[str, datetime]:
    met: dict[str, datetime] = {}
    for day in learner.studied:
        for topic in day.topics:
            met.setdefault(topic, day.ended_at)
    return met
