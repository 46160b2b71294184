"""The pages that look back on a journal: search, calendar, export; in the journal's blueprint."""

import json
import tempfile
import zipfile
from calendar import Calendar, month_name
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import IO, Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal import zips
from portal.htmx import wants_fragment
from portal.journal import finding, queries, views
from portal.journal.finding import Kept
from portal.journal.forms import FIRST_DAY
from portal.journal.queries import TopicNotes
from portal.journal.search import Query, Words, read_query, snippet
from portal.journal.views import place_in_words, place_or_404
from portal.login import learner_required, me, now
from portal.quizzes.queries import today

bp = views.bp  # one blueprint, drawn by two modules
README = """This is your journal, one file an entry: the folder is the year, the name is the day and the entry's number.

Every file begins with a few lines between two lines of "---": the day, the tags, the minutes studied, when the entry
was written and when it was changed last (in UTC). Behind them stands the text as you typed it, in Markdown.
What you keep about topics of the roadmap is in the folder "topics", with your links in the first lines.
Deleted entries and earlier versions are not in here.
"""


@bp.get("/search")
@learner_required
def search() -> ResponseReturnValue:
    """My entries that fit what was typed: the page, or its results alone for htmx."""
    typed = request.args.get("q", "")
    query = read_query(typed)
    entries, more = finding.entries_found(me().id, query, place_or_404()) if query.clauses else ([], None)
    template = "journal/_results.html" if wants_fragment() else "journal/search.html"
    return render_template(
        template,
        q=typed,
        query=query,
        found=[(entry, snippet(entry.start, query.sought)) for entry in entries],
        before=place_in_words(more),
        is_first="before" not in request.args,
        wider=_wider(typed, query),
    )


def _wider(typed: str, query: Query) -> str | None:
    """The same search for what begins with its last word."""
    last = query.clauses[-1][-1] if query.clauses else None
    is_closed = isinstance(last, Words) and not last.is_open and not last.is_excluded
    return f"{typed.rstrip()}*" if is_closed and typed.rstrip()[-1].isalnum() else None


@bp.get("/calendar")
@bp.get("/calendar/<int(max=9998):year>/<int(min=1, max=12):month>")
@learner_required
def calendar(year: int | None = None, month: int | None = None) -> ResponseReturnValue:
    """A month of mine, this one by default: the days with entries lead to them."""
    mine = today(me(), now()).day
    first = mine.replace(day=1) if year is None or month is None else _month_or_404(year, month)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    written = finding.days_written(me().id, first, _next_month(first) - timedelta(days=1))
    earlier = (first - timedelta(days=1)).replace(day=1)
    return render_template(
        "journal/calendar.html",
        first=first,
        title=f"{month_name[first.month]} {first.year}",
        weeks=weeks,
        written=written,
        entries=sum(day.entries for day in written.values()),
        minutes=sum(day.minutes for day in written.values()),
        today=mine,
        earlier=earlier if earlier >= FIRST_DAY else None,
        later=_next_month(first),
    )


def _month_or_404(year: int, month: int) -> date:
    if year < FIRST_DAY.year:
        abort(404)
    return date(year, month, 1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@bp.get("/export.zip")
@learner_required
def export() -> ResponseReturnValue:
    """Every entry of mine as a Markdown file, and what I keep about topics."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer has gone out
    _write_archive(file, finding.all_entries(me().id), queries.notes(me().id), now())
    return zips.answer(file, f"journal-{today(me(), now()).day.isoformat()}.zip")


def _write_archive(file: IO[bytes], entries: Iterable[Kept], notes: Iterable[TopicNotes], moment: datetime) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(zips.member("README.txt", moment), README)
        for entry in entries:
            name = f"{entry.day.year}/{entry.day.isoformat()}-{entry.id}.md"
            archive.writestr(zips.member(name, entry.changed_at), _as_markdown(entry))
        for kept in notes:
            archive.writestr(zips.member(f"topics/{kept.topic}.md", moment), _notes_as_markdown(kept))


def _as_markdown(entry: Kept) -> str:
    """An entry with its front matter. JSON's strings, numbers and lists are YAML's too, quoted for every reader."""
    front = {
        "day": entry.day.isoformat(),
        "tags": entry.tags,
        "minutes": entry.minutes,
        "written": f"{entry.written_at:%Y-%m-%dT%H:%M:%SZ}",
        "changed": f"{entry.changed_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return _with_front(front, entry.body)


def _notes_as_markdown(kept: TopicNotes) -> str:
    """Notes about a topic; its links stand in the front matter, where no character of a title can break one."""
    links = [{"title": link.title, "url": link.url} for link in kept.links]
    return _with_front({"topic": kept.topic, "links": links}, kept.body)


def _with_front(front: dict[str, Any], body: str) -> str:
    lines = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in front.items())
    return f"---\n{lines}---\n\n{body.rstrip()}\n"
