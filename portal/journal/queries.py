"""What stands in a learner's journal, and what their day of study was made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, func, select, tuple_

from portal.db import db
from portal.journal.models import Draft, Entry, Link, Note, OwnLink, Tag, Version
from portal.quizzes.models import Card, LogRow
from quizzes.ledger import Kind
from quizzes.sm2 import Grade

PAGE = 20
DECISION = "decision"
LOOK_AGAIN_AFTER = timedelta(days=91)
EXCERPT_FROM = 600  # characters of an entry that its excerpt is made from

Place = tuple[date, int]  # day and id of an entry: where a page of the list ends
Named = tuple[str, str]  # what entries name in [[...]]: Link.kind and Link.target


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry in the list: `start` is the beginning of its text."""

    id: int
    day: date
    start: str
    minutes: int | None
    tags: list[str]


@dataclass(frozen=True, slots=True)
class StudyDay:
    """Titles of the topics worked on in a day, in roadmap order, and of those where a card was not known."""

    topics: list[str]
    lapsed: list[str]


def find_entry(learner_id: int, entry_id: int) -> Entry | None:
    """One of this learner's entries, a deleted one too."""
    return db.session.scalar(select(Entry).where(Entry.id == entry_id, Entry.learner_id == learner_id))


def find_entry_by_token(learner_id: int, token: str) -> Entry | None:
    """The entry that was made from this form."""
    return db.session.scalar(select(Entry).where(Entry.learner_id == learner_id, Entry.token == token))


def entries(
    learner_id: int,
    tag: str | None,
    before: Place | None,
    days: tuple[date, date] | None = None,
    about: Named | None = None,
) -> tuple[list[Listed], Place | None]:
    """A page of entries, the newest day first, and where the next page begins (None: this was the last).

    `tag`: only those that carry it; `days`: only those from the first to the last of them; `about`: only those that
    name this, whatever their tags.

    Days and ids, not page numbers: an entry written or deleted meanwhile shows no other twice and hides none.
    """
    columns = (Entry.id, Entry.day, func.substr(Entry.body, 1, EXCERPT_FROM), Entry.minutes)
    statement = select(*columns).where(Entry.deleted_at.is_(None))
    if about is not None:
        day, entry_id = Link.day, Link.entry_id
        of_link = (Link.learner_id == learner_id, Link.kind == about[0], Link.target == about[1])
        statement = statement.join(Link, Link.entry_id == Entry.id).where(*of_link)
    elif tag is None:
        day, entry_id = Entry.day, Entry.id
        statement = statement.where(Entry.learner_id == learner_id)
    else:
        day, entry_id = Tag.day, Tag.entry_id
        statement = statement.join(Tag, Tag.entry_id == Entry.id).where(Tag.learner_id == learner_id, Tag.tag == tag)
    if days is not None:
        statement = statement.where(day.between(*days))
    if before is not None:
        statement = statement.where(tuple_(day, entry_id) < tuple_(*before, types=[day.type, entry_id.type]))
    rows = db.session.execute(statement.order_by(day.desc(), entry_id.desc()).limit(PAGE + 1)).all()
    tags = tags_by_entry([row[0] for row in rows])
    found = [Listed(row[0], row[1], row[2], row[3], tags.get(row[0], [])) for row in rows[:PAGE]]
    return found, (found[-1].day, found[-1].id) if len(rows) > PAGE else None


def entries_about(learner_id: int, about: Named, most: int) -> list[Listed]:
    """The latest entries that name this, the newest day first, at most `most`."""
    return entries(learner_id, None, None, about=about)[0][:most]


def days_of(learner_id: int, entry_ids: Sequence[int]) -> dict[int, date]:
    """The days of these entries, as far as they are this learner's and not deleted."""
    if not entry_ids:
        return {}
    statement = select(Entry.id, Entry.day).where(Entry.learner_id == learner_id, Entry.deleted_at.is_(None))
    return dict(db.session.execute(statement.where(Entry.id.in_(entry_ids))).all())


def tags_of(entry_id: int) -> list[str]:
    """The tags of an entry, by alphabet."""
    return tags_by_entry([entry_id]).get(entry_id, [])


def tags_by_entry(entry_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags of these entries, each entry's by alphabet."""
    statement = select(Tag.entry_id, Tag.tag).where(Tag.entry_id.in_(entry_ids)).order_by(Tag.tag)
    found: dict[int, list[str]] = {}
    for entry_id, tag in db.session.execute(statement):
        found.setdefault(entry_id, []).append(tag)
    return found


def versions(entry_id: int) -> Sequence[Row[int, date, str, datetime]]:
    """(version, day, start of the text, since when) of what an entry said before, the latest first."""
    columns = (Version.version, Version.day, func.substr(Version.body, 1, EXCERPT_FROM), Version.written_at)
    statement = select(*columns).where(Version.entry_id == entry_id).order_by(Version.version.desc())
    return db.session.execute(statement).all()


def find_version(entry_id: int, version: int) -> Version | None:
    """What an entry said before."""
    return db.session.get(Version, (entry_id, version))


def count_versions(entry_id: int) -> int:
    """How often an entry was saved again."""
    return db.session.execute(select(func.count()).where(Version.entry_id == entry_id)).scalar_one()


def find_draft(learner_id: int, entry_id: int) -> Draft | None:
    """What this learner was writing: over this entry, or (0) for a new one."""
    return db.session.scalar(select(Draft).where(Draft.learner_id == learner_id, Draft.entry_id == entry_id))


def study_day(learner_id: int, day: date) -> StudyDay:
    """What a learner answered on a day; answers taken back are left out, changed grades count as changed."""
    statement = (
        select(LogRow.card_id, LogRow.version, LogRow.kind, LogRow.grade, LogRow.takes_back)
        .add_columns(Card.topic_title, Card.position)
        .join(Card, Card.id == LogRow.card_id)
        .where(LogRow.learner_id == learner_id, LogRow.day == day)
        .order_by(LogRow.id)
    )
    counting: dict[tuple[int, int], tuple[int, str, bool]] = {}
    for card_id, version, kind, grade, takes_back, title, position in db.session.execute(statement):
        if kind == Kind.ANSWER or (kind == Kind.REGRADE and (card_id, takes_back) in counting):
            answered = version if kind == Kind.ANSWER else takes_back
            counting[card_id, answered] = (position, title, grade < Grade.HARD)
        elif kind == Kind.UNDO:
            taken = [key for key in counting if key[0] == card_id and key[1] >= takes_back]
            for key in taken:
                del counting[key]
    by_place = sorted(counting.values())
    topics = list(dict.fromkeys(title for _, title, _ in by_place))
    return StudyDay(topics, list(dict.fromkeys(title for _, title, is_lapsed in by_place if is_lapsed)))


@dataclass(frozen=True, slots=True)
class TopicNotes:
    """What a learner keeps about a topic: Markdown with its version (0: none yet), and links by their titles."""

    topic: str
    version: int
    body: str
    links: Sequence[OwnLink]


def notes_of(learner_id: int, topic: str) -> TopicNotes:
    """What a learner keeps about one topic."""
    note = db.session.execute(
        select(Note.version, Note.body).where(Note.learner_id == learner_id, Note.topic == topic)
    ).first()
    version, body = note or (0, "")
    of_topic = select(OwnLink).where(OwnLink.learner_id == learner_id, OwnLink.topic == topic)
    return TopicNotes(topic, version, body, db.session.scalars(of_topic.order_by(OwnLink.title, OwnLink.id)).all())


def notes(learner_id: int) -> list[TopicNotes]:
    """Everything a learner keeps about topics, by topic: for the export."""
    rows = db.session.execute(select(Note.topic, Note.version, Note.body).where(Note.learner_id == learner_id))
    bodies = {topic: (version, body) for topic, version, body in rows}
    links: dict[str, list[OwnLink]] = {}
    of_learner = select(OwnLink).where(OwnLink.learner_id == learner_id).order_by(OwnLink.title, OwnLink.id)
    for link in db.session.scalars(of_learner):
        links.setdefault(link.topic, []).append(link)
    topics = sorted(bodies.keys() | links.keys())
    return [TopicNotes(topic, *bodies.get(topic, (0, "")), links.get(topic, [])) for topic in topics]


def find_link(learner_id: int, topic: str, link_id: int) -> OwnLink | None:
    """One of the addresses this learner keeps with a topic."""
    of_topic = (OwnLink.learner_id == learner_id, OwnLink.topic == topic)
    return db.session.scalar(select(OwnLink).where(OwnLink.id == link_id, *of_topic))


def decisions_to_look_at(learner_id: int, today: date) -> list[Listed]:
    """Decisions of three months ago or longer that were not looked at again, the oldest first, at most five.

    Read from the index of kinds: on the front page it costs one look where there is none.
    """
    columns = (Entry.id, Entry.day, func.substr(Entry.body, 1, EXCERPT_FROM), Entry.minutes)
    statement = select(*columns).where(
        Entry.learner_id == learner_id,
        Entry.kind == DECISION,
        Entry.day <= today - LOOK_AGAIN_AFTER,
        Entry.looked_on.is_(None),
        Entry.deleted_at.is_(None),
    )
    rows = db.session.execute(statement.order_by(Entry.day, Entry.id).limit(5)).all()
    return [Listed(entry_id, day, start, minutes, []) for entry_id, day, start, minutes in rows]
