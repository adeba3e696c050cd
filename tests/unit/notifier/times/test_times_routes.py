"""The doors of times over the whole service: what they answer, and what they refuse with the field and the reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.deals import Notice
from notifier.app import Fakes, create_app
from notifier.settings import Settings
from notifier.stream_data import StreamEntry
from tests.unit.notifier.samples import FakeStream, FakeTarget, opportunity, sqlite
from tests.unit.notifier.test_routes import World
from tests.unit.notifier.times.diary import at

NIGHT = at("2026-06-01T23:00")


class Dated(World):
    """The whole service at a moment that stands still until it is moved."""

    def __init__(self, folder: Path, *targets: FakeTarget, **values: Any) -> None:
        self.now, self.stream = NIGHT, FakeStream()
        settings = Settings(retry_base=0, database_url=sqlite(folder), time_zone="Europe/Berlin", **values)
        fakes = Fakes(stream=self.stream, targets=targets, now=lambda: self.now)
        self.client = TestClient(create_app(fakes, settings))

    def publish(self, *identifiers: str) -> None:
        created = datetime.fromisoformat("2026-06-01T20:59:00+00:00")
        before = len(self.stream.acknowledged)
        for number, each in enumerate(identifiers, before + 1):
            self.stream.publish(opportunity(each, created), f"{number}-0")
        self.wait(lambda: len(self.stream.acknowledged) - before == len(identifiers))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def refusal(self, method: str, path: str, body: Any) -> tuple[str, str]:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == 422, answer.text
        (first, *_) = answer.json()["errors"]
        return first["field"], first["message"]


@contextmanager
def running(folder: Path, *targets: FakeTarget, **values: Any) -> Iterator[Dated]:
    made = Dated(folder, *targets, **values)
    with made.client:
        made.wait(made.is_ready)
        yield made


@pytest.fixture
def phone() -> FakeTarget:
    """The one address."""
    return FakeTarget()


def test_the_environments_times_hold_until_they_are_edited(tmp_path: Path, phone: FakeTarget) -> None:
    with running(tmp_path, phone, quiet="22:00-07:00", weekly="sun 18:00") as world:
        found = world.ask("GET", "/times")
        assert found.pop("etag").startswith('"')
        assert found == {
            "time_zone": "Europe/Berlin",
            "quiet": ["22:00-07:00"],
            "hourly": None,
            "daily": 20,
            "digest_at": "19:00",
            "urgent_breaks_quiet": True,
            "weekly": {"day": "sun", "time": "18:00"},
            "edited": None,
            "is_quiet": True,
            "quiet_until": "2026-06-02T05:00:00Z",
            "next_digest": "2026-06-02T05:00:00Z",
        }
        changed = world.ask("PUT", "/times", {"quiet": [], "daily": None, "digest_at": "8:30", "weekly": None})
        assert (changed["is_quiet"], changed["next_digest"], changed["weekly"]) == (False, "2026-06-02T06:30:00Z", None)
        assert (changed["time_zone"], changed["edited"]) == ("Europe/Berlin", "2026-06-01T21:00:00Z")
    with running(tmp_path, phone, quiet="20:00-07:00") as world:
        assert world.ask("GET", "/times") == changed


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone", "is no time zone"),
        ({"quiet": ["25:00-07:00"]}, "quiet", "'25:00' is no time"),
        ({"quiet": ["22:00-07:00", "06:00-08:00"]}, "quiet", "two ranges overlap on tue at 06:00"),
        ({"quiet": ["00:00-24:00"]}, "quiet", "the quiet never ends"),
        ({"hourly": -1}, "hourly", "greater than or equal to 0"),
        ({"daily": "many"}, "daily", "integer"),
        ({"digest_at": "24:00"}, "digest_at", "the next day's 00:00"),
        ({"weekly": {"day": "noday", "time": "18:00"}}, "weekly.day", "is no weekday"),
        ({"weekly": {"day": "sun", "time": "7"}}, "weekly.time", "is no time"),
        ({"time_zone": None}, "time_zone", "string"),
        ({"quite": []}, "quite", "Extra inputs"),
    ],
)
def test_times_that_cannot_be_meant_are_refused_and_change_nothing(
    tmp_path: Path, body: dict[str, Any], field: str, reason: str
) -> None:
    with running(tmp_path) as world:
        before = world.ask("GET", "/times")
        found = world.refusal("PUT", "/times", {"daily": 3} | body)
        assert found[0] == field
        assert reason in found[1]
        assert world.ask("GET", "/times") == before


def test_what_is_held_is_shown_and_sent_on_request(tmp_path: Path, phone: FakeTarget) -> None:
    with running(tmp_path, phone, quiet="22:00-07:00") as world:
        world.publish("a", "b")
        world.wait(lambda: world.items("/held"))
        world.wait(lambda: world.items("/held")[0]["count"] == 2)
        (held,) = world.items("/held")
        assert (held["channel"], held["next"]) == ("phone", "2026-06-02T05:00:00Z")
        assert [(each["id"], each["why"], each["until"]) for each in held["items"]] == [
            ("a", "quiet", "2026-06-02T05:00:00Z"),
            ("b", "quiet", "2026-06-02T05:00:00Z"),
        ]
        assert [(each["waiting"], each["held"]) for each in world.items("/channels")] == [(0, 2)]
        assert phone.pushes == []
        assert world.client.post("/held/send?channel=fax").status_code == 422
        assert world.ask("POST", "/held/send") == {"sent": 2}
        world.wait(lambda: phone.pushes and world.items()[0]["state"] == "sent")
        digest, *members = world.items()
        assert (digest["kind"], digest["title"], digest["opportunity"]) == ("digest", "2 alerts together", None)
        assert sorted(digest["telling"]["members"]) == ["a", "b"]
        assert {each["deliveries"][0]["digest"] for each in members} == {digest["id"]}
        assert {each["state"] for each in members} == {"sent"}
        assert world.items("/held") == []


def test_a_snooze_is_made_listed_and_lifted(tmp_path: Path, phone: FakeTarget) -> None:
    with running(tmp_path, phone) as world:
        made = world.ask("POST", "/snoozes", {"subject": "feed", "id": 3, "hours": 2})
        assert made | {"id": 0} == {
            "id": 0,
            "subject": "feed",
            "target": "3",
            "until": "2026-06-01T23:00:00Z",
            "created": "2026-06-01T21:00:00Z",
        }
        until = world.ask("POST", "/snoozes", {"subject": "all", "until": "2026-06-02T00:00:00+02:00"})["until"]
        assert until == "2026-06-01T22:00:00Z"
        assert [each["subject"] for each in world.items("/snoozes")] == ["all", "feed"]
        world.publish("a")
        world.wait(lambda: world.items("/held"))
        for each in world.items("/snoozes"):
            world.ask("DELETE", f"/snoozes/{each['id']}")
        world.wait(lambda: len(phone.pushes) == 1)
        assert world.items("/snoozes") == []
        assert world.client.delete("/snoozes/1").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": "all"}, "body"),
        ({"subject": "all", "hours": 1, "minutes": 5}, "body"),
        ({"subject": "all", "id": 3, "hours": 1}, "id"),
        ({"subject": "rule", "hours": 1}, "id"),
        ({"subject": "rule", "id": "x" * 300, "hours": 1}, "id"),
        ({"subject": "rule", "id": "a\u0000b", "hours": 1}, "id"),
        ({"subject": "moon", "hours": 1}, "subject"),
        ({"subject": "all", "hours": 0}, "hours"),
        ({"subject": "all", "days": 1e300}, "minutes"),
        ({"subject": "all", "until": "2026-06-01T22:59:00+02:00"}, "until"),
        ({"subject": "all", "until": "2036-06-01T22:59:00+02:00"}, "until"),
        ({"subject": "all", "hours": 1, "what": 1}, "what"),
    ],
)
def test_a_snooze_that_cannot_be_meant_is_refused(tmp_path: Path, body: dict[str, Any], field: str) -> None:
    with running(tmp_path) as world:
        assert world.refusal("POST", "/snoozes", body)[0] == field
        assert world.items("/snoozes") == []


def test_a_notice_in_the_stream_is_told_listed_and_reported_as_stored(tmp_path: Path, phone: FakeTarget) -> None:
    created = datetime.fromisoformat("2026-06-01T20:59:00+00:00")
    notice = Notice(id="feed-3-fails", kind="feed", title="Deals fails", text="since yesterday: HTTP 500", created=created)
    with running(tmp_path, phone) as world:
        for number in (1, 2):
            world.stream.waiting.append(StreamEntry(f"{number}-0", {b"notice": notice.model_dump_json().encode()}))
        world.stream.waiting.append(StreamEntry("3-0", {b"notice": b"{}"}))
        world.wait(lambda: world.stream.buried == ["3-0"])
        world.wait(lambda: [each["state"] for each in world.items()] == ["sent"])
        (found,) = world.items()
        assert (found["kind"], found["title"], found["opportunity"], found["telling"]["text"]) == (
            "notice",
            "Deals fails",
            None,
            "since yesterday: HTTP 500",
        )
        assert [(each.title, each.body) for each in phone.pushes] == [("Deals fails", "since yesterday: HTTP 500")]
        assert world.stream.stored == ["feed-3-fails"] * 2
        assert world.client.post("/notifications/feed-3-fails/resend?channel=phone").status_code == 202
        world.wait(lambda: len(phone.pushes) == 2)


def test_without_an_address_a_notice_is_logged(tmp_path: Path) -> None:
    notice = Notice(
        id="n", kind="feed", title="Deals fails", text="...", created=datetime.fromisoformat("2026-06-01T20:59:00+00:00")
    )
    with running(tmp_path) as world:
        world.stream.waiting.append(StreamEntry("1-0", {b"notice": notice.model_dump_json().encode()}))
        world.wait(lambda: [each["state"] for each in world.items()] == ["logged"])


def test_of_two_who_change_the_times_that_they_have_read_the_second_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as it:
        read = {"If-Match": it.client.get("/times").headers["etag"]}
        first = it.client.put("/times", json={"hourly": 5}, headers=read)
        assert (first.status_code, first.headers["etag"]) == (200, first.json()["etag"])
        second = it.client.put("/times", json={"hourly": 9}, headers=read)
        assert (second.status_code, second.json()["detail"]) == (412, "the plan of times was changed since it was read")
        assert it.ask("GET", "/times")["hourly"] == 5
        assert it.ask("PUT", "/times", {"hourly": 9})["hourly"] == 9  # whoever does not ask has the last word
