"""Keeps the background work alive: the table, what an earlier process left, then the stream, for as long as the service runs."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from common.background import BackgroundTask

_PATIENCE = 5.0  # seconds between attempts to reach the database


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
        while not await self._is_prepared():  # noqa: ASYNC110 (nothing tells when a database comes back)
            await asyncio.sleep(_PATIENCE)
        await self.consumer.run()

    async def _is_prepared(self) -> bool:
        try:
            await self.store.prepare()
            await self.notifier.recover()
        except Exception as exc:  # noqa: BLE001 (a worker: the database may come later)
            structlog.get_logger().warning("database_missing", why=str(exc))
            self._problem = str(exc) or repr(exc)
            return False
        self._problem = ""
        return True
