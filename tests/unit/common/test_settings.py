"""Secrets in settings: of a type that does not show them, in every service; and no error shows what was given."""

import importlib
import os
import re
import traceback
from typing import Any

import pytest
from pydantic import SecretStr

from common.database import open_engine
from common.errors import PricingAgentError
from common.http.api_keys import KnownKeys
from common.pricers import pricer_urls
from common.private_files import secret
from common.settings import HttpSettings, ServiceSettings

MODULES = ("dashboard", "ensemble", "frontier_rag", "notifier", "random_forest", "scanner", "specialist")
SECRET = re.compile(r"(?:api|metrics)_keys?$|password|token$|secret|redis_url|database_url|notify_urls")
VALUE = "Kq2vXw7rds"


def settings_of(module: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = importlib.import_module(f"{module}.settings").Settings
    return found


ALL: list[type[ServiceSettings]] = [HttpSettings, *map(settings_of, MODULES)]


def test_what_is_secret_is_typed_so_everywhere() -> None:
    secret = [(kind, name, field) for kind in ALL for name, field in kind.model_fields.items() if SECRET.search(name)]
    assert len(secret) >= 12
    assert [(kind.__module__, name) for kind, name, field in secret if "SecretStr" not in str(field.annotation)] == []


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__module__)
def test_settings_do_not_show_their_secrets(kind: type[ServiceSettings]) -> None:
    names = [name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation)]
    held: Any = kind.model_construct(**dict.fromkeys(names, SecretStr(VALUE)))
    for shown in (repr(held), str(held), str(held.model_dump()), f"{held.__dict__}"):
        assert VALUE not in shown


def told_by(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("module", "given", "named"),
    [
        ("notifier", {"REDIS_URL": f"redis://:{VALUE}/x@host:6379/0"}, "REDIS_URL"),
        ("scanner", {"REDIS_URL": f"redis://:{VALUE}?x@host:6379/0"}, "REDIS_URL"),
        ("scanner", {"REDIS_URL": f"redis://host:{VALUE}"}, "REDIS_URL"),
        ("ensemble", {"ENSEMBLE_CACHE_REDIS_URL": f"redis://:{VALUE}#x@host:6379/0"}, "CACHE_REDIS_URL"),
        ("dashboard", {"DASHBOARD_PASSWORD": VALUE}, "PASSWORD"),
        ("dashboard", {"DASHBOARD_PASSWORD": f"scrypt:31:8:3:{'A' * 22}:{VALUE.ljust(43, 'A')}"}, "PASSWORD"),
        ("scanner", {"PLANNER": "workflow", "DATABASE_URL": f"postgresql://o:{VALUE}@h/x"}, "PLANNER"),
        ("scanner", {"SCANNER_MIN_DISCOUNT": "1", "DATABASE_URL": f"postgresql://o:{VALUE}@h/x"}, "SCANNER_LIST_SAVING"),
        ("specialist", {"SPECIALIST_QUEUE": VALUE}, "QUEUE"),
        ("notifier", {"NOTIFIER_LEASE": "-1", "NOTIFY_URLS": f"json://{VALUE}@h"}, "NOTIFIER_LEASE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_shown(
    module: str, given: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=named) as failed:
        settings_of(module)()
    assert VALUE not in told_by(failed.value)


@pytest.mark.parametrize("entry", [f"shop:sha256:{VALUE}", f"sha256:{VALUE}", f"{VALUE}:sha256:"])
def test_half_a_hash_of_a_key_is_not_shown(entry: str) -> None:
    with pytest.raises(ValueError, match="a hash is written") as failed:
        KnownKeys([entry])
    assert VALUE not in told_by(failed.value)


@pytest.mark.parametrize("url", [f"postgresql://h:{VALUE}/x", f"nosuch://owner:{VALUE}@h/x", f"owner:{VALUE}@h/x"])
def test_a_database_that_cannot_be_used_is_not_shown_with_its_password(url: str) -> None:
    with pytest.raises(PricingAgentError) as failed:
        open_engine(url)
    assert VALUE not in told_by(failed.value)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", " "])
def test_white_space_around_a_value_does_not_count(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Secret made with `echo KEY | base64`, a file with line ends of Windows."""
    for name, value in (("PEER_API_KEY", "a-key"), ("LOG_LEVEL", "DEBUG"), ("SPECIALIST_URL", "http://gpu:8001"), ("HOST", "")):
        monkeypatch.setenv(name, value + end)
    http = HttpSettings()
    assert (http.keys, http.log_level, http.host) == (["a-key"], "debug", "127.0.0.1")
    assert KnownKeys(http.accepted).holds("a-key")
    assert pricer_urls()["specialist"] == "http://gpu:8001"
    assert secret("PEER_API_KEY", os.environ) == "a-key"


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "API_KEYS", "API_KEYS_FILE", "MAX_IN_FLIGHT", "OPEN_TO_NETWORK"):
        monkeypatch.setenv(name, "")
    assert HttpSettings() == HttpSettings.model_validate({"allowed_hosts": "testserver"})
    assert HttpSettings().host == "127.0.0.1"
