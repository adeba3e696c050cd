"""An MQTT broker by aiomqtt, which nothing else here knows. Every wait has an end: the broker's answers, and its silence."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import aiomqtt

from notifier.mqtt.address import BrokerAddress
from notifier.mqtt.bridge import BrokerError, Incoming

_ANSWER = 10.0  # seconds for any answer of the broker
_ALIVE = 30  # seconds without a word after which each side takes the other for lost, at one and a half times that
_WAITING = 100  # messages of others that wait for us
_LONGEST = 1_000  # bytes of a message that is looked at
_AT_LEAST_ONCE = 1


@dataclass(frozen=True)
class MqttSession:
    """An open connection."""

    client: aiomqtt.Client

    async def publish(self, topic: str, payload: str, *, retain: bool) -> None:
        """Say something; return once the broker has it."""
        try:
            await self.client.publish(topic, payload, qos=_AT_LEAST_ONCE, retain=retain, timeout=_ANSWER)
        except aiomqtt.MqttError as exc:
            raise BrokerError(str(exc)) from exc

    async def subscribe(self, topic: str) -> None:
        """Listen there."""
        try:
            await self.client.subscribe(topic, qos=_AT_LEAST_ONCE, timeout=_ANSWER)
        except aiomqtt.MqttError as exc:
            raise BrokerError(str(exc)) from exc

    async def messages(self) -> AsyncIterator[Incoming]:
        """What comes, as far as it is a short text."""
        try:
            async for message in self.client.messages:
                payload = message.payload
                if isinstance(payload, bytes | bytearray) and len(payload) <= _LONGEST:
                    yield Incoming(message.topic.value, bytes(payload).decode("utf-8", "replace"))
        except aiomqtt.MqttError as exc:
            raise BrokerError(str(exc)) from exc


@dataclass(frozen=True)
class MqttBroker:
    """A broker at an address."""

    address: BrokerAddress

    @asynccontextmanager
    async def session(self, will: tuple[str, str]) -> AsyncIterator[MqttSession]:
        """Connect; the broker says `will`, retained, if it hears no more of us."""
        topic, payload = will
        client = aiomqtt.Client(
            self.address.host,
            self.address.port,
            username=self.address.user or None,
            password=self.address.password or None,
            identifier=f"pricing-agent-{uuid4().hex[:8]}",  # two of one name would throw each other out
            will=aiomqtt.Will(topic, payload, _AT_LEAST_ONCE, retain=True),
            tls_context=ssl.create_default_context() if self.address.is_encrypted else None,
            timeout=_ANSWER,
            keepalive=_ALIVE,
            max_queued_incoming_messages=_WAITING,
        )
        try:
            async with client:
                yield MqttSession(client)
        except (aiomqtt.MqttError, OSError) as exc:
            raise BrokerError(f"{self.address.place}: {exc}") from exc
