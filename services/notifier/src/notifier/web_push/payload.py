"""What a browser is told: a few fields as JSON that its service worker shows, cut to what a push takes. Pure."""

import json
from dataclasses import dataclass, replace

from common.deals import Priority
from notifier.channels.renderer import page_of
from notifier.message import Push

_HOUR = 3_600
# Seconds for which a push service keeps what it cannot hand over yet, and how urgent it is to a battery (RFC 8030, 5.2 and 5.3).
TTL: dict[Priority, int] = {"low": 4 * _HOUR, "normal": 12 * _HOUR, "high": 24 * _HOUR, "urgent": 24 * _HOUR}
URGENCY: dict[Priority, str] = {"low": "low", "normal": "normal", "high": "high", "urgent": "high"}


@dataclass(frozen=True)
class Message:
    """`url`: the deal's page on the dashboard; its path where the address is not known: the page's own worker resolves it.

    `topic`: the same for all that tells of one deal.
    """

    title: str
    body: str
    url: str
    topic: str
    priority: Priority

    def as_json(self, most: int) -> bytes:
        """At most so many bytes: the end of the body goes first."""
        body = self.body
        while len(data := self._json(body)) > most and body:
            over = len(data) - most
            body = body[: max(0, len(body) - max(1, over // 4) - 1)] + "…" if len(body) > 1 else ""
        return data if len(data) <= most else replace(self, title=self.title[:200], body="")._json("")

    def _json(self, body: str) -> bytes:
        told = {"title": self.title, "body": body, "url": self.url, "tag": self.topic, "priority": self.priority}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def message_of(push: Push, dashboard: str) -> Message:
    """A push in a browser's form: where a tap leads is no part of its text."""
    found = push.opportunity
    page = "/" if found is None else page_of(found, dashboard) or f"/opportunities/{found.id}"
    lines = push.body.split("\n")
    lead_away = {push.link, f"More: {page}"} - {""}
    body = "\n".join(line for line in lines if line not in lead_away)
    return Message(push.title, body, page, found.id if found else push.id, push.priority)


def ttl_of(push: Push, now: float) -> int:
    """Seconds; never beyond the end of the deal."""
    expires = push.opportunity.deal.expires if push.opportunity else None
    ttl = TTL[push.priority]
    return ttl if expires is None else max(0, min(ttl, int(expires.timestamp() - now)))
