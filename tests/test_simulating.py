"""The simulated learner: made from a seed, bound by the real rules, forgetful like a person."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.cards import Ask
from quizzes.day import day_of
from quizzes.ledger import Event, Kind, Memory, Tally, is_scheduled, replay, tally
from quizzes.simulating import Habit, SimCard, SimulatedDay, Spell, days, holds

FIRST = date(2026, 2, 23)
CARDS = [SimCard(number, list(Ask)[number % 6], 1 + number % 5) for number in range(1, 41)]
RESTLESS = Habit(changes=0.1, undoes=0.1, buries=0.1, suspends=0.1, zone="Europe/Berlin", new_per_day=6)


def lived(habit: Habit, length: int = 60, seed: int = 7, cards: list[SimCard] | None = None) -> list[SimulatedDay]:
    return list(days(CARDS if cards is None else cards, habit, FIRST, FIRST + timedelta(days=length - 1), seed))


def chains(simulated: list[SimulatedDay]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for act in (act for day in simulated for act in day.acts):
        found.setdefault(act.card_id, []).append(act.event)
    return found


def retention(simulated: list[SimulatedDay]) -> float:
    reviews = [act for day in simulated for act in day.acts if act.is_answer and not act.before.is_new]
    return mean((act.event.grade or 0) >= 3 for act in reviews if not act.is_drill)


habits = st.builds(
    Habit,
    weekdays=st.tuples(*[st.floats(0, 1)] * 7),
    minutes=st.floats(1, 60),
    new_per_day=st.integers(0, 15),
    strength=st.floats(0.2, 3),
    undoes=st.floats(0, 0.3),
    changes=st.floats(0, 0.3),
    buries=st.floats(0, 0.2),
    suspends=st.floats(0, 0.2),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    rollover_hour=st.sampled_from([0, 3, 4, 8]),
)


@settings(max_examples=25, deadline=None)
@given(habit=habits, seed=st.integers(0, 2**32), length=st.integers(1, 45))
def test_whatever_the_habit_the_ledger_agrees_with_every_act(habit: Habit, seed: int, length: int) -> None:
    simulated = lived(habit, length, seed)
    assert [day.day for day in simulated] == [FIRST + timedelta(days=n) for n in range(length)]
    memories: dict[int, Memory] = {}
    for act in (act for day in simulated for act in day.acts):
        assert act.before == memories.get(act.card_id, Memory())
        memories[act.card_id] = act.after
    total: Counter[date] = Counter()
    for card_id, events in chains(simulated).items():
        assert replay(events) == memories[card_id]
        total.update({day: found.answers for day, found in tally(events).items()})
    assert total == {day.day: day.tally.answers for day in simulated if day.tally.answers}
    assert all(day.tally.fresh <= habit.new_per_day for day in simulated)


@settings(max_examples=25, deadline=None)
@given(habit=habits, seed=st.integers(0, 2**32))
def test_nobody_answers_before_or_after_the_day_or_two_cards_at_once(habit: Habit, seed: int) -> None:
    for day in lived(habit, 40, seed):
        moments = [act.event.at for act in day.acts]
        assert all(day_of(moment, habit.zone, habit.rollover_hour) == day.day for moment in moments)
        answered = [act.event.at for act in day.acts if act.is_answer]
        assert all(one < other for one, other in pairwise(answered))


def test_the_same_seed_gives_the_same_year_and_another_one_another() -> None:
    assert lived(RESTLESS) == lived(RESTLESS)
    assert lived(RESTLESS) != lived(RESTLESS, seed=8)


def test_a_card_that_is_not_due_is_never_reviewed_and_due_cards_come_lowest_recall_first() -> None:
    for day in lived(Habit(minutes=500, undoes=0, buries=0, suspends=0)):
        firsts = [act for act in day.acts if act.is_answer and not act.before.is_new and not act.is_drill]
        assert all(is_scheduled(act.before, day.day) for act in firsts)
        lateness = [
            (day.day - (act.before.last_on or FIRST)).days / act.before.schedule.interval_days for act in firsts
        ]
        assert lateness == sorted(lateness, reverse=True)
        assert len(firsts) == (day.due if day.acts else 0)


def test_a_failed_card_comes_again_the_same_day_until_it_is_known() -> None:
    for day in lived(Habit(minutes=500, weekdays=(1.0,) * 7, suspends=0, buries=0)):
        assert day.left == 0
        last = {act.card_id: act.event.grade for act in day.acts if act.event.kind is not Kind.UNDO}
        assert all(grade is None or grade >= 4 for grade in last.values())
    assert any(act.is_drill for day in lived(Habit()) for act in day.acts)


def test_a_break_is_a_break_and_cards_wait_after_it() -> None:
    away = Spell(FIRST + timedelta(days=20), FIRST + timedelta(days=33))
    simulated = lived(Habit(weekdays=(1.0,) * 7, spells=(away,)))
    pause = [day for day in simulated if away.first <= day.day <= away.last]
    assert [day.tally for day in pause] == [Tally()] * 14
    assert simulated[34].due > 2 * mean(day.due for day in simulated[10:20])


def test_who_studies_on_more_days_remembers_more() -> None:
    diligent, lazy = Habit(weekdays=(1.0,) * 7), Habit(weekdays=(0.25,) * 7)
    for seed in range(4):
        assert retention(lived(diligent, 150, seed)) > retention(lived(lazy, 150, seed))


def test_a_memory_that_holds_longer_than_sm2_thinks_is_recalled_more_often() -> None:
    found = [retention(lived(Habit(strength=strength), 150)) for strength in (0.4, 1.0, 2.5)]
    assert found == sorted(found)
    assert found[2] - found[0] > 0.05


def test_two_habits_meet_the_same_luck() -> None:
    calm, hasty = lived(Habit(honesty=0)), lived(Habit(honesty=0, spread=0.1))
    first = {act.card_id: (act.event.is_right, act.slip) for day in calm for act in day.acts if act.before.is_new}
    other = {act.card_id: (act.event.is_right, act.slip) for day in hasty for act in day.acts if act.before.is_new}
    assert first == other


def test_a_card_of_ones_own_comes_from_the_day_it_is_made_and_first() -> None:
    made_on = FIRST + timedelta(days=10)
    own = SimCard(99, Ask.SELF, since=made_on)
    simulated = lived(Habit(weekdays=(1.0,) * 7, new_per_day=2), cards=[*CARDS, own])
    met = [act for day in simulated for act in day.acts if act.card_id == 99]
    assert met[0].event.day == made_on
    fresh = [act.card_id for act in simulated[10].acts if act.before.is_new]
    assert fresh[0] == 99


@pytest.mark.parametrize("kind", Kind)
def test_a_restless_learner_does_all_that_learners_do_and_nothing_that_authors_do(kind: Kind) -> None:
    kinds = {act.event.kind for day in lived(RESTLESS, 120) for act in day.acts}
    assert (kind in kinds) == (kind not in {Kind.REVISE, Kind.RETIRE, Kind.RESTORE, Kind.MOVE})


def test_a_memory_holds_nine_times_in_ten_when_its_time_is_up() -> None:
    assert holds(0, 5) == 1
    assert holds(5, 5) == pytest.approx(0.9)
    assert holds(10, 5) > 0.9**2, "not the curve of quizzes.recall"
