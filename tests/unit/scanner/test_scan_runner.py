"""What waits to be judged is taken up as soon as the judge is back; a scan that a stop ends has not failed."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from common.retry import Backoff
from scanner.deal_data import Feed, PricingReport, ScanReport
from scanner.feeds.feed_care import FeedCare
from scanner.scan_runner import ScanRunner
from scanner.tracing.observers import Observers


class WaitingScanner:
    """Has one deal that waits for a judge, who is back from the third question on."""

    def __init__(self) -> None:
        self.questions, self.priced = 0, asyncio.Event()

    async def scan(self, only: Collection[int] | None = None) -> ScanReport:
        raise AssertionError("nobody asked for a scan")

    async def is_judge_ready(self) -> bool:
        self.questions += 1
        return self.questions > 2

    async def price_pending(self) -> PricingReport:
        self.priced.set()
        return PricingReport(priced=1)


class EndlessScanner(WaitingScanner):
    """Its scans last until they are ended."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()

    async def scan(self, only: Collection[int] | None = None) -> ScanReport:
        self.begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody set it")


class NoFeeds:
    """An empty list."""

    care = FeedCare()

    async def enabled(self) -> list[Feed]:
        return []


class NoScans:
    """A record of no scans but how they ended."""

    def __init__(self) -> None:
        self.states: list[str] = []

    async def begin(self, scan_id: str, now: datetime) -> None: ...

    async def finish(self, scan_id: str, state: str, report: Mapping[str, Any], now: datetime) -> None:
        self.states.append(state)

    async def add_pricing(self, found: Mapping[str, int], remaining: Mapping[str, Any]) -> None: ...

    async def interrupt_running(self, now: datetime) -> None: ...

    async def prune(self, now: datetime) -> None: ...


def test_a_judge_that_is_back_is_asked_at_once_and_not_when_the_pause_is_over() -> None:
    async def run() -> int:
        scanner = WaitingScanner()
        an_hour = Backoff(3600.0, 3600.0, jitter=0.0)
        runner = ScanRunner(scanner, NoScans(), NoFeeds(), Observers(), an_hour)  # type: ignore[arg-type]
        runner.start()
        async with asyncio.timeout(60):
            await scanner.priced.wait()
        await runner.stop()
        return scanner.questions

    assert asyncio.run(run()) == 3


def test_a_scan_that_the_end_of_the_process_stops_is_interrupted_and_not_failed() -> None:
    async def run() -> list[str]:
        scanner, scans = EndlessScanner(), NoScans()
        runner = ScanRunner(scanner, scans, NoFeeds(), Observers())  # type: ignore[arg-type]
        async with asyncio.timeout(60):
            await runner.begin()
            await scanner.begun.wait()
        await runner.stop()
        return scans.states

    assert asyncio.run(run()) == ["interrupted"]
