"""Channels, as a person sets them up: filters, templates, tests, webhooks, files, and no secret anywhere."""

import base64
import hashlib
import hmac

import pytest

from tests.integration.alerts.phone import Phone
from tests.integration.alerts.world import FEED, World, offer, wait
from tests.unit.scanner.fakes import rss

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
DRILL, MUG = "Makita XDT131 drill for $80", "Yeti Rambler mug for $15"


def test_a_push_says_all_in_four_lines_and_leads_to_the_shop(world: World) -> None:
    world.see(offer(DRILL, 1))
    lines = world.phone.texts[0].split("\n")
    assert "Makita XDT131 drill" in lines[0]
    assert lines[1].startswith("$80, worth about $200")
    assert lines[2].startswith("Saves about $120 (60 %), 95 % sure")
    assert lines[3].startswith("Best Buy, new")
    assert "https://shop1.example/1" in lines[-1]


def test_each_channel_takes_what_its_filter_lets_through(world: World, second: Phone) -> None:
    world.judge.worth = {"Yeti": 100.0}
    world.post("/channels", name="Mugs", address=second.address, filter={"include": ["mug"]})
    world.see(offer(DRILL, 1), offer(MUG, 2))
    assert (len(world.phone.titles), len(second.titles)) == (2, 1)
    assert "Yeti" in second.titles[0]


def test_a_template_is_previewed_and_then_used(world: World, second: Phone) -> None:
    template = "{{ title }} at {{ price }}\n{{ percent }} % off by {{ retailer }}"
    shown = world.post("/channels/preview", template=template)
    assert shown["errors"] == []
    assert " at $" in shown["title"]
    world.post("/channels", name="Mine", address=second.address, template=template)
    world.see(offer(DRILL, 1))
    assert second.titles[0].endswith("at $80")
    assert "60 % off by Best Buy" in second.texts[0]


def test_a_wrong_template_is_refused_with_its_line_and_changes_nothing(world: World, second: Phone) -> None:
    before = world.get("/channels")
    for template in ("{{ title", "ok\n{{ secret_thing }}", "{% import 'os' %}", "{{ title.__class__ }}", "x" * 5000, "{{ 1/0 }}"):
        answer = world.refused("/channels", name="Mine", address=second.address, template=template)
        assert "template" in answer, template
        assert world.post("/channels/preview", template=template)["errors"], template
    assert world.get("/channels") == before


def test_a_test_says_exactly_what_went_wrong(world: World, second: Phone) -> None:
    made = world.post("/channels", name="Mine", address=second.address)
    assert world.post(f"/channels/{made['id']}/test")["sent"]
    assert len(second.titles) == 1
    second.status = 401
    said = world.post(f"/channels/{made['id']}/test")
    assert not said["sent"]
    assert "401" in said["error"]
    second.close()
    assert "refused" in world.post(f"/channels/{made['id']}/test")["error"].lower()


def test_wrong_channels_are_refused_with_their_field(world: World, second: Phone) -> None:
    before = world.get("/channels")
    assert "address" in world.refused("/channels", name="Mine", address="nonsense://x")
    assert "name" in world.refused("/channels", name="", address=second.address)
    assert "least_chance" in world.refused("/channels", name="Mine", address=second.address, filter={"least_chance": 3})
    assert "priority" in world.refused("/channels", name="Mine", address=second.address, priority="loud")
    assert "yaml" in world.refused("/channels/import", yaml="channels: [").lower()
    assert world.get("/channels") == before


def test_no_secret_stands_in_an_answer_a_file_or_the_log(world: World, second: Phone, capfd: pytest.CaptureFixture[str]) -> None:
    made = world.post("/channels", name="Mine", address=second.address)
    second.status = 500
    world.post(f"/channels/{made['id']}/test")
    texts = [world.notifier.get(path).text for path in ("/channels", "/channels/export", "/notifications", "/held", "/metrics")]
    texts += [world.refused("/channels", name="Mine", address=second.address), world.post("/test")["detail"]]
    printed = capfd.readouterr()
    assert "token-of-mine" not in "".join([*texts, printed.out, printed.err])


def test_a_file_of_channels_goes_out_and_comes_in_again(world: World, second: Phone) -> None:
    made = world.post("/channels", name="Mine", address=second.address, filter={"include": ["mug"]})
    file = world.notifier.get("/channels/export").text
    world.patch(f"/channels/{made['id']}", filter={})
    world.post("/channels/import", yaml=file)
    again = world.get(f"/channels/{made['id']}")
    assert again["settings"]["filter"]["include"] == ["mug"]
    assert world.post(f"/channels/{made['id']}/test")["sent"]


def test_a_webhook_is_signed_as_the_standard_says(world: World, second: Phone) -> None:
    made = world.post("/channels", name="Mine", address=second.webhook)
    world.see(offer(DRILL, 1))
    wait(lambda: second.received)
    head, body = second.heads[0], second.bodies[0]
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{right}" in head["webhook-signature"].split()
    assert second.received[0]["type"] == "opportunity.found"
    assert second.received[0]["data"]["deal"]["price"] == 80.0


def test_a_loud_rule_is_louder_on_the_phone_and_a_channel_may_soften_it(world: World, second: Phone) -> None:
    world.rules({"name": "Mine", "when": {}, "priority": "high"})
    made = world.post("/channels", name="Soft", address=second.webhook, priority={"high": "low"})
    world.see(offer(DRILL, 1))
    wait(lambda: second.received)
    assert second.received[0]["data"]["priority"] == "low"
    assert made["settings"]["priority"]["high"] == "low"


def test_a_webhook_that_is_gone_is_switched_off_and_another_channel_tells(world: World, second: Phone) -> None:
    made = world.post("/channels", name="Mine", address=second.webhook)
    second.status = 410
    world.source.bodies[FEED] = rss(offer(DRILL, 1)(world.now))
    world.post("/scan")  # what waits for the channel stays
    wait(lambda: "410" in world.get(f"/channels/{made['id']}")["stopped"])
    world.pass_by(minutes=10)
    wait(lambda: any("Mine" in text for text in world.phone.texts))
