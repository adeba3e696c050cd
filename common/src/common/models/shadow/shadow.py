"""Has a candidate price what was priced, when there is time for it: a bounded queue, past which texts are dropped and counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import structlog

from common.background import BackgroundTask
from common.errors import PricingAgentError
from common.models.shadow.candidate import TIMEOUT, Candidate
from common.models.shadow.comparison import Comparison
from common.models.shadow.metrics import ShadowMetrics
from common.pricing import PricedItem, PriceRequest, PriceResponse

WAITING = 200  # texts
AT_ONCE = 16  # texts of one call to a candidate elsewhere; one that computes here gets one at a time
PAUSE = 30.0  # seconds after a candidate failed
Opens = Callable[[AsyncExitStack], Awaitable[Candidate]]
_Pair = tuple[PriceRequest, PriceResponse, float]


class Shadow:
    """`name`: what the setting says; `opens` finds the candidate.

    `is_idle`: whether nobody waits for a price here; a candidate that takes the same cores prices only then.
    """

    def __init__(self, name: str, opens: Opens, is_idle: Callable[[], bool], metrics: ShadowMetrics | None = None) -> None:
        self.name, self._opens, self._is_idle, self.metrics = name, opens, is_idle, metrics or ShadowMetrics()
        self.comparison, self.model = Comparison(), ""
        self._versions = ("", "")  # of the one in use and of the candidate, as they are compared
        self.candidate: Candidate | None = None
        self.problem = "the candidate is not loaded yet"
        self.dropped = self.failed = 0
        self.since = datetime.now(UTC)
        self._waiting: asyncio.Queue[_Pair] = asyncio.Queue(WAITING)
        self._task = BackgroundTask("shadow", self._run)

    @property
    def waiting(self) -> int:
        """Texts that the candidate has not priced yet."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Begin."""
        self._task.start()

    async def stop(self) -> None:
        """End, close the candidate and let it go, with what waits for it."""
        await self._task.stop()
        self.candidate, self._waiting = None, asyncio.Queue(WAITING)

    def __call__(self, requests: Sequence[PriceRequest], results: Sequence[PricedItem], seconds: float) -> None:
        """See common.models.live_pricer.Watches."""
        for request, result in zip(requests, results, strict=True):
            if not isinstance(result, PriceResponse):
                continue
            try:
                self._waiting.put_nowait((request, result, seconds / len(results)))
            except asyncio.QueueFull:
                self.dropped += 1
                self.metrics.items.labels("dropped").inc()

    async def _run(self) -> None:
        async with AsyncExitStack() as closing:
            try:
                self.candidate = await self._opens(closing)
            except Exception as exc:  # noqa: BLE001 (whatever a candidate is, it must show, and cost nothing else)
                self.problem = f"the candidate cannot be loaded: {exc}"
                structlog.get_logger().warning("shadow_not_loaded", why=str(exc))
                return
            self.problem = ""
            while True:
                await self._compare(self.candidate, await self._next(self.candidate))

    async def _next(self, candidate: Candidate) -> list[_Pair]:
        pairs = [await self._waiting.get()]
        while candidate.is_here and not self._is_idle():  # noqa: ASYNC110 (an event for each request would cost each request)
            await asyncio.sleep(0.02)
        while not candidate.is_here and len(pairs) < AT_ONCE and not self._waiting.empty():
            pairs.append(self._waiting.get_nowait())
        return pairs

    async def _compare(self, candidate: Candidate, pairs: Sequence[_Pair]) -> None:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(TIMEOUT + 1):
                answers = await candidate.pricer.price([request for request, _, _ in pairs])
        except (PricingAgentError, TimeoutError) as exc:
            await self._rest(len(pairs), str(exc) or "no answer in time")
            return
        except Exception as exc:  # noqa: BLE001 (a worker: whatever a candidate does must not end it)
            structlog.get_logger().exception("shadow_failed")
            await self._rest(len(pairs), repr(exc)[:200])
            return
        self.problem = ""
        took = (time.perf_counter() - started) / len(pairs)
        for pair, answer in zip(pairs, answers, strict=True):
            self._add(candidate, pair, answer, took)
        self.metrics.show(self.comparison)

    def _add(self, candidate: Candidate, pair: _Pair, answer: PricedItem, took: float) -> None:
        request, live, seconds = pair
        own = candidate.live_price(live)
        if own is None or not isinstance(answer, PriceResponse):
            self.failed += 1
            self.metrics.items.labels("failed").inc()
            return
        self.model = answer.model
        self._follow((_version(own[2]), _version(answer.model)))
        self.metrics.items.labels("compared").inc()
        self.comparison.add(request.category, own[0], answer.price, (seconds if own[1] is None else own[1], took))

    def _follow(self, versions: tuple[str, str]) -> None:
        """Begin anew with another version on either side: how that one differs is not told by what the former said."""
        if any(self._versions) and versions != self._versions:
            self.comparison, self.since = Comparison(), datetime.now(UTC)
        self._versions = versions

    async def _rest(self, count: int, why: str) -> None:
        """Leave a candidate alone that has failed: what comes meanwhile waits, or is dropped."""
        self.failed += count
        self.metrics.items.labels("failed").inc(count)
        self.problem = f"the candidate failed: {why}"
        structlog.get_logger().warning("shadow_failed", why=why)
        await asyncio.sleep(PAUSE)


def _version(model: str) -> str:
    """What stands behind the @: the same whether a chat model answered or not."""
    return model.partition("@")[2] or model
