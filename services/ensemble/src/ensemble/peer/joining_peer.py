"""Turns what callers ask of one pricer into calls: lone requests at once, those that come together as one batch, batches in slices.

A request waits for company only while `free` calls are under way, and then `linger` seconds at most: the pricer is busy anyway.
Knows no HTTP and no prices.
"""

import asyncio
import time
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Protocol

from common import request_context
from common.errors import PricingAgentError
from common.pricing import PriceRequest
from common.pricing_api.pricer_app import PricedItem
from ensemble.peer.batch_slices import SlicedCalls, SliceLimits
from ensemble.peer.peer_error import PeerError

_LONGEST_ID = 128  # characters that every service takes over as a request id


class Peer(Protocol):
    """One pricer."""

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """Results in order within `seconds`; raises PricingAgentError."""
        ...


@dataclass(frozen=True)
class CallLimits:
    """How requests are put into calls; `slices` where one caller brings many.

    `together`: single requests in one call at most, 1 for each alone. `free`: calls under way up to which none waits.
    `linger`: seconds that one waits past that.
    """

    together: int = 8
    free: int = 16
    linger: float = 0.001
    slices: SliceLimits = field(default_factory=SliceLimits)


class _Waiting:
    """A request that will be part of a call, with what it brought along."""

    def __init__(self, request: PriceRequest, until: float) -> None:
        self.request, self.until, self.context = request, until, copy_context()
        self.result: asyncio.Future[PricedItem] = asyncio.get_running_loop().create_future()


class JoiningPeer:
    """Calls `peer` with fewer, larger calls the more there is to do. Must be used from one event loop."""

    def __init__(self, peer: Peer, limits: CallLimits | None = None) -> None:
        self.peer, self.limits = peer, limits or CallLimits()
        self.under_way = 0
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.Handle | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._slices = SlicedCalls(self._call, self.limits.slices)

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        """Results in order within `seconds`; an item whose call failed gets an error, PricingAgentError where all did."""
        if len(requests) > 1:
            return await self._slices.price(requests, time.monotonic() + seconds)
        if self.limits.together > 1 and (self.under_way or self._waiting):
            return [await self._together(requests[0], seconds)]
        return await self._call(requests, seconds)

    async def _call(self, requests: Sequence[PriceRequest], seconds: float) -> Sequence[PricedItem]:
        self.under_way += 1
        try:
            return await self.peer.price(requests, seconds)
        finally:
            self.under_way -= 1
            if self._waiting and self.under_way < self.limits.free:
                self._send()

    async def _together(self, request: PriceRequest, seconds: float) -> PricedItem:
        waiting = _Waiting(request, time.monotonic() + seconds)
        self._waiting.append(waiting)
        if len(self._waiting) >= self.limits.together:
            self._send()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            # The next turn of the loop: by then all that came in with this one have been read.
            is_free = self.under_way < self.limits.free
            self._timer = loop.call_soon(self._send) if is_free else loop.call_later(self.limits.linger, self._send)
        try:
            async with asyncio.timeout(seconds):
                return await waiting.result
        except TimeoutError as exc:
            raise PeerError("late", f"no answer within {seconds:.1f} s") from exc

    def _send(self) -> None:
        """Start one call with all that wait and are still waited for."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = [each for each in self._waiting if not each.result.done()], []
        if not batch:
            return
        task = asyncio.get_running_loop().create_task(self._answer(batch), context=_context_of(batch))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        left = len(batch)

        def end_with_the_last(_: "asyncio.Future[PricedItem]") -> None:
            nonlocal left
            left -= 1
            if not left:
                task.cancel()

        for each in batch:
            each.result.add_done_callback(end_with_the_last)

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        seconds = max(each.until for each in batch) - time.monotonic()
        try:
            results = await self._call([each.request for each in batch], seconds)
        except PricingAgentError as exc:
            if isinstance(exc, PeerError) and exc.reason == "refused" and len(batch) > 1:
                # One of them may be to blame: then it fails alone.
                await asyncio.gather(*(self._answer([each]) for each in batch if not each.result.done()))
            for each in batch:
                if not each.result.done():
                    each.result.set_exception(exc)
            return
        except BaseException as exc:
            for each in batch:
                if not each.result.done():
                    each.result.set_exception(PeerError("disconnected", f"the call was ended: {exc!r}"))
            raise
        for each, result in zip(batch, results, strict=True):
            if not each.result.done():
                each.result.set_result(result)


def _context_of(batch: Sequence[_Waiting]) -> Context:
    """The context of the first request, under the ids of as many as an id may be long."""
    found = batch[0].context.copy()
    ids = [each.context.get(request_context.request_id) for each in batch]
    joined = ""
    for each in ids:
        longer = f"{joined},{each}" if joined else each or ""
        if each and len(longer) <= _LONGEST_ID:
            joined = longer
    found.run(request_context.request_id.set, joined or None)
    return found
