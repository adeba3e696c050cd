"""Reads the stream without ever losing an entry: it is acknowledged after its opportunity is stored.

What was ours comes first after every (re)connection, what other consumers abandoned after a while. It waits for nobody's phone,
so it is never far behind. It does not know Redis, nor what an entry means.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from common.background import heed_cancellation
from common.errors import UnavailableError
from common.retry import Backoff
from notifier.activity.telling import Telling
from notifier.entry_handler import Verdict
from notifier.stream_data import StreamEntry, StreamLag

_BLOCK = 2000  # ms; below the socket's timeout, else silence would look like a dead peer
_AT_ONCE = 64  # entries read in one call, and stored in one transaction
_AFTER_FAILURE = Backoff(0.2, 5.0, jitter=0.0)

Handle = Callable[[Sequence[StreamEntry]], Awaitable[Sequence[Verdict]]]


class Stream(Protocol):
    """A consumer group's view of the stream; every method raises UnavailableError."""

    async def join(self) -> None:
        """Make the group where it is missing."""
        ...

    async def leave(self) -> None:
        """Leave nothing of this consumer behind."""
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

    async def acknowledge(self, identifiers: Sequence[str], stored: Sequence[str]) -> None:
        """Done with these entries; the opportunities of these ids are stored."""
        ...

    async def report(self) -> None:
        """Tell the publisher what it could not be told before."""
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

    def stream(self, *, is_up: bool) -> None:
        """Whether it can be read."""
        ...


@dataclass
class Consumer:
    """`claim_idle`: seconds after which others' entries count as abandoned; `problem` says why it cannot read, if it cannot."""

    stream: Stream
    handle: Handle
    counts: StreamCounts
    claim_idle: float = 30.0
    problem: str = "not connected yet"
    telling: Telling = field(default_factory=Telling)
    _looked_after: float = -1e9

    async def run(self) -> None:
        """Consume until cancelled."""
        failures = 0
        while True:
            try:
                await self._connect()
                failures = 0
                while True:
                    await self._look_after_others()
                    await self._take_in(await self.stream.new(_AT_ONCE, _BLOCK))
            except UnavailableError as exc:
                self._note(str(exc))
            except Exception as exc:  # noqa: BLE001 (a worker: whatever happens, it must read on)
                self._note(f"unexpected: {exc!r}")
                structlog.get_logger().exception("consumer_failed")
            heed_cancellation()
            failures += 1
            await asyncio.sleep(_AFTER_FAILURE.pause(failures))

    async def stop(self) -> None:
        """Leave the group, where it answers."""
        try:
            await self.stream.leave()
        except UnavailableError as exc:
            structlog.get_logger().info("stream_not_left", why=str(exc))

    async def _connect(self) -> None:
        """Join the group, anew after a flush (repeats are known by their id), and take up everything that was ours."""
        await self.stream.join()
        await self._take_up_ours()
        self._note("")

    async def _take_up_ours(self) -> None:
        after = "0-0"
        while entries := await self.stream.ours(after, _AT_ONCE):
            after = entries[-1].id
            await self._take_in(entries)

    async def _take_in(self, entries: Sequence[StreamEntry]) -> None:
        """Have them stored, then acknowledge. A failure before that leaves them pending: they come again, and are known then."""
        if not entries:
            return
        verdicts = await self.handle([entry for entry in entries if entry.fields])
        done = [entry.id for entry in entries if not entry.fields]  # trimmed while pending: nothing is left to deliver
        done += [verdict.entry.id for verdict in verdicts if verdict.stored]
        if done:
            await self.stream.acknowledge(done, [verdict.stored for verdict in verdicts if verdict.stored])
        for verdict in verdicts:
            if verdict.reason:
                await self.stream.bury(verdict.entry, verdict.reason)
                self.counts.buried()
                structlog.get_logger().error("buried", entry=verdict.entry.id, reason=verdict.reason)
                self.telling.buried(verdict.reason)

    async def _look_after_others(self) -> None:
        """Now and then: take over what others abandoned, measure the lag."""
        if time.monotonic() - self._looked_after < self.claim_idle / 3:
            return
        self._looked_after = time.monotonic()
        start = "0-0"
        while True:
            start, entries = await self.stream.abandoned(int(self.claim_idle * 1000), start, _AT_ONCE)
            await self._take_in(entries)
            if start == "0-0":
                break
        await self._take_up_ours()  # a Redis before version 7 gives those that were deleted without their ids
        await self.stream.report()
        self.counts.lag(await self.stream.lag())

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log = structlog.get_logger()
            log.warning("stream_lost", why=problem) if problem else log.info("stream_joined")
        self.problem = problem
        self.counts.stream(is_up=not problem)
