"""A service that cannot use one of its settings says which and why, and with its exit code that another try is of no use."""

import importlib
from pathlib import Path

import pytest

from common.http.listening import UNUSABLE_SETTINGS
from common.service_address import ServiceAddress
from pricer.__main__ import main
from pricer.local.system import services


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
@pytest.mark.parametrize("of_all", [False, True])
def test_a_setting_that_cannot_be_used_is_told_in_a_line(
    service: ServiceAddress, of_all: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variable = "MAX_IN_FLIGHT" if of_all else f"{service.prefix}_PORT"
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv(variable, "many-s3cret")
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"{service.module}.__main__").main()
    assert ended.value.code == UNUSABLE_SETTINGS
    assert capsys.readouterr().err == f"{variable}: this is no whole number\n"


@pytest.mark.parametrize(
    ("service", "setting", "said"),
    [
        ("scanner", "REDIS_URL=localhost:6379", "this is no address of a Redis such as redis://127.0.0.1:6379/0"),
        ("ensemble", "REDIS_URL=localhost:6379", "this is no address of a Redis such as redis://127.0.0.1:6379/0"),
        ("notifier", "DATABASE_URL=localhost:5432", None),
        ("scanner", "ENSEMBLE_URL=localhost:8000", None),
        ("ensemble", "SPECIALIST_URL=http://[", None),
        ("scanner", "SCANNER_URL=nowhere", None),
        ("scanner", "SCANNER_PORT=-1", "must be 0 or more"),
        ("scanner", "SCANNER_INTERVAL=inf", "must be a finite number"),
        ("notifier", "NOTIFIER_LEASE=nan", "must be a finite number"),
        ("scanner", "SCANNER_KEEP_OFFERS_DAYS=1e9", "must be 36500 or less"),
        ("ensemble", "ENSEMBLE_CACHE_MB=-1", "must be more than 0"),
        ("ensemble", "MODEL_RELOAD=often", "this is no number"),
        ("random_forest", "MODEL_REGISTRY=hub:team/models", "must be a folder, or hub:OWNER/REPOSITORY@REVISION"),
        ("frontier_rag", "FRONTIER_RAG_CHAT_PRICES=cheap", "this is no object of JSON"),
        ("dashboard", "LOG_FORMAT=xml", "takes console or json"),
        (
            "dashboard",
            "OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318",
            "this is no address of a collector such as http://127.0.0.1:4318",
        ),
        ("dashboard", "OTEL_SDK_DISABLED=maybe", "takes true or false"),
        ("scanner", "API_RATE_LIMIT=600", "'600' is no limit: write PRICES/SECONDS, such as 600/60"),
        ("scanner", "API_KEYS=shop:sha256:12", "API key key-1: a hash is written [NAME:]sha256:64 HEX DIGITS[:PRICES/SECONDS]"),
        ("scanner", "PEER_API_KEY=schlüssel", "a key has characters of ASCII alone, or no header could hold it"),
        ("scanner", "API_KEYS_FILE={folder}", "{folder} cannot be read: Is a directory"),
        ("scanner", "API_KEYS_FILE={folder}/away", "{folder}/away cannot be read: No such file or directory"),
        ("scanner", "API_KEYS_FILE={folder}/latin1", "{folder}/latin1 is no text in UTF-8"),
        ("scanner", "REDIS_URL_FILE={folder}/away", "{folder}/away cannot be read: No such file or directory"),
        ("scanner", "SSL_CERT_FILE={folder}/away", None),
        ("scanner", "SSL_CERT_FILE={folder}/latin1", None),
        ("scanner", "SSL_CERT_DIR={folder}/away", "{folder}/away is no folder"),
    ],
)
def test_what_would_fail_later_stops_the_start_in_a_line(
    service: str, setting: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also where it is found no sooner than the app is made: nothing but the line is printed."""
    variable, _, value = setting.partition("=")
    (tmp_path / "latin1").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv(f"{service.upper()}_PORT", "0")
    monkeypatch.setenv(variable, value.format(folder=tmp_path))
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"{service}.__main__").main()
    lines = capfd.readouterr().err.splitlines()
    assert (ended.value.code, len(lines)) == (UNUSABLE_SETTINGS, 1)
    assert lines[0].startswith(f"{variable}: ")
    assert said is None or lines[0] == f"{variable}: {said.format(folder=tmp_path)}"


def test_the_command_says_it_in_a_line_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PRICER_API_KEY", raising=False)
    monkeypatch.setenv("MAX_IN_FLIGHT", "many")
    monkeypatch.setenv("DRAIN_SECONDS", "-1")
    assert main(["price", "a lamp"]) == UNUSABLE_SETTINGS
    said = capsys.readouterr().err
    assert said == "pricer: DRAIN_SECONDS: must be 0 or more; MAX_IN_FLIGHT: this is no whole number\n"


def test_nothing_is_started_where_a_service_could_not_use_its_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCANNER_INTERVAL", "soon")
    monkeypatch.setenv("NOTIFIER_LEASE", "-1")
    assert main(["run"]) == UNUSABLE_SETTINGS
    said = capsys.readouterr()
    assert sorted(said.err.splitlines()) == ["NOTIFIER_LEASE: must be more than 0", "SCANNER_INTERVAL: this is no number"]
    assert said.out == ""


def test_nothing_is_started_without_the_file_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_KEYS_FILE", str(tmp_path / "away"))
    assert main(["run"]) == UNUSABLE_SETTINGS
    assert capsys.readouterr().err == f"pricer: API_KEYS_FILE: {tmp_path / 'away'} cannot be read: No such file or directory\n"


def test_a_level_of_logs_that_there_is_not_is_told_with_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(SystemExit) as ended:
        importlib.import_module("ensemble.__main__").main()
    assert ended.value.code == UNUSABLE_SETTINGS
    assert capsys.readouterr().err == "LOG_LEVEL: takes debug, info, warning, error or critical\n"
