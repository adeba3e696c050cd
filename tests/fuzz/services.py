"""All services in this process, each on a port of its own, over real stores: SQLite files, a Redis, the repository's artifacts."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from common.pricers import PRICERS
from common.settings import artifacts_dir
from frontier_rag.embedder import Embedder
from frontier_rag.estimator.local_estimator import LocalEstimator
from frontier_rag.service import FrontierRag
from scanner.address_guard import GuardedTransport
from scanner.feeds.demo_feed import WithDemo
from scanner.feeds.feed_fetcher import HttpFetcher
from scanner.feeds.feed_reader import FeedReader
from scanner.feeds.host_turns import HostTurns
from scanner.parsing.feed_entry import FeedError
from scanner.parsing.parser_process import ParserProcess
from tests.integration.common.front_doors import running
from tests.integration.notifier.peers import RedisProcess
from tests.unit.frontier_rag_fakes import FakeStore, neighbour
from tests.unit.notifier.samples import opportunity

KEY = "a key for the fuzzer"
SERVICES = (*(pricer.name for pricer in PRICERS), "ensemble", "scanner", "notifier")  # the dashboard describes no API


class Services:
    """Where each answers; one is started when it is first asked for, after those that it asks itself."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self._closing, self._urls = closing, dict[str, str]()
        self._redis = RedisProcess(folder / "redis")
        self._redis.start()
        closing.callback(self._redis.close)
        self._environment = {
            "API_KEYS": KEY,
            "VAR_DIR": str(folder / "var"),
            "REDIS_URL": self._redis.url,
            "FEEDS": "demo",
            "SCANNER_INTERVAL": "0",
            "SCANNER_RATES_URL": "off",  # nobody on the internet is asked
        }

    def url(self, name: str) -> str:
        """The base address of a service that is ready."""
        if name not in self._urls:
            for other in self._asked_by(name):
                self.url(other)
            with pytest.MonkeyPatch.context() as patch:  # settings are read at the start
                for variable, value in self._environment.items():
                    patch.setenv(variable, value)
                server = self._closing.enter_context(running(_app(name)))
            self._urls[name] = f"http://127.0.0.1:{server.config.port}"
            self._environment[f"{name.replace('-', '_').upper()}_URL"] = self._urls[name]
        return self._urls[name]

    def publish(self, count: int) -> None:
        """Opportunities for the notifier, and as many entries that are none."""
        self._redis.publish(*(opportunity(f"opp-{number}") for number in range(count)))
        for _ in range(count):
            self._redis.client.xadd("opportunities", {"nothing": "of ours"})

    @staticmethod
    def _asked_by(name: str) -> tuple[str, ...]:
        asked = {"ensemble": tuple(pricer.name for pricer in PRICERS), "scanner": ("ensemble",)}
        return asked.get(name, ())


def _app(name: str) -> FastAPI:
    module = importlib.import_module(f"{name.replace('-', '_')}.app")
    create_app: Callable[..., FastAPI] = module.create_app
    fakes = {"scanner": {"source": _offline_feeds}, "frontier-rag": {"pricer": _frontier_rag}}.get(name, {})
    return create_app(module.Fakes(**{port: make() for port, make in fakes.items()}))


def _frontier_rag() -> FrontierRag:
    """The real one but for its collection: to fill that with the bundled products takes a minute."""
    embedder = Embedder.load(artifacts_dir() / "embedder", 2)
    estimator = LocalEstimator.load(artifacts_dir() / "frontier-rag" / "estimator")
    return FrontierRag(embedder, FakeStore([neighbour("Cordless drill", 99.0, 0.9, "20 V")]), estimator, None, 5)


def _offline_feeds() -> FeedReader:
    """The real reader in a world without names: a feed that the fuzzer adds must not be asked for on the internet."""

    async def resolve(host: str, _: int) -> list[str]:
        raise FeedError(f"{host} cannot be resolved", is_unreachable=True)

    fetcher = HttpFetcher(GuardedTransport(frozenset(), resolve_host=resolve), 1.0, HostTurns(gap=0.0))
    return FeedReader(WithDemo(fetcher), ParserProcess(), 30.0)


@contextmanager
def serving_all(folder: Path) -> Iterator[Services]:
    """None of them started yet."""
    with ExitStack() as closing:
        yield Services(folder, closing)
