"""Loads what a service needs beside the event loop, so that probes answer from the first moment and tell how far it is."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from common.background import BackgroundTask
from common.errors import OverloadedError, PricingAgentError, UnavailableError

T = TypeVar("T")
RETRY_SECONDS = 2.0  # until a part that needs an absent peer is tried again


def spare_collector() -> None:
    """Take what is loaded by now out of garbage collection: it lives as long as the process.

    With torch and transformers in it a full collection stops every thread for 0.4 s, in the midst of requests.
    """
    gc.collect()
    gc.freeze()


class Loader(Generic[T]):
    """Holds a thing that takes long to load. `get` raises UnavailableError until it is there, then returns it."""

    def __init__(self, part: str, load: Callable[[], Awaitable[T]], pause: float = RETRY_SECONDS) -> None:
        self.part, self.load, self.pause = part, load, pause
        self._value: T | None = None
        self._problem: PricingAgentError = UnavailableError(f"{part} is still loading")
        self._task = BackgroundTask(f"load {part}", self._run)

    def start(self) -> None:
        """Begin to load."""
        self._task.start()

    async def stop(self) -> None:
        """Give up loading, if it is still under way."""
        await self._task.stop()

    async def _run(self) -> None:
        while True:
            if await self._try():
                return
            await asyncio.sleep(self.pause)

    async def _try(self) -> bool:
        """Load once; whether that is all there is to do. A peer that is away may come back, anything else stays wrong."""
        try:
            self._value = await self.load()
        except (UnavailableError, OverloadedError) as exc:
            self._problem = exc
            structlog.get_logger().warning("not_ready", part=self.part, why=str(exc), retry_s=self.pause)
            return False
        except PricingAgentError as exc:
            self._problem = exc
            structlog.get_logger().error("not_ready", part=self.part, why=str(exc))
        except Exception as exc:  # noqa: BLE001 (a worker: whatever went wrong must show in /readyz, not end in silence)
            self._problem = UnavailableError(f"{self.part} could not be loaded: {exc!r}")
            structlog.get_logger().exception("not_ready", part=self.part)
        else:
            structlog.get_logger().info("ready", part=self.part)
        return True

    def get(self) -> T:
        """The loaded thing."""
        if self._value is None:
            raise self._problem
        return self._value

    async def missing(self) -> dict[str, str]:
        """Empty when loaded; else why not."""
        return {} if self._value is not None else {self.part: str(self._problem)}
