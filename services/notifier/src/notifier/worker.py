"""Keeps the background work alive: the tables, what an earlier version left, the channels, sweeps and alarm, then the stream."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.retry import Backoff, Retry, of_kinds

_UNTIL_PREPARED = Retry(of_kinds(Exception), None, Backoff(5.0, 5.0, jitter=0.0))  # the database may come later
_TIDIED = 60.0  # seconds between sweeps
_LOOKED = 5.0  # seconds between looks for trouble


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


class Looks(Protocol):
    """The alarm."""

    async def look(self) -> None:
        """Tell what is to be told."""
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
    """Never dies of a missing database or Redis; /readyz says which of them it waits for, and is 503 for the database alone."""

    def __init__(self, store: Prepares, notifier: Tidies, consumer: Consumes, channels: Sequence[Serves], alarm: Looks) -> None:
        self.store, self.notifier, self.consumer, self.channels = store, notifier, consumer, channels
        self._problem = "not prepared yet"
        self._task = BackgroundTask("notifier", self._run)
        self._regular = [
            BackgroundTask("tidying", partial(_again_and_again, notifier.tidy, _TIDIED)),
            BackgroundTask("alarm", partial(_again_and_again, alarm.look, _LOOKED)),
        ]

    def start(self) -> None:
        """Begin."""
        self._task.start()

    async def stop(self, grace: float) -> None:
        """Read no more, let sends under way finish for at most `grace` seconds, then stop."""
        await self._task.stop()
        for each in self._regular:
            await each.stop()
        await asyncio.gather(*(channel.stop(grace) for channel in self.channels))
        await self.consumer.stop()

    async def missing(self) -> Mapping[str, str]:
        """What no answer is had without, and why it is away."""
        return {"database": self._problem} if self._problem else {}

    def awaited(self) -> dict[str, str]:
        """What else is away, and why."""
        return {"stream": self.consumer.problem} if self.consumer.problem else {}

    async def _run(self) -> None:
        await _UNTIL_PREPARED.acall(self._prepare, note=self._note_absence)
        for channel in self.channels:
            channel.start()
        for each in self._regular:
            each.start()
        await self.consumer.run()

    async def _prepare(self) -> None:
        await self.store.prepare()
        await self.notifier.recover()
        self._problem = ""

    def _note_absence(self, error: Exception, _: float) -> None:
        structlog.get_logger().warning("database_missing", why=str(error))
        self._problem = str(error) or repr(error)


async def _again_and_again(work: Callable[[], Awaitable[None]], pause: float) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 (a worker: a database that is away for a moment must not end it)
            structlog.get_logger().exception("background_work_failed")
        await asyncio.sleep(pause)
