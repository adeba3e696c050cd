"""The world around the soak: its feeds, and its clients at a front door of their own."""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bench.deal_world import Market
from tests.load.answers import Outcome
from tests.load.clients import Clients
from tests.load.deal_feeds import CHANGED, FEEDS, HOSTILE, SHOWN, DealFeeds, Stream, change_of, hostile_answers

PRICE = {"price": 100.0, "low": 80.0, "high": 130.0, "degraded": [], "estimates": [{"pricer": "specialist"}]}


def test_deals_come_change_and_go_by_the_clock() -> None:
    stream = Stream(2.0, Market())
    assert [*stream.numbers(0.0)] == [0]
    assert stream.numbers(SHOWN + 20.0).start == 10
    assert [*stream.read_by(60.0, 30.0)] == [*range(15)]
    assert change_of(10, CHANGED - 1) == "stays"
    assert {change_of(number, CHANGED + 1) for number in range(0, 400, 5)} == {
        "stays",
        "is over",
        "is dearer",
        "is a little less",
        "is a new low",
        "is worded anew",
    }
    shown = "".join("".join(stream.items(feed, 100.0, datetime.now(UTC))) for feed in FEEDS)
    assert all(shown.count(f"<guid>deal-{number}</guid>") == 1 for number in range(51))


@pytest.fixture
def feeds() -> Iterator[DealFeeds]:
    made = DealFeeds(every=0.001)
    yield made
    made.close()


def test_feeds_are_read_over_http_and_every_second_answer_of_the_hostile_one_is_a_feed(feeds: DealFeeds) -> None:
    with urllib.request.urlopen(feeds.urls[0], timeout=20) as answer:
        assert b"<item>" in answer.read()
    kinds = [answer()[:2] for answer in hostile_answers(lambda: True)]
    assert all(status == 200 and b"</rss>" in body for status, body in kinds[::2])
    feeds.stop()
    assert feeds.answer(HOSTILE)[0] == 404


async def use(status: int) -> tuple[list[Outcome], Counter[str]]:
    """Clients at a system of one door, until they have asked for all: it prices, and answers that status to most pages."""
    asked, stopped = Counter[str](), asyncio.Event()

    async def price(request: web.Request) -> web.Response:
        asked[request.path] += 1
        body = await request.json()
        return web.json_response({"results": [PRICE for _ in body["items"]]} if "items" in body else PRICE)

    async def page(request: web.Request) -> web.Response:
        asked[request.path] += 1
        if asked["/opportunities/0123456789"] and asked["/price/batch"]:
            stopped.set()
        return web.Response(text='<a href="/opportunities/0123456789">', status=200 if request.path == "/" else status)

    app = web.Application()
    app.add_routes([web.post("/price", price), web.post("/price/batch", price), web.get("/{rest:.*}", page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    urls = dict.fromkeys(("ensemble", "dashboard", "scanner", "notifier"), url)
    clients = Clients(urls, [f"a lamp of {watts} W" for watts in range(60)], 50, 0.01)
    async with asyncio.timeout(60):
        await clients.run(stopped)
    await runner.cleanup()
    return clients.outcomes, asked


def test_clients_ask_for_prices_and_open_pages_and_tell_how_each_answer_was() -> None:
    outcomes, asked = asyncio.run(use(500))
    prices = [each for each in outcomes if each.what == "/price"]
    assert {each.kind for each in prices} == {"whole"}
    assert asked["/price"] == len(prices) > 0
    assert asked["/opportunities/0123456789"] > 0  # which the list named
    kinds = {each.what.partition(" ")[2]: each.kind for each in outcomes if not each.what.startswith("/price")}
    assert (kinds["/"], kinds["/opportunities/…"]) == ("whole", "failed")
