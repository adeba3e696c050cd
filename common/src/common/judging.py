"""The contract of judging an offer: what POST /judge and POST /judge/batch take and give. Knows neither texts nor models."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from common.pricing import BatchRequest, ItemError, PriceRequest, PriceResponse

MAX_WORDS, MAX_RETAILER = 400, 200  # characters
MAX_REFERENCES, MAX_SEEN = 20, 200
MARGIN = 0.25  # by which worth should exceed the price, where the caller names none
EXAMPLE: JsonDict = {
    "title": "Cordless drill driver kit, 20 V",
    "description": "Brushless motor, two 2 Ah batteries, charger and carrying bag",
    "offer": {
        "price": 99.0,
        "retailer": "Acme Store",
        "references": [
            {"kind": "next_best", "price": 129.0, "said_by": "editor", "words": "$30 less than you'd pay elsewhere"},
            {"kind": "list", "price": 199.0, "said_by": "seller"},
        ],
        "seen": [{"price": 119.0, "days": 30, "retailer": "Acme Store"}],
    },
}
# From a tenth of a cent, so that the logarithm of a ratio of two prices is a number. Strict: false and "99" are no prices.
Price = Annotated[float, Field(ge=0.001, le=10_000_000, allow_inf_nan=False, strict=True)]
Place = Annotated[int, Field(ge=0, strict=True)]  # of a character in a text

ReferenceKind: TypeAlias = Literal["next_best", "regular", "was", "list", "history", "all_time_low", "new_price"]
Condition: TypeAlias = Literal["new", "refurbished", "used", "open-box"]
CLAIMS: tuple[ReferenceKind, ...] = ("regular", "was", "list")  # what sellers say of themselves
SaidBy: TypeAlias = Literal["editor", "seller"]


class Reference(BaseModel):
    """What a thing costs elsewhere or otherwise, as somebody says. `price` in USD, of one unit as it is offered.

    kind: next_best, the lowest price of another shop; regular, what the shop otherwise asks, also before a coupon; was, what it
    asked before; list, the maker's price; history, an average, a typical or an earlier price; all_time_low, the lowest seen before;
    new_price, what it costs new, where the offer is refurbished, used or open-box. `said_by`: an editor compared, or the seller
    claims. `words`: the passage that says so, at [start:end] of title, line break, text, where it was read from a text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ReferenceKind
    price: Price
    said_by: SaidBy
    words: Annotated[str, Field(max_length=MAX_WORDS)] = ""
    start: Place | None = None
    end: Place | None = None

    @model_validator(mode="after")
    def _has_whole_span(self) -> "Reference":
        if (self.start is None) != (self.end is None) or (
            self.start is not None and self.end is not None and self.end < self.start
        ):
            raise ValueError("start and end belong together, and end is not before start")
        return self


class Seen(BaseModel):
    """What the same product was offered for before, in USD, `days` ago."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: Price
    days: Annotated[float, Field(ge=0, le=36_500, allow_inf_nan=False, strict=True)]
    retailer: Annotated[str, Field(max_length=MAX_RETAILER)] = ""


class Offer(BaseModel):
    """What is asked, by whom, and what is known of other prices. `price` in USD: convert others first.

    published: somebody chose to publish it as a deal, so that its price says by itself what the thing is worth: more. Whoever asks
    of the price of any shop says false: the worth then rests on all the rest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: Price
    currency: Literal["USD"] = "USD"
    condition: Condition = "new"
    retailer: Annotated[str, Field(max_length=MAX_RETAILER)] = ""
    references: Annotated[tuple[Reference, ...], Field(max_length=MAX_REFERENCES)] = ()
    seen: Annotated[tuple[Seen, ...], Field(max_length=MAX_SEEN)] = ()
    published: Annotated[bool, Field(strict=True)] = True


class JudgeRequest(PriceRequest):
    """A product and its offer. Title and description should not name prices: those belong in `offer`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    offer: Offer
    margin: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False, strict=True)] = MARGIN


class Evidence(BaseModel):
    """What one piece of evidence says worth is, in USD, its share of the answer (all sum to 1), and that in a sentence.

    kind: asked_price, estimate, seen, or that of a reference.
    """

    kind: str
    price: float
    weight: float
    words: str


class ListVerdict(BaseModel):
    """Whether the highest price that the seller claims is one that people pay. `chance`: that worth is nine tenths of it."""

    price: float
    verdict: Literal["plausible", "inflated"]
    chance: float


class Judgement(BaseModel):
    """What an offer is worth: what one would otherwise pay for the same thing in that condition at an ordinary US shop now.

    low..high: 80 % interval. saving: expected worth less the price, in USD, not above worth - price. chance: that worth exceeds the
    price by the `margin` asked for, of published offers; support: the same by what neither the asked price nor the seller's claims
    say (estimate, other shops, earlier prices). `identified`: the product was found; `known`: something near it was; `answer`:
    what POST /price says of it.
    """

    worth: float
    low: float
    high: float
    saving: float
    chance: float
    support: float
    margin: float
    currency: Literal["USD"] = "USD"
    model: str
    evidence: list[Evidence]
    list_price: ListVerdict | None = None
    known: bool
    identified: bool
    answer: PriceResponse
    degraded: list[str] = []


JudgedItem: TypeAlias = Judgement | ItemError


class JudgeBatchRequest(BatchRequest):
    """Up to 1,000 offers; each is validated alone, so that one bad item does not cost the others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE]}]})


class JudgeBatchResponse(BaseModel):
    """Results in the order of the items."""

    results: list[JudgedItem]


def chance_words(chance: float) -> str:
    """A probability as a person reads it: nothing is quite certain, nor quite out of question."""
    return "over 99 %" if chance > 0.99 else "under 1 %" if chance < 0.01 else f"{chance * 100:.0f} %"
