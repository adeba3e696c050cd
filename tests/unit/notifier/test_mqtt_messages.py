"""What home automation is told, and where: addresses, discovery, states and events."""

import json
from typing import Any

import pytest

from common.environment.unusable import UnusableSettingsError
from notifier.mqtt.address import BrokerAddress, parse_broker
from notifier.mqtt.discovery import Topics, discovery_of
from notifier.mqtt.readings import Alert, Readings, event_of, state_of, told_of
from notifier.settings import Settings
from tests.unit.notifier.samples import opportunity

ALERT = Alert(7, opportunity("opp-1", title="Acme <b>Drill</b>\n" + "x" * 400, url="javascript:alert(1)"), 1_800_000_000.0)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883, is_encrypted=False)),
        ("mqtts://me:p%40ss@broker.example", BrokerAddress("broker.example", 8883, is_encrypted=True, user="me", password="p@ss")),
        ("mqtt://[::1]:1884/", BrokerAddress("::1", 1884, is_encrypted=False)),
    ],
)
def test_a_brokers_address_is_read(url: str, address: BrokerAddress) -> None:
    assert parse_broker(url) == address


@pytest.mark.parametrize(
    "url", ["broker:1883", "http://broker", "mqtt://", "mqtt://hunter2@", "mqtt://b:99999", "mqtt://b/topic", "mqtt://b:0"]
)
def test_what_is_no_brokers_address_stops_the_start_without_being_shown(url: str) -> None:
    with pytest.raises(UnusableSettingsError) as caught:
        Settings(mqtt_url=url)
    assert "mqtt://user:password@host:1883" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("topic", ["", "/a", "a/", "a//b", "a/#", "+", "a b"])
def test_a_topic_without_wildcards_is_needed(topic: str) -> None:
    with pytest.raises(UnusableSettingsError):
        Settings(mqtt_topic=topic)


def test_two_agents_at_one_broker_have_nothing_in_common() -> None:
    first, second = (discovery_of(Topics(base), "") for base in ("pricing-agent", "home/pricing-agent"))
    assert set(first).isdisjoint(second)
    ids = [{str(each.get("unique_id")) for each in found.values() if "unique_id" in each} for found in (first, second)]
    assert ids[0].isdisjoint(ids[1])


def test_every_entity_reads_a_topic_that_is_written_and_a_key_that_is_in_it() -> None:
    topics = Topics()
    written: dict[str, Any] = {
        topics.state: state_of(Readings(3, 41.239, ALERT, 2, ["Phone"], is_paused=True)),
        topics.last: told_of(ALERT, ""),
        topics.alert: event_of(ALERT, ""),
    }
    for topic, config in discovery_of(topics, "").items():
        assert len(topic.split("/")) == 5
        if "device_automation" in topic:
            assert config["topic"] in written
            continue
        message = written[config["state_topic"]]
        if "value_template" in config:
            assert any(f"value_json.{key}" in config["value_template"] for key in message)
        if "event_types" in config:
            assert message["event_type"] in config["event_types"]


def test_a_state_has_figures_and_none_where_there_is_nothing() -> None:
    whole = state_of(Readings(3, 41.239, None, 2, ["Phone", "Desk"], is_paused=False))
    assert whole == {
        "today": 3,
        "best_saving": 41.24,
        "waiting": 2,
        "failing": 2,
        "failing_channels": ["Phone", "Desk"],
        "paused": False,
    }
    assert state_of(Readings(0, None, None, 0, [], is_paused=False))["best_saving"] is None
    assert told_of(None, "") == {"state": None}


def test_a_strangers_text_is_short_plain_and_leads_nowhere_bad() -> None:
    told = told_of(ALERT, "")
    assert len(told["state"]) <= 255
    assert "<" not in told["state"]
    assert "\n" not in told["state"]
    assert (told["url"], told["shop_url"]) == ("", "")
    assert told_of(ALERT, "https://deals.example")["url"] == "https://deals.example/opportunities/opp-1"
    assert json.dumps(event_of(ALERT, ""))
