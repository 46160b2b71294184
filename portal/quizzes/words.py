"""Days, intervals and shares the way people say them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_KINDS = {
    "answer": "answered",
    "regrade": "grade changed",
    "undo": "answer taken back",
    "bury": "put off until the next day",
    "suspend": "put aside",
    "resume": "taken up again",
    "revise": "the card changed",
    "retire": "the card was withdrawn",
    "restore": "the card came back",
    "move": "moved to make room for a break",
}


def interval(days: int) -> str:
    """A short interval for a button: "today", "1 d", "2.1 mo", "1.4 y"."""
    if days <= 0:
        return "today"
    if days < 31:
        return f"{days} d"
    return f"{days / 30.44:.1f} mo" if days < 365 else f"{days / 365.25:.1f} y"


def day(when: date, today: date) -> str:
    """A day seen from today: "today", "tomorrow", "in 6 days", "3 days ago"."""
    days = (when - today).days
    if days in {-1, 0, 1}:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def moment(when: datetime, zone: str) -> str:
    """A moment on the learner's clock: "22 Nov 2026, 14:05"."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def clock(when: datetime, zone: str) -> str:
    """The time on the learner's clock: "14:05"."""
    return f"{when.astimezone(ZoneInfo(zone)):%H:%M}"


def cards(count: int) -> str:
    """ "1 card", "7 cards"."""
    return f"{count} card{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share from 0 to 1 as "71%"."""
    return f"{round(100 * share)}%"


def what_happened(kind: str) -> str:
    """A log row's kind in words."""
    return _KINDS[kind]
