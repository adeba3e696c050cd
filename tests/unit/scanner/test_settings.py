"""The dial of pushes, hosts that may be fetched, and settings of before that mean nothing any more."""

from datetime import timedelta

import pytest

from common.environment.unusable import UnusableSettingsError
from scanner.intake.novelty import NoveltyRule
from scanner.settings import Settings
from scanner.store.retention import Retention


def test_the_policy_is_set_in_words_that_people_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WRONG_IN": "20",
        "PUSH_SAVING": "25",
        "LEAST_PRICERS": "3",
        "LIST_SAVING": "15",
        "MAX_ALERTS": "2",
        "MAX_AGE": "36",
        "NEW_LOW": "10",
        "COOL_DOWN": "30",
        "BASELINE": "recent",
    }.items():
        monkeypatch.setenv(f"SCANNER_{name}", value)
    policy = Settings().policy
    assert (policy.list_saving, policy.max_alerts) == (15.0, 2)
    assert (policy.rule.least_chance, policy.rule.push_saving, policy.rule.least_pricers) == (0.95, 25.0, 3)
    assert policy.novelty == NoveltyRule(timedelta(hours=36), 0.1, timedelta(days=30), "recent")


@pytest.mark.parametrize(("former", "name"), [("MIN_SAVING", "LIST_SAVING"), ("LEAST_SAVING", "PUSH_SAVING")])
def test_a_former_name_counts_until_the_new_one_is_set(monkeypatch: pytest.MonkeyPatch, former: str, name: str) -> None:
    monkeypatch.setenv(f"SCANNER_{former}", "33")
    assert getattr(Settings(), name.lower()) == 33.0
    monkeypatch.setenv(f"SCANNER_{name}", "44")
    assert getattr(Settings(), name.lower()) == 44.0


def test_by_default_at_most_one_push_in_ten_is_wrong() -> None:
    policy = Settings().policy
    assert (policy.list_saving, policy.min_chance, policy.max_alerts) == (10.0, 0.5, 5)
    assert (policy.rule.least_chance, policy.rule.push_saving, policy.rule.least_pricers) == (0.9, 10.0, 2)
    assert policy.novelty == NoveltyRule(timedelta(hours=72), 0.05, timedelta(days=14), "silent")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WRONG_IN", "1"),
        ("WRONG_IN", "0.5"),
        ("PUSH_SAVING", "-1"),
        ("LIST_SAVING", "x"),
        ("MAX_AGE", "0"),
        ("NEW_LOW", "100"),
        ("COOL_DOWN", "-1"),
        ("LEAST_PRICERS", "x"),
    ],
)
def test_a_dial_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SCANNER_{name}", value)
    with pytest.raises(UnusableSettingsError, match=f"(?i){name}"):
        Settings()


@pytest.mark.parametrize(
    ("old", "new"), [("SCANNER_MIN_DISCOUNT", "SCANNER_LIST_SAVING"), ("SCANNER_MIN_DISCOUNT_FRACTION", "SCANNER_WRONG_IN")]
)
def test_a_setting_of_before_stops_the_start_and_names_the_new_one(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    monkeypatch.setenv(old, "50")
    with pytest.raises(UnusableSettingsError, match=f"{old} is gone.*{new}"):
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


def test_the_bank_is_the_european_one_unless_another_or_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCANNER_RATES_URL")
    assert Settings().rates_url == "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
    for given, found in {"off": "", "OFF": "", "https://bank.example/a.xml": "https://bank.example/a.xml"}.items():
        monkeypatch.setenv("SCANNER_RATES_URL", given)
        assert Settings().rates_url == found
    for given in ("ftp://bank.example/", "demo", "https://user@bank.example/"):
        monkeypatch.setenv("SCANNER_RATES_URL", given)
        with pytest.raises(UnusableSettingsError, match="or off"):
            Settings()


def test_words_by_a_chat_model_need_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_WORDING", "chat")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UnusableSettingsError, match="SCANNER_WORDING=chat needs a chat model"):
        Settings()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert Settings().wording == "chat"
    monkeypatch.setenv("SCANNER_WORDING", "poetry")
    with pytest.raises(UnusableSettingsError):
        Settings()
