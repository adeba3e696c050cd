"""Pushes as pages show them, and what a person does with them."""

from urllib.parse import urlencode

from dashboard.peers import Part, Peers, parsed, segment
from dashboard.pushes.schemas import Channel, DeadLetter, Notification, PushTest
from dashboard.schemas import Listing


class Pushes:
    """The use case, over the notifier."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def newest(self, limit: int = 8) -> Part[Listing[Notification]]:
        """The newest of them."""
        return await self._peers.part(self._peers.listing("notifier", "/notifications", Notification, limit=str(limit)))

    async def channels(self) -> Part[Listing[Channel]]:
        """Where they go, and how that goes."""
        return await self._peers.part(self._peers.listing("notifier", "/channels", Channel))

    async def dead(self, limit: int = 5) -> Part[Listing[DeadLetter]]:
        """What could not be delivered."""
        return await self._peers.part(self._peers.listing("notifier", "/dead", DeadLetter, limit=str(limit)))

    async def resend(self, identifier: str, channel: str = "") -> Notification:
        """Push an opportunity again: to `channel`, also where it has it, else to all that lack it; how it stands then."""
        only = f"?{urlencode({'channel': channel})}" if channel else ""
        answer = await self._peers["notifier"].post(f"/notifications/{segment(identifier)}/resend{only}")
        return parsed("notifier", Notification, answer)

    async def replay(self, identifier: str) -> None:
        """Try a dead letter again."""
        await self._peers["notifier"].post(f"/dead/{segment(identifier)}/replay")

    async def test(self) -> PushTest:
        """Send a test push to every address."""
        return parsed("notifier", PushTest, await self._peers["notifier"].post("/test"))
