"""Runs scans: one at a time, on demand and periodically; and prices again what an outage of the ensemble left unpriced."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

import structlog

from common import request_context
from common.background import BackgroundTask, TaskSet
from common.retry import Backoff
from scanner.deal_data import PricingReport, ScanReport
from scanner.metrics import ScannerMetrics
from scanner.service import Scanner, utc_now

JITTER = 0.1  # so that many scanners started together do not ask the same site in the same second
PRICE_AGAIN = Backoff(3.0, 60.0, jitter=JITTER)  # between attempts to price what waits
ASK_READY = 1.0  # seconds between questions whether a judge that is away is back


class ScanBook(Protocol):
    """The record of scans."""

    async def begin(self, scan_id: str, now: datetime) -> None:
        """A scan starts."""
        ...

    async def finish(self, scan_id: str, state: str, report: Mapping[str, Any], now: datetime) -> None:
        """A scan ended, as done or failed."""
        ...

    async def add_pricing(self, found: Mapping[str, int], remaining: Mapping[str, Any]) -> None:
        """The newest finished scan's deals were priced after it: counts to add, and what is left to replace."""
        ...

    async def interrupt_running(self, now: datetime) -> None:
        """What an earlier process left running is over."""
        ...

    async def prune(self, now: datetime) -> None:
        """Forget what is too old to matter."""
        ...


class ScanRunner:
    """Owns the running scan. `interval` in seconds; 0: on demand only. `again`: pauses between attempts to price what waits."""

    def __init__(
        self,
        scanner: Scanner,
        scans: ScanBook,
        interval: float,
        metrics: ScannerMetrics,
        again: Backoff = PRICE_AGAIN,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._scanner, self._scans, self._interval, self._metrics = scanner, scans, interval, metrics
        self._again, self._now = again, now
        self._busy = asyncio.Lock()  # scanning and pricing never overlap: a deal would be judged twice
        self._starting = asyncio.Lock()
        self._current: str | None = None  # the scan that still fetches or prices; one that is only being recorded is over
        self._running = TaskSet()
        self._periodic = BackgroundTask("periodic scans", self._scan_periodically)
        self._pricing = BackgroundTask("pricing again", self._price_again)
        self._has_unpriced, self._hurry = asyncio.Event(), asyncio.Event()

    def start(self) -> None:
        """Begin the periodic scans, the first at once, and the retries."""
        self._has_unpriced.set()  # an earlier process may have left some
        self._pricing.start()
        if self._interval > 0:
            self._periodic.start()

    async def recover(self) -> None:
        """Before start: scans that an earlier process did not end are over."""
        await self._scans.interrupt_running(self._now())

    async def stop(self) -> None:
        """End everything; what was under way is taken up by the next process."""
        await self._periodic.stop()  # first, as it starts scans
        await self._pricing.stop()
        await self._running.stop()

    async def begin(self) -> str:
        """Start a scan and return its id, or the id of the one that runs."""
        async with self._starting:
            if self._current is None:
                scan_id = uuid.uuid4().hex
                await self._scans.begin(scan_id, self._now())
                self._current = scan_id
                self._running.start("scan", self._run(scan_id))
            return self._current

    def price_soon(self) -> None:
        """A person changed what a deal costs: have it judged at once."""
        self._hurry.set()
        self._has_unpriced.set()

    async def _run(self, scan_id: str) -> None:
        request_context.deadline.set(None)  # the scan outlives the request that asked for it
        state, report = "failed", {}
        try:
            async with self._busy:
                done = await self._scanner.scan()
            self._note(done.pricing)
            self._metrics.failed_feeds.set(sum(feed.error is not None for feed in done.feeds))
            state, report = "done", _summary(done)
            structlog.get_logger().info("scan_done", **report | {"feeds": len(done.feeds)})
        except Exception as exc:  # noqa: BLE001 (a worker: the failure belongs into the scan's record; the next scan goes on)
            structlog.get_logger().exception("scan_failed")
            report = {"error": f"{type(exc).__name__}: {exc}"[:500]}
        finally:
            self._current = None
            self._metrics.scans.labels(state).inc()
            await asyncio.shield(self._scans.finish(scan_id, state, report, self._now()))
        await self._scans.prune(self._now())

    async def _scan_periodically(self) -> None:
        while True:
            try:
                await self.begin()
            except Exception:  # noqa: BLE001 (a worker: a locked database must not end the periodic scans)
                structlog.get_logger().exception("scan_not_started")
            await asyncio.sleep(self._interval * random.uniform(1 - JITTER, 1 + JITTER))

    async def _price_again(self) -> None:
        failures = 0
        while True:
            await self._has_unpriced.wait()
            await self._pause(self._again.pause(failures + 1))
            try:
                async with self._busy:
                    self._hurry.clear()  # first: what changes from now on is judged in the next turn
                    report = await self._scanner.price_pending()
                self._note(report)
                failures = 0 if report.problem is None else failures + 1
                if report.priced:
                    await self._record_late(report)
                    structlog.get_logger().info("priced_later", **asdict(report))
            except Exception:  # noqa: BLE001 (a worker: it must outlive whatever one attempt runs into)
                structlog.get_logger().exception("pricing_failed")
                failures += 1

    async def _pause(self, seconds: float) -> None:
        """Wait, and no longer than until a judge that was away is back, or somebody hurries."""
        is_away, end = not await self._scanner.is_judge_ready(), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._hurry.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), min(left, ASK_READY) if is_away else left)
            if is_away and await self._scanner.is_judge_ready():
                return

    async def _record_late(self, report: PricingReport) -> None:
        found = {"priced": report.priced, "opportunities": report.opportunities, "alerts": report.alerts}
        await self._scans.add_pricing(found, {"unpriced": report.unpriced, "problem": report.problem})

    def _note(self, report: PricingReport) -> None:
        self._metrics.unpriced.set(report.unpriced)
        self._metrics.alerts.inc(report.alerts)
        if report.unpriced or self._hurry.is_set():
            self._has_unpriced.set()
        else:
            self._has_unpriced.clear()


def _summary(done: ScanReport) -> dict[str, Any]:
    feeds = [{name: value for name, value in asdict(feed).items() if name != "is_unreachable"} for feed in done.feeds]
    return {
        "feeds": feeds,
        "failed": sum(feed["error"] is not None for feed in feeds),
        "items": sum(feed["items"] for feed in feeds),
        "new": sum(feed["new"] for feed in feeds),
        **asdict(done.pricing),
    }
