"""Tells a person on a channel that works what another does not deliver: that it fails, and which alerts came to a bad end there.

It tells once, through whoever takes it first; a channel's own bad ends also on itself, once it works again. Knows no SQL.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from notifier.message import notice_of
from notifier.notification import Outcome
from notifier.service import Target
from notifier.trouble import Trouble


class Troubles(Protocol):
    """What is to be told; every method raises UnavailableError."""

    async def untold(self) -> list[Trouble]:
        """By channel."""
        ...

    async def failing(self) -> set[str]:
        """Keys of the channels that did not take their last push."""
        ...

    async def mark(self, trouble: Trouble) -> None:
        """It was told."""
        ...


class Alarm:
    """`pause`: seconds between two notices about one channel, so that what goes wrong push by push is told together."""

    def __init__(
        self, troubles: Troubles, targets: Sequence[Target], pause: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._troubles, self._targets, self._pause, self._clock = troubles, targets, pause, clock
        self._not_before: dict[str, float] = {}

    async def look(self) -> None:
        """Tell what is to be told."""
        for trouble in await self._troubles.untold():
            if self._clock() >= self._not_before.get(trouble.channel, -math.inf):
                self._not_before[trouble.channel] = self._clock() + self._pause
                await self._tell(trouble)

    async def _tell(self, trouble: Trouble) -> None:
        log = structlog.get_logger().bind(target=trouble.label, why=trouble.problem, waiting=trouble.waiting)
        log.warning("channel_in_trouble", ended=[f"{each.stage}: {each.notification}" for each in trouble.ended])
        push, failing = notice_of(trouble), await self._troubles.failing()
        working = [target for target in self._targets if target.key not in failing]
        for target in sorted(working, key=lambda each: each.key == trouble.channel):
            sent = await target.send(push)
            if sent.outcome in (Outcome.SENT, Outcome.UNKNOWN):
                await self._troubles.mark(trouble)
                return
