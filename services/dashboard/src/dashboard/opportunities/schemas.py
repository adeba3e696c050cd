"""What the scanner tells of deals, as far as pages show it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from common.deals import Moment, Opportunity

Verdict = Literal["right", "wrong_price", "not_this_product", "not_worth_that", "bought"]


class Saying(BaseModel):
    """A person's judgement as a form gives it. `amount`: the right price, in the deal's currency, or what it is worth, in USD."""

    verdict: Verdict
    amount: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class ListedDeal(Opportunity):
    """An opportunity with what became of it. `feedback`: what a person said of it; `pushed`: whether it was to go out."""

    dismissed: bool = False
    pushed: bool = False
    feedback: str | None = None


class SavedView(BaseModel):
    """Filters by a name; `query`: as in the page's address."""

    name: str
    query: str


class FeedAddresses(BaseModel):
    """Private addresses of the list for feed readers, each with the key in it."""

    rss: str
    atom: str
    json_feed: str


class OfferSeen(BaseModel):
    """An offer of a product at a time. `price` in USD."""

    price: float
    retailer: str = ""
    offered: datetime
    opportunity: str | None = None


class History(BaseModel):
    """What a product was offered for, newest first, and its figures: the lowest, and the median of `points` days."""

    lowest: float | None = None
    usual: float | None = None
    last: float | None = None
    points: int = 0
    score: float | None = None
    low_confidence: bool = True
    items: list[OfferSeen] = []
    next: str | None = None


class SeenDeal(BaseModel):
    """A deal as the scanner keeps it. `state`: unpriced, priced, review or skipped, with a `reason`. estimate: its worth."""

    title: str
    url: str = ""
    retailer: str = ""
    feed: str = ""
    currency: str = "USD"
    price: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    condition: str = "new"
    published: Moment | None = None
    expires: Moment | None = None
    state: str = ""
    reason: str | None = None
