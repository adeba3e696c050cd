"""The pricing contract: what POST /price and POST /price/batch take and give, the same on ensemble and the three pricers."""

import unicodedata
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.problem import Problem

MAX_BATCH = 1000
MAX_DESCRIPTION, MAX_TITLE, MAX_CATEGORY = 10_000, 1_000, 300  # characters
EXAMPLE = "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True)]
Finite = Annotated[float, Field(allow_inf_nan=False)]  # JSON has no other numbers: they would leave as null
# Which member of the ensemble answered, where that is not the pricer whose answer it is; left out of the JSON otherwise.
Member = Annotated[str | None, Field(exclude_if=lambda member: member is None)]


class PriceRequest(BaseModel):
    """A product to be priced. Unknown keys are refused, so that a misspelt field cannot be ignored silently."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"description": EXAMPLE}]})

    description: Annotated[Text, Field(max_length=MAX_DESCRIPTION)]
    title: Annotated[Text, Field(max_length=MAX_TITLE)] | None = None
    category: Annotated[Text, Field(max_length=MAX_CATEGORY)] | None = None

    @property
    def text(self) -> str:
        """Title and description on lines of their own, with composed letters (NFC): the form on which the pricers are trained.

        An e with an accent behind it, as macOS writes names, looks the same and is another word to them.
        """
        told = f"{self.title}\n{self.description}" if self.title else self.description
        return unicodedata.normalize("NFC", told)


class Estimate(BaseModel):
    """One pricer's opinion, as the ensemble reports it. Money in USD, `ms` in milliseconds, `weight`: its share in the answer."""

    pricer: str
    price: float
    low: float
    high: float
    model: str
    ms: float
    weight: float | None = None
    member: Member = None


class Similar(BaseModel):
    """A product near the one asked about. `similarity` is the cosine of the two embeddings.

    `match`: "exact" where name or model number and all that is stated agree, "model" where it is the same product in another
    capacity, size, pack or condition, or where one of the texts does not say; "similar" for anything else.
    """

    title: str
    price: Finite
    similarity: Finite
    match: Literal["exact", "model", "similar"] = "similar"


class PriceResponse(BaseModel):
    """An estimate in USD with a calibrated 80 % interval low..high; `degraded` names what could not contribute.

    `known`: whether something near the product is known; False: a guess from the words alone, with a wide interval.
    `member`: frontier-rag-chat where a chat model behind frontier-rag answered, a member of the ensemble with a weight of its own.
    """

    price: float
    low: float
    high: float
    currency: Literal["USD"] = "USD"
    model: str
    estimates: list[Estimate] = []
    degraded: list[str] = []
    similar: list[Similar] = []
    known: bool = True
    member: Member = None

    @property
    def is_identified(self) -> bool:
        """Whether the product itself was found, by its name or model number."""
        return any(each.match == "exact" for each in self.similar)


class ItemError(BaseModel):
    """Stands in a batch's results where an item could not be priced."""

    error: Problem


PricedItem: TypeAlias = PriceResponse | ItemError


class BatchRequest(BaseModel):
    """Up to 1,000 items. Each is validated alone (see parse_items), so that one bad item does not cost the others."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MAX_BATCH)]


class BatchResponse(BaseModel):
    """Results in the order of the items."""

    results: list[PricedItem]
