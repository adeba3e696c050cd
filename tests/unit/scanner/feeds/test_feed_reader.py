"""A feed is fetched and parsed within one deadline; what one feed takes the others do not miss."""

import asyncio
from datetime import datetime

import pytest

from scanner.deal_data import Feed, Fetched
from scanner.feeds.feed_reader import AT_ONCE, FeedReader
from scanner.parsing.feed_entry import FeedError, ParsedFeed
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
    parser, ticks = FakeParser(), iter([100.0, 104.0])
    read = asyncio.run(FeedReader(FakeFetcher(), parser, 10.0, lambda: next(ticks)).read(FEED, NOW))
    assert (read.fetched, read.parsed) == (BODY, ParsedFeed("Deals", []))
    assert parser.asked == [(b"<rss/>", NOW, 6.0, "https://deals.example/new", "text/xml")]


def test_what_has_not_changed_is_not_parsed() -> None:
    parser = FakeParser()
    read = asyncio.run(FeedReader(FakeFetcher(Fetched(304, None)), parser, 10.0).read(FEED, NOW))
    assert (read.parsed, parser.asked) == (None, [])


def test_a_fetch_that_takes_too_long_is_given_up() -> None:
    async def run() -> None:
        await FeedReader(FakeFetcher(hold=asyncio.Event()), FakeParser(), 0.01).read(FEED, NOW)

    with pytest.raises(FeedError, match=r"no complete answer within 0\.01 s") as caught:
        asyncio.run(run())
    assert caught.value.is_unreachable


def test_a_few_are_fetched_at_a_time() -> None:
    async def run() -> int:
        hold = asyncio.Event()
        fetcher = FakeFetcher(hold=hold)
        reader = FeedReader(fetcher, FakeParser(), 60.0)
        reading = asyncio.gather(*(reader.read(FEED, NOW) for _ in range(3 * AT_ONCE)))
        await fetcher.is_full.wait()
        hold.set()
        assert len(await reading) == 3 * AT_ONCE
        return fetcher.most

    assert asyncio.run(run()) == AT_ONCE


def test_a_feed_that_moved_for_good_says_where_to() -> None:
    moved = Fetched(200, b"<rss/>", moved_to="https://new.example/rss")
    read = asyncio.run(FeedReader(FakeFetcher(moved), FakeParser(), 10.0).read(FEED, NOW))
    assert read.warning == "moved for good to https://new.example/rss: list that address instead"
