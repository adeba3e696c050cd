"""The list of opportunities: filters, order, views."""

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import World, opportunity


def client_of(world: World) -> TestClient:
    return TestClient(create_app(Fakes(world.clients())), base_url="http://127.0.0.1", follow_redirects=False)


def asked_of(world: World) -> list[str]:
    return [path for path in (call[2] for call in world.calls) if path.startswith("/opportunities")]


def test_filters_reach_the_scanner_and_stay_in_the_form() -> None:
    world = World(opportunities=[opportunity()])
    page = client_of(world).get("/?q=drill&condition=new&min_chance=80&sort=price").text
    assert asked_of(world) == ["/opportunities?q=drill&condition=new&min_chance=0.8&state=listed&sort=price"]
    for text in ('value="drill"', 'value="new" checked', 'value="80"', '<option value="price" selected>'):
        assert text in page


def test_the_following_page_keeps_the_filters() -> None:
    page = client_of(World(opportunities=[opportunity()], next="n1")).get("/?q=drill").text
    assert 'href="/?q=drill&amp;cursor=n1"' in page


def test_a_list_without_any_that_fits_says_so() -> None:
    assert "No deal fits these filters." in client_of(World()).get("/?q=drill").text
    assert "No deal fits these filters." not in client_of(World()).get("/").text


def test_a_view_is_saved_shown_and_forgotten() -> None:
    world = World(views=[{"name": "Tools", "query": "q=drill"}])
    client = client_of(world)
    page = client.get("/?q=drill").text
    assert '<a href="/?q=drill" aria-current="true">Tools</a>' in page
    answer = client.post("/views", data={"name": "Cheap", "query": "q=drill&odd=1&sort=price"})
    assert answer.headers["location"].startswith("/?q=drill&sort=price&flash=")
    client.post("/views/delete", data={"name": "a/b"})
    assert world.asked("POST") == [("scanner", "/views", {"name": "Cheap", "query": "q=drill&sort=price"})]
    assert world.asked("DELETE") == [("scanner", "/views/a%2Fb", None)]


def test_a_feed_reader_gets_a_private_address_of_what_is_listed() -> None:
    world = World(feed_key={"id": 1, "key": "k", **{name: f"http://s/{name}?key=k" for name in ("rss", "atom", "json_feed")}})
    client = client_of(world)
    assert 'action="/subscribe"' in client_of(World(opportunities=[opportunity()])).get("/?q=drill").text
    answer = client.post("/subscribe", data={"label": "Reader", "query": "q=drill&min_chance=80&sort=price"})
    page = client.get(answer.headers["location"]).text
    assert "RSS: http://s/rss?key=k&amp;q=drill&amp;min_chance=0.8&amp;state=listed" in page
    assert "http://s/rss" not in client.get(answer.headers["location"]).text
    assert world.asked("POST") == [("scanner", "/feed-keys", {"label": "Reader"})]


def test_a_feed_is_had_where_the_page_is_under_the_name_that_the_reader_knows() -> None:
    client = client_of(World())
    found = client.get("/opportunities.rss?key=good&q=oled")
    assert found.text == "<rss>http://127.0.0.1/opportunities.rss?key=good&q=oled</rss>"
    assert (found.headers["content-type"], found.headers["etag"]) == ("application/rss+xml", '"1"')
    assert client.get("/opportunities.rss", headers={"If-None-Match": '"1"'}).status_code == 304
    by_proxy = {"X-Forwarded-Host": "prices.example:8443", "X-Forwarded-Proto": "https"}
    assert client.get("/opportunities.atom", headers=by_proxy).text == "<rss>https://prices.example:8443/opportunities.atom</rss>"
    for odd in ("a/b", "a b", "a@b", '"', "x:y", ""):
        answer = client.get("/opportunities.json", headers=by_proxy | {"X-Forwarded-Host": odd, "X-Forwarded-Proto": "ftp"})
        assert answer.text == "<rss>http://127.0.0.1/opportunities.json</rss>"
    assert client.get("/opportunities.html").status_code == 422


def test_a_reader_is_told_that_its_key_is_not_valid_or_that_the_scanner_is_away() -> None:
    refused = client_of(World()).get("/opportunities.rss?key=bad")
    assert (refused.status_code, "not valid" in refused.text) == (401, True)
    away = client_of(World(down={"scanner"})).get("/opportunities.rss")
    assert (away.status_code, int(away.headers["retry-after"]) > 0) == (503, True)


def test_the_list_that_a_feed_is_of_is_the_page() -> None:
    answer = client_of(World()).get("/opportunities?q=oled&min_chance=0.8&min_saving=100&state=pushed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=oled&min_saving=100&min_chance=80&state=pushed")
    assert client_of(World()).get("/opportunities").headers["location"] == "/"


@pytest.mark.parametrize("query", ["cursor=" + "x" * 5000, "q=" + "x" * 5000, "feed=1&" * 200])
def test_an_address_without_measure_is_cut_and_answered(query: str) -> None:
    world = World(opportunities=[opportunity()])
    assert client_of(world).get(f"/?{query}").status_code == 200
    assert len(asked_of(world)[0]) < 1000
