"""What stands behind a price, as the service answers: what unsaid attributes would tell, and what each phrase is worth."""

from pydantic import BaseModel


class AttributeValue(BaseModel):
    """A value that an attribute may have, how likely that is, and the price if it is that."""

    value: str
    share: float
    price: float
    low: float
    high: float


class UnsaidAttribute(BaseModel):
    """An attribute that a text leaves open. `expected_width`: ln(high / low) once it is known; `narrowing`: by what share less.

    `spread`: the dearest value's price to the cheapest's. `source`: "similar" products' values, or "usual" ones.
    """

    name: str
    source: str
    values: list[AttributeValue]
    expected_width: float
    narrowing: float
    spread: float


class Attributes(BaseModel):
    """What a text states (`stated`) and leaves open (`attributes`, the most telling first). `width`: ln(high / low) now."""

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
    """[start:end] of the field "title" or "description"."""

    field: str
    start: int
    end: int


class PricePhrase(BaseModel):
    """A phrase: `effect` is ln(price / price without it), `dollars` the difference of the two."""

    words: str
    effect: float
    dollars: float
    places: list[PhrasePlace]


class PriceWords(BaseModel):
    """What each phrase of a text is worth to `pricer`, in reading order; the price is that pricer's alone."""

    price: float
    low: float
    high: float
    pricer: str
    model: str
    phrases: list[PricePhrase]
