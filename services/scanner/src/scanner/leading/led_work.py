"""What the leader alone does: scans, what they leave to be judged, the outbox, and what the others were asked."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol


class Part(Protocol):
    """Something that goes on by itself."""

    def start(self) -> None:
        """Go on."""
        ...

    async def stop(self) -> None:
        """End."""
        ...


class Runner(Part, Protocol):
    """Runs scans."""

    async def recover(self) -> None:
        """Scans that a former leader did not end are over."""
        ...

    async def take_up(self, scan_id: str, feeds: frozenset[int]) -> None:
        """Run a scan that another was asked for."""
        ...

    def note_unpriced(self) -> None:
        """Some deals wait."""
        ...


class Asked(Protocol):
    """The record of scans that others were asked for."""

    async def take_asked(self, now: datetime) -> Mapping[str, frozenset[int]]:
        """They run from now on: ids, and the feeds of each."""
        ...


class LedWork:
    """See Work of leadership.py. `others` start before the runner and end after it."""

    def __init__(
        self,
        runner: Runner,
        others: tuple[Part, ...],
        asked: Asked,
        has_unpriced: Callable[[], Awaitable[bool]],
        now: Callable[[], datetime],
    ) -> None:
        self._runner, self._others, self._asked = runner, others, asked
        self._has_unpriced, self._now = has_unpriced, now

    async def begin(self) -> None:
        """Take up what a former leader left."""
        await self._runner.recover()
        for part in (*self._others, self._runner):
            part.start()

    async def turn(self) -> None:
        """Scans that others were asked for, and deals that a person has put right there."""
        for scan_id, feeds in (await self._asked.take_asked(self._now())).items():
            await self._runner.take_up(scan_id, feeds)
        if await self._has_unpriced():
            self._runner.note_unpriced()

    async def end(self) -> None:
        """Stop, in the opposite order."""
        for part in (self._runner, *reversed(self._others)):
            await part.stop()
