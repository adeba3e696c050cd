"""Passes the topics that have changed on to every page that is open. It knows nothing of HTTP, nor where the news come from."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from common.errors import OverloadedError

MOST = 200  # pages at a time
_WAITING = 64  # topics that a page may be behind; it is told to fetch all of itself when it was further behind


class Hub:
    """News by topic, as "opportunities"; "all" where everything may have changed. A page that is slow keeps nobody waiting."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str]] = set()
        self.is_watched, self.is_unwatched = asyncio.Event(), asyncio.Event()  # set while a page is open, and while none is
        self.is_unwatched.set()
        self._watchers = 0

    def tell(self, topic: str) -> None:
        """A topic has changed."""
        for queue in self._pages:
            is_behind = queue.full()
            while is_behind and not queue.empty():
                queue.get_nowait()
            queue.put_nowait("all" if is_behind else topic)

    @contextmanager
    def listening(self) -> Iterator[AsyncIterator[str]]:
        """The topics that change from now on, for as long as this lasts. OverloadedError where MOST pages are open."""
        if len(self._pages) >= MOST:
            raise OverloadedError(f"{MOST} pages are open already")
        queue: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        self._pages.add(queue)
        try:
            with self.watching():
                yield _taken_from(queue)
        finally:
            self._pages.discard(queue)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Somebody looks, for as long as this lasts."""
        self._watchers += 1
        self.is_watched.set()
        self.is_unwatched.clear()
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                self.is_watched.clear()
                self.is_unwatched.set()


async def _taken_from(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()
