"""The scanner's application: opens store, stream and clients in its lifespan, or takes fakes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import FastAPI

from common.background import BackgroundTask
from common.client import ServiceClient
from common.http.admission import Bodies
from common.http.app import build_app
from common.loader import Loader
from scanner.address_guard import GuardedTransport
from scanner.decision import LastLook, Planner, Wishes
from scanner.ensemble_client import EnsembleJudge
from scanner.feedback.desk import FeedbackDesk
from scanner.feeds.demo_feed import WithDemo
from scanner.feeds.feed_desk import FeedDesk
from scanner.feeds.feed_fetcher import HttpFetcher
from scanner.feeds.feed_list import default_feeds, parse_feeds
from scanner.feeds.feed_probe import FeedProbe
from scanner.feeds.feed_reader import FeedReader
from scanner.feeds.host_turns import HostTurns
from scanner.feeds.routes import OPML_BODY
from scanner.judging.clear_text import Rewriter
from scanner.judging.informed_judge import Judge
from scanner.metrics import ScannerMetrics
from scanner.outbox_relay import OutboxRelay, Stream
from scanner.pages.market_check import MarketCheck
from scanner.pages.page_fetcher import PageFetcher
from scanner.pages.page_process import PageProcess
from scanner.pages.page_reader import PageReader, Reader, ScanPages
from scanner.parsing.parser_process import ParserProcess
from scanner.planner.planner import ChatPlanner
from scanner.policy import parse_rates
from scanner.prices.price_reader import ModelExtractor, PriceReader
from scanner.rates.bank import HttpBank
from scanner.rates.day_rates import Rates
from scanner.rates.desk import Bank, RateDesk
from scanner.redis_stream import RedisStream
from scanner.references.reader import ModelReader, ReferenceReader
from scanner.review.desk import ReviewDesk
from scanner.review.price_picker import PricePicker
from scanner.routes import Runtime, build_router
from scanner.rules.desk import RuleDesk
from scanner.rules.dry_run import DryRun
from scanner.rules.rule_file import MOST_BYTES
from scanner.scan_runner import ScanRunner
from scanner.service import FeedSource, Ports, Scanner, utc_now
from scanner.settings import Settings
from scanner.store.store import Store, open_store
from scanner.watchlist.desk import TextEmbedder, WatchlistDesk
from scanner.watchlist.embedding_client import TIMEOUT as EMBED_TIMEOUT
from scanner.watchlist.embedding_client import FrontierRagEmbedder

FILES = {"/rules/import": MOST_BYTES}  # bodies that are no JSON
BATCH_TIMEOUT = 120.0  # seconds for one chunk of deals: a cold specialist on two cores needs some


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


@dataclass(frozen=True)
class _Readers:
    """Who reads prices and references, plans, writes texts anew, and words pushes; None: nobody."""

    prices: PriceReader
    references: ReferenceReader
    planner: Planner | None = None
    rewriter: Rewriter | None = None
    wording: LastLook | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. Ready once its database is open; Redis and the ensemble may come later, as nothing is lost meanwhile."""
    closing = AsyncExitStack()

    async def load() -> Runtime:
        return await _start(settings or Settings(), fakes or Fakes(), metrics, closing)

    loader = Loader("store", load)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        yield
        await loader.stop()
        await closing.aclose()

    app = build_app("scanner", lifespan=lifespan, missing=loader.missing, bodies=Bodies(untyped=FILES | OPML_BODY))
    metrics = ScannerMetrics(app.state.metrics.registry)
    app.include_router(build_router(loader.get))
    return app


async def _start(settings: Settings, fakes: Fakes, metrics: ScannerMetrics, closing: AsyncExitStack) -> Runtime:
    """Open everything, and see to it that it is closed in the opposite order."""
    wake, now = asyncio.Event(), fakes.now or utc_now
    store = await open_store(
        settings.database, wake.set, settings.retention, settings.feed_care
    )  # the loader tries again while it is not up
    closing.push_async_callback(store.aclose)
    wanted = parse_feeds(settings.feeds)
    await store.feeds.configure(wanted or default_feeds(), "environment" if wanted else "default")
    relay = OutboxRelay(store.outbox, fakes.stream or _redis_stream(settings, closing), wake, metrics)
    rates = await _open_rates(settings, fakes, store, closing)
    policy = replace(settings.policy, rates=rates.rates, rate_words=rates.rates.words)
    rules = RuleDesk(store.rules, DryRun(store.figures, policy), now)
    await rules.follow(policy.book.rules[0])
    reader = fakes.pages or _page_reader(settings, closing)
    pages = ScanPages(reader)
    closing.push_async_callback(pages.aclose)
    checks = [MarketCheck(reader, policy.dollars)] if settings.market_check else []  # first: others add to what is left
    ports = _ports(settings, fakes, store, closing)
    embedder = fakes.embedder or _embedder(settings, closing)
    watchlist = WatchlistDesk(store.watches, store.sightings, embedder, policy.dollars, now)
    wishes = Wishes(store.rules, watchlist)
    ports = replace(ports, rates=rates, pages=pages, wishes=wishes, looks=(*checks, *ports.looks))
    runner = ScanRunner(Scanner(ports, policy, now), store.scans, store.feeds, metrics, now=now)
    await runner.recover()
    backfill = BackgroundTask("products of earlier offers", store.backfill.run)
    backfill.start()
    closing.push_async_callback(backfill.stop)
    relay.start()
    closing.push_async_callback(relay.stop)
    runner.start()
    closing.push_async_callback(runner.stop)
    desk = FeedDesk(store.feeds, FeedProbe(ports.source, PriceReader(), now), now, runner.look)
    picker = PricePicker(ports.references, store.deals, policy)
    reviews = ReviewDesk(store.reviews, picker, now, runner.price_soon)
    feedback = FeedbackDesk(store.feedback, (picker, policy), now, runner.price_soon)
    return Runtime(store, runner, now, desk, rules, rates, reviews, feedback, watchlist)


def _ports(settings: Settings, fakes: Fakes, store: Store, closing: AsyncExitStack) -> Ports:
    source = fakes.source or _feed_source(settings, closing)
    judge = fakes.judge or _ensemble(settings, closing)
    by = _readers(settings, fakes, closing)
    memory = store.feeds, store.deals, store.readings, store.offers
    wishes, looks = Wishes(store.rules), (by.wording,) if by.wording else ()
    readers = by.prices, by.references
    return Ports(*memory, source, *readers, judge, store.plans, by.planner, by.rewriter, wishes, looks, products=store.products)


def _page_reader(settings: Settings, closing: AsyncExitStack) -> Reader:
    fetcher, html = PageFetcher(GuardedTransport(settings.allowed_hosts), HostTurns()), PageProcess()
    closing.push_async_callback(fetcher.aclose)
    closing.push_async_callback(html.aclose)
    return PageReader(fetcher, html)


async def _open_rates(settings: Settings, fakes: Fakes, store: Store, closing: AsyncExitStack) -> RateDesk:
    bank = fakes.bank
    if bank is None and settings.rates_url:
        bank = HttpBank(settings.rates_url, GuardedTransport(settings.allowed_hosts))
        closing.push_async_callback(bank.aclose)
    desk = RateDesk(Rates(parse_rates(settings.exchange_rates)), store.rates, bank)
    await desk.load()
    return desk


def _feed_source(settings: Settings, closing: AsyncExitStack) -> FeedSource:
    turns = HostTurns(settings.host_gap)
    fetcher = HttpFetcher(GuardedTransport(settings.allowed_hosts), settings.fetch_timeout, turns)
    closing.push_async_callback(fetcher.aclose)
    return FeedReader(WithDemo(fetcher), ParserProcess(), settings.fetch_timeout)


def _ensemble(settings: Settings, closing: AsyncExitStack) -> Judge:
    judge = EnsembleJudge(ServiceClient("ensemble", settings.ensemble_url, timeout=BATCH_TIMEOUT))
    closing.push_async_callback(judge.aclose)
    return judge


def _embedder(settings: Settings, closing: AsyncExitStack) -> TextEmbedder:
    embedder = FrontierRagEmbedder(ServiceClient("frontier-rag", settings.frontier_rag_url, timeout=EMBED_TIMEOUT))
    closing.push_async_callback(embedder.aclose)
    return embedder


def _redis_stream(settings: Settings, closing: AsyncExitStack) -> Stream:
    stream = RedisStream(settings.redis_url.get_secret_value())
    closing.push_async_callback(stream.aclose)
    return stream


def _readers(settings: Settings, fakes: Fakes, closing: AsyncExitStack) -> _Readers:
    """The language model first where one is configured, which then serves all.

    It is imported only then: the SDK costs half a second and 40 MB.
    """
    if fakes.model or fakes.references or fakes.planner or not settings.has_model:
        return _Readers(PriceReader(fakes.model), ReferenceReader(fakes.references), fakes.planner)
    from scanner.chat_model import ChatModel, open_client
    from scanner.judging.clear_text import ChatRewriter
    from scanner.prices.llm_extractor import ChatExtractor
    from scanner.references.chat_reader import ChatReferenceReader
    from scanner.wording.chat_wording import ChatWording

    client = open_client(settings.openai_api_key.get_secret_value(), settings.openai_base_url)
    model = ChatModel(client, settings.openai_model)
    closing.push_async_callback(model.aclose)
    return _Readers(
        PriceReader(ChatExtractor(model)),
        ReferenceReader(ChatReferenceReader(model)),
        ChatPlanner(model, settings.bounds) if settings.planner == "autonomous" else None,
        None if settings.planner == "policy" else ChatRewriter(model),
        ChatWording(model) if settings.wording == "chat" else None,
    )
