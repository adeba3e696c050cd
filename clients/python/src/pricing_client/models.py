"""What goes in and comes out. Answers may grow fields: unknown ones are ignored. Money in USD."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python

FIELDS = ("description", "title", "category")


class Item(BaseModel):
    """A product to be priced."""

    description: Annotated[str, Field(min_length=1, max_length=10_000)]
    title: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None
    category: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class Reference(BaseModel):
    """What a thing costs elsewhere or otherwise, as somebody says: an editor who compared, or the seller of himself.

    kind: next_best, the lowest price of another shop; regular, what the shop otherwise asks; was, what it asked before; list, the
    maker's price; history, an average or earlier price; all_time_low; new_price, of a new one where the offer is not new.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["next_best", "regular", "was", "list", "history", "all_time_low", "new_price"]
    price: Annotated[float, Field(gt=0)]
    said_by: Literal["editor", "seller"]
    words: str = ""
    start: int | None = None
    end: int | None = None


class Seen(BaseModel):
    """What the same product was offered for before, `days` ago."""

    model_config = ConfigDict(extra="forbid")

    price: Annotated[float, Field(gt=0)]
    days: Annotated[float, Field(ge=0)]
    retailer: str = ""


class Offer(BaseModel):
    """What is asked, by whom, and what is known of other prices. At most 20 references and 200 earlier prices.

    published: as a deal, by somebody who chose it, as where it is left out; false for the price of any shop, which says nothing
    of worth by itself.
    """

    model_config = ConfigDict(extra="forbid")

    price: Annotated[float, Field(gt=0)]
    condition: Literal["new", "refurbished", "used", "open-box"] = "new"
    retailer: str = ""
    references: list[Reference] = []
    seen: list[Seen] = []
    published: bool | None = None


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


class Evidence(BaseModel):
    """What one piece of evidence says worth is, its share of the answer (all sum to 1), and that in a sentence.

    kind: asked_price, estimate, seen, or that of a reference.
    """

    kind: str
    price: float
    weight: float
    words: str


class ListVerdict(BaseModel):
    """Whether the highest price that the seller claims is "plausible" or "inflated". `chance`: that worth is nine tenths of it."""

    price: float
    verdict: str
    chance: float


class Judgement(BaseModel):
    """What an offer is worth: what one would otherwise pay for the same thing in that condition at an ordinary US shop now.

    low..high: 80 % interval. saving: expected worth less the price. chance: that worth exceeds the price by `margin`; support: the
    same by what neither the asked price nor the seller's claims say. `identified`: the product was found; `known`: something near
    it was; `answer`: what POST /price says of it.
    """

    worth: float
    low: float
    high: float
    saving: float
    chance: float
    support: float
    margin: float
    currency: str = "USD"
    model: str
    evidence: list[Evidence]
    list_price: ListVerdict | None = None
    known: bool
    identified: bool
    answer: Price
    degraded: list[str] = []


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
    """Stands where an item of a batch could not be priced or judged."""

    error: Problem


class Batch(BaseModel):
    """The answer of POST /price/batch."""

    results: list[Price | ItemError]


class JudgedBatch(BaseModel):
    """The answer of POST /judge/batch."""

    results: list[Judgement | ItemError]


@dataclass(frozen=True, slots=True)
class Priced:
    """The `index`-th item given, and its price or why there is none."""

    index: int
    item: Any
    price: Price | None
    error: Problem | None = None


AnyItem: TypeAlias = str | Item | Mapping[str, Any]
AnyOffer: TypeAlias = Offer | Mapping[str, Any]


def body_of(item: AnyItem) -> dict[str, Any]:
    """An item as JSON: of a mapping the known fields that hold something. The service checks it, and answers for it alone."""
    if isinstance(item, str):
        return {"description": item}
    if isinstance(item, Item):
        return item.model_dump(exclude_none=True)
    return {name: item[name] for name in FIELDS if item.get(name) not in (None, "")}


def judge_body_of(item: AnyItem, offer: AnyOffer, margin: float | None) -> dict[str, Any]:
    """An item and its offer as JSON. A mapping goes as it is: the service checks it, so that no misspelt field is lost."""
    told = to_jsonable_python(offer if isinstance(offer, Offer) else dict(offer), exclude_none=True)
    return body_of(item) | {"offer": told} | ({} if margin is None else {"margin": margin})
