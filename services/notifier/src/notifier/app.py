"""The notifier's application: opens addresses, store and stream in its lifespan, or takes fakes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from fastapi import FastAPI

from common.http.app import build_app
from common.loader import Loader
from notifier.consumer import Consumer, Stream
from notifier.entry_handler import handle_entry
from notifier.metrics import NotifierMetrics
from notifier.notification import RetryPolicy
from notifier.routes import Letters, Notifications, Runtime, build_router
from notifier.service import Notifier, Store, Target
from notifier.settings import Settings
from notifier.worker import Prepares, Worker


class OpenStore(Store, Prepares, Notifications, Protocol):
    """All that is asked of the store."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class OpenStream(Stream, Letters, Protocol):
    """All that is asked of the stream and its dead letters."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the outer world; None: the real thing."""

    store: OpenStore | None = None
    stream: OpenStream | None = None
    targets: Sequence[Target] | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. Ready once its database and the stream answer; it waits for both."""
    closing = AsyncExitStack()

    async def load() -> Runtime:
        return await _start(settings or Settings(), fakes or Fakes(), metrics, closing)

    loader = Loader("notifier", load)

    async def missing() -> Mapping[str, str]:
        return await loader.missing() or await loader.get().worker.missing()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        yield
        await loader.stop()
        await closing.aclose()

    app = build_app("notifier", lifespan=lifespan, missing=missing)
    metrics = NotifierMetrics(app.state.metrics.registry)
    app.include_router(build_router(loader.get))
    return app


async def _start(settings: Settings, fakes: Fakes, metrics: NotifierMetrics, closing: AsyncExitStack) -> Runtime:
    """Open everything, and see to it that it is closed in the opposite order."""
    targets = await _targets(settings) if fakes.targets is None else fakes.targets
    if not targets:
        structlog.get_logger().info("no_addresses", hint="set NOTIFY_URLS to get deals on your phone; they are logged and listed")
    margin = settings.send_deadline * 2 + 20
    store = fakes.store or _sql_store(settings, margin)
    closing.push_async_callback(store.aclose)
    stream = fakes.stream or _redis_stream(settings)
    closing.push_async_callback(stream.aclose)
    policy = RetryPolicy(settings.attempts, settings.retry_base, settings.retry_cap)
    notifier = Notifier(store, targets, policy, metrics, margin)
    consumer = Consumer(stream, partial(handle_entry, notifier), metrics, settings.claim_idle, settings.in_flight)
    worker = Worker(store, notifier, consumer)
    worker.start()
    closing.push_async_callback(worker.stop, settings.send_deadline)
    return Runtime(notifier, store, stream, worker)


async def _targets(settings: Settings) -> Sequence[Target]:
    """Apprise takes a second to import: beside the event loop, and only where there is something to send to."""
    return await asyncio.to_thread(_apprise_targets, settings) if settings.addresses else []


def _apprise_targets(settings: Settings) -> Sequence[Target]:
    from notifier.push_sender import targets_of

    return targets_of(settings.addresses, deadline=settings.send_deadline, throttle_pause=settings.throttle_pause)


def _sql_store(settings: Settings, lease: float) -> OpenStore:
    from notifier.notification_store import NotificationStore

    return NotificationStore(settings.database, settings.consumer, lease)


def _redis_stream(settings: Settings) -> OpenStream:
    from notifier.redis_stream import RedisStream

    return RedisStream(settings.redis_url, settings.consumer)
