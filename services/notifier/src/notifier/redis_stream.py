"""The two Redis streams, opportunities and its dead letters, as one consumer of a group. Failures leave as UnavailableError.

It does not know what an entry means, nor when to read or acknowledge.
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from common.deals import DEAD_STREAM, GROUP, STORED, STORED_KEPT, STREAM
from common.errors import InvalidInputError, NotFoundError, UnavailableError
from notifier.stream_data import DeadLetter, StreamEntry, StreamLag

_ENTRY_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")
_PREFIX = b"field:"  # before the names of a buried entry's fields, so that they cannot clash with ours
_AT_ONCE = 1000  # ids in one report
_KEPT = 10_000  # dead letters; the oldest go first
_FORGOTTEN = 3_600_000  # ms of silence after which a consumer without entries is taken out
_COUNTED = 1000  # unread entries that are counted one by one where Redis, before version 7, does not tell


class RedisStream:
    """`consumer` is a name that nobody else ever has: what an earlier process held is taken over once it is abandoned."""

    def __init__(self, url: str, consumer: str) -> None:
        # No retries below us: after a lost answer the reader must look at what it was given, not ask for more.
        pool = BlockingConnectionPool.from_url(
            url,
            socket_timeout=10,
            socket_connect_timeout=5,
            health_check_interval=30,
            retry=Retry(NoBackoff(), 0),
            max_connections=64,
            timeout=5,  # seconds that a command waits while as many are under way: many who ask for pages must not fail the reader
        )
        self._redis: Redis = Redis.from_pool(pool)
        self.consumer = consumer
        self._unreported: dict[str, float] = {}  # ids of what is stored, and when

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def join(self) -> None:
        """Make the group where it is missing: from the stream's beginning, for what was published before us counts."""
        async with _translated():
            if await self._has_group():  # a full Redis refuses to make one also where there is one
                await self._take_out(lambda each: each["idle"] > _FORGOTTEN)  # what was killed took no leave
                return
            try:
                await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
            except ResponseError as exc:
                if "BUSYGROUP" not in str(exc):
                    raise

    async def _has_group(self) -> bool:
        groups: Any = await self._redis.xinfo_groups(STREAM) if await self._redis.exists(STREAM) else []
        return any(each["name"] == GROUP.encode() for each in groups)

    async def leave(self) -> None:
        """Take this consumer out of the group, unless something is given to it."""
        async with _translated():
            await self._take_out(lambda each: bool(each["name"] == self.consumer.encode()))

    async def _take_out(self, is_over: Callable[[Any], bool]) -> None:
        consumers: Any = await self._redis.xinfo_consumers(STREAM, GROUP)
        for each in consumers:
            if is_over(each) and not each["pending"]:
                await self._redis.xgroup_delconsumer(STREAM, GROUP, each["name"])

    async def new(self, count: int, block: int) -> list[StreamEntry]:
        """Entries that no consumer has had; waits up to `block` ms for one."""
        return await self._read(">", count, block)

    async def ours(self, after: str, count: int) -> list[StreamEntry]:
        """Entries given to us and not acknowledged, with an id above `after`."""
        return await self._read(after, count, None)

    async def abandoned(self, idle: int, start: str, count: int) -> tuple[str, list[StreamEntry]]:
        """Take over entries that nobody has worked on for `idle` ms; and where to go on, 0-0 at the end."""
        async with _translated():
            answer: Any = await self._redis.xautoclaim(STREAM, GROUP, self.consumer, idle, start_id=start, count=count)
        return answer[0].decode(), _entries([pair for pair in answer[1] if pair[0] is not None])

    async def acknowledge(self, identifiers: Sequence[str], stored: Sequence[str]) -> None:
        """Done with these entries; and tell the publisher that the opportunities of these ids are stored.

        In this order: a Redis that is full takes no report, but must be able to let go of what was read, or it would stay full.
        """
        ids = list(identifiers)
        async with _translated():
            await self._redis.xack(STREAM, GROUP, *ids)
        self._unreported |= dict.fromkeys(stored, time.time())
        await self.report()

    async def report(self) -> None:
        """Tell the publisher what it has not been told; a full Redis is told later. What is lost is published again, and known."""
        told = dict(list(self._unreported.items())[:_AT_ONCE])
        if not told:
            return
        async with _translated():
            try:
                async with self._redis.pipeline(transaction=True) as pipeline:
                    pipeline.zadd(STORED, told)
                    pipeline.zremrangebyrank(STORED, 0, -STORED_KEPT - 1)
                    await pipeline.execute()
            except OutOfMemoryError:
                return
        for each in told:
            del self._unreported[each]

    async def bury(self, entry: StreamEntry, reason: str) -> None:
        """Move an entry to the dead letters and acknowledge it, both or neither."""
        letter: dict[Any, Any] = {b"reason": reason.encode(errors="replace"), b"entry": entry.id.encode()}
        letter |= {_PREFIX + name: value for name, value in entry.fields.items()}
        async with _translated(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(DEAD_STREAM, letter, maxlen=_KEPT, approximate=True)
            pipeline.xack(STREAM, GROUP, entry.id)
            await pipeline.execute()

    async def lag(self) -> StreamLag:
        """How far the group is behind."""
        async with _translated():
            groups: Any = await self._redis.xinfo_groups(STREAM)
            facts = next((found for found in groups if found["name"] == GROUP.encode()), None)
            if facts is None:
                return StreamLag(0, 0)
            unread = facts.get("lag")
            if unread is None:
                after = f"({facts['last-delivered-id'].decode()}"
                entries: Any = await self._redis.xrange(STREAM, min=after, max="+", count=_COUNTED)
                unread = len(entries)
        return StreamLag(int(unread), int(facts["pending"]))

    async def page(self, before: str | None, limit: int) -> list[DeadLetter]:
        """Dead letters, newest first, those older than the letter `before`."""
        if before and not int(_checked(before).replace("-", "")):  # nothing is older than 0-0, and Redis refuses to look
            return []
        newest = f"({before}" if before else "+"
        async with _translated():
            found: Any = await self._redis.xrevrange(DEAD_STREAM, max=newest, min="-", count=limit)
        return [_letter(identifier, fields) for identifier, fields in found]

    async def get(self, identifier: str) -> DeadLetter:
        """One dead letter."""
        async with _translated():
            found: Any = await self._redis.xrange(DEAD_STREAM, _checked(identifier), identifier)
        if not found:
            raise NotFoundError(f"there is no dead letter {identifier}")
        return _letter(*found[0])

    async def revive(self, letter: DeadLetter) -> str:
        """Put the original back into the stream and remove the letter, both or neither; the entry's new id."""
        fields: dict[Any, Any] = dict(letter.fields)
        async with _translated(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(STREAM, fields)
            pipeline.xdel(DEAD_STREAM, letter.id)
            added, _ = await pipeline.execute()
        return str(added.decode())

    async def _read(self, after: str, count: int, block: int | None) -> list[StreamEntry]:
        streams: Any = {STREAM: after}
        async with _translated():
            answer: Any = await self._redis.xreadgroup(GROUP, self.consumer, streams, count=count, block=block)
        if isinstance(answer, dict):  # RESP3: {name: [entries]}; RESP2: [[name, entries]]
            return _entries([pair for chunks in answer.values() for chunk in chunks for pair in chunk])
        return _entries([pair for _, pairs in answer or [] for pair in pairs])


def _entries(pairs: Sequence[tuple[bytes, Any]]) -> list[StreamEntry]:
    return [StreamEntry(identifier.decode(), fields or {}) for identifier, fields in pairs]


def _letter(identifier: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    original = {name.removeprefix(_PREFIX): value for name, value in fields.items() if name.startswith(_PREFIX)}
    reason, entry = (fields.get(name, b"").decode(errors="replace") for name in (b"reason", b"entry"))
    return DeadLetter(identifier.decode(), reason, entry, original)


def _checked(identifier: str) -> str:
    if not _ENTRY_ID.fullmatch(identifier):
        raise InvalidInputError("an id looks like 1732192000000-0", "id")
    return identifier


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as exc:
        raise UnavailableError(f"Redis: {exc or type(exc).__name__}") from exc
