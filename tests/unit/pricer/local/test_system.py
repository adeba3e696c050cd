"""The table of services: where each is, and what a process is told of the others."""

import pytest

from pricer.__main__ import main
from pricer.local.system import environment, services


def test_a_service_is_found_where_its_variable_says_else_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECIALIST_URL", "http://gpu.example:8001")
    monkeypatch.delenv("SCANNER_URL", raising=False)
    found = environment("redis://127.0.0.1:6379/0")
    assert found["SPECIALIST_URL"] == "http://gpu.example:8001"
    assert found["SCANNER_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("given", ["abc", "80O0", "-1", "65536", "9" * 5000, "80.0", "٨٠"])
def test_a_port_that_is_none_is_said(given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SCANNER_PORT", given)
    assert main(["price", "lamp"]) == 78
    assert capsys.readouterr().err == f"pricer: SCANNER_PORT={given!r} is no port, 0 to 65535\n"


@pytest.mark.parametrize(("given", "port"), [("0", 0), (" 18004 ", 18_004), ("65535", 65_535), ("", 8004)])
def test_a_service_listens_where_its_variable_says(given: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_PORT", given)
    assert [each.port for each in services() if each.name == "scanner"] == [port]


def test_the_dashboards_public_address_is_for_people_and_not_asked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_URL", "https://deals.example.com")
    assert environment("redis://127.0.0.1:6379/0")["DASHBOARD_URL"] == "https://deals.example.com"
    assert [each.url for each in services() if each.name == "dashboard"] == ["http://127.0.0.1:8080"]


def test_a_phone_is_sent_no_address_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASHBOARD_URL", raising=False)
    assert "DASHBOARD_URL" not in environment("redis://127.0.0.1:6379/0")
