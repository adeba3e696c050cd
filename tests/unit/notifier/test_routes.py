"""The notifier's HTTP side over fakes: lists with cursors, resend, test, dead letters, and problems instead of stack traces."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from fastapi.testclient import TestClient

from common.errors import NotFoundError, UnavailableError
from notifier.app import Parts, create_app
from notifier.notification import RetryPolicy, Sent, State
from notifier.service import Notifier
from notifier.stream_entries import DeadLetter
from tests.unit.notifier.samples import FakeCounts, FakeStore, FakeTarget, opportunity


class FakeLetters:
    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.is_down = False

    async def page(self, before: str | None, limit: int) -> list[DeadLetter]:
        if self.is_down:
            raise UnavailableError("Redis cannot be reached")
        return [letter for letter in reversed(self.letters) if before is None or letter.id < before][:limit]

    async def get(self, identifier: str) -> DeadLetter:
        for letter in self.letters:
            if letter.id == identifier:
                return letter
        raise NotFoundError(f"there is no dead letter {identifier}")

    async def revive(self, letter: DeadLetter) -> str:
        self.letters.remove(letter)
        return "9-0"


class FakeWorker:
    def __init__(self) -> None:
        self.lacks: dict[str, str] = {}

    async def missing(self) -> Mapping[str, str]:
        return self.lacks


class World:
    def __init__(self) -> None:
        self.store, self.letters, self.worker, self.phone = FakeStore(), FakeLetters(), FakeWorker(), FakeTarget()
        self.notifier = Notifier(self.store, [self.phone], RetryPolicy(base=0), FakeCounts())
        self.client = TestClient(create_app(Parts(self.notifier, self.store, self.letters, self.worker)))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.client:
        yield made


def letter_of(identifier: str = "5-0", raw: bytes | None = None) -> DeadLetter:
    payload = opportunity().model_dump_json().encode() if raw is None else raw
    return DeadLetter(identifier, "exhausted", "1-0", {b"opportunity": payload})


def test_notifications_come_newest_first_page_by_page(world: World) -> None:
    for number in range(5):
        asyncio.run(world.store.claim(opportunity(f"opp-{number}")))
    first = world.client.get("/notifications?limit=3").json()
    assert [item["id"] for item in first["items"]] == ["opp-4", "opp-3", "opp-2"]
    second = world.client.get(f"/notifications?limit=3&cursor={first['next']}").json()
    assert [item["id"] for item in second["items"]] == ["opp-1", "opp-0"]
    assert second["next"] is None


def test_a_notification_shows_its_opportunity_and_state(world: World) -> None:
    asyncio.run(world.store.claim(opportunity()))
    (item,) = world.client.get("/notifications?state=pending").json()["items"]
    assert (item["state"], item["attempts"], item["sent"]) == ("pending", 0, None)
    assert item["opportunity"]["deal"]["price"] == 59.99
    assert world.client.get("/notifications?state=sent").json()["items"] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/notifications?cursor=abc", "cursor"),
        ("/notifications?cursor=²", "cursor"),
        ("/notifications?cursor=" + "9" * 40, "cursor"),
        ("/notifications?limit=0", "limit"),
        ("/notifications?limit=x", "limit"),
        ("/notifications?state=lost", "state"),
        ("/dead?cursor=abc", "cursor"),
        ("/dead?limit=100000", "limit"),
    ],
)
def test_a_bad_parameter_is_named(world: World, path: str, field: str) -> None:
    answer = world.client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


def test_resend_sends_again(world: World) -> None:
    world.client.portal.call(world.notifier.deliver, opportunity())  # type: ignore[union-attr]
    answer = world.client.post("/notifications/opp-1/resend")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert world.client.portal.call(world.notifier.deliver, opportunity()) is State.SENT  # type: ignore[union-attr]
    assert len(world.phone.pushes) == 2


def test_resending_an_unknown_one_is_404(world: World) -> None:
    assert world.client.post("/notifications/none/resend").status_code == 404


def test_the_test_push_reports_each_address(world: World) -> None:
    world.phone.answers = [Sent("Telegram (1)", is_sent=False, error="refused")]
    answer = world.client.post("/test").json()
    assert answer["results"] == [{"target": "Telegram (1)", "sent": False, "error": "refused"}]
    assert (answer["sent"], answer["detail"]) == (False, "the test push went out to 0 of 1 addresses")


def test_the_test_push_says_when_there_is_no_address(world: World) -> None:
    world.notifier.targets = []
    answer = world.client.post("/test").json()
    assert (answer["sent"], answer["results"]) == (False, [])
    assert "NOTIFY_URLS" in answer["detail"]


def test_dead_letters_show_the_opportunity_or_the_raw_field(world: World) -> None:
    world.letters.letters = [letter_of("5-0"), letter_of("6-0", b"\xffnot json" + b"x" * 5000)]
    broken, whole = world.client.get("/dead").json()["items"]
    assert whole["opportunity"]["id"] == "opp-1"
    assert broken["opportunity"] is None
    assert broken["fields"]["opportunity"].startswith("\\xffnot json")
    assert len(broken["fields"]["opportunity"]) < 2100


def test_dead_letters_come_page_by_page(world: World) -> None:
    world.letters.letters = [letter_of(f"{number}-0") for number in range(1, 4)]
    page = world.client.get("/dead?limit=2").json()
    assert [item["id"] for item in page["items"]] == ["3-0", "2-0"]
    assert [item["id"] for item in world.client.get(f"/dead?cursor={page['next']}").json()["items"]] == ["1-0"]


def test_replaying_starts_the_attempts_anew_and_keeps_what_was_delivered(world: World) -> None:
    world.letters.letters = [letter_of()]
    row = asyncio.run(world.store.claim(opportunity()))[0]
    failed = type(row)(row.seq, row.opportunity, State.FAILED, 5, "refused", frozenset({"mail"}), 1e9, 1e9)
    asyncio.run(world.store.record(failed, 0))
    answer = world.client.post("/dead/5-0/replay")
    assert (answer.status_code, answer.json()) == (202, {"entry": "9-0"})
    again = world.store.rows["opp-1"]
    assert (again.state, again.attempts, again.delivered) == (State.PENDING, 0, {"mail"})


def test_replaying_an_unknown_letter_is_404(world: World) -> None:
    assert world.client.post("/dead/7-0/replay").status_code == 404


def test_without_redis_the_dead_letters_are_503(world: World) -> None:
    world.letters.is_down = True
    answer = world.client.get("/dead")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_readiness_names_what_is_missing(world: World) -> None:
    assert world.client.get("/readyz").status_code == 200
    world.worker.lacks = {"stream": "Redis: connection refused"}
    answer = world.client.get("/readyz")
    assert answer.status_code == 503
    assert "stream: Redis: connection refused" in answer.json()["detail"]
