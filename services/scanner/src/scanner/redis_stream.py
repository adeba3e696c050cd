"""The stream port over Redis: XADD with the opportunity's JSON, and what the readers' group has done with it since."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from common.deals import GROUP, STORED, STREAM, TRACE_FIELD, stream_field
from common.errors import UnavailableError
from scanner.deal_data import OutboxRow

_TIMEOUT = 5.0  # seconds
_STEP = 100  # entries by which the stream may grow again after each look, once a full Redis had made it shorter
MAX_LENGTH = 10_000  # entries that wait in the stream: it must not fill Redis when nobody reads it. The others wait in the outbox.


class RedisStream:
    """Appends to the stream `opportunities`. It leaves a Redis that is full room for those who read, or nothing could be let go."""

    def __init__(self, url: str) -> None:
        # No retries below us: the relay is the layer that tries again.
        retry = Retry(NoBackoff(), 0)
        self._redis: Redis = Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=retry)
        self._limit = MAX_LENGTH

    async def prepare(self) -> None:
        """Make the readers' group while there is room for it: a full Redis makes none, and the stream could never be read."""
        async with _translated():
            if await self._group() is not None:
                return
            try:
                await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
            except ResponseError as exc:
                if "BUSYGROUP" not in str(exc):
                    raise

    async def append(self, rows: Sequence[OutboxRow]) -> list[str]:
        """All rows, in order: their entries. UnavailableError: some may have been appended."""
        async with _translated():
            try:
                async with self._redis.pipeline(transaction=True) as pipeline:
                    for row in rows:
                        pipeline.xadd(STREAM, _fields(row))
                    return [entry.decode() for entry in await pipeline.execute()]
            except OutOfMemoryError:
                self._limit = int(await self._redis.xlen(STREAM)) // 2
                raise

    async def stored(self, opportunities: Sequence[str]) -> set[str]:
        """Which of these a notifier has reported as stored."""
        async with _translated():
            scores: Any = await self._redis.zmscore(STORED, list(opportunities))
        return {each for each, score in zip(opportunities, scores, strict=True) if score is not None}

    async def note_stored(self, opportunities: Sequence[str]) -> None:
        """Take these reports out."""
        async with _translated():
            await self._redis.zrem(STORED, *opportunities)

    async def holds(self, entries: Sequence[str]) -> set[str]:
        """Which of these entries are still there."""
        async with _translated(), self._redis.pipeline(transaction=False) as pipeline:
            for entry in entries:
                pipeline.xrange(STREAM, entry, entry)
            found = await pipeline.execute()
        return {entry for entry, there in zip(entries, found, strict=True) if there}

    async def room(self) -> int:
        """How many more entries may wait."""
        self._limit = min(MAX_LENGTH, self._limit + _STEP)
        async with _translated():
            return max(0, self._limit - int(await self._redis.xlen(STREAM)))

    async def trim(self) -> None:
        """Drop what is before the notifiers' position: the oldest entry that one holds, else the next that none has read."""
        async with _translated():
            facts = await self._group()
            if facts is None:
                return
            position = _after(facts["last-delivered-id"].decode())
            if facts["pending"]:
                pending: Any = await self._redis.xpending(STREAM, GROUP)
                position = pending["min"].decode() if pending["min"] else "0-0"
            await self._redis.xtrim(STREAM, minid=position, approximate=True)

    async def server(self) -> str:
        """The server's run id, which changes when it starts anew."""
        async with _translated():
            facts: Any = await self._redis.info("server")
        return str(facts["run_id"])

    async def _group(self) -> Any:
        groups: Any = await self._redis.xinfo_groups(STREAM) if await self._redis.exists(STREAM) else []
        return next((each for each in groups if each["name"] == GROUP.encode()), None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _fields(row: OutboxRow) -> dict[Any, Any]:
    """Of its entry: the payload, and beside it the trace that it is a part of, where it is of one."""
    told = {stream_field(row.body): row.body}
    return told if row.traceparent is None else told | {TRACE_FIELD: row.traceparent}


def _after(entry: str) -> str:
    moment, _, number = entry.partition("-")
    return f"{moment}-{int(number) + 1}"


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as exc:
        raise UnavailableError(f"Redis: {exc or type(exc).__name__}") from exc
