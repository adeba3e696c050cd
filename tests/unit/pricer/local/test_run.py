"""What ends `pricer run`, and how long it waits for each service to end."""

import signal

import pytest

from common.settings import HTTP_GRACE, LAST_SPANS
from pricer.local.run import command_of, ending_signals
from pricer.local.system import services


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


@pytest.mark.parametrize(("handler", "ends"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_a_closed_terminal_ends_it_unless_it_was_started_by_nohup(handler: signal.Handlers, ends: bool) -> None:
    former = signal.signal(signal.SIGHUP, handler)
    try:
        assert (signal.SIGHUP in ending_signals()) is ends
    finally:
        signal.signal(signal.SIGHUP, former)
