"""Waiting and trying again, in one place: growing pauses with jitter, within a deadline, no shorter than the peer asks for.

One layer of a path retries and says so in its docstring; all others pass failures through. A Retry is the policy of such a layer:
`retry.call(work)` and `await retry.acall(work)` give the result of the first try that succeeds. Workers that wait for something
else at the same time (an event, a signal) take their pauses from a Backoff. Knows no peer, and which failures may pass is told.
"""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
MORE_THAN_ASKED = 0.1  # of what a peer asks for: or all whom it sends away would come back in the same moment
Judge = Callable[[Exception], float | None]
Note = Callable[[Exception, float], None]


@dataclass(frozen=True)
class Backoff:
    """Pauses in seconds: `first`, times `growth` after each further failure, at most `longest`; up to `jitter` of it is added."""

    first: float = 0.25
    longest: float = 10.0
    growth: float = 2.0
    jitter: float = 0.25

    def pause(self, failures: int, asked: float = 0.0) -> float:
        """How long to wait after so many failures in a row, 1 or more; `asked`: what the peer wants at least."""
        exponent = min(failures - 1, 64)  # by then any pause has grown to the longest, and no float overflows
        own = min(self.first * self.growth**exponent, self.longest) * random.uniform(1.0, 1.0 + self.jitter)
        return max(own, asked * random.uniform(1.0, 1.0 + MORE_THAN_ASKED))


@dataclass(frozen=True)
class Retry:
    """When a try that failed is followed by another.

    `judge`: None where no other try would help, else seconds that the peer asks to be left alone, 0 where it asks for none.
    `tries` in all; None: until the deadline. `sleep` and `asleep` are for tests.
    """

    judge: Judge
    tries: int | None = 3
    backoff: Backoff = Backoff()
    sleep: Callable[[float], None] = time.sleep
    asleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def call(self, work: Callable[[], T], seconds: float = math.inf, note: Note | None = None) -> T:
        """The result of `work`, or the error of its last try. None is begun that would begin after `seconds`.

        `note` is told of each failure that another try follows, and of the pause before it.
        """
        until, failures = time.monotonic() + seconds, 0
        while True:
            try:
                return work()
            except Exception as exc:
                failures += 1
                pause = self._pause(exc, failures, until, note)
                if pause is None:
                    raise
            self.sleep(pause)

    async def acall(self, work: Callable[[], Awaitable[T]], seconds: float = math.inf, note: Note | None = None) -> T:
        """The same of a coroutine. A cancelled one is not tried again."""
        until, failures = time.monotonic() + seconds, 0
        while True:
            try:
                return await work()
            except Exception as exc:
                failures += 1
                pause = self._pause(exc, failures, until, note)
                if pause is None:
                    raise
            await self.asleep(pause)

    def _pause(self, error: Exception, failures: int, until: float, note: Note | None) -> float | None:
        """Seconds until the next try; None where there is none."""
        asked = self.judge(error)
        if asked is None or failures == self.tries:
            return None
        pause = self.backoff.pause(failures, asked)
        if time.monotonic() + pause >= until:
            return None
        if note:
            note(error, pause)
        return pause


def of_kinds(*kinds: type[Exception]) -> Judge:
    """A judge that lets failures of these kinds pass, whatever pause they ask for."""
    return lambda error: 0.0 if isinstance(error, kinds) else None
