"""Sends a batch to a pricer in slices that fit its limits, a few at once, and waits for a pricer that is busy or just away.

Nobody below waits for either. A slice that fails for good costs its own items; a pricer that hangs, or stays away, costs all that
are left. A request of one item goes out as it is. Knows no HTTP.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.errors import PricingAgentError
from common.pricing import ItemError, PricedItem, PriceRequest
from common.problem import problem_of
from common.retry import Backoff, Retry
from ensemble.peer.peer_error import PeerError


class Peer(Protocol):
    """One pricer."""

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """Results in order within `seconds`; raises PricingAgentError."""
        ...


@dataclass(frozen=True)
class SliceLimits:
    """`items` of a slice; `parallel` slices at once to one pricer, for all batches together.

    `single`, `per_item`: seconds that a slice may take, so that a pricer that hangs does not hold up a whole batch.
    `pause`: seconds before another try of a pricer that is away, `tries` of them before the rest of the batch goes without it.
    """

    items: int = 32
    parallel: int = 2
    single: float = 8.0
    per_item: float = 0.25
    pause: float = 1.0
    tries: int = 4

    @property
    def seconds(self) -> float:
        """Time for a slice that shares the pricer with `parallel` others."""
        return self.single + self.per_item * self.items * self.parallel


class SlicedPeer:
    """Calls `peer` for all who ask one pricer. Must be used from one event loop."""

    def __init__(self, peer: Peer, limits: SliceLimits | None = None) -> None:
        self.peer, self.limits = peer, limits or SliceLimits()
        self._free = asyncio.Semaphore(self.limits.parallel)
        pauses = Backoff(self.limits.pause, self.limits.pause)
        self._while_busy, self._while_away = Retry(_busy, None, pauses), Retry(_away, self.limits.tries, pauses)

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """Results in order within `seconds`; an item of a slice that failed gets an error, PricingAgentError where all did."""
        if len(requests) == 1:
            return await self.peer.price(requests, seconds)
        batch = _Batch(requests, self.limits.items, time.monotonic() + seconds)
        await asyncio.gather(*(self._work(batch) for _ in range(self.limits.parallel)))
        return batch.results()

    async def _work(self, batch: "_Batch") -> None:
        for start in batch.starts:
            try:
                async with asyncio.timeout(batch.left):  # the wait for a turn, too: others' batches may hang
                    batch.priced[start] = await self._patiently(batch, start)
            except TimeoutError:
                batch.fail(start, PeerError("late", "no answer before the deadline"))
            except PricingAgentError as exc:
                batch.fail(start, exc)

    async def _patiently(self, batch: "_Batch", start: int) -> Sequence[PricedItem]:
        """One slice. A busy pricer says when to come back and is believed; one that is away gets a few tries.

        A batch of a single slice is soon done and most likely somebody waits for it: it goes without who is away.
        """
        part = batch.part(start)
        if len(batch.requests) <= self.limits.items:
            return await self._when_it_is_free(batch, part)
        return await self._while_away.acall(lambda: self._when_it_is_free(batch, part), batch.left)

    async def _when_it_is_free(self, batch: "_Batch", part: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return await self._while_busy.acall(lambda: self._in_turn(batch, part), batch.left)

    async def _in_turn(self, batch: "_Batch", part: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One call. Nobody holds a turn through a pause: others may have what a busy pricer has no room for now."""
        async with self._free:
            return await self.peer.price(part, min(batch.left, self.limits.seconds))


def _busy(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, PeerError) and error.reason == "overloaded" else None


def _away(error: Exception) -> float | None:
    return 0.0 if isinstance(error, PeerError) and error.reason in ("open", "unreachable") else None


class _Batch:
    """Where a batch stands. `starts` yields the slices that nobody has begun."""

    def __init__(self, requests: Sequence[PriceRequest], size: int, until: float) -> None:
        self.requests, self.size, self.until = requests, size, until
        self.priced: dict[int, Sequence[PricedItem]] = {}
        self.failures: list[PricingAgentError] = []
        self._is_given_up = False
        self.starts = self._starts()

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self.until - time.monotonic())

    def part(self, start: int) -> Sequence[PriceRequest]:
        """The requests of a slice."""
        return self.requests[start : start + self.size]

    def fail(self, start: int, error: PricingAgentError) -> None:
        """Note a slice without prices. Of a pricer that hangs or is away nothing more is expected."""
        self.failures.append(error)
        self._is_given_up |= isinstance(error, PeerError) and error.reason in ("late", "open", "unreachable")

    def results(self) -> list[PricedItem]:
        """In the order of the requests."""
        if self.failures and not self.priced:
            raise self.failures[0]
        missing = [ItemError(error=problem_of(error)) for error in self.failures[:1]]
        found: list[PricedItem] = []
        for start in range(0, len(self.requests), self.size):
            found += self.priced.get(start) or missing * len(self.part(start))
        return found

    def _starts(self) -> Iterator[int]:
        for start in range(0, len(self.requests), self.size):
            if self._is_given_up:
                return
            yield start
