"""Opens the store: one database, one writer at a time, one small class for each concern."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from scanner.database import open_database
from scanner.deal_store import DealStore
from scanner.feed_store import FeedStore
from scanner.listings import Listings
from scanner.outbox_store import OutboxStore
from scanner.scan_store import ScanStore


@dataclass(frozen=True)
class Store:
    """The open store."""

    engine: AsyncEngine
    feeds: FeedStore
    deals: DealStore
    outbox: OutboxStore
    scans: ScanStore
    listings: Listings

    async def aclose(self) -> None:
        """Close the connections."""
        await self.engine.dispose()


async def open_store(url: str, on_outbox: Callable[[], None]) -> Store:
    """Open the database at `url` and make its tables. `on_outbox` is called when there is something new to publish."""
    engine, writing = await open_database(url), asyncio.Lock()
    return Store(
        engine,
        FeedStore(engine, writing),
        DealStore(engine, writing, on_outbox),
        OutboxStore(engine, writing),
        ScanStore(engine, writing),
        Listings(engine, writing),
    )
