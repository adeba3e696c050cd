"""What the route of the map takes and gives: texts, and where they belong."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.pricing import Text

MAX_TEXTS = 200  # of one request
MAX_CHARS = 2_000  # of one text: more than the model reads


class PlacesRequest(BaseModel):
    """Texts to be placed. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"texts": ["65 inch OLED TV", "wall mount"]}]})

    texts: Annotated[list[Annotated[Text, Field(max_length=MAX_CHARS)]], Field(min_length=1, max_length=MAX_TEXTS)]


class PlaceView(BaseModel):
    """Where a text belongs, -1000 to 1000 on each axis; `similarity`: how like the nearest product there is, 1 for the same."""

    flat: tuple[float, float]
    space: tuple[float, float, float]
    similarity: float


class PlacesResponse(BaseModel):
    """One place for each text, in order; `map`: the version of the map that they are on."""

    map: str
    items: list[PlaceView]
