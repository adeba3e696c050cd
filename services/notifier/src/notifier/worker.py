"""Keeps the background work alive: the table, what an earlier process left, then the stream, for as long as the service runs."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.retry import Backoff, Retry, of_kinds

_UNTIL_PREPARED = Retry(of_kinds(Exception), None, Backoff(5.0, 5.0, jitter=0.0))  # the database may come later


class Prepares(Protocol):
    """The store."""

    async def prepare(self) -> None:
        """Make the table if it is not there."""
        ...


class Recovers(Protocol):
    """The use case."""

    async def recover(self) -> None:
        """Take up what was left pending."""
        ...

    async def stop(self, grace: float) -> None:
        """Come to an end."""
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


class Worker:
    """Never dies of a missing database or Redis; /readyz says which of them it is waiting for."""

    def __init__(self, store: Prepares, notifier: Recovers, consumer: Consumes) -> None:
        self.store, self.notifier, self.consumer = store, notifier, consumer
        self._problem = "not prepared yet"
        self._task = BackgroundTask("notifier", self._run)

    def start(self) -> None:
        """Begin."""
        self._task.start()

    async def stop(self, grace: float) -> None:
        """Read no more, let sends under way finish for at most `grace` seconds, then stop."""
        await self._task.stop()
        await self.notifier.stop(grace)
        await self.consumer.stop()

    async def missing(self) -> Mapping[str, str]:
        """What is not ready, and why."""
        parts = {"database": self._problem, "stream": self.consumer.problem}
        return {part: why for part, why in parts.items() if why}

    async def _run(self) -> None:
        await _UNTIL_PREPARED.acall(self._prepare, note=self._note_absence)
        await self.consumer.run()

    async def _prepare(self) -> None:
        await self.store.prepare()
        await self.notifier.recover()
        self._problem = ""

    def _note_absence(self, error: Exception, _: float) -> None:
        structlog.get_logger().warning("database_missing", why=str(error))
        self._problem = str(error) or repr(error)
