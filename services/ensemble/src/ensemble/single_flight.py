"""One computation for all who ask the same at the same time. Knows neither prices nor HTTP, and keeps nothing afterwards."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Flight(Generic[T]):
    def __init__(self, task: "asyncio.Task[T]", until: float) -> None:
        self.task, self.until, self.waiters = task, until, 0


class SingleFlight(Generic[T]):
    """Who joins shares the result or the error of the one under way; the next to ask after its end starts anew."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(self, key: str, compute: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> tuple[T, bool]:
        """The result, and whether another's computation gave it. TimeoutError for one who joined, after `seconds`.

        Cancelling one who waits cancels the computation only when nobody else waits for it.
        """
        flight, is_joined = self._find(key, seconds), True
        if flight is None:
            is_joined = False
            task = asyncio.get_running_loop().create_task(compute(), context=copy_context())
            flight = self._flights[key] = _Flight(task, time.monotonic() + seconds)
        flight.waiters += 1
        try:
            if not is_joined:
                return await asyncio.shield(flight.task), False
            async with asyncio.timeout(seconds):
                return await asyncio.shield(flight.task), True
        finally:
            flight.waiters -= 1
            if not flight.waiters:
                flight.task.cancel()
            if (flight.task.done() or not flight.waiters) and self._flights.get(key) is flight:
                del self._flights[key]

    def _find(self, key: str, seconds: float) -> _Flight[T] | None:
        """One to join: it must not be about to give up, for then the answer would be poorer than this caller's time allows."""
        flight = self._flights.get(key)
        if flight is None or flight.task.done() or flight.until - time.monotonic() < seconds / 2:
            return None
        return flight
