"""Reads feeds: fetches one and has it parsed, both within one deadline. Knows neither HTTP nor what a feed looks like.

Of one host one feed is fetched at a time, of many hosts as many as have room, and fewer are parsed. The time in which a feed waits
for its turn is not its own: one that takes all of its time costs the others none of theirs, and those that wait for a slow host
take no room from the others.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Protocol

import structlog

from scanner.deal_data import Feed, Fetched, ReadFeed
from scanner.feeds.host_turns import HostTurns
from scanner.parsing.feed_entry import FeedError, ParsedFeed

AT_ONCE = 40  # feeds that are fetched, or wait to be parsed: each may hold 5 MB


class Fetcher(Protocol):
    """Gets a feed's bytes."""

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's body, None where it has not changed, within a time of the fetcher's own. FeedError says what went wrong."""
        ...


class Parser(Protocol):
    """Reads a feed's bytes."""

    async def parse(self, body: bytes, now: datetime, seconds: float, *, url: str = "", content_type: str = "") -> ParsedFeed:
        """What is in them, within `seconds`. FeedError where that is nothing, or not enough."""
        ...


class FeedReader:
    """A source of read feeds. `timeout`: seconds for one, of fetching and parsing together."""

    def __init__(self, fetcher: Fetcher, parser: Parser, timeout: float) -> None:
        self._fetcher, self._parser, self._timeout = fetcher, parser, timeout
        self._lines, self._room = HostTurns(gap=0.0), asyncio.Semaphore(AT_ONCE)

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        """The feed's answer and its entries. FeedError says what went wrong."""
        async with AsyncExitStack() as room:
            async with self._lines.of(feed.address):  # before the room: those that wait for a host have none of it
                await room.enter_async_context(self._room)
                fetched = await self._fetcher.fetch(feed)
            if fetched.body is None:
                return ReadFeed(fetched, None)
            left, begun = max(self._timeout - fetched.seconds, 0.0), time.perf_counter()
            parsed = await self._parser.parse(
                fetched.body, now, left, url=fetched.url or feed.url, content_type=fetched.content_type
            )
            return ReadFeed(fetched, parsed, time.perf_counter() - begun)


def left_alone(until: float) -> str:
    """Words for a server that is not asked before a moment, in seconds since the epoch."""
    return f"left alone until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"


def unexpected(feed: Feed, error: Exception) -> FeedError:
    """An error that nobody thought of, as that of the feed at which it happened; with its traceback in the log."""
    structlog.get_logger().error("feed_failed_unexpectedly", feed=feed.title, exc_info=error)
    return FeedError(f"{type(error).__name__}: {error}"[:500])
