"""What the other services answer to the pages of prices, as far as these show it. Money in USD where nothing else is said."""

import math
from typing import Literal

from pydantic import BaseModel, Field

from common.pricing import PriceRequest


class ProductPage(BaseModel):
    """A product as its page tells it; an empty text or None: not told. `price`, `list_price` in `currency`.

    `source`: who tells the price; `problems`: what is missing or doubtful, a sentence each; `url`: where it was found in the end.
    """

    url: str
    title: str = ""
    description: str = ""
    price: float | None = None
    currency: str | None = None
    dollars: float | None = None
    list_price: float | None = None
    condition: Literal["", "new", "used", "refurbished"] = ""
    availability: str = ""
    retailer: str = ""
    brand: str = ""
    model: str = ""
    gtin: str = ""
    category: str = ""
    source: str = ""
    problems: list[str] = []

    @property
    def list_dollars(self) -> float | None:
        """What the seller says that it was, in USD at the price's own rate."""
        return None if not (self.list_price and self.price and self.dollars) else self.list_price * self.dollars / self.price


class AttributeValue(BaseModel):
    """A value that an attribute may have, how likely that is, and the price if it is that."""

    value: str
    share: float
    price: float
    low: float
    high: float


class UnsaidAttribute(BaseModel):
    """An attribute that a text leaves open. `narrowing`: by what share ln(high / low) shrinks."""

    name: str
    source: str = "usual"
    values: list[AttributeValue] = Field(min_length=1)
    narrowing: float

    @property
    def ends(self) -> tuple[float, float]:
        """Of an axis on which all values find room."""
        return min(each.low for each in self.values), max(each.high for each in self.values)


class Attributes(BaseModel):
    """What of a product the price hangs on: what the text states, and what it leaves open, the most telling first."""

    price: float
    low: float
    high: float
    kind: str = ""
    stated: dict[str, str] = {}
    attributes: list[UnsaidAttribute]
    degraded: list[str] = []


class PhrasePlace(BaseModel):
    """Where a phrase stands in the request: [start:end] of a field, in code points."""

    field: str
    start: int
    end: int


class PricePhrase(BaseModel):
    """A phrase. `effect`: ln(price / price without it); `dollars`: the difference of the two."""

    words: str
    effect: float
    dollars: float
    places: list[PhrasePlace] = []

    @property
    def share(self) -> float:
        """By what share it makes the price higher; below zero: lower."""
        return math.expm1(min(self.effect, 20.0))


class PriceWords(BaseModel):
    """What each phrase does to the price of the one pricer that reads words."""

    price: float
    low: float
    high: float
    pricer: str = ""
    phrases: list[PricePhrase]


class FactFound(BaseModel):
    """A fact and where it stands: [start:end] of the title or the description, in code points of what was sent."""

    name: str
    value: str
    where: str = Field(alias="from")
    start: int
    end: int


class Unsaid(BaseModel):
    """Words that a text leaves out, or a claim that was refused, and why."""

    words: str
    why: str


class Interval(BaseModel):
    """An estimate with its 80 % interval."""

    price: float
    low: float
    high: float


class Description(BaseModel):
    """A product's text and what it does to the estimate. `item`: what to ask the price of; `narrowed`: width after over before."""

    title: str | None = None
    text: str
    facts: list[FactFound] = []
    left_out: list[Unsaid] = []
    refused: list[Unsaid] = []
    written_by: str = ""
    degraded: list[str] = []
    item: PriceRequest
    before: Interval
    after: Interval
    narrowed: float

    @property
    def ends(self) -> tuple[float, float]:
        """Of an axis on which both find room."""
        return min(self.before.low, self.after.low), max(self.before.high, self.after.high)
