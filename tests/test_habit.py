"""Planned days kept, the streak and its freezes; and the page that shows them beside a learner's own recall."""

from datetime import UTC, date, datetime, timedelta

import pytest
from browser import Browser
from factories import answer_next, me_of, study
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.progress import habit as pages
from portal.quizzes import queries as quiz_queries
from quizzes.forecast import Rhythm
from quizzes.habit import EARNED_EVERY, MOST_FREEZES, WINDOW, Day, Habit, habit, needed

TODAY = date(2026, 11, 22)
minutes = st.integers(0, 120)
calendars = st.dictionaries(st.integers(0, 90).map(lambda before: TODAY - timedelta(days=before)), minutes, max_size=91)


def days(*studied: int, planned: int = 60) -> Habit:
    """The habit of days that end today, each with the same plan and these minutes."""
    calendar = {TODAY - timedelta(days=before): spent for before, spent in enumerate(reversed(studied))}
    return habit(dict.fromkeys(calendar, planned), calendar, TODAY)


# ---- Rules


@pytest.mark.parametrize(("planned", "least"), [(0, 0), (5, 5), (10, 10), (20, 10), (30, 10), (60, 20), (61, 21)])
def test_a_third_of_the_plan_keeps_a_day_and_ten_minutes_at_least(planned: int, least: int) -> None:
    assert needed(planned) == least


def test_kept_days_in_a_row_are_a_streak() -> None:
    found = days(60, 20, 30)
    assert (found.streak, found.kept, found.planned, found.consistency) == (3, 3, 3, 1.0)


def test_a_missed_day_ends_the_streak_and_counts_against_the_share() -> None:
    found = days(60, 60, 19, 60)
    assert (found.streak, found.kept, found.planned) == (1, 3, 4)


def test_today_counts_only_once_it_is_kept() -> None:
    assert (days(60, 60, 5).streak, days(60, 60, 5).planned) == (2, 2)
    assert days(60, 60, 5).days[-1].state is Day.AHEAD
    assert (days(60, 60, 20).streak, days(60, 60, 20).planned) == (3, 3)


def test_seven_kept_days_earn_a_freeze_that_protects_and_does_not_count() -> None:
    found = days(*[60] * EARNED_EVERY, 0, 60)
    assert (found.streak, found.freezes) == (EARNED_EVERY + 1, 0)
    assert (found.kept, found.planned) == (EARNED_EVERY + 1, EARNED_EVERY + 2), "the share is honest"
    assert found.frozen == (TODAY - timedelta(days=1),)


def test_no_more_than_two_freezes_are_held() -> None:
    assert days(*[60] * 28).freezes == MOST_FREEZES
    assert days(*[60] * 24, 0, 0, 0, 60).streak == 1


def test_a_streak_that_ends_takes_what_was_earned_towards_a_freeze_with_it() -> None:
    found = days(*[60] * (EARNED_EVERY - 1), 0, 60, 0, 60)
    assert (found.streak, found.freezes, found.frozen) == (1, 0, ())


def test_free_days_and_days_without_a_plan_count_neither_way() -> None:
    planned = {TODAY - timedelta(days=before): 60 if before % 7 == 0 else 0 for before in range(28)}
    studied = dict.fromkeys((day for day, minutes in planned.items() if minutes), 60)
    found = habit(planned, studied, TODAY)
    assert (found.streak, found.kept, found.planned) == (4, 4, 4)


def test_without_a_plan_there_is_no_share_but_days_of_study() -> None:
    found = habit({}, {TODAY: 30, TODAY - timedelta(days=3): 5, TODAY - timedelta(days=40): 50}, TODAY)
    assert (found.consistency, found.streak, found.studied) == (None, 0, 2)


@settings(deadline=None)
@given(calendars, calendars)
def test_the_window_is_four_weeks_and_its_numbers_fit(planned: dict[date, int], studied: dict[date, int]) -> None:
    found = habit(planned, studied, TODAY)
    assert len(found.days) == WINDOW
    assert found.days[-1].day == TODAY
    assert 0 <= found.kept <= found.planned <= sum(one.planned > 0 for one in found.days)
    assert 0 <= found.freezes <= MOST_FREEZES
    assert found.streak <= sum(minutes > 0 for minutes in planned.values())


@settings(deadline=None)
@given(calendars, calendars, st.integers(0, 90), st.integers(1, 60))
def test_more_study_never_makes_anything_worse(
    planned: dict[date, int], studied: dict[date, int], before: int, more: int
) -> None:
    day = TODAY - timedelta(days=before)
    less, found = habit(planned, studied, TODAY), habit(planned, {**studied, day: studied.get(day, 0) + more}, TODAY)
    assert found.streak >= less.streak
    assert found.kept >= less.kept
    assert (found.consistency or 0) >= (less.consistency or 0)


@settings(deadline=None)
@given(calendars, calendars, st.integers(0, 90))
def test_a_break_never_makes_anything_worse(planned: dict[date, int], studied: dict[date, int], before: int) -> None:
    day = TODAY - timedelta(days=before)
    if studied.get(day, 0) < needed(planned.get(day, 0)):
        with_it, without = habit({**planned, day: 0}, studied, TODAY), habit(planned, studied, TODAY)
        assert with_it.streak >= without.streak
        assert (with_it.consistency or 0) >= (without.consistency or 0)


# ---- The page


def test_somebody_new_reads_how_a_habit_begins(alice: Browser) -> None:
    page = alice.get("/progress/habit")
    assert "Your habit begins with one day" in page.said
    assert page.find("table") == []
    assert page.find("svg", role="img") == []


def test_without_a_plan_the_page_tells_the_rhythm(alice: Browser) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        today = quiz_queries.today(me_of(alice.person), datetime.now(UTC)).day
        for before in range(0, 28, 2):
            start = datetime(today.year, today.month, today.day, 12, tzinfo=UTC) - timedelta(days=before)
            study(alice.person.id, start, 45)
    page = alice.get("/progress/habit")
    assert page.find("h1")[0].text == "You studied on 14 of the last 28 days"
    assert "a rhythm of about four days a week" in page.said
    assert len([cell for cell in page.find("td") if "45" in cell.text]) == 14


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "no day of study yet"), (1, "now and then"), (4, "about one day a week"), (28, "every day")],
)
def test_a_rhythm_is_said_in_words(count: int, words: str) -> None:
    studied = {TODAY - timedelta(days=before): 30 for before in range(count)}
    assert pages.rhythm_words(habit({}, studied, TODAY)) == words


def test_a_learner_with_cards_sees_both_rhythms_drawn_and_as_a_table(alice: Browser) -> None:
    assert alice.person is not None
    with alice.app.app_context():
        for turn in range(8):
            answer_next(me_of(alice.person), datetime.now(UTC) - timedelta(days=9, seconds=-turn))
    page = alice.get("/progress/habit")
    assert page.find("svg", role="img", aria_labelledby="rhythm-title rhythm-text")
    assert [len((line.get("points") or "").split()) for line in page.find("polyline")] == [28, 28]
    assert "A little every day beats all of it on Sunday" in page.said
    table = page.find("table")[-1]
    assert len([row for row in page.find("tr") if table in row.parents]) == 29


def test_the_lines_stay_inside_the_picture() -> None:
    found = pages.picture(Rhythm(TODAY, (1.0, 0.95) * 14, (0.9, 0.0) * 14), 420, 10)
    for line in (found.daily, found.sundays):
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        assert all(pages.LEFT <= x <= pages.WIDTH and 0 <= y <= pages.HEIGHT for x, y in points)
    assert [label for _, label in found.scale] == ["0%", "50%", "100%"]
