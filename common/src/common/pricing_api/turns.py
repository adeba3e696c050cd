"""At most so many commands at once to one server: the others wait for a while rather than fail. Knows no server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.errors import UnavailableError


class Turns:
    """`at_once` commands; a turn comes within `patience` seconds or not at all. Must be used from one event loop."""

    def __init__(self, at_once: int, patience: float) -> None:
        self.at_once, self.patience = at_once, patience
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Take one, and give it back. UnavailableError: none came, which says nothing of whether the server is there."""
        try:
            async with asyncio.timeout(self.patience):
                await self._free.acquire()
        except TimeoutError:
            raise UnavailableError(f"{self.at_once} commands have been under way for {self.patience:g} s") from None
        try:
            yield
        finally:
            self._free.release()
