"""Quiet hours are what a person means by them, over a year with its changes of the clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.times.quiet_hours import QuietHours, check, range_of

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
WORKDAYS = ("mon-fri 22:00-07:00", "sat,sun 23:00-09:00")
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def quiet(zone: str, *ranges: str) -> QuietHours:
    return QuietHours(tuple(map(range_of, ranges)), ZoneInfo(zone))


def at(zone: str, text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def local(zone: str, moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%a %d %H:%M}"


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-06-01T21:59", "Mon 01 21:59"),
        ("2026-06-01T22:00", "Tue 02 07:00"),
        ("2026-06-02T06:59", "Tue 02 07:00"),
        ("2026-06-02T07:00", "Tue 02 07:00"),
        ("2026-06-05T23:00", "Sat 06 07:00"),  # Friday's
        ("2026-06-06T22:30", "Sat 06 22:30"),
        ("2026-06-06T23:00", "Sun 07 09:00"),
        ("2026-06-08T00:00", "Mon 08 09:00"),  # Sunday's
    ],
)
def test_ranges_go_by_the_weekday_on_which_they_begin_and_over_midnight(now: str, end: str) -> None:
    zone = "Europe/Berlin"
    assert local(zone, quiet(zone, *WORKDAYS).end(at(zone, now))) == end


def test_ranges_that_touch_are_one() -> None:
    hours = quiet("UTC", "fri 22:00-24:00", "sat,sun 00:00-24:00", "mon 00:00-07:00")
    assert local("UTC", hours.end(at("UTC", "2026-06-05T22:00"))) == "Mon 08 07:00"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("ranges", [WORKDAYS, ("22:00-07:00",), ("12:00-13:00", "sun 20:00-24:00")])
def test_in_every_part_of_a_year_it_is_quiet_as_the_wall_clock_says(zone: str, ranges: Sequence[str]) -> None:
    """None of these ranges begins or ends while a clock changes, so the wall clock alone tells."""
    hours, start = quiet(zone, *ranges), datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    for moment in range(int(start), int(start) + 365 * 86_400, 1500):
        then = datetime.fromtimestamp(moment, ZoneInfo(zone))
        minutes, day = then.hour * 60 + then.minute, then.weekday()
        found = any(
            (each.start <= minutes < each.end and day in each.weekdays)
            or (minutes + 1440 < each.end and (day - 1) % 7 in each.weekdays)
            for each in hours.ranges
        )
        assert (hours.end(moment) > moment) is found, then


@pytest.mark.parametrize(
    ("zone", "range_", "start", "end", "minutes"),
    [
        ("Europe/Berlin", "02:15-02:45", "2026-10-25T02:15", "2026-10-25T02:45", 90),  # both come twice: one stretch
        ("Europe/Berlin", "22:00-02:30", "2026-10-24T22:00", "2026-10-25T02:30", 330),
        ("America/New_York", "01:30-08:00", "2026-11-01T01:30", "2026-11-01T08:00", 450),
        ("Australia/Lord_Howe", "01:45-05:00", "2026-04-05T01:45", "2026-04-05T05:00", 225),
    ],
)
def test_a_clock_that_is_set_back_neither_opens_it_twice_nor_ends_it_early(
    zone: str, range_: str, start: str, end: str, minutes: int
) -> None:
    hours, opened = quiet(zone, range_), at(zone, start)
    assert hours.end(opened - 60) == opened - 60
    assert {hours.end(opened + minute * 60) for minute in range(minutes)} == {at(zone, end, fold=1)}
    assert (at(zone, end, fold=1) - opened) / 60 == minutes
    assert hours.end(at(zone, end, fold=1)) == at(zone, end, fold=1)


@pytest.mark.parametrize(
    ("zone", "range_", "before", "end"),
    [
        ("Europe/Berlin", "22:00-02:30", "2026-03-28T23:00", "2026-03-29T03:00"),  # 02:30 does not exist
        ("America/New_York", "02:30-07:00", "2026-03-08T03:00", "2026-03-08T07:00"),  # nor does its beginning
        ("Australia/Lord_Howe", "23:00-02:15", "2026-10-03T23:30", "2026-10-04T02:30"),
    ],
)
def test_a_wall_time_that_does_not_exist_opens_and_ends_it_when_the_clock_jumps(
    zone: str, range_: str, before: str, end: str
) -> None:
    assert quiet(zone, range_).end(at(zone, before)) == at(zone, end)


def test_a_range_that_the_clock_jumps_over_is_not_there_that_day() -> None:
    hours = quiet("Europe/Berlin", "02:00-03:00")
    moments = [at("Europe/Berlin", "2026-03-29T00:00") + 60 * minute for minute in range(600)]
    assert all(hours.end(moment) == moment for moment in moments)


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        (["22:00-07:00", "mon 06:00-08:00"], "two ranges overlap on mon at 06:00"),
        (["sun 22:00-07:00", "mon 06:59-08:00"], "two ranges overlap on mon at 06:59"),
        (["mon 08:00-09:00", "mon 08:00-09:00"], "overlap"),
        (["00:00-24:00"], "never ends"),
        (["mon-sun 08:00-20:00", "20:00-08:00"], "never ends"),
        (["22:00-25:00"], "is no time"),
        (["22:00"], "is no range"),
        (["07:00-07:00"], "ends when it begins"),
        (["24:00-07:00"], "begins at 23:59"),
        (["mon-noday 22:00-07:00"], "is no weekday"),
        (["22:00-07:00;23:00-08:00"], "is no range"),
        ([", 22:00-07:00"], "is no weekday"),
        (["mon" + " " * 500_000 + "!"], "is no range"),  # at once: it took hours, and nothing else went on
    ],
)
def test_what_cannot_be_meant_is_refused(ranges: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check([range_of(each) for each in ranges])


def test_a_week_with_one_loud_minute_comes_to_it() -> None:
    hours = quiet("UTC", "tue-sun 00:00-24:00", "mon 00:00-12:00", "mon 12:01-24:00")
    check(hours.ranges)
    assert local("UTC", hours.end(at("UTC", "2026-06-02T00:00"))) == "Mon 08 12:00"


RANGES = st.builds(
    lambda days, start, length: f"{','.join(DAYS[day] for day in days)} {_wall(start)}-{_wall((start + length) % 1440)}",
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1439),
)


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@settings(max_examples=150, deadline=None)
@given(st.lists(RANGES, max_size=4), st.sampled_from(ZONES), st.integers(0, 365 * 96))
def test_whatever_the_ranges_a_quiet_that_is_over_is_over(ranges: list[str], zone: str, quarter: int) -> None:
    hours = quiet(zone, *ranges)
    try:
        check(hours.ranges)
    except ValueError:
        return
    moment = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + quarter * 900
    end = hours.end(moment)
    assert end - moment <= timedelta(days=8).total_seconds()
    assert hours.end(end) == end
    between = [moment + (end - moment) * part / 20 for part in range(20)]
    assert end == moment or all(hours.end(each) == end for each in between)
