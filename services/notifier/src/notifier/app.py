"""The notifier's application: opens addresses, store and stream in its lifespan, or takes fakes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import uuid4

from fastapi import FastAPI

from common.http.app import Front, add_routes, build_app
from common.loader import Loader
from notifier.activity.announcements import ANNOUNCEMENTS
from notifier.activity.telling import Telling
from notifier.alarm import Alarm, Troubles
from notifier.channel_worker import ChannelWorker, Deliveries
from notifier.channels.crew import Crew, Makes
from notifier.channels.crew import Keeps as KeepsForCrew
from notifier.channels.desk import Desk as ChannelDesk
from notifier.channels.desk import Keeps as KeepsForDesk
from notifier.channels.desk import MakesTargets, States
from notifier.channels.renderer import Renderer
from notifier.channels.roster import Records, Roster
from notifier.channels.target_maker import TargetMaker
from notifier.consumer import Consumer, Stream
from notifier.entry_handler import handle_entries
from notifier.metrics import NotifierMetrics
from notifier.mqtt.address import BrokerAddress
from notifier.mqtt.bridge import Bridge
from notifier.mqtt.pulse import Alerts, NotifierPulse
from notifier.routes import Letters, Notifications, Runtime, build_router
from notifier.service import Notifier, Store, Target
from notifier.settings import Settings
from notifier.times.desk import Desk as TimesDesk
from notifier.times.desk import HeldOnes, Plans, Regular, Summaries
from notifier.web_push.desk import Desk as WebPushDesk
from notifier.web_push.signing import KeepsKey
from notifier.worker import Prepares, Worker

TimesStores = tuple[Plans, HeldOnes, Summaries]


class OpenStore(Store, Prepares, Notifications, Protocol):
    """All that is asked of the store."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class OpenDeliveries(Deliveries, States, Protocol):
    """All that is asked of what keeps deliveries."""


class OpenChannels(Records, KeepsForCrew, KeepsForDesk, Protocol):
    """All that is asked of what keeps channels."""


class OpenStream(Stream, Letters, Protocol):
    """All that is asked of the stream and its dead letters."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the outer world; None: the real thing."""

    stream: OpenStream | None = None
    targets: Sequence[Target] | None = None
    now: Callable[[], float] | None = None  # Unix seconds
    maker: MakesTargets | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. Ready once its database answers: it waits for the stream, but all doors save that of dead letters do without."""
    closing = AsyncExitStack()

    async def load() -> Runtime:
        return await _start(settings or Settings(), fakes or Fakes(), (metrics, Telling(app.state.activity)), closing)

    loader = Loader("notifier", load)

    async def missing() -> Mapping[str, str]:
        return await loader.missing() or await loader.get().worker.missing()

    def awaited() -> dict[str, str]:
        return loader.get().worker.awaited()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loader.start()
        yield
        await loader.stop()
        await closing.aclose()

    app = build_app("notifier", lifespan=lifespan, missing=missing, front=Front(announcements=ANNOUNCEMENTS))
    app.state.awaited = awaited
    metrics = NotifierMetrics(app.state.metrics.registry)
    add_routes(app, build_router(loader.get))
    return app


async def _start(settings: Settings, fakes: Fakes, observers: tuple[NotifierMetrics, Telling], closing: AsyncExitStack) -> Runtime:
    """Open everything, and see to it that it is closed in the opposite order."""
    metrics, telling = observers
    targets = await _targets(settings) if fakes.targets is None else fakes.targets
    instance, now = uuid4().hex, fakes.now or time.time  # no two have the same, so that a lease never has two owners
    store, deliveries, troubles, kept, times, (push_keys, pulse) = _stores(settings, instance, now)
    closing.push_async_callback(store.aclose)
    stream = fakes.stream or _redis_stream(settings, instance)
    closing.push_async_callback(stream.aclose)
    maker, roster = fakes.maker or TargetMaker(settings, now, push_keys), Roster(kept, targets)

    def worker_of(target: Target, renderer: Renderer) -> ChannelWorker:
        return ChannelWorker(target, deliveries, settings.policy, metrics, settings.pace, renderer.push_of, telling)

    crew = Crew(roster, kept, targets, Makes(maker.make, worker_of, settings.dashboard_url, settings.push_grace, telling))
    notifier = Notifier(store, crew.targets, metrics, settings.keep, crew.wake, roster, telling)
    consumer = Consumer(stream, partial(handle_entries, notifier), metrics, settings.claim_idle, telling=telling)
    times_desk = TimesDesk(*times, lambda: crew.names, lambda: crew.timed, crew.wake)
    on_change = times_desk.decide_anew
    channel_desk = ChannelDesk(roster, crew, kept, deliveries, maker, store.get, settings.dashboard_url, on_change)
    worker = Worker(store, Regular(notifier, times_desk), consumer, [crew], Alarm(troubles, crew.targets, settings.tell_after))
    worker.start()
    closing.push_async_callback(worker.stop, settings.push_grace)
    if settings.broker is not None:
        bridge = _bridge(settings, settings.broker, NotifierPulse(pulse, channel_desk, times_desk, now), now)
        bridge.start()
        closing.push_async_callback(bridge.stop)
    return Runtime(notifier, store, channel_desk, WebPushDesk(channel_desk, push_keys), times_desk, stream, worker)


async def _targets(settings: Settings) -> Sequence[Target]:
    """Apprise takes a second to import: beside the event loop, and only where there is something to send to."""
    return await asyncio.to_thread(_apprise_targets, settings) if settings.addresses else []


def _apprise_targets(settings: Settings) -> Sequence[Target]:
    from notifier.push_sender import Manner, targets_of

    return targets_of(settings.addresses, Manner(settings.send_deadline, settings.throttle_pause, settings.unknown))


def _stores(
    settings: Settings, instance: str, now: Callable[[], float]
) -> tuple[OpenStore, OpenDeliveries, Troubles, OpenChannels, TimesStores, tuple[KeepsKey, Alerts]]:
    from notifier.store.channel_store import ChannelStore
    from notifier.store.delivery_store import DeliveryStore
    from notifier.store.held_store import HeldStore
    from notifier.store.notification_store import NotificationStore
    from notifier.store.plan_store import PlanStore
    from notifier.store.pulse_store import PulseStore
    from notifier.store.push_key_store import PushKeyStore
    from notifier.store.schema import open_database
    from notifier.store.summary_store import SummaryStore
    from notifier.store.trouble_store import TroubleStore
    from notifier.store.turn_store import Rhythm

    database, policy = open_database(settings.database, now), settings.policy
    rhythm = Rhythm(settings.times, policy.patience)
    deliveries = DeliveryStore(database, instance, settings.lease, policy.longest_pause, rhythm)
    troubles = TroubleStore(database, instance, settings.tell_after)
    times = PlanStore(database, settings.times), HeldStore(database, rhythm), SummaryStore(database, rhythm)
    further = PushKeyStore(database), PulseStore(database)
    return NotificationStore(database, policy), deliveries, troubles, ChannelStore(database), times, further


def _bridge(settings: Settings, address: BrokerAddress, pulse: NotifierPulse, now: Callable[[], float]) -> Bridge:
    from notifier.mqtt.broker import MqttBroker

    return Bridge(MqttBroker(address), pulse, settings.topics, settings.dashboard_url, now)


def _redis_stream(settings: Settings, instance: str) -> OpenStream:
    from notifier.redis_stream import RedisStream

    return RedisStream(settings.redis_url.get_secret_value(), instance)
