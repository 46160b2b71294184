"""Days that are over, digested: written with the first answer of a later day, read from the log until then."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, func, select, text

from portal.db import DayNumber
from portal.quizzes.models import DayCount, LogRow
from portal.statements import Prepared
from quizzes.digest import Counts, Logged, Seen, digest, is_enough
from quizzes.ledger import Kind

FIRST_DAY = date(1970, 1, 1)  # before every answer
REACH = 8  # rows of a card before its first answer of a day: nearly always enough, and never a wrong count where not
_zone = lru_cache(maxsize=256)(ZoneInfo)

_LEARNER: BindParameter[int] = bindparam("learner")
_AFTER: BindParameter[date] = bindparam("after", type_=DayNumber())
_BEFORE: BindParameter[date] = bindparam("before", type_=DayNumber())
_UNTIL = Prepared(select(func.max(DayCount.day, type_=DayNumber())).where(DayCount.learner_id == _LEARNER))
_COLUMNS = (
    LogRow.card_id,
    LogRow.version,
    LogRow.kind,
    LogRow.day,
    LogRow.grade,
    LogRow.takes_back,
    LogRow.interval_days,
    LogRow.due_on,
    LogRow.at,
    LogRow.zone,
)
_NAMES = ", ".join(f"log.{column.key}" for column in _COLUMNS)
# CROSS JOIN keeps SQLite to this order: left to itself it reads a learner's whole log. Nothing is asked of log.day here
# for the same reason.
_ROWS = Prepared(
    text(
        f"SELECT {_NAMES} FROM (SELECT card_id, min(version) AS version FROM review_log"  # noqa: S608 - names of our own
        " WHERE learner_id = :learner AND day > :after AND day < :before AND kind = 'answer' GROUP BY card_id) AS first"
        " CROSS JOIN review_log AS log"
        " WHERE log.learner_id = :learner AND log.card_id = first.card_id AND log.version >= first.version - :reach"
    )
    .bindparams(_AFTER, _BEFORE)
    .columns(*_COLUMNS)
)
_ALL_ROWS = Prepared(
    select(*_COLUMNS).where(LogRow.learner_id == _LEARNER, LogRow.card_id == bindparam("card")).order_by(LogRow.version)
)
# Two devices may give the first answer of a day at once: both would write the same.
_INSERT = Prepared(
    text(
        "INSERT INTO day_counts (learner_id, day, about, mark, seen, passed)"
        " VALUES (:learner, :day, :about, :mark, :seen, :passed) ON CONFLICT DO NOTHING"
    ).bindparams(bindparam("day", type_=DayNumber()))
)


def digested_until(learner_id: int) -> date:
    """The last day that is digested; everything after it is read from the log."""
    row = _UNTIL.first({"learner": learner_id})
    return row[0] if row and row[0] else FIRST_DAY


def tail(learner_id: int, after: date, before: date) -> Counts:
    """The counts of the days between these two, from the log. Its cost grows with those days alone."""
    values = {"learner": learner_id, "after": after, "before": before, "reach": REACH}
    found: Counts = {}
    by_card = sorted(_ROWS.all(values), key=itemgetter(0, 1))
    for card_id, rows in groupby(by_card, key=itemgetter(0)):
        logged = _logged(rows, before)
        if not is_enough(logged, after):
            logged = _logged(_ALL_ROWS.all({"learner": learner_id, "card": card_id}), before)
        for key, seen in digest(logged, after).items():
            found[key] = found.get(key, Seen()) + seen
    return found


def _logged(rows: Iterable[Sequence[Any]], before: date) -> list[Logged]:
    return [
        Logged(version, Kind(kind), day, hour_of(at, zone), grade, takes_back, interval_days, due_on)
        for _, version, kind, day, grade, takes_back, interval_days, due_on, at, zone in rows
        if day < before
    ]


def hour_of(at: Any, zone: str) -> int:
    """The hour, 0 to 23, on the clock of a zone."""
    return int(at.astimezone(_zone(zone)).hour)


def digest_days(learner_id: int, before: date) -> None:
    """Write down every day before this one that is not written yet. They are over: nothing amends them any more."""
    for row in rows_of(learner_id, tail(learner_id, digested_until(learner_id), before)):
        _INSERT.count(row | {"learner": learner_id})


def rows_of(learner_id: int, counts: Counts) -> Iterator[dict[str, Any]]:
    """Counts as rows of the table."""
    for (day, about, mark), one in sorted(counts.items()):
        values = {"day": day, "about": about.value, "mark": mark, "seen": one.seen, "passed": one.passed}
        yield {"learner_id": learner_id, **values}
