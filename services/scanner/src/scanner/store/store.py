"""Opens the store: one database, one writer at a time, one small class for each concern."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from scanner.feeds.feed_care import FeedCare
from scanner.store.corrections.feedback_store import FeedbackStore
from scanner.store.corrections.review_store import ReviewStore
from scanner.store.deal_store import DealStore
from scanner.store.feed_key_store import FeedKeyStore
from scanner.store.feed_store import FeedStore
from scanner.store.history.backfill_store import BackfillStore
from scanner.store.history.ledger_store import LedgerStore
from scanner.store.history.level_store import LevelStore
from scanner.store.history.offer_store import OfferStore
from scanner.store.history.product_store import ProductStore
from scanner.store.leader_store import LeaderStore
from scanner.store.opportunity_store import OpportunityStore
from scanner.store.outbox_store import OutboxStore
from scanner.store.plan_store import PlanStore
from scanner.store.rate_store import RateStore
from scanner.store.reading_store import ReadingStore
from scanner.store.retention import Retention
from scanner.store.scan_store import ScanStore
from scanner.store.schema import open_database
from scanner.store.trace_store import TraceStore
from scanner.store.view_store import ViewStore
from scanner.store.wishes.figure_store import FigureStore
from scanner.store.wishes.rule_store import RuleStore
from scanner.store.wishes.sighting_store import SightingStore
from scanner.store.wishes.watch_store import WatchStore


@dataclass(frozen=True)
class Store:
    """The open store. `aclose` closes its connections."""

    feeds: FeedStore
    deals: DealStore
    readings: ReadingStore
    offers: OfferStore
    opportunities: OpportunityStore
    outbox: OutboxStore
    feed_keys: FeedKeyStore
    scans: ScanStore
    plans: PlanStore
    rules: RuleStore
    figures: FigureStore
    rates: RateStore
    reviews: ReviewStore
    feedback: FeedbackStore
    products: ProductStore
    ledger: LedgerStore
    backfill: BackfillStore
    watches: WatchStore
    sightings: SightingStore
    views: ViewStore
    traces: TraceStore
    levels: LevelStore
    aclose: Callable[[], Awaitable[None]]


async def open_store(
    url: str,
    on_outbox: Callable[[], None],
    retention: Retention | None = None,
    care: FeedCare | None = None,
    leader: LeaderStore | None = None,
) -> Store:
    """Open the database at `url` and bring it to today's form. `on_outbox` is called when there is something new to publish.

    With a `leader` only who leads can read or write here.
    """
    engine, writing = await open_database(url), asyncio.Lock()
    if leader is not None:
        await leader.mark(engine)
    return Store(
        FeedStore(engine, writing, care, on_outbox),
        DealStore(engine, writing, on_outbox),
        ReadingStore(engine, writing),
        OfferStore(engine),
        OpportunityStore(engine, writing),
        OutboxStore(engine, writing, on_outbox),
        FeedKeyStore(engine, writing),
        ScanStore(engine, writing, retention or Retention()),
        PlanStore(engine, writing),
        RuleStore(engine, writing),
        FigureStore(engine),
        RateStore(engine, writing),
        ReviewStore(engine, writing, on_outbox),
        FeedbackStore(engine, writing, on_outbox),
        ProductStore(engine, writing),
        LedgerStore(engine),
        BackfillStore(engine, writing),
        WatchStore(engine, writing),
        SightingStore(engine),
        ViewStore(engine, writing),
        TraceStore(engine, writing),
        LevelStore(engine),
        engine.dispose,
    )
