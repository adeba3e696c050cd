"""What the door to price levels gives."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class LevelView(BaseModel):
    """A week's level, of which `week` is the Monday: 100 in the category's first; low..high: 80 % interval; n: offers."""

    model_config = ConfigDict(from_attributes=True)

    week: date
    index: float
    low: float
    high: float
    n: int


class CategoryView(BaseModel):
    """A category, its weeks, the first first, and the change of its index over all of them, as a share."""

    model_config = ConfigDict(from_attributes=True)

    category: str
    change: float
    weeks: list[LevelView]


class PriceLevels(BaseModel):
    """All categories together first, then those with the most offers."""

    weeks: int
    items: list[CategoryView]
