"""What rules and channels share of what scanner and notifier tell: conditions, and the names that can be chosen."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field

PRIORITIES = ("low", "normal", "high", "urgent")
Texts: TypeAlias = Annotated[list[str], Field(max_length=1000)]


class Conditions(BaseModel):
    """What an offer must be; what is empty asks for nothing. Money in USD."""

    feeds: Texts = []
    categories: Texts = []
    retailers: Texts = []
    include: Texts = []
    include_all: bool = False
    exclude: Texts = []
    conditions: Texts = []
    min_price: float | None = None
    max_price: float | None = None
    least_saving: float | None = None
    least_percent: float | None = None
    least_chance: float | None = None
    least_pricers: int | None = None


class ListedFeed(BaseModel):
    """A feed that can be chosen."""

    id: int | str
    title: str = ""
    url: str = ""


class NamedChannel(BaseModel):
    """A channel that can be chosen."""

    label: str
