"""The stream of entries that could not be delivered: bury, list, replay. The original entry is kept byte for byte."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from common.deals import DEAD_STREAM, STREAM
from common.errors import InvalidInputError, NotFoundError, UnavailableError

_ENTRY_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")
_PREFIX = b"field:"  # before the names of the original's fields, so that they cannot clash with ours
_KEPT = 10_000  # dead letters; the oldest go first


@dataclass(frozen=True)
class DeadLetter:
    """A buried entry: `entry` is its old id in the stream, `fields` what it held."""

    id: str
    reason: str
    entry: str
    fields: dict[bytes, bytes]


class DeadLetters:
    """`group` is the consumer group whose pending list an entry leaves when it is buried."""

    def __init__(self, redis: Redis, group: str) -> None:
        self._redis, self._group = redis, group

    async def bury(self, entry: bytes, fields: Mapping[bytes, bytes], reason: str) -> None:
        """Move an entry here and acknowledge it, both or neither. Raises RedisError."""
        letter: dict[Any, Any] = {b"reason": reason.encode(errors="replace"), b"entry": entry}
        letter |= {_PREFIX + name: value for name, value in fields.items()}
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(DEAD_STREAM, letter, maxlen=_KEPT, approximate=True)
            pipeline.xack(STREAM, self._group, entry)
            await pipeline.execute()

    async def page(self, before: str | None, limit: int) -> list[DeadLetter]:
        """Newest first, those older than the letter `before`."""
        newest = f"({_checked(before)}" if before else "+"
        async with _translated():
            found: Any = await self._redis.xrevrange(DEAD_STREAM, max=newest, min="-", count=limit)
        return [_letter(identifier, fields) for identifier, fields in found]

    async def get(self, identifier: str) -> DeadLetter:
        """One letter."""
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
    except (RedisError, OSError) as exc:
        raise UnavailableError(f"Redis cannot be reached: {exc}") from exc
