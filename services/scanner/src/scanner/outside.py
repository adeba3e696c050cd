"""What reaches out of the process: feeds and pages, ensemble, embedder, bank, stream and chat model. Each is opened when asked for.

What tests put in their place app.py knows. What fetches from strangers goes through the address guard, and shares turns at hosts.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from common.client import ServiceClient
from scanner.address_guard import GuardedTransport, why_never
from scanner.decision import LastLook, Planner
from scanner.drift.ensemble_models import EnsembleModels
from scanner.drift.watch import TellsDrift
from scanner.ensemble_client import EnsembleJudge
from scanner.feeds.demo_feed import WithDemo
from scanner.feeds.feed_fetcher import HttpFetcher
from scanner.feeds.feed_reader import FeedReader
from scanner.feeds.host_turns import HostTurns
from scanner.judging.clear_text import Rewriter
from scanner.judging.informed_judge import Judge
from scanner.outbox_relay import Stream
from scanner.pages.page_fetcher import PageFetcher
from scanner.pages.page_process import PageProcess
from scanner.pages.page_reader import PageReader, Reader
from scanner.parsing.parser_process import ParserProcess
from scanner.planner.planner import ChatPlanner
from scanner.prices.price_reader import PriceReader
from scanner.rates.bank import HttpBank
from scanner.rates.desk import Bank
from scanner.redis_stream import RedisStream
from scanner.references.reader import ReferenceReader
from scanner.service import FeedSource
from scanner.settings import Settings
from scanner.tracing.telling import Telling
from scanner.watchlist.desk import TextEmbedder
from scanner.watchlist.embedding_client import TIMEOUT as EMBED_TIMEOUT
from scanner.watchlist.embedding_client import FrontierRagEmbedder

MODELS_TIMEOUT = 10.0  # seconds
BATCH_TIMEOUT = 120.0  # seconds for one chunk of deals: a cold specialist on two cores needs some


@dataclass(frozen=True)
class Readers:
    """Who reads prices and references, plans, writes texts anew, and words pushes; None: nobody."""

    prices: PriceReader
    references: ReferenceReader
    planner: Planner | None = None
    rewriter: Rewriter | None = None
    wording: LastLook | None = None


class Outside:
    """The real things. What is opened is closed with `closing`; what the planner does is told by `telling`."""

    def __init__(self, settings: Settings, closing: AsyncExitStack, telling: Telling) -> None:
        self._settings, self._closing, self._telling = settings, closing, telling
        self._turns = HostTurns(settings.host_gap)

    def source(self) -> FeedSource:
        """Feeds, each parsed in a process of its own."""
        fetcher = HttpFetcher(self._guard(), self._settings.fetch_timeout, self._turns)
        self._closing.push_async_callback(fetcher.aclose)
        return FeedReader(WithDemo(fetcher), ParserProcess(), self._settings.fetch_timeout)

    def why_never(self, url: str) -> str | None:
        """Why an address can be told at sight never to be fetched."""
        return why_never(url, self._settings.allowed_hosts)

    def pages(self) -> Reader:
        """The pages of deals."""
        fetcher, html = PageFetcher(self._guard(), self._turns), PageProcess()
        self._closing.push_async_callback(fetcher.aclose)
        self._closing.push_async_callback(html.aclose)
        return PageReader(fetcher, html)

    def bank(self) -> Bank | None:
        """Who says what other money is worth; None where nobody is to be asked."""
        if not self._settings.rates_url:
            return None
        bank = HttpBank(self._settings.rates_url, self._guard())
        self._closing.push_async_callback(bank.aclose)
        return bank

    def ensemble(self) -> Judge:
        """The judge."""
        judge = EnsembleJudge(ServiceClient("ensemble", self._settings.ensemble_url, timeout=BATCH_TIMEOUT))
        self._closing.push_async_callback(judge.aclose)
        return judge

    def models(self) -> TellsDrift:
        """What the ensemble tells of its models."""
        models = EnsembleModels(ServiceClient("ensemble", self._settings.ensemble_url, timeout=MODELS_TIMEOUT))
        self._closing.push_async_callback(models.aclose)
        return models

    def embedder(self) -> TextEmbedder:
        """Meaning, for the watchlist."""
        embedder = FrontierRagEmbedder(ServiceClient("frontier-rag", self._settings.frontier_rag_url, timeout=EMBED_TIMEOUT))
        self._closing.push_async_callback(embedder.aclose)
        return embedder

    def stream(self) -> Stream:
        """Where alerts go."""
        stream = RedisStream(self._settings.redis_url.get_secret_value())
        self._closing.push_async_callback(stream.aclose)
        return stream

    def readers(self) -> Readers:
        """The language model first where one is configured, which then serves all.

        It is imported only then: the SDK costs half a second and 40 MB.
        """
        settings = self._settings
        if not settings.has_model:
            return Readers(PriceReader(), ReferenceReader())
        from scanner.chat_model import ChatModel, open_client
        from scanner.judging.clear_text import ChatRewriter
        from scanner.prices.llm_extractor import ChatExtractor
        from scanner.references.chat_reader import ChatReferenceReader
        from scanner.wording.chat_wording import ChatWording

        client = open_client(settings.openai_api_key.get_secret_value(), settings.openai_base_url)
        model = ChatModel(client, settings.openai_model)
        self._closing.push_async_callback(model.aclose)
        return Readers(
            PriceReader(ChatExtractor(model)),
            ReferenceReader(ChatReferenceReader(model)),
            ChatPlanner(model, settings.bounds, self._telling.stepped) if settings.planner == "autonomous" else None,
            None if settings.planner == "policy" else ChatRewriter(model),
            ChatWording(model) if settings.wording == "chat" else None,
        )

    def _guard(self) -> GuardedTransport:
        return GuardedTransport(self._settings.allowed_hosts)
