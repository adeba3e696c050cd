"""Sends pushes to a webhook, signed: the whole opportunity as JSON, under an id that stays over repeats.

Who says 410 wants no more, ever.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from notifier.channels.secrecy import secrets_of
from notifier.channels.signature import signed_headers
from notifier.message import Push, link
from notifier.notification import OnUnknown, Sent
from notifier.posting import Gone, Posting


@dataclass(frozen=True)
class WebhookManner:
    """`now`: Unix seconds."""

    posting: Posting
    now: Callable[[], float]


@dataclass
class WebhookTarget:
    """One webhook. `gone` is told that it wants no more."""

    label: str
    key: str
    url: str
    secret: str
    manner: WebhookManner
    gone: Gone | None = None
    on_unknown: OnUnknown = OnUnknown.REPEAT  # a receiver knows a repeat by its id

    async def send(self, push: Push) -> Sent:
        """Send. Failure is an answer, not an exception."""
        identifier = push.id or str(uuid4())
        body = body_of(push, self.manner.now())
        headers = signed_headers(self.secret, identifier, self.manner.now(), body) | {"Content-Type": "application/json"}
        request = httpx2.Request("POST", self.url, headers=headers | {"User-Agent": "product-pricing-agent"}, content=body)
        path = urlsplit(self.url)
        secrets = [self.secret, *secrets_of(f"x://{path.path}?{path.query}")]
        return await self.manner.posting.post(request, self.label, secrets, self.gone)


def body_of(push: Push, now: float) -> bytes:
    """The JSON: what happened, when, and all that is known of it."""
    if push.opportunity is None:
        kind, data = "notice", {"title": push.title, "text": push.body}
    else:
        kind, data = "opportunity.found", push.opportunity.model_dump(mode="json")
        data |= {"title": push.title, "text": push.body, "priority": push.priority, "link": link(push.opportunity.deal.url)}
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":")).encode()
