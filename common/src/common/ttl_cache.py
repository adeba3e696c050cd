"""A cache in this process: so many entries and bytes at most, each for so long; the least recently used go first. Over cachetools.

Safe to use from several threads: metrics are read in one of their own. Knows neither keys nor values.
"""

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

K = TypeVar("K")
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """At most `items` entries, whose `size_of` adds up to at most `size`, for `ttl` seconds each. 0 items: nothing is kept."""

    def __init__(
        self,
        items: int,
        ttl: float,
        *,
        size: float = math.inf,
        size_of: Callable[[V], int] = lambda _: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.items = items
        self._kept: TTLCache[K, V, float] = TTLCache(size, ttl, clock, size_of)
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    @property
    def used(self) -> float:
        """The sizes of all entries together."""
        with self._lock:
            return self._kept.currsize

    def get(self, key: K) -> V | None:
        """What is kept under the key, while it lives."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value in the place of the former one. One that is larger than all that may be kept is not."""
        with self._lock:
            self._kept.pop(key, None)
            if self._kept.getsizeof(value) <= self._kept.maxsize:
                self._kept[key] = value
            while len(self._kept) > self.items:
                self._kept.popitem()

    def drop(self, key: K) -> None:
        """Forget what is kept under the key, if anything is."""
        with self._lock:
            self._kept.pop(key, None)
