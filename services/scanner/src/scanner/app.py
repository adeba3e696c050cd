"""The scanner's application: opens store, desks and runner in its lifespan, over the outer world or over fakes of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import FastAPI

from common.background import BackgroundTask
from common.http.admission import Bodies
from common.http.app import Front, add_routes, build_app
from common.loader import Loader
from scanner.decision import LastLook, Planner, Wishes
from scanner.drift.watch import DriftWatch, Sources, TellsDrift
from scanner.feedback.desk import FeedbackDesk
from scanner.feeds.feed_desk import FeedDesk
from scanner.feeds.feed_list import default_feeds, parse_feeds
from scanner.feeds.feed_probe import FeedProbe
from scanner.feeds.routes import OPML_BODY
from scanner.judging.informed_judge import Judge
from scanner.leading.asking import Asking
from scanner.leading.leadership import Leadership
from scanner.leading.led_work import LedWork
from scanner.metrics import ScannerMetrics
from scanner.opportunities.feed_key import DOORS
from scanner.outbox_relay import OutboxRelay, Stream
from scanner.outside import Outside, Readers
from scanner.pages.desk import PageDesk
from scanner.pages.market_check import MarketCheck
from scanner.pages.page_reader import Reader, ScanPages
from scanner.policy import parse_rates
from scanner.prices.price_reader import ModelExtractor, PriceReader
from scanner.rates.day_rates import Rates
from scanner.rates.desk import Bank, RateDesk
from scanner.references.reader import ModelReader, ReferenceReader
from scanner.review.desk import ReviewDesk
from scanner.review.price_picker import PricePicker
from scanner.routes import Runtime, build_router
from scanner.rules.desk import RuleDesk
from scanner.rules.dry_run import DryRun
from scanner.rules.routes import YAML_BODY
from scanner.scan_runner import ScanRunner
from scanner.service import FeedSource, Ports, Scanner, utc_now
from scanner.settings import Settings
from scanner.store.leader_store import LeaderStore, leader_of
from scanner.store.store import Store, open_store
from scanner.tracing.announcements import ANNOUNCEMENTS
from scanner.tracing.observers import Observers
from scanner.tracing.outgoing import Outgoing
from scanner.tracing.telling import Telling
from scanner.tracing.told_plans import ToldPlans
from scanner.watchlist.desk import TextEmbedder, WatchlistDesk


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the outer world; None: the real thing."""

    source: FeedSource | None = None
    judge: Judge | None = None
    stream: Stream | None = None
    model: ModelExtractor | None = None
    references: ModelReader | None = None
    planner: Planner | None = None
    now: Callable[[], datetime] | None = None  # in UTC
    pages: Reader | None = None
    bank: Bank | None = None
    embedder: TextEmbedder | None = None
    models: TellsDrift | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. Ready once its database is open; Redis and the ensemble may come later, as nothing is lost meanwhile."""
    closing = AsyncExitStack()

    async def load() -> Runtime:
        observers = Observers(metrics, Telling(app.state.activity))
        return await _start(settings or Settings(), fakes or Fakes(), observers, closing)

    loader = Loader("store", load)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        yield
        await loader.stop()
        await closing.aclose()

    async def holder(key: str) -> str | None:
        return await loader.get().opportunities.keys.holder(key)

    front = Front(guests=dict.fromkeys(DOORS.values(), holder), announcements=ANNOUNCEMENTS)
    bodies = Bodies(untyped=YAML_BODY | OPML_BODY)
    app = build_app("scanner", lifespan=lifespan, missing=loader.missing, bodies=bodies, front=front)
    metrics = ScannerMetrics(app.state.metrics.registry)
    add_routes(app, build_router(loader.get))
    return app


async def _start(settings: Settings, fakes: Fakes, observers: Observers, closing: AsyncExitStack) -> Runtime:
    """Open everything, and see to it that it is closed in the opposite order."""
    wake, now, outside = asyncio.Event(), fakes.now or utc_now, Outside(settings, closing, observers.telling)
    # The loader tries again while the database is not up.
    store, led, leader = await _open_stores(settings, wake.set, closing)
    rates = await _configured(settings, store, fakes.bank or outside.bank(), now)
    policy = replace(settings.policy, rates=rates.rates, rate_words=rates.rates.words)
    rules = RuleDesk(store.rules, DryRun(store.figures, policy), now)
    await rules.follow(policy.book.rules[0])
    watchlist = WatchlistDesk(store.watches, store.sightings, fakes.embedder or outside.embedder(), policy.dollars, now)
    reader = fakes.pages or outside.pages()
    pages = ScanPages(reader)
    closing.push_async_callback(pages.aclose)
    ports = replace(
        _ports(led, fakes, outside, MarketCheck(reader, policy.dollars) if settings.market_check else None),
        pages=pages,
        plans=ToldPlans(led.plans, observers.telling),
        rates=rates,
        wishes=Wishes(store.rules, watchlist),
    )
    observers = replace(observers, traces=led.traces)
    runner = ScanRunner(Scanner(ports, policy, now, observers.telling), led.scans, led.feeds, observers, now=now)
    relay = OutboxRelay(
        led.outbox, fakes.stream or outside.stream(), wake, observers.metrics, telling=Outgoing(observers.telling.log)
    )

    async def has_unpriced() -> bool:
        return bool(await led.deals.unpriced(1))

    work = LedWork(runner, (BackgroundTask("products of earlier offers", led.backfill.run), relay), led.scans, has_unpriced, now)
    is_leading = await _lead(work, leader, observers.metrics, closing)
    sources = Sources(fakes.models or outside.models(), store.feedback, store.ledger, led.outbox)
    drift = DriftWatch(sources, now, observers.metrics, is_leading)
    for part in (drift, rates):
        part.start()
        closing.push_async_callback(part.stop)
    picker = PricePicker(ports.references, store.deals, policy)
    return Runtime(
        store=store,
        scans=Asking(runner, store.feeds, store.scans, is_leading, now),
        now=now,
        feeds=FeedDesk(store.feeds, FeedProbe(ports.source, PriceReader(), now), now, runner.look, outside.why_never),
        rules=rules,
        rates=rates,
        reviews=ReviewDesk(store.reviews, picker, now, runner.price_soon),
        feedback=FeedbackDesk(store.feedback, (picker, policy), now, runner.price_soon),
        watchlist=watchlist,
        pages=PageDesk(reader, policy.dollars, outside.why_never),
        drift=drift,
    )


async def _configured(settings: Settings, store: Store, bank: Bank | None, now: Callable[[], datetime]) -> RateDesk:
    """Have the store keep the feeds that the settings name; the rates from where they say."""
    wanted = parse_feeds(settings.feeds)
    await store.feeds.configure(wanted or default_feeds(), "environment" if wanted else "default")
    rates = RateDesk(Rates(parse_rates(settings.exchange_rates)), store.rates, bank, now)
    await rates.follow(now())
    return rates


def _ports(store: Store, fakes: Fakes, outside: Outside, check: LastLook | None) -> Ports:
    """`check`: the last look at a page, before others add to what is left."""
    has_fakes = fakes.model or fakes.references or fakes.planner
    by = Readers(PriceReader(fakes.model), ReferenceReader(fakes.references), fakes.planner) if has_fakes else outside.readers()
    return Ports(
        feeds=store.feeds,
        deals=store.deals,
        readings=store.readings,
        memory=store.offers,
        source=fakes.source or outside.source(),
        extractor=by.prices,
        references=by.references,
        judge=fakes.judge or outside.ensemble(),
        plans=store.plans,
        planner=by.planner,
        rewriter=by.rewriter,
        looks=tuple(each for each in (check, by.wording) if each),
        products=store.products,
    )


async def _open_stores(
    settings: Settings, on_outbox: Callable[[], None], closing: AsyncExitStack
) -> tuple[Store, Store, LeaderStore | None]:
    """The store of the doors, that of the work, and who may use the latter; the same one, and nobody to ask, where it is a file."""
    how = settings.database, on_outbox, settings.retention, settings.feed_care
    store, leader = await open_store(*how), leader_of(settings.database)
    closing.push_async_callback(store.aclose)
    if leader is None:
        return store, store, None
    closing.push_async_callback(leader.aclose)
    led = await open_store(*how, leader)
    closing.push_async_callback(led.aclose)
    return store, led, leader


async def _lead(work: LedWork, leader: LeaderStore | None, metrics: ScannerMetrics, closing: AsyncExitStack) -> Callable[[], bool]:
    """Have the work done by this process, at once or as soon as no other does it; whether it is this one at a moment."""
    if leader is None:
        await work.begin()
        closing.push_async_callback(work.end)
        metrics.leading.set(1)
        return lambda: True
    leadership = Leadership(leader, work, metrics)
    closing.push_async_callback(leadership.stop)
    await leadership.start()
    return lambda: leadership.is_leading
