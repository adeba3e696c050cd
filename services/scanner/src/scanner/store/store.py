"""Opens the store: one database, one writer at a time, one small class for each concern."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scanner.store.deal_store import DealStore
from scanner.store.feed_store import FeedStore
from scanner.store.offer_store import OfferStore
from scanner.store.opportunity_store import OpportunityStore
from scanner.store.outbox_store import OutboxStore
from scanner.store.plan_store import PlanStore
from scanner.store.reading_store import ReadingStore
from scanner.store.retention import Retention
from scanner.store.scan_store import ScanStore
from scanner.store.schema import open_database
from scanner.store.sighting_store import SightingStore
from scanner.store.watch_store import WatchStore


@dataclass(frozen=True)
class Store:
    """The open store. `aclose` closes its connections."""

    feeds: FeedStore
    deals: DealStore
    readings: ReadingStore
    offers: OfferStore
    opportunities: OpportunityStore
    outbox: OutboxStore
    scans: ScanStore
    plans: PlanStore
    watches: WatchStore
    sightings: SightingStore
    aclose: Callable[[], Awaitable[None]]


async def open_store(url: str, on_outbox: Callable[[], None], retention: Retention | None = None) -> Store:
    """Open the database at `url` and bring it to today's form. `on_outbox` is called when there is something new to publish."""
    engine, writing = await open_database(url), asyncio.Lock()
    return Store(
        FeedStore(engine, writing),
        DealStore(engine, writing, on_outbox),
        ReadingStore(engine, writing),
        OfferStore(engine),
        OpportunityStore(engine, writing),
        OutboxStore(engine, writing),
        ScanStore(engine, writing, retention or Retention()),
        PlanStore(engine, writing),
        WatchStore(engine, writing),
        SightingStore(engine),
        engine.dispose,
    )
