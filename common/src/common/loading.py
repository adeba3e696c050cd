"""Loads what a service needs beside the event loop, so that probes answer from the first moment and tell how far it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from common.errors import PricingAgentError, UnavailableError

T = TypeVar("T")


class Loader(Generic[T]):
    """Holds a thing that takes long to load. `get` raises UnavailableError until it is there, then returns it."""

    def __init__(self, part: str, load: Callable[[], Awaitable[T]]) -> None:
        self.part, self.load = part, load
        self._value: T | None = None
        self._problem: PricingAgentError = UnavailableError(f"{part} is still loading")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to load."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Give up loading, if it is still under way."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            self._value = await self.load()
        except PricingAgentError as exc:
            self._problem = exc
            structlog.get_logger().error("not_ready", part=self.part, why=str(exc))
        except Exception as exc:  # noqa: BLE001 (a worker: whatever went wrong must show in /readyz, not end in silence)
            self._problem = UnavailableError(f"{self.part} could not be loaded: {exc!r}")
            structlog.get_logger().exception("not_ready", part=self.part)
        else:
            structlog.get_logger().info("ready", part=self.part)

    def get(self) -> T:
        """The loaded thing."""
        if self._value is None:
            raise self._problem
        return self._value

    async def missing(self) -> dict[str, str]:
        """Empty when loaded; else why not."""
        return {} if self._value is not None else {self.part: str(self._problem)}
