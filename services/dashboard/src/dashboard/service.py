"""What the pages show and what their buttons do, a room for each kind of page, all over the same other services."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.alerts.service import Alerts
from dashboard.feeds.schemas import Feed, Scan
from dashboard.feeds.service import Feeds
from dashboard.ledger.service import Ledgers
from dashboard.opportunities.filters import Filters
from dashboard.opportunities.schemas import ListedDeal, SavedView
from dashboard.opportunities.service import Opportunities
from dashboard.peers import Part, Peer, Peers
from dashboard.price.service import Prices
from dashboard.price_file.service import PriceFiles
from dashboard.pushes.schemas import Channel, DeadLetter, Notification
from dashboard.pushes.service import Pushes
from dashboard.review.service import Reviews
from dashboard.schemas import Listing


@dataclass(frozen=True)
class Overview:
    """The first page."""

    system: Mapping[str, str]  # service -> what it lacks; empty where that is nothing
    opportunities: Part[Listing[ListedDeal]]
    views: Part[Listing[SavedView]]
    feeds: Part[Listing[Feed]]
    scan: Part[Scan]
    notifications: Part[Listing[Notification]]
    channels: Part[Listing[Channel]]
    dead: Part[Listing[DeadLetter]]


class Dashboard:
    """The use case. `clients` has a client for each service by its name. Whoever makes it closes `price_files` at the end."""

    def __init__(self, clients: Mapping[str, Peer], read_deadline: float = 3.0) -> None:
        self.peers = Peers(clients, read_deadline)
        self.opportunities, self.prices = Opportunities(self.peers), Prices(self.peers)
        self.price_files = PriceFiles(self.peers["ensemble"])
        self.feeds, self.pushes = Feeds(self.peers), Pushes(self.peers)
        self.reviews, self.ledger = Reviews(self.peers), Ledgers(self.peers)
        self.alerts = Alerts(self.peers)

    async def overview(self, filters: Filters, scan: str | None = None) -> Overview:
        """Everything on the first page, asked for at once."""
        (system, found, views), (feeds, newest), (notifications, channels, dead) = await asyncio.gather(
            asyncio.gather(self.system(), self.opportunities.list(filters), self.opportunities.views()),
            asyncio.gather(self.feeds.all(), self.feeds.scan(scan)),
            asyncio.gather(self.pushes.newest(), self.pushes.channels(), self.pushes.dead()),
        )
        return Overview(system, found, views, feeds, newest, notifications, channels, dead)

    async def system(self) -> Mapping[str, str]:
        """Every service, and what it lacks."""
        names = list(self.peers.clients)
        return dict(zip(names, await asyncio.gather(*map(self.peers.lack, names)), strict=True))
