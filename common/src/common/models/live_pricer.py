"""The pricer in use, whichever that is: another takes its place between two requests, and none fails of it. Knows no model."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

from common.pricing import PricedItem, PriceRequest
from common.pricing_api.pricer import Pricer


class Watches(Protocol):
    """Sees what was asked and answered, once the answer is made. Returns at once."""

    def __call__(self, requests: Sequence[PriceRequest], results: Sequence[PricedItem], seconds: float) -> None:
        """`seconds`: how long the answer took."""
        ...


class LivePricer:
    """A Pricer over what `current` returns at the moment of each request."""

    def __init__(self, current: Callable[[], Pricer]) -> None:
        self._current = current
        self._users: dict[int, int] = {}
        self.watchers: list[Watches] = []

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for a price."""
        return not self._users

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request, see Pricer."""
        pricer, started = self._current(), time.perf_counter()
        with self._used(pricer):
            results = await pricer.price(requests)
        self._tell(requests, results, time.perf_counter() - started)
        return results

    async def unused(self, pricer: Pricer) -> None:
        """Return when nobody waits for this one any more."""
        while id(pricer) in self._users:  # noqa: ASYNC110 (once in the life of a model: an event for each request costs more)
            await asyncio.sleep(0.05)

    @contextmanager
    def _used(self, pricer: Pricer) -> Iterator[None]:
        key = id(pricer)
        self._users[key] = self._users.get(key, 0) + 1
        try:
            yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key]

    def _tell(self, requests: Sequence[PriceRequest], results: Sequence[PricedItem], seconds: float) -> None:
        for each in self.watchers:
            try:
                each(requests, results, seconds)
            except Exception:  # noqa: BLE001 (who watches must not cost the answer)
                structlog.get_logger().exception("watcher_failed")
