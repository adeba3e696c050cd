"""What the door to a page takes and gives."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

_EXAMPLE: JsonDict = {"url": "https://shop.example/drills/qx100"}


class PageRequest(BaseModel):
    """A product's page by its address, http or https."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [_EXAMPLE]})

    url: Annotated[str, Field(min_length=1, max_length=2000)]


class ProductView(BaseModel):
    """A product as its page tells it; an empty text or null: not told.

    `price`, `list_price` (what it was, says the seller) in `currency`; `dollars`: the price in USD, null where there is no rate.
    `condition`: new, used or refurbished; `availability`: in stock, sold out. `source`: who tells the price, else the name.
    `problems`: what is missing or doubtful, a sentence each. `url`: where the page was found in the end.
    """

    url: str
    title: str
    description: str
    price: float | None
    currency: str | None
    dollars: float | None
    list_price: float | None
    condition: Literal["", "new", "used", "refurbished"]
    availability: Literal["", "in stock", "sold out"]
    retailer: str
    brand: str
    model: str
    gtin: str
    category: str
    picture: str
    source: Literal["json-ld", "microdata", "opengraph"]
    problems: list[str]
