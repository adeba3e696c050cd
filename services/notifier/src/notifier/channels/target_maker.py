"""Makes a channel's target from its address, and says what is wrong with one. Brings in Apprise, or what posts,
only where one asks for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.errors import InvalidInputError
from notifier.channels.channel import HIDDEN, ChannelRecord
from notifier.channels.crew import Gone
from notifier.channels.signature import secret_bytes
from notifier.message import link
from notifier.notification import OnUnknown
from notifier.service import Manners, Target
from notifier.web_push import subscription
from notifier.web_push.signing import KeepsKey
from notifier.web_push.subscription import is_web_push

SCHEMES = {"webhook+https": "https", "webhook+http": "http"}
SERVICE = "Webhook"
_WEB_PUSH = tuple(subscription.SCHEMES), tuple(f"{scheme}://{{host}}/{{path}}" for scheme in subscription.SCHEMES)
_WEBHOOK_FORMS = tuple(f"{scheme}://{{host}}/{{path}}" for scheme in SCHEMES)


@dataclass(frozen=True)
class KnownService:
    """A service that addresses lead to: its schemes, and the forms of an address."""

    name: str
    schemes: tuple[str, ...]
    forms: tuple[str, ...]


class TargetMaker:
    """`now`: Unix seconds; `push_keys`: keeps this server's key of web push."""

    def __init__(self, manners: Manners, now: Callable[[], float], push_keys: KeepsKey | None = None) -> None:
        self._manners, self._now, self._push_keys = manners, now, push_keys

    async def make(self, record: ChannelRecord, gone: Gone | None = None) -> Target:
        """The target. InvalidInputError names the field that is wrong, and holds nothing of it."""
        if is_webhook(record.address):
            return self._webhook(record, gone)
        if is_web_push(record.address) and self._push_keys is not None:
            return self._web_push(record, gone, self._push_keys)
        if record.secret:
            raise InvalidInputError(f"a secret is for webhooks: {' or '.join(_WEBHOOK_FORMS)}", "secret")
        return await asyncio.to_thread(self._apprise, record)

    async def service(self, address: str) -> str:
        """The name of the service that an address leads to."""
        if is_web_push(address):
            return subscription.SERVICE
        return SERVICE if is_webhook(address) else await asyncio.to_thread(_service_name, address)

    async def services(self) -> list[KnownService]:
        """All that addresses may lead to, ours first."""
        ours = KnownService(SERVICE, tuple(SCHEMES), _WEBHOOK_FORMS), KnownService(subscription.SERVICE, *_WEB_PUSH)
        return [*ours, *await asyncio.to_thread(_known_to_apprise)]

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
        from notifier.posting import Posting

        manner = WebhookManner(Posting(self._manners.send_deadline, self._manners.throttle_pause), self._now)
        return WebhookTarget(record.name, record.key, url, record.secret, manner, gone, self._manners.unknown or OnUnknown.REPEAT)

    def _web_push(self, record: ChannelRecord, gone: Gone | None, keys: KeepsKey) -> Target:
        if record.settings.sound:
            raise InvalidInputError(f"{subscription.SERVICE} knows no sounds", "sound")
        from notifier.web_push.making import make_target

        return make_target(record, gone, self._manners, keys, self._now)

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


def has_secret(address: str) -> bool:
    """Whether a channel of this address keeps its secret."""
    return is_webhook(address) or is_web_push(address)


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
