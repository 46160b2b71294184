"""Everybody in a cohort as a table: its columns, how it is sorted and paged, and the same as CSV."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from portal.mentoring import queries
from portal.mentoring.letters import ABOUT
from portal.mentoring.queries import Place, Stood
from portal.sorting import Column, NoSuchOrder
from quizzes.needs import read_reasons

PAGE, PIECE = 50, 500  # rows of a page, and of a piece of a file
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)


COLUMNS = (
    Column("name", "Name", is_falling=False),
    Column("need", "Needs you"),
    Column("last_on", "Last review", is_falling=False),
    Column("active_days", "Days of 14"),
    Column("reviews", "Answers in 7 days"),
    Column("minutes", "Time in 7 days"),
    Column("due", "Cards due"),
    Column("recall", "Recall", is_falling=False),
    Column("behind", "Behind plan"),
)
HEADS = (
    "name",
    "needs",
    "last_review_on",
    "days_active_of_14",
    "answers_in_7_days",
    "minutes_in_7_days",
    "cards_due",
    "recall_percent",
    "recall_percent_14_days_before",
    "minutes_behind_plan",
    "as_of",
)


def read_place(column: str, after: str | None, at: str | None) -> Place | None:
    """Where a page ended, out of an address: the learner's id, and the value. Raises NoSuchOrder."""
    if after is None:
        return None
    if not _NUMBER.fullmatch(after):
        raise NoSuchOrder(after)
    if at is None or column == "name":
        return at, int(after)
    if not _NUMBER.fullmatch(at):
        raise NoSuchOrder(at)
    try:
        return date.fromordinal(int(at)) if column == "last_on" else int(at), int(after)
    except (ValueError, OverflowError) as problem:
        raise NoSuchOrder(at) from problem


def written_place(place: Place | None) -> dict[str, Any]:
    """The same for an address; {} where nothing follows."""
    if place is None:
        return {}
    value = place[0].toordinal() if isinstance(place[0], date) else place[0]
    return {"after": place[1], "at": value}


def short_needs(reasons: str) -> str:
    """Why somebody needs a mentor, in a word for each rule."""
    return ", ".join(dict.fromkeys(ABOUT[one.rule] for one in read_reasons(reasons)))


def tenths(recall: int | None) -> int | None:
    """A recall kept in tenths of a percent as a whole number of percent."""
    return None if recall is None else round(recall / 10)


def change(stood: Stood) -> int | None:
    """By how many points recall changed in 14 days, between the numbers as they are shown."""
    now, was = tenths(stood.recall), tenths(stood.recall_was)
    return None if now is None or was is None else now - was


def file_pages(cohort_id: int) -> Iterator[Sequence[Sequence[object]]]:
    """All rows of the table, the heads first, by name and in pieces: a file needs as much memory as one of them."""
    yield [HEADS]
    place: Place | None = None
    while True:
        found, place = queries.members(cohort_id, "name", False, place, PIECE)
        yield [_cells(one) for one in found]
        if place is None:
            return


def _cells(one: Stood) -> Sequence[object]:
    words = "; ".join(reason.words for reason in read_reasons(one.reasons))
    recalls = ("" if value is None else value / 10 for value in (one.recall, one.recall_was))
    activity = (one.active_days, one.reviews, one.minutes, one.due)
    return (
        one.name,
        words,
        one.last_on or "",
        *activity,
        *recalls,
        "" if one.behind is None else one.behind,
        one.as_of,
    )
