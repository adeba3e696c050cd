"""Which channels an alert goes to."""

import pytest

from common.alerts.conditions import Conditions
from common.deals import Opportunity
from notifier.channels.channel import ChannelSettings
from notifier.channels.routing import Addressee, route_of
from tests.unit.notifier.samples import opportunity


def addressed(*channels: str) -> Opportunity:
    return opportunity().model_copy(update={"channels": list(channels)})


def channel(label: str, **settings: object) -> Addressee:
    return Addressee(label.lower(), label, ChannelSettings.model_validate(settings))


PHONE, MAIL = channel("Phone"), channel("Mail", only_named=True)
DRILLS, SOFAS = channel("Drills", filter=Conditions(include=("drill",))), channel("Sofas", filter=Conditions(include=("sofa",)))
OFF = channel("Off", enabled=False)


@pytest.mark.parametrize(
    ("named", "keys"),
    [
        ((), ("phone", "drills")),
        (("Mail",), ("mail",)),
        (("MAIL ", "phone"), ("phone", "mail")),
        (("mail", "Sofas"), ("mail",)),
        (("phone",), ("phone",)),
    ],
)
def test_an_alert_goes_to_those_that_it_names_or_to_all_that_want_to_hear_of_what_names_none(
    named: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    assert route_of(addressed(*named), [PHONE, MAIL, DRILLS, SOFAS, OFF]).keys == keys


def test_a_name_that_nobody_bears_costs_nobody_an_alert_and_is_told() -> None:
    route = route_of(addressed("Fax", "Mail"), [PHONE, MAIL])
    assert (route.keys, route.remark) == (("mail", "phone"), "There is no channel Fax: it went to all.")
    assert route_of(addressed("Fax"), [MAIL]).keys == ("mail",)


def test_what_no_channel_takes_says_why() -> None:
    assert route_of(addressed(), [SOFAS]).remark == "No channel wants it, by their filters."
    assert route_of(addressed("Off"), [PHONE, OFF]).remark == "Switched off: Off."
    assert route_of(addressed(), []).keys == ()


def test_a_priority_is_one_for_all_or_another_for_each() -> None:
    assert channel("a", priority="urgent").settings.priority_of("low") == "urgent"
    assert channel("a", priority={"high": "urgent"}).settings.priority_of("high") == "urgent"
    assert channel("a", priority={"high": "urgent"}).settings.priority_of("low") == "low"
