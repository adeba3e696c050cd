"""What the scanner tells of price levels and drift, frontier-rag of places on the map, and whoever prices of its models."""

from datetime import datetime
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


class ArtifactInUse(BaseModel):
    """`data`: a hash of what it was made from; `former`: what was in use before."""

    name: str
    version: str
    data: str
    former: str | None = None


class LastReload(BaseModel):
    """How it ended: taken, unchanged, refused."""

    outcome: str
    why: str
    at: datetime


class ShadowTally(BaseModel):
    """How a candidate's prices differ: in logarithms, and the share within 20 %; milliseconds for a text."""

    category: str
    n: int
    log_error: float
    bias: float
    within_20_share: float
    live_ms: float
    candidate_ms: float


class Shadow(BaseModel):
    """A candidate beside the one in use. `problem`: why it is not compared."""

    candidate: str
    model: str
    waiting: int
    dropped: int
    failed: int
    problem: str
    total: ShadowTally | None
    categories: list[ShadowTally]


class ModelsInUse(BaseModel):
    """Those of a service."""

    model: str
    loaded: datetime | None
    artifacts: list[ArtifactInUse]
    last: LastReload | None
    shadow: Shadow | None


class DriftFigure(BaseModel):
    """`value`: null where it is not known; `n`: prices behind it; `bound`: where it should be seen to."""

    name: str
    value: float | None
    n: int
    bound: float
    is_beyond: bool


class DriftFigures(BaseModel):
    """Of the last look. `problem`: why some are missing."""

    looked: datetime | None
    problem: str
    figures: list[DriftFigure]
