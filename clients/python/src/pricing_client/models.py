"""What goes in and comes out. Answers may grow fields: unknown ones are ignored. Money in USD."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

FIELDS = ("description", "title", "category")


class Item(BaseModel):
    """A product to be priced."""

    description: Annotated[str, Field(min_length=1, max_length=10_000)]
    title: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None
    category: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class Estimate(BaseModel):
    """One pricer's opinion within the ensemble's. `ms` in milliseconds; `member` as in Price."""

    pricer: str
    price: float
    low: float
    high: float
    model: str
    ms: float
    member: str | None = None


class Similar(BaseModel):
    """A product near the one asked about; `similarity` is a cosine.

    `match`: "exact", the same in all that is stated; "model", the same in another capacity, size, pack or condition; "similar".
    """

    title: str
    price: float
    similarity: float
    match: str = "similar"


class Price(BaseModel):
    """An estimate with a calibrated 80 % interval low..high; `degraded` names pricers that could not contribute.

    `known`: whether something near the product is known; False: a guess from the words alone, with a wide interval.
    `member`: frontier-rag-chat where a chat model behind frontier-rag answered; None: the pricer itself.
    """

    price: float
    low: float
    high: float
    currency: str = "USD"
    model: str
    estimates: list[Estimate] = []
    degraded: list[str] = []
    similar: list[Similar] = []
    known: bool = True
    member: str | None = None


class FieldError(BaseModel):
    """Which field is wrong, and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details as the service sends them."""

    type: str = "about:blank"
    title: str = ""
    status: int
    detail: str = ""
    errors: list[FieldError] = []
    request_id: str | None = None


class ItemError(BaseModel):
    """Stands where an item of a batch could not be priced."""

    error: Problem


class Batch(BaseModel):
    """The answer of POST /price/batch."""

    results: list[Price | ItemError]


@dataclass(frozen=True, slots=True)
class Priced:
    """The `index`-th item given, and its price or why there is none."""

    index: int
    item: Any
    price: Price | None
    error: Problem | None = None


def body_of(item: str | Item | Mapping[str, Any]) -> dict[str, Any]:
    """An item as JSON: of a mapping the known fields that hold something. The service checks it, and answers for it alone."""
    if isinstance(item, str):
        return {"description": item}
    if isinstance(item, Item):
        return item.model_dump(exclude_none=True)
    return {name: item[name] for name in FIELDS if item.get(name) not in (None, "")}
