"""Runs scans: one at a time, on demand and of what is due; and prices again what an outage of the ensemble left unpriced."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from common import request_context
from common.background import BackgroundTask, TaskSet
from common.retry import Backoff
from common.tracing.span import traced
from scanner.deal_data import Feed, PricingReport
from scanner.feeds.chosen import wanted
from scanner.feeds.feed_care import JITTER, FeedCare
from scanner.service import Scanner, utc_now
from scanner.tracing.observers import Observers
from scanner.tracing.summary import summary_of

LOOK = 5.0  # seconds between looks whether a feed is due, at most: a clock that was set is noticed
SHORTEST_PAUSE = 1.0
AFTER_FAILURE = 60.0  # seconds after a scan that failed as a whole: its feeds are due still
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


class ListedFeeds(Protocol):
    """The list of feeds, and when they are due."""

    @property
    def care(self) -> FeedCare:
        """Their care."""
        ...

    async def enabled(self) -> list[Feed]:
        """The feeds of the list."""
        ...


@dataclass(eq=False)
class _UnderWay:
    """A scan of some feeds. `is_sound`: it did not fail as a whole."""

    id: str
    feeds: frozenset[int]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_sound: bool = False


class ScanRunner:
    """Owns the scans that run. `again`: pauses between attempts to price what waits."""

    def __init__(
        self,
        scanner: Scanner,
        scans: ScanBook,
        feeds: ListedFeeds,
        observers: Observers,
        again: Backoff = PRICE_AGAIN,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._scanner, self._scans, self._feeds = scanner, scans, feeds
        self._observers, self._metrics, self._telling = observers, observers.metrics, observers.telling
        self._again, self._now = again, now
        self._busy = asyncio.Lock()  # scanning and pricing never overlap: a deal would be judged twice
        self._starting = asyncio.Lock()
        # The scans that fetch, price or wait for another; one that is only being recorded is over.
        self._under_way: dict[str, _UnderWay] = {}
        self._running = TaskSet()
        self._periodic = BackgroundTask("periodic scans", self._scan_periodically)
        self._pricing = BackgroundTask("pricing again", self._price_again)
        self._has_unpriced, self._look, self._hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def start(self) -> None:
        """Begin the scans of what is due, the first at once, and the retries."""
        self._has_unpriced.set()  # an earlier process may have left some
        self._pricing.start()
        self._periodic.start()

    def look(self) -> None:
        """Look at once what is due: the list of feeds has changed."""
        self._look.set()

    async def recover(self) -> None:
        """Before start: scans that an earlier process did not end are over."""
        await self._scans.interrupt_running(self._now())

    async def stop(self) -> None:
        """End everything; what was under way is taken up by the next process."""
        await self._periodic.stop()  # first, as it starts scans
        await self._pricing.stop()
        await self._running.stop()

    async def begin(self, feed_id: int | None = None) -> str:
        """Start a scan of all feeds that are not paused, or of one, and return its id, or that of one under way that reads them.

        NotFoundError where there is no such feed, InvalidInputError where it is not read now.
        """
        return (await self._begin(wanted(await self._feeds.enabled(), feed_id))).id

    async def take_up(self, scan_id: str, feeds: frozenset[int]) -> None:
        """Run a scan that another process was asked for, and has written down under this id."""
        self._go(_UnderWay(scan_id, feeds))

    async def scan_due(self) -> bool:
        """Scan the feeds that are due, to the end; False where that failed as a whole. No scan where none is due."""
        due = self._feeds.care.due(await self._feeds.enabled(), self._now())
        if not due:
            return True
        scan = await self._begin(feed.id for feed in due)
        await scan.ended.wait()
        return scan.is_sound

    async def _begin(self, feeds: Iterable[int]) -> _UnderWay:
        wanted = frozenset(feeds)
        async with self._starting:
            found = next((each for each in self._under_way.values() if wanted <= each.feeds), None)
            if found is not None:
                return found
            scan = _UnderWay(uuid.uuid4().hex, wanted)
            await self._scans.begin(scan.id, self._now())
            self._go(scan)
            return scan

    def _go(self, scan: _UnderWay) -> None:
        self._under_way[scan.id] = scan
        self._running.start("scan", self._run(scan))

    def note_unpriced(self) -> None:
        """Some deals wait to be judged."""
        self._has_unpriced.set()

    def price_soon(self) -> None:
        """A person changed what a deal costs: have it judged at once."""
        self._hurry.set()
        self._has_unpriced.set()

    @traced("scan")
    async def _run(self, scan: _UnderWay) -> None:
        request_context.deadline.set(None)  # the scan outlives the request that asked for it
        state, report, done = "failed", dict[str, Any](), None
        try:
            async with self._busy:
                done = await self._scanner.scan(scan.feeds)
            self._note(done.pricing)
            self._metrics.failed_feeds.set(sum(feed.failures > 0 and feed.is_heard for feed in await self._feeds.enabled()))
            state, report = "done", summary_of(done)
            structlog.get_logger().info("scan_done", **report | {"feeds": len(done.feeds)})
            await self._observers.keep_trace(scan.id, done)
        except asyncio.CancelledError:
            state = state if report else "interrupted"  # by the end of this process, which is no failure: its feeds are due still
            raise
        except Exception as exc:  # noqa: BLE001 (a worker: the failure belongs into the scan's record; the next scan goes on)
            structlog.get_logger().exception("scan_failed")
            report = {"error": f"{type(exc).__name__}: {exc}"[:500]}
        finally:
            del self._under_way[scan.id]
            scan.is_sound = state == "done"
            scan.ended.set()
            self._metrics.scanned(state, done)
            await asyncio.shield(self._scans.finish(scan.id, state, report, self._now()))
        self._observers.tell(scan.id, done, report)
        await self._scans.prune(self._now())

    async def _scan_periodically(self) -> None:
        while True:
            self._look.clear()
            try:
                pause = await self._until_due() if await self.scan_due() else AFTER_FAILURE
            except Exception:  # noqa: BLE001 (a worker: a locked database must not end the periodic scans)
                structlog.get_logger().exception("scan_not_started")
                pause = AFTER_FAILURE
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._look.wait()

    async def _until_due(self) -> float:
        """Seconds until the next feed is due, or until the next look."""
        now = self._now()
        waits = [wait for feed in await self._feeds.enabled() if (wait := self._feeds.care.wait_of(feed, now)) is not None]
        self._metrics.next_scan.set(now.timestamp() + min(waits) if waits else 0.0)
        return max(min([LOOK, *waits]), SHORTEST_PAUSE)

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
                    self._telling.later(report)
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
        self._metrics.priced(report)
        if report.unpriced or self._hurry.is_set():
            self._has_unpriced.set()
        else:
            self._has_unpriced.clear()
