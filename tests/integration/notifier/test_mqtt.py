"""The notifier and a real MQTT broker: what Home Assistant finds there, what it may say, and what an absence costs."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from fastapi.testclient import TestClient

from notifier.app import Fakes, create_app
from notifier.mqtt.address import parse_broker
from notifier.mqtt.bridge import BrokerError
from notifier.mqtt.broker import MqttBroker
from notifier.settings import Settings
from tests.integration.notifier.mosquitto import PASSWORD, USER, MosquittoProcess
from tests.unit.notifier.samples import FakeStream, FakeTarget, opportunity, sqlite


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoProcess]:
    process = MosquittoProcess(tmp_path_factory.mktemp("mosquitto"))
    process.start()
    yield process
    process.stop()


class World:
    def __init__(self, folder: Path, url: str) -> None:
        self.stream, self.target, self.count = FakeStream(), FakeTarget("Phone"), 0
        settings = Settings(
            database_url=sqlite(folder), mqtt_url=url, dashboard_url="https://deals.example", time_zone="Europe/Berlin"
        )
        targets: list[Any] = [self.target]
        self.client = TestClient(create_app(Fakes(stream=self.stream, targets=targets), settings))

    def publish(self, identifier: str, **deal: Any) -> None:
        self.count += 1
        self.stream.publish(opportunity(identifier, **deal), f"{self.count}-0")
        wait(lambda: f"{self.count}-0" in self.stream.acknowledged)


@contextmanager
def running(folder: Path, url: str) -> Iterator[World]:
    world = World(folder, url)
    with world.client:
        wait(lambda: world.client.get("/readyz").status_code == 200)
        yield world


def wait(condition: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Listener:
    """Another client of the broker, as Home Assistant is one."""

    def __init__(self, broker: MosquittoProcess) -> None:
        self.broker = broker

    def hear(
        self, until: Callable[[list[tuple[str, str]]], object], *say: tuple[str, str], then: Callable[[], None] | None = None
    ) -> list[tuple[str, str]]:
        """What is there and comes until a condition holds, after saying something."""

        async def run() -> list[tuple[str, str]]:
            heard: list[tuple[str, str]] = []
            async with aiomqtt.Client("127.0.0.1", self.broker.port, username=USER, password=PASSWORD) as client:
                await client.subscribe("#", qos=1)
                for topic, payload in say:
                    await client.publish(topic, payload, qos=1)
                doing = asyncio.create_task(asyncio.to_thread(then)) if then else None
                async with asyncio.timeout(40):
                    while not until(heard):
                        message = await anext(aiter(client.messages))
                        assert isinstance(message.payload, bytes)
                        heard.append((message.topic.value, message.payload.decode()))
                if doing:
                    await doing
            return heard

        return asyncio.run(run())

    def retained(self, seconds: float = 0.5) -> dict[str, str]:
        """What the broker keeps."""
        until = time.monotonic() + seconds
        found: dict[str, str] = {}

        async def run() -> None:
            async with aiomqtt.Client("127.0.0.1", self.broker.port, username=USER, password=PASSWORD) as client:
                await client.subscribe("#", qos=1)
                try:
                    async with asyncio.timeout(until - time.monotonic()):
                        async for message in client.messages:
                            if message.retain and isinstance(message.payload, bytes):
                                found[message.topic.value] = message.payload.decode()
                except TimeoutError:
                    pass

        asyncio.run(run())
        return found


def has(topic: str, says: str = "") -> Callable[[list[tuple[str, str]]], bool]:
    return lambda heard: any(at == topic and says in payload for at, payload in heard)


def test_home_assistant_finds_sensors_an_event_a_trigger_and_a_switch(tmp_path: Path, broker: MosquittoProcess) -> None:
    listener = Listener(broker)
    with running(tmp_path, broker.url):
        listener.hear(has("pricing-agent/last"))
        kept = listener.retained()
        configs = {topic: json.loads(payload) for topic, payload in kept.items() if topic.startswith("homeassistant/")}
        assert sorted(topic.removeprefix("homeassistant/").removesuffix("/config") for topic in configs) == [
            "device_automation/pricing_agent/alert",
            "event/pricing_agent/alert",
            "sensor/pricing_agent/best_saving",
            "sensor/pricing_agent/failing",
            "sensor/pricing_agent/last",
            "sensor/pricing_agent/today",
            "sensor/pricing_agent/waiting",
            "switch/pricing_agent/paused",
        ]
        entities = [each for topic, each in configs.items() if "device_automation" not in topic]
        assert len({each["unique_id"] for each in entities}) == len(entities)
        assert {json.dumps(each["device"]) for each in configs.values()} == {json.dumps(entities[0]["device"])}
        assert entities[0]["device"]["configuration_url"] == "https://deals.example"
        assert kept["pricing-agent/availability"] == "online"
        assert {each["availability_topic"] for each in entities} == {"pricing-agent/availability"}
        assert {each["state_topic"] for each in entities} - {"pricing-agent/alert"} <= set(kept)
        assert PASSWORD not in str(kept)
    assert listener.retained()["pricing-agent/availability"] == "offline"


def test_an_alert_is_an_event_once_and_the_newest_is_kept(tmp_path: Path, broker: MosquittoProcess) -> None:
    listener = Listener(broker)
    with running(tmp_path, broker.url) as world:
        world.publish("old", title="Acme Kettle")
        listener.hear(has("pricing-agent/last", "Acme Kettle"))
        heard = listener.hear(has("pricing-agent/last", "Drill"), then=lambda: world.publish("opp-1", title="Acme Drill"))
        events = [json.loads(payload) for topic, payload in heard if topic == "pricing-agent/alert"]
        if not events:
            heard = listener.hear(lambda _: True)
        kept = listener.retained()
        last, state = json.loads(kept["pricing-agent/last"]), json.loads(kept["pricing-agent/state"])
        assert (last["state"], last["url"]) == ("Acme Drill", "https://deals.example/opportunities/opp-1")
        assert {"price", "worth", "saving", "chance", "shop_url", "told", "priority"} < set(last)
        assert (state["today"], state["failing"], state["paused"]) == (2, 0, False)
        assert state["best_saving"] == last["saving"]
        assert "pricing-agent/alert" not in kept
        assert all(each["event_type"] == "alert" and each["id"] == "opp-1" for each in events)


def test_each_alert_is_told_as_an_event_once(tmp_path: Path, broker: MosquittoProcess) -> None:
    listener = Listener(broker)
    with running(tmp_path, broker.url) as world:
        listener.hear(has("pricing-agent/last"))

        def publish() -> None:
            for number in range(3):
                world.publish(f"opp-{number}")

        def told(heard: list[tuple[str, str]]) -> list[str]:
            return [json.loads(payload)["id"] for topic, payload in heard if topic == "pricing-agent/alert"]

        heard = listener.hear(lambda heard: len(told(heard)) >= 3, then=publish)
        assert told(heard) == ["opp-0", "opp-1", "opp-2"]
    with running(tmp_path, broker.url):  # what was there before a start is no event
        again = listener.hear(has("pricing-agent/state"))
        time.sleep(2.5)
        assert told(again) == []


def test_the_switch_pauses_everything_and_ends_that(tmp_path: Path, broker: MosquittoProcess) -> None:
    listener = Listener(broker)
    with running(tmp_path, broker.url) as world:
        listener.hear(has("pricing-agent/state"))
        listener.hear(has("pricing-agent/state", '"paused":true'), ("pricing-agent/paused/set", "ON"))
        (snooze,) = world.client.get("/snoozes").json()["items"]
        assert snooze["subject"] == "all"
        listener.hear(has("pricing-agent/state", '"paused":false'), ("pricing-agent/paused/set", "OFF"))
        assert world.client.get("/snoozes").json()["items"] == []
        listener.hear(has("pricing-agent/paused/set", "x" * 10), ("pricing-agent/paused/set", "x" * 5_000))
        assert world.client.get("/snoozes").json()["items"] == []


def test_home_assistant_that_starts_later_is_told_anew(tmp_path: Path, broker: MosquittoProcess) -> None:
    listener = Listener(broker)
    with running(tmp_path, broker.url):
        listener.hear(has("pricing-agent/last"))
        topic = "homeassistant/sensor/pricing_agent/today/config"
        heard = listener.hear(lambda heard: sum(at == topic for at, _ in heard) >= 2, ("homeassistant/status", "online"))
        assert heard


def test_alerts_go_out_while_the_broker_is_away_and_it_is_told_when_it_is_back(tmp_path: Path, broker: MosquittoProcess) -> None:
    broker.stop()
    with running(tmp_path, broker.url) as world:
        world.publish("opp-1", title="Acme Kettle")
        wait(lambda: world.target.ids)
        assert world.client.get("/readyz").status_code == 200
        broker.start()
        listener = Listener(broker)
        listener.hear(has("pricing-agent/last", "Acme Kettle"))
        broker.stop()
        world.publish("opp-2", title="Acme Drill")
        wait(lambda: len(world.target.ids) == 2)
        broker.start()
        heard = listener.hear(has("pricing-agent/last", "Acme Drill"))
        assert ("pricing-agent/availability", "online") in heard


def test_a_broker_that_says_nothing_is_left_and_the_service_stops_all_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        begun = time.monotonic()
        with running(tmp_path, f"mqtt://127.0.0.1:{server.getsockname()[1]}") as world:
            world.publish("opp-1")
            wait(lambda: world.target.ids)
        assert time.monotonic() - begun < 30


def test_a_wrong_password_is_told_without_it(broker: MosquittoProcess) -> None:
    async def run() -> None:
        address = parse_broker(f"mqtt://agent:hunter2@127.0.0.1:{broker.port}")
        async with MqttBroker(address).session(("a", "offline")):
            pytest.fail("it was let in")

    with pytest.raises(BrokerError) as caught:
        asyncio.run(run())
    assert f"127.0.0.1:{broker.port}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_brokers_will_is_told_when_the_notifier_dies(broker: MosquittoProcess) -> None:
    async def run() -> None:
        async with MqttBroker(parse_broker(broker.url)).session(("pricing-agent/availability", "offline")) as session:
            await session.publish("pricing-agent/availability", "online", retain=True)
            assert (await asyncio.to_thread(Listener(broker).retained))["pricing-agent/availability"] == "online"
            connection = session.client._client.socket()
            assert isinstance(connection, socket.socket)
            connection.shutdown(socket.SHUT_RDWR)  # no goodbye, as when a process is killed
            await asyncio.sleep(1)

    with suppress(BrokerError):  # it may be noticed at once, or not at all
        asyncio.run(run())
    assert Listener(broker).retained()["pricing-agent/availability"] == "offline"
