"""Keeps the last things that were told, numbered, for whoever asks later or listens now. Whoever is slow keeps nobody waiting.

Ids are START-NUMBER: a start of the process has its own, so that an id of another start is known as such.
"""

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from common.errors import OverloadedError

T = TypeVar("T")
KEPT = 1000
MOST_LISTENERS = 64
ID = r"[0-9a-f]{8}-[0-9]{1,15}"


class Ring(Generic[T]):
    """The last `kept` things. May be told from any thread."""

    def __init__(self, kept: int = KEPT, most_listeners: int = MOST_LISTENERS) -> None:
        self._start, self._most = secrets.token_hex(4), most_listeners
        self._things: deque[tuple[int, T]] = deque(maxlen=kept)
        self._number = 0
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def add(self, make: Callable[[str], T]) -> None:
        """Keep what `make` makes of its id."""
        with self._lock:
            self._number += 1
            self._things.append((self._number, make(self._id(self._number))))
            listeners = list(self._listeners.items())
        for event, loop in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    @property
    def last(self) -> str | None:
        """The id of the newest; None where there is none."""
        return self._id(self._number) if self._number else None

    def after(self, identifier: str | None, limit: int | None = None) -> tuple[list[T], str | None]:
        """What came after an id, the oldest first, and the last one's id; without one the newest.

        After an id of another start all that is kept comes: its reader has seen none of it.
        """
        number = self._number_of(identifier)
        with self._lock:
            found = [each for each in self._things if number is None or each[0] > number]
        if limit is not None:
            found = found[-limit:] if identifier is None else found[:limit]
        return [thing for _, thing in found], self._id(found[-1][0]) if found else identifier or self.last

    @contextmanager
    def listening(self, identifier: str | None = None) -> Iterator[AsyncIterator[tuple[str, T]]]:
        """What comes after an id, without one what is told from now on, with the id of each. OverloadedError for too many."""
        if len(self._listeners) >= self._most:
            raise OverloadedError(f"{self._most} listen already")
        news = asyncio.Event()
        self._listeners[news] = asyncio.get_running_loop()
        try:
            yield self._things_after(self._number if identifier is None else self._number_of(identifier) or 0, news)
        finally:
            self._listeners.pop(news, None)

    async def _things_after(self, seen: int, news: asyncio.Event) -> AsyncIterator[tuple[str, T]]:
        while True:
            news.clear()
            with self._lock:
                found = [each for each in self._things if each[0] > seen]
            for number, thing in found:
                seen = number
                yield self._id(number), thing
            await news.wait()

    def _id(self, number: int) -> str:
        return f"{self._start}-{number}"

    def _number_of(self, identifier: str | None) -> int | None:
        """None where it is not of this start."""
        start, _, number = (identifier or "").partition("-")
        return int(number) if start == self._start and number.isdecimal() else None
