"""Finding entries again: by a search, by the days of a month, and all of them for the export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from portal.db import db
from portal.journal.models import Entry, EntryWords, Tag
from portal.journal.queries import PAGE, Listed, Place, tags_by_entry
from portal.journal.search import Days, Part, Query, Tagged, Words, indexed

EXPORTED = 100  # entries held at a time
_FTS = table("journal_search", column("rowid", Integer))
_VECTOR: ColumnClause[object] = literal_column("journal_words.journal_search")


@dataclass(frozen=True, slots=True)
class DayWritten:
    """How much was written about a day: entries, and the minutes studied in them."""

    entries: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it goes into the export."""

    id: int
    day: date
    body: str
    minutes: int | None
    written_at: datetime
    changed_at: datetime
    tags: list[str]


def entries_found(learner_id: int, query: Query, before: Place | None) -> tuple[list[Listed], Place | None]:
    """A page of the entries that fit, with their whole texts, the newest day first, and where the next one begins."""
    mine = (Entry.learner_id == learner_id, Entry.deleted_at.is_(None))
    statement = select(Entry.id, Entry.day).where(*mine, *_fitting(learner_id, query))
    if before is not None:
        types = [Entry.day.type, Entry.id.type]
        statement = statement.where(tuple_(Entry.day, Entry.id) < tuple_(*before, types=types))
    newest = (Entry.day.desc(), Entry.id.desc())
    places = db.session.execute(statement.order_by(*newest).limit(PAGE + 1)).all()
    shown = [entry_id for entry_id, _ in places[:PAGE]]
    texts = select(Entry.id, Entry.day, Entry.body, Entry.minutes).where(Entry.id.in_(shown)).order_by(*newest)
    tags = tags_by_entry(shown)
    found = [Listed(*row, tags.get(row[0], [])) for row in db.session.execute(texts)]
    return found, (places[PAGE - 1][1], places[PAGE - 1][0]) if len(places) > PAGE else None


def _fitting(learner_id: int, query: Query) -> Iterator[ColumnElement[bool]]:
    """What must hold for an entry. The words that it must have are sought in one go, the rest clause by clause."""
    needed: list[Words] = []
    for clause in query.clauses:
        if len(clause) == 1 and isinstance(clause[0], Words) and not clause[0].is_excluded:
            needed.append(clause[0])
        else:
            yield or_(*(_fits(learner_id, part) for part in clause))
    if needed:
        yield Entry.id.in_(_with_words(learner_id, needed))


def _fits(learner_id: int, part: Part) -> ColumnElement[bool]:
    if isinstance(part, Days):
        first = true() if part.first is None else Entry.day >= part.first
        holds = and_(first, true() if part.last is None else Entry.day <= part.last)
    elif isinstance(part, Tagged):
        holds = Entry.id.in_(select(Tag.entry_id).where(Tag.learner_id == learner_id, Tag.tag == part.tag))
    else:
        holds = Entry.id.in_(_with_words(learner_id, [part]))
    return ~holds if part.is_excluded else holds


def _with_words(learner_id: int, parts: Sequence[Words]) -> Select[int]:
    """The ids of the entries with all of these. PostgreSQL's index knows words, their order is read in the text."""
    phrases = [(indexed(learner_id, part.words), part.is_open) for part in parts]
    if db.engine.dialect.name == "sqlite":
        match = " AND ".join(f'"{phrase.strip()}"' + " *" * is_open for phrase, is_open in phrases)
        return select(_FTS.c.rowid).where(literal_column("journal_search").op("MATCH")(match))
    words = " & ".join("'" + "' & '".join(phrase.split()) + "'" + ":*" * is_open for phrase, is_open in phrases)
    in_order = [
        func.strpos(EntryWords.words, phrase.rstrip() if is_open else phrase) > 0
        for phrase, is_open in phrases
        if " " in phrase.strip()
    ]
    return select(EntryWords.entry_id).where(_VECTOR.op("@@")(cast(literal(words, Text), TSQUERY)), *in_order)


def days_written(learner_id: int, first: date, last: date) -> dict[date, DayWritten]:
    """The days with entries, from the first to the last."""
    statement = (
        select(Entry.day, func.count(), func.sum(Entry.minutes))
        .where(Entry.learner_id == learner_id, Entry.deleted_at.is_(None), Entry.day.between(first, last))
        .group_by(Entry.day)
    )
    return {day: DayWritten(entries, minutes or 0) for day, entries, minutes in db.session.execute(statement)}


def all_entries(learner_id: int) -> Iterator[Kept]:
    """Every entry, the oldest day first; at most EXPORTED of them in memory."""
    columns = (Entry.id, Entry.day, Entry.body, Entry.minutes, Entry.written_at, Entry.changed_at)
    statement = select(*columns).where(Entry.learner_id == learner_id, Entry.deleted_at.is_(None))
    page = statement.order_by(Entry.day, Entry.id).limit(EXPORTED)
    rows = db.session.execute(page).all()
    while rows:
        tags = tags_by_entry([row[0] for row in rows])
        yield from (Kept(*row, tags.get(row[0], [])) for row in rows)
        last = tuple_(rows[-1][1], rows[-1][0], types=[Entry.day.type, Entry.id.type])
        rows = db.session.execute(page.where(tuple_(Entry.day, Entry.id) > last)).all()
