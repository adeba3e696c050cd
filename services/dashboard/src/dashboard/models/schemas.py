"""What the scanner tells of price levels, as far as pages show it."""

from pydantic import BaseModel


class Level(BaseModel):
    """A week's price level of a category: `index` is 100 in the first week; low..high: 80 % interval; n: deals."""

    week: str
    index: float
    low: float
    high: float
    n: int


class CategoryLevels(BaseModel):
    """A category's weeks, the first first. `change`: from the first to the last, as a share."""

    category: str
    change: float
    weeks: list[Level]


class PriceLevels(BaseModel):
    """Categories with enough deals, the most deals first."""

    weeks: int
    items: list[CategoryLevels]
