"""When a feed is read: by an interval or a cron expression, also where clocks are changed."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.feeds.schedule import Schedule, checked
from tests.unit.scanner.fakes import NOW


def times(schedule: Schedule, start: str, count: int) -> list[str]:
    """The next times after a moment in UTC, each counted from the one before."""
    moment, found = datetime.fromisoformat(start).replace(tzinfo=UTC), list[str]()
    for _ in range(count):
        after = schedule.after(moment)
        assert after is not None
        assert after > moment
        moment = after
        found.append(f"{moment:%m-%d %H:%M}")
    return found


def test_an_interval_counts_from_the_last_time_with_the_jitter_of_its_scan() -> None:
    assert Schedule(every=600).after(NOW) == NOW + timedelta(minutes=10)
    assert Schedule(every=600).after(NOW, 1.1) == NOW + timedelta(minutes=11)
    assert Schedule().after(NOW) is None


def test_cron_is_read_in_its_zone() -> None:
    day = Schedule(cron="*/30 7-23 * * *", zone="Europe/Berlin")
    assert times(day, "2026-11-20T21:45", 4) == ["11-20 22:00", "11-20 22:30", "11-21 06:00", "11-21 06:30"]


def test_in_spring_the_hour_that_is_left_out_is_made_up_for_at_its_end() -> None:
    night = Schedule(cron="30 2 * * *", zone="Europe/Berlin")
    assert times(night, "2027-03-26T12:00", 3) == ["03-27 01:30", "03-28 01:00", "03-29 00:30"]  # 02:30, 03:00, 02:30 there
    half_hours = Schedule(cron="*/30 * * * *", zone="Europe/Berlin")
    assert times(half_hours, "2027-03-28T00:15", 4) == ["03-28 00:30", "03-28 01:00", "03-28 01:30", "03-28 02:00"]


def test_in_autumn_the_hour_that_comes_twice_counts_once_but_for_what_runs_every_so_many_minutes() -> None:
    night = Schedule(cron="30 2 * * *", zone="Europe/Berlin")
    assert times(night, "2026-10-24T12:00", 2) == ["10-25 00:30", "10-26 01:30"]
    assert times(night, "2026-10-25T01:10", 1) == ["10-26 01:30"]  # asked in the second of both hours
    half_hours = Schedule(cron="*/30 * * * *", zone="Europe/Berlin")
    assert times(half_hours, "2026-10-25T00:15", 4) == ["10-25 00:30", "10-25 01:00", "10-25 01:30", "10-25 02:00"]


def test_in_america_the_day_is_another_and_the_rule_the_same() -> None:
    night = Schedule(cron="30 2 * * *", zone="America/New_York")
    assert times(night, "2027-03-13T12:00", 2) == ["03-14 07:00", "03-15 06:30"]
    early = Schedule(cron="30 1 * * *", zone="America/New_York")
    assert times(early, "2026-10-31T12:00", 2) == ["11-01 05:30", "11-02 06:30"]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(), "either"),
        (Schedule(every=600, cron="* * * * *"), "either"),
        (Schedule(every=59), "between"),
        (Schedule(every=1e9), "between"),
        (Schedule(cron="@hourly"), "five fields"),
        (Schedule(cron="0 0 * * * *"), "five fields"),
        (Schedule(cron="61 * * * *"), "Bad minute"),
        (Schedule(cron="0 0 30 2 *"), "cannot be read|never"),
        (Schedule(cron="* * * * *", zone="Mars/Base"), "no time zone"),
        (Schedule(cron="* * * * *", zone="../../etc/passwd"), "no time zone"),
        (Schedule(cron="* * * * *", zone="Europe"), "no time zone"),
        (Schedule(cron="* * * * *", zone=""), "no time zone"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_the_reason(schedule: Schedule, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked(schedule)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(every=900), "every 15 minutes"),
        (Schedule(every=3600), "every hour"),
        (Schedule(every=86_400 * 2), "every 2 days"),
        (Schedule(every=90), "every 90 s"),
        (Schedule(), "on demand"),
        (Schedule(cron="0 7 * * *", zone="Asia/Tokyo"), "0 7 * * * (Asia/Tokyo)"),
    ],
)
def test_a_schedule_is_said_in_words(schedule: Schedule, words: str) -> None:
    assert schedule.words == words
