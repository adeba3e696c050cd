"""What the scanner's routes take and give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.config import JsonDict

from common.judging import Reference
from scanner.feeds.feed_list import is_feed_url

IsoMoment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]  # with +00:00, where pydantic writes Z


_EXAMPLE: JsonDict = {"url": "https://deals.example/rss", "title": "Example deals", "currency": "USD"}


def _feed_url(url: str) -> str:
    if not is_feed_url(url):
        raise ValueError("must be an http or https address without a user name, or demo")
    return url


class FeedRequest(BaseModel):
    """A feed to be added. `currency` is what a plain dollar sign means there."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [_EXAMPLE]})

    url: Annotated[str, Field(max_length=2000), AfterValidator(_feed_url)]
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"


class FeedView(BaseModel):
    """A feed and how its last fetch went; `last_fetched` is when one last succeeded, `not_before` until when it is left alone."""

    id: int
    url: str
    title: str
    currency: str
    demo: bool
    last_status: int | None
    last_error: str | None
    last_fetched: datetime | None
    not_before: datetime | None
    items_seen: int


class SeenDeal(BaseModel):
    """A deal as it was read. `state`: unpriced, priced, review (a person is to look at its price), or skipped.

    `reason`: why it is skipped, why a listed one is not pushed, or what its entry costs now. estimate: its worth, in USD, with the
    80 % interval low..high; chance: that it is a real saving. Price and figures may be missing.
    `references`: what it costs elsewhere or otherwise, as its text says. `review_id`: what waits for a person in GET /review;
    `feedback`: the verdict that a person gave it.
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


class FeedItems(BaseModel):
    """All feeds: the list is short enough for one page."""

    items: list[FeedView]
    next: None = None


class ScanStarted(BaseModel):
    """The scan that runs now."""

    scan: str
