"""The plan as a calendar other programs can subscribe to (iCalendar, RFC 5545): one event a day of study.

Learners have minutes, not times of day, so events last all day and take no time (TRANSP). Nothing but the plan is in
it: no word of the journal, no name, no address. A day keeps its UID, so a program that fetches again replaces it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from portal.plan import curriculum, texts
from portal.plan.models import BreakRow, Plan
from portal.plan.outlook import Outlook
from quizzes.planning import Block, Kind

FAR = timedelta(days=400)
NAME = "Backend roadmap"
AGAIN = timedelta(hours=12)


def feed(ahead: Outlook, plan: Plan, free: Sequence[BreakRow], digest: str, moment: datetime) -> bytes:
    """The days ahead, at most 400 of them, and the breaks."""
    from icalendar import Calendar, Event  # 3 MB and 90 modules, for the few who subscribe

    calendar = Calendar()
    calendar.add("prodid", "-//Backend Roadmap Portal//Plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME)
    calendar.add("refresh-interval", AGAIN, parameters={"value": "DURATION"})
    for uid, first, last, title, text in _events(ahead, free):
        event = Event()
        event.add("uid", f"{uid}-{digest[:16]}@backend-roadmap-portal")
        event.add("dtstamp", moment)
        event.add("last-modified", plan.changed_at)
        event.add("sequence", plan.version)
        event.add("dtstart", first)
        event.add("dtend", last + timedelta(days=1))
        event.add("summary", title)
        event.add("description", text)
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(ahead: Outlook, free: Sequence[BreakRow]) -> Iterator[tuple[str, date, date, str, str]]:
    for row in free:
        if row.last_on >= ahead.today:
            yield f"break-{row.id}", row.first_on, row.last_on, f"{NAME}: a break", "No study is planned."
    for day, blocks in groupby(ahead.calendar.blocks, key=lambda block: block.day):
        if day - ahead.today > FAR:
            return
        yield (day.isoformat(), day, day, *_words(list(blocks)))


def _words(blocks: Sequence[Block]) -> tuple[str, str]:
    lines = [f"{_title(block)}: {block.minutes} min" for block in blocks if block.kind is not Kind.SPARE]
    work = [curriculum.title(item) for item in dict.fromkeys(block.item for block in blocks if block.item)]
    minutes = sum(block.minutes for block in blocks)
    return f"{NAME}: {texts.hours(minutes)}: {', '.join(work) or 'review'}", "\n".join(lines)


def _title(block: Block) -> str:
    return "Review" if block.kind is Kind.REVIEW else curriculum.title(block.item)
