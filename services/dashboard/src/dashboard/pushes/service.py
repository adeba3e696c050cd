"""Pushes as pages show them, and what a person does with them."""

import time
from urllib.parse import urlencode

from common.errors import PricingAgentError
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.pushes.schemas import Channel, DeadLetter, HeldList, HeldSent, Notification, PushTest, Replayed
from dashboard.schemas import Listing

STATES = ("pending", "sent", "failed", "unknown", "expired", "withdrawn", "snoozed", "logged")
_AT_ONCE = 200  # dead letters that are tried again at one press
_PATIENCE = 20.0  # seconds for all of them
_SAID = 5  # problems of them that are told


class Pushes:
    """The use case, over the notifier."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def newest(self, limit: int = 8) -> Part[Listing[Notification]]:
        """The newest of them."""
        return await self.some(limit=str(limit))

    async def some(self, **wanted: str) -> Part[Listing[Notification]]:
        """The newest; `wanted`: state, channel, cursor and limit, as far as they are asked for."""
        given = {name: value for name, value in wanted.items() if value}
        return await self._peers.part(self._peers.listing("notifier", "/notifications", Notification, **given))

    async def channels(self) -> Part[Listing[Channel]]:
        """Where they go, and how that goes."""
        return await self._peers.part(self._peers.listing("notifier", "/channels", Channel))

    async def held(self) -> Part[HeldList]:
        """What is held back, by channel."""
        return await self._peers.part(self._peers.one("notifier", "/held", HeldList))

    async def send_held(self, channel: str = "") -> int:
        """Send it now, of `channel` or of all; how many come."""
        only = f"?{urlencode({'channel': channel})}" if channel else ""
        return parsed("notifier", HeldSent, await self._peers["notifier"].post(f"/held/send{only}")).sent

    async def dead(self, limit: int = 5, cursor: str = "") -> Part[Listing[DeadLetter]]:
        """What could not be delivered."""
        given = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self._peers.part(self._peers.listing("notifier", "/dead", DeadLetter, **given))

    async def resend(self, identifier: str, channel: str = "") -> Notification:
        """Push an opportunity again: to `channel`, also where it has it, else to all that lack it; how it stands then."""
        only = f"?{urlencode({'channel': channel})}" if channel else ""
        answer = await self._peers["notifier"].post(f"/notifications/{segment(identifier)}/resend{only}")
        return parsed("notifier", Notification, answer)

    async def replay(self, identifier: str) -> None:
        """Try a dead letter again."""
        await self._peers["notifier"].post(f"/dead/{segment(identifier)}/replay")

    async def replay_all(self) -> Replayed:
        """Try all again that there are now, the oldest of them first, as many as fit into one press."""
        found = await self._peers.listing("notifier", "/dead", DeadLetter, limit=str(_AT_ONCE))
        tried, problems, until = 0, list[str](), time.monotonic() + _PATIENCE
        for letter in reversed(found.items):
            if time.monotonic() > until:
                return Replayed(tried=tried, problems=problems[:_SAID], is_all=False)
            try:
                await self.replay(letter.id)
                tried += 1
            except PricingAgentError as exc:
                problems.append(f"{letter.name[:80]}: {exc}")
        return Replayed(tried=tried, problems=problems[:_SAID], is_all=found.next is None)

    async def test(self) -> PushTest:
        """Send a test push to every address."""
        return parsed("notifier", PushTest, await self._peers["notifier"].post("/test"))
