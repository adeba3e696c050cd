"""The notifier as a whole over fakes: lists with cursors, resend, test, dead letters, and problems instead of stack traces."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from notifier.app import Fakes, create_app
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent, State
from notifier.settings import Settings
from notifier.stream_data import DeadLetter
from tests.unit.notifier.samples import FakeStream, FakeTarget, opportunity, sqlite
from tests.waiting import until


class World:
    """The whole service over fakes of the outer world, with a database of its own."""

    def __init__(self, folder: Path, *targets: FakeTarget, **values: Any) -> None:
        self.stream, settings = FakeStream(), Settings(retry_base=0, database_url=sqlite(folder), **values)
        self.client = TestClient(create_app(Fakes(stream=self.stream, targets=targets), settings))

    def is_ready(self) -> bool:
        return self.client.get("/readyz").status_code == 200

    def wait(self, condition: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def items(self, path: str = "/notifications") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(path).json()["items"]
        return found

    def publish(self, *identifiers: str) -> None:
        before = len(self.stream.acknowledged)
        for number, each in enumerate(identifiers or ("opp-1",), before + 1):
            self.stream.publish(opportunity(each), f"{number}-0")
        self.wait(lambda: len(self.stream.acknowledged) - before == len(identifiers or ("opp-1",)))

    def wait_for_state(self, state: State) -> None:
        self.wait(lambda: [each["state"] for each in self.items() if each["id"] == "opp-1"] == [state])


@contextmanager
def running(folder: Path, *targets: FakeTarget) -> Iterator[World]:
    made = World(folder, *targets)
    with made.client:
        made.wait(made.is_ready)
        yield made


@pytest.fixture
def phone() -> FakeTarget:
    """The one address."""
    return FakeTarget()


@pytest.fixture
def world(phone: FakeTarget, tmp_path: Path) -> Iterator[World]:
    with running(tmp_path, phone) as made:
        yield made


def test_a_stop_hears_the_open_push_out_and_records_it(tmp_path: Path) -> None:
    class Slow(FakeTarget):
        async def send(self, push: Push) -> Sent:
            answer = await super().send(push)
            await asyncio.sleep(0.5)  # longer than its deadline, as a second look after that may be
            return answer

    phone = Slow()
    world = World(tmp_path, phone, send_deadline=0.01)
    with world.client:
        world.wait(world.is_ready)
        world.publish()
        world.wait(lambda: phone.pushes)
    with running(tmp_path, phone) as again:
        again.wait_for_state(State.SENT)
        assert len(phone.pushes) == 1


def letter_of(identifier: str = "5-0", raw: bytes | None = None) -> DeadLetter:
    payload = opportunity().model_dump_json().encode() if raw is None else raw
    return DeadLetter(identifier, "exhausted", "1-0", {b"opportunity": payload})


def test_notifications_come_newest_first_page_by_page(world: World) -> None:
    for number in range(5):
        world.publish(f"opp-{number}")
    first = world.client.get("/notifications?limit=3").json()
    assert [item["id"] for item in first["items"]] == ["opp-4", "opp-3", "opp-2"]
    second = world.client.get(f"/notifications?limit=3&cursor={first['next']}").json()
    assert [item["id"] for item in second["items"]] == ["opp-1", "opp-0"]
    assert second["next"] is None


def test_a_notification_shows_its_opportunity_and_how_it_stands_with_each_channel(world: World, phone: FakeTarget) -> None:
    phone.gate = asyncio.Event()
    world.publish()
    world.wait(lambda: phone.pushes)
    (item,) = world.items("/notifications?state=pending")
    assert (item["state"], item["attempts"], item["sent"]) == ("pending", 0, None)
    assert item["opportunity"]["deal"]["price"] == 59.99
    (delivery,) = item["deliveries"]
    assert (delivery["target"], delivery["stage"], delivery["attempts"]) == ("phone", "sending", 1)
    assert world.items("/notifications?state=sent") == []
    world.client.portal.call(phone.gate.set)  # type: ignore[union-attr]
    world.wait_for_state(State.SENT)
    (item,) = world.items("/notifications?state=sent")
    assert item["attempts"] == 1
    assert item["sent"]


def test_notifications_are_listed_by_the_channel_to_which_they_went(tmp_path: Path) -> None:
    with running(tmp_path, FakeTarget("phone")) as world:
        world.publish("opp-1")
        world.wait_for_state(State.SENT)
    with running(tmp_path, FakeTarget("mail")) as world:
        for number in (2, 3):
            world.stream.publish(opportunity(f"opp-{number}"), f"{number}-0")
        world.wait(lambda: len(world.items("/notifications?channel=mail&state=sent")) == 2)
        assert [each["id"] for each in world.items("/notifications?channel=phone")] == ["opp-1"]
        first = world.client.get("/notifications?channel=mail&limit=1").json()
        assert [each["id"] for each in first["items"]] == ["opp-3"]
        (last,) = world.items(f"/notifications?channel=mail&limit=1&cursor={first['next']}")
        assert last["id"] == "opp-2"
        assert world.items("/notifications?channel=nobody") == []


def test_a_channel_shows_what_is_wrong_with_it_and_what_waits(world: World, phone: FakeTarget) -> None:
    phone.answers = [Sent("phone", Outcome.NOT_SENT, "HTTP 429", wait=600.0)]
    world.publish("opp-1", "opp-2")
    world.wait(lambda: [each["problem"] for each in world.items("/channels")] == ["HTTP 429"])
    (channel,) = world.items("/channels")
    assert (channel["label"], channel["waiting"]) == ("phone", 2)
    assert channel["failing_since"]
    assert (channel["unknown"], channel["expired"], channel["failed"]) == (0, 0, 0)


def test_a_channel_shows_how_many_alerts_came_to_a_bad_end_there(world: World, phone: FakeTarget) -> None:
    phone.on_unknown, phone.answers = OnUnknown.ASK, [Sent("phone", Outcome.UNKNOWN, "no answer")]
    world.publish()
    world.wait_for_state(State.UNKNOWN)
    (channel,) = world.items("/channels")
    assert (channel["unknown"], channel["expired"], channel["failed"], channel["waiting"]) == (1, 0, 0, 0)


def test_an_address_that_was_taken_out_is_no_channel_any_more(tmp_path: Path) -> None:
    with running(tmp_path, FakeTarget("phone"), FakeTarget("mail")) as world:
        world.publish()
        world.wait(lambda: len(world.items("/channels")) == 2)
    with running(tmp_path, FakeTarget("mail")) as world:
        world.wait(lambda: [each["label"] for each in world.items("/channels")] == ["mail"])


def test_a_channel_that_fails_is_told_on_another(tmp_path: Path) -> None:
    phone, mail = FakeTarget("phone", answers=[Sent("phone", Outcome.NOT_SENT, "HTTP 401", wait=600.0)]), FakeTarget("mail")
    settings = Settings(tell_after=0.01, database_url=sqlite(tmp_path))
    stream = FakeStream()
    with TestClient(create_app(Fakes(stream=stream, targets=[phone, mail]), settings)):
        stream.publish(opportunity())
        deadline = time.monotonic() + 30
        while len(mail.pushes) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert mail.pushes[1].title == "Alerts to phone need a look"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/notifications?cursor=abc", "cursor"),
        ("/notifications?cursor=²", "cursor"),
        ("/notifications?cursor=" + "9" * 40, "cursor"),
        ("/notifications?limit=0", "limit"),
        ("/notifications?limit=x", "limit"),
        ("/notifications?state=lost", "state"),
        ("/notifications?channel=", "channel"),
        ("/dead?cursor=abc", "cursor"),
        ("/dead?limit=100000", "limit"),
    ],
)
def test_a_bad_parameter_is_named(world: World, path: str, field: str) -> None:
    answer = world.client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


def test_resend_spares_a_channel_that_has_it_and_sends_to_it_where_it_is_named(world: World, phone: FakeTarget) -> None:
    world.publish()
    world.wait_for_state(State.SENT)
    answer = world.client.post("/notifications/opp-1/resend")
    assert (answer.status_code, answer.json()["state"]) == (202, "sent")
    answer = world.client.post("/notifications/opp-1/resend?channel=phone")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    world.wait_for_state(State.SENT)
    assert len(set(phone.ids)) == 2


def test_resending_to_a_channel_that_is_not_there_is_422(world: World) -> None:
    world.publish()
    assert world.client.post("/notifications/opp-1/resend?channel=fax").status_code == 422


def test_one_notification_is_read_by_its_id(world: World) -> None:
    world.publish("opp-1")
    world.wait(
        lambda: world.client.get("/notifications/opp-1").json()["state"] == "sent"
    )  # between two answers it would be on its way
    listed = world.client.get("/notifications").json()["items"]
    assert world.client.get("/notifications/opp-1").json() == next(each for each in listed if each["id"] == "opp-1")
    assert world.client.get("/notifications/none").status_code == 404


def test_resending_an_unknown_one_is_404(world: World) -> None:
    assert world.client.post("/notifications/none/resend").status_code == 404


def test_the_test_push_says_what_went_wrong_at_each_address(world: World, phone: FakeTarget) -> None:
    phone.answers = [Sent("Telegram (1)", Outcome.NOT_SENT, "HTTP 403 Forbidden")]
    answer = world.client.post("/test").json()
    assert answer["results"] == [{"target": "Telegram (1)", "sent": False, "outcome": "not-sent", "error": "HTTP 403 Forbidden"}]
    detail = "the test push went out to 0 of 1 addresses; Telegram (1): HTTP 403 Forbidden"
    assert (answer["sent"], answer["detail"]) == (False, detail)


def test_the_test_push_says_when_there_is_no_address(tmp_path: Path) -> None:
    with running(tmp_path) as world:
        answer = world.client.post("/test").json()
    assert (answer["sent"], answer["results"]) == (False, [])
    assert "NOTIFY_URLS" in answer["detail"]


def test_dead_letters_show_the_opportunity_or_the_raw_field(world: World) -> None:
    world.stream.letters = [letter_of("5-0"), letter_of("6-0", b"\xffnot json" + b"x" * 5000)]
    broken, whole = world.client.get("/dead").json()["items"]
    assert whole["opportunity"]["id"] == "opp-1"
    assert broken["opportunity"] is None
    assert broken["fields"]["opportunity"].startswith("\\xffnot json")
    assert len(broken["fields"]["opportunity"]) < 2100


def test_dead_letters_come_page_by_page(world: World) -> None:
    world.stream.letters = [letter_of(f"{number}-0") for number in range(1, 4)]
    page = world.client.get("/dead?limit=2").json()
    assert [item["id"] for item in page["items"]] == ["3-0", "2-0"]
    assert [item["id"] for item in world.client.get(f"/dead?cursor={page['next']}").json()["items"]] == ["1-0"]


def test_replaying_a_letter_whose_opportunity_is_known_opens_it_where_it_is_lacking(world: World, phone: FakeTarget) -> None:
    phone.answers = [Sent("phone", Outcome.REFUSED, "HTTP 400")] * 5
    world.publish()
    world.wait_for_state(State.FAILED)
    world.stream.letters = [letter_of()]
    answer = world.client.post("/dead/5-0/replay")
    assert (answer.status_code, answer.json()) == (202, {"entry": "9-0"})
    world.wait_for_state(State.SENT)
    world.wait(lambda: "9-0" in world.stream.acknowledged)
    assert len(phone.pushes) == 6


def test_replaying_a_letter_that_is_malformed_buries_it_again(world: World) -> None:
    world.stream.letters = [letter_of(raw=b"{")]
    assert world.client.post("/dead/5-0/replay").status_code == 202
    world.wait(lambda: world.stream.buried == ["9-0"])


def test_replaying_an_unknown_letter_is_404(world: World) -> None:
    assert world.client.post("/dead/7-0/replay").status_code == 404


def test_without_redis_the_dead_letters_are_503(world: World) -> None:
    world.stream.is_down = True
    answer = world.client.get("/dead")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_without_the_stream_it_is_ready_and_says_what_is_away(world: World) -> None:
    def answer() -> dict[str, str]:
        found: dict[str, str] = world.client.get("/readyz").json()
        return found

    ready = {"status": "ready", "service": "notifier"}
    world.wait(lambda: answer() == ready)
    assert "notifier_stream_up 1.0" in world.client.get("/metrics").text
    world.stream.is_down = True
    world.wait(lambda: answer() == ready | {"stream": "Redis: connection refused"})
    assert "notifier_stream_up 0.0" in world.client.get("/metrics").text
    assert "service_ready 1.0" in world.client.get("/metrics").text
    assert world.client.get("/notifications").status_code == 200


def test_a_database_that_cannot_be_used_is_named_and_waited_for() -> None:
    fakes, settings = Fakes(stream=FakeStream(), targets=[]), Settings(database_url="sqlite:////dev/null/away.sqlite3")
    with TestClient(create_app(fakes, settings)) as client:
        until(lambda: "the database cannot be used" in client.get("/readyz").json()["detail"])
        for path in ("/readyz", "/notifications", "/dead"):
            assert client.get(path).status_code == 503
        assert client.get("/healthz").status_code == 200
