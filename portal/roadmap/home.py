"""What a learner reads on the front page: a greeting, what waits today, and one thing to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from portal.quizzes.queries import Today
from portal.roadmap.status import StepStatus, count_cards

USUAL_SECONDS = 20
LONGEST_SECONDS = 60
LEANS_ON = 5


@dataclass(frozen=True, slots=True)
class Home:
    """The front page of a learner. `next_on` is the day of the next cards when none wait today."""

    greeting: str
    sentence: str
    detail: str
    next_on: date | None
    state: str
    here: StepStatus


def at_home(name: str, hour: int, today: Today, found: Sequence[StepStatus], upcoming: tuple[date, int] | None) -> Home:
    """Put the page into words. `hour` is the learner's own (0-23); `state` is first, waiting or done."""
    here = next(status for status in found if status.is_here)
    greeting = f"{greeting_at(hour)}, {name}."
    if today.waiting:
        is_first = not today.answers and not any(status.whole.started for status in found)
        state, sentence = ("first", _first_words()) if is_first else ("waiting", _waiting_words(today))
        if today.paused_days:
            sentence = f"You last reviewed {today.paused_days} days ago. Start with ten."
        return Home(greeting, sentence, "" if is_first else _parts(today), None, state, here)
    done = f"Done for today: {count_cards(today.answers)} answered." if today.answers else "No cards wait today."
    if today.backlog:
        return Home(greeting, done, "What piled up comes back bit by bit, a small part each day.", None, "done", here)
    if upcoming is None:
        return Home(greeting, done, "", None, "done", here)
    return Home(greeting, done, _next_words(*upcoming, today.day), upcoming[0], "done", here)


def greeting_at(hour: int) -> str:
    """The greeting for an hour of the day."""
    if 4 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"


def minutes_for(today: Today) -> int:
    """About how long the waiting cards take: at today's own pace, leaning on LEANS_ON cards of 20 s each. One answer
    alone says little of the next thirty.
    """
    own = min(LONGEST_SECONDS * today.answers, today.ms / 1000)
    seconds = (own + LEANS_ON * USUAL_SECONDS) / (today.answers + LEANS_ON)
    return max(1, ceil(today.waiting * seconds / 60))


def _first_words() -> str:
    return "Your first card takes about a minute. It comes back tomorrow, and then just before you would forget it."


def _waiting_words(today: Today) -> str:
    minutes = minutes_for(today)
    verb = "waits" if today.waiting == 1 else "wait"
    return f"{count_cards(today.waiting)} {verb} today, about {minutes} minute{'' if minutes == 1 else 's'}."


def _parts(today: Today) -> str:
    counts = today.counts
    parts = ((counts.due, "due"), (counts.fresh, "new"), (counts.again, "once more"))
    return " · ".join(f"{count} {word}" for count, word in parts if count)


def _next_words(day: date, count: int, today: date) -> str:
    days = (day - today).days
    when = "tomorrow" if days == 1 else f"in {days} days"
    return f"The next {count_cards(count)} come{'s' if count == 1 else ''} {when}."
