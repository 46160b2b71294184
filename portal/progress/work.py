"""Pictures of what was done and what waits: cards to come, days, answers, time, hours."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from portal.progress.periods import Span, in_words
from portal.progress.pictures import Picture, Series, Table, calendar, columns, first_of_calendar
from portal.progress.queries import LATE, Piece
from portal.quizzes import words
from quizzes.digest import About, Mark, Seen

ENOUGH = 20  # answers before a share is worth a sentence


def due(found: Mapping[int, int], today: date, size: int, count: int) -> Picture:
    """Cards that come in each piece of `size` days from today, with those that should have come before."""
    late, ahead = found.get(LATE, 0), [found.get(place, 0) for place in range(count)]
    until = today + timedelta(days=size * count - 1)
    whole, soon = late + sum(ahead), "today" if size == 1 else f"in the next {size} days"
    sentence = f"{words.cards(whole).capitalize()} {_come(whole)} by {in_words(until)}, {ahead[0]:,} of them {soon}"
    sentence += f"; {late:,} should have come before today." if late else "."
    shown = columns(
        [
            Series("to come", "full", [0, 0, *ahead]),
            Series("should have come before", "late", [late, *[0] * (count + 1)]),
        ]
        if late
        else [Series("to come", "full", ahead)],
        ("before", in_words(until)) if late else ("today", in_words(until)),
    )
    starts = [today + timedelta(days=size * place) for place in range(count)]
    names = [in_words(start) if size == 1 else f"from {in_words(start)}" for start in starts]
    rows = [("before today", str(late)), *zip(names, map(str, ahead), strict=True)]
    return Picture("due", "What comes?", sentence, shown, Table(("When", "Cards"), tuple(rows)))


def _come(count: int) -> str:
    return "comes" if count == 1 else "come"


def days(found: Mapping[date, tuple[int, int]], today: date) -> Picture:
    """A year of days."""
    first = first_of_calendar(today)
    recent = sum(day > today - timedelta(days=28) for day in found)
    sentence = f"You answered cards on {recent} of the last 28 days, and on {len(found)} in 52 weeks."
    rows = []
    for week in range(52):
        start = first + timedelta(weeks=week)
        mine = [found[day] for day in (start + timedelta(days=place) for place in range(7)) if day in found]
        answers, ms = sum(one[0] for one in mine), sum(one[1] for one in mine)
        rows.append((f"week of {in_words(start)}", str(len(mine)), f"{answers:,}", minutes(ms)))
    table = Table(("Week", "Days", "Answers", "Time"), tuple(reversed(rows)))
    shown = calendar({day: answers for day, (answers, _) in found.items()}, today)
    return Picture("days", "How regular is it?", sentence, shown, table)


def answers(found: Sequence[Piece], span: Span) -> Picture:
    """Answers by sort."""
    totals = [piece.total for piece in found]
    whole, active = sum(total.answers for total in totals), sum(piece.days for piece in found)
    new = sum(total.fresh for total in totals)
    each = f", {whole / active:.0f} on a day with cards" if active else ""
    learnt = f", and learnt {words.cards(new)}" if new else ""
    sentence = f"{_capital(span.words)} you answered {whole:,} time{'' if whole == 1 else 's'}{each}{learnt}."
    shown = columns(
        [
            Series("due cards", "full", [total.reviews for total in totals]),
            Series("new cards", "half", [total.fresh for total in totals]),
            Series("again on the same day", "open", [total.drills for total in totals]),
        ],
        _ends(span),
    )
    rows = [
        (span.label(place), *(f"{count:,}" for count in (total.reviews, total.fresh, total.drills)))
        for place, total in enumerate(totals)
    ]
    head = ("Days", "Due", "New", "Again")
    return Picture("answers", "How much did you do?", sentence, shown, Table(head, tuple(reversed(rows))))


def time(found: Sequence[Piece], span: Span) -> Picture:
    """Minutes with cards."""
    spent, count = sum(piece.total.ms for piece in found), sum(piece.total.answers for piece in found)
    each = f", {spent / count / 1000:.0f} seconds an answer" if count else ""
    sentence = f"Cards took {minutes(spent)} of your time {span.words}{each}."
    shown = columns([Series("minutes", "full", [piece.total.ms / 60_000 for piece in found])], _ends(span), unit=" min")
    rows = [(span.label(place), minutes(piece.total.ms)) for place, piece in enumerate(found)]
    return Picture("time", "How long did it take?", sentence, shown, Table(("Days", "Time"), tuple(reversed(rows))))


def hours(found: Mapping[Mark, Seen], span: Span) -> Picture:
    """Due cards by the hour of the learner's clock."""
    seen = [found.get((About.HOUR, hour), Seen()) for hour in range(24)]
    question, whole = "At which hour do you remember best?", sum(one.seen for one in seen)
    parts = [(start, sum(seen[start : start + 4], Seen())) for start in range(0, 24, 4)]
    told = [(one.passed / one.seen, start, one) for start, one in parts if one.seen >= ENOUGH]
    if not told:
        return Picture("hours", question, f"After {ENOUGH} due cards in the same part of the day this says more.")
    share, start, _ = max(told)
    if len(told) == 1:
        sentence = f"You review between {_clock(start)}, and know {of_hundred(share)} then."
    else:
        sentence = f"You remember best between {_clock(start)}: {of_hundred(share)}."
    shown = columns(
        [
            Series("known", "full", [one.passed for one in seen]),
            Series("not known", "open", [one.seen - one.passed for one in seen]),
        ],
        ("0:00", "6:00", "12:00", "18:00"),
        is_even=True,
    )
    rows = [(f"{hour}:00", f"{one.seen:,}", share_of(one)) for hour, one in enumerate(seen) if one.seen]
    remark = f"{whole:,} due cards {span.words}, by the hour on your clock."
    return Picture("hours", question, sentence, shown, Table(("Hour", "Due cards", "Known"), tuple(rows)), remark)


def _clock(start: int) -> str:
    return f"{start}:00 and {start + 4}:00"


def _ends(span: Span) -> tuple[str, str]:
    return in_words(span.first), in_words(span.last)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def minutes(ms: int) -> str:
    """ "0 min", "45 min", "2 h 05"."""
    whole = round(ms / 60_000)
    return f"{whole} min" if whole < 60 else f"{whole // 60:,} h {whole % 60:02}"


def of_hundred(share: float) -> str:
    """ "91 of 100"."""
    return f"{round(100 * share)} of 100"


def share_of(one: Seen) -> str:
    """ "91%", or nothing where nothing was seen."""
    return words.percent(one.passed / one.seen) if one.seen else ""
