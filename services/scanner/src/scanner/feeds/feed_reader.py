"""Reads feeds: fetches one and has it parsed, both within one deadline. Knows neither HTTP nor what a feed looks like.

Of many feeds a few are fetched at a time, and fewer parsed. The time in which a feed waits for its turn is not its own: one that
takes all of its time costs the others none of theirs.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

import structlog

from scanner.deal_data import Feed, Fetched, ReadFeed
from scanner.parsing.feed_entry import FeedError, ParsedFeed

AT_ONCE = 16  # feeds that are fetched, or wait to be parsed: each may hold 5 MB


class Fetcher(Protocol):
    """Gets a feed's bytes."""

    async def fetch(self, feed: Feed) -> Fetched:
        """The feed's body, or nothing where it has not changed. FeedError says what went wrong."""
        ...


class Parser(Protocol):
    """Reads a feed's bytes."""

    async def parse(self, body: bytes, now: datetime, seconds: float, *, url: str = "", content_type: str = "") -> ParsedFeed:
        """What is in them, within `seconds`. FeedError where that is nothing, or not enough."""
        ...


class FeedReader:
    """A source of read feeds. `timeout`: seconds for one, of fetching and parsing together."""

    def __init__(self, fetcher: Fetcher, parser: Parser, timeout: float, clock: Callable[[], float] = monotonic) -> None:
        self._fetcher, self._parser, self._timeout, self._clock = fetcher, parser, timeout, clock
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        """The feed's answer and its entries. FeedError says what went wrong."""
        async with self._turns:
            begun = self._clock()
            try:
                async with asyncio.timeout(self._timeout):
                    fetched = await self._fetcher.fetch(feed)
            except TimeoutError as exc:
                raise FeedError(f"no complete answer within {self._timeout:g} s", is_unreachable=True) from exc
            if fetched.body is None:
                return ReadFeed(fetched, None)
            left = max(self._timeout - (self._clock() - begun), 0.0)
            parsed = await self._parser.parse(
                fetched.body, now, left, url=fetched.url or feed.url, content_type=fetched.content_type
            )
            return ReadFeed(fetched, parsed)


def left_alone(until: float) -> str:
    """Words for a server that is not asked before a moment, in seconds since the epoch."""
    return f"left alone until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"


def unexpected(feed: Feed, error: Exception) -> FeedError:
    """An error that nobody thought of, as that of the feed at which it happened; with its traceback in the log."""
    structlog.get_logger().error("feed_failed_unexpectedly", feed=feed.title, exc_info=error)
    return FeedError(f"{type(error).__name__}: {error}"[:500])
