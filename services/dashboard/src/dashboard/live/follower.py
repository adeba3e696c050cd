"""Follows what the other services tell of themselves while somebody looks, and passes on what changed and what was done.

Each is followed by itself: one that is away, or falls silent, is asked again after a pause that grows, and costs the others
nothing. After a pause it tells what it was doing meanwhile, as far as it keeps that. It knows nothing of HTTP.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from pydantic import ValidationError

from common.activity.entry import TOPICS, Entry
from common.activity.reading import ServerEvent
from common.activity.ring import Ring
from common.background import BackgroundTask
from common.errors import PricingAgentError
from common.retry import Backoff
from dashboard.live.hub import Hub

STREAM = "/activity/stream"
SILENCE = 40.0  # seconds; a service shows a sign of life every 15
PAUSE = 0.5  # seconds between two news of one topic
OLD = timedelta(seconds=15)  # what was done before a page was opened is on that page
_AGAIN = Backoff(0.5, 15.0)
BEGINNING = "00000000-0"  # an id of no start: all that is kept follows


class Tells(Protocol):
    """A service that tells what it does."""

    def events(self, path: str, silence: float, last: str = "") -> AbstractAsyncContextManager[AsyncIterator[ServerEvent]]:
        """Its events after the one with the id `last`; PricingAgentError."""
        ...


class Follower:
    """`entries` keeps what was heard. `again`: pauses after failures; `now` dates what is old news."""

    def __init__(
        self,
        services: Mapping[str, Tells],
        hub: Hub,
        again: Backoff = _AGAIN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.entries: Ring[Entry] = Ring()
        self._hub, self._again, self._now = hub, again, now
        self._changed, self._news = set[str](), asyncio.Event()
        self._last = dict.fromkeys(services, BEGINNING)
        self._failures = dict.fromkeys(services, 0)  # in a row, since something was heard
        tasks = [BackgroundTask(f"activity of {name}", partial(self._follow, name, each)) for name, each in services.items()]
        self._tasks = [*tasks, BackgroundTask("news for open pages", self._pass_on)]

    def start(self) -> None:
        """Begin, and listen whenever somebody looks."""
        for task in self._tasks:
            task.start()

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            await task.stop()

    async def _follow(self, name: str, service: Tells) -> None:
        while True:
            await self._hub.is_watched.wait()
            self._failures[name] += 1
            try:
                if await self._listen(name, service):
                    self._failures[name] = 0
                    continue
            except PricingAgentError as exc:
                structlog.get_logger().debug("activity_not_heard", service=name, why=str(exc))
            except Exception:  # noqa: BLE001 (a worker: whatever a peer answers must not end it)
                structlog.get_logger().exception("activity_not_heard", service=name)
            await asyncio.sleep(self._again.pause(max(self._failures[name], 1)))

    async def _listen(self, name: str, service: Tells) -> bool:
        """Until nobody looks any more, which is true, or until the service ends it."""
        async with service.events(STREAM, SILENCE, self._last[name]) as events:
            unwatched = asyncio.ensure_future(self._hub.is_unwatched.wait())
            hearing = asyncio.ensure_future(self._hear(name, events))
            try:
                await asyncio.wait({unwatched, hearing}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    hearing.result()
                return not hearing.done()
            finally:
                for task in (unwatched, hearing):
                    task.cancel()
                await asyncio.gather(unwatched, hearing, return_exceptions=True)

    async def _hear(self, name: str, events: AsyncIterator[ServerEvent]) -> None:
        async for each in events:
            if each.name == "activity":
                self._take(name, each)

    def _take(self, name: str, told: ServerEvent) -> None:
        self._last[name], self._failures[name] = told.id or self._last[name], 0
        try:
            entry = Entry.model_validate_json(told.data)
        except ValidationError:
            structlog.get_logger().warning("activity_not_understood", service=name)
            return
        self.entries.add(lambda _: entry)
        if self._now() - entry.at < OLD:
            self._changed.update(TOPICS.intersection(entry.topics))
            self._news.set()

    async def _pass_on(self) -> None:
        """What changed, at most once in a while: a scan tells a hundred things, of which a page fetches itself again once."""
        while True:
            await self._news.wait()
            self._news.clear()
            topics, self._changed = sorted(self._changed), set()
            for topic in topics:
                self._hub.tell(topic)
            await asyncio.sleep(PAUSE)
