"""Opens the store: one database, one writer at a time, one small class for each concern."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scanner.database import open_database
from scanner.deal_store import DealStore, OutboxStore
from scanner.feed_store import FeedStore, ScanStore
from scanner.listings import Listings


@dataclass(frozen=True)
class Store:
    """The open store. `aclose` closes its connections."""

    feeds: FeedStore
    deals: DealStore
    outbox: OutboxStore
    scans: ScanStore
    listings: Listings
    aclose: Callable[[], Awaitable[None]]


async def open_store(url: str, on_outbox: Callable[[], None]) -> Store:
    """Open the database at `url` and make its tables. `on_outbox` is called when there is something new to publish."""
    engine, writing = await open_database(url), asyncio.Lock()
    return Store(
        FeedStore(engine, writing),
        DealStore(engine, writing, on_outbox),
        OutboxStore(engine, writing),
        ScanStore(engine, writing),
        Listings(engine, writing),
        engine.dispose,
    )
