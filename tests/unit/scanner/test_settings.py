"""The dial of pushes, hosts that may be fetched, and settings of before that mean nothing any more."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from scanner.settings import Settings
from scanner.store.retention import Retention


def test_the_policy_is_set_in_words_that_people_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WRONG_IN": "20",
        "LEAST_SAVING": "25",
        "LEAST_PRICERS": "3",
        "MIN_SAVING": "15",
        "MAX_ALERTS": "2",
    }.items():
        monkeypatch.setenv(f"SCANNER_{name}", value)
    policy = Settings().policy
    assert (policy.min_saving, policy.max_alerts) == (15.0, 2)
    assert (policy.rule.least_chance, policy.rule.least_saving, policy.rule.least_pricers) == (0.95, 25.0, 3)


def test_by_default_at_most_one_push_in_ten_is_wrong() -> None:
    policy = Settings().policy
    assert (policy.min_saving, policy.min_chance, policy.max_alerts) == (10.0, 0.5, 5)
    assert (policy.rule.least_chance, policy.rule.least_saving, policy.rule.least_pricers) == (0.9, 10.0, 2)


@pytest.mark.parametrize(
    ("name", "value"), [("WRONG_IN", "1"), ("WRONG_IN", "0.5"), ("LEAST_SAVING", "-1"), ("LEAST_PRICERS", "x")]
)
def test_a_dial_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SCANNER_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.mark.parametrize(
    ("old", "new"), [("SCANNER_MIN_DISCOUNT", "SCANNER_MIN_SAVING"), ("SCANNER_MIN_DISCOUNT_FRACTION", "SCANNER_WRONG_IN")]
)
def test_a_setting_of_before_stops_the_start_and_names_the_new_one(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    monkeypatch.setenv(old, "50")
    with pytest.raises(ValidationError, match=f"{old} is gone.*{new}"):
        Settings()


def test_what_is_kept_is_set_in_days(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().retention == Retention()
    for kind, days in {"DEALS": "90", "OFFERS": "365.5", "SCANS": "2", "SENT": "1"}.items():
        monkeypatch.setenv(f"SCANNER_KEEP_{kind}_DAYS", days)
    assert Settings().retention == Retention(*(timedelta(days=each) for each in (90, 365.5, 2, 1)))


def test_hosts_that_cannot_be_allowed_stop_the_service_with_the_reason() -> None:
    assert Settings(allow_hosts="NAS.local, [::1]:9000").allowed_hosts == {"NAS.local", "[::1]:9000"}
    with pytest.raises(ValueError, match="is not like"):
        Settings(allow_hosts="nas.local,http://nas.local/")
