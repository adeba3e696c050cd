"""Reads the stream without ever losing an entry: it is acknowledged after its outcome is stored.

What was ours comes first after every (re)connection, what other consumers abandoned after a while; deliveries run beside the
reader, up to a bound. It does not know Redis, nor what an entry means.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from common.background import end
from common.errors import UnavailableError
from common.retry import Backoff, Retry, of_kinds
from notifier.entry_handler import Verdict
from notifier.stream_data import StreamEntry, StreamLag

_BLOCK = 2000  # ms; below the socket's timeout, else silence would look like a dead peer
_AT_ONCE = 64  # entries read in one call
_AFTER_FAILURE = Backoff(0.2, 5.0, jitter=0.0)
_UNTIL_SETTLED = Retry(of_kinds(Exception), None, _AFTER_FAILURE)

Handle = Callable[[Mapping[bytes, bytes]], Awaitable[Verdict]]


class Stream(Protocol):
    """A consumer group's view of the stream; every method raises UnavailableError."""

    async def join(self) -> None:
        """Make the group where it is missing."""
        ...

    async def new(self, count: int, block: int) -> list[StreamEntry]:
        """Entries that no consumer has had."""
        ...

    async def ours(self, after: str, count: int) -> list[StreamEntry]:
        """Entries given to us before and not acknowledged."""
        ...

    async def abandoned(self, idle: int, start: str, count: int) -> tuple[str, list[StreamEntry]]:
        """Take over entries of others."""
        ...

    async def keep(self, identifiers: Sequence[str]) -> None:
        """Show that we work on them."""
        ...

    async def acknowledge(self, identifier: str) -> None:
        """Done with it."""
        ...

    async def bury(self, entry: StreamEntry, reason: str) -> None:
        """Move it to the dead letters."""
        ...

    async def lag(self) -> StreamLag:
        """How far the group is behind."""
        ...


class StreamCounts(Protocol):
    """Counters for /metrics."""

    def buried(self) -> None:
        """An entry was moved to the dead letters."""
        ...

    def lag(self, lag: StreamLag) -> None:
        """The stream's state was measured."""
        ...


@dataclass
class Consumer:
    """`claim_idle`: seconds after which others' entries count as abandoned; `problem` says why it cannot read, if it cannot."""

    stream: Stream
    handle: Handle
    counts: StreamCounts
    claim_idle: float = 60.0
    in_flight: int = 256
    problem: str = "not connected yet"
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _looked_after: float = -1e9

    async def run(self) -> None:
        """Consume until cancelled."""
        failures = 0
        while True:
            try:
                await self._connect()
                failures = 0
                while True:
                    await self._look_after_pending()
                    await self._start(await self.stream.new(await self._room(), _BLOCK))
            except UnavailableError as exc:
                self._note(str(exc))
            except Exception as exc:  # noqa: BLE001 (a worker: whatever happens, it must read on)
                self._note(f"unexpected: {exc!r}")
                structlog.get_logger().exception("consumer_failed")
            failures += 1
            await asyncio.sleep(_AFTER_FAILURE.pause(failures))

    async def stop(self) -> None:
        """Cancel what waits for an outcome. Its entries stay pending and come back after a restart."""
        await end(list(self._tasks.values()))

    async def _connect(self) -> None:
        """Join the group, anew after a flush (repeats are known by their id), and take up everything that was ours."""
        await self.stream.join()
        after = "0-0"
        while entries := await self.stream.ours(after, await self._room()):
            after = entries[-1].id
            await self._start(entries)
        self._note("")

    async def _room(self) -> int:
        """How many more entries to read, once there is room: what is not read waits safely in the stream."""
        while len(self._tasks) >= self.in_flight:
            await asyncio.wait(list(self._tasks.values()), timeout=self.claim_idle / 3, return_when=asyncio.FIRST_COMPLETED)
            await self._look_after_pending()
        return min(_AT_ONCE, self.in_flight - len(self._tasks))

    async def _start(self, entries: Sequence[StreamEntry]) -> None:
        for entry in entries:
            if not entry.fields:  # nothing is left to deliver
                await self.stream.acknowledge(entry.id)
            elif entry.id not in self._tasks:
                self._tasks[entry.id] = asyncio.create_task(self._process(entry))

    async def _process(self, entry: StreamEntry) -> None:
        """Handle and settle; on a failure of the store or the stream begin again, which repeats no push."""
        log = structlog.get_logger()
        try:
            await _UNTIL_SETTLED.acall(
                lambda: self._settle(entry), note=lambda error, _: log.warning("entry_put_off", entry=entry.id, error=str(error))
            )
        finally:
            self._tasks.pop(entry.id, None)

    async def _settle(self, entry: StreamEntry) -> None:
        verdict = await self.handle(entry.fields)
        if verdict.is_over and verdict.reason:
            await self.stream.bury(entry, verdict.reason)
            self.counts.buried()
            structlog.get_logger().error("buried", entry=entry.id, reason=verdict.reason)
        elif verdict.is_over:
            await self.stream.acknowledge(entry.id)

    async def _look_after_pending(self) -> None:
        """Now and then: show that ours are being worked on, take over what others abandoned, measure the lag."""
        if time.monotonic() - self._looked_after < self.claim_idle / 3:
            return
        self._looked_after = time.monotonic()
        if self._tasks:
            await self.stream.keep(list(self._tasks))
        await self._claim_abandoned()
        self.counts.lag(await self.stream.lag())

    async def _claim_abandoned(self) -> None:
        start = "0-0"
        while len(self._tasks) < self.in_flight:
            room = min(_AT_ONCE, self.in_flight - len(self._tasks))
            start, entries = await self.stream.abandoned(int(self.claim_idle * 1000), start, room)
            await self._start(entries)
            if start == "0-0":
                return

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log = structlog.get_logger()
            log.warning("stream_lost", why=problem) if problem else log.info("stream_joined")
        self.problem = problem
