"""Where a scan is asked for: the leader begins it, any other writes down that it was asked, and the leader takes it up."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from scanner.deal_data import Feed
from scanner.feeds.chosen import wanted


class Begins(Protocol):
    """The process's own runner."""

    async def begin(self, feed_id: int | None = None) -> str:
        """See ScanRunner."""
        ...


class ListedFeeds(Protocol):
    """The list of feeds, as any process may read it."""

    async def enabled(self) -> list[Feed]:
        """The feeds of the list."""
        ...


class AskedBook(Protocol):
    """Where it is written down."""

    async def ask(self, scan_id: str, feeds: frozenset[int], now: datetime) -> None:
        """A scan of these feeds is wanted."""
        ...


class Asking:
    """`is_leading` of this process, at this moment."""

    def __init__(
        self, runner: Begins, feeds: ListedFeeds, book: AskedBook, is_leading: Callable[[], bool], now: Callable[[], datetime]
    ) -> None:
        self._runner, self._feeds, self._book = runner, feeds, book
        self._is_leading, self._now = is_leading, now

    async def begin(self, feed_id: int | None = None) -> str:
        """The scan's id, at once."""
        if self._is_leading():
            return await self._runner.begin(feed_id)
        scan_id = uuid.uuid4().hex
        await self._book.ask(scan_id, wanted(await self._feeds.enabled(), feed_id), self._now())
        return scan_id
