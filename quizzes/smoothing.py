"""Cards that come due in a break, spread over the days around it so that no day becomes a mountain."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from quizzes.pacing import Break, Pace

BEFORE, AFTER = 7, 21  # days around a break that may take cards: an early review teaches little, a late one forgets


def around(gone: Break, pace: Pace, today: date) -> tuple[list[date], list[date]]:
    """The study days before and after a break that may take its cards: from tomorrow on, and in no other break.

    After it as many days as the break has, at least a week. Days that have no minutes take none, unless none has any.
    """
    length = min(AFTER, max(BEFORE, (gone.last - gone.first).days + 1))
    before = [gone.first - timedelta(days=number) for number in range(min(BEFORE, length), 0, -1)]
    after = [gone.last + timedelta(days=number) for number in range(1, length + 1)]
    free = Pace(pace.minutes if any(pace.minutes) else (1,) * 7, (*pace.breaks, gone))
    found = [[day for day in days if day > today and free.on(day)] for days in (before, after)]
    while not found[1]:  # other breaks take the whole time after it
        after = [after[-1] + timedelta(days=number) for number in range(1, length + 1)]
        found[1] = [day for day in after if free.on(day)]
    return found[0], found[1]


def smooth(
    due: Mapping[int, date], counts: Mapping[date, int], before: Sequence[date], after: Sequence[date]
) -> dict[int, date]:
    """A new day for each card: `due` are the cards of the break, `counts` what the days around it have already.

    Every day is filled up to the same height, the lowest that holds all. Whoever is due first comes first; as many
    as the days before can hold up to that height, at most their share, come before the break. `after` is not empty.
    """
    height = _height(len(due), [counts.get(day, 0) for day in (*before, *after)])
    room = {day: max(0, height - counts.get(day, 0)) for day in (*before, *after)}
    early, late = (sum(room[day] for day in days) for days in (before, after))
    first = max(len(due) - late, min(early, len(due) * early // max(1, early + late)))
    ordered = sorted(due, key=lambda card: (due[card], card))
    return _filled(ordered[:first], before, room) | _filled(ordered[first:], after, room)


def _height(cards: int, counts: Sequence[int]) -> int:
    """The lowest height up to which the days hold that many cards more."""
    low, high = 0, max(counts) + cards
    while low < high:
        middle = (low + high) // 2
        if sum(max(0, middle - count) for count in counts) >= cards:
            high = middle
        else:
            low = middle + 1
    return low


def _filled(cards: Sequence[int], days: Sequence[date], room: dict[date, int]) -> dict[int, date]:
    """The cards in their order on the days in theirs, evenly and never beyond the room of a day."""
    found: dict[int, date] = {}
    waiting = list(cards)
    for number, day in enumerate(days):
        later = sum(room[one] for one in days[number + 1 :])
        share = -(-len(waiting) // (len(days) - number))
        taken = min(room[day], max(share, len(waiting) - later))
        found.update(dict.fromkeys(waiting[:taken], day))
        del waiting[:taken]
    return found
