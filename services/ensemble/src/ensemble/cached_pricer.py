"""Gives answers out of the cache, or of one that is just being made for the same question, before it asks the ensemble.

Only complete answers are kept: a degraded one would outlive what ails it. Knows no HTTP and no Redis.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from common.errors import DeadlineExceededError
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.tracing.span import span
from ensemble.cache import Cache, key_of
from ensemble.combine import Weights
from ensemble.metrics import EnsembleMetrics
from ensemble.service import Ensemble
from ensemble.single_flight import SingleFlight


class CachedPricer:
    """The ensemble with a memory. `cache` None: nothing is kept, but the same question at the same time is still asked once."""

    def __init__(self, ensemble: Ensemble, cache: Cache | None, metrics: EnsembleMetrics | None = None) -> None:
        self.ensemble, self.cache, self.metrics = ensemble, cache, metrics or EnsembleMetrics()
        self._flights = SingleFlight[PricedItem]()

    def with_weights(self, weights: Weights, version: str) -> "CachedPricer":
        """The same pricers, with what is known of them, and the same memory, whose keys name the version."""
        return CachedPricer(self.ensemble.with_weights(weights, version), self.cache, self.metrics)

    async def price(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
        """One result for each request, see Ensemble.price."""
        if len(requests) == 1:
            return [await self._one(requests[0])]
        return await self._many(requests)

    async def _one(self, request: PriceRequest) -> PricedItem:
        key = key_of(request, self.ensemble.versions)
        (known,) = await self._known([key])
        if known:
            return known
        seconds = self.ensemble.time_limit.seconds(1)
        try:
            answer, is_joined = await self._flights.run(key, lambda: self._ask_one(request), seconds)
        except TimeoutError as exc:
            raise DeadlineExceededError(f"no answer within {seconds:.1f} s") from exc
        if is_joined:
            self.metrics.joins.inc()
        return answer

    async def _ask_one(self, request: PriceRequest) -> PricedItem:
        (answer,) = await self.ensemble.price([request])
        await self._keep([(request, answer)])
        return answer

    async def _many(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
        """Items of the same text are asked once."""
        keys = [key_of(request, self.ensemble.versions) for request in requests]
        wanted = dict(zip(keys, requests, strict=True))
        known = await self._known(list(wanted))
        answers: dict[str, PricedItem] = {key: found for key, found in zip(wanted, known, strict=True) if found}
        asked = {key: request for key, request in wanted.items() if key not in answers}
        if asked:
            results = await self.ensemble.price(list(asked.values()))
            answers |= zip(asked, results, strict=True)
            await self._keep(list(zip(asked.values(), results, strict=True)))
        return [answers[key] for key in keys]

    async def _known(self, keys: Sequence[str]) -> list[PriceResponse | None]:
        if self.cache is None:
            return [None] * len(keys)
        with span("look into the cache", {"items": len(keys)}) as looked:
            found = [_decoded(value) for value in await self.cache.get(keys)]
            hits = sum(each is not None for each in found)
            looked.put({"hits": hits})
        self.metrics.lookups.labels("hit").inc(hits)
        self.metrics.lookups.labels("miss").inc(len(found) - hits)
        return found

    async def _keep(self, answered: Sequence[tuple[PriceRequest, PricedItem]]) -> None:
        """Under the versions that were asked, which an answer may just have taught us."""
        if self.cache is None:
            return
        complete = [(request, each) for request, each in answered if isinstance(each, PriceResponse) and not each.degraded]
        versions = self.ensemble.versions_of
        await self.cache.put({key_of(request, versions(each)): each.model_dump_json().encode() for request, each in complete})


def _decoded(value: bytes | None) -> PriceResponse | None:
    """What another replica wrote may be of another release."""
    try:
        return PriceResponse.model_validate_json(value) if value else None
    except ValidationError:
        return None
