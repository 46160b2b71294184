"""Kinds of learners: each lives as its name says, and in every week of the year alike."""

from collections import Counter
from datetime import date, timedelta
from statistics import mean

import pytest

from quizzes.cards import Ask
from quizzes.kinds import FINE, Character, Kind, habit, presence
from quizzes.simulating import Act, SimCard, SimulatedDay, days

MONDAY = date(2026, 11, 23)
JOINS, BELIEF = "sql.joins.inner", "count-star-skips-null"
TOPICS = {number: JOINS if 20 < number <= 40 else "http.status.access" for number in range(1, 81)}


def lived(character: Character, until: date = MONDAY, seed: int = 12) -> list[SimulatedDay]:
    own = habit(character, until, len(TOPICS))
    cards = [
        SimCard(number, list(Ask)[number % 6], grip=character.grip(topic, frozenset()))
        for number, topic in TOPICS.items()
    ]
    last = until - timedelta(days=1)
    return list(days(cards, own, character.began(until), last, seed, character.told_from(until)))


def reviews(simulated: list[SimulatedDay], topic: str = "") -> list[Act]:
    acts = [act for day in simulated for act in day.acts if act.is_answer and not act.before.is_new]
    return [act for act in acts if not act.is_drill and TOPICS[act.card_id].startswith(topic)]


def known(acts: list[Act]) -> float:
    return mean((act.event.grade or 0) >= 3 for act in acts)


@pytest.mark.parametrize("kind", sorted(FINE))
def test_who_is_fine_knows_nine_cards_in_ten_and_was_here_this_week(kind: Kind) -> None:
    character = Character(kind, 9 if kind is Kind.LATE else 120, away=4 if kind is Kind.AWAY else 0)
    simulated = lived(character)
    assert known(reviews(simulated)) > 0.87
    assert max(day.day for day in simulated if day.tally.answers) >= MONDAY - timedelta(days=7)
    assert presence(kind) > 1
    days_of_week = Counter(day.day.weekday() for day in simulated if day.tally.answers)
    assert (set(days_of_week) <= {4, 5, 6}) == (kind is Kind.WEEKEND)


def test_who_drops_out_is_gone_and_who_comes_back_is_here() -> None:
    gone = [day.day for day in lived(Character(Kind.DROP_OUT, 120, away=17)) if day.tally.answers]
    assert gone[-1] in {MONDAY - timedelta(days=back) for back in (18, 19, 20)}
    assert len(gone) > 60
    back = Character(Kind.COME_BACK, 120, away=21, back=5)
    days_back = [day.day for day in lived(back) if day.tally.answers]
    first = MONDAY - timedelta(days=5)
    assert not [day for day in days_back if first - timedelta(days=21) <= day < first]
    assert len([day for day in days_back if day >= first]) >= 3


def test_a_crammer_has_one_evening_and_who_is_stuck_is_stuck_on_joins_alone() -> None:
    crammed = lived(Character(Kind.CRAMMER, 120, weekday=2))
    assert {day.day.weekday() for day in crammed if day.tally.answers} == {2}
    stuck = lived(Character(Kind.STUCK, 120, belief=BELIEF))
    assert known(reviews(stuck, JOINS)) < 0.6
    assert known(reviews(stuck, "http")) > 0.87
    assert sum(day.tally.answers for day in lived(Character(Kind.BEHIND, 120))) < 500
    assert presence(Kind.BEHIND) < 0.5


def test_what_somebody_believes_holds_badly_for_them_alone() -> None:
    believer, other = Character(Kind.STEADY, 120, belief=BELIEF), Character(Kind.STEADY, 120)
    held = [one.grip("http.status.access", frozenset({BELIEF})) for one in (believer, other)]
    assert held[0] < 0.5 < held[1]
    assert believer.grip("http.status.access", frozenset({"another"})) == 1


def test_one_story_is_told_in_every_week_of_the_year() -> None:
    character = Character(Kind.COME_BACK, 120, away=21, back=5)
    later = MONDAY + timedelta(weeks=30)
    shift = later - MONDAY

    def told(until: date) -> list[tuple[date, int, int | None]]:
        acts = [act for day in lived(character, until) for act in day.acts]
        return [(act.event.day, act.card_id, act.event.grade) for act in acts]

    assert told(later) == [(day + shift, card_id, grade) for day, card_id, grade in told(MONDAY)]
    assert told(MONDAY + timedelta(days=1))[0][0] == MONDAY + timedelta(days=1) - timedelta(days=120)
