"""Lets one of several scanners do the work, and hands it over when that one dies, is cut off or stands still.

Who leads starts its work and shows at short intervals that it lives, however long a part of the work takes; whoever does not lead
tries to. Knows no database: the lease decides who leads, and sees to it that nothing of a former leader is written after another
has begun.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from common.background import BackgroundTask, end
from common.errors import UnavailableError
from scanner.metrics import ScannerMetrics

BEAT = 2.0  # seconds between two signs of life, and between two tries to lead
ANSWER = 5.0  # seconds that the lease may take for one


class Lease(Protocol):
    """Who leads; every method raises UnavailableError."""

    async def take(self) -> bool:
        """Try to lead. Where that succeeds nothing that a former leader had begun is written any more."""
        ...

    async def keep(self) -> None:
        """Show that the leader lives; UnavailableError where it leads no longer."""
        ...

    async def leave(self) -> None:
        """Lead no longer. Never fails."""
        ...


class Work(Protocol):
    """What the leader alone does."""

    async def begin(self) -> None:
        """Take up what a former leader left, and go on."""
        ...

    async def turn(self) -> None:
        """Look for what the others were asked."""
        ...

    async def end(self) -> None:
        """Stop all of it."""
        ...


class Leadership:
    """A background task that leads whenever it can. `beat`: seconds."""

    def __init__(self, lease: Lease, work: Work, metrics: ScannerMetrics, beat: float = BEAT) -> None:
        self._lease, self._work, self._metrics, self._beat = lease, work, metrics, beat
        self._task, self._tried, self._why = BackgroundTask("leadership", self._run), asyncio.Event(), ""
        self._turns: list[asyncio.Task[None]] = []  # one while it leads
        self.is_leading = False

    async def start(self) -> None:
        """Begin to try, and wait for the first try: mostly there is no other."""
        self._task.start()
        await self._tried.wait()

    async def stop(self) -> None:
        """End the work, then let another lead, who need not wait."""
        await self._task.stop()
        await self._step_down()

    async def _run(self) -> None:
        while True:
            try:
                if await self._in_time(self._lease.take):
                    await self._lead()
                self._why = ""
            except UnavailableError as exc:
                self._tell(str(exc))
                await self._step_down()
            except Exception:  # noqa: BLE001 (a worker: whatever one attempt runs into, another try follows)
                structlog.get_logger().exception("leading_failed")
                await self._step_down()
            self._tried.set()
            await asyncio.sleep(self._beat)

    def _tell(self, why: str) -> None:
        """Once, however long it lasts."""
        if self.is_leading or why != self._why:
            structlog.get_logger().warning("leading_ended" if self.is_leading else "leader_unknown", why=why)
        self._why = why

    async def _lead(self) -> None:
        self.is_leading = True
        self._metrics.leading.set(1)
        structlog.get_logger().info("leading")
        turns = asyncio.create_task(self._take_turns())
        self._turns = [turns]
        while not turns.done():
            await self._in_time(self._lease.keep)
            await asyncio.wait(self._turns, timeout=self._beat)
        await turns  # it ends by a failure alone

    async def _take_turns(self) -> None:
        await self._work.begin()
        self._tried.set()
        while True:
            await self._work.turn()
            await asyncio.sleep(self._beat)

    async def _step_down(self) -> None:
        if self.is_leading:
            self.is_leading = False
            self._metrics.leading.set(0)  # at once: to end the work may take a while
            await end(self._turns)
            await self._work.end()
            self._metrics.leads_no_more()
        await self._lease.leave()

    async def _in_time(self, ask: Callable[[], Awaitable[bool | None]]) -> bool | None:
        try:
            async with asyncio.timeout(ANSWER):
                return await ask()
        except TimeoutError:
            raise UnavailableError(f"the database has not answered for {ANSWER:g} s") from None
