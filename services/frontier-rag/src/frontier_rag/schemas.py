"""What frontier-rag's own routes take and give, beside the pricing API: texts, and their vectors."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.pricing import Text

MAX_TEXTS = 256  # of one request
MAX_CHARS = 2_000  # of one text: more than the model reads


class EmbedRequest(BaseModel):
    """Texts to be embedded. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"texts": ["65 inch OLED TV", "wall mount"]}]})

    texts: Annotated[list[Annotated[Text, Field(max_length=MAX_CHARS)]], Field(min_length=1, max_length=MAX_TEXTS)]


class EmbedResponse(BaseModel):
    """`vectors`: one for each text, of length 1, so that a dot product is their likeness. They compare with those of the same
    `model` alone: its name, and the version of its artifact.
    """

    model: str
    vectors: list[list[float]]
