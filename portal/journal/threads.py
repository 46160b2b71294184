"""What mentors read of a journal, what is said about it and what of that is unread; nothing here changes anything."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select, tuple_

from portal.accounts.models import User
from portal.accounts.queries import Companion, mentorings
from portal.db import db
from portal.journal.models import Comment, Entry, Mark, Share, ShareEvent
from portal.journal.queries import EXCERPT_FROM
from portal.statements import Prepared

PAGE = 20
MOST_OPENED = 100
LATELY = 500  # shares that are looked through for who shares

Place = tuple[datetime, int]  # when it was shared, and the entry: where a page of the list ends


@dataclass(frozen=True, slots=True)
class SharedEntry:
    """An entry as its mentor gets it: `text` is its beginning in the list, the whole on its page.

    `unread_since` is None when nothing waits; `comments` counts what the learner said since then.
    """

    id: int
    learner_id: int
    learner: str
    day: date
    text: str
    minutes: int | None
    shared_at: datetime
    changed_at: datetime
    unread_since: datetime | None
    comments: int

    @property
    def news(self) -> list[str]:
        """What waits to be read, in words."""
        if self.unread_since is None:
            return []
        new = ["new"] if self.shared_at >= self.unread_since else []
        changed = ["changed"] if not new and self.changed_at >= self.unread_since else []
        return [*new, *changed, *([comments_in_words(self.comments)] if self.comments else [])]


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as one of the two sees it. A deleted one is there for its author alone."""

    id: int
    mentor_id: int
    author_id: int
    body: str
    written_at: datetime
    is_deleted: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A learner and one mentor about an entry. `shared_at` None: the mentor does not see it (now)."""

    mentor_id: int
    mentor: str
    is_mentor: bool
    shared_at: datetime | None
    comments: list[Said]


@dataclass(frozen=True, slots=True)
class Unread:
    """Comments on an entry that its learner has not read."""

    entry_id: int
    day: date
    comments: int
    mentors: list[str]

    @property
    def words(self) -> str:
        """ "2 new comments from Carol"."""
        return f"{comments_in_words(self.comments)} from {' and '.join(self.mentors)}"


@dataclass(frozen=True, slots=True)
class Sharer:
    """A learner who shares entries with a mentor, `unread` of them with something new."""

    id: int
    name: str
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a mentor could read an entry; `is_let_go`: it ended with the mentorship."""

    mentor: str
    shared_at: datetime
    ended_at: datetime | None
    is_let_go: bool


def comments_in_words(count: int) -> str:
    """ "1 new comment", "3 new comments"."""
    return f"{count} new comment{'' if count == 1 else 's'}"


def _open_shares(*columns: Any) -> Select[Any]:
    """Shares that open their entry now: given in the mentorship that holds, on an entry that is not deleted.

    A mentorship that ended closes its shares for good: one that begins anew opens none by itself.
    """
    held = mentorings()
    holds = exists().where(  # asked of each share: a join would begin with every entry of every learner
        held.c.learner_id == Entry.learner_id, held.c.mentor_id == Share.mentor_id, held.c.since <= Share.shared_at
    )
    statement = select(*columns).select_from(Share).join(Entry, Entry.id == Share.entry_id)
    return statement.where(Entry.deleted_at.is_(None), holds)


_FRESH = (
    select(func.count())
    .where(
        Comment.entry_id == Mark.entry_id,
        Comment.mentor_id == Mark.mentor_id,
        Comment.author_id != Mark.person_id,
        Comment.written_at >= Mark.since,
        Comment.deleted_at.is_(None),
    )
    .correlate(Mark)
    .scalar_subquery()
)
_MENTORS_MARK = and_(
    Mark.person_id == Share.mentor_id, Mark.entry_id == Share.entry_id, Mark.mentor_id == Share.mentor_id
)
_IS_NEWS = or_(Share.shared_at >= Mark.since, Entry.changed_at >= Mark.since, _FRESH > 0)


def _entries_open_to(mentor_id: int, text: Any, *, only_news: bool = False) -> Select[Any]:
    return (
        _open_shares(Entry.id, Entry.learner_id, User.name, Entry.day, text, Entry.minutes)
        .add_columns(Share.shared_at, Entry.changed_at, Mark.since, _FRESH)
        .join(User, User.id == Entry.learner_id)
        .join(Mark, and_(_MENTORS_MARK, Mark.person_id == mentor_id), isouter=not only_news)
        .where(Share.mentor_id == mentor_id, *([_IS_NEWS] if only_news else []))
    )


def shared_entries(
    mentor_id: int, *, only_news: bool, before: Place | None, learner_id: int | None = None
) -> tuple[list[SharedEntry], Place | None]:
    """A page of what is shared with this mentor (by one learner), the latest first, and where the next page begins.

    None: this is the last.
    """
    statement = _entries_open_to(mentor_id, func.substr(Entry.body, 1, EXCERPT_FROM), only_news=only_news)
    if learner_id is not None:
        statement = statement.where(Entry.learner_id == learner_id)
    if before is not None:
        place = tuple_(*before, types=[Share.shared_at.type, Share.entry_id.type])
        statement = statement.where(tuple_(Share.shared_at, Share.entry_id) < place)
    ordered = statement.order_by(Share.shared_at.desc(), Share.entry_id.desc()).limit(PAGE + 1)
    found = [SharedEntry(*row) for row in db.session.execute(ordered)]
    shown = found[:PAGE]
    return shown, (shown[-1].shared_at, shown[-1].id) if len(found) > PAGE else None


def sharers(mentor_id: int, most: int) -> list[Sharer]:
    """Who shares with this mentor: first those of whom something is unread, then the latest of the others.

    Costs what is unread and the last few hundred shares, however long people have shared.
    """
    latest = func.max(Share.shared_at, type_=Share.shared_at.type)
    named = (Entry.learner_id, User.name)
    unread = _open_shares(*named, func.count()).join(Mark, _MENTORS_MARK).join(User, User.id == Entry.learner_id)
    unread = unread.where(Mark.person_id == mentor_id, _IS_NEWS).group_by(*named).order_by(latest.desc(), named[0])
    lately = select(Share.entry_id).where(Share.mentor_id == mentor_id).order_by(Share.shared_at.desc())
    others = _open_shares(*named).join(User, User.id == Entry.learner_id).where(Share.mentor_id == mentor_id)
    others = others.where(Share.entry_id.in_(lately.limit(LATELY).subquery().select()))
    others = others.group_by(*named).order_by(latest.desc(), named[0])
    found = {row[0]: Sharer(*row) for row in db.session.execute(unread.limit(most))}
    for row in db.session.execute(others.limit(most)):
        found.setdefault(row[0], Sharer(*row))
    return list(found.values())[:most]


def entries_shared_by(learner_id: int, mentor_id: int) -> list[SharedEntry]:
    """The latest that this learner shares with this mentor, a page at most; what is unread of it too."""
    statement = _entries_open_to(mentor_id, func.substr(Entry.body, 1, EXCERPT_FROM))
    ordered = statement.where(Entry.learner_id == learner_id).order_by(Share.shared_at.desc(), Share.entry_id.desc())
    return [SharedEntry(*row) for row in db.session.execute(ordered.limit(PAGE))]


def entries_opened_to(mentor_ids: Collection[int], learner_id: int) -> list[tuple[int, date]]:
    """(entry, its day) of what a learner shares with any of these mentors now, the latest day first; 100 at most."""
    statement = _open_shares(Entry.id, Entry.day).where(Entry.learner_id == learner_id, Share.mentor_id.in_(mentor_ids))
    ordered = statement.distinct().order_by(Entry.day.desc(), Entry.id.desc()).limit(MOST_OPENED)
    return [(row[0], row[1]) for row in db.session.execute(ordered)]


def entries_with_comments(mentor_id: int, learner_ids: Select[tuple[int]], most: int) -> list[SharedEntry]:
    """Entries of these learners shared with a mentor on which something they said is unread, the oldest news first."""
    statement = _entries_open_to(mentor_id, func.substr(Entry.body, 1, EXCERPT_FROM), only_news=True)
    narrowed = statement.where(_FRESH > 0, Entry.learner_id.in_(learner_ids))
    return [SharedEntry(*row) for row in db.session.execute(narrowed.order_by(Mark.since, Entry.id).limit(most))]


def find_shared_entry(mentor_id: int, entry_id: int) -> SharedEntry | None:
    """An entry that is open to this mentor, as it is now."""
    row = db.session.execute(_entries_open_to(mentor_id, Entry.body).where(Entry.id == entry_id)).first()
    return None if row is None else SharedEntry(*row)


_COUNT_NEWS = Prepared(
    _open_shares(func.count()).join(Mark, _MENTORS_MARK).where(Mark.person_id == bindparam("mentor_id"), _IS_NEWS)
)


def count_shared_news(mentor_id: int) -> int:
    """In how many entries shared with this mentor something is unread."""
    row = _COUNT_NEWS.first({"mentor_id": mentor_id})
    return 0 if row is None else int(row[0])


def learner_if_open(entry_id: int, mentor_id: int) -> int | None:
    """Whose entry it is, where it is open to this mentor. Until the transaction ends nobody can stop the share."""
    statement = _open_shares(Entry.learner_id).where(Share.entry_id == entry_id, Share.mentor_id == mentor_id)
    learner_id: int | None = db.session.scalar(statement.with_for_update(read=True, of=Share))
    return learner_id


def readers_of(entry_id: int) -> list[str]:
    """The names of the mentors who read this entry now."""
    statement = _open_shares(User.name).join(User, User.id == Share.mentor_id).where(Share.entry_id == entry_id)
    return list(db.session.scalars(statement.order_by(User.name)))


def unread_marks(person_id: int, entry_id: int) -> tuple[dict[int, datetime], datetime | None]:
    """Since when something waits for this person at an entry, by the mentor of the thread; and the latest of it all."""
    statement = select(Mark.mentor_id, Mark.since, Mark.latest_at)
    rows = db.session.execute(statement.where(Mark.person_id == person_id, Mark.entry_id == entry_id)).all()
    return {row[0]: row[1] for row in rows}, max((row[2] for row in rows), default=None)


def comments(entry_id: int, mentor_id: int, reader_id: int, since: datetime | None) -> list[Said]:
    """What learner and mentor said about an entry, the first first, as one of the two sees it."""
    marks = {} if since is None else {mentor_id: since}
    return _comments(entry_id, reader_id, marks, Comment.mentor_id == mentor_id)


def _comments(entry_id: int, reader_id: int, marks: dict[int, datetime], *narrowed: Any) -> list[Said]:
    columns = (Comment.id, Comment.mentor_id, Comment.author_id, Comment.body, Comment.written_at, Comment.deleted_at)
    is_seen = or_(Comment.deleted_at.is_(None), Comment.author_id == reader_id)
    rows = db.session.execute(
        select(*columns).where(Comment.entry_id == entry_id, is_seen, *narrowed).order_by(Comment.id)
    )
    return [
        Said(id_, of, author, body, at, gone is not None, author != reader_id and of in marks and at >= marks[of])
        for id_, of, author, body, at, gone in rows
    ]


def threads(entry: Entry, mentors: Sequence[Companion], marks: dict[int, datetime]) -> list[Thread]:
    """The threads of a learner's entry, by the mentor's name: those that could begin, and those of former mentors."""
    statement = _open_shares(Share.mentor_id, Share.shared_at).where(Share.entry_id == entry.id)
    is_open: dict[int, datetime] = dict(db.session.execute(statement).all())
    said = _comments(entry.id, entry.learner_id, marks)
    spoke = select(User.id, User.name).where(User.id.in_({one.mentor_id for one in said}))
    names = dict(db.session.execute(spoke).all()) | {mentor.id: mentor.name for mentor in mentors}
    now = {mentor.id for mentor in mentors}
    return [
        Thread(id_, names[id_], id_ in now, is_open.get(id_), [one for one in said if one.mentor_id == id_])
        for id_ in sorted(names, key=lambda id_: (names[id_], id_))
    ]


def record(entry_id: int, ways: Sequence[Companion]) -> list[Span]:
    """Who could read an entry, from when to when; `ways` are its learner's mentors, by each way there was or is."""
    statement = (
        select(ShareEvent.mentor_id, User.name, ShareEvent.is_shared, ShareEvent.happened_at)
        .join(User, User.id == ShareEvent.mentor_id)
        .where(ShareEvent.entry_id == entry_id)
        .order_by(ShareEvent.id)
    )
    rows = db.session.execute(statement).all()
    spans = []
    for number, (mentor_id, name, is_shared, shared_at) in enumerate(rows):
        if is_shared:
            stops = (at for of, _, began, at in rows[number + 1 :] if of == mentor_id and not began)
            stopped, ended = next(stops, None), _let_go(ways, mentor_id, shared_at)
            is_let_go = ended is not None and (stopped is None or ended < stopped)
            spans.append(Span(name, shared_at, ended if is_let_go else stopped, is_let_go))
    return spans


def _let_go(ways: Sequence[Companion], mentor_id: int, shared_at: datetime) -> datetime | None:
    """When the last of the ways ended by which somebody was a mentor as this was shared; None: one goes on."""
    held = [one.until for one in ways if one.id == mentor_id and one.since <= shared_at]
    ends = [until for until in held if until is None or until >= shared_at]
    return None if None in ends else max((until for until in ends if until is not None), default=None)


def unread_comments(learner_id: int) -> list[Unread]:
    """The entries of this learner on which a mentor said something unread, the latest day first."""
    statement = (
        select(Entry.id, Entry.day, User.name, _FRESH)
        .select_from(Mark)
        .join(Entry, and_(Entry.id == Mark.entry_id, Entry.learner_id == Mark.person_id))
        .join(User, User.id == Mark.mentor_id)
        .where(Mark.person_id == learner_id, Entry.deleted_at.is_(None), _FRESH > 0)
        .order_by(Entry.day.desc(), Entry.id.desc(), User.name)
    )
    found: dict[int, list[tuple[date, str, int]]] = {}
    for entry_id, day, name, count in db.session.execute(statement):
        found.setdefault(entry_id, []).append((day, name, count))
    return [
        Unread(entry_id, rows[0][0], sum(row[2] for row in rows), [row[1] for row in rows])
        for entry_id, rows in found.items()
    ]


def find_comment(author_id: int, comment_id: int) -> tuple[Comment, int] | None:
    """A comment of this author's on an entry that is (still) open to them, and whose entry it is."""
    statement = select(Comment, Entry.learner_id).join(Entry, Entry.id == Comment.entry_id)
    found = statement.where(Comment.id == comment_id, Comment.author_id == author_id, Entry.deleted_at.is_(None))
    row = db.session.execute(found).first()
    if row is None or (row[1] != author_id and learner_if_open(row[0].entry_id, author_id) is None):
        return None
    return row[0], row[1]


def find_sent(entry_id: int, mentor_id: int, author_id: int, token: str) -> Comment | None:
    """The comment that was made from this form."""
    of_form = (Comment.author_id == author_id, Comment.token == token)
    return db.session.scalar(
        select(Comment).where(Comment.entry_id == entry_id, Comment.mentor_id == mentor_id, *of_form)
    )
