"""Reads the stream as one consumer of a group and never loses an entry: it is acknowledged after its outcome is stored.

What was ours comes first after every (re)connection, what other consumers abandoned after a while; deliveries run beside the
reader, up to a bound. It does not know what an entry means.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from common.deals import STREAM
from notifier.dead_letters import DeadLetters
from notifier.incoming import Verdict
from notifier.stream_lag import StreamLag, measure_lag

GROUP = "notifier"
_BLOCK = 2000  # ms; below the socket's timeout, else silence would look like a dead peer
_AT_ONCE = 64  # entries read in one call
_LONGEST_WAIT = 5.0  # seconds between attempts to reach Redis

Handle = Callable[[Mapping[bytes, bytes]], Awaitable[Verdict]]


class StreamCounts(Protocol):
    """Counters for /metrics."""

    def buried(self) -> None:
        """An entry was moved to the dead letters."""
        ...

    def lag(self, lag: StreamLag) -> None:
        """The stream's state was measured."""
        ...


def connect(url: str) -> Redis:
    """A client without retries of its own: after a lost answer the reader must look at what it was given, not ask again."""
    return Redis.from_url(
        url, socket_timeout=10, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0), health_check_interval=30, max_connections=64
    )


@dataclass
class StreamConsumer:
    """`consumer` must be the same after a restart and differ between replicas; `problem` says why it cannot read, if it cannot."""

    redis: Redis
    handle: Handle
    consumer: str
    counts: StreamCounts
    claim_idle: float = 60.0
    in_flight: int = 256
    problem: str = "not connected yet"
    _tasks: dict[bytes, asyncio.Task[None]] = field(default_factory=dict)
    _looked_after: float = -1e9

    def __post_init__(self) -> None:
        self._dead = DeadLetters(self.redis, GROUP)

    async def run(self) -> None:
        """Consume until cancelled."""
        failures = 0
        while True:
            try:
                await self._connect()
                failures = 0
                while True:
                    await self._look_after_pending()
                    await self._read_new()
            except (RedisError, OSError, TimeoutError) as exc:
                self._note(f"Redis: {exc or type(exc).__name__}")
            except Exception as exc:  # noqa: BLE001 (a worker: whatever happens, it must read on)
                self._note(f"unexpected: {exc!r}")
                structlog.get_logger().exception("consumer_failed")
            failures += 1
            await asyncio.sleep(min(_LONGEST_WAIT, 0.1 * 2 ** min(failures, 10)))

    async def stop(self) -> None:
        """Cancel what waits for an outcome. Its entries stay pending and come back after a restart."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self) -> None:
        """Make the group where it is missing (new or flushed Redis) and take up everything that was ours."""
        try:
            # From the beginning of the stream: what was published before us counts, and repeats are known by their id.
            await self.redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as exc:
            if "BUSYGROUP" not in str(exc):
                raise
        after = b"0"
        while entries := await self._read(after, block=None):
            after = entries[-1][0]
            await self._start(entries)
        self._note("")

    async def _read_new(self) -> None:
        await self._start(await self._read(b">", block=_BLOCK))

    async def _read(self, after: bytes, block: int | None) -> list[tuple[bytes, Any]]:
        free = await self._room()
        streams: Any = {STREAM: after}
        answer: Any = await self.redis.xreadgroup(GROUP, self.consumer, streams, count=min(free, _AT_ONCE), block=block)
        return _entries_of(answer)

    async def _room(self) -> int:
        """How many more entries may be in flight, once there is room: what is not read waits safely in Redis."""
        while len(self._tasks) >= self.in_flight:
            await asyncio.wait(list(self._tasks.values()), timeout=self.claim_idle / 3, return_when=asyncio.FIRST_COMPLETED)
            await self._look_after_pending()
        return self.in_flight - len(self._tasks)

    async def _start(self, entries: Sequence[tuple[bytes, Any]]) -> None:
        for identifier, fields in entries:
            if not fields:  # trimmed or deleted from the stream meanwhile: nothing is left to deliver
                await self.redis.xack(STREAM, GROUP, identifier)
            elif identifier not in self._tasks:
                self._tasks[identifier] = asyncio.create_task(self._process(identifier, fields))

    async def _process(self, identifier: bytes, fields: Mapping[bytes, bytes]) -> None:
        """Handle and settle; on a failure of the store or of Redis begin again, which repeats no push."""
        wait = 0.2
        try:
            while not await self._settle(identifier, fields):
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)
        finally:
            self._tasks.pop(identifier, None)

    async def _settle(self, identifier: bytes, fields: Mapping[bytes, bytes]) -> bool:
        try:
            verdict = await self.handle(fields)
            if verdict.is_over and verdict.reason:
                await self._dead.bury(identifier, fields, verdict.reason)
                self.counts.buried()
                structlog.get_logger().error("buried", entry=identifier.decode(), reason=verdict.reason)
            elif verdict.is_over:
                await self.redis.xack(STREAM, GROUP, identifier)
        except Exception as exc:  # noqa: BLE001 (a worker: the entry stays pending and is tried again)
            structlog.get_logger().warning("entry_put_off", entry=identifier.decode(), error=str(exc))
            return False
        return True

    async def _look_after_pending(self) -> None:
        """Now and then: show that ours are being worked on, take over what others abandoned, measure the lag."""
        if time.monotonic() - self._looked_after < self.claim_idle / 3:
            return
        self._looked_after = time.monotonic()
        await self._keep_ours()
        await self._claim_abandoned()
        self.counts.lag(await measure_lag(self.redis, GROUP))

    async def _keep_ours(self) -> None:
        """Reset the idle time of entries in flight here, or another consumer would take them during a long back-off."""
        ours: Any = list(self._tasks)
        if ours:
            await self.redis.xclaim(STREAM, GROUP, self.consumer, 0, ours, justid=True)

    async def _claim_abandoned(self) -> None:
        idle, start = int(self.claim_idle * 1000), b"0-0"
        while len(self._tasks) < self.in_flight:
            count = min(_AT_ONCE, self.in_flight - len(self._tasks))
            answer: Any = await self.redis.xautoclaim(STREAM, GROUP, self.consumer, idle, start_id=start, count=count)
            start = answer[0]
            await self._start([entry for entry in answer[1] if entry[0] is not None])
            if start == b"0-0":
                return

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log = structlog.get_logger()
            log.warning("stream_lost", why=problem) if problem else log.info("stream_joined", consumer=self.consumer)
        self.problem = problem


def _entries_of(answer: Any) -> list[tuple[bytes, Any]]:
    """The entries of our one stream. RESP2 gives [[name, entries]], RESP3 {name: [entries]}."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [entry for chunk in answer.values() for part in chunk for entry in part]
    return [entry for _, entries in answer for entry in entries]
