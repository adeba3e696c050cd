"""How long `pricer run` waits for each service to end."""

import pytest

from common.settings import HTTP_GRACE, LAST_SPANS
from pricer.run import command_of
from pricer.system import services


def graces() -> dict[str, float]:
    return {service.name: command_of(service, {}).grace for service in services()}


def test_each_service_has_as_long_to_end_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SEND_DEADLINE", "90")
    found = graces()
    assert found.pop("notifier") > HTTP_GRACE + 90
    assert set(found.values()) == {HTTP_GRACE + LAST_SPANS + 2.0}


def test_settings_that_cannot_be_used_are_the_services_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_SEND_DEADLINE", "soon")
    assert graces()["notifier"] == HTTP_GRACE + LAST_SPANS + 2.0
