"""A plan seen from today: what is left, the calendar ahead, and what became of the end that was agreed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.plan import curriculum, queries
from portal.plan.actions import Wish
from portal.plan.models import BreakRow, Evidence, Hours, Plan
from portal.plan.queries import TopicCards
from portal.study.queries import minutes_by_day
from quizzes.pacing import Break, Load, Pace
from quizzes.planning import Calendar, Item, Kind, lay
from quizzes.standing import Standing, standing

ONE_DAY = timedelta(days=1)
LONG_AGO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of a learner when a plan is laid: cards, evidence, minutes studied and reviewed by day."""

    cards: Mapping[str, TopicCards]
    noted: Mapping[str, Evidence]
    schedules: Sequence[tuple[date, int, int]]
    studied: Mapping[date, int]
    reviewed: Mapping[date, int]

    def done(self, known: frozenset[int]) -> dict[str, date]:
        """Since when each item is done: known steps, notes, and topics of which every card is learnt."""
        found = {item: LONG_AGO for step in known for item in curriculum.step_items(step)}
        found |= {topic: row.last_on for topic, row in self.cards.items() if row.last_on and row.learnt == row.cards}
        return found | {item: row.done_on for item, row in self.noted.items() if item not in self.cards}

    def worked(self, first: date, until: date) -> dict[date, int]:
        """Minutes of each day from `first` on, before `until`, that went into learning and building."""
        beside = {day: minutes - self.reviewed.get(day, 0) for day, minutes in self.studied.items()}
        return {day: minutes for day, minutes in beside.items() if minutes > 0 and first <= day < until}


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan laid out from today on."""

    today: date
    start_on: date
    pace: Pace
    items: tuple[Item, ...]
    done: Mapping[str, date]
    standing: Standing
    past: Past
    calendar: Calendar

    @property
    def ends_on(self) -> date | None:
        """The day the last item ends; None: not within ten years."""
        return self.calendar.ends_on

    @property
    def first(self) -> date:
        """The day the calendar begins with."""
        return max(self.today, self.start_on)

    @property
    def review_minutes(self) -> int:
        """Minutes set aside for reviews until the end."""
        return sum(block.minutes for block in self.calendar.blocks if block.kind is Kind.REVIEW)

    @staticmethod
    def is_listed(item_id: str) -> bool:
        """Whether the roadmap has a page for this project."""
        return curriculum.is_listed(item_id)

    def with_break(self, first: date, last: date) -> "Outlook":
        """The same with these days free."""
        pace = replace(self.pace, breaks=(*self.pace.breaks, Break(first, last)))
        return replace(self, pace=pace, calendar=self._laid(pace))

    def without_break(self, first: date, last: date) -> "Outlook":
        """The same with these days as days of study."""
        pace = replace(self.pace, breaks=tuple(one for one in self.pace.breaks if one != Break(first, last)))
        return replace(self, pace=pace, calendar=self._laid(pace))

    def _laid(self, pace: Pace) -> Calendar:
        return _lay(self.items, self.standing, pace, self.past, self.first, self.today)


def past_of(learner_id: int, first: date, today: date) -> Past:
    """What is known of this learner since `first`."""
    return Past(
        queries.topic_cards(learner_id),
        queries.evidence(learner_id),
        queries.schedules(learner_id),
        minutes_by_day(learner_id, first, today),
        queries.review_minutes(learner_id, first, today),
    )


def outlook(plan: Plan, rows: Sequence[Hours], free: Sequence[BreakRow], today: date) -> Outlook:
    """The plan as it is kept, from today on."""
    first = min(plan.start_on, today)
    past = past_of(plan.learner_id, first, today)
    pace = queries.pace_of(rows, free)
    wish = Wish(plan.preset, plan.start_on, pace.minutes, sorted(plan.known), plan.has_own_projects)
    return imagined(wish, past, pace.breaks, today)


def imagined(wish: Wish, past: Past, free: tuple[Break, ...], today: date) -> Outlook:
    """A plan that is wished for, from today on."""
    pace = Pace(wish.week, free)
    counts = {topic: row.cards for topic, row in past.cards.items()}
    items = curriculum.items(counts, wish.has_own_projects)
    ids = {item.id for item in items}
    done = {item: day for item, day in past.done(frozenset(wish.known_steps)).items() if item in ids}
    shares = {topic: row.learnt / row.cards for topic, row in past.cards.items()}
    found = standing(items, pace, past.worked(wish.start_on, today), done, shares)
    first = max(today, wish.start_on)
    calendar = _lay(items, found, pace, past, first, today)
    return Outlook(today, wish.start_on, pace, items, done, found, past, calendar)


def _lay(items: tuple[Item, ...], found: Standing, pace: Pace, past: Past, first: date, today: date) -> Calendar:
    load = Load()
    for due_on, interval_days, cards in past.schedules:
        load.expect(due_on, interval_days, cards)
    spent = past.studied.get(today, 0) if first == today else 0
    return lay(items, found.left, pace, load, first, spent)
