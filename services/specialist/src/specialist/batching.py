"""Dynamic batching: requests that arrive while a batch is computed form the next one. Knows neither prices, models nor HTTP.

A batch starts at once while there are fewer than devices, so a lone request never waits for company. A further worker starts only
on a full batch: a part of one would keep later arrivals from joining it. All state lives on the event loop, which `compute` leaves.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from common.errors import DeadlineExceededError, OverloadedError, PricingAgentError, UnavailableError
from common.request_context import remaining
from common.tracing.span import note
from specialist.fair_queue import FairQueue, Waiting
from specialist.metrics import BatchingMetrics

T = TypeVar("T")
R = TypeVar("R")

LONGEST_RETRY = 60.0  # seconds: nobody should be sent away for longer on an estimate


@dataclass(frozen=True)
class Limits:
    """`batch` items computed at once, `queue` items waiting, `wait` seconds in the queue, `workers` threads, over `devices`."""

    batch: int = 32
    queue: int = 2000
    wait: float = 20.0
    workers: int = 1
    devices: int = 1


class _Request(Waiting[T], Generic[T, R]):
    """A caller's items with the results that have come; `missing` have not."""

    def __init__(self, items: Sequence[T]) -> None:
        super().__init__(items, time.monotonic())
        self.future: asyncio.Future[list[R | Exception]] = asyncio.get_running_loop().create_future()
        self.results: dict[int, R | Exception] = {}
        self.begun = 0.0  # when the first of its items began to be computed

    def answer(self, index: int, result: R | Exception) -> None:
        """Note one item's result; the last one wakes the caller."""
        self.results[index] = result
        if len(self.results) == len(self.items) and not self.future.done():
            self.future.set_result([self.results[at] for at in range(len(self.items))])


class Rate:
    """Items a second of late, by exponentially fading sums over the batches; 0.0 before the first."""

    def __init__(self) -> None:
        self.items = self.seconds = self.last = 0.0

    def note(self, items: int, started: float, ended: float) -> None:
        """A batch that ran from `started` to `ended`; the time of overlapping ones counts once."""
        self.items = 0.9 * self.items + items
        self.seconds = 0.9 * self.seconds + max(ended - max(started, self.last), 1e-6)
        self.last = ended

    @property
    def per_second(self) -> float:
        """Throughput while there was something to do."""
        return self.items / self.seconds if self.seconds else 0.0


class Batcher(Generic[T, R]):
    """Hands items of concurrent callers to `compute` in batches, in threads. Must be used from one event loop.

    `compute` returns one result for each item. Where it raises, every item is tried once alone, so that one poisonous item
    fails alone; one of our own errors speaks of the service rather than of an item and fails the whole batch.
    """

    def __init__(
        self, compute: Callable[[Sequence[T]], Sequence[R]], limits: Limits | None = None, metrics: BatchingMetrics | None = None
    ) -> None:
        self.compute, self.limits, self.metrics = compute, limits or Limits(), metrics or BatchingMetrics()
        self.queue: FairQueue[_Request[T, R]] = FairQueue()
        self._open: set[_Request[T, R]] = set()
        self.rate = Rate()
        self._running: set[asyncio.Task[None]] = set()
        self._threads = CapacityLimiter(self.limits.workers)
        self._is_closing = False

    def retry_after(self) -> float:
        """Seconds until what waits now is worked off, at the rate measured of late."""
        return min(max(len(self.queue) / self.rate.per_second, 1.0), LONGEST_RETRY) if self.rate.per_second else 1.0

    async def submit(self, items: Sequence[T]) -> list[R | Exception]:
        """One result for each item, in order; an item that cannot be computed yields its exception.

        Raises OverloadedError past the bound, DeadlineExceededError past the wait or the caller's deadline, UnavailableError
        at shutdown. Cancelling takes what was not yet computed out of the queue.
        """
        if not items:
            return []
        self._admit(len(items))
        loop, request = asyncio.get_running_loop(), _Request[T, R](items)
        self.queue.add(request)
        self._open.add(request)
        waited = loop.call_later(self.limits.wait, self._expire, request, False)
        late = loop.call_later(remaining(86_400.0), self._expire, request, True)
        self._pump()
        try:
            results = await request.future
            now = time.monotonic()
            note("wait for a batch", now - request.arrived, now - request.begun)
            note("inference", now - request.begun, facts={"items": len(items)})
            return results
        except asyncio.CancelledError:
            self.metrics.rejected.labels("gone").inc(len(items) - request.taken)
            raise
        finally:
            waited.cancel()
            late.cancel()
            self._open.discard(request)
            self._drop(request)

    async def aclose(self, drain: float = 5.0) -> None:
        """Take no more; give what waits `drain` seconds, then answer UnavailableError."""
        self._is_closing = True
        until = time.monotonic() + drain
        while self._running and (seconds := until - time.monotonic()) > 0:
            await asyncio.wait(set(self._running), timeout=seconds)
        for request in list(self._open):
            self._fail(request, UnavailableError("the service is shutting down"), "closing")

    def _admit(self, count: int) -> None:
        if self._is_closing:
            self.metrics.rejected.labels("closing").inc(count)
            raise UnavailableError("the service is shutting down")
        if len(self.queue) + count > self.limits.queue:
            self.metrics.rejected.labels("full").inc(count)
            error = OverloadedError(f"{len(self.queue)} items wait already, of at most {self.limits.queue}")
            error.retry_after = self.retry_after()
            raise error

    def _expire(self, request: _Request[T, R], is_deadline: bool) -> None:
        """The caller's deadline ends any request; the wait in the queue ends one of which nothing was started."""
        if is_deadline or not request.taken:
            error = DeadlineExceededError("not computed before the deadline" if is_deadline else "waited too long in the queue")
            error.retry_after = self.retry_after()
            self._fail(request, error, "late")

    def _fail(self, request: _Request[T, R], error: PricingAgentError, reason: str) -> None:
        if not request.future.done():
            self.metrics.rejected.labels(reason).inc(len(request.items) - request.taken)
            request.future.set_exception(error)
        self._drop(request)

    def _drop(self, request: _Request[T, R]) -> None:
        self.queue.drop(request)
        self.metrics.queued.set(len(self.queue))

    def _pump(self) -> None:
        """Start the batches that may start now."""
        while len(self.queue) and self._may_start():
            # In a context of its own: the id and the deadline of one caller are not those of the batch.
            batch = self.queue.take(self.limits.batch)
            self._running.add(asyncio.get_running_loop().create_task(self._run(batch), context=Context()))
        self.metrics.queued.set(len(self.queue))

    def _may_start(self) -> bool:
        if len(self.queue) >= self.limits.batch:
            return len(self._running) < self.limits.workers
        return len(self._running) < self.limits.devices

    async def _run(self, batch: Sequence[tuple[_Request[T, R], int]]) -> None:
        started = time.monotonic()
        self.metrics.size.observe(len(batch))
        for request, _ in batch:
            self.metrics.waited.observe(started - request.arrived)
            request.begun = request.begun or started
        try:
            items = [request.items[index] for request, index in batch]
            results = await to_thread.run_sync(self._attempt, items, limiter=self._threads)
            self.metrics.computed.observe(time.monotonic() - started)
            self.rate.note(len(batch), started, time.monotonic())
        except BaseException as exc:
            for request, _ in batch:
                self._fail(request, UnavailableError(f"the computation was ended: {exc!r}"), "closing")
            raise
        finally:
            self._running.discard(asyncio.current_task())
            self._pump()
        for (request, index), result in zip(batch, results, strict=True):
            request.answer(index, result)

    def _attempt(self, items: Sequence[T]) -> list[R | Exception]:
        """In a thread: compute all, or where that fails each alone."""
        try:
            return list(self._computed(items))
        except PricingAgentError as exc:
            return [exc] * len(items)
        except Exception as exc:  # noqa: BLE001 (a worker: whatever one item does must not end it)
            if len(items) == 1:
                structlog.get_logger().error("item_failed", error=repr(exc), exc_info=exc)
                return [exc]
        return [self._attempt([item])[0] for item in items]

    def _computed(self, items: Sequence[T]) -> Sequence[R]:
        results = self.compute(items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(results)} results for {len(items)} items")
        return results
