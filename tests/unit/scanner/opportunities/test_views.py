"""Saved views of the list, and the list by state."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from tests.unit.scanner.fakes import FakeSource, FakeStream, rss
from tests.unit.scanner.opportunities.test_list import ITEMS, A, OfEach, names
from tests.unit.scanner.test_app import scan, settings
from tests.waiting import until_ready


@pytest.fixture
def client(tmp_path: Any) -> Iterator[TestClient]:
    source = FakeSource({A: rss(*ITEMS[A])})
    with TestClient(create_app(Fakes(source, OfEach(), FakeStream()), settings(tmp_path, feeds=A))) as client:
        until_ready(client)
        scan(client)
        yield client


def test_the_list_is_asked_for_by_state(client: TestClient) -> None:
    listed = names(client)
    first = client.get("/opportunities").json()["items"][0]
    assert not first["dismissed"]
    pushed = [each["id"] for each in client.get("/opportunities").json()["items"] if each["pushed"]]
    assert pushed == [each["id"] for each in client.get("/opportunities", params={"state": "pushed"}).json()["items"]]
    assert pushed
    client.post(f"/opportunities/{first['id']}/dismiss")
    assert names(client, state="dismissed") == listed[:1]
    assert names(client, state="listed") == listed[1:]
    assert names(client, state="review") == []
    assert names(client, state="over") == []
    assert set(names(client, state="all")) == set(names(client, all=True)) == set(listed)
    assert client.get(f"/opportunities/{first['id']}").json()["dismissed"] is True
    assert client.get("/opportunities", params={"state": "odd"}).status_code == 422


def test_a_view_is_saved_replaced_and_forgotten(client: TestClient) -> None:
    assert client.get("/views").json() == {"items": []}
    for query in ("q=drill", "q=tv&sort=price"):
        assert client.post("/views", json={"name": " Mine / daily? ", "query": query}).status_code == 204
    assert client.get("/views").json() == {"items": [{"name": "Mine / daily?", "query": "q=tv&sort=price"}]}
    assert client.delete("/views/Mine%20%2F%20daily%3F").status_code == 204
    assert client.delete("/views/none").status_code == 404
    assert client.get("/views").json() == {"items": []}


@pytest.mark.parametrize(
    "body", [{"name": "", "query": ""}, {"name": "x" * 61, "query": ""}, {"name": "a"}, {"name": 1, "query": ""}]
)
def test_a_view_that_is_none_is_refused(client: TestClient, body: Any) -> None:
    assert client.post("/views", json=body).status_code == 422


def test_there_are_so_many_views_and_no_more(client: TestClient) -> None:
    for number in range(100):
        assert client.post("/views", json={"name": str(number), "query": ""}).status_code == 204
    assert client.post("/views", json={"name": "5", "query": "q=a"}).status_code == 204
    refusal = client.post("/views", json={"name": "one more", "query": ""})
    assert (refusal.status_code, refusal.json()["errors"][0]["field"]) == (422, "name")
