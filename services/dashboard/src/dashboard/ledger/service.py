"""The ledger as the page and its plots show it."""

from dashboard.ledger.schemas import Ledger
from dashboard.peers import Part, Peers

SPANS = (30, 90, 180, 400)  # days that can be asked for
MOST = 500  # pushes, the newest, that are listed and drawn


class Ledgers:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def part(self, days: int) -> Part[Ledger]:
        """That of so many days."""
        return await self._peers.part(self.whole(days))

    async def whole(self, days: int) -> Ledger:
        """The same, or why not as an error."""
        return await self._peers.one("scanner", "/ledger", Ledger, days=str(days), limit=str(MOST))
