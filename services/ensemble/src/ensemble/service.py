"""The use case: ask all pricers at once, drop what is late or makes no sense, combine the rest. Knows no HTTP."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from common import request_context
from common.errors import PricingAgentError, UnavailableError
from common.pricing import Estimate, ItemError, PricedItem, PriceRequest, PriceResponse
from common.problem import problem_of
from common.tracing.span import span
from ensemble.combine import Weights, member_of
from ensemble.groups import is_known, told_known
from ensemble.metrics import EnsembleMetrics
from ensemble.rule import lead_of
from ensemble.telling import Telling

_CHEAPEST = 0.01  # USD: less rounds to nothing, and in logarithms one such price would outweigh all others
_DEAREST = 1e6  # USD: past what any pricer here was trained on a thousand times over
_MARGIN = 0.1  # seconds kept back from the caller's deadline to combine and answer
_TURN = 16  # items combined before others may use the event loop: some 2 ms


class Peer(Protocol):
    """One pricer."""

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """Results in order within `seconds`; raises PricingAgentError."""
        ...


@dataclass(frozen=True)
class TimeLimit:
    """How long an answer may take: seconds for a single item, and seconds on top for each item of a batch."""

    single: float
    per_item: float

    def seconds(self, items: int) -> float:
        """The time that the pricers get for so many items; the caller's own deadline bounds it."""
        allowed = self.single + (self.per_item * items if items > 1 else 0.0)
        return max(0.0, request_context.remaining(allowed + _MARGIN) - _MARGIN)


@dataclass(frozen=True)
class _Answers:
    name: str
    results: Sequence[PricedItem] | None  # None: the peer failed for all of them
    ms: float


class Ensemble:
    """Combines the peers' estimates with trained weights; answers with those present, and says which are not.

    A pricer that training has not seen yet is asked and shown with weight 0.
    """

    def __init__(
        self,
        peers: Mapping[str, Peer],
        weights: Weights,
        version: str,
        time_limit: TimeLimit,
        metrics: EnsembleMetrics | None = None,
    ) -> None:
        self.peers, self.weights, self.time_limit, self.metrics = peers, weights, time_limit, metrics or EnsembleMetrics()
        self.model = f"ensemble@{version}"
        self.telling = Telling()
        self._models: dict[str, str] = {}

    def with_weights(self, weights: Weights, version: str) -> "Ensemble":
        """The same pricers, weighed otherwise."""
        other = Ensemble(self.peers, weights, version, self.time_limit, self.metrics)
        other.telling, other._models = self.telling, self._models
        return other

    @property
    def versions(self) -> list[str]:
        """What an answer of all pricers would rest on, as far as their last answers tell: our weights and their models."""
        return [self.model, *(f"{name}={self._models.get(name)}" for name in self.peers)]

    def versions_of(self, answer: PriceResponse) -> list[str]:
        """What `answer` rests on."""
        used = {estimate.pricer: estimate.model for estimate in answer.estimates}
        return [answer.model, *(f"{name}={used.get(name)}" for name in self.peers)]

    async def price(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
        """One result for each request; an item that no pricer could price gets an error in its place.

        Raises UnavailableError where there is nothing but such errors.
        """
        seconds, started = self.time_limit.seconds(len(requests)), time.perf_counter()
        answers = await asyncio.gather(*(self._ask(name, requests, seconds) for name in self.peers))
        results: list[PricedItem] = []
        for index in range(len(requests)):
            if index and index % _TURN == 0:
                await asyncio.sleep(0)
            results.append(self._combine(requests[index], [(a.name, _at(a, index), a.ms) for a in answers]))
        self._count(results)
        if all(isinstance(result, ItemError) for result in results):
            raise UnavailableError("no pricer answered; try again in a moment")
        self.telling.priced("ensemble", results, time.perf_counter() - started)
        return results

    def _count(self, results: Sequence[PricedItem]) -> None:
        for result in results:
            there = len(result.estimates) if isinstance(result, PriceResponse) else 0
            self.metrics.prices.labels(len(self.peers) - there).inc()

    async def _ask(self, name: str, requests: Sequence[PriceRequest], seconds: float) -> _Answers:
        started = time.perf_counter()
        try:
            with span(f"ask {name}", {"items": len(requests)}):
                results = await self.peers[name].price(requests, seconds)
        except PricingAgentError as exc:
            structlog.get_logger().debug("without_pricer", pricer=name, why=str(exc))
            self.telling.missing(name, str(exc))
            return _Answers(name, None, 0.0)
        took = time.perf_counter() - started
        self.telling.priced(name, results, took)
        return _Answers(name, results, round(took * 1000, 1))

    def _good(self, answers: Sequence[tuple[str, PricedItem | None, float]]) -> dict[str, tuple[PriceResponse, float]]:
        """The answers that can be used, with their times; the others are counted."""
        good: dict[str, tuple[PriceResponse, float]] = {}
        for name, result, ms in answers:
            if isinstance(result, ItemError):
                self.metrics.errors.labels(name, "item").inc()
            elif result is not None and not is_sane(result):
                self.metrics.errors.labels(name, "implausible").inc()
                structlog.get_logger().warning("pricer_implausible", pricer=name, answer=(result.low, result.price, result.high))
            elif result is not None:
                good[name] = (result, ms)
                self._models[name] = result.model
        return good

    def _combine(self, request: PriceRequest, answers: Sequence[tuple[str, PricedItem | None, float]]) -> PricedItem:
        good = self._good(answers)
        members = {name: member_of(name, result.member) for name, (result, _) in good.items()}
        weighed = {members[name]: result for name, (result, _) in good.items() if self.weights.knows(members[name])}
        if not weighed:
            return ItemError(error=problem_of(UnavailableError("no pricer answered; try again in a moment")))
        known = is_known(told_known(result) for result, _ in good.values())
        combined = self.weights.combine(
            {member: result.price for member, result in weighed.items()},
            self.weights.category_words.group_of(request, known),
            {member: (result.low, result.high) for member, result in weighed.items()},
            lead_of(request.text, *_found(weighed)),
        )
        price = max(round(combined.price, 2), _CHEAPEST)
        return PriceResponse(
            price=price,
            low=round(combined.low, 2),
            high=max(round(combined.high, 2), price),
            model=self.model,
            estimates=[_estimate(name, result, ms, combined.shares.get(members[name], 0.0)) for name, (result, ms) in good.items()],
            degraded=_degraded([name for name, _, _ in answers], {name: result for name, (result, _) in good.items()}),
            similar=next((result.similar for result, _ in good.values() if result.similar), []),
            known=known,
        )


def _found(answers: Mapping[str, PriceResponse]) -> tuple[list[str], list[str]]:
    """The members that have found the product itself, and those that look products up."""
    identified = [member for member, answer in answers.items() if answer.is_identified]
    return identified, [member for member, answer in answers.items() if told_known(answer) is not None]


def is_sane(answer: PriceResponse) -> bool:
    """Whether an estimate can be used at all: finite, at least a cent, and inside its own interval."""
    numbers = (answer.low, answer.price, answer.high)
    is_ordered = 0 <= answer.low <= answer.price <= answer.high
    return all(map(math.isfinite, numbers)) and _CHEAPEST <= answer.price < _DEAREST and is_ordered


def _at(answers: _Answers, index: int) -> PricedItem | None:
    return None if answers.results is None else answers.results[index]


def _estimate(name: str, result: PriceResponse, ms: float, weight: float) -> Estimate:
    return Estimate(
        pricer=name,
        price=result.price,
        low=result.low,
        high=result.high,
        model=result.model,
        ms=ms,
        weight=weight,
        member=result.member,
    )


def _degraded(asked: Sequence[str], good: Mapping[str, PriceResponse]) -> list[str]:
    """Pricers that are missing, and parts that a pricer itself had to do without, as pricer/part."""
    missing = [name for name in asked if name not in good]
    return missing + [f"{name}/{part}" for name, result in good.items() for part in result.degraded]
