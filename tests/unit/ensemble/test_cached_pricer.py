"""Complete answers are remembered, poor ones are not, and the same question is asked once."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from prometheus_client import CollectorRegistry

from common.errors import UnavailableError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from ensemble.cache import MemoryCache
from ensemble.cached_pricer import CachedPricer
from ensemble.combine import Weights
from ensemble.metrics import EnsembleMetrics
from ensemble.rule import Rule
from ensemble.service import Ensemble, TimeLimit
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE


class OpenCache(MemoryCache):
    """Tells under which keys it was given something."""

    def __init__(self, ttl: float) -> None:
        super().__init__(100, 100_000, ttl)
        self.keys: list[str] = []

    async def put(self, entries: Mapping[str, bytes]) -> None:
        self.keys += entries
        await super().put(entries)


class CountingPeer:
    """Prices a text by its length after a turn of the loop; `error` fails all, the text "bad" fails alone."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.model, self.degraded = "one@1", list[str]()
        self.error: UnavailableError | None = None

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        self.texts += [each.description for each in requests]
        await asyncio.sleep(0.01)
        if self.error:
            raise self.error
        return [self._priced(each.description) for each in requests]

    def _priced(self, text: str) -> PricedItem:
        if text == "bad":
            return ItemError.model_validate({"error": {"title": "no", "status": 500}})
        return PriceResponse(price=len(text), low=1, high=99, model=self.model, degraded=self.degraded)


class Case:
    """One pricer, its ensemble, a memory and the metrics."""

    def __init__(self, *, ttl: float = 60.0, is_cached: bool = True) -> None:
        weights = Weights(["one"], {"one": Rule({"one": 1.0}, NO_SHIFT, WIDE)}, NO_WORDS)
        self.registry, self.peer = CollectorRegistry(), CountingPeer()
        metrics = EnsembleMetrics(self.registry)
        ensemble = Ensemble({"one": self.peer}, weights, "w1", TimeLimit(5.0, 0.1), metrics)
        self.pricer = CachedPricer(ensemble, OpenCache(ttl) if is_cached else None, metrics)

    async def price(self, *texts: str) -> list[float]:
        """Prices rounded; -1 for an error."""
        results = await self.pricer.price([PriceRequest(description=text) for text in texts])
        return [round(each.price) if isinstance(each, PriceResponse) else -1 for each in results]

    async def learned(self) -> "Case":
        """The models' versions are known from the first answer on, as after the start of the service."""
        await self.price("warm up")
        self.peer.texts.clear()
        return self

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def test_the_second_time_the_answer_comes_from_memory_single_or_in_a_batch() -> None:
    async def scenario() -> list[list[float]]:
        await case.learned()
        return [await case.price("lamp"), await case.price(" lamp "), await case.price("sofa!", "lamp"), await case.price("sofa!")]

    case = Case()
    assert asyncio.run(scenario()) == [[4], [4], [5, 4], [5]]
    assert case.peer.texts == ["lamp", "sofa!"]
    assert case.count("ensemble_cache_lookups_total", result="hit") == 3


def test_without_a_cache_every_request_is_asked() -> None:
    async def scenario() -> None:
        assert [await case.price("lamp"), await case.price("lamp")] == [[4], [4]]

    case = Case(is_cached=False)
    asyncio.run(scenario())
    assert case.peer.texts == ["lamp", "lamp"]


def test_a_degraded_answer_is_not_kept() -> None:
    async def scenario() -> None:
        await case.learned()
        case.peer.degraded = ["chat-model"]
        await case.price("lamp")
        case.peer.degraded = []
        await case.price("lamp")
        await case.price("lamp")

    case = Case()
    asyncio.run(scenario())
    assert case.peer.texts == ["lamp", "lamp"]


def test_an_error_is_not_kept() -> None:
    async def scenario() -> list[float]:
        await case.learned()
        case.peer.error = UnavailableError("down")
        with pytest.raises(UnavailableError):
            await case.price("lamp")
        case.peer.error = None
        assert await case.price("bad", "lamp") == [-1, 4]
        return await case.price("bad", "lamp", "x")

    case = Case()
    assert asyncio.run(scenario()) == [-1, 4, 1]
    assert case.peer.texts == ["lamp", "bad", "lamp", "bad", "x"]


def test_another_version_of_a_pricers_model_makes_what_was_kept_worthless() -> None:
    async def scenario() -> None:
        await case.learned()
        await case.price("lamp")
        case.peer.model = "one@2"
        await case.price("anything else that tells of it")
        await case.price("lamp")

    case = Case()
    asyncio.run(scenario())
    assert case.peer.texts.count("lamp") == 2


def test_the_same_question_at_the_same_time_is_asked_once() -> None:
    async def scenario() -> None:
        await case.learned()
        assert await asyncio.gather(*(case.price("lamp") for _ in range(10))) == [[4]] * 10

    case = Case(is_cached=False)
    asyncio.run(scenario())
    assert case.peer.texts == ["lamp"]
    assert case.count("ensemble_single_flight_joins_total") == 9


def test_items_of_a_batch_that_are_the_same_are_asked_once() -> None:
    case = Case()
    assert asyncio.run(case.price("lamp", "sofa!", "lamp", "lamp")) == [4, 5, 4, 4]
    assert case.peer.texts == ["lamp", "sofa!"]


def test_what_cannot_be_read_in_the_cache_is_asked_again() -> None:
    async def scenario() -> list[float]:
        await case.learned()
        await case.price("lamp")
        cache = case.pricer.cache
        assert isinstance(cache, OpenCache)
        await cache.put(dict.fromkeys(cache.keys, b'{"price": "of another release"}'))
        return await case.price("lamp")

    case = Case()
    assert asyncio.run(scenario()) == [4]
