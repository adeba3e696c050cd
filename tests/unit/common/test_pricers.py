"""The list of pricers: what follows from a name, and what the environment decides."""

import pytest

from common.pricers import PRICERS, PricerService, pricer_urls
from common.service_address import ServiceAddress

MADE_UP = PricerService("made-up", 8099, "training.made_up_train")


def test_module_and_variables_follow_from_the_name() -> None:
    assert (MADE_UP.module, MADE_UP.prefix) == ("made_up", "MADE_UP")


def test_a_pricer_listens_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MADE_UP.url == "http://127.0.0.1:8099"
    monkeypatch.setenv("MADE_UP_PORT", "9000")
    assert (MADE_UP.port, MADE_UP.url) == (9000, "http://127.0.0.1:9000")
    monkeypatch.setenv("MADE_UP_URL", "http://gpu-node:8000")
    assert MADE_UP.url == "http://gpu-node:8000"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_UP_PORT", "")
    monkeypatch.setenv("MADE_UP_URL", "")
    assert MADE_UP.url == "http://127.0.0.1:8099"


def test_where_an_address_is_given_a_port_that_is_none_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes sets <SERVICE>_PORT to an address of its own."""
    monkeypatch.setenv("SCANNER_PORT", "tcp://10.0.0.1:8000")
    monkeypatch.setenv("SCANNER_URL", "http://scanner:8000")
    assert ServiceAddress("scanner", 8004).url == "http://scanner:8000"


def test_addresses_stand_in_the_order_of_the_list() -> None:
    assert list(pricer_urls((*PRICERS, MADE_UP))) == ["specialist", "frontier-rag", "random-forest", "made-up"]
