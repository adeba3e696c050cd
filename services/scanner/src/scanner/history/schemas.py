"""What the doors to products and to the ledger take and give. Prices in USD."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.config import JsonDict

from scanner.history.ledger import Outcome, Share

IsoMoment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]  # with +00:00, where pydantic writes Z
_EXAMPLE: JsonDict = {"cool_down_days": 30, "muted": False}


class ProductView(BaseModel):
    """A product in a condition. lowest, score: since it was reset; offers, days: all that are kept.

    score: how `last` stands among the other days, 0 to 10, null where there are none; low_confidence: fewer than 14 of them.
    told_price: the lowest that was pushed, told_at: when one was last. cool_down_days: null where it is that of all products.
    """

    id: str
    title: str
    category: str
    condition: str
    lowest: float | None
    lowest_at: IsoMoment | None
    last: float
    last_at: IsoMoment
    offers: int
    days: int
    score: float | None
    verdict: str | None
    low_confidence: bool
    told_price: float | None
    told_at: IsoMoment | None
    reset_at: IsoMoment | None
    cool_down_days: float | None
    muted: bool


class Products(BaseModel):
    """A page of products; `next` is the cursor of the following one, null at the end."""

    items: list[ProductView]
    next: str | None


class ProductChange(BaseModel):
    """What a person decides of a product; what is left out stays. cool_down_days: null for that of all products."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    cool_down_days: Annotated[float, Field(ge=0, le=3_650, allow_inf_nan=False, strict=True)] | None = None
    muted: Annotated[bool, Field(strict=True)] = False

    @property
    def changes(self) -> dict[str, float | bool | None]:
        """What was given, by the columns' names."""
        given = {"cool_down": self.cool_down_days, "muted": self.muted}
        names = {"cool_down": "cool_down_days", "muted": "muted"}
        return {name: value for name, value in given.items() if names[name] in self.model_fields_set}


class OfferView(BaseModel):
    """An offer; the numbers of its deal and of its opportunity, null where those are not kept, or it was none."""

    price: float
    retailer: str
    feed: str
    url: str
    condition: str
    offered: IsoMoment
    deal: int | None
    opportunity: str | None


class History(BaseModel):
    """A product's offers, newest first, and its figures since it was reset: lowest, usual (the median) of `points` days with an
    offer, and how the last price stands among the other days. `next` is the cursor of the following page, null at the end.
    """

    product: ProductView
    lowest: float | None
    usual: float | None
    last: float
    points: int
    score: float | None
    verdict: str | None
    low_confidence: bool
    is_lowest: bool | None
    items: list[OfferView]
    next: str | None


class CheckView(BaseModel):
    """What it cost so many days after the push, and when it was seen; `why` that is not known."""

    model_config = ConfigDict(from_attributes=True)

    days: int
    price: float | None
    seen: IsoMoment | None
    why: str | None


class PushView(BaseModel):
    """A push and what came of it. usual_later: median of `points` days with an offer within 90; held: the saving by that."""

    opportunity: str
    product: str | None
    title: str
    condition: str
    url: str
    retailer: str
    feed: str
    asked_by: list[str]
    pushed: IsoMoment
    price: float
    saving: float
    later: list[CheckView]
    usual_later: float | None
    points: int
    held: float | None
    verdict: Outcome
    why: str


class LedgerView(BaseModel):
    """Pushes, newest first, and shares of all that were pushed in `days`. A push counts for each pricer that bore it out.

    weeks: by the Monday of the week in which they were pushed, the oldest first.
    """

    days: int
    pushes: int
    all: Share
    rules: list[Share]
    feeds: list[Share]
    pricers: list[Share]
    weeks: list[Share]
    items: list[PushView]
