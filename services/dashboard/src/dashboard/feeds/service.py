"""Feeds and scans as pages show them, and what a person does to them."""

from common.errors import NotFoundError
from dashboard.feeds.schemas import Feed, Scan, ScanStarted
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.schemas import Listing


class Feeds:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def all(self) -> Part[Listing[Feed]]:
        """All feeds with their last state."""
        return await self._peers.part(self._peers.listing("scanner", "/feeds", Feed))

    async def add(self, url: str, title: str, currency: str) -> None:
        """Watch another feed."""
        wanted = {"url": url.strip(), "title": title.strip(), "currency": currency.strip().upper()}
        await self._peers["scanner"].post("/feeds", {name: value for name, value in wanted.items() if value})

    async def remove(self, identifier: str) -> None:
        """Watch a feed no longer."""
        await self._peers["scanner"].delete(f"/feeds/{segment(identifier)}")

    async def scan(self, identifier: str | None = None) -> Part[Scan]:
        """One scan, else the newest; no value and no problem where there has been none."""
        return await self._peers.part(self._scan(identifier))

    async def start_scan(self) -> str:
        """Begin a scan; its id."""
        return str(parsed("scanner", ScanStarted, await self._peers["scanner"].post("/scan")).scan)

    async def _scan(self, identifier: str | None) -> Scan | None:
        if identifier:
            try:
                return await self._peers.one("scanner", f"/scans/{segment(identifier)}", Scan)
            except NotFoundError:
                pass  # an old address of this page: the newest scan says more
        newest = await self._peers.listing("scanner", "/scans", Scan, limit="1")
        return newest.items[0] if newest.items else None
