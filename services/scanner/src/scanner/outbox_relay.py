"""Carries outbox rows to the stream, and closes a row when a notifier has stored it: nothing that Redis forgets is lost.

A row that was appended stays open. A notifier reports the ids that it has stored; what the stream does not hold any more and nobody
has reported is appended again, and readers go by the id. Knows no Redis. The one layer of the way to the stream that tries again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.deals import STREAM
from common.errors import UnavailableError
from common.retry import Backoff
from common.tracing.span import begin
from scanner.deal_data import OutboxRow
from scanner.metrics import ScannerMetrics

BATCH = 100
IDLE = 5.0  # seconds between looks at an outbox that nobody spoke of
CHECK = 60.0  # seconds between looks whether the stream still holds what was appended; at once where its server is another
AFTER_FAILURE = Backoff(0.5, 30.0, jitter=0.0)


@dataclass(frozen=True)
class AppendedRow:
    """A row that went into the stream as `entry`, and that no notifier is known to have stored."""

    id: int
    opportunity: str
    entry: str


class Stream(Protocol):
    """Where rows go; every method raises UnavailableError."""

    async def prepare(self) -> None:
        """See to it that it can be read."""
        ...

    async def append(self, rows: Sequence[OutboxRow]) -> list[str]:
        """All rows, in order: their entries. After an error some may be there."""
        ...

    async def stored(self, opportunities: Sequence[str]) -> set[str]:
        """Which of these a notifier has reported as stored."""
        ...

    async def note_stored(self, opportunities: Sequence[str]) -> None:
        """These reports were taken note of, and are needed no more."""
        ...

    async def holds(self, entries: Sequence[str]) -> set[str]:
        """Which of these entries are still there."""
        ...

    async def room(self) -> int:
        """How many more rows it may hold."""
        ...

    async def trim(self) -> None:
        """Drop what the group has read and acknowledged."""
        ...

    async def server(self) -> str:
        """What tells this run of the server from another, which may have forgotten something."""
        ...


class Outbox(Protocol):
    """What is to be sent."""

    async def unsent(self, limit: int) -> list[OutboxRow]:
        """The oldest rows that are neither appended nor sent."""
        ...

    async def appended(self, after: int, limit: int) -> list[AppendedRow]:
        """Rows that were appended and are not sent, by id, those above `after`."""
        ...

    async def mark_appended(self, entries: Sequence[tuple[int, str]], now: datetime) -> None:
        """These rows are in the stream, under these entries."""
        ...

    async def mark_lost(self, ids: Sequence[int]) -> None:
        """These are not in the stream any more."""
        ...

    async def mark_sent(self, ids: Sequence[int], now: datetime) -> None:
        """These are stored by a notifier."""
        ...

    async def count_unsent(self) -> int:
        """How many no notifier has stored."""
        ...


class Tells(Protocol):
    """Who is told of what goes out."""

    def went_out(self, rows: Sequence[OutboxRow]) -> None:
        """These are in the stream."""
        ...


class OutboxRelay:
    """A background task between store and stream. `clock` is monotonic."""

    def __init__(
        self,
        outbox: Outbox,
        stream: Stream,
        wake: asyncio.Event,
        metrics: ScannerMetrics,
        clock: Callable[[], float] = time.monotonic,
        telling: Tells | None = None,
    ) -> None:
        self._outbox, self._stream, self._wake, self._metrics, self._clock = outbox, stream, wake, metrics, clock
        self._telling = telling
        self._server, self._checked = "", 0.0
        self._task = BackgroundTask("outbox relay", self._run)

    def start(self) -> None:
        """Begin to carry."""
        self._task.start()

    async def stop(self) -> None:
        """End after what is under way; what is left is carried by the next process."""
        await self._task.stop()

    async def turn(self) -> None:
        """One look at everything: close what was stored, take back what was forgotten, make room, append what waits."""
        await self.confirm()
        server = await self._stream.server()
        if server != self._server or self._clock() - self._checked >= CHECK:
            await self.take_back()
            await self._stream.prepare()
            self._server, self._checked = server, self._clock()
        await self._stream.trim()
        await self.drain()

    async def drain(self) -> int:
        """Append all that waits and has room; how many rows that were. The rest waits here, where it is safe."""
        sent, room = 0, await self._stream.room()
        while room > 0 and (rows := await self._outbox.unsent(min(BATCH, room))):
            entries = await self._append(rows)
            await self._outbox.mark_appended([(row.id, entry) for row, entry in zip(rows, entries, strict=True)], datetime.now(UTC))
            self._metrics.published.inc(len(rows))
            if self._telling:
                self._telling.went_out(rows)
            sent, room = sent + len(rows), room - len(rows)
        return sent

    async def _append(self, rows: Sequence[OutboxRow]) -> list[str]:
        """Into the stream, each with a span of its own as that in which it will be delivered."""
        facts = {"messaging.system": "redis", "messaging.destination.name": STREAM}
        spans = [begin(f"publish {STREAM}", "producer", row.traceparent, facts) for row in rows]
        try:
            told = [replace(row, traceparent=span.traceparent or row.traceparent) for row, span in zip(rows, spans, strict=True)]
            return await self._stream.append(told)
        except UnavailableError as exc:
            for span in spans:
                span.fail(type(exc).__name__)
            raise
        finally:
            for span in spans:
                span.end()

    async def confirm(self) -> int:
        """Close the rows that a notifier has stored; how many."""
        closed, after = 0, 0
        while rows := await self._outbox.appended(after, BATCH):
            after = rows[-1].id
            stored = await self._stream.stored([row.opportunity for row in rows])
            done = [row for row in rows if row.opportunity in stored]
            if done:
                await self._outbox.mark_sent([row.id for row in done], datetime.now(UTC))
                await self._stream.note_stored([row.opportunity for row in done])
                closed += len(done)
        return closed

    async def take_back(self) -> int:
        """Rows that are neither stored nor in the stream wait again; how many. One whose report came too late is a known repeat."""
        lost, after = 0, 0
        while rows := await self._outbox.appended(after, BATCH):
            after = rows[-1].id
            held = await self._stream.holds([row.entry for row in rows])
            missing = [row.id for row in rows if row.entry not in held]
            if missing:
                await self._outbox.mark_lost(missing)
                lost += len(missing)
        if lost:
            structlog.get_logger().warning("stream_forgot", rows=lost, advice="they are appended again")
        return lost

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
            await self.turn()
            self._metrics.pending.set(await self._outbox.count_unsent())
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
