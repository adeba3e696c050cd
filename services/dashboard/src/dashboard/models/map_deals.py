"""Today's deals on the map of the products: what the scanner lists, each where frontier-rag says that its title belongs.

The list is kept for a minute, places for as long as the map is the same. It draws nothing.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from common.artifact import is_same_content
from common.errors import UnavailableError
from dashboard.html.formatting import money
from dashboard.models.schemas import MapPlace, MapPlaces
from dashboard.opportunities.schemas import ListedDeal
from dashboard.peers import Part, Peers, parsed
from dashboard.schemas import Listing

KEPT = 60.0  # seconds
_ALL = "/opportunities?state=listed&limit=200"
_AT_A_TIME = 50  # texts: an answer within the time that a part of a page has
_LONGEST = 300  # characters of a title that are read
Deals = Part[Listing[ListedDeal]]


class MapDeals:
    """The use case, over the scanner and frontier-rag. `now`: seconds, of a clock that does not jump."""

    def __init__(self, peers: Peers, now: Callable[[], float] = time.monotonic) -> None:
        self._peers, self._now = peers, now
        self._lock = asyncio.Lock()
        self._listed: Deals | None = None
        self._until = 0.0
        self._map = ""
        self._places: dict[str, MapPlace] = {}

    async def listed(self, is_changed: bool = False) -> Deals:
        """The deals that are to be had now, best first; `is_changed`: what is kept is known to be of before."""
        async with self._lock:
            if self._listed is None or is_changed or self._now() >= self._until:
                found = await self._peers.part(self._peers.listing("scanner", _ALL, ListedDeal))
                self._listed, self._until = found, self._now() + (KEPT if found.value else 0.0)
            return self._listed

    async def placed(self, version: str) -> dict[str, Any]:
        """The same with their places on the map of this version; `problem`: why there are none, or some have none."""
        listed = await self.listed()
        if listed.value is None:
            return {"items": [], "problem": f"The deals cannot be shown: {listed.problem}"}
        deals = listed.value.items
        async with self._lock:
            problem = await self._place([_text(each) for each in deals], version)
        said = f"Not every deal has its place on the map: {problem}" if problem else ""
        return {"items": [_item(each, self._places.get(_text(each))) for each in deals], "problem": said}

    async def _place(self, texts: Sequence[str], version: str) -> str:
        """Find the places that are not known yet, and forget those of deals that are gone; why that failed."""
        known = self._places if self._map == version else {}
        self._map, self._places = version, {text: known[text] for text in texts if text in known}
        missing = list(dict.fromkeys(text for text in texts if text not in self._places))
        for start in range(0, len(missing), _AT_A_TIME):
            part = missing[start : start + _AT_A_TIME]
            found = await self._peers.part(self._ask(part, version))
            if found.value is None:
                return found.problem
            self._places |= zip(part, found.value, strict=True)
        return ""

    async def _ask(self, texts: Sequence[str], version: str) -> list[MapPlace]:
        answer = parsed("frontier-rag", MapPlaces, await self._peers["frontier-rag"].post("/places", {"texts": list(texts)}))
        if not is_same_content(answer.map, version):
            raise UnavailableError(f"frontier-rag has the map {answer.map}, and this is {version}")
        if len(answer.items) != len(texts):
            raise UnavailableError("frontier-rag answered in a form that this page does not know")
        return answer.items


def _text(item: ListedDeal) -> str:
    return " ".join(item.deal.title.split())[:_LONGEST] or "untitled"


def _item(item: ListedDeal, place: MapPlace | None) -> dict[str, Any]:
    amounts = {"price": money(item.deal.price, item.deal.currency), "worth": money(item.estimate), "saving": money(item.discount)}
    where = place.model_dump() if place else {"flat": None, "space": None, "similarity": 0.0}
    return {"id": item.id, "title": item.deal.title, **amounts, **where}
