"""Wall times become moments also where the clock jumps or is set back, checked against a year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.times.wall_time import day_of, hour_of, minutes_of, moment_of, next_of, zone_of

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"]
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
YEAR = 365 * 86_400


def shown(moment: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(moment, zone):%m-%d %H:%M:%S %z}"


@pytest.mark.parametrize(
    ("name", "day", "minutes", "expected"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 150, "03-29 03:00:00 +0200"),  # 02:30 does not exist
        ("Australia/Lord_Howe", date(2026, 10, 4), 135, "10-04 02:30:00 +1100"),  # the clock jumps from 02:00 by half an hour
        ("America/Santiago", date(2026, 9, 6), 0, "09-06 01:00:00 -0300"),  # a day without a midnight
        ("Europe/Berlin", date(2026, 10, 25), 150, "10-25 02:30:00 +0200"),  # comes twice: the first
        ("Asia/Kolkata", date(2026, 3, 29), 150, "03-29 02:30:00 +0530"),
        ("Europe/Berlin", date(2026, 3, 28), 1440 + 420, "03-29 07:00:00 +0200"),
    ],
)
def test_a_wall_time_is_one_moment(name: str, day: date, minutes: int, expected: str) -> None:
    assert shown(moment_of(day, minutes, ZoneInfo(name)), ZoneInfo(name)) == expected


def test_the_last_of_a_wall_time_that_comes_twice_is_told_where_it_is_asked_for() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert shown(moment_of(date(2026, 10, 25), 150, zone, is_last=True), zone) == "10-25 02:30:00 +0100"


@pytest.mark.parametrize("name", ZONES)
def test_every_moment_lies_in_one_hour_and_one_day_that_the_clock_shows(name: str) -> None:
    zone = ZoneInfo(name)
    for moment in range(int(START), int(START) + YEAR, 1500):
        local = datetime.fromtimestamp(moment, zone)
        hour, day = hour_of(moment, zone), day_of(moment, zone)
        assert hour.has(moment)
        assert day.has(moment)
        assert datetime.fromtimestamp(hour.start, zone).hour == datetime.fromtimestamp(hour.end - 1, zone).hour == local.hour
        assert datetime.fromtimestamp(day.start, zone).date() == datetime.fromtimestamp(day.end - 1, zone).date() == local.date()
        assert datetime.fromtimestamp(day.end, zone).date() == local.date() + timedelta(days=1)


@pytest.mark.parametrize("name", ZONES)
def test_a_daily_time_comes_once_a_day_for_a_year(name: str) -> None:
    zone, moment, days = ZoneInfo(name), START, []
    while moment < START + YEAR:
        moment = next_of(moment, 135, zone)
        days.append(datetime.fromtimestamp(moment, zone).date())
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert len(days) in (365, 366)


@pytest.mark.parametrize("text", ["25:00", "7", "07:60", "24:01", "-1:00", "07:5", "٠٧:٠٠", "", "07:00:00", "001:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        minutes_of(text)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "x" * 5000, "CET-1CEST", "\x00"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        zone_of(name)
