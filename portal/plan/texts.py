"""The plan in words: days, spans, what became of the end, and what the days and months ahead hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.plan import curriculum
from portal.plan.models import BreakRow
from portal.plan.outlook import Outlook
from portal.roadmap import content
from quizzes.planning import Block, Item, Kind

CALM = 3  # days: less is where a weekend falls, not where a learner stands
NO_END = "At these hours the plan does not end within ten years. A little more time each week changes that."
ALL_DONE = "Everything in your plan is done."


def on(day: date) -> str:
    """ "4 May 2027"."""
    return f"{day.day} {day:%B %Y}"


def span(first: date, last: date) -> str:
    """ "4 to 28 May 2027", "28 May to 3 June 2027", "4 May 2027"."""
    if first == last:
        return on(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {on(last)}"
    return f"{first.day} {first:%B} to {on(last)}" if first.year == last.year else f"{on(first)} to {on(last)}"


def days(count: int) -> str:
    """ "1 day", "12 days"."""
    return f"{count} day{'' if count == 1 else 's'}"


def hours(minutes: int) -> str:
    """Minutes as hours: "2.5 hours", "1 hour", "45 minutes", "7.2 hours" for 7 h 14."""
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    shown = minutes / 60 if minutes % 15 == 0 else round(minutes / 60, 1)
    return f"{shown:g} hour{'' if shown == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Course:
    """Where a plan stands against the end that was agreed on: days behind (ahead: negative), and a sentence."""

    behind: int
    sentence: str
    title: str


def course(ahead: Outlook, agreed_on: date | None) -> Course:
    """What to say of the end."""
    ends_on = ahead.ends_on
    if not ahead.standing.left:
        return Course(0, "", ALL_DONE)
    if ends_on is None:
        return Course(0, NO_END, "Your plan needs more time")
    title = f"Your plan ends on {on(ends_on)}"
    behind = 0 if agreed_on is None else (ends_on - agreed_on).days
    if abs(behind) < CALM or agreed_on is None:
        return Course(0, "You are where the plan meant you to be.", title)
    moved = f"the end moved from {on(agreed_on)} to {on(ends_on)}."
    if behind > 0:
        return Course(behind, f"You are {days(behind)} behind; {moved} Nothing is lost.", title)
    return Course(behind, f"You are {days(-behind)} ahead; {moved}", title)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day in the table: minutes planned and studied, and what it holds in words."""

    day: date
    is_today: bool
    is_break: bool
    planned: int
    studied: int
    blocks: tuple[tuple[str, str, int], ...]


def day_rows(ahead: Outlook, planned: Mapping[date, int], free: Sequence[BreakRow]) -> list[DayRow]:
    """The days of `planned`; what is over shows what was planned and studied."""
    found = []
    for day, minutes in planned.items():
        is_break = any(row.first_on <= day <= row.last_on for row in free)
        blocks = tuple(_block(block) for block in ahead.calendar.of(day))
        studied = ahead.past.studied.get(day, 0)
        found.append(DayRow(day, day == ahead.today, is_break, minutes, studied, blocks))
    return found


def month_weeks(rows: Sequence[DayRow]) -> list[list[DayRow | None]]:
    """The days of a month by weeks from Monday to Sunday; None before the first and after the last."""
    cells: list[DayRow | None] = [None] * rows[0].day.weekday()
    cells += rows
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _block(block: Block) -> tuple[str, str, int]:
    """(item id or "", words, minutes)."""
    if block.kind is Kind.REVIEW:
        return "", "Review", block.minutes
    if block.kind is Kind.SPARE:
        return "", "Free", block.minutes
    return block.item, curriculum.title(block.item), block.minutes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days ahead: a step (its number, 0 for a break) with the projects that are built in it."""

    step: int
    title: str
    first: date
    last: date
    topics: tuple[tuple[str, str, date], ...] = ()
    projects: tuple[tuple[str, str, date, date], ...] = ()


def stretches(ahead: Outlook, free: Sequence[BreakRow]) -> list[Stretch]:
    """The steps that lie ahead, and the breaks between them, by the day they begin."""
    found = [Stretch(0, "Break", row.first_on, row.last_on) for row in free if row.last_on >= ahead.today]
    for step in content.roadmap().steps:
        spans = {item.id: ahead.calendar.spans[item.id] for item in _of(ahead, step.number)}
        if spans:
            first, last = min(one for one, _ in spans.values()), max(one for _, one in spans.values())
            found.append(Stretch(step.number, step.title, first, last, *_parts(ahead, step.number)))
    return sorted(found, key=lambda one: (one.first, one.step))


def _of(ahead: Outlook, step: int) -> list[Item]:
    return [item for item in ahead.items if item.step == step and item.id in ahead.calendar.spans]


def _parts(
    ahead: Outlook, step: int
) -> tuple[tuple[tuple[str, str, date], ...], tuple[tuple[str, str, date, date], ...]]:
    spans, items = ahead.calendar.spans, _of(ahead, step)
    topics = [(one.id, curriculum.title(one.id), spans[one.id][1]) for one in items if one.kind is Kind.TOPIC]
    projects = [(one.id, curriculum.title(one.id), *spans[one.id]) for one in items if one.kind is Kind.PROJECT]
    return tuple(topics), tuple(sorted(projects, key=lambda one: one[2]))
