"""What the doors that explain a price give; both take what POST /price takes. Money in USD, intervals of 80 %."""

from typing import Literal

from pydantic import BaseModel


class AttributeValue(BaseModel):
    """A value that an attribute may have, how likely that is (a product's shares sum to 1), and the price if it is that."""

    value: str
    share: float
    price: float
    low: float
    high: float


class UnsaidAttribute(BaseModel):
    """An attribute that the text leaves open, with what it might be.

    `expected_width`: ln(high / low) that one may expect once it is known; `narrowing`: by what share that is less than now;
    `spread`: the dearest value's price to the cheapest's. `source`: whether the values are those of similar products, or usual.
    """

    name: str
    source: Literal["similar", "usual"]
    values: list[AttributeValue]
    expected_width: float
    narrowing: float
    spread: float


class Attributes(BaseModel):
    """What of a product the price hangs on: what the text states, and what it leaves open, the most telling first.

    `price`, `low`, `high`: of the text as it is, as POST /price says; `width`: ln(high / low). `kind`: what the thing is, as it
    was read; "" where nothing tells.
    """

    price: float
    low: float
    high: float
    width: float
    kind: str
    stated: dict[str, str]
    attributes: list[UnsaidAttribute]
    model: str
    degraded: list[str]


class PhrasePlace(BaseModel):
    """Where a phrase stands: [start:end] of a field of the request, in characters (Unicode code points)."""

    field: Literal["title", "description"]
    start: int
    end: int


class PricePhrase(BaseModel):
    """A phrase, and what it does to the price: `effect` is ln(price / price without it), `dollars` the difference of the two."""

    words: str
    effect: float
    dollars: float
    places: list[PhrasePlace]


class PriceWords(BaseModel):
    """What each phrase of a text is worth to the pricer that reads words, in reading order.

    Phrases work together, so that their effects do not add up to the price. Phrases that nothing would be left without are not
    there. `price`, `low`, `high`: what `pricer` says of the whole text, which is not what POST /price says.
    """

    price: float
    low: float
    high: float
    pricer: str
    model: str
    phrases: list[PricePhrase]
