"""How a channel's worker waits: for work, for a failing channel, for the end."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


async def wait(wake: asyncio.Event, seconds: float) -> None:
    """Until it is set, or so many seconds are over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()


@dataclass(frozen=True)
class Pace:
    """How a worker waits. `poll`: seconds between looks for work nobody spoke of; the others: a failing channel's rest.

    `clock` is monotonic; `wait` ends after so many seconds, or when the event is set. Both are for tests.
    """

    poll: float = 1.0
    probe_first: float = 10.0
    probe_longest: float = 300.0
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[asyncio.Event, float], Awaitable[None]] = wait
