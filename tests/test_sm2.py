"""SM-2 against the golden vectors, exact arithmetic and the rules it promises."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizzes.sm2 import CAP_DAYS, Grade, GradeError, Schedule, grade_of, review

GOLDEN = Path(__file__).with_name("sm2_golden.csv")
grades = st.sampled_from(Grade)
schedules = st.builds(
    Schedule,
    ease=st.integers(130, 2_000),
    interval_days=st.integers(0, 40_000),
    repetitions=st.integers(0, 200),
)


def golden_sequences() -> dict[str, list[dict[str, str]]]:
    sequences: dict[str, list[dict[str, str]]] = {}
    with GOLDEN.open(newline="") as file:
        for row in csv.DictReader(file):
            sequences.setdefault(row["sequence"], []).append(row)
    return sequences


def exact_review(ease: Fraction, interval: int, repetitions: int, grade: int) -> tuple[Fraction, int, int]:
    """The published program line by line in fractions; `round` of a Fraction is half to even."""
    if grade >= 3:
        interval = 1 if repetitions == 0 else 6 if repetitions == 1 else round(interval * ease)
        repetitions += 1
    else:
        interval, repetitions = 1, 0
    ease += Fraction(1, 10) - (5 - grade) * (Fraction(8, 100) + (5 - grade) * Fraction(2, 100))
    return max(ease, Fraction(13, 10)), interval, repetitions


def test_the_golden_file_is_whole() -> None:
    sequences = golden_sequences()
    assert len(sequences) >= 15
    assert sum(map(len, sequences.values())) == 150


@pytest.mark.parametrize("rows", golden_sequences().values(), ids=golden_sequences())
def test_every_golden_sequence_gives_the_same_ease_interval_and_repetitions(
    rows: list[dict[str, str]],
) -> None:
    schedule = Schedule()
    for row in rows:
        schedule = review(schedule, int(row["grade"]), cap_days=None)
        wanted = (int(Fraction(row["ef"]) * 100), int(row["interval_days"]), int(row["repetitions"]))
        assert (schedule.ease, schedule.interval_days, schedule.repetitions) == wanted


@given(st.lists(st.integers(0, 5), max_size=60))
def test_integers_agree_with_exact_fractions_on_every_history(history: list[int]) -> None:
    schedule, exact = Schedule(), (Fraction(5, 2), 0, 0)
    for grade in history:
        schedule, exact = review(schedule, grade, cap_days=None), exact_review(*exact, grade)
        assert (Fraction(schedule.ease, 100), schedule.interval_days, schedule.repetitions) == exact


@pytest.mark.parametrize(("interval", "wanted"), [(1, 2), (3, 8), (5, 12), (7, 18)])
def test_a_half_day_rounds_to_the_even_day(interval: int, wanted: int) -> None:
    assert review(Schedule(250, interval, 2), Grade.GOOD).interval_days == wanted


@pytest.mark.parametrize(("ease", "wanted"), [(149, 1), (151, 2), (199, 2), (201, 2), (249, 2), (251, 3)])
def test_less_than_half_a_day_is_cut_and_more_is_a_day(ease: int, wanted: int) -> None:
    assert review(Schedule(ease, 1, 2), Grade.GOOD).interval_days == wanted


def test_a_card_starts_with_the_ease_of_the_article_and_no_interval() -> None:
    assert Schedule() == Schedule(ease=250, interval_days=0, repetitions=0)


@given(schedules, grades)
@example(Schedule(130, 40_000, 9), Grade.BLACKOUT)
def test_a_review_keeps_ease_above_the_floor_and_the_interval_between_a_day_and_the_cap(
    schedule: Schedule, grade: Grade
) -> None:
    after = review(Schedule(schedule.ease, max(1, schedule.interval_days), schedule.repetitions), grade)
    assert after.ease >= 130
    assert 1 <= after.interval_days <= CAP_DAYS == 36_500


@given(schedules, grades.filter(lambda grade: grade < 3))
def test_a_failed_card_starts_again_tomorrow(schedule: Schedule, grade: Grade) -> None:
    after = review(schedule, grade)
    assert (after.interval_days, after.repetitions) == (1, 0)


@given(schedules)
def test_a_better_grade_gives_more_ease_and_every_pass_the_same_interval(schedule: Schedule) -> None:
    worse_to_better = [review(schedule, grade) for grade in Grade]
    assert len({after.interval_days for after in worse_to_better[3:]}) == 1  # it comes from the old ease
    eases = [after.ease for after in worse_to_better]
    assert eases == sorted(eases)


@given(schedules, grades, st.integers(1, 40_000))
def test_the_cap_only_shortens_the_interval(schedule: Schedule, grade: Grade, cap: int) -> None:
    free, capped = review(schedule, grade, cap_days=None), review(schedule, grade, cap_days=cap)
    assert capped.interval_days == min(free.interval_days, cap)
    assert (capped.ease, capped.repetitions) == (free.ease, free.repetitions)


@pytest.mark.parametrize("grade", [-1, 6, 99])
def test_a_grade_outside_0_to_5_is_refused_by_name(grade: int) -> None:
    with pytest.raises(GradeError, match=f"grade {grade}: "):
        review(Schedule(), grade)


def test_grades_read_as_the_words_on_the_buttons() -> None:
    assert [grade.label for grade in Grade] == ["blackout", "wrong", "again", "hard", "good", "easy"]
    assert grade_of(4) is Grade.GOOD
