"""What the watchlist's routes take and give."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from scanner.watchlist.desk import Looked
from scanner.watchlist.outlook import MatchNow
from scanner.watchlist.watch import Watch, WatchFields, WishText
from scanner.watchlist.wish import Wish, read_wish


class WatchRequest(WatchFields):
    """A thing to be watched."""


class WatchPatch(WatchFields):
    """The fields of a watch that are to be others: those that are not named stay, whatever their defaults here."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"target_price": 999}]})

    text: WishText = "as it is"


class Understood(BaseModel):
    """What was read of a wish, with its corrections. `summary`: in words."""

    summary: str
    name: str
    kinds: list[str]
    words: list[str]
    models: list[str]
    numbers: list[int]
    inches: float | None
    gigabytes: list[float]
    measures: dict[str, float]
    target_price: float | None
    conditions: list[str]
    tool_only: bool

    @classmethod
    def of(cls, wish: Wish) -> "Understood":
        """Of a wish."""
        stated = wish.thing.stated
        return cls(
            summary=wish.summary,
            name=wish.name,
            kinds=sorted(wish.thing.kinds),
            words=sorted(wish.thing.words),
            models=sorted(stated.models),
            numbers=sorted(stated.numbers),
            inches=stated.inches,
            gigabytes=list(stated.gigabytes),
            measures=dict(stated.measures),
            target_price=wish.target,
            conditions=list(wish.conditions),
            tool_only=wish.is_bare,
        )


class OfferNow(BaseModel):
    """An offer that is the wanted thing, and not over. `price` in US dollars; `deal`: its id in GET /deals; chance: of a saving."""

    deal: int
    title: str
    price: float
    condition: str
    retailer: str
    feed: str
    url: str
    published: datetime
    chance: float | None

    @classmethod
    def of(cls, match: MatchNow) -> "OfferNow":
        """Of what is to be had."""
        seen = match.sighting
        return cls(
            deal=seen.deal_id,
            title=seen.title,
            price=round(match.price, 2),
            condition=seen.condition,
            retailer=seen.retailer,
            feed=seen.feed,
            url=seen.url,
            published=seen.published,
            chance=seen.chance,
        )


class LowestSeen(BaseModel):
    """The lowest price of a year, in US dollars."""

    price: float
    seller: str
    seen: datetime
    url: str


class WatchPreview(BaseModel):
    """What a wish comes to now. `matches_now` are listed and not pushed; `hint`: where the target is below all that was seen."""

    understood: Understood
    matches_now: list[OfferNow]
    lowest_seen: LowestSeen | None
    hint: str | None

    @classmethod
    def of(cls, looked: Looked) -> "WatchPreview":
        """Of a look."""
        return cls(**_outlook(looked))


class WatchView(WatchFields):
    """A watch as it is kept, with what was understood of it; `matched`: how many opportunities were the wanted thing so far.

    `etag` stands in the header ETag of one as well: as If-Match it lets a change reach it only as it was read.
    """

    model_config = ConfigDict(extra="ignore")

    id: int
    created: datetime
    changed: datetime
    matched: int
    etag: str
    understood: Understood

    @classmethod
    def kept(cls, watch: Watch) -> "WatchView":
        """Of a watch."""
        return cls(**watch.shown, understood=Understood.of(read_wish(watch.fields)))


class WatchLook(WatchView):
    """The same with what of it is to be had now: see WatchPreview."""

    matches_now: list[OfferNow]
    lowest_seen: LowestSeen | None
    hint: str | None

    @classmethod
    def of(cls, looked: Looked) -> "WatchLook":
        """Of a look at a watch that is kept."""
        shown = looked.watch.shown if looked.watch else {}
        return cls(**shown, **_outlook(looked))


class WatchAdded(WatchLook):
    """The same of one that was to be added. `new`: false where it was kept already."""

    new: bool = True

    @classmethod
    def of(cls, looked: Looked) -> "WatchAdded":
        """Of a look at it."""
        shown = looked.watch.shown if looked.watch else {}
        return cls(**shown, **_outlook(looked), new=looked.is_new)


class WatchItems(BaseModel):
    """All watches: the list is short enough for one page."""

    items: list[WatchView]
    next: None = None


class WatchMatch(BaseModel):
    """An opportunity that was the wanted thing, when that was noted, and whether it was pushed: it says why not."""

    matched: datetime
    pushed: bool
    opportunity: dict[str, Any]


class WatchMatches(BaseModel):
    """A page of them, the latest first; `next` is the cursor of the following one, null at the end."""

    items: list[WatchMatch]
    next: str | None


def _outlook(looked: Looked) -> dict[str, Any]:
    outlook = looked.outlook
    lowest = outlook.lowest_seen
    return {
        "understood": Understood.of(looked.wish),
        "matches_now": [OfferNow.of(each) for each in outlook.matches_now],
        "lowest_seen": None
        if lowest is None
        else LowestSeen(price=lowest.price, seller=lowest.seller, seen=lowest.seen, url=lowest.url),
        "hint": outlook.hint,
    }
