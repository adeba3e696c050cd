"""Keeps home automation told: connects to the broker again and again, says what there is, what changes and each alert once.

Works beside the alerts and never in their way: whatever fails here is logged, and tried again after a growing pause.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from common.background import BackgroundTask
from common.errors import PricingAgentError
from common.retry import Backoff
from notifier.mqtt.discovery import OFF, OFFLINE, ON, ONLINE, Topics, discovery_of
from notifier.mqtt.readings import Alert, Readings, as_payload, event_of, state_of, told_of

LOOKED = 2.0  # seconds between looks at what is new
_READ = 10.0  # seconds between readings while nothing is
_MOST_EVENTS = 20  # of what came while the broker was away, the newest
_STALE = 3_600.0  # seconds after which an alert is no event any more
_BYE = 2.0  # seconds for saying goodbye
_PAUSES = Backoff(1.0, 120.0)


class BrokerError(Exception):
    """The broker is not there, refuses us, or fell silent."""


@dataclass(frozen=True)
class Incoming:
    """A message that came."""

    topic: str
    payload: str


class Session(Protocol):
    """An open connection; every method raises BrokerError."""

    async def publish(self, topic: str, payload: str, *, retain: bool) -> None:
        """Say something; return once the broker has it."""
        ...

    async def subscribe(self, topic: str) -> None:
        """Listen there."""
        ...

    def messages(self) -> AsyncIterator[Incoming]:
        """What comes."""
        ...


class Broker(Protocol):
    """Where sessions are had."""

    def session(self, will: tuple[str, str]) -> AbstractAsyncContextManager[Session]:
        """Connect; the broker says `will`, retained, if it hears no more of us. BrokerError."""
        ...


class Pulse(Protocol):
    """What is known; raises UnavailableError."""

    async def read(self) -> Readings:
        """As it holds now."""
        ...

    async def newest(self) -> int:
        """The `seq` of the newest alert; 0: there is none."""
        ...

    async def alerts_since(self, seq: int, most: int) -> list[Alert]:
        """The newest of those after `seq`, at most so many, the oldest first."""
        ...

    async def pause(self, is_on: bool) -> None:
        """Snooze everything, or end that."""
        ...


class Bridge:
    """`dashboard`: its public address, or nothing; `now`: Unix seconds."""

    def __init__(self, broker: Broker, pulse: Pulse, topics: Topics, dashboard: str, now: Callable[[], float]) -> None:
        self._broker, self._pulse, self._topics, self._dashboard, self._now = broker, pulse, topics, dashboard, now
        self._seq: int | None = None  # of the newest alert that was told, or was there at the start
        self._said: dict[str, str] = {}  # what the broker keeps of us
        self._read_at = -_READ
        self._news = asyncio.Event()
        self._task = BackgroundTask("mqtt", self._run)

    def start(self) -> None:
        """Begin."""
        self._task.start()

    async def stop(self) -> None:
        """Say that nobody is here any more, and end."""
        await self._task.stop()

    async def _run(self) -> None:
        failures = 0
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                await self._serve()
            except Exception as exc:  # noqa: BLE001 (a worker: whatever fails here must not end it)
                if asyncio.get_running_loop().time() - begun > _PAUSES.longest:
                    failures = 0  # it went well for a while
                failures += 1
                pause = _PAUSES.pause(failures)
                structlog.get_logger().warning("mqtt_away", why=str(exc), again_in=round(pause, 1))
                await asyncio.sleep(pause)

    async def _serve(self) -> None:
        self._said.clear()
        async with self._broker.session((self._topics.availability, OFFLINE)) as session:
            try:
                await self._talk(session)
            finally:
                with contextlib.suppress(BrokerError, TimeoutError):
                    async with asyncio.timeout(_BYE):
                        await session.publish(self._topics.availability, OFFLINE, retain=True)

    async def _talk(self, session: Session) -> None:
        await session.subscribe(self._topics.pause)
        await session.subscribe(self._topics.birth)
        await self._introduce(session)
        structlog.get_logger().info("mqtt_connected")
        listening = asyncio.ensure_future(self._listen(session))
        try:
            while not listening.done():
                await self._look(session)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOKED):
                        await self._news.wait()
                self._news.clear()
            await listening
            raise BrokerError("the broker ended the connection")
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _introduce(self, session: Session) -> None:
        for topic, message in discovery_of(self._topics, self._dashboard).items():
            await session.publish(topic, as_payload(message), retain=True)
        await session.publish(self._topics.availability, ONLINE, retain=True)

    async def _look(self, session: Session) -> None:
        clock = asyncio.get_running_loop().time()
        try:
            if self._seq is None:
                self._seq = await self._pulse.newest()
            alerts = await self._pulse.alerts_since(self._seq, _MOST_EVENTS)
            is_time = alerts or not self._said or clock - self._read_at >= _READ
            readings = await self._pulse.read() if is_time else None
        except PricingAgentError:
            return  # the database is away for a moment, which others tell of
        if readings is not None:
            self._read_at = clock
            await self._say(session, self._topics.state, state_of(readings))
            await self._say(session, self._topics.last, told_of(readings.last, self._dashboard))
        for alert in alerts:
            if self._now() - alert.taken < _STALE:
                await session.publish(self._topics.alert, as_payload(event_of(alert, self._dashboard)), retain=False)
            self._seq = max(self._seq, alert.seq)

    async def _say(self, session: Session, topic: str, message: dict[str, Any]) -> None:
        """Unless it was said last."""
        payload = as_payload(message)
        if self._said.get(topic) != payload:
            await session.publish(topic, payload, retain=True)
            self._said[topic] = payload

    async def _listen(self, session: Session) -> None:
        async for came in session.messages():
            if came.topic == self._topics.birth and came.payload == ONLINE:
                self._said.clear()
                await self._introduce(session)
            elif came.topic == self._topics.pause and came.payload in (ON, OFF):
                await self._pause(came.payload == ON)
            self._news.set()

    async def _pause(self, is_on: bool) -> None:
        try:
            await self._pulse.pause(is_on)
        except PricingAgentError as exc:
            structlog.get_logger().warning("mqtt_pause_failed", why=str(exc))
        self._said.pop(self._topics.state, None)  # the switch waits for an answer, also where nothing changed
        self._read_at = -_READ
