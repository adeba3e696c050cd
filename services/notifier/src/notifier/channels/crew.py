"""Keeps a worker for each channel while it is there: follows what any instance adds, changes and removes, within seconds.

What a push says, its priority and the channel's name change under a worker that goes on; for another address it is replaced, once
its open push was heard out. What waits is in the database, so that no change loses any of it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

import structlog

from common.background import BackgroundTask, TaskSet
from common.errors import InvalidInputError, PricingAgentError
from notifier.activity.telling import Telling
from notifier.channels.channel import ChannelRecord, ChannelSettings
from notifier.channels.posts import LiveTargets, Post, Serves, UnusableTarget
from notifier.channels.renderer import Renderer
from notifier.channels.roster import Roster
from notifier.message import Push
from notifier.notification import Outcome
from notifier.service import Target

LOOKED = 2.0  # seconds between looks at what others changed
_FORGOTTEN = 1800  # looks between those at what was removed long ago


class Keeps(Protocol):
    """The store, as far as workers need it; every method raises UnavailableError."""

    async def sweep(self) -> int:
        """End what waits for channels that were removed."""
        ...

    async def forget(self) -> None:
        """Forget those of long ago."""
        ...

    async def note(self, key: str, trouble: str) -> None:
        """Remember what is wrong with its template."""
        ...

    async def switch_off(self, key: str, why: str) -> bool:
        """Switch a channel off by itself and remember why; false where it is off already, or was removed."""
        ...

    async def rename(self, labels: Mapping[str, str]) -> None:
        """Let lists call channels so."""
        ...

    async def clear(self, key: str) -> None:
        """Forget how a channel fared: what comes now is served anew."""
        ...


Gone = Callable[[str], Awaitable[None]]
MakesTarget = Callable[[ChannelRecord, Gone], Awaitable[Target]]
MakesWorker = Callable[[Target, Renderer], Serves]


@dataclass(frozen=True)
class Makes:
    """How targets and their workers are made. `dashboard`: its public address; `grace`: seconds for an open push."""

    target: MakesTarget
    worker: MakesWorker
    dashboard: str = ""
    grace: float = 35.0
    telling: Telling = field(default_factory=Telling)


class Crew:
    """All workers of this instance. `environment`: the targets of NOTIFY_URLS."""

    def __init__(self, roster: Roster, store: Keeps, environment: Sequence[Target], makes: Makes) -> None:
        self._roster, self._store, self._makes, self._telling = roster, store, makes, makes.telling
        self._posts: dict[str, Post] = {}
        self.targets = LiveTargets(self._posts)
        self._fixed = [each.key for each in environment]
        for each in environment:
            self._posts[each.key] = self._post(each, ChannelSettings())
        self._leaving, self._told = TaskSet(), TaskSet()
        self._busy: dict[str, Post] = {}  # channels whose former worker still hears a push out
        self._turn, self._news = asyncio.Lock(), asyncio.Event()
        self._following = BackgroundTask("channels", self._follow)
        self._is_started = False

    def start(self) -> None:
        """Begin."""
        self._is_started = True
        for post in self._posts.values():
            post.worker.start()
        self._following.start()

    async def stop(self, grace: float) -> None:
        """Follow no more, and let open pushes finish for at most `grace` seconds."""
        await self._following.stop()
        await self._told.stop()
        await asyncio.gather(*(post.worker.stop(grace) for post in [*self._posts.values(), *self._busy.values()]))
        await self._leaving.stop()

    @property
    def names(self) -> dict[str, str]:
        """Names by key of the channels that are served now."""
        return {key: post.target.label for key, post in self._posts.items()}

    @property
    def timed(self) -> list[str]:
        """Keys of those that follow times."""
        return [key for key, post in self._posts.items() if post.renderer.settings.follows_times]

    def wake(self) -> None:
        """There is something to send."""
        for post in list(self._posts.values()):
            post.worker.wake()

    async def follow(self) -> None:
        """Bring the workers up to what is kept."""
        async with self._turn:
            await self._reconcile(await self._roster.refresh())
            await self._note_troubles()

    async def _follow(self) -> None:
        looks = 0
        while True:
            try:
                await self.follow()
                await self._store.sweep()
                if looks % _FORGOTTEN == 0:
                    await self._store.forget()
                looks += 1
            except Exception as exc:  # noqa: BLE001 (a worker: a database that is away for a moment must not end it)
                structlog.get_logger().warning("channels_not_followed", why=str(exc))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKED):
                    await self._news.wait()
            self._news.clear()

    async def _reconcile(self, kept: Sequence[ChannelRecord]) -> None:
        wanted = {each.key: each for each in self._roster.own if each.settings.enabled}
        for key in self._fixed:
            record = self._roster.laid_over(key)
            self._posts[key].renderer.settings = record.settings if record else ChannelSettings()
            self._posts[key].noted = record.trouble if record else ""
        for key in [key for key in self._posts if key not in self._fixed]:
            if key not in wanted or self._posts[key].place != _place(wanted[key]):
                self._dismiss(key)
        for key, record in wanted.items():
            if key in self._posts:
                await self._adapt(self._posts[key], record)
            elif key not in self._busy:
                await self._hire(record)

    async def _hire(self, record: ChannelRecord) -> None:
        try:
            target = await self._makes.target(record, lambda words: self._gone(record, words))
        except InvalidInputError as exc:
            structlog.get_logger().error("channel_not_usable", target=record.name, why=str(exc))
            target = UnusableTarget(record.name, record.key, str(exc))
        post = self._posts[record.key] = self._post(target, record.settings)
        post.place, post.noted = _place(record), record.trouble
        if self._is_started:
            post.worker.start()

    async def _adapt(self, post: Post, record: ChannelRecord) -> None:
        post.renderer.settings, post.noted = record.settings, record.trouble
        if post.target.label != record.name:
            post.target.label = post.renderer.label = record.name
            await self._store.rename({record.key: record.name})

    def _dismiss(self, key: str) -> None:
        post = self._busy[key] = self._posts.pop(key)
        self._leaving.start("channel_leaves", self._leave(key, post))

    async def _leave(self, key: str, post: Post) -> None:
        try:
            await post.worker.stop(self._makes.grace)
            await self._store.clear(key)
        except PricingAgentError as exc:
            structlog.get_logger().warning("channel_not_cleared", target=post.target.label, why=str(exc))
        finally:
            self._busy.pop(key, None)
            self._news.set()

    async def _note_troubles(self) -> None:
        for key, post in self._posts.items():
            trouble = post.renderer.trouble
            post.renderer.trouble = None  # only who rendered since the last look has something to say
            if trouble is not None and trouble != post.noted:
                post.noted = trouble
                await self._store.note(key, trouble)

    async def _gone(self, record: ChannelRecord, words: str) -> None:
        """A receiver wants no more: switch the channel off, and tell that on another."""
        structlog.get_logger().warning("channel_switched_off", target=record.name, why=words)
        try:
            if not await self._store.switch_off(record.key, words):
                return
        except PricingAgentError as exc:
            structlog.get_logger().warning("channel_still_on", target=record.name, why=str(exc))
            return
        self._news.set()
        self._telling.switched_off(record.name, words)
        text = f"It said: {words}. Nothing goes there any more until you switch it on again."
        self._told.start("channel_gone", self._tell(record.key, Push(f"{record.name} was switched off", text, str(uuid4()))))

    async def _tell(self, key: str, push: Push) -> None:
        for target in self.targets:
            if target.key != key and (await target.send(push)).outcome in (Outcome.SENT, Outcome.UNKNOWN):
                return

    def _post(self, target: Target, settings: ChannelSettings) -> Post:
        renderer = Renderer(target.label, settings, self._makes.dashboard)
        return Post(target, renderer, self._makes.worker(target, renderer))


def _place(record: ChannelRecord) -> tuple[str, ...]:
    return record.address, record.secret, record.settings.sound
