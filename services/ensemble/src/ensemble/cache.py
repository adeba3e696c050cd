"""Where complete answers are kept for a while: the port, and the memory of this process. redis_cache.py is the shared one."""

import hashlib
import json
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from common.pricing import PriceRequest
from common.ttl_cache import TtlCache

_OVERHEAD = 300  # bytes that an entry takes beside its answer: key, link, slots in the dictionaries


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

    Case stays: it tells names from words, and the pricers see it. So does the end of the text's first line, which they take for
    the product's name.
    """
    named = (_lines(request.title), _words(request.description)) if request.title else (None, _lines(request.description))
    parts = [*named, _words(request.category or "") or None]
    return hashlib.blake2b(json.dumps([parts, list(versions)]).encode(), digest_size=20).hexdigest()


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _lines(text: str) -> list[str]:
    """The first line, with line ends in it that some pricers alone take for one, and the rest."""
    first, _, rest = text.replace("\r\n", "\n").strip().partition("\n")
    return [*map(_words, first.splitlines()), _words(rest)]


class MemoryCache:
    """At most `items` answers in `size` bytes, for `ttl` seconds each."""

    def __init__(self, items: int, size: int, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = TtlCache[str, bytes](items, ttl, size=size, size_of=lambda answer: _OVERHEAD + len(answer), clock=clock)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def used(self) -> float:
        """Bytes."""
        return self._kept.used

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """See Cache.get."""
        return [self._kept.get(key) for key in keys]

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See Cache.put."""
        for key, value in entries.items():
            self._kept.put(key, value)
