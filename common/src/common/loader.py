"""Loads what a service needs beside the event loop, so that probes answer from the first moment and tell how far it is."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from common.background import BackgroundTask
from common.errors import ArtifactError, OverloadedError, PricingAgentError, UnavailableError
from common.retry import Backoff, Retry, of_kinds

T = TypeVar("T")
RETRY_SECONDS = 2.0  # until a part that needs an absent peer is tried again
LONGEST_SECONDS = 60.0  # until one is whose files are missing or damaged: they may be being replaced


class Loader(Generic[T]):
    """Holds a thing that takes long to load. `get` raises UnavailableError until it is there, then returns it.

    A peer that is away or busy may come back, so loading is tried again every `pause` seconds. Files that are missing or damaged
    may be put right, so they are looked at again after `pause` seconds, twice that and so on. Anything else stays wrong.
    """

    def __init__(self, part: str, load: Callable[[], Awaitable[T]], pause: float = RETRY_SECONDS) -> None:
        self.part, self.load = part, load
        self._retry = Retry(of_kinds(UnavailableError, OverloadedError), None, Backoff(pause, pause, jitter=0.0))
        self._look_again = Retry(of_kinds(ArtifactError, OSError), None, Backoff(pause, LONGEST_SECONDS, jitter=0.0))
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
        try:
            self._value = await self._look_again.acall(self._load, note=self._note_absence)
        except PricingAgentError as exc:
            self._problem = exc
            structlog.get_logger().error("not_ready", part=self.part, why=str(exc))
        except Exception as exc:  # noqa: BLE001 (a worker: whatever went wrong must show in /readyz, not end in silence)
            self._problem = self._told(exc)
            structlog.get_logger().exception("not_ready", part=self.part)
        else:
            structlog.get_logger().info("ready", part=self.part)

    async def _load(self) -> T:
        return await self._retry.acall(self.load, note=self._note_absence)

    def _told(self, error: Exception) -> PricingAgentError:
        return error if isinstance(error, PricingAgentError) else UnavailableError(f"{self.part} could not be loaded: {error!r}")

    def _note_absence(self, error: Exception, pause: float) -> None:
        self._problem = self._told(error)
        structlog.get_logger().warning("not_ready", part=self.part, why=str(error), retry_s=pause)

    def get(self) -> T:
        """The loaded thing."""
        if self._value is None:
            raise self._problem
        return self._value

    async def missing(self) -> dict[str, str]:
        """Empty when loaded; else why not."""
        return {} if self._value is not None else {self.part: str(self._problem)}
