"""Deals as pages show them, and what a person does to them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from httpx2 import Response

from common.errors import NotFoundError
from dashboard.html.amounts import amount
from dashboard.opportunities.filters import Filters
from dashboard.opportunities.schemas import FeedAddresses, History, ListedDeal, SavedView, Saying, SeenDeal
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.pushes.schemas import Channel, Notification
from dashboard.schemas import Listing

_OFFERS = "200"  # of a product that a plot shows


@dataclass(frozen=True)
class DealView:
    """One deal's own page. history and notification: no value and no problem where there is none."""

    item: ListedDeal
    history: Part[History]
    notification: Part[Notification]
    channels: Part[Listing[Channel]]


class Opportunities:
    """The use case, over the scanner and the notifier."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def list(self, filters: Filters) -> Part[Listing[ListedDeal]]:
        """Those that the filters leave, in their order."""
        path = f"/opportunities?{urlencode(filters.asked)}"
        return await self._peers.part(self._peers.listing("scanner", path, ListedDeal))

    async def views(self) -> Part[Listing[SavedView]]:
        """Filters that a person has kept."""
        return await self._peers.part(self._peers.listing("scanner", "/views", SavedView))

    async def save_view(self, name: str, query: str) -> None:
        """Keep filters by a name."""
        await self._peers["scanner"].post("/views", {"name": name.strip(), "query": query})

    async def remove_view(self, name: str) -> None:
        """Keep them no more."""
        await self._peers["scanner"].delete(f"/views/{segment(name)}")

    async def subscribe(self, label: str, filters: Filters, forwarded: Mapping[str, str]) -> FeedAddresses:
        """Private addresses here of what the filters leave, for a feed reader. `forwarded`: of common/http/own_address.py."""
        made = await self._peers["scanner"].post("/feed-keys", {"label": label.strip()}, forwarded)
        where = urlencode([(name, value) for name, value in filters.asked if name not in ("sort", "cursor")])
        found = parsed("scanner", FeedAddresses, made)
        return FeedAddresses.model_validate({name: f"{address}&{where}" for name, address in found.model_dump().items()})

    async def feed(self, form: str, query: str, headers: Mapping[str, str]) -> Response:
        """The list as a feed, as the scanner has it: it knows the keys, and what the reader has already."""
        return await self._peers["scanner"].relay(f"/opportunities.{form}{'?' if query else ''}{query}", headers)

    async def view(self, identifier: str) -> DealView:
        """One deal with all that is known of it, also where it is dismissed or over. NotFoundError where it is gone."""
        item = await self._peers.one("scanner", _path(identifier), ListedDeal)
        history, notification, channels = await asyncio.gather(
            self._peers.part(self._history(item)),
            self._peers.part(self._notification(item.id)),
            self._peers.part(self._peers.listing("notifier", "/channels", Channel)),
        )
        return DealView(item, history, notification, channels)

    async def history(self, identifier: str) -> tuple[ListedDeal, History]:
        """What the product of a deal was offered for. NotFoundError where nothing is known of that."""
        item = await self._peers.one("scanner", _path(identifier), ListedDeal)
        found = await self._history(item)
        if found is None:
            raise NotFoundError("no other offer of this product was seen")
        return item, found

    async def seen(self, cursor: str = "") -> Part[Listing[SeenDeal]]:
        """Every deal that was seen, newest first."""
        where = {"cursor": cursor} if cursor else {}
        return await self._peers.part(self._peers.listing("scanner", "/deals", SeenDeal, limit="50", **where))

    async def dismiss(self, identifier: str) -> None:
        """Hide an opportunity."""
        await self._peers["scanner"].post(f"{_path(identifier)}/dismiss")

    async def restore(self, identifier: str) -> None:
        """Show one that was hidden again."""
        await self._peers["scanner"].post(f"{_path(identifier)}/restore")

    async def say(self, identifier: str, saying: Saying) -> None:
        """Judge it."""
        field = {"wrong_price": "price", "not_worth_that": "worth"}.get(saying.verdict)
        said: dict[str, object] = {"verdict": saying.verdict}
        if field and saying.amount.strip():
            said[field] = amount(saying.amount, field)
        if saying.note.strip():
            said["note"] = saying.note.strip()
        await self._peers["scanner"].post(f"{_path(identifier)}/feedback", said)

    async def take_back(self, identifier: str) -> None:
        """Judge it no more."""
        await self._peers["scanner"].delete(f"{_path(identifier)}/feedback")

    async def snooze(self, subject: str, target: str, days: float) -> None:
        """Push nothing of a product or a feed for so many days."""
        await self._peers["notifier"].post("/snoozes", {"subject": subject, "id": target, "days": days})

    async def watch(self, text: str, target_price: str) -> None:
        """Watch for it: in words, at a price in USD or less."""
        wish: dict[str, object] = {"text": text.strip()}
        if target_price.strip():
            wish["target_price"] = amount(target_price, "target_price")
        await self._peers["scanner"].post("/watchlist", wish)

    async def _history(self, item: ListedDeal) -> History | None:
        if not item.product:
            return None
        try:
            return await self._peers.one("scanner", f"/products/{segment(item.product)}/history", History, limit=_OFFERS)
        except NotFoundError:
            return None

    async def _notification(self, identifier: str) -> Notification | None:
        try:
            return await self._peers.one("notifier", f"/notifications/{segment(identifier)}", Notification)
        except NotFoundError:
            return None


def _path(identifier: str) -> str:
    return f"/opportunities/{segment(identifier)}"
