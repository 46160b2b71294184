"""The learner's day in every zone: it grows with time, ends where the next begins, no flight doubles it."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizzes.day import DayError, ZoneError, day_of, never_earlier

# "localtime" and "posixrules" are links some systems add: not names a learner can choose.
ZONES = sorted(available_timezones() - {"localtime", "posixrules"})
FIRST, LAST = datetime(1960, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)

zones = st.sampled_from(ZONES)
hours = st.integers(0, 23)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@cache
def offset_changes(zone: str) -> tuple[datetime, ...]:
    """The moments, to the second, at which the zone's clock jumps (changes less than 20 days apart aside)."""
    changes, here, now = [], FIRST, offset(FIRST, zone)
    while here < LAST:
        there = here + timedelta(days=20)
        then = offset(there, zone)
        if now != then:
            changes.append(_first_after(here, there, zone))
        here, now = there, then
    return tuple(changes)


def _first_after(low: datetime, high: datetime, zone: str) -> datetime:
    before = offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high


def offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


@st.composite
def moments_at_an_edge(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment within 30 hours of one of its clock changes (any moment if it has none)."""
    zone = draw(zones)
    changes = offset_changes(zone)
    if not changes:
        return zone, draw(moments)
    return zone, draw(st.sampled_from(changes)) + timedelta(seconds=draw(st.integers(-108_000, 108_000)))


def start(day: date, zone: str, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def day_by_search(moment: datetime, zone: str, hour: int) -> date:
    """The definition, word by word: the largest date that has begun."""
    near = moment.date()
    candidates = [near + timedelta(days=shift) for shift in range(-5, 6)]
    return max(day for day in candidates if start(day, zone, hour) <= moment)


@settings(deadline=None, max_examples=300)
@given(moments_at_an_edge(), hours)
@example(("Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)), 4)
@example(("Pacific/Kwajalein", datetime(1993, 8, 21, 12, 0, tzinfo=UTC)), 4)
@example(("America/St_Johns", datetime(2009, 11, 1, 2, 31, tzinfo=UTC)), 0)  # fell back at 00:01
def test_the_day_is_the_latest_one_that_has_begun(at: tuple[str, datetime], hour: int) -> None:
    zone, moment = at
    assert day_of(moment, zone, hour) == day_by_search(moment, zone, hour)


@settings(deadline=None, max_examples=300)
@given(moments_at_an_edge(), hours, st.integers(0, 200_000))
def test_the_day_never_goes_back_as_time_goes_on(at: tuple[str, datetime], hour: int, seconds: int) -> None:
    zone, moment = at
    assert day_of(moment, zone, hour) <= day_of(moment + timedelta(seconds=seconds), zone, hour)


@settings(deadline=None, max_examples=300)
@given(moments_at_an_edge(), hours)
def test_a_day_lasts_until_the_next_one_begins(at: tuple[str, datetime], hour: int) -> None:
    zone, moment = at
    day = day_of(moment, zone, hour)
    end = start(day + timedelta(days=1), zone, hour)
    assert moment < end
    assert day_of(end - timedelta(microseconds=1), zone, hour) == day
    assert day_of(end, zone, hour) > day


@settings(deadline=None, max_examples=300)
@given(moments_at_an_edge(), hours, st.integers(-14, 14))
def test_a_moment_has_one_day_in_whatever_zone_it_is_written(at: tuple[str, datetime], hour: int, shift: int) -> None:
    zone, moment = at
    elsewhere = moment.astimezone(ZoneInfo(f"Etc/GMT{shift:+d}" if -14 <= shift <= 12 else "UTC"))
    assert day_of(elsewhere, zone, hour) == day_of(moment, zone, hour)


def test_every_zone_walks_through_a_decade_of_clock_changes_without_a_step_back() -> None:
    for zone in ZONES:
        for change in (at for at in offset_changes(zone) if at.year >= 2007):
            steps = [change + timedelta(minutes=15 * quarter) for quarter in range(-8, 9)]
            days = [day_of(moment, zone, 0) for moment in steps]
            assert days == sorted(days), zone
            assert days[-1] - days[0] <= timedelta(days=2), zone


@pytest.mark.parametrize(
    ("zone", "clock", "wanted"),
    [
        ("Europe/Berlin", "2026-03-29 03:59", "2026-03-28"),
        ("Europe/Berlin", "2026-03-29 04:00", "2026-03-29"),
        ("America/New_York", "2026-11-01 03:59", "2026-10-31"),
        ("Australia/Lord_Howe", "2026-04-05 04:00", "2026-04-05"),
        ("Asia/Kathmandu", "2026-01-01 03:59", "2025-12-31"),
    ],
)
def test_the_day_turns_at_four_in_the_morning(zone: str, clock: str, wanted: str) -> None:
    moment = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone))
    assert day_of(moment, zone, 4) == date.fromisoformat(wanted)


def test_samoa_goes_from_the_29th_straight_to_the_31st() -> None:
    end = datetime(2011, 12, 30, 14, 0, tzinfo=UTC)  # 04:00 on the 30th, had there been one
    assert day_of(end - timedelta(seconds=1), "Pacific/Apia", 4) == date(2011, 12, 29)
    assert day_of(end, "Pacific/Apia", 4) == date(2011, 12, 31)


def test_a_rollover_hour_the_clock_skips_begins_the_day_at_the_jump() -> None:
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # Berlin: 02:00 becomes 03:00
    assert day_of(jump - timedelta(seconds=1), "Europe/Berlin", 2) == date(2026, 3, 28)
    assert day_of(jump, "Europe/Berlin", 2) == date(2026, 3, 29)


def test_a_rollover_hour_the_clock_shows_twice_begins_the_day_the_first_time() -> None:
    first_two = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # Berlin shows 02:00 at 00:00 and at 01:00 UTC
    assert day_of(first_two - timedelta(seconds=1), "Europe/Berlin", 2) == date(2026, 10, 24)
    for minutes in (0, 30, 60, 90):
        assert day_of(first_two + timedelta(minutes=minutes), "Europe/Berlin", 2) == date(2026, 10, 25)


@settings(deadline=None)
@given(st.lists(st.tuples(zones, st.integers(0, 100_000)), min_size=1, max_size=12), moments, hours)
def test_a_learner_who_flies_never_gets_a_day_twice(
    flights: list[tuple[str, int]], moment: datetime, hour: int
) -> None:
    last: date | None = None
    for zone, seconds in flights:
        moment += timedelta(seconds=seconds)
        day = never_earlier(day_of(moment, zone, hour), last)
        assert last is None or day >= last
        last = day


def test_a_flight_west_stays_in_the_day_of_the_last_answer() -> None:
    moment = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
    tokyo = day_of(moment, "Asia/Tokyo", 4)
    honolulu = day_of(moment + timedelta(hours=8), "Pacific/Honolulu", 4)
    assert honolulu < tokyo == never_earlier(honolulu, tokyo)
    assert never_earlier(honolulu, None) == honolulu


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Town", "America", "../etc/passwd", "/etc/passwd", "a\0b", "\ud800", "x" * 9_999]
)
def test_an_unknown_zone_is_refused_in_a_sentence(zone: str) -> None:
    with pytest.raises(ZoneError, match=r"time zone .* is unknown"):
        day_of(FIRST, zone, 4)


@pytest.mark.parametrize("hour", [-1, 24])
def test_an_hour_no_clock_shows_is_refused(hour: int) -> None:
    with pytest.raises(DayError, match=f"rollover hour {hour}: "):
        day_of(FIRST, "Europe/Berlin", hour)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(DayError, match="has no time zone"):
        day_of(datetime(2026, 1, 1), "Europe/Berlin", 4)
