"""Makes a channel's target from its address, and says what is wrong with one. Brings in Apprise, or what posts,
only where one asks for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from common.errors import InvalidInputError
from notifier.channels.channel import HIDDEN, ChannelRecord
from notifier.channels.crew import Gone
from notifier.channels.signature import secret_bytes
from notifier.message import link
from notifier.notification import OnUnknown
from notifier.service import Target

SCHEMES = {"webhook+https": "https", "webhook+http": "http"}
SERVICE = "Webhook"
_WEBHOOK_FORMS = tuple(f"{scheme}://{{host}}/{{path}}" for scheme in SCHEMES)


@dataclass(frozen=True)
class KnownService:
    """A service that addresses lead to: its schemes, and the forms of an address."""

    name: str
    schemes: tuple[str, ...]
    forms: tuple[str, ...]


class Manners(Protocol):
    """How pushes are sent."""

    send_deadline: float
    throttle_pause: float
    unknown: OnUnknown | None


class TargetMaker:
    """`now`: Unix seconds."""

    def __init__(self, manners: Manners, now: Callable[[], float]) -> None:
        self._manners, self._now = manners, now

    async def make(self, record: ChannelRecord, gone: Gone | None = None) -> Target:
        """The target. InvalidInputError names the field that is wrong, and holds nothing of it."""
        if is_webhook(record.address):
            return self._webhook(record, gone)
        if record.secret:
            raise InvalidInputError(f"a secret is for webhooks: {' or '.join(_WEBHOOK_FORMS)}", "secret")
        return await asyncio.to_thread(self._apprise, record)

    async def service(self, address: str) -> str:
        """The name of the service that an address leads to."""
        return SERVICE if is_webhook(address) else await asyncio.to_thread(_service_name, address)

    async def services(self) -> list[KnownService]:
        """All that addresses may lead to, ours first."""
        return [KnownService(SERVICE, tuple(SCHEMES), _WEBHOOK_FORMS), *await asyncio.to_thread(_known_to_apprise)]

    def _webhook(self, record: ChannelRecord, gone: Gone | None) -> Target:
        if record.settings.sound:
            raise InvalidInputError(f"{SERVICE} knows no sounds", "sound")
        try:
            url = url_of(record.address)
        except ValueError as exc:
            raise InvalidInputError(str(exc), "address") from None
        try:
            secret_bytes(record.secret)
        except ValueError as exc:
            raise InvalidInputError(str(exc), "secret") from None
        from notifier.channels.webhook_sender import WebhookManner, WebhookTarget

        manner = WebhookManner(self._manners.send_deadline, self._manners.throttle_pause, self._now)
        return WebhookTarget(record.name, record.key, url, record.secret, manner, gone, self._manners.unknown or OnUnknown.REPEAT)

    def _apprise(self, record: ChannelRecord) -> Target:
        from notifier.channels.apprise_services import AddressError
        from notifier.push_sender import Manner, named_target

        manner = Manner(self._manners.send_deadline, self._manners.throttle_pause, self._manners.unknown)
        try:
            return named_target(record.name, record.key, record.address, manner, record.settings.sound)
        except AddressError as exc:
            field = "sound" if record.settings.sound and "sound" in str(exc) else "address"
            raise InvalidInputError(str(exc), field) from None


def is_webhook(address: str) -> bool:
    """Whether it is one of ours."""
    return address.partition("://")[0].lower() in SCHEMES


def url_of(address: str) -> str:
    """Where a webhook's address leads. ValueError, with a reason that holds nothing of it, for one that leads nowhere."""
    scheme, _, rest = address.partition("://")
    parts = urlsplit(f"{SCHEMES[scheme.lower()]}://{rest}")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("its port is no number from 1 to 65535") from None
    if not parts.hostname or port == 0 or not link(parts.geturl()):
        raise ValueError("it names no host: webhook+https://host/path")
    if "@" in parts.netloc:
        raise ValueError("it holds a user's name: the signature is what a receiver knows it by")
    return parts.geturl()


def shown_address(address: str) -> str:
    """What may be shown of an address."""
    scheme = address.partition("://")[0].lower()[:20] if "://" in address else ""
    return f"{scheme}://{HIDDEN}" if scheme else ""


def _service_name(address: str) -> str:
    from notifier.channels.apprise_services import scheme_of, services

    scheme = scheme_of(address)
    return next((each.name for each in services() if scheme in each.schemes), scheme)


def _known_to_apprise() -> list[KnownService]:
    from notifier.channels.apprise_services import services

    return [KnownService(each.name, each.schemes, each.forms) for each in services()]
