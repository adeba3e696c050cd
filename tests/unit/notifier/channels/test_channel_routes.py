"""The channels' doors, over a database and fakes of the outer world: what one instance changes, another follows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.errors import InvalidInputError
from notifier.app import Fakes, create_app
from notifier.channels.channel import ChannelRecord
from notifier.channels.crew import Gone
from notifier.channels.target_maker import KnownService
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.settings import Settings
from tests.unit.notifier.samples import FakeStream, FakeTarget, opportunity, sqlite


@dataclass
class MadeTarget:
    """One that a maker made; what it gets is its maker's."""

    key: str
    label: str
    address: str
    gone: Gone | None
    maker: "FakeMaker"
    on_unknown: OnUnknown = OnUnknown.ASK

    async def send(self, push: Push) -> Sent:
        answer = self.maker.answers.get(self.address, Sent(self.label, Outcome.SENT))
        if answer.error.startswith("410") and self.gone:
            for _ in range(self.maker.learn):
                await self.gone(answer.error)
        if answer.outcome is Outcome.SENT:
            self.maker.pushes.append((self.address, push))
        return answer


@dataclass
class FakeMaker:
    """Takes addresses that begin with `fake://`."""

    pushes: list[tuple[str, Push]] = field(default_factory=list)
    answers: dict[str, Sent] = field(default_factory=dict)
    learn: int = 1  # sends that learn at one time that a receiver is gone

    async def make(self, record: ChannelRecord, gone: Gone | None = None) -> MadeTarget:
        if not record.address.startswith(("fake://", "webhook+https://")):
            raise InvalidInputError("no service has this scheme", "address")
        return MadeTarget(record.key, record.name, record.address, gone, self)

    async def service(self, address: str) -> str:
        return "Fake"

    async def services(self) -> list[KnownService]:
        return [KnownService("Fake", ("fake",), ("fake://{token}",))]

    def titles(self, address: str) -> list[str]:
        return [push.title for at, push in self.pushes if at == address]


class World:
    """An instance. Two with one folder share its database."""

    def __init__(self, folder: Path, *targets: FakeTarget, maker: FakeMaker | None = None) -> None:
        self.stream, self.maker = FakeStream(), maker or FakeMaker()
        fakes = Fakes(stream=self.stream, targets=targets, maker=self.maker)
        self.client = TestClient(create_app(fakes, Settings(retry_base=0, database_url=sqlite(folder))))
        self.count = 0

    def wait(self, condition: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def post(self, path: str, body: object = None) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def add(self, name: str, **more: object) -> str:
        made = self.post("/channels", {"name": name, "address": f"fake://{name.lower()}-secret"} | more)
        return str(made["id"])

    def patch(self, key: str, **change: object) -> Any:
        answer = self.client.patch(f"/channels/{key}", json=change)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(path).json()["items"]
        return found

    def channel(self, label: str) -> dict[str, Any]:
        return next(each for each in self.items("/channels") if each["label"] == label)

    def publish(self, identifier: str, channels: tuple[str, ...] = (), **deal: object) -> None:
        self.count += 1
        told = opportunity(identifier, **deal).model_copy(update={"channels": list(channels)})
        self.stream.publish(told, f"{self.count}-0")
        self.wait(lambda: f"{self.count}-0" in self.stream.acknowledged)

    def notification(self, identifier: str) -> dict[str, Any]:
        return next(each for each in self.items("/notifications") if each["id"] == identifier)

    def stages(self, identifier: str) -> dict[str, str]:
        return {each["target"]: each["stage"] for each in self.notification(identifier)["deliveries"]}

    def wait_for(self, identifier: str, **stages: str) -> None:
        self.wait(lambda: self.stages(identifier) == stages)


@contextmanager
def running(folder: Path, *targets: FakeTarget, maker: FakeMaker | None = None) -> Iterator[World]:
    made = World(folder, *targets, maker=maker)
    with made.client:
        made.wait(lambda: made.client.get("/readyz").status_code == 200)
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running(tmp_path, FakeTarget("env")) as made:
        yield made


def test_a_channel_that_is_added_gets_what_comes_then_beside_those_of_the_environment(world: World) -> None:
    world.add("Phone")
    world.publish("opp-1")
    world.wait_for("opp-1", env="sent", Phone="sent")
    assert world.maker.titles("fake://phone-secret") == ["Cordless drill kit, 20 V"]
    told = world.channel("Phone")
    assert (told["origin"], told["service"], told["address"], told["waiting"]) == ("own", "Fake", "fake://****", 0)
    assert world.channel("env")["origin"] == "environment"
    assert "secret" not in world.client.get("/channels").text


def test_a_channel_outlives_a_restart_and_another_instance_follows_what_is_changed(tmp_path: Path) -> None:
    maker = FakeMaker()
    with running(tmp_path, maker=maker) as first, running(tmp_path, maker=maker) as second:
        key = first.add("Phone")
        second.publish("opp-1")
        second.wait_for("opp-1", Phone="sent")
        second.patch(key, template="{{ price }}!")
        first.publish("opp-2")
        first.wait_for("opp-2", Phone="sent")
        first.wait(lambda: len(maker.pushes) == 2)
    with running(tmp_path, maker=maker) as again:
        again.publish("opp-3")
        again.wait_for("opp-3", Phone="sent")
    assert len(maker.pushes) == 3
    assert maker.titles("fake://phone-secret")[2] == "$59.99!"


def test_nothing_that_waits_is_lost_when_name_template_or_address_change(world: World) -> None:
    world.maker.answers["fake://phone-secret"] = Sent("Phone", Outcome.NOT_SENT, "401 from host: no", 600.0)
    key = world.add("Phone", only_named=True)
    world.publish("opp-1", ("Phone",))
    world.wait(lambda: world.channel("Phone")["problem"])
    assert world.patch(key, name="Tablet", template="{{ price }} only")["label"] == "Tablet"
    assert world.channel("Tablet")["waiting"] == 1
    world.publish("opp-2", ("tablet",))
    world.patch(key, address="fake://right")
    world.wait_for("opp-1", Tablet="sent")
    world.wait_for("opp-2", Tablet="sent")
    assert world.maker.titles("fake://right") == ["$59.99 only", "$59.99 only"]


def test_removing_a_channel_ends_what_waits_for_it_plainly(world: World) -> None:
    world.maker.answers["fake://phone-secret"] = Sent("Phone", Outcome.NOT_SENT, "401 from host: no", 600.0)
    key = world.add("Phone")
    world.publish("opp-1")
    world.wait(lambda: world.channel("Phone")["problem"])
    assert world.client.delete(f"/channels/{key}").status_code == 204
    world.wait_for("opp-1", env="sent", Phone="withdrawn")
    told = world.notification("opp-1")
    assert told["state"] == "sent"
    assert [each["error"] for each in told["deliveries"] if each["target"] == "Phone"] == ["its channel was removed"]
    assert [each["label"] for each in world.items("/channels")] == ["env"]
    assert world.client.get(f"/channels/{key}").status_code == 404
    assert world.client.delete(f"/channels/{key}").status_code == 404


def test_filters_names_and_switches_choose_and_what_no_channel_takes_is_logged(world: World) -> None:
    world.patch("env", only_named=True)
    world.add("Drills", filter={"include": ["drill"]})
    world.add("Off", enabled=False)
    world.publish("opp-1")
    world.wait_for("opp-1", Drills="sent")
    world.publish("opp-2", title="A sofa", description="soft")
    assert world.notification("opp-2")["state"] == "logged"
    assert world.notification("opp-2")["warning"] == "No channel wants it, by their filters."
    world.publish("opp-3", ("env",), title="A sofa", description="soft")
    world.wait_for("opp-3", env="sent")
    world.publish("opp-4", ("Off",))
    assert (world.notification("opp-4")["state"], world.notification("opp-4")["warning"]) == ("logged", "Switched off: Off.")


def test_a_name_that_is_not_there_sends_to_all_and_is_told_in_the_list(world: World) -> None:
    world.add("Phone")
    world.publish("opp-1", ("Fax",))
    world.wait_for("opp-1", env="sent", Phone="sent")
    assert world.notification("opp-1")["warning"] == "There is no channel Fax: it went to all."


def test_sending_again_spares_channels_that_do_not_take_it_but_for_the_one_that_is_named(world: World) -> None:
    world.add("Sofas", filter={"include": ["sofa"]})
    world.publish("opp-1")
    world.wait_for("opp-1", env="sent")
    assert world.client.post("/notifications/opp-1/resend").status_code == 202
    assert world.client.post("/notifications/opp-1/resend?channel=sofas").status_code == 202
    world.wait_for("opp-1", env="sent", Sofas="sent")
    assert world.client.post("/notifications/opp-1/resend?channel=fax").json()["errors"][0]["field"] == "channel"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"name": "Phone"}, "address", "required"),
        ({"name": " ", "address": "fake://x"}, "name", "printable"),
        ({"name": "x" * 61, "address": "fake://x"}, "name", "60"),
        ({"name": "ENV", "address": "fake://x"}, "name", "already"),
        ({"name": "there", "address": "fake://x"}, "name", "already"),
        ({"name": "a", "address": "zzz://s3cret"}, "address", "scheme"),
        ({"name": "a", "address": "fake://x", "template": "a\n{{ prise }}"}, "template", "line 2"),
        ({"name": "a", "address": "fake://x", "filter": {"includ": ["a"]}}, "filter.includ", ""),
        ({"name": "a", "address": "fake://x", "priority": "loud"}, "priority", ""),
        ({"name": "a", "address": "fake://refuses", "test": True}, "address", "401 from host: token invalid"),
    ],
)
def test_what_is_wrong_is_refused_with_field_and_reason_and_changes_nothing(
    world: World, body: dict[str, object], field: str, words: str
) -> None:
    world.add("There")
    world.maker.answers["fake://refuses"] = Sent("a", Outcome.NOT_SENT, "401 from host: token invalid")
    answer = world.client.post("/channels", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert words in answer.json()["errors"][0]["message"]
    assert "s3cret" not in answer.text
    assert [each["label"] for each in world.items("/channels")] == ["env", "There"]


def test_there_are_fifty_channels_at_most(world: World) -> None:
    text = "channels:\n" + "".join(f"- {{name: c{number}, address: 'fake://{number}'}}\n" for number in range(50))
    assert world.post("/channels/import", {"yaml": text})["added"] == 50
    answer = world.client.post("/channels", json={"name": "one more", "address": "fake://x"})
    assert answer.status_code == 422
    assert "50 channels at most" in answer.text
    assert len(world.items("/channels")) == 51


def test_a_channel_of_the_environment_takes_filter_template_and_priority_and_nothing_else(world: World) -> None:
    world.patch("env", template="{{ price }}", priority="high", filter={"include": ["drill"]})
    world.publish("opp-1")
    world.wait_for("opp-1", env="sent")
    assert world.channel("env")["settings"]["priority"] == "high"
    for name, value in {"name": "x", "address": "fake://x", "enabled": False, "sound": "bike"}.items():
        answer = world.client.patch("/channels/env", json={name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)
    assert world.client.delete("/channels/env").status_code == 422


def test_a_change_that_is_wrong_changes_nothing(world: World) -> None:
    key = world.add("Phone", template="{{ price }}")
    world.add("Mail")
    for change in ({"name": "mail"}, {"address": "zzz://x"}, {"template": "{{"}, {"enabled": None}, {"nothing": 1}):
        assert world.client.patch(f"/channels/{key}", json=change).status_code == 422
    assert world.channel("Phone")["settings"]["template"] == "{{ price }}"
    assert world.patch(key, template=None)["settings"]["template"] is None


def test_of_two_who_change_a_channel_that_they_have_read_the_second_is_told(world: World) -> None:
    path = f"/channels/{world.add('Phone')}"
    read = {"If-Match": world.client.get(path).headers["etag"]}
    first = world.client.patch(path, json={"name": "Tablet"}, headers=read)
    assert (first.status_code, first.headers["etag"]) == (200, first.json()["etag"])
    second = world.client.patch(path, json={"name": "Watch"}, headers=read)
    assert (second.status_code, second.json()["detail"]) == (412, "the channel Tablet was changed since it was read")
    assert world.client.get(path).json()["label"] == "Tablet"
    assert world.client.patch(path, json={"name": "Watch"}).json()["label"] == "Watch"  # whoever does not ask has the last word


def test_one_channel_is_tested_alone_also_where_it_is_switched_off(world: World) -> None:
    key = world.add("Phone", enabled=False)
    assert world.post(f"/channels/{key}/test") == {"target": "Phone", "sent": True, "outcome": "sent", "error": ""}
    assert world.post("/test")["results"][0]["target"] == "env"
    assert len(world.maker.pushes) == 1


def test_a_webhook_gets_a_secret_that_is_shown_once(world: World) -> None:
    made = world.post("/channels", {"name": "Hook", "address": "webhook+https://h.example/hook"})
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in world.client.get("/channels").text
    assert world.patch(made["id"], name="Hook 2")["secret"] is None
    assert world.patch(made["id"], secret=None)["secret"] != made["secret"]


def test_a_receiver_that_is_gone_is_switched_off_and_another_is_told(world: World) -> None:
    world.maker.answers["fake://hook-secret"] = Sent("Hook", Outcome.NOT_SENT, "410 from host: it wants no more")
    key = world.add("Hook", only_named=True)
    world.add("Phone", only_named=True)
    world.publish("opp-1", ("Hook",))
    world.wait(lambda: not world.channel("Hook")["settings"]["enabled"])
    assert world.channel("Hook")["stopped"] == "410 from host: it wants no more"
    del world.maker.answers["fake://hook-secret"]
    assert world.patch(key, enabled=True)["stopped"] == ""
    world.wait_for("opp-1", Hook="sent")


def test_that_a_receiver_is_gone_is_told_once_when_two_sends_learn_it(tmp_path: Path) -> None:
    phone = FakeTarget("env")
    maker = FakeMaker(answers={"fake://hook-secret": Sent("Hook", Outcome.NOT_SENT, "410 from host: it wants no more")}, learn=2)
    with running(tmp_path, phone, maker=maker) as world:
        key = world.add("Hook", only_named=True)
        world.publish("opp-1", ("Hook",))
        world.wait(lambda: not world.channel("Hook")["settings"]["enabled"])
        world.publish("opp-2", ("env",))
        world.wait_for("opp-2", env="sent")
        world.wait(lambda: len(phone.pushes) >= 2)
        assert [push.title for push in phone.pushes].count("Hook was switched off") == 1
        maker.answers.clear()
        assert world.patch(key, enabled=True)["stopped"] == ""
        world.wait_for("opp-1", Hook="sent")


def test_a_template_is_tried_with_a_sample_or_a_deal_and_its_errors_have_lines(world: World) -> None:
    world.publish("opp-1")
    good = world.post("/channels/preview", {"template": "{{ price }}\n{{ why }}", "opportunity": "opp-1"})
    assert (good["title"], good["errors"]) == ("$59.99", [])
    wrong = world.post("/channels/preview", {"template": "a\n{{ prise }}"})
    assert wrong["errors"][0]["line"] == 2
    assert wrong["title"] == "Acme Drill Driver Kit"
    assert world.post("/channels/preview", {})["body"].startswith("$99, worth about $149 ($120 to $180)\n")
    assert set(wrong["variables"]) >= {"price", "standing"}
    assert world.client.post("/channels/preview", json={"opportunity": "none"}).status_code == 422


def test_what_is_exported_can_be_imported_and_keeps_secrets(world: World) -> None:
    world.add("Phone", filter={"include": ["oled"]}, template="{{ price }}\nline")
    world.patch("env", priority="high")
    text = world.client.get("/channels/export").text
    assert "fake://****" in text
    assert "phone-secret" not in text
    done = world.post("/channels/import", {"yaml": text.replace("oled", "drill")})
    assert (done["added"], done["changed"]) == (0, 2)
    world.publish("opp-1")
    world.wait_for("opp-1", env="sent", Phone="sent")
    assert world.maker.titles("fake://phone-secret") == ["$59.99"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("channels: [", "yaml"),
        ("channels: {}", "yaml.channels"),
        ("channels:\n- {name: New, address: 'fake://****'}", "yaml.channels.0.address"),
        ("channels:\n- {name: New, address: 'fake://x'}\n- {name: new, address: 'fake://y'}", "yaml.channels.1.name"),
        ("channels:\n- {name: New, address: 'fake://x'}\n- {name: Other, address: 'zzz://y'}", "yaml.channels.1.address"),
        (
            "channels:\n- {name: New, address: 'fake://x', template: '{{'}\n- {name: O, address: 'fake://y'}",
            "yaml.channels.0.template",
        ),
        ("channels:\n- {name: New, address: 'fake://x', loud: true}", "yaml.channels.0.loud"),
        ("channels:\n- {name: New, origin: environment}", "yaml.channels.0.name"),
        ("a: &a [x]\nchannels: [*a, *a]", "yaml"),
        ("!!python/object/apply:os.system ['true']", "yaml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_wholly(world: World, text: str, field: str) -> None:
    answer = world.client.post("/channels/import", json={"yaml": text})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert [each["label"] for each in world.items("/channels")] == ["env"]


def test_what_is_shown_of_an_address_is_none(world: World) -> None:
    key = world.add("Phone")
    answer = world.client.patch(f"/channels/{key}", json={"address": world.channel("Phone")["address"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "address")


def test_a_template_that_fails_is_told_beside_its_channel_until_it_works(world: World) -> None:
    key = world.add("Phone", template="{{ title }}{% if shipping %}{{ unit_price.price }}{% endif %}")
    world.publish("opp-1", shipping=5.0)
    world.wait_for("opp-1", env="sent", Phone="sent")
    assert "Your template failed here: line 1" in world.maker.pushes[0][1].body
    world.wait(lambda: world.channel("Phone")["template_problem"])
    assert world.patch(key, template="{{ title }}")["template_problem"] == ""


def test_the_services_that_addresses_may_lead_to_are_listed(world: World) -> None:
    assert world.items("/channels/services") == [{"name": "Fake", "schemes": ["fake"], "forms": ["fake://{token}"]}]
