"""What the scanner tells of wanted things."""

from typing import Any

from pydantic import BaseModel

from common.deals import Moment
from dashboard.alerts.schemas import Texts


class Understood(BaseModel):
    """What was read of a wish. `summary`: in words."""

    summary: str = ""
    name: str = ""
    words: Texts = []
    models: Texts = []
    target_price: float | None = None
    conditions: Texts = []


class OfferNow(BaseModel):
    """An offer that is the wanted thing at this moment."""

    title: str
    price: float
    condition: str = ""
    retailer: str = ""
    feed: str = ""
    url: str = ""
    published: Moment | None = None


class LowestSeen(BaseModel):
    """The lowest price of a year."""

    price: float
    seller: str = ""
    seen: Moment | None = None
    url: str = ""


class Preview(BaseModel):
    """What a wish comes to now."""

    understood: Understood = Understood()
    matches_now: list[OfferNow] = []
    lowest_seen: LowestSeen | None = None
    hint: str | None = None


class Watch(Preview):
    """A wish as it is kept; `matched`: how many opportunities were the thing so far, `etag`: tells it from a later one."""

    id: int
    text: str
    target_price: float | None = None
    required: Texts = []
    forbidden: Texts = []
    brand: str | None = None
    model: str | None = None
    inches: float | None = None
    gigabytes: float | None = None
    conditions: Texts = []
    channels: Texts = []
    priority: str = "high"
    enabled: bool = True
    least_similarity: float | None = None
    matched: int = 0
    etag: str = ""


FIELDS = tuple(name for name in Watch.__annotations__ if name not in ("id", "matched", "etag"))


class Added(Watch):
    """A wish that was to be watched. `new`: false where it was watched already."""

    new: bool = True


class MatchedDeal(BaseModel):
    """The deal of a match."""

    title: str = ""
    price: float = 0.0
    currency: str = "USD"
    retailer: str = ""
    url: str = ""


class MatchedOpportunity(BaseModel):
    """An opportunity as far as the list of matches shows it."""

    id: str = ""
    deal: MatchedDeal = MatchedDeal()
    why_not: str | None = None


class Match(BaseModel):
    """An opportunity that was the thing, when that was noted, and whether it was pushed."""

    matched: Moment
    pushed: bool
    opportunity: MatchedOpportunity


def facts_of(watch: Watch) -> dict[str, Any]:
    """A wish as the scanner takes it, without what is as it is by itself."""
    plain = {"priority": "high", "enabled": True}
    facts = {name: getattr(watch, name) for name in FIELDS}
    return {name: value for name, value in facts.items() if value not in (None, []) and plain.get(name) != value}
