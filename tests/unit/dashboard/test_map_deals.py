"""Today's deals on the map: each with its place, the list beside it, and what is said where a service is away."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from dashboard.models.map_deals import KEPT, MapDeals
from dashboard.models.product_map import FOLDER
from dashboard.peers import Peers
from tests.unit.dashboard.fakes import World, opportunity
from tests.unit.dashboard.map_world import place
from tests.unit.dashboard.test_map import make_map

HOSTILE = '"><script>alert(1)</script>'


def version_of(artifacts: Path) -> str:
    return str(json.loads((artifacts / FOLDER / "meta.json").read_text(encoding="utf-8"))["version"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    make_map(tmp_path)
    found = [opportunity(1, title="Cordless  drill"), opportunity(2, title="Desk lamp", price=10.0, currency="EUR")]
    return World(opportunities=found, map=version_of(tmp_path))


@pytest.fixture
def client(world: World, tmp_path: Path) -> TestClient:
    return TestClient(create_app(Fakes(world.clients(), tmp_path)), follow_redirects=False)


def placed(client: TestClient) -> dict[str, Any]:
    answer = client.get("/map/deals.json")
    assert answer.status_code == 200
    return dict(answer.json())


def asked(world: World, path: str) -> list[Any]:
    return [body for _, _, target, body in world.calls if target.split("?")[0] == path]


def test_every_deal_has_its_amounts_and_its_place(client: TestClient, world: World) -> None:
    found = placed(client)
    assert found["problem"] == ""
    first = {"id": "opp-1", "title": "Cordless  drill", "price": "$59.99", "worth": "$129.50", "saving": "$69.51"}
    assert found["items"][0] == first | place("Cordless drill")
    assert found["items"][1]["price"] == "EUR 10.00"
    assert asked(world, "/places") == [{"texts": ["Cordless drill", "Desk lamp"]}]


def test_the_page_lists_the_same_deals_as_links(client: TestClient) -> None:
    page = client.get("/map").text
    assert '<li data-deal="opp-1"><a href="/opportunities/opp-1">Cordless  drill</a>' in page
    assert "EUR 10.00" in page


def test_what_is_asked_again_within_a_minute_asks_nobody(client: TestClient, world: World) -> None:
    first = placed(client)
    client.get("/map")
    assert placed(client) == first
    assert len(asked(world, "/opportunities")) == len(asked(world, "/places")) == 1


def test_a_page_that_heard_of_a_change_has_the_new_list_and_places_of_the_new_deal_alone(client: TestClient, world: World) -> None:
    placed(client)
    world.opportunities.append(opportunity(3, title="Guitar"))
    assert "opp-3" not in client.get("/map").text
    assert "opp-3" in client.get("/map", headers={"HX-Request": "true"}).text
    assert [each["id"] for each in placed(client)["items"]] == ["opp-1", "opp-2", "opp-3"]
    assert asked(world, "/places")[-1] == {"texts": ["Guitar"]}


def test_after_a_minute_the_list_is_fetched_anew_and_a_failure_is_not_kept(world: World) -> None:
    async def run() -> None:
        clock = [0.0]
        deals = MapDeals(Peers(world.clients()), lambda: clock[0])
        world.down.add("scanner")
        assert (await deals.listed()).value is None
        world.down.clear()
        assert (await deals.listed()).value is not None
        world.opportunities.clear()
        clock[0] = KEPT - 1
        assert len((await deals.placed(world.map))["items"]) == 2
        clock[0] = KEPT
        assert (await deals.placed(world.map))["items"] == []

    asyncio.run(run())


def test_many_deals_are_placed_in_several_requests_and_each_title_once(client: TestClient, world: World) -> None:
    world.opportunities[:] = [opportunity(n, title=f"Thing {n % 120}") for n in range(200)]
    assert all(item["flat"] for item in placed(client)["items"])
    assert [len(body["texts"]) for body in asked(world, "/places")] == [50, 50, 20]


def test_without_frontier_rag_the_deals_are_there_and_it_is_said_why_they_have_no_place(client: TestClient, world: World) -> None:
    world.down.add("frontier-rag")
    found = placed(client)
    assert [each["flat"] for each in found["items"]] == [None, None]
    assert "frontier-rag" in found["problem"]
    assert "Cordless" in client.get("/map").text
    world.down.clear()
    assert placed(client)["problem"] == ""


def test_without_the_scanner_the_map_is_there_and_it_is_said_why_there_are_no_deals(client: TestClient, world: World) -> None:
    world.down.add("scanner")
    found = placed(client)
    assert found["items"] == []
    assert "scanner" in found["problem"]
    page = client.get("/map").text
    assert "The list of deals cannot be shown." in page
    assert "Garden tools" in page


@pytest.mark.parametrize(
    ("version", "why"), [("", "there is no map of the products"), ("2026-01-01.ffffff", "has the map 2026-01-01.ffffff")]
)
def test_places_on_another_map_or_none_are_not_shown(client: TestClient, world: World, version: str, why: str) -> None:
    world.map = version
    found = placed(client)
    assert [each["flat"] for each in found["items"]] == [None, None]
    assert why in found["problem"]


def test_an_answer_in_another_form_places_nothing(client: TestClient, world: World) -> None:
    world.broken.add("frontier-rag")
    assert placed(client)["problem"].startswith("Not every deal has its place on the map: ")


def test_a_map_made_anew_has_places_of_its_own(client: TestClient, world: World, tmp_path: Path) -> None:
    placed(client)
    for path in (tmp_path / FOLDER).iterdir():
        path.unlink()
    (tmp_path / FOLDER).rmdir()
    make_map(tmp_path, name="Toys")
    world.map = version_of(tmp_path)
    assert placed(client)["problem"] == ""
    assert len(asked(world, "/places")) == 2


def test_without_a_map_there_are_no_deals_on_it(world: World, tmp_path: Path) -> None:
    client = TestClient(create_app(Fakes(world.clients(), tmp_path / "empty")))
    assert client.get("/map/deals.json").status_code == 404


def test_strangers_words_are_shown_and_never_obeyed(client: TestClient, world: World) -> None:
    world.opportunities[:] = [opportunity(1, id=f"a/{HOSTILE}", title=HOSTILE, currency="USD")]
    page = client.get("/map").text
    assert "<script>alert" not in page
    assert 'href="/opportunities/a/%22%3E%3Cscript' in page or 'href="/opportunities/a%2F%22%3E%3Cscript' in page
    assert placed(client)["items"][0]["title"] == HOSTILE


def test_a_deal_without_words_has_a_name(client: TestClient, world: World) -> None:
    world.opportunities[:] = [opportunity(1, title=" ")]
    assert placed(client)["items"][0]["flat"]
