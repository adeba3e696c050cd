"""Puts the notifier together: the one place where SQL, Redis and Apprise meet."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from common.errors import UnavailableError
from common.http.app import build_app
from common.settings import HttpSettings
from notifier.consumer import Consumer
from notifier.entry_handler import handle_entry
from notifier.metrics import NotifierCounts
from notifier.notification import RetryPolicy
from notifier.routes import Letters, Notifications, Resends, build_router
from notifier.service import Notifier, Target
from notifier.settings import Settings
from notifier.worker import Worker


class Works(Protocol):
    """Whatever runs in the background and can say what it lacks."""

    async def missing(self) -> Mapping[str, str]:
        """Empty when all is well."""
        ...


@dataclass
class Parts:
    """What the routes need."""

    notifier: Resends
    store: Notifications
    letters: Letters
    worker: Works


def create_app(parts: Parts | None = None, settings: Settings | None = None, targets: Sequence[Target] | None = None) -> FastAPI:
    """The service. `parts` are fakes; `targets` replaces the addresses in NOTIFY_URLS."""
    plugged = [parts] if parts else []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if not parts:
                metrics: CollectorRegistry = app.state.metrics.registry
                plugged[:] = [await stack.enter_async_context(real_parts(settings or Settings(), metrics, targets))]
            yield

    def current() -> Parts:
        if not plugged:
            raise UnavailableError("the notifier is still starting")
        return plugged[0]

    async def missing() -> Mapping[str, str]:
        return await current().worker.missing()

    app = build_app("notifier", lifespan=lifespan, missing=missing, settings=HttpSettings())
    app.include_router(build_router(lambda: current().notifier, lambda: current().store, lambda: current().letters))
    return app


@asynccontextmanager
async def real_parts(settings: Settings, metrics: CollectorRegistry, targets: Sequence[Target] | None) -> AsyncIterator[Parts]:
    """Store, addresses, stream and their worker, running until the context ends."""
    from notifier.notification_store import NotificationStore
    from notifier.redis_stream import RedisStream

    counts = NotifierCounts(metrics)
    if targets is None:
        targets = await asyncio.to_thread(_addresses, settings) if settings.addresses else []
    if not targets:
        structlog.get_logger().info("no_addresses", hint="set NOTIFY_URLS to get deals on your phone; they are logged and listed")
    margin = settings.send_deadline * 2 + 20
    store = NotificationStore(settings.database, settings.consumer, lease=margin)
    policy = RetryPolicy(settings.attempts, settings.retry_base, settings.retry_cap)
    notifier = Notifier(store, targets, policy, counts, margin)
    stream = RedisStream(settings.redis_url, settings.consumer)
    consumer = Consumer(stream, partial(handle_entry, notifier), counts, settings.claim_idle, settings.in_flight)
    worker = Worker(store, notifier, consumer)
    worker.start()
    try:
        yield Parts(notifier, store, stream, worker)
    finally:
        await worker.stop(settings.send_deadline)
        await stream.aclose()
        await store.aclose()


def _addresses(settings: Settings) -> Sequence[Target]:
    """Apprise takes a second to import: beside the event loop, and only where there is something to send to."""
    from notifier.push_sender import targets_of

    return targets_of(settings.addresses, deadline=settings.send_deadline, throttle_pause=settings.throttle_pause)
