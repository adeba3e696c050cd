"""Keeps the background work alive: the tables, what an earlier version left, the channels, then the stream, as long as we run."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.retry import Backoff, Retry, of_kinds

_UNTIL_PREPARED = Retry(of_kinds(Exception), None, Backoff(5.0, 5.0, jitter=0.0))  # the database may come later
_TIDIED = 60.0  # seconds between sweeps


class Prepares(Protocol):
    """The store."""

    async def prepare(self) -> None:
        """Bring the tables to today's form."""
        ...


class Tidies(Protocol):
    """The use case."""

    async def recover(self) -> None:
        """Take up what an earlier version left pending."""
        ...

    async def tidy(self) -> None:
        """End what is over, forget what is old."""
        ...


class Consumes(Protocol):
    """The stream."""

    problem: str

    async def run(self) -> None:
        """Consume until cancelled."""
        ...

    async def stop(self) -> None:
        """Come to an end."""
        ...


class Serves(Protocol):
    """A channel's worker."""

    def start(self) -> None:
        """Begin."""
        ...

    async def stop(self, grace: float) -> None:
        """Come to an end."""
        ...


class Worker:
    """Never dies of a missing database or Redis; /readyz says which of them it is waiting for."""

    def __init__(self, store: Prepares, notifier: Tidies, consumer: Consumes, channels: Sequence[Serves]) -> None:
        self.store, self.notifier, self.consumer, self.channels = store, notifier, consumer, channels
        self._problem = "not prepared yet"
        self._task = BackgroundTask("notifier", self._run)
        self._tidying = BackgroundTask("tidying", self._tidy)

    def start(self) -> None:
        """Begin."""
        self._task.start()

    async def stop(self, grace: float) -> None:
        """Read no more, let sends under way finish for at most `grace` seconds, then stop."""
        await self._task.stop()
        await self._tidying.stop()
        await asyncio.gather(*(channel.stop(grace) for channel in self.channels))
        await self.consumer.stop()

    async def missing(self) -> Mapping[str, str]:
        """What is not ready, and why."""
        parts = {"database": self._problem, "stream": self.consumer.problem}
        return {part: why for part, why in parts.items() if why}

    async def _run(self) -> None:
        await _UNTIL_PREPARED.acall(self._prepare, note=self._note_absence)
        for channel in self.channels:
            channel.start()
        self._tidying.start()
        await self.consumer.run()

    async def _prepare(self) -> None:
        await self.store.prepare()
        await self.notifier.recover()
        self._problem = ""

    async def _tidy(self) -> None:
        while True:
            try:
                await self.notifier.tidy()
            except Exception:  # noqa: BLE001 (a worker: a database that is away for a moment must not end it)
                structlog.get_logger().exception("tidying_failed")
            await asyncio.sleep(_TIDIED)

    def _note_absence(self, error: Exception, _: float) -> None:
        structlog.get_logger().warning("database_missing", why=str(error))
        self._problem = str(error) or repr(error)
