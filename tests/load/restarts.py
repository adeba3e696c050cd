"""Ends each service and Redis in turn, first by telling it to, then by killing it; `pricer run` is to start it again."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import psutil

from tests.load.running import REDIS, SERVICES, Running

ORDER = (REDIS, *SERVICES)
CALM = 15.0  # seconds after it is ready again in which others may still find out
PATIENCE = 120.0  # seconds for it to come back
ENDS_WITHIN = 60.0  # seconds: longer than the supervisor would give any service but one that hears a push out


@dataclass(frozen=True)
class Planned:
    """`at`: seconds since the beginning."""

    at: float
    name: str
    how: signal.Signals


@dataclass(frozen=True)
class Restart:
    """One that was done. `ended`, `ready`: seconds from the signal on; `left`: processes of its own that outlived it."""

    at: float
    name: str
    how: str
    ended: float
    ready: float
    left: int = 0

    @property
    def window(self) -> tuple[float, float]:
        """When others may notice."""
        return self.at, self.at + self.ready + CALM


def plan(seconds: float, names: Sequence[str] = ORDER) -> list[Planned]:
    """All in turn by SIGTERM in the first half, all by SIGKILL in the second, at even distances; the end is left in peace."""
    rounds = [(name, how) for how in (signal.SIGTERM, signal.SIGKILL) for name in names]
    step = seconds / (len(rounds) + 1)
    return [Planned((number + 0.8) * step, name, how) for number, (name, how) in enumerate(rounds)]


def is_within(at: float, ended: float, restarts: Sequence[Restart], names: Sequence[str] = ORDER) -> bool:
    """Whether something from `at` to `ended` fell into the time in which one of these was away."""
    return any(start <= ended and at <= end for each in restarts if each.name in names for start, end in (each.window,))


class Restarter:
    """Does what is planned; `done` grows, and `problems` where one does not end or does not come back. `clock` is monotonic."""

    def __init__(self, system: Running, clock: Callable[[], float] = time.monotonic) -> None:
        self.system, self.clock = system, clock
        self.done: list[Restart] = []
        self.problems: list[str] = []

    async def run(self, planned: Sequence[Planned]) -> None:
        """All of them, at their times."""
        begun = self.clock()
        for each in planned:
            await asyncio.sleep(max(0.0, begun + each.at - self.clock()))
            try:
                self.done.append(await self._restart(each.name, each.how))
            except (RuntimeError, KeyError, psutil.NoSuchProcess) as exc:
                self.problems.append(f"{each.name} {each.how.name}: {exc!r}")

    async def _restart(self, name: str, how: signal.Signals) -> Restart:
        """RuntimeError where it is not there, does not end or does not come back."""
        process = self.system.processes()[name]
        family = process.children(recursive=True)
        at = self.clock()
        process.send_signal(how)
        await self._until(lambda: not _is_alive(process), f"{name} ends", ENDS_WITHIN)
        ended = self.clock() - at
        await self._until_ready(name, process.pid)
        ready = self.clock() - at
        return Restart(at, name, how.name, round(ended, 2), round(ready, 2), sum(map(_is_alive, family)))

    async def _until(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        until = self.clock() + seconds
        while not holds():
            if self.clock() > until:
                raise RuntimeError(f"it did not happen within {seconds:g} s that {what}")
            await asyncio.sleep(0.05)

    async def _until_ready(self, name: str, former: int) -> None:
        """Another process is there, and says that it is ready."""

        def is_there() -> bool:
            found = self.system.processes().get(name)
            return found is not None and found.pid != former

        await self._until(is_there, f"{name} is started again", PATIENCE)
        if name == REDIS:
            await asyncio.sleep(0.5)
            return
        until = self.clock() + PATIENCE
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while self.clock() < until:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{self.system.urls[name]}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise RuntimeError(f"{name} was not ready again within {PATIENCE:g} s")


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
