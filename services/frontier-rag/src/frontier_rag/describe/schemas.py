"""What POST /describe and POST /describe/batch take and give."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from common.pricing import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE, ItemError, PriceRequest, Text

MAX_ITEMS = 100  # of a batch: a chat model writes for seconds
MAX_FACTS, MAX_NAME, MAX_VALUE = 40, 60, 300
EXAMPLE: JsonDict = {
    "title": "DeWalt DCD771 drill 20V",
    "description": "Comes with two batteries, a charger and a bag. Belt hook not included.",
    "facts": {"chuck size": "1/2 inch", "colour": "yellow"},
}
# White space is kept, so that `start` and `end` count in what the caller sent.
Told = Annotated[str, StringConstraints(min_length=1, pattern=r"\S", strict=True)]


class DescribeRequest(BaseModel):
    """A product to be described: a title, a description, or both; `facts`: names and values. Unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [EXAMPLE], "anyOf": [{"required": ["title"]}, {"required": ["description"]}]}
    )

    title: Annotated[Told, Field(max_length=MAX_TITLE)] | None = None
    description: Annotated[Told, Field(max_length=MAX_DESCRIPTION)] | None = None
    category: Annotated[Text, Field(max_length=MAX_CATEGORY)] | None = None
    facts: Annotated[
        dict[Annotated[Told, Field(max_length=MAX_NAME)], Annotated[Told, Field(max_length=MAX_VALUE)]], Field(max_length=MAX_FACTS)
    ] = {}

    @model_validator(mode="after")
    def _has_text(self) -> "DescribeRequest":
        if self.title is None and self.description is None:
            raise ValueError("a title or a description is needed")
        return self


class Specification(BaseModel):
    """A name and its value."""

    name: str
    value: str


class TextForm(BaseModel):
    """The text by its sections: what it is, in sentences; specifications; things in the box, and things that are not."""

    what: list[str]
    specifications: list[Specification]
    in_the_box: list[str]
    not_included: list[str]


class FactFound(BaseModel):
    """A fact and where it stands: [start:end] of the title, of the description, or of the value of the fact named `key`, in
    characters (Unicode code points) of what was sent.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: str
    value: str
    where: Annotated[Literal["title", "description", "facts"], Field(alias="from")]
    start: int
    end: int
    key: str | None = None


class Unsaid(BaseModel):
    """Words of the input that the text leaves out, or a claim of the chat model that was refused, and why."""

    words: str
    why: str


class Interval(BaseModel):
    """The local estimator's price in USD with its 80 % interval; `known`: whether something near the product is known."""

    price: float
    low: float
    high: float
    known: bool


class Description(BaseModel):
    """A product's text, every fact of it with its place in the input, and what its estimate is before and after.

    `item`: what to ask POST /price with: the same said once, in the form that pricers are trained on.
    `title`: the title without what only calls for attention. `written_by`: a model's name or "template"; `degraded`: why a chat
    model did not write. `before`: of title and description as they came, without `facts`; `after`: of `item`.
    `narrowed`: ln(high / low) after over before; below 1 the interval is narrower. `model`: what estimated both.
    """

    title: str | None
    text: str
    form: TextForm
    facts: list[FactFound]
    left_out: list[Unsaid]
    refused: list[Unsaid]
    written_by: str
    degraded: list[str] = []
    item: PriceRequest
    before: Interval
    after: Interval
    narrowed: float
    model: str


DescribedItem: TypeAlias = Description | ItemError


class DescribeBatchRequest(BaseModel):
    """Up to 100 products. Each is validated alone, so that one bad item does not cost the others."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"items": [EXAMPLE]}]})

    items: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MAX_ITEMS)]


class DescribeBatchResponse(BaseModel):
    """Results in the order of the items."""

    results: list[DescribedItem]
