"""A feed is fetched and parsed within one deadline; what one feed takes the others do not miss."""

import asyncio
from dataclasses import replace
from datetime import datetime

from scanner.deal_data import Feed, Fetched
from scanner.feeds.feed_reader import AT_ONCE, FeedReader
from scanner.parsing.feed_entry import ParsedFeed
from tests.unit.scanner.fakes import NOW

FEED = Feed(1, "https://deals.example/rss", "Deals")
BODY = Fetched(200, b"<rss/>", content_type="text/xml", url="https://deals.example/new")


class FakeFetcher:
    """Gives always the same; `hold` keeps every fetch until it is set. `most`: how many were under way at once."""

    def __init__(self, fetched: Fetched = BODY, hold: asyncio.Event | None = None) -> None:
        self.fetched, self.hold = fetched, hold
        self.now, self.most, self.is_full = 0, 0, asyncio.Event()

    async def fetch(self, feed: Feed) -> Fetched:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == AT_ONCE:
            self.is_full.set()
        if self.hold is not None:
            await self.hold.wait()
        self.now -= 1
        return self.fetched


class FakeParser:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, datetime, float, str, str]] = []

    async def parse(self, body: bytes, now: datetime, seconds: float, *, url: str = "", content_type: str = "") -> ParsedFeed:
        self.asked.append((body, now, seconds, url, content_type))
        return ParsedFeed("Deals", [])


def test_parsing_has_what_fetching_left_of_the_time() -> None:
    parser, fetched = FakeParser(), replace(BODY, seconds=4.0)
    read = asyncio.run(FeedReader(FakeFetcher(fetched), parser, 10.0).read(FEED, NOW))
    assert (read.fetched, read.parsed) == (fetched, ParsedFeed("Deals", []))
    assert parser.asked == [(b"<rss/>", NOW, 6.0, "https://deals.example/new", "text/xml")]


def test_what_has_not_changed_is_not_parsed() -> None:
    parser = FakeParser()
    read = asyncio.run(FeedReader(FakeFetcher(Fetched(304, None)), parser, 10.0).read(FEED, NOW))
    assert (read.parsed, parser.asked) == (None, [])


def test_as_many_hosts_are_asked_at_a_time_as_there_is_room_for() -> None:
    async def run() -> int:
        hold = asyncio.Event()
        fetcher = FakeFetcher(hold=hold)
        reader = FeedReader(fetcher, FakeParser(), 60.0)
        feeds = [Feed(n, f"https://{n}.example/rss", "Deals") for n in range(3 * AT_ONCE)]
        reading = asyncio.gather(*(reader.read(feed, NOW) for feed in feeds))
        await fetcher.is_full.wait()
        hold.set()
        assert len(await reading) == 3 * AT_ONCE
        return fetcher.most

    assert asyncio.run(run()) == AT_ONCE


class SlowHost(FakeFetcher):
    """One host hangs, the others answer."""

    async def fetch(self, feed: Feed) -> Fetched:
        return await super().fetch(feed) if "slow" in feed.url else BODY


def test_feeds_that_wait_for_a_slow_host_take_no_room_from_the_others() -> None:
    async def run() -> int:
        fetcher = SlowHost(hold=asyncio.Event())
        reader = FeedReader(fetcher, FakeParser(), 60.0)
        slow = [asyncio.create_task(reader.read(Feed(n, f"https://slow.example/{n}", ""), NOW)) for n in range(2 * AT_ONCE)]
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await asyncio.gather(*(reader.read(Feed(n, f"https://{n}.example/rss", ""), NOW) for n in range(2 * AT_ONCE)))
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return fetcher.most

    assert asyncio.run(run()) == 1


def test_a_feed_that_moved_for_good_says_where_to() -> None:
    moved = Fetched(200, b"<rss/>", moved_to="https://new.example/rss")
    read = asyncio.run(FeedReader(FakeFetcher(moved), FakeParser(), 10.0).read(FEED, NOW))
    assert read.warning == "moved for good to https://new.example/rss"
