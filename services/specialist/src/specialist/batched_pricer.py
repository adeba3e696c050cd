"""Prices what different callers ask at once in one batch, off the event loop. Knows no model."""

from collections.abc import Sequence

from common.errors import PricingAgentError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import LocalPricer
from common.problem import problem, problem_of
from specialist.batching import Batcher, Limits
from specialist.metrics import BatchingMetrics


class BatchedPricer:
    """Keeps a LocalPricer off the event loop and lets it price what different callers ask at once in one batch."""

    def __init__(self, local: LocalPricer, limits: Limits | None = None, metrics: BatchingMetrics | None = None) -> None:
        self.batcher = Batcher[PriceRequest, PriceResponse](local.price, limits, metrics)

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request; raises where none could be priced."""
        order = sorted(range(len(requests)), key=lambda at: _length(requests[at]))  # a batch is filled up to its longest text
        found = dict(zip(order, await self.batcher.submit([requests[at] for at in order]), strict=True))
        failed = [each for each in found.values() if isinstance(each, Exception)]
        if failed and len(failed) == len(found):
            raise failed[0]
        results = (found[at] for at in range(len(requests)))
        return [_item_error(each) if isinstance(each, Exception) else each for each in results]


def _length(request: PriceRequest) -> int:
    return len(request.title or "") + len(request.description or "")


def _item_error(error: Exception) -> ItemError:
    if isinstance(error, PricingAgentError):
        return ItemError(error=problem_of(error))
    return ItemError(error=problem(500, "an unexpected error; the log has it"))
