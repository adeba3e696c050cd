"""What the pricing API stands on: anything that prices requests. Knows no web framework."""

from collections.abc import Sequence
from typing import Protocol

from anyio import CapacityLimiter, to_thread

from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.tracing.span import span


class Pricer(Protocol):
    """Prices requests in their order. An item that cannot be priced yields an ItemError; raising fails all of them."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        ...


class LocalPricer(Protocol):
    """A pricer that computes in this process, without I/O."""

    def price(self, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        """One result for each request."""
        ...


class ThreadedPricer:
    """Keeps a LocalPricer off the event loop, `threads` computations at a time: more would only contend for the cores."""

    def __init__(self, local: LocalPricer, threads: int = 1) -> None:
        self.local, self.limiter = local, CapacityLimiter(threads)

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        with span("inference", {"items": len(requests)}):
            return await to_thread.run_sync(self.local.price, requests, limiter=self.limiter)
