"""Lets one request at a time go to a host, and no two within half a second: all hosts at once. Knows no HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

PAUSE = 0.5  # seconds from the start of a request to the start of the next one to the same host
_MOST_HOSTS = 1_000  # that are remembered; one that nobody waits for is forgotten first


@dataclass
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    begun: float = float("-inf")
    waiting: int = 0


class HostTurns:
    """The turns of all hosts. `pause` in seconds."""

    def __init__(self, pause: float = PAUSE, clock: Callable[[], float] = monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def of(self, url: str) -> AsyncIterator[None]:
        """The turn of the host of an address: entered when it has come, and over when it is left."""
        host = self._host(url)
        host.waiting += 1
        try:
            async with host.turn:
                await asyncio.sleep(max(0.0, host.begun + self._pause - self._clock()))
                host.begun = self._clock()
                yield
        finally:
            host.waiting -= 1

    def _host(self, url: str) -> _Host:
        name = (urlsplit(url).hostname or "").removesuffix(".")
        if name not in self._hosts and len(self._hosts) >= _MOST_HOSTS:
            self._hosts = {each: host for each, host in self._hosts.items() if self._is_needed(host)}
        return self._hosts.setdefault(name, _Host())

    def _is_needed(self, host: _Host) -> bool:
        return host.waiting > 0 or host.begun + self._pause > self._clock()
