"""A feed is tried before it is added, and what is found is said in words."""

import asyncio
from datetime import datetime, timedelta

import pytest

from common.errors import OverloadedError
from scanner.deal_data import Feed, Fetched, ReadFeed
from scanner.feeds.feed_probe import AT_ONCE, Example, FeedProbe, Findings
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.feed_parser import parse_feed
from scanner.prices.price_reader import PriceReader
from tests.unit.scanner.fakes import NOW, FakeSource, item, rss

URL = "https://a.example/rss"


def find(source: FakeSource, currency: str = "USD", seconds: float = 30.0) -> Findings:
    return asyncio.run(FeedProbe(source, PriceReader(), lambda: NOW, seconds).test(URL, currency))


def test_what_stands_in_a_feed_is_told_in_a_sentence() -> None:
    items = [item(f"Acme Drill D{n} for $4{n}", number=n) for n in range(6)]
    found = find(FakeSource({URL: rss(*items, item("Drills from $19", number=8), item("Sale at Acme", number=9))}))
    assert found.sentence == "8 items, 6 with a price, newest 3 h old"
    assert (found.ok, found.title, found.kind, found.warning) == (True, "Deals", "RSS", None)
    assert (found.items, found.with_price, found.newest) == (8, 6, NOW - timedelta(hours=3))
    assert len(found.examples) == 5
    assert found.examples[0] == Example("Acme Drill D0 for $40", 40.0, "USD", "priced")


def test_a_plain_dollar_sign_is_in_the_currency_that_is_asked_for() -> None:
    assert find(FakeSource({URL: rss(item("Acme Drill for $60"))}), "AUD").examples[0].currency == "AUD"


def test_what_speaks_against_a_feed_is_said() -> None:
    old = item("Sale at Acme", published=NOW - timedelta(days=30))
    found = find(FakeSource({URL: rss(old)}))
    assert found.sentence == "1 item, none with a price, newest 30 days old"
    assert found.warning == "no price can be read: nothing of it would be pushed; nothing new for 30 days"
    undated = rss("<item><title>Acme Saw for $40</title></item>")
    assert find(FakeSource({URL: undated})).sentence == "1 item, 1 with a price, none with a date"
    assert find(FakeSource({URL: rss()})).sentence == "a feed, without any item now"


def test_a_web_page_is_no_feed_but_may_link_some() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    found = find(PageSource(f"<!doctype html><html><head>{link}</head></html>".encode()))
    assert (found.ok, found.feeds_found) == (False, ("https://a.example/rss",))
    assert found.sentence == "a web page, not a feed; it links a feed"
    assert find(FakeSource({URL: FeedError("HTTP 404", status=404)})).sentence == "HTTP 404"


class PageSource(FakeSource):
    """Reads with the address at which it was found."""

    def __init__(self, body: bytes) -> None:
        super().__init__({})
        self.body = body

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        return ReadFeed(Fetched(200, self.body), parse_feed(self.body, now, url=feed.url))


def test_a_test_ends_and_only_a_few_run_at_once() -> None:
    async def run() -> Findings:
        probe = FeedProbe(FakeSource({}, asyncio.Event()), PriceReader(), lambda: NOW, 0.2)
        running = [asyncio.create_task(probe.test(URL, "USD")) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await probe.test(URL, "USD")
        found = await asyncio.gather(*running)
        await probe.test(URL, "USD")  # there is room again
        return found[0]

    found = asyncio.run(run())
    assert (found.ok, found.sentence) == (False, "nothing was found within 0.2 s")
