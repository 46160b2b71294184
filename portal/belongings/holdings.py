"""Which rows of which table are a person's, in the words of the database, and which of their columns they can have.

It walks over every feature's tables by their names, because what it must not do is forget one (test_belongings).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Label, Table, bindparam, case, select, text

from portal.accounts.models import Cohort, User
from portal.db import Base, db

PIECE = 1000  # rows read at once
LEARNER = "learner_id = :me"
ENTRIES = "entry_id IN (SELECT id FROM journal_entries WHERE learner_id = :me)"
MEMBER_THEN = (
    "EXISTS (SELECT 1 FROM memberships AS m WHERE m.learner_id = :me AND m.cohort_id = mentor_views.cohort_id"
    " AND m.began_at <= opened_at AND (m.ended_at IS NULL OR m.ended_at >= opened_at))"
)
ASKED = (
    "id IN (SELECT task_id FROM task_learners WHERE learner_id = :me)"
    " OR (is_for_all AND EXISTS (SELECT 1 FROM memberships AS m WHERE m.learner_id = :me"
    " AND m.cohort_id = tasks.cohort_id AND (m.ended_at IS NULL OR m.ended_at >= sent_at)))"
)
MINE = {  # what somebody else wrote and deleted is out of everybody's sight: out of this one too
    "users": "id = :me",
    "sessions": "user_id = :me",
    "mentorships": f"{LEARNER} OR mentor_id = :me",
    "cohort_mentors": "mentor_id = :me",
    "memberships": LEARNER,
    "mentor_views": f"mentor_id = :me OR {LEARNER} OR (learner_id IS NULL AND {MEMBER_THEN})",
    "cards": "owner_id = :me",
    "own_cards": "card_id IN (SELECT id FROM cards WHERE owner_id = :me)",
    "review_log": LEARNER,
    "card_states": LEARNER,
    "review_days": LEARNER,
    "day_counts": LEARNER,
    "calls": LEARNER,
    "desks": LEARNER,
    "card_reports": LEARNER,
    "report_decisions": "actor_id = :me OR report_id IN (SELECT id FROM card_reports WHERE learner_id = :me)",
    "journal_entries": LEARNER,
    "journal_versions": ENTRIES,
    "journal_drafts": LEARNER,
    "journal_tags": LEARNER,
    "journal_links": LEARNER,
    "journal_shares": f"{ENTRIES} OR mentor_id = :me",
    "journal_share_events": f"{ENTRIES} OR mentor_id = :me OR actor_id = :me",
    "journal_comments": f"author_id = :me OR (deleted_at IS NULL AND {ENTRIES})",
    "journal_marks": "person_id = :me",
    "topic_notes": LEARNER,
    "topic_links": LEARNER,
    "study_sessions": LEARNER,
    "plans": LEARNER,
    "plan_hours": LEARNER,
    "plan_breaks": LEARNER,
    "plan_evidence": LEARNER,
    "plan_feeds": LEARNER,
    "skill_pages": LEARNER,
    "public_claims": LEARNER,
    "join_requests": LEARNER,
    "invitations": "learner_id = :me OR mentor_id = :me OR email = (SELECT email FROM users WHERE id = :me)",
    "cohort_moves": f"{LEARNER} OR mentor_id = :me",
    "roster_uploads": "mentor_id = :me",
    "cohort_decks": "mentor_id = :me",
    "cohort_cards": "author_id = :me",
    "cohort_card_events": "mentor_id = :me",
    "submissions": LEARNER,
    "submission_entries": "submission_id IN (SELECT id FROM submissions WHERE learner_id = :me)",
    "submission_events": "actor_id = :me OR submission_id IN (SELECT id FROM submissions WHERE learner_id = :me)",
    "feedback_messages": f"author_id = :me OR (deleted_at IS NULL AND {LEARNER})",
    "feedback_threads": LEARNER,
    "feedback_readers": "person_id = :me",
    "tasks": f"mentor_id = :me OR {ASKED}",
    "task_learners": LEARNER,
    "task_cards": "task_id IN (SELECT id FROM tasks WHERE mentor_id = :me)",
    "standings": LEARNER,
    "topic_standings": LEARNER,
    "beliefs": LEARNER,
    "nudges": f"{LEARNER} OR mentor_id = :me",
    "mentor_notes": "author_id = :me",
    "snoozes": "mentor_id = :me",
}
LEFT_OUT = {
    "journal_words": "the index of the words of journal_entries",
    "sign_in_failures": "for five minutes, to slow a guesser down",
    "mentor_notes.learner_id": "mentors keep these for themselves; the learner is told how many there are",
    "snoozes.learner_id": "so is why they put somebody off: it stands on their own page alone",
    "feedback_readers.learner_id": "how far somebody else has read",
    "journal_comments.mentor_id": "what a learner answers is open to a mentor while they mentor them, and not for ever",
    "journal_marks.mentor_id": "how far somebody else has read",
}
LEARNERS_OWN = {("nudges", "answer")}  # empty in the archive of the mentor it was written to, for the same reason
PUBLIC = {("skill_pages", "token")}  # an address the person gives away themselves
SECRETS = {"password_hash", "token", "token_digest", "digest"}


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one table that are a person's: their columns by name, and the rows in pieces, read when asked for."""

    table: str
    columns: list[str]
    pieces: Iterator[Sequence[Sequence[Any]]]


def holdings(person_id: int) -> Iterator[Holding]:
    """Everything that is kept of a person, table by table. People, cohorts and cards go by name, not by number."""
    for name, condition in MINE.items():
        table = Base.metadata.tables[name]
        columns = [_named(table, column) for column in table.c if not is_secret(name, column.name)]
        rows = select(*columns).where(text(condition)).order_by(*table.primary_key)
        found = db.session.execute(rows, {"me": person_id}, execution_options={"yield_per": PIECE})
        yield Holding(name, [column.name for column in columns], found.partitions())


def is_secret(table: str, column: str) -> bool:
    """Whether a column only proves who somebody is, or that a form was sent once."""
    return column in SECRETS and (table, column) not in PUBLIC


def _named(table: Table, column: Column[Any]) -> Column[Any] | Label[Any]:
    """A column, or the name of the person, cohort or card it points at; empty where it is another learner's own."""
    cards = Base.metadata.tables["cards"]
    names = {
        "users.id": ("_id", select(User.name).where(User.id == column)),
        "cohorts.id": ("_id", select(Cohort.name).where(Cohort.id == column)),
        "cards.id": ("_id", select(cards.c.slug).where(cards.c.id == column)),
    }
    if (table.name, column.name) in LEARNERS_OWN:
        return case((table.c.learner_id == bindparam("me"), column)).label(column.name)
    for key in column.foreign_keys:
        if key.target_fullname in names:
            end, query = names[key.target_fullname]
            return query.correlate(table).scalar_subquery().label(column.name.removesuffix(end))
    return column


def plain(value: object) -> object:
    """A value as JSON and CSV have it: moments in UTC and days as ISO 8601."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S.%f}Z"
    return value.isoformat() if isinstance(value, date) else value
