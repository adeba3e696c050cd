"""What the scanner's routes take and give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, PlainSerializer

from common.deals import UnitPrice
from common.judging import Reference

IsoMoment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]  # with +00:00, where pydantic writes Z


class SeenDeal(BaseModel):
    """A deal as it was read. `state`: unpriced, priced, review (a person is to look at its price), or skipped.

    `reason`: why it is skipped, why a listed one is not pushed, or what its entry costs now. estimate: its worth, in USD, with the
    80 % interval low..high; chance: that it is a real saving. Price and figures may be missing.
    `references`: what it costs elsewhere or otherwise, as its text says. shipping: what of the price is for that, null where
    nothing is told; unit_price: of one ounce, foot or piece, in the deal's currency; page: what its page tells, where that was
    read. `review_id`: what waits for a person in GET /review; `feedback`: the verdict that a person gave it.
    """

    id: int
    title: str
    description: str
    price: float | None
    currency: str
    url: str
    retailer: str
    feed: str
    published: IsoMoment
    expires: IsoMoment | None
    condition: str
    category: str
    list_price: float | None
    kind: str
    price_source: str
    state: str
    reason: str | None
    estimate: float | None
    low: float | None
    high: float | None
    chance: float | None
    references: list[Reference]
    shipping: float | None
    unit_price: UnitPrice | None
    page: dict[str, Any] | None
    review_id: int | None
    feedback: str | None


class SeenDeals(BaseModel):
    """A page of deals, newest first; `next` is the cursor of the following one, null at the end."""

    items: list[SeenDeal]
    next: str | None


class Items(BaseModel):
    """A page of a list; `next` is the cursor of the following one, null at the end."""

    items: list[dict[str, Any]]
    next: str | None


class ScanStarted(BaseModel):
    """The scan that runs now."""

    scan: str
