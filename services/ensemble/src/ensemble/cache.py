"""Where complete answers are kept for a while: the port, and the memory of this process. redis_cache.py is the shared one."""

import hashlib
import json
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from common.pricing import PriceRequest

_OVERHEAD = 300  # bytes that an entry takes beside its answer: key, tuple, slot in the dictionary


class Cache(Protocol):
    """Bytes by key. Never raises: a cache that is away holds nothing."""

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """What is kept of each key."""
        ...

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries for the time to live."""
        ...


def key_of(request: PriceRequest, versions: Sequence[str]) -> str:
    """The same for requests that differ in white space or composed characters only, for one set of models' versions.

    Case stays: it tells names from words, and the pricers see it.
    """
    parts = [_normalised(part) for part in (request.title, request.description, request.category)]
    return hashlib.blake2b(json.dumps([parts, list(versions)]).encode(), digest_size=20).hexdigest()


def _normalised(text: str | None) -> str | None:
    return None if text is None else " ".join(unicodedata.normalize("NFC", text).split())


class MemoryCache:
    """The least recently used go first past `items` or `size` bytes; `ttl` in seconds."""

    def __init__(self, items: int, size: int, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.items, self.size, self.ttl, self.clock = items, size, ttl, clock
        self.used = 0  # bytes
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """See Cache.get."""
        return [self._get(key) for key in keys]

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See Cache.put."""
        for key, value in entries.items():
            self._drop(key)
            self._entries[key] = (self.clock() + self.ttl, value)
            self.used += _OVERHEAD + len(value)
        while self._entries and (len(self._entries) > self.items or self.used > self.size):
            self._drop(next(iter(self._entries)))

    def _get(self, key: str) -> bytes | None:
        until, value = self._entries.get(key, (0.0, b""))
        if key not in self._entries:
            return None
        if until <= self.clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return value

    def _drop(self, key: str) -> None:
        found = self._entries.pop(key, None)
        if found:
            self.used -= _OVERHEAD + len(found[1])
