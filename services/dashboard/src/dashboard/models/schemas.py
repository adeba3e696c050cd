"""What the scanner tells of price levels, and frontier-rag of places on the map, as far as pages show it."""

from typing import Annotated

from pydantic import BaseModel, Field

Coordinate = Annotated[float, Field(ge=-1000, le=1000)]


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


class MapPlace(BaseModel):
    """Where a text belongs on the map, flat and in space; `similarity`: how like the nearest product there is."""

    flat: tuple[Coordinate, Coordinate]
    space: tuple[Coordinate, Coordinate, Coordinate]
    similarity: Annotated[float, Field(ge=-1, le=1)]


class MapPlaces(BaseModel):
    """One for each text; `map`: the version of the map."""

    map: str
    items: list[MapPlace]
