"""The watchlist over HTTP, with a real store and scans: what is understood, told, refused, and what stays when a part is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item, rss
from tests.unit.scanner.test_app import A, scan, settings
from tests.unit.scanner.watchlist.watches import FakeEmbedder
from tests.waiting import until_ready

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class World:
    """A running scanner whose feed, judge, meaning and clock a test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.moment = folder, START
        self.source, self.judge, self.stream = FakeSource({A: rss()}), FakeJudge(worth=100.0), FakeStream()
        self.embedder = FakeEmbedder()
        self._number = 0

    @contextmanager
    def running(self, **values: Any) -> Iterator[TestClient]:
        fakes = Fakes(self.source, self.judge, self.stream, now=lambda: self.moment, embedder=self.embedder)
        with TestClient(create_app(fakes, settings(self.folder, **values))) as client:
            until_ready(client)
            yield client

    def offer(self, *titles: str, **values: Any) -> None:
        """These are in the feed now, with what was."""
        for title in titles:
            self._number += 1
            given = {"number": self._number, "published": self.moment - timedelta(hours=1)} | values
            body = self.source.bodies[A]
            assert isinstance(body, bytes)
            self.source.bodies[A] = body.replace(b"</channel>", item(title, **given).encode() + b"</channel>")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def opportunities(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/opportunities", params={"all": True}).json()["items"]
    return found


TV = "65 inch OLED TV under 1200"
LUMEN = 'Lumen 65" OLED 4K Smart TV for $999'


def test_what_was_understood_is_answered_and_kept(world: World) -> None:
    with world.running() as client:
        answer = client.post("/watchlist", json={"text": TV})
        assert answer.status_code == 201
        made = answer.json()
        assert made["understood"]["summary"] == "TV, OLED, 65 inch, at most $1,200, new"
        assert (made["understood"]["inches"], made["understood"]["target_price"]) == (65.0, 1200.0)
        assert (made["priority"], made["enabled"], made["matches_now"], made["hint"]) == ("high", True, [], None)
    with world.running() as client:  # after a restart
        (listed,) = client.get("/watchlist").json()["items"]
        assert (listed["id"], listed["text"], listed["understood"]) == (made["id"], TV, made["understood"])
        assert client.get(f"/watchlist/{made['id']}").json()["created"] == made["created"]


def test_what_is_watched_already_stands_there_once_and_the_answer_says_so(world: World) -> None:
    with world.running() as client:
        made = client.post("/watchlist", json={"text": TV, "brand": "LG", "required": ["oled", "tv"], "channels": ["phone"]})
        assert (made.status_code, made.json()["new"]) == (201, True)
        spelt = {"text": f"  {TV.upper()} ", "brand": "lg", "required": ["TV", "OLED"]}
        for how in ({}, {"channels": ["phone"]}, {"enabled": True}, {"priority": "high"}):
            again = client.post("/watchlist", json=spelt | how)
            assert (again.status_code, again.json()) == (200, made.json() | {"new": False})
        assert [each["id"] for each in client.get("/watchlist").json()["items"]] == [made.json()["id"]]


@pytest.mark.parametrize("other", [{"target_price": 900}, {"channels": ["tablet"]}, {"priority": "low"}, {"enabled": False}])
def test_what_asks_for_something_else_is_watched_beside_it(world: World, other: dict[str, Any]) -> None:
    with world.running() as client:
        client.post("/watchlist", json={"text": TV, "channels": ["phone"]})
        assert client.post("/watchlist", json={"text": TV} | other).status_code == 201
        assert len(client.get("/watchlist").json()["items"]) == 2


def test_of_two_who_change_a_wish_that_they_have_read_the_second_is_told(world: World) -> None:
    with world.running() as client:
        path = f"/watchlist/{client.post('/watchlist', json={'text': TV}).json()['id']}"
        read = {"If-Match": client.get(path).headers["etag"]}
        first = client.put(path, json={"text": TV, "target_price": 900}, headers=read)
        assert (first.status_code, first.headers["etag"]) == (200, client.get(path).json()["etag"])
        for answer in (
            client.put(path, json={"text": TV, "target_price": 500}, headers=read),
            client.patch(path, json={"enabled": False}, headers=read),
            client.delete(path, headers=read),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (412, f'the wish "{TV}" was changed since it was read')
        assert client.get(path).json()["target_price"] == 900
        assert client.patch(path, json={"enabled": False}).status_code == 200  # whoever does not ask has the last word
        assert client.delete(path, headers={"If-Match": client.get(path).headers["etag"]}).status_code == 204


def test_a_match_is_pushed_whatever_the_rules_say(world: World) -> None:
    world.judge.worth = 1_000.0  # a saving of nothing to speak of
    with world.running() as client:
        made = client.post("/watchlist", json={"text": TV, "channels": ["phone"]}).json()
        world.offer(LUMEN, 'Lumen 55" OLED 4K Smart TV for $999')
        assert scan(client)["alerts"] == 1
        (found,) = [each for each in opportunities(client) if each["matches"]]
        assert found["matches"] == [{"kind": "watch", "id": made["id"], "name": TV}]
        assert (found["channels"], found["priority"], found["why_not"]) == (["phone"], "high", None)
        (match,) = client.get(f"/watchlist/{made['id']}/matches").json()["items"]
        assert (match["pushed"], match["opportunity"]["id"]) == (True, found["id"])
        assert client.get("/watchlist").json()["items"][0]["matched"] == 1


def test_what_costs_more_than_the_target_is_not_told(world: World) -> None:
    world.judge.worth = 1_300.0
    with world.running() as client:
        client.post("/watchlist", json={"text": TV})
        world.offer('Lumen 65" OLED 4K Smart TV for $1,250')
        scan(client)
        (found,) = opportunities(client)
        assert "watch" not in {each["kind"] for each in found["matches"]}


def test_a_watch_that_is_off_or_removed_tells_nothing(world: World) -> None:
    world.judge.worth = 1_000.0
    with world.running() as client:
        first = client.post("/watchlist", json={"text": TV}).json()["id"]
        second = client.post("/watchlist", json={"text": TV}).json()["id"]
        assert client.patch(f"/watchlist/{first}", json={"enabled": False}).json()["enabled"] is False
        assert client.delete(f"/watchlist/{second}").status_code == 204
        world.offer(LUMEN)
        assert scan(client)["alerts"] == 0
        assert client.get(f"/watchlist/{second}").status_code == 404
        assert client.get(f"/watchlist/{second}/matches").status_code == 404
        assert client.delete(f"/watchlist/{second}").status_code == 404


def test_while_meaning_is_away_words_decide_and_the_scan_goes_on(world: World) -> None:
    world.judge.worth, world.embedder.is_away = 1_000.0, True
    with world.running() as client:
        client.post("/watchlist", json={"text": TV})
        world.offer(LUMEN)
        assert scan(client)["state"] == "done"
        assert [bool(each["matches"]) for each in opportunities(client)] == [True]


def test_what_means_something_else_is_not_told(world: World) -> None:
    world.judge.worth, world.embedder.far = 1_000.0, {"Lumen": 0.1}
    with world.running() as client:
        client.post("/watchlist", json={"text": TV})
        world.offer(LUMEN)
        assert scan(client)["alerts"] == 0


def test_nobody_is_asked_for_meaning_without_a_watch_or_a_candidate(world: World) -> None:
    with world.running() as client:
        world.offer("Acme Drill D1 for $60")
        scan(client)
        client.post("/watchlist", json={"text": TV})
        world.offer("Acme Saw S1 for $60")
        scan(client)
        assert world.embedder.asked == []


def test_a_watchs_vector_is_kept_and_made_again_by_another_model(world: World) -> None:
    world.judge.worth = 1_000.0
    with world.running() as client:
        client.post("/watchlist", json={"text": TV})
        for number, model in enumerate(("fake@1", "fake@1", "fake@2")):
            world.embedder.model, world.moment = model, START + timedelta(days=20 * number)
            world.offer(f'Lumen 65" OLED 4K Smart TV B{number} for ${990 - 100 * number}')
            scan(client)
        own = [texts for texts in world.embedder.asked if texts == ["65 inch oled tv"]]
        assert len(own) == 2


def test_the_same_is_not_told_twice_and_a_much_lower_price_is(world: World) -> None:
    world.judge.worth = 1_000.0
    with world.running() as client:
        client.post("/watchlist", json={"text": TV})
        world.offer(LUMEN)
        assert scan(client)["alerts"] == 1
        world.moment += timedelta(days=1)
        world.offer('Lumen 65" OLED 4K Smart TV for $989', text="Elsewhere.")
        assert scan(client)["alerts"] == 0
        world.moment += timedelta(days=1)
        world.offer('Lumen 65" OLED 4K Smart TV for $899', text="At a third shop.")
        assert scan(client)["alerts"] == 1
        items = client.get("/watchlist/1/matches").json()["items"]
        assert [(each["opportunity"]["deal"]["price"], each["pushed"]) for each in items] == [
            (899, True),
            (989, False),
            (999, True),
        ]


@pytest.mark.parametrize(
    "title",
    ['Lumen 65" OLED 4K Smart TV from $999', 'Lumen 65" OLED 4K Smart TV, for parts or not working for $99'],
)
def test_what_is_unsound_is_never_pushed(world: World, title: str) -> None:
    with world.running() as client:
        client.post("/watchlist", json={"text": f"{TV} in any condition"})
        world.offer(title)
        assert scan(client)["alerts"] == 0


def test_what_is_there_already_is_listed_and_not_pushed(world: World) -> None:
    world.judge.worth = 1_000.0
    with world.running() as client:
        world.offer(LUMEN, 'Lumen 65" OLED 4K Smart TV B9 for $1,399', 'Lumen 55" OLED TV for $700')
        scan(client)
        made = client.post("/watchlist", json={"text": TV}).json()
        assert [(each["title"], each["price"]) for each in made["matches_now"]] == [(LUMEN, 999.0)]
        assert scan(client)["alerts"] == 0
        assert client.get(f"/watchlist/{made['id']}/matches").json() == {"items": [], "next": None}
        world.moment += timedelta(days=4)  # it is in no feed any more
        assert client.get(f"/watchlist/{made['id']}").json()["matches_now"] == []


def test_a_target_below_all_that_was_seen_gets_a_hint(world: World) -> None:
    with world.running() as client:
        world.offer(LUMEN, 'Lumen 65" OLED 4K Smart TV B9 for $1,099')
        scan(client)
        world.moment += timedelta(days=40)
        preview = client.post("/watchlist/preview", json={"text": "65 inch OLED TV under 900"}).json()
        assert preview["hint"] == "the lowest seen is $999 on 21 Nov at Deals; your target is $99 below it"
        assert (preview["lowest_seen"]["price"], preview["matches_now"]) == (999.0, [])
        assert client.post("/watchlist/preview", json={"text": TV}).json()["hint"] is None
        assert client.get("/watchlist").json()["items"] == []


def test_fields_are_changed_one_by_one_or_all_together(world: World) -> None:
    with world.running() as client:
        made = client.post("/watchlist", json={"text": TV, "priority": "urgent", "forbidden": ["refurbished"]}).json()
        path = f"/watchlist/{made['id']}"
        changed = client.patch(path, json={"target_price": 999}).json()
        assert (changed["target_price"], changed["priority"], changed["forbidden"]) == (999.0, "urgent", ["refurbished"])
        assert changed["understood"]["summary"] == "TV, OLED, 65 inch, at most $999, new"
        assert client.patch(path, json={"target_price": None}).json()["understood"]["target_price"] == 1200.0
        replaced = client.put(path, json={"text": "drill"}).json()
        assert (replaced["text"], replaced["priority"], replaced["forbidden"]) == ("drill", "high", [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "under 50"}, "text"),
        ({"text": "TV under 300€"}, "text"),
        ({"text": ""}, "text"),
        ({"text": "tv", "target_price": -1}, "target_price"),
        ({"text": "tv", "required": ["!"]}, "required.0"),
        ({"text": "tv", "colour": "red"}, "colour"),
        ({}, "text"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_the_field_and_changes_nothing(
    world: World, body: dict[str, Any], field: str
) -> None:
    with world.running() as client:
        made = client.post("/watchlist", json={"text": TV}).json()
        for method, path in (("post", "/watchlist"), ("post", "/watchlist/preview"), ("put", f"/watchlist/{made['id']}")):
            answer = client.request(method, path, json=body)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            assert [each["field"] for each in answer.json()["errors"]] == [field]
        assert [each["text"] for each in client.get("/watchlist").json()["items"]] == [TV]


def test_a_change_that_cannot_be_meant_is_refused(world: World) -> None:
    with world.running() as client:
        path = f"/watchlist/{client.post('/watchlist', json={'text': TV}).json()['id']}"
        assert client.patch(path, json={"text": "under 5"}).status_code == 422
        assert client.patch(path, json={"text": None}).status_code == 422
        assert client.patch(path, json={"inches": 0}).json()["errors"][0]["field"] == "inches"
        assert client.patch("/watchlist/99", json={"inches": 5}).status_code == 404
        assert client.get(path).json()["text"] == TV
