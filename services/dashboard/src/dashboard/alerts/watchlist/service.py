"""The watchlist as pages show and change it."""

from typing import Any

from dashboard.alerts.draft import Draft
from dashboard.alerts.meanwhile import ETAG, if_match
from dashboard.alerts.watchlist.schemas import FIELDS, Added, Match, Preview, Watch, facts_of
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.schemas import Listing

FORM = FIELDS
_NUMBERS = ("target_price", "inches", "gigabytes")


class Watchlist:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def all(self) -> Part[Listing[Watch]]:
        """All wishes."""
        return await self._peers.part(self._peers.listing("scanner", "/watchlist", Watch))

    async def one(self, identifier: str) -> Watch:
        """One with what of it is to be had now. NotFoundError."""
        return await self._peers.one("scanner", f"/watchlist/{segment(identifier)}", Watch)

    async def matches(self, identifier: str, cursor: str = "") -> Part[Listing[Match]]:
        """What was the thing so far, the latest first."""
        query = {"limit": "20", **({"cursor": cursor} if cursor else {})}
        path = f"/watchlist/{segment(identifier)}/matches"
        return await self._peers.part(self._peers.listing("scanner", path, Match, **query))

    async def preview(self, wish: dict[str, Any]) -> Preview:
        """How it is understood; nothing is kept."""
        return parsed("scanner", Preview, await self._peers["scanner"].post("/watchlist/preview", wish))

    async def add(self, wish: dict[str, Any]) -> Added:
        """Watch a thing."""
        return parsed("scanner", Added, await self._peers["scanner"].post("/watchlist", wish))

    async def replace(self, identifier: str, wish: dict[str, Any], etag: str = "") -> Watch:
        """Another wish in the place of the one that `etag` tells. PreconditionFailedError."""
        path = f"/watchlist/{segment(identifier)}"
        return parsed("scanner", Watch, await self._peers["scanner"].put(path, wish, if_match(etag)))

    async def switch(self, identifier: str, *, on: bool) -> None:
        """On or off."""
        await self._peers["scanner"].patch(f"/watchlist/{segment(identifier)}", {"enabled": on})

    async def remove(self, identifier: str) -> dict[str, Any]:
        """Watch it no longer; what is needed to watch it again."""
        watch = await self.one(identifier)
        await self._peers["scanner"].delete(f"/watchlist/{segment(identifier)}")
        return facts_of(watch)


def wish_in(draft: Draft) -> dict[str, Any]:
    """The wish that a form says, as the scanner takes it; what cannot be meant is noted in the draft."""
    wish: dict[str, Any] = {name: draft[name] for name in ("text", "brand", "model", "priority")}
    wish |= {name: draft.words(name) for name in ("required", "forbidden")}
    wish |= {name: draft.all(name) for name in ("conditions", "channels")}
    wish |= {name: draft.number(name) for name in _NUMBERS}
    likeness = draft.number("least_similarity", 100)
    wish["least_similarity"] = None if likeness is None else round(likeness / 100, 6)
    wish["target_price"] = draft.number("below") if draft["below"] else wish["target_price"]
    if not wish["text"]:
        draft.refuse("text", "Say in words what you want.")
    kept = {name: value for name, value in wish.items() if value not in (None, "", [])}
    return kept if draft.has("enabled") or draft["is_short"] else kept | {"enabled": False}


def draft_of(watch: Watch) -> Draft:
    """The form of a wish."""
    values = {name: _shown(getattr(watch, name)) for name in FIELDS}
    likeness = watch.least_similarity
    values["least_similarity"] = [] if likeness is None else [f"{likeness * 100:.10g}"]
    values |= {"required": [_phrases(watch.required)], "forbidden": [_phrases(watch.forbidden)]}
    return Draft({**values, ETAG: [watch.etag]})


def _phrases(words: list[str]) -> str:
    """A comma within a phrase counts for nothing, and would part it here."""
    return ", ".join(each.replace(",", " ") for each in words)


def _shown(value: Any) -> list[str]:
    if isinstance(value, list):
        return value
    if isinstance(value, bool):
        return ["on"] if value else []
    return [] if value is None else [f"{value:.10g}" if isinstance(value, float) else str(value)]
