"""What describing a product takes and gives. Answers may grow fields: unknown ones are ignored. Money in USD."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pricing_client.models import AnyItem, Item, ItemError, body_of


class Specification(BaseModel):
    """A name and its value."""

    name: str
    value: str


class TextForm(BaseModel):
    """A text by its sections."""

    what: list[str]
    specifications: list[Specification]
    in_the_box: list[str]
    not_included: list[str]


class FactFound(BaseModel):
    """A fact and where it stands: [start:end] of the title, of the description, or of the value of the fact named `key`."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    value: str
    where: str = Field(alias="from")
    start: int
    end: int
    key: str | None = None


class Unsaid(BaseModel):
    """Words that were left out, or a claim of a chat model that was refused, and why."""

    words: str
    why: str


class Interval(BaseModel):
    """The local estimator's price with its 80 % interval."""

    price: float
    low: float
    high: float
    known: bool


class Description(BaseModel):
    """A product's text, in which nothing is invented: `facts` says where each fact stands in what was sent.

    `item`: what to ask a price with. `written_by`: a model or "template"; `degraded`: why no model wrote. `before`, `after`: its
    estimates without and with text and facts; `narrowed`: ln(high / low) after over before, below 1 where it is narrower.
    """

    title: str | None
    text: str
    form: TextForm
    facts: list[FactFound]
    left_out: list[Unsaid]
    refused: list[Unsaid]
    written_by: str
    degraded: list[str] = []
    item: Item
    before: Interval
    after: Interval
    narrowed: float
    model: str


class DescribedBatch(BaseModel):
    """The answer of POST /describe/batch."""

    results: list[Description | ItemError]


def describe_body_of(item: AnyItem, facts: Mapping[str, str] | None) -> dict[str, Any]:
    """An item and its facts as JSON."""
    return body_of(item) | ({"facts": dict(facts)} if facts else {})
