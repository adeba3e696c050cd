"""How NOTIFY_URLS and DATABASE_URL are read."""

from pathlib import Path

import pytest

from common.environment.unusable import UnusableSettingsError
from common.settings import HTTP_GRACE
from notifier.settings import Settings
from notifier.times.times import Times, Weekly


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", []),
        (" , ", []),
        ("ntfy://topic", ["ntfy://topic"]),
        ("ntfy://topic, tgram://token/1\njson://h/x", ["ntfy://topic", "tgram://token/1", "json://h/x"]),
        ("mailto://u:p@h?to=a@x.example,b@x.example,ntfy://t", ["mailto://u:p@h?to=a@x.example,b@x.example", "ntfy://t"]),
        ("ntfy://a,, ntfy://b,", ["ntfy://a", "ntfy://b"]),
    ],
)
def test_addresses_are_separated_by_commas_or_white_space(text: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_URLS", text)
    assert Settings().addresses == addresses


def test_the_default_database_is_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    assert Settings().database == f"sqlite:///{tmp_path / 'var' / 'notifier.sqlite3'}"


@pytest.mark.parametrize(("days", "hours", "kept"), [("30", "24", 30 * 86_400), ("0.5", "24", 86_400), ("1", "48", 2 * 86_400)])
def test_an_id_is_known_at_least_as_long_as_its_alert_may_come_again(
    monkeypatch: pytest.MonkeyPatch, days: str, hours: str, kept: float
) -> None:
    monkeypatch.setenv("NOTIFIER_KEEP_DAYS", days)
    monkeypatch.setenv("NOTIFIER_PATIENCE", hours)
    assert Settings().keep == kept


@pytest.mark.parametrize("deadline", [30.0, 90.0])
def test_a_stop_waits_longer_than_any_push_takes(deadline: float) -> None:
    settings = Settings(send_deadline=deadline)
    assert settings.push_grace > deadline
    assert settings.stop_seconds > HTTP_GRACE + settings.push_grace


def test_times_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().times == Times(daily=20)
    values = {"TIME_ZONE": "Europe/Berlin", "QUIET": "mon-fri 22:00-07:00; sat,sun 23:00-09:00", "MAX_HOURLY": "5"}
    values |= {"MAX_DAILY": "none", "DIGEST_AT": "8:05", "WEEKLY": "sun 18:00", "URGENT_BREAKS_QUIET": "false"}
    for name, value in values.items():
        monkeypatch.setenv(f"NOTIFIER_{name}", value)
    times = Settings().times
    assert times.quiet == ("mon-fri 22:00-07:00", "sat,sun 23:00-09:00")
    assert (times.time_zone, times.hourly, times.daily, times.digest_at) == ("Europe/Berlin", 5, None, "08:05")
    assert (times.weekly, times.urgent_breaks_quiet) == (Weekly(day="sun", time="18:00"), False)


def test_the_daily_cap_listens_to_its_former_name_where_its_own_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_MAX_DAILY", "7")
    assert Settings().times.daily == 7
    monkeypatch.setenv("NOTIFIER_MAX_DAILY", "3")
    assert Settings().times.daily == 3


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TIME_ZONE", "Berlin", "is no time zone"),
        ("QUIET", "22:00-25:00", "is no time"),
        ("QUIET", "00:00-24:00", "never ends"),
        ("MAX_DAILY", "-1", "must be 0 or more"),
        ("WEEKLY", "sunday at six", "is no time"),
    ],
)
def test_times_that_cannot_be_meant_stop_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv(f"NOTIFIER_{name}", value)
    with pytest.raises(UnusableSettingsError, match=reason):
        Settings()
