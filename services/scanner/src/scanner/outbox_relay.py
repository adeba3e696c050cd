"""Carries outbox rows to the stream: in order, at least once, through any outage of the stream. Knows no Redis.

The one layer of the way to the stream that tries again.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.errors import UnavailableError
from common.retry import Backoff
from scanner.deal_data import OutboxRow
from scanner.metrics import ScannerMetrics

BATCH = 100
IDLE = 5.0  # seconds between looks at an outbox that nobody spoke of
AFTER_FAILURE = Backoff(0.5, 30.0, jitter=0.0)


class Stream(Protocol):
    """Takes rows in order."""

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        """All of them; UnavailableError where that is not sure. No rows: whether it answers."""
        ...


class Outbox(Protocol):
    """What is to be sent."""

    async def unsent(self, limit: int) -> list[OutboxRow]:
        """The oldest rows that are not sent."""
        ...

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        """These are sent."""
        ...

    async def count_unsent(self) -> int:
        """How many wait."""
        ...


class OutboxRelay:
    """A background task between store and stream. A crash between append and mark sends twice; readers go by the id."""

    def __init__(self, outbox: Outbox, stream: Stream, wake: asyncio.Event, metrics: ScannerMetrics) -> None:
        self._outbox, self._stream, self._wake, self._metrics = outbox, stream, wake, metrics
        self._task = BackgroundTask("outbox relay", self._run)

    def start(self) -> None:
        """Begin to carry."""
        self._task.start()

    async def stop(self) -> None:
        """End after what is under way; what is left is carried by the next process."""
        await self._task.stop()

    async def drain(self) -> int:
        """Send all that waits; how many rows that were."""
        sent = 0
        while rows := await self._outbox.unsent(BATCH):
            await self._stream.append(rows)
            await self._outbox.mark_sent([row.id for row in rows], datetime.now(UTC))
            self._metrics.published.inc(len(rows))
            sent += len(rows)
        return sent

    async def _run(self) -> None:
        failures = 0
        while True:
            self._wake.clear()
            failures = await self._try(failures)
            wait = AFTER_FAILURE.pause(failures) if failures else IDLE
            try:
                async with asyncio.timeout(wait):
                    await (self._wake.wait() if not failures else asyncio.Event().wait())
            except TimeoutError:
                continue

    async def _try(self, failures: int) -> int:
        """One attempt; the number of failures in a row."""
        try:
            self._metrics.pending.set(await self._outbox.count_unsent())
            if not await self.drain():
                await self._stream.append([])
            self._metrics.pending.set(0)
        except UnavailableError as exc:
            if not failures:
                structlog.get_logger().warning(
                    "stream_down", why=str(exc), advice="opportunities are kept and sent when it is back"
                )
            self._metrics.stream_up.set(0)
            failures += 1
        except Exception:  # noqa: BLE001 (a worker: one odd row or a locked database must not end the relay for good)
            structlog.get_logger().exception("outbox_relay_failed")
            failures += 1
        else:
            if failures:
                structlog.get_logger().info("stream_back")
            self._metrics.stream_up.set(1)
            failures = 0
        return failures
