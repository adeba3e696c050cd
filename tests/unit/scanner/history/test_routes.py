"""The doors to products and to the ledger, over the real application, played over weeks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, rss
from tests.unit.scanner.intake.days import told
from tests.unit.scanner.test_app import A, scan, settings
from tests.waiting import until_ready

BLENDER = "Acme QX100 Blender for ${}"


class Weeks:
    """A scanner whose feed and clock are moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.source, self.moment = FakeSource({A: rss()}), NOW
        self.app = create_app(Fakes(self.source, FakeJudge(), FakeStream(), now=lambda: self.moment), settings(folder))

    def offer(self, client: TestClient, price: float, days: float = 1.0, link: str = "https://a.example/1") -> int:
        """A day on which this is offered; how many are pushed."""
        item = told(BLENDER.format(price), link, days=(NOW - self.moment) / timedelta(days=1))
        self.source.bodies = {A: rss(item)}
        alerts: int = scan(client)["alerts"]
        self.moment += timedelta(days=days)
        return alerts


@contextmanager
def weeks(folder: Path) -> Iterator[tuple[Weeks, TestClient]]:
    over = Weeks(folder)
    with TestClient(over.app) as client:
        until_ready(client)
        yield over, client


def only(client: TestClient) -> dict[str, Any]:
    (found,) = client.get("/products").json()["items"]
    return dict(found)


def test_every_offer_of_a_product_is_told_with_its_score_and_its_opportunity(tmp_path: Path) -> None:
    with weeks(tmp_path) as (over, client):
        for at, price in enumerate((90, 80, 60)):
            over.offer(client, price, link=f"https://{at}.example/")
        found = only(client)
        assert (found["title"], found["condition"], found["lowest"], found["last"], found["days"]) == (
            "Acme QX100 Blender for $60",
            "new",
            60.0,
            60.0,
            3,
        )
        assert (found["score"], found["verdict"], found["low_confidence"]) == (10.0, "a great price", True)
        assert client.get(f"/products/{found['id']}").json() == found
        history = client.get(f"/products/{found['id']}/history").json()
        assert [each["price"] for each in history["items"]] == [60.0, 80.0, 90.0]
        assert (history["usual"], history["points"], history["is_lowest"]) == (80.0, 3, True)
        (newest, *_) = client.get("/opportunities").json()["items"]
        assert newest["product"] == found["id"]
        assert newest["standing"] == {
            "lowest": 80.0,
            "usual": 85.0,
            "last": 80.0,
            "points": 2,
            "score": 10.0,
            "is_lowest": True,
            "low_confidence": True,
        }
        assert history["items"][0]["opportunity"] == newest["id"]


def test_what_was_told_is_told_again_only_for_less_and_after_a_reset(tmp_path: Path) -> None:
    with weeks(tmp_path) as (over, client):
        assert over.offer(client, 60, link="https://1.example/") == 1
        assert over.offer(client, 58, days=30.0, link="https://2.example/") == 0  # within the cool-down, and not 5 % less
        assert over.offer(client, 60, link="https://3.example/") == 0  # never twice for one price
        found = only(client)
        assert (found["told_price"], found["told_at"]) == (60.0, NOW.isoformat())
        assert client.post(f"/products/{found['id']}/reset").json()["told_price"] is None
        assert over.offer(client, 65, link="https://4.example/") == 1
        assert only(client)["lowest"] == 65.0


def test_a_reset_lets_the_next_price_under_the_same_link_be_told(tmp_path: Path) -> None:
    with weeks(tmp_path) as (over, client):
        assert over.offer(client, 60) == 1
        assert over.offer(client, 62) == 0
        client.post(f"/products/{only(client)['id']}/reset")
        assert over.offer(client, 61.5) == 1


def test_a_product_has_a_cool_down_of_its_own_and_can_be_muted(tmp_path: Path) -> None:
    with weeks(tmp_path) as (over, client):
        over.offer(client, 60, days=2.0, link="https://1.example/")
        path = f"/products/{only(client)['id']}"
        assert client.patch(path, json={"cool_down_days": 1}).json()["cool_down_days"] == 1.0
        assert over.offer(client, 59, link="https://2.example/") == 1
        assert client.patch(path, json={"muted": True}).json()["cool_down_days"] == 1.0
        assert over.offer(client, 30, link="https://3.example/") == 0
        assert client.get("/deals").json()["items"][0]["reason"] == "its product is muted"
        changed = client.patch(path, json={"cool_down_days": None, "muted": False}).json()
        assert (changed["cool_down_days"], changed["muted"]) == (None, False)
        assert over.offer(client, 29, link="https://4.example/") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cool_down_days": -1}, "cool_down_days"),
        ({"cool_down_days": "3"}, "cool_down_days"),
        ({"muted": "yes"}, "muted"),
        ({"muted": None}, "muted"),
        ({"quiet": True}, "quiet"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(tmp_path: Path, body: dict[str, Any], field: str) -> None:
    with weeks(tmp_path) as (over, client):
        over.offer(client, 60)
        before = only(client)
        answer = client.patch(f"/products/{before['id']}", json={"muted": True} | body)
        assert answer.status_code == 422
        assert field in answer.json()["errors"][0]["field"]
        assert only(client) == before


def test_a_product_that_is_not_there_is_not_found_and_a_wrong_question_is_refused(tmp_path: Path) -> None:
    with weeks(tmp_path) as (_, client):
        assert client.get("/products/none").status_code == 404
        assert client.get("/products/none/history").status_code == 404
        assert client.post("/products/none/reset").status_code == 404
        assert client.patch("/products/none", json={}).status_code == 404
        for path in (
            "/products?sort=price",
            "/products?condition=broken",
            "/products?cursor=x",
            "/ledger?days=0",
            "/ledger?days=401",
            "/ledger?limit=1001",
        ):
            assert client.get(path).status_code == 422, path


def test_the_ledger_tells_what_a_push_came_to_weeks_later_after_a_restart(tmp_path: Path) -> None:
    with weeks(tmp_path) as (over, client):
        assert over.offer(client, 60, days=10.0, link="https://1.example/") == 1
    with weeks(tmp_path) as (later, client):
        later.moment = over.moment
        later.offer(client, 190, link="https://2.example/")
        found = client.get("/ledger").json()
        assert client.get("/ledger").json() == found
        (item,) = found["items"]
        assert (item["price"], item["saving"], item["held"], item["verdict"]) == (60.0, 140.0, 130.0, "right")
        assert [(each["days"], each["price"], each["why"]) for each in item["later"]] == [
            (7, 190.0, None),
            (30, None, "30 days are not over"),
            (90, None, "90 days are not over"),
        ]
        assert datetime.fromisoformat(item["later"][0]["seen"]) == NOW + timedelta(days=10)
        assert (found["pushes"], found["all"]["right"], found["all"]["few"]) == (1, 1, True)
        assert [each["name"] for each in found["rules"]] == ["Good deals"]
        assert [each["name"] for each in found["feeds"]] == [item["feed"]]
        assert [each["name"] for each in found["pricers"]] == ["a"]
        monday = NOW.date() - timedelta(days=NOW.weekday())
        assert [(each["name"], each["right"]) for each in found["weeks"]] == [(monday.isoformat(), 1)]
        assert client.get("/ledger?days=5").json()["items"] == []
        later.offer(client, 70, link="https://3.example/")
        (item,) = client.get("/ledger").json()["items"][-1:]
        assert (item["usual_later"], item["points"]) == (130.0, 2)
