"""Sends pushes to a browser's push service: encrypted, signed, within bounds, and never to a private address.

A subscription's endpoint is a stranger's address: it is asked through the address guard. Who says 404 or 410 is gone for ever.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from common.errors import PricingAgentError
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.posting import Posting
from notifier.web_push.encryption import MOST, Receiver, encrypted
from notifier.web_push.payload import URGENCY, message_of, ttl_of
from notifier.web_push.signing import KeepsKey, SigningKey
from notifier.web_push.text import encoded

_TOPIC = 24  # bytes, which are 32 characters, the longest topic (RFC 8030, 5.4)


@dataclass(frozen=True)
class WebPushManner:
    """`subject`: how a push service reaches who runs this; `dashboard`: its public address, or nothing; `now`: Unix seconds."""

    posting: Posting
    keys: KeepsKey
    subject: str
    dashboard: str
    now: Callable[[], float]


@dataclass
class WebPushTarget:
    """One browser."""

    label: str
    key: str
    endpoint: str
    receiver: Receiver = field(repr=False)
    manner: WebPushManner = field(repr=False)
    gone: Callable[[str], Awaitable[None]] | None = field(default=None, repr=False)
    on_unknown: OnUnknown = OnUnknown.REPEAT  # the topic and the tag put a repeat in the place of the first

    async def send(self, push: Push) -> Sent:
        """Send. Failure is an answer, not an exception."""
        try:
            vapid = await self.manner.keys.key()
        except PricingAgentError as exc:
            return Sent(self.label, Outcome.NOT_SENT, f"the key of web push cannot be read: {exc}")
        request = await asyncio.to_thread(self._request, push, vapid)
        secrets = [self.endpoint, *filter(None, urlsplit(self.endpoint).path.split("/"))]
        return await self.manner.posting.post(request, self.label, secrets, self.gone)

    def _request(self, push: Push, vapid: SigningKey) -> httpx2.Request:
        message, now = message_of(push, self.manner.dashboard), self.manner.now()
        headers = {
            "Authorization": vapid.authorization(self.endpoint, self.manner.subject, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_of(push, now)),
            "Urgency": URGENCY[push.priority],
            "Topic": encoded(hashlib.sha256(message.topic.encode()).digest()[:_TOPIC]),
        }
        body = encrypted(message.as_json(MOST), self.receiver)
        return httpx2.Request("POST", self.endpoint, headers=headers, content=body)
