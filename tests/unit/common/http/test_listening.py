"""A service listens for a whole network only where somebody has said who may come, or that all may."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from common.http.listening import UNUSABLE_SETTINGS, is_loopback, refusal_to_listen
from common.http.serving.process import serve
from common.settings import HttpSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_on_loopback_nobody_is_asked(host: str) -> None:
    assert is_loopback(host)
    assert refusal_to_listen(host, HttpSettings()) == ""


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.1.2", "10.0.0.1", "fe80::1", "machine.local", "localhost.evil.example"]
)
def test_beyond_it_a_key_or_the_word_is_needed(host: str) -> None:
    assert not is_loopback(host)
    refusal = refusal_to_listen(host, HttpSettings())
    for named in (f"HOST={host}", "API_KEYS", "OPEN_TO_NETWORK=1", "pricer api-key", "pricer password"):
        assert named in refusal
    for enough in ({"api_keys": "one"}, {"peer_api_key": "one"}, {"open_to_network": True}):
        assert refusal_to_listen(host, HttpSettings.model_validate(enough)) == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
@pytest.mark.parametrize("is_open", [False, True])
def test_where_a_key_is_required_none_is_no_start_wherever_it_listens(host: str, is_open: bool) -> None:
    """As behind a proxy, which brings the network to 127.0.0.1."""
    for text in ("", " ", ",", " , "):
        settings = HttpSettings.model_validate({"require_key": True, "open_to_network": is_open, "api_keys": text})
        assert "REQUIRE_KEY is set" in refusal_to_listen(host, settings)
    for enough in ({"api_keys": "one"}, {"peer_api_key": "one"}):
        assert refusal_to_listen(host, HttpSettings.model_validate({"require_key": True} | enough)) == ""


def never(made: list[str]) -> Callable[[], Any]:
    def create_app() -> FastAPI:
        made.append("app")
        return FastAPI()

    return create_app


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_refused_service_says_why_and_ends_before_anything_is_open(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOST", host)
    made: list[str] = []
    with pytest.raises(SystemExit) as ended:
        serve(never(made), 0)
    assert (ended.value.code, made) == (UNUSABLE_SETTINGS, [])
    assert "nothing asks who they are" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        serve(never(made), 0, host="10.0.0.1")


@pytest.mark.parametrize(("value", "kept"), [("", None), ("/etc/own-authority.pem", "/etc/own-authority.pem")])
def test_an_empty_file_of_certificates_counts_as_none(value: str, kept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("SSL_CERT_FILE", value)
    with pytest.raises(SystemExit):
        serve(never([]), 0)
    assert os.environ.get("SSL_CERT_FILE") == kept


@pytest.mark.parametrize(("level", "is_one"), [("debug", True), ("INFO", True), ("loud", False), ("WARNINGS", False)])
def test_a_level_of_logs_is_one_that_there_is(level: str, is_one: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    with contextlib.nullcontext() if is_one else pytest.raises(ValueError, match="LOG_LEVEL"):
        HttpSettings()
