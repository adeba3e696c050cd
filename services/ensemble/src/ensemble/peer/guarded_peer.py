"""Stands before one pricer: its circuit breaker and what probes it. Sends again what a connection that ended has lost.

That is all that is retried here, and nobody else retries it; batch_slices.py waits for a pricer that is busy or away. Every call
may be repeated, because a price has no effect on the pricer. Knows no HTTP.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.breaker import ByProbe, CircuitBreaker
from common.pricing import PriceRequest
from common.pricing_api.pricer_app import PricedItem
from common.retry import Backoff, Retry
from ensemble.metrics import STATES, EnsembleMetrics
from ensemble.peer.peer_error import PeerError


class ProbedPeer(Protocol):
    """A pricer that can be asked whether it is there."""

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        """Results in order within `seconds`, or PeerError."""
        ...

    async def is_alive(self) -> bool:
        """Whether a call is worth trying; answers within a second or so."""
        ...


@dataclass(frozen=True)
class GuardLimits:
    """How much patience a pricer meets with; times in seconds.

    `retries` of a call at most. `probe`: pause between probes of one that is left alone. `fair`: a deadline shorter than this that
    passes says nothing about the pricer.
    """

    retries: int = 2
    probe: float = 0.5
    fair: float = 1.0


class GuardedPeer:
    """Calls `peer` unless its breaker is open. Must be closed: it may be probing."""

    def __init__(self, name: str, peer: ProbedPeer, limits: GuardLimits, metrics: EnsembleMetrics) -> None:
        self.name, self.peer, self.limits, self.metrics = name, peer, limits, metrics
        self._retry = Retry(_judge, 1 + limits.retries, Backoff(first=0.0))
        self._recovery = ByProbe()
        self.breaker = CircuitBreaker(self._recovery)
        self._prober = BackgroundTask(f"probe {name}", self._probe)
        self._answered = 0.0  # when a call was last answered, on perf_counter's clock
        self._show()

    async def aclose(self) -> None:
        """Stop probing."""
        await self._prober.stop()

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        """Results in order within `seconds`, or PeerError: at once while the breaker is open."""
        if not self.breaker.allows():
            self.metrics.errors.labels(self.name, "open").inc()
            raise PeerError("open", f"{self.name} is left alone for a moment")
        started = time.perf_counter()
        try:
            results = await self._send(requests, seconds)
        except PeerError as exc:
            self._note_failure(exc, seconds, started)
            raise
        except BaseException:
            self.breaker.ended()
            raise
        self.breaker.succeeded()
        self._show()
        self._answered = time.perf_counter()
        self.metrics.seconds.labels(self.name).observe(self._answered - started)
        self.metrics.items.labels(self.name).observe(len(requests))
        return results

    def _note_failure(self, error: PeerError, seconds: float, started: float) -> None:
        self.metrics.errors.labels(self.name, error.reason).inc()
        structlog.get_logger().warning("pricer_failed", pricer=self.name, reason=error.reason, why=str(error))
        # One that answered others meanwhile has too much to do: it is not gone.
        is_no_fault = seconds < self.limits.fair or self._answered > started
        if error.reason in ("overloaded", "refused") or (error.reason == "late" and is_no_fault):
            self.breaker.ended()
        else:
            self.breaker.failed()
        self._show()
        if self.breaker.state == "open":
            self._prober.start()

    async def _probe(self) -> None:
        while self.breaker.state == "open":
            await asyncio.sleep(self.limits.probe)
            if await self.peer.is_alive():
                self._recovery.found_alive()
        self._show()

    def _show(self) -> None:
        self.metrics.breaker.labels(self.name).set(STATES[self.breaker.state])

    async def _send(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        until, retries = time.monotonic() + seconds, self.metrics.retries.labels(self.name)
        return await self._retry.acall(
            lambda: self.peer.price(requests, until - time.monotonic()), note=lambda error, pause: retries.inc()
        )


def _judge(error: Exception) -> float | None:
    """A connection that ended was most likely an idle one that the pricer had just closed: another try, at once.

    A refused one will be refused again, a deadline that passed is used up, and who has too much to do is not helped by that.
    """
    return 0.0 if isinstance(error, PeerError) and error.reason == "disconnected" else None
