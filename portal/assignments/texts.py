"""Tasks in words: what they ask for, when they are due, where somebody is with them, and what they cost."""

from collections.abc import Sequence
from datetime import date

from portal.assignments.costing import Cost, usual
from portal.assignments.models import Kind
from portal.assignments.standing import Counted
from portal.quizzes import words
from quizzes.tasks import Seen, Stand, State

KINDS = {
    Kind.CARDS: "Cards",
    Kind.TOPICS: "Topics",
    Kind.STEP: "A step of the roadmap",
    Kind.PROJECT: "A project",
    Kind.READING: "Something to read",
}
NO_DAY = "Write the day as 2026-11-22."
NO_CARDS = "There are no cards about it yet, and only answers can show that it is done. Set a project or a reading."
TWICE = "This task was set already; here it is."
SENT = "The task is set. Everybody it is for sees it on the front page."
WITHDRAWN = "The task is withdrawn. Cards of it that nobody had learnt come in their usual order again."
ENDED = "This is asked of you no more, so there is nothing to say about it."


def many(count: int, one: str, more: str = "") -> str:
    """ "1 day", "5 days"."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def in_full(day: date) -> str:
    """ "Friday, 27 November"."""
    return f"{day:%A}, {day.day} {day:%B}"


def due(stand: Stand) -> str:
    """When a task is due, as its learner says it: "Due tomorrow", "2 days late"."""
    if stand.state is State.LATE:
        return f"{many(stand.late_days, 'day')} late"
    return f"Due {words.day(stand.due_on, stand.today)}"


def progress(stand: Stand, kind: str) -> str:
    """How much of it is done: "3 of 8 cards done"."""
    if kind == Kind.READING:
        return "read" if stand.is_done else "not read yet"
    if kind == Kind.PROJECT:
        return "done" if stand.is_done else "not done yet"
    return f"{stand.met} of {many(stand.whole, 'card')} done"


def card(seen: Seen, set_on: date, stand: Stand) -> str:
    """Where a learner is with a card of a task: "answered", "comes tomorrow", "new"."""
    if seen.due_on is None or seen.last_on is None:
        return "new"
    if seen.last_on >= set_on:
        return "answered"
    comes = f"comes {words.day(seen.due_on, stand.today)}" if seen.due_on > stand.today else "waits today"
    return f"you know it; it {comes}" if seen.due_on > stand.due_on else comes


def state(stand: Stand) -> str:
    """Where a learner is with a task, said plainly: "Done on 3 December, 2 days late"."""
    match stand.state:
        case State.EXCUSED:
            return f"Excused: {stand.excuse}"
        case State.LATE:
            return due(stand)
        case State.OPEN:
            return "Open"
        case _:
            pass
    when = "" if stand.done_on is None else f" on {stand.done_on.day} {stand.done_on:%B}"
    return f"Done{when}, {many(stand.late_days, 'day')} late" if stand.late_days else f"Done{when}"


def tally(one: Counted) -> list[str]:
    """How many are where: "3 of 12 done", "2 late", "1 excused"."""
    if not one.asked:
        return ["asked of nobody who is here now"]
    parts = [f"{one.done} of {one.asked} done"]
    parts += [f"{one.late} late"] if one.late and one.task.withdrawn_at is None else []
    return parts + ([f"{one.excused} excused"] if one.excused else [])


# ---- What it costs


def cost(found: Sequence[Cost]) -> str:
    """The cost in a sentence: "About 6 minutes a day more for 5 days; most for Ben: 11."."""
    if not found:
        return "Nobody is here to do it."
    most, mean = found[0], usual(found)
    if not round(most.minutes, 1):
        return "No minute more: nothing in it is new to anybody, and learnt cards come back by themselves."
    more = f"{_minutes(mean)} {f'a day more for {most.days} days' if most.days > 1 else 'more today'}"
    if len(found) == 1:
        return f"{more}, for {most.name}."
    return f"{more}; most for {most.name}: {round(most.minutes)}." if round(most.minutes) > round(mean) else f"{more}."


def _minutes(count: float) -> str:
    whole = round(count)
    return f"About {many(whole, 'minute')}" if whole else "Less than a minute"


def short(found: Sequence[Cost]) -> str:
    """Who cannot get through in time, and why; "" where everybody can."""
    behind = [one for one in found if one.is_short]
    if not behind:
        return ""
    first, others = behind[0], "" if len(behind) == 1 else f"; so it is for {many(len(behind) - 1, 'other')}"
    if not first.room:
        return f"{first.name} lets no new cards in at present{others}. Only learners themselves change that number."
    room = f"room for {first.room} of {many(first.fresh, 'new card')} until then"
    others = others.replace("so it is", "there is too little")
    return f"{first.name} has {room}{others}. A later day or fewer cards would help."


def new_to(one: Cost) -> str:
    """What of it is new to a learner."""
    return many(one.fresh, "new card") if one.fresh else "nothing new"


def a_day(one: Cost) -> str:
    """A learner's minutes a day, for a table."""
    return f"{round(one.minutes)} min" if round(one.minutes) else "under 1 min" if one.minutes else "none"
