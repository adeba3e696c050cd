"""Deals as pages show them, and what a person does to them."""

from common.deals import Opportunity
from dashboard.opportunities.schemas import SeenDeal
from dashboard.peers import Part, Peers, segment
from dashboard.schemas import Listing


class Opportunities:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def best(self, cursor: str | None = None) -> Part[Listing[Opportunity]]:
        """Best first."""
        return await self._peers.part(self._peers.listing("scanner", "/opportunities", Opportunity, **_at(cursor)))

    async def one(self, identifier: str) -> Opportunity:
        """One of them, also where it is dismissed or over. NotFoundError where it is gone."""
        return await self._peers.one("scanner", f"/opportunities/{segment(identifier)}", Opportunity)

    async def seen(self, cursor: str | None = None) -> Part[Listing[SeenDeal]]:
        """Every deal that was seen, newest first."""
        return await self._peers.part(self._peers.listing("scanner", "/deals", SeenDeal, limit="50", **_at(cursor)))

    async def dismiss(self, identifier: str) -> None:
        """Hide an opportunity."""
        await self._peers["scanner"].post(f"/opportunities/{segment(identifier)}/dismiss")

    async def restore(self, identifier: str) -> None:
        """Show one that was hidden again."""
        await self._peers["scanner"].post(f"/opportunities/{segment(identifier)}/restore")


def _at(cursor: str | None) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}
