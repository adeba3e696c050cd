"""Whose turn it is at a host: one request at a time, and a while from start to start. Hosts do not wait for each other.

Shared by all who fetch from strangers, so that a feed and the pages of its deals count together. Knows no HTTP.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

GAP = 0.5  # seconds from the start of a request to that of the next one at the same host
_MANY = 1_000  # hosts that are remembered before those are forgotten at which nobody waits


@dataclass
class _Host:
    """`started`: when the last request there began; `users`: how many have its turn or wait for it."""

    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: float = -math.inf
    users: int = 0


class HostTurns:
    """The hosts and their lines. `gap` in seconds; `clock` is monotonic."""

    def __init__(
        self,
        gap: float = GAP,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap, self._clock, self._sleep = gap, clock, sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def of(self, url: str) -> AsyncIterator[None]:
        """The turn at the host of an address, while the block runs: who comes first has it first.

        Whoever has a turn must not wait for another one: leave this block before a redirect is followed.
        """
        host = self._host(host_of(url))
        host.users += 1
        try:
            async with host.line:
                while (left := host.started + self._gap - self._clock()) > 0:  # a timer may ring a moment too early
                    await self._sleep(left)
                host.started = self._clock()
                yield
        finally:
            host.users -= 1

    def _host(self, name: str) -> _Host:
        if len(self._hosts) >= _MANY and name not in self._hosts:
            now = self._clock()
            self._hosts = {each: host for each, host in self._hosts.items() if host.users or host.started + self._gap > now}
        return self._hosts.setdefault(name, _Host())


def host_of(url: str) -> str:
    """The host of an address, whatever its port: one machine serves both. Empty for what has none."""
    try:
        return (urlsplit(url).hostname or "").lower().removesuffix(".")
    except ValueError:
        return ""
