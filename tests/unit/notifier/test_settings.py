"""How NOTIFY_URLS and DATABASE_URL are read."""

from pathlib import Path

import pytest

from common.settings import HTTP_GRACE
from notifier.settings import Settings


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
