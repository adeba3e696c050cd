"""The list of opportunities, filtered and in every order, over the doors of a scanner that has read them."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.judging import Judgement
from scanner.app import Fakes, create_app
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item_of_today, judgement, rss
from tests.unit.scanner.test_app import scan, settings
from tests.waiting import until_ready

A, B = "https://a.example/rss", "https://b.example/rss"


def thing(title: str, number: int, *, shop: str = "", category: str = "") -> str:
    retailer = f"<dealnews:retailer>{shop}</dealnews:retailer>" if shop else ""
    kind = f"<category>{category}</category>" if category else ""
    return item_of_today(title, number=number, extra=retailer + kind)


ITEMS = {
    A: [
        thing("Acme Cordless Drill for $60", 1, shop="Best Buy", category="Tools"),
        thing("Acme Café Espresso Machine for $90", 2, shop="Woot!", category="Kitchen & Dining"),
        thing("Refurbished Zeta OLED TV for $300", 3, shop="Best Buy", category="Electronics"),
    ],
    B: [thing("Omega Robot Vacuum for $120", 4, category="Home & Garden")],
}
WORTH = {"Drill": (100.0, 0.99), "Espresso": (200.0, 0.7), "OLED": (500.0, 0.8), "Vacuum": (270.0, 0.9)}


class OfEach(FakeJudge):
    """Knows what each of these is worth."""

    async def judge(self, requests: Any) -> list[Judgement | None]:
        found: list[Judgement | None] = []
        for request in requests:
            worth, chance = next(figures for word, figures in WORTH.items() if word in f"{request.title} {request.description}")
            found.append(judgement(worth, request.offer.price, chance=chance))
        return found


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Nothing is changed by asking: one scanner answers all."""
    source = FakeSource({url: rss(*items) for url, items in ITEMS.items()})
    wanted = settings(tmp_path_factory.mktemp("list"), feeds=f"{A},{B}")
    with TestClient(create_app(Fakes(source, OfEach(), FakeStream()), wanted)) as client:
        until_ready(client)
        scan(client)
        yield client


def names(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/opportunities", params=query)
    assert answer.status_code == 200, answer.text
    titles = [each["deal"]["title"] for each in answer.json()["items"]]
    return [next(word for word in WORTH if word in title) for title in titles]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "drill"}, {"Drill"}),
        ({"q": "espre cafe"}, {"Espresso"}),
        ({"q": "CAFÉ machine"}, {"Espresso"}),
        ({"q": "acme vacuum"}, set()),
        ({"q": "best buy"}, {"Drill", "OLED"}),
        ({"q": "100%"}, set()),
        ({"q": " "}, set(WORTH)),
        ({"feed": 1}, {"Drill", "Espresso", "OLED"}),
        ({"feed": [1, 2]}, set(WORTH)),
        ({"feed": 7}, set()),
        ({"category": "kitchen"}, {"Espresso"}),
        ({"category": ["tools", "home & garden"]}, {"Drill", "Vacuum"}),
        ({"retailer": "bestbuy.com"}, {"Drill", "OLED"}),
        ({"retailer": ["woot", "deals.example"]}, {"Espresso", "Vacuum"}),
        ({"condition": "refurbished"}, {"OLED"}),
        ({"condition": ["new", "used"]}, {"Drill", "Espresso", "Vacuum"}),
        ({"min_saving": 110}, {"Espresso", "OLED", "Vacuum"}),
        ({"min_saving": 110, "min_discount": 50}, {"Espresso", "Vacuum"}),
        ({"min_discount": 55}, {"Espresso", "Vacuum"}),
        ({"min_chance": 0.85}, {"Drill", "Vacuum"}),
        ({"max_price": 90}, {"Drill", "Espresso"}),
        ({"rule": 1, "q": "drill"}, {"Drill"}),
        ({"rule": 99}, set()),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else " ".join(sorted(value)),
)
def test_the_list_holds_what_was_asked_for(client: TestClient, query: dict[str, Any], expected: set[str]) -> None:
    assert set(names(client, **query)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("best", ["OLED", "Vacuum", "Espresso", "Drill"]),  # 160, 135, 77, 40
        ("saving", ["OLED", "Vacuum", "Espresso", "Drill"]),
        ("chance", ["Drill", "Vacuum", "OLED", "Espresso"]),
        ("price", ["Drill", "Espresso", "Vacuum", "OLED"]),
    ],
)
def test_each_order_goes_on_from_page_to_page(client: TestClient, sort: str, expected: list[str]) -> None:
    assert names(client, sort=sort) == expected
    found, cursor = [], None
    while True:
        query: dict[str, Any] = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/opportunities", params=query).json()
        found += [each["deal"]["title"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert [next(word for word in WORTH if word in title) for title in found] == expected


def test_the_newest_come_first_where_that_is_asked(client: TestClient) -> None:
    moments = [each["created"] for each in client.get("/opportunities", params={"sort": "newest"}).json()["items"]]
    assert moments == sorted(moments, reverse=True)


def test_a_cursor_of_another_order_is_refused(client: TestClient) -> None:
    cursor = client.get("/opportunities", params={"sort": "price", "limit": 2}).json()["next"]
    answer = client.get("/opportunities", params={"sort": "saving", "cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sort", "cheapest"),
        ("min_chance", "2"),
        ("min_discount", "101"),
        ("min_saving", "-1"),
        ("min_saving", "nan"),
        ("max_price", "inf"),
        ("feed", "first"),
        ("condition", "broken"),
        ("category", "&"),
        ("retailer", ""),
        ("q", "x" * 201),
        ("limit", "201"),
        ("rule", "0"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_by_its_name(client: TestClient, name: str, value: str) -> None:
    answer = client.get("/opportunities", params={name: value})
    assert answer.status_code == 422
    assert name in str(answer.json())


def test_the_filters_are_documented(client: TestClient) -> None:
    listing = client.get("/openapi.json").json()["paths"]["/opportunities"]["get"]
    told = {each["name"]: each for each in listing["parameters"]}
    assert {"q", "feed", "category", "retailer", "condition", "min_saving", "min_discount", "min_chance", "max_price"} < set(told)
    assert told["sort"]["schema"]["enum"] == ["best", "newest", "saving", "chance", "price"]
    assert "percent" in told["min_discount"]["description"]
